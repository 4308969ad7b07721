static int kept_insert(struct vm_fault *vmf)
{
	int err = kept_prepare(vmf);

	if (err)
		return err;
	return vm_insert_page(vmf->vma, vmf->address, kept_page);
}

static int kept_fault(struct vm_fault *vmf)
{
	switch (kept_insert(vmf)) {
	case 0:
	case -EINTR:
	case -EBUSY:
		return VM_FAULT_NOPAGE;
	case -ENOMEM:
		return VM_FAULT_OOM;
	default:
		return VM_FAULT_SIGBUS;
	}
}

static const struct vm_operations_struct kept_ops = {
	.fault = kept_fault,
};
