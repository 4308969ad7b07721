static vm_fault_t hole_fault(struct vm_fault *vmf)
{
	vm_fault_t ret = VM_FAULT_NOPAGE;
	struct page *page = hole_page(vmf);

	if (!page) {
		ret = VM_FAULT_OOM;
		goto out;
	}
	ret = vmf_insert_mixed(vmf->vma, vmf->address, page_to_pfn_t(page));
out:
	trace_hole(vmf, ret);
	return ret;
}

static const struct vm_operations_struct hole_ops = {
	.fault = hole_fault,
};
