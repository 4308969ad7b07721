int ring_map(struct page **pages, unsigned long nr, struct vm_area_struct *vma)
{
	unsigned long uaddr = vma->vm_start + PAGE_SIZE;
	unsigned long i;
	int err;

	if (vma_pages(vma) != nr + 1)
		return -EINVAL;

	for (i = 0; i < nr; i++, uaddr += PAGE_SIZE) {
		err = vm_insert_page(vma, uaddr, pages[i]);
		if (err)
			return err;
	}
	return 0;
}
