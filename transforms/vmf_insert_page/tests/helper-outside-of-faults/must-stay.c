static int both_insert(struct vm_area_struct *vma, unsigned long address)
{
	return vm_insert_page(vma, address, both_page);
}

static int both_fault(struct vm_fault *vmf)
{
	return both_insert(vmf->vma, vmf->address) ? VM_FAULT_SIGBUS : VM_FAULT_NOPAGE;
}

static const struct vm_operations_struct both_ops = {
	.fault = both_fault,
};

static int both_mmap(struct file *file, struct vm_area_struct *vma)
{
	return both_insert(vma, vma->vm_start);
}

static const struct file_operations both_fops = {
	.mmap = both_mmap,
};
