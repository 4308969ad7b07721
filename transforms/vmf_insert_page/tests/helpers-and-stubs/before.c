static int part_fault(struct vm_fault *vmf, unsigned long offset);

#ifdef CONFIG_PART
static int part_insert(struct vm_fault *vmf, unsigned long pfn)
{
	int err;

	err = vm_insert_pfn(vmf->vma, vmf->address, pfn);
	switch (err) {
	case 0:
	case -EBUSY:
		return VM_FAULT_NOPAGE;
	case -ENOMEM:
		return VM_FAULT_OOM;
	}
	return VM_FAULT_SIGBUS;
}
#else
static int part_insert(struct vm_fault *vmf, unsigned long pfn)
{
	return VM_FAULT_SIGBUS;
}
#endif

static int part_fault(struct vm_fault *vmf, unsigned long offset)
{
	int i, ret;

	for (i = 0; i < offset; i++)
		part_step(i);
	if (offset)
		ret = part_insert(vmf, offset);
	else
		ret = VM_FAULT_SIGBUS;
	return ret;
}

static int whole_fault(struct vm_fault *vmf)
{
	return part_fault(vmf, vmf->pgoff);
}

static const struct vm_operations_struct whole_ops = {
	.fault = whole_fault,
};
