static vm_fault_t ring_fault(struct vm_fault *vmf)
{
	struct ring *ring = vmf->vma->vm_private_data;
	vm_fault_t ret;

	mutex_lock(&ring->lock);
	ret = vmf_insert_pfn(vmf->vma, vmf->address, ring->pfn);
	mutex_unlock(&ring->lock);
	trace_ring_fault(ring, ret);
	return ret;
}

static vm_fault_t ring_page_fault(struct vm_fault *vmf)
{
	return vmf_insert_page(vmf->vma, vmf->address, vmf->page);
}

static const struct vm_operations_struct ring_ops[] = {
	{ .fault = ring_fault },
	{ .fault = ring_page_fault },
};
