int count_map(struct stats *stats, struct page **pages, unsigned int n, struct vm_area_struct *vma)
{
	unsigned long addr = vma->vm_start;
	unsigned int i;
	int err;

	for (i = 0; i < n; i++, addr += PAGE_SIZE) {
		err = vm_insert_page(vma, addr, pages[i]);
		if (err)
			return err;
	}

	stats->mapped = i;
	return 0;
}
