static vm_fault_t chain_fault(struct vm_fault *vmf)
{
	unsigned long pfn = chain_pfn(vmf);

	return vmf_insert_mixed(vmf->vma, vmf->address, pfn);
}

static const struct vm_operations_struct chain_ops = {
	.fault = chain_fault,
};
