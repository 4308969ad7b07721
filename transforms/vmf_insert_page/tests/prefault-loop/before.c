static int ahead_fault(struct vm_fault *vmf)
{
	unsigned long address = vmf->address;
	int ret, i;

	for (i = 0; i < AHEAD; i++) {
		ret = vm_insert_mixed(vmf->vma, address, ahead_pfn(vmf, i));
		if (unlikely((ret == -EBUSY) || (ret != 0 && i > 0)))
			break;
		else if (unlikely(ret != 0))
			return (ret == -ENOMEM) ? VM_FAULT_OOM : VM_FAULT_SIGBUS;
		address += PAGE_SIZE;
	}
	return VM_FAULT_NOPAGE;
}

static const struct vm_operations_struct ahead_ops = {
	.fault = ahead_fault,
};
