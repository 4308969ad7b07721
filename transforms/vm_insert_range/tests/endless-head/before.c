int spin_map(struct page **pages, unsigned int n, struct vm_area_struct *vma)
{
	unsigned int i = 0;
	int err = 0;

	for (;;) {
		if (i >= n)
			break;
		err = vm_insert_page(vma, vma->vm_start + PAGE_SIZE * i, pages[i]);
		if (err)
			goto out;
		++i;
	}
out:
	return err;
}
