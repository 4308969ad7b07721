int once_map(struct page **pages, unsigned int n, struct vm_area_struct *vma)
{
	unsigned int i = 0;
	int err;

	do {
		err = vm_insert_page(vma, vma->vm_start + i * PAGE_SIZE, pages[i]);
		if (err)
			return err;
	} while (++i < n);
	return 0;
}
