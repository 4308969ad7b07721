int refs_map(struct ref *ref, int count, struct vm_area_struct *vma)
{
	int i, rv;

	for (i = 0; i < count; i++) {
		rv = vm_insert_page(vma, vma->vm_start + i * PAGE_SIZE, ref->page);
		if (rv)
			return rv;
		ref = ref->next;
	}
	return 0;
}
