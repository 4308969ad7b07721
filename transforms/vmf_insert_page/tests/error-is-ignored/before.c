static int
bell_fault(struct vm_fault *vmf)
{
	struct bell *bell = vmf->vma->vm_private_data;

	mutex_lock(&bell->lock);
	vm_insert_pfn(vmf->vma, vmf->address, bell->pfn);
	mutex_unlock(&bell->lock);
	return VM_FAULT_NOPAGE;
}

static const struct vm_operations_struct bell_ops = {
	.fault = bell_fault,
};
