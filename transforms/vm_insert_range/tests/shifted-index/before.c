int slab_map(struct page **pages, unsigned int n, struct vm_area_struct *vma)
{
	unsigned int i;
	int ret;

	for (i = 0; i < n; i++) {
		ret = vm_insert_page(vma, vma->vm_start + ((unsigned long)i << PAGE_SHIFT),
				     *(pages + i));
		if (unlikely(ret))
			return ret;
	}
	return 0;
}
