int iso_map(struct page **pages, unsigned int count, struct vm_area_struct *vma)
{
	unsigned int i;
	int err;

	for (i = 0; i < count; i++) {
		err = vm_insert_page(vma, vma->vm_start + i * PAGE_SIZE, pages[i]);
		if (err)
			return err;
	}
	return 0;
}
