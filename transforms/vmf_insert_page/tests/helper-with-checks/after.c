static vm_fault_t slot_insert(struct vm_fault *vmf, struct slot *slot)
{
	if (!slot->pages)
		return VM_FAULT_OOM;
	if (vmf->pgoff >= slot->count)
		return VM_FAULT_SIGBUS;

	return vmf_insert_page(vmf->vma, vmf->address, slot->pages[vmf->pgoff]);
}

static vm_fault_t slot_fault(struct vm_fault *vmf)
{
	struct slot *slot = vmf->vma->vm_private_data;
	vm_fault_t ret;

	mutex_lock(&slot->lock);
	ret = slot_insert(vmf, slot);
	mutex_unlock(&slot->lock);
	return ret;
}

static vm_fault_t slot_first_fault(struct vm_fault *vmf)
{
	return slot_insert(vmf, vmf->vma->vm_private_data);
}

static const struct vm_operations_struct slot_ops = {
	.fault = slot_fault,
};

static const struct vm_operations_struct slot_first_ops = {
	.fault = slot_first_fault,
};
