static int kept_fault(struct vm_fault *vmf)
{
	int ret = vm_insert_page(vmf->vma, vmf->address, kept_page);

	if (ret == -ENOMEM)
		return VM_FAULT_OOM;
	return ret && ret != -EBUSY ? VM_FAULT_SIGBUS : VM_FAULT_NOPAGE;
}

static const struct vm_operations_struct kept_ops = {
	.fault = kept_fault,
};

int (*kept_pointer)(struct vm_fault *vmf) = kept_fault;
