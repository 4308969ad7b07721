int tail_map(struct page **pages, unsigned long off, unsigned long n, struct vm_area_struct *vma)
{
	unsigned long i, addr = vma->vm_start;
	int err;

	for (i = off; i < n; i++, addr += PAGE_SIZE) {
		err = vm_insert_page(vma, addr, pages[i]);
		if (err)
			return err;
	}
	return 0;
}
