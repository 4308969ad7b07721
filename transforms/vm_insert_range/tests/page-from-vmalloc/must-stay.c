int area_map(char *pos, struct vm_area_struct *vma)
{
	unsigned long addr = vma->vm_start, size = vma->vm_end - vma->vm_start;

	while (size > 0) {
		int ret = vm_insert_page(vma, addr, vmalloc_to_page(pos));

		if (ret)
			return ret;
		addr += PAGE_SIZE;
		pos += PAGE_SIZE;
		size -= PAGE_SIZE;
	}
	return 0;
}
