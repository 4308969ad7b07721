static int slot_insert(struct vm_fault *vmf, struct slot *slot)
{
	if (!slot->pages)
		return -ENOMEM;
	if (vmf->pgoff >= slot->count)
		return -EINVAL;

	return vm_insert_page(vmf->vma, vmf->address, slot->pages[vmf->pgoff]);
}

static int slot_fault(struct vm_fault *vmf)
{
	struct slot *slot = vmf->vma->vm_private_data;
	int err;

	mutex_lock(&slot->lock);
	err = slot_insert(vmf, slot);
	mutex_unlock(&slot->lock);
	if (err == -ENOMEM)
		return VM_FAULT_OOM;
	if (err < 0 && err != -EBUSY)
		return VM_FAULT_SIGBUS;
	return VM_FAULT_NOPAGE;
}

static int slot_first_fault(struct vm_fault *vmf)
{
	int err = slot_insert(vmf, vmf->vma->vm_private_data);

	switch (err) {
	case 0:
	case -EBUSY:
		return VM_FAULT_NOPAGE;
	case -ENOMEM:
		return VM_FAULT_OOM;
	default:
		return VM_FAULT_SIGBUS;
	}
}

static const struct vm_operations_struct slot_ops = {
	.fault = slot_fault,
};

static const struct vm_operations_struct slot_first_ops = {
	.fault = slot_first_fault,
};
