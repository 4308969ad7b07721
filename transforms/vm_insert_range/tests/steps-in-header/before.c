int tone_map(struct page **pages, unsigned int n, struct vm_area_struct *vma)
{
	unsigned long addr;
	unsigned int i;
	int err;

	for (i = 0, addr = vma->vm_start; i < n; i++, addr += PAGE_SIZE)
		if ((err = vm_insert_page(vma, addr, pages[i])))
			return err;

	return 0;
}
