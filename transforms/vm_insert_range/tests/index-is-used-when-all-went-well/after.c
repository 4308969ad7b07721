int count_map(struct stats *stats, struct page **pages, unsigned int n, struct vm_area_struct *vma)
{
	unsigned int i;
	int err;

	err = vm_insert_range(vma, vma->vm_start, pages, n);
	if (err)
		return err;
	i = n;

	stats->mapped = i;
	return 0;
}
