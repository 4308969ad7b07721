/* With an offset near ULONG_MAX the loop takes no turn. */
int part_map(struct page **pages, unsigned long off, unsigned long n, struct vm_area_struct *vma)
{
	unsigned long i;
	int err;

	for (i = off; i < off + n; i++) {
		err = vm_insert_page(vma, vma->vm_start + (i - off) * PAGE_SIZE, pages[i]);
		if (err)
			return err;
	}
	return 0;
}
