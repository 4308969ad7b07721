int gem_map(struct gem *gem, unsigned int count, struct vm_area_struct *vma)
{
	unsigned long user_count = vma_pages(vma);
	unsigned long offset = vma->vm_pgoff;
	unsigned long end = user_count + offset;

	if (user_count == 0)
		return -ENXIO;
	if (end > count)
		return -ENXIO;

	return vm_insert_range(vma, vma->vm_start, gem->pages + offset,
			       user_count);
}
