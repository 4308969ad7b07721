static vm_fault_t bell_fault(struct vm_fault *vmf)
{
	struct bell *bell = vmf->vma->vm_private_data;
	vm_fault_t ret;

	mutex_lock(&bell->lock);
	ret = vmf_insert_pfn(vmf->vma, vmf->address, bell->pfn);
	mutex_unlock(&bell->lock);
	return ret;
}

static const struct vm_operations_struct bell_ops = {
	.fault = bell_fault,
};
