static vm_fault_t last_fault(struct vm_fault *vmf)
{
	struct last *last = vmf->vma->vm_private_data;

	return vmf_insert_pfn(vmf->vma, vmf->address, last->pfn);
}

static const struct vm_operations_struct last_ops = {
	.fault = last_fault,
};
