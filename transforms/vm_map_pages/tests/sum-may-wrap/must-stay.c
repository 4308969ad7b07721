/* The check adds something of its own, which may wrap. */
int wrapping_map(struct page **pages, unsigned long nr, unsigned long reserved, struct vm_area_struct *vma)
{
	unsigned long i;
	int err;

	if (vma_pages(vma) + reserved > nr)
		return -ENXIO;

	for (i = 0; i < vma_pages(vma); i++) {
		err = vm_insert_page(vma, vma->vm_start + i * PAGE_SIZE, pages[i]);
		if (err)
			return err;
	}
	return 0;
}
