int pool_map(struct page **pages, int count, struct vm_area_struct *vma)
{
	if (count < 0)
		return -EINVAL;
	return vm_insert_range(vma, vma->vm_start, pages, count);
}
