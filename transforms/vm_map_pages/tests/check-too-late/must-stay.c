/* The array may become shorter before the loop. */
int shrinking_map(struct ring *ring, struct vm_area_struct *vma)
{
	unsigned long i;
	int err;

	if (vma_pages(vma) > ring->nr_pages)
		return -ENXIO;

	ring_shrink(ring);

	for (i = 0; i < vma_pages(vma); i++) {
		err = vm_insert_page(vma, vma->vm_start + i * PAGE_SIZE, ring->pages[i]);
		if (err)
			return err;
	}
	return 0;
}

struct ring {
	unsigned long nr_pages;
	struct page **pages;
};
