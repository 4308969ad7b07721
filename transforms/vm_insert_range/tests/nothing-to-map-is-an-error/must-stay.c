int need_map(struct page **pages, unsigned int n, struct vm_area_struct *vma)
{
	unsigned int i;
	int ret = -ENXIO;

	for (i = 0; i < n; i++) {
		ret = vm_insert_page(vma, vma->vm_start + i * PAGE_SIZE, pages[i]);
		if (ret)
			break;
	}
	return ret;
}
