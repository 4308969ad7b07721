/* Who sets the count is not to be seen, so it may be anything. */
struct pool {
	int count;
	struct page **pages;
};

int pool_map(struct pool *pool, struct vm_area_struct *vma)
{
	int i, err;

	for (i = 0; i < pool->count; i++) {
		err = vm_insert_page(vma, vma->vm_start + i * PAGE_SIZE, pool->pages[i]);
		if (err)
			return err;
	}
	return 0;
}
