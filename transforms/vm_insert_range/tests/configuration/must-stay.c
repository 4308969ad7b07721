int conf_map(struct page **pages, unsigned int n, struct vm_area_struct *vma)
{
	unsigned int i;
	int err;

	for (i = 0; i < n; i++) {
		err = vm_insert_page(vma, vma->vm_start + i * PAGE_SIZE, pages[i]);
#ifdef CONFIG_STRICT
		if (err)
			return err;
#endif
	}
	return 0;
}
