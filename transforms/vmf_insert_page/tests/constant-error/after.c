static vm_fault_t far_fault(struct vm_fault *vmf)
{
	struct far *far = vmf->vma->vm_private_data;

	if (vmf->pgoff >= far->count) {
		pr_err("out of range\n");
		return VM_FAULT_SIGBUS;
	}

	return vmf_insert_page(vmf->vma, vmf->address, far->pages[vmf->pgoff]);
}

static const struct vm_operations_struct far_ops = {
	.fault = far_fault,
};
