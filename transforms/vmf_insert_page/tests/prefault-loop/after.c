static vm_fault_t ahead_fault(struct vm_fault *vmf)
{
	unsigned long address = vmf->address;
	int i;
	vm_fault_t ret;

	for (i = 0; i < AHEAD; i++) {
		ret = vmf_insert_mixed(vmf->vma, address, ahead_pfn(vmf, i));
		if (unlikely((ret & VM_FAULT_ERROR) && i > 0))
			break;
		else if (unlikely(ret & VM_FAULT_ERROR))
			return ret;
		address += PAGE_SIZE;
	}
	return VM_FAULT_NOPAGE;
}

static const struct vm_operations_struct ahead_ops = {
	.fault = ahead_fault,
};
