static int last_map(struct vm_area_struct *vma, struct page **pages, unsigned int n)
{
	unsigned int i;
	int err;

	for (i = 0; i <= n - 1; i++) {
		err = vm_insert_page(vma, vma->vm_start + i * PAGE_SIZE, pages[i]);
		if (err)
			return err;
	}
	return 0;
}
