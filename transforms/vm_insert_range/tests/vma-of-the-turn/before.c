/* The name of the VMA means nothing outside of the loop. */
int turn_map(struct file *file, struct vm_area_struct *area, struct page **pages, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		struct vm_area_struct *vma = area;
		int err = vm_insert_page(vma, vma->vm_start + i * PAGE_SIZE, pages[i]);

		if (err)
			return err;
	}
	return 0;
}
