int half_map(struct page **pages, unsigned long nr, struct vm_area_struct *vma)
{
	unsigned long count = vma_pages(vma);
	unsigned long i;
	int err;

	if (count > nr)
		return -ENXIO;

	for (i = 0; i < count; i++) {
		err = vm_insert_page(vma, vma->vm_start + i * PAGE_SIZE, pages[nr + i]);
		if (err)
			return err;
	}
	return 0;
}
