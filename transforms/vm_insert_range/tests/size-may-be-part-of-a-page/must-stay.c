int bytes_map(struct page **pages, size_t size, struct vm_area_struct *vma)
{
	unsigned long addr = vma->vm_start;
	int err;

	while (size > 0) {
		err = vm_insert_page(vma, addr, *pages++);
		if (err)
			return err;
		addr += PAGE_SIZE;
		size -= PAGE_SIZE;
	}
	return 0;
}
