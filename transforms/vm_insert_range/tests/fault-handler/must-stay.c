static int warm_fault(struct vm_fault *vmf)
{
	struct warm *warm = vmf->vma->vm_private_data;
	unsigned int i;
	int err;

	for (i = 0; i < warm->count; i++) {
		err = vm_insert_page(vmf->vma, vmf->address + i * PAGE_SIZE, warm->pages[i]);
		if (err)
			return VM_FAULT_SIGBUS;
	}
	return VM_FAULT_NOPAGE;
}

static const struct vm_operations_struct warm_ops = {
	.fault = warm_fault,
};
