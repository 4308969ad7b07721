int bytes_map(struct page **pages, struct vm_area_struct *vma)
{
	return vm_insert_range(vma, vma->vm_start, pages, vma_pages(vma));
}
