int pool_map(struct page **pages, int count, struct vm_area_struct *vma)
{
	return vm_insert_range(vma, vma->vm_start, pages, count);
}
