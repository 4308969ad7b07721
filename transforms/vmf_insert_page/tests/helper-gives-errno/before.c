static int raw_insert(struct vm_fault *vmf)
{
	return vm_insert_page(vmf->vma, vmf->address, raw_page);
}

static int raw_fault(struct vm_fault *vmf)
{
	switch (raw_insert(vmf)) {
	case 0:
	case -EBUSY:
		return VM_FAULT_NOPAGE;
	case -ENOMEM:
		return VM_FAULT_OOM;
	default:
		return VM_FAULT_SIGBUS;
	}
}

static const struct vm_operations_struct raw_ops = {
	.fault = raw_fault,
};
