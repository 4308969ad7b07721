int rest_map(struct page **pages, unsigned int n, struct vm_area_struct *vma)
{
	unsigned long addr = vma->vm_start;
	int err = 0;

	for (; n; n--, addr += PAGE_SIZE) {
		err = vm_insert_page(vma, addr, *pages++);
		if (err)
			break;
	}
	return err ? : finish(pages);
}
