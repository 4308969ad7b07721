static int strip_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct strip *strip = file->private_data;
	unsigned int n = strip->count;
	unsigned int i;
	int err = 0;

	for (i = 0; i < n && !(err = vm_insert_page(vma, vma->vm_start + i * PAGE_SIZE, strip->pages[i])); i++)
		;
	return err;
}

static int tape_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct tape *tape = file->private_data;
	unsigned int n = tape->count;
	unsigned int i = 0;
	int err;

	while ((err = vm_insert_page(vma, vma->vm_start + i * PAGE_SIZE, tape->pages[i])) == 0 && i < n)
		i++;
	return err;
}
