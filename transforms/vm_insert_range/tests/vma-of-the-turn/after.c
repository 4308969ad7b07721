/* The name of the VMA means nothing outside of the loop. */
int turn_map(struct file *file, struct vm_area_struct *area, struct page **pages, unsigned int n)
{
	return vm_insert_range(area, area->vm_start, pages, n);
}
