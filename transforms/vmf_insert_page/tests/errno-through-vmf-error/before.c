static int store_fault(struct vm_fault *vmf)
{
	struct store *store = vmf->vma->vm_private_data;
	int err;

	err = store_wake(store);
	if (err)
		return (err == -ENOMEM) ? VM_FAULT_OOM : VM_FAULT_SIGBUS;

	err = vm_insert_pfn(vmf->vma, vmf->address, store->pfn);
	if (err == -ENOMEM)
		return VM_FAULT_OOM;
	if (err && err != -EBUSY)
		return VM_FAULT_SIGBUS;
	return VM_FAULT_NOPAGE;
}

static const struct vm_operations_struct store_ops = {
	.fault = store_fault,
};
