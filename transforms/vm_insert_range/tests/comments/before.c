int note_map(struct page **pages, unsigned int n, struct vm_area_struct *vma)
{
	unsigned long addr = vma->vm_start; /* where the next page goes */
	unsigned int i;
	int err;

	/* All of it. */
	for (i = 0; i < n; i++) { /* each page */
		/*
		 * The page is not counted here: vm_insert_page() takes a
		 * reference.
		 */
		err = vm_insert_page(vma, addr, pages[i]);
		/* The caller unmaps what was mapped. */
		if (err) {
			/* Tell the user. */
			pr_err("note: %d\n", err);
			return err;
		}
		addr += PAGE_SIZE; /* the next one */
	}
	return 0;
}
