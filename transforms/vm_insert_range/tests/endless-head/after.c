int spin_map(struct page **pages, unsigned int n, struct vm_area_struct *vma)
{
	int err = 0;

	err = vm_insert_range(vma, vma->vm_start, pages, n);
	if (err)
		goto out;
out:
	return err;
}
