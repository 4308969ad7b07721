static int far_fault(struct vm_fault *vmf)
{
	struct far *far = vmf->vma->vm_private_data;
	int ret;

	if (vmf->pgoff >= far->count) {
		pr_err("out of range\n");
		ret = -EINVAL;
		goto out;
	}

	ret = vm_insert_page(vmf->vma, vmf->address, far->pages[vmf->pgoff]);
out:
	switch (ret) {
	case 0:
	case -EBUSY:
		return VM_FAULT_NOPAGE;
	case -ENOMEM:
		return VM_FAULT_OOM;
	default:
		return VM_FAULT_SIGBUS;
	}
}

static const struct vm_operations_struct far_ops = {
	.fault = far_fault,
};
