static int chain_fault(struct vm_fault *vmf)
{
	unsigned long pfn = chain_pfn(vmf);
	int rc;

	rc = vm_insert_mixed(vmf->vma, vmf->address, pfn);
	if (rc == -ENOMEM)
		return VM_FAULT_OOM;
	if (rc < 0 && rc != -EBUSY)
		return VM_FAULT_SIGBUS;

	return VM_FAULT_NOPAGE;
}

static const struct vm_operations_struct chain_ops = {
	.fault = chain_fault,
};
