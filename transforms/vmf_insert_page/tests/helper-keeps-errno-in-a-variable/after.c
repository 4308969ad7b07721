static vm_fault_t bank_insert(struct vm_fault *vmf)
{
	struct bank *bank = vmf->vma->vm_private_data;
	int index = vmf->pgoff;
	vm_fault_t ret;

	if (index >= bank->count)
		return VM_FAULT_SIGSEGV;

	mutex_lock(&bank->lock);
	ret = vmf_insert_page(vmf->vma, vmf->address, bank->pages[index]);
	mutex_unlock(&bank->lock);

	return ret;
}

static vm_fault_t bank_fault(struct vm_fault *vmf)
{
	return bank_insert(vmf);
}

static const struct vm_operations_struct bank_ops = {
	.fault = bank_fault,
};
