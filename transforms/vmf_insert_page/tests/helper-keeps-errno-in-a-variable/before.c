static int bank_insert(struct vm_fault *vmf)
{
	struct bank *bank = vmf->vma->vm_private_data;
	int ret, index = vmf->pgoff;

	if (index >= bank->count)
		return -EINVAL;

	mutex_lock(&bank->lock);
	ret = vm_insert_page(vmf->vma, vmf->address, bank->pages[index]);
	mutex_unlock(&bank->lock);

	return ret;
}

static int bank_fault(struct vm_fault *vmf)
{
	int ret = bank_insert(vmf);

	if (ret == -EINVAL)
		return VM_FAULT_SIGSEGV;
	if (ret == -ENOMEM)
		return VM_FAULT_OOM;
	if (ret && ret != -EBUSY)
		return VM_FAULT_SIGBUS;
	return VM_FAULT_NOPAGE;
}

static const struct vm_operations_struct bank_ops = {
	.fault = bank_fault,
};
