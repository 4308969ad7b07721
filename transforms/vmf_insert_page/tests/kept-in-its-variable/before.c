static int hole_fault(struct vm_fault *vmf)
{
	int ret = VM_FAULT_NOPAGE;
	struct page *page = hole_page(vmf);

	if (!page) {
		ret = VM_FAULT_OOM;
		goto out;
	}
	vm_insert_mixed(vmf->vma, vmf->address, page_to_pfn_t(page));
out:
	trace_hole(vmf, ret);
	return ret;
}

static const struct vm_operations_struct hole_ops = {
	.fault = hole_fault,
};
