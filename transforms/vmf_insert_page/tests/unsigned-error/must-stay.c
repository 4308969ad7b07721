static int blind_fault(struct vm_fault *vmf)
{
	unsigned int err;

	err = vm_insert_page(vmf->vma, vmf->address, blind_page);
	if (err == -ENOMEM)
		return VM_FAULT_OOM;
	if (err < 0 && err != -EBUSY)
		return VM_FAULT_SIGBUS;
	return VM_FAULT_NOPAGE;
}

static int flag_fault(struct vm_fault *vmf)
{
	bool err = vm_insert_page(vmf->vma, vmf->address, blind_page);

	if (err == -ENOMEM)
		return VM_FAULT_OOM;
	return err && err != -EBUSY ? VM_FAULT_SIGBUS : VM_FAULT_NOPAGE;
}

static const struct vm_operations_struct blind_ops[] = {
	{ .fault = blind_fault },
	{ .fault = flag_fault },
};
