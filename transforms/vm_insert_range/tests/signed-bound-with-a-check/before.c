int pool_map(struct page **pages, int count, struct vm_area_struct *vma)
{
	int i, err;

	if (count < 0)
		return -EINVAL;
	for (i = 0; i < count; i++) {
		err = vm_insert_page(vma, vma->vm_start + i * PAGE_SIZE, pages[i]);
		if (err)
			return err;
	}
	return 0;
}
