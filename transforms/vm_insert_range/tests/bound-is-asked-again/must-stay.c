int live_map(struct live *live, struct vm_area_struct *vma)
{
	unsigned int i;
	int err;

	for (i = 0; i < atomic_read(&live->count); i++) {
		err = vm_insert_page(vma, vma->vm_start + i * PAGE_SIZE, live->pages[i]);
		if (err)
			return err;
	}
	return 0;
}
