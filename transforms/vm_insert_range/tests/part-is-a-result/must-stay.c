long part_map(struct page **pages, unsigned int n, struct vm_area_struct *vma)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		if (vm_insert_page(vma, vma->vm_start + i * PAGE_SIZE, pages[i]))
			break;
	return i;
}
