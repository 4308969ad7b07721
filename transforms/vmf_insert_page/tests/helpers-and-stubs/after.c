static vm_fault_t part_fault(struct vm_fault *vmf, unsigned long offset);

#ifdef CONFIG_PART
static vm_fault_t part_insert(struct vm_fault *vmf, unsigned long pfn)
{
	return vmf_insert_pfn(vmf->vma, vmf->address, pfn);
}
#else
static vm_fault_t part_insert(struct vm_fault *vmf, unsigned long pfn)
{
	return VM_FAULT_SIGBUS;
}
#endif

static vm_fault_t part_fault(struct vm_fault *vmf, unsigned long offset)
{
	int i;
	vm_fault_t ret;

	for (i = 0; i < offset; i++)
		part_step(i);
	if (offset)
		ret = part_insert(vmf, offset);
	else
		ret = VM_FAULT_SIGBUS;
	return ret;
}

static vm_fault_t whole_fault(struct vm_fault *vmf)
{
	return part_fault(vmf, vmf->pgoff);
}

static const struct vm_operations_struct whole_ops = {
	.fault = whole_fault,
};
