static int busy_fault(struct vm_fault *vmf)
{
	int ret = vm_insert_page(vmf->vma, vmf->address, busy_page(vmf));

	if (ret == -ENOMEM)
		return VM_FAULT_OOM;
	return ret ? VM_FAULT_SIGBUS : VM_FAULT_NOPAGE;
}

static const struct vm_operations_struct busy_ops = {
	.fault = busy_fault,
};
