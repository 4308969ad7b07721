int frame_map(struct page **pages, struct vm_area_struct *vma)
{
	if (vm_insert_range(vma, vma->vm_start, pages, vma_pages(vma))) {
		pr_debug("frame: mapping failed\n");
		return -EAGAIN;
	}

	return 0;
}
