int flip_map(struct page **pages, unsigned int n, struct vm_area_struct *vma)
{
	unsigned long addr = vma->vm_start;
	int rc = 0;

	while (n) {
		rc = vm_insert_page(vma, addr, *pages);
		if (!rc) {
			addr += PAGE_SIZE;
			pages++;
			n--;
			continue;
		}
		pr_err("flip: %d\n", rc);
		break;
	}
	return rc;
}
