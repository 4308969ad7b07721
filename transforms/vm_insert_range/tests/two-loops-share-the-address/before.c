int rings_map(struct rings *rings, struct vm_area_struct *vma)
{
	unsigned long uaddr = vma->vm_start;
	unsigned int i;
	int err;

	/* The submission ring comes first ... */
	for (i = 0; i < rings->depth; i++) {
		err = vm_insert_page(vma, uaddr, rings->submit[i]);
		if (err)
			return err;

		uaddr += PAGE_SIZE;
	}

	/* ... and the completion ring follows it. */
	for (i = 0; i < rings->depth; i++) {
		err = vm_insert_page(vma, uaddr, rings->complete[i]);
		if (err)
			return err;

		uaddr += PAGE_SIZE;
	}

	return 0;
}

struct rings {
	struct page **submit;
	struct page **complete;
	unsigned int depth;
};
