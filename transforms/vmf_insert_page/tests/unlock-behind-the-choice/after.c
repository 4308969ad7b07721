static vm_fault_t bell_fault(struct vm_fault *vmf)
{
	struct bell *bell = vmf->vma->vm_private_data;
	vm_fault_t err;

	mutex_lock(&bell->lock);
	err = vmf_insert_pfn(vmf->vma, vmf->address, bell->pfn);
	mutex_unlock(&bell->lock);
	return err;
}

static const struct vm_operations_struct bell_ops = {
	.fault = bell_fault,
};
