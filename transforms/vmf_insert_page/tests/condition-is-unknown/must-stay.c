static int odd_fault(struct vm_fault *vmf)
{
	struct odd *odd = vmf->vma->vm_private_data;
	int ret = vm_insert_page(vmf->vma, vmf->address, odd->page);

	if (odd->strict)
		return ret ? VM_FAULT_SIGBUS : VM_FAULT_NOPAGE;
	return VM_FAULT_NOPAGE;
}

static const struct vm_operations_struct odd_ops = {
	.fault = odd_fault,
};
