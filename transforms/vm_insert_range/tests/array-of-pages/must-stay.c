int block_map(struct page *first, unsigned int n, struct vm_area_struct *vma)
{
	unsigned int i;
	int err;

	for (i = 0; i < n; i++) {
		err = vm_insert_page(vma, vma->vm_start + i * PAGE_SIZE, first + i);
		if (err)
			return err;
	}
	return 0;
}
