static vm_fault_t raw_insert(struct vm_fault *vmf)
{
	return vmf_insert_page(vmf->vma, vmf->address, raw_page);
}

static vm_fault_t raw_fault(struct vm_fault *vmf)
{
	return raw_insert(vmf);
}

static const struct vm_operations_struct raw_ops = {
	.fault = raw_fault,
};
