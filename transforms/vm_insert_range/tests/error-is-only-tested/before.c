int frame_map(struct page **pages, struct vm_area_struct *vma)
{
	unsigned long size = vma->vm_end - vma->vm_start, start = vma->vm_start;

	while (size > 0) {
		if (vm_insert_page(vma, start, *pages++)) {
			pr_debug("frame: mapping failed\n");
			return -EAGAIN;
		}
		start += PAGE_SIZE;
		size -= PAGE_SIZE;
	}

	return 0;
}
