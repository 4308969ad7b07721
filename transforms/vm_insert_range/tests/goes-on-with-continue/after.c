int flip_map(struct page **pages, unsigned int n, struct vm_area_struct *vma)
{
	int rc = 0;

	rc = vm_insert_range(vma, vma->vm_start, pages, n);
	if (rc)
		pr_err("flip: %d\n", rc);
	return rc;
}
