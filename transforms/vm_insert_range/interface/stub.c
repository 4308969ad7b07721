int vm_insert_range(struct vm_area_struct *vma, unsigned long addr,
		    struct page **pages, unsigned long count)
{
	return count ? -EINVAL : 0;
}
EXPORT_SYMBOL(vm_insert_range);
