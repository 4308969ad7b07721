int drain_map(struct pool *pool, struct vm_area_struct *vma)
{
	unsigned int i;
	int err;

	for (i = 0; i < pool->avail; i++) {
		err = vm_insert_page(vma, vma->vm_start + i * PAGE_SIZE, pool->pages[i]);
		if (err)
			return err;
		pool->avail--;
	}
	return 0;
}
