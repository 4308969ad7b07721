int note_map(struct page **pages, unsigned int n, struct vm_area_struct *vma)
{
	int err;

	/* All of it. */
	/* each page */
	/*
	 * The page is not counted here: vm_insert_page() takes a
	 * reference.
	 */
	err = vm_insert_range(vma, vma->vm_start, pages, n);
	if (err) {
		/* Tell the user. */
		pr_err("note: %d\n", err);
		return err;
	}
	return 0;
}
