/* vm_pgoff says which object is meant, not where in the array it begins. */
static int object_mmap(struct object *objects, unsigned long nr, struct vm_area_struct *vma)
{
	struct object *object = &objects[vma->vm_pgoff];
	unsigned long usize = vma->vm_end - vma->vm_start;

	if (usize > object->nr_pages * PAGE_SIZE)
		return -EINVAL;
	if (vma_pages(vma) > object->nr_pages)
		return -EINVAL;

	return vm_map_pages_zero(vma, object->pages, object->nr_pages);
}

struct object {
	unsigned long nr_pages;
	struct page **pages;
};
