static int strip_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct strip *strip = file->private_data;
	unsigned int n = strip->count;

	return vm_insert_range(vma, vma->vm_start, strip->pages, n);
}

static int tape_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct tape *tape = file->private_data;
	unsigned int n = tape->count;

	return vm_insert_range(vma, vma->vm_start, tape->pages, n + 1);
}
