static int loud_fault(struct vm_fault *vmf)
{
	int ret = vm_insert_page(vmf->vma, vmf->address, loud_page);

	pr_debug("inserted: %d\n", ret);
	return ret == -ENOMEM ? VM_FAULT_OOM : ret && ret != -EBUSY ? VM_FAULT_SIGBUS : VM_FAULT_NOPAGE;
}

static const struct vm_operations_struct loud_ops = {
	.fault = loud_fault,
};
