int bytes_map(struct page **pages, struct vm_area_struct *vma)
{
	unsigned long size = vma->vm_end - vma->vm_start;
	unsigned long done;
	int err;

	for (done = 0; done < size; done += PAGE_SIZE) {
		err = vm_insert_page(vma, vma->vm_start + done, pages[done >> PAGE_SHIFT]);
		if (err)
			return err;
	}
	return 0;
}
