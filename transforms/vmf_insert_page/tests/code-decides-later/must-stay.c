static int slow_code(int error)
{
	return error ? VM_FAULT_SIGBUS : 0;
}

static int slow_fault(struct vm_fault *vmf)
{
	struct slow *slow = vmf->vma->vm_private_data;
	int error, ret;

	error = vm_insert_pfn(vmf->vma, vmf->address, slow->pfn);
	ret = slow_code(error);
	if (ret)
		slow_reset(slow);
	return ret;
}

static const struct vm_operations_struct slow_ops = {
	.fault = slow_fault,
};
