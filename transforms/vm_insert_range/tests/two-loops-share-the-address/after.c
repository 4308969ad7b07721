int rings_map(struct rings *rings, struct vm_area_struct *vma)
{
	unsigned long uaddr = vma->vm_start;
	int err;

	/* The submission ring comes first ... */
	err = vm_insert_range(vma, uaddr, rings->submit, rings->depth);
	if (err)
		return err;
	uaddr += rings->depth * PAGE_SIZE;

	/* ... and the completion ring follows it. */
	return vm_insert_range(vma, uaddr, rings->complete, rings->depth);
}

struct rings {
	struct page **submit;
	struct page **complete;
	unsigned int depth;
};
