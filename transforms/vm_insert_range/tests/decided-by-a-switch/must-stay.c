int switch_map(struct vm_area_struct *vma, struct page **pages, unsigned int n)
{
	unsigned int i;
	int err;

	for (i = 0; i < n; i++) {
		switch (err = vm_insert_page(vma, vma->vm_start + i * PAGE_SIZE, pages[i])) {
		case 0:
			break;
		default:
			return err;
		}
	}
	return 0;
}
