static int bell_fault(struct vm_fault *vmf)
{
	struct bell *bell = vmf->vma->vm_private_data;
	int code;
	int err;

	mutex_lock(&bell->lock);
	err = vm_insert_pfn(vmf->vma, vmf->address, bell->pfn);
	if (!err || err == -EBUSY)
		code = VM_FAULT_NOPAGE;
	else if (err == -ENOMEM)
		code = VM_FAULT_OOM;
	else
		code = VM_FAULT_SIGBUS;
	mutex_unlock(&bell->lock);
	return code;
}

static const struct vm_operations_struct bell_ops = {
	.fault = bell_fault,
};
