int huge_map(struct page **pages, unsigned int n, struct vm_area_struct *vma)
{
	unsigned long addr = vma->vm_start;
	unsigned int i;
	int err;

	for (i = 0; i < n; i++) {
		err = vm_insert_page(vma, addr, pages[i]);
		if (err)
			return err;
		addr += PMD_SIZE;
	}
	return 0;
}
