void quiet_map(struct page **pages, unsigned int n, struct vm_area_struct *vma)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		WARN_ON(vm_insert_page(vma, vma->vm_start + i * PAGE_SIZE, pages[i]));
}
