static int last_fault(struct vm_fault *vmf)
{
	struct last *last = vmf->vma->vm_private_data;
	int err = vm_insert_pfn(vmf->vma, vmf->address, last->pfn);

	if (err == -ENOMEM)
		return VM_FAULT_OOM;
	if (err && err != -EBUSY)
		return VM_FAULT_SIGBUS;
	return VM_FAULT_NOPAGE;
}

static const struct vm_operations_struct last_ops = {
	.fault = last_fault,
};
