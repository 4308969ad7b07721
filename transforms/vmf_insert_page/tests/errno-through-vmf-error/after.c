static vm_fault_t store_fault(struct vm_fault *vmf)
{
	struct store *store = vmf->vma->vm_private_data;
	int err;

	err = store_wake(store);
	if (err)
		return vmf_error(err);

	return vmf_insert_pfn(vmf->vma, vmf->address, store->pfn);
}

static const struct vm_operations_struct store_ops = {
	.fault = store_fault,
};
