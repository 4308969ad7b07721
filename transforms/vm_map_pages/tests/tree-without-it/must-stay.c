int plain_map(struct page **pages, unsigned long nr, struct vm_area_struct *vma)
{
	unsigned long i;
	int err;

	if (vma_pages(vma) > nr)
		return -ENXIO;

	for (i = 0; i < vma_pages(vma); i++) {
		err = vm_insert_page(vma, vma->vm_start + i * PAGE_SIZE, pages[i]);
		if (err)
			return err;
	}
	return 0;
}
