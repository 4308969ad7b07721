static int one_mmap(struct file *file, struct vm_area_struct *vma)
{
	return vm_insert_page(vma, vma->vm_start, one_page);
}

static const struct file_operations one_fops = {
	.mmap = one_mmap,
};
