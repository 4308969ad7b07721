/* vm_pgoff says which object is meant, not where in the array it begins. */
static int object_mmap(struct object *objects, unsigned long nr, struct vm_area_struct *vma)
{
	struct object *object = &objects[vma->vm_pgoff];
	unsigned long uaddr = vma->vm_start;
	unsigned long usize = vma->vm_end - vma->vm_start;
	struct page **pages = object->pages;
	int ret;

	if (usize > object->nr_pages * PAGE_SIZE)
		return -EINVAL;
	if (vma_pages(vma) > object->nr_pages)
		return -EINVAL;

	while (usize > 0) {
		ret = vm_insert_page(vma, uaddr, *pages++);
		if (ret)
			return ret;
		uaddr += PAGE_SIZE;
		usize -= PAGE_SIZE;
	}
	return 0;
}

struct object {
	unsigned long nr_pages;
	struct page **pages;
};
