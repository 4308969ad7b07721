int slab_map(struct page **pages, unsigned int n, struct vm_area_struct *vma)
{
	return vm_insert_range(vma, vma->vm_start, pages, n);
}
