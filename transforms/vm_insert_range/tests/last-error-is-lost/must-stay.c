int late_map(struct page **pages, unsigned int n, struct vm_area_struct *vma)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < n; i++) {
		if (err)
			return err;
		err = vm_insert_page(vma, vma->vm_start + i * PAGE_SIZE, pages[i]);
	}
	return 0;
}
