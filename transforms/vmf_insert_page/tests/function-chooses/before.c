/* The code for an errno. */
static int ring_code(int error)
{
	if (error == 0 || error == -EBUSY)
		return VM_FAULT_NOPAGE;
	if (error == -ENOMEM)
		return VM_FAULT_OOM;
	return VM_FAULT_SIGBUS;
}

static int ring_fault(struct vm_fault *vmf)
{
	struct ring *ring = vmf->vma->vm_private_data;
	int error, ret;

	mutex_lock(&ring->lock);
	error = vm_insert_pfn(vmf->vma, vmf->address, ring->pfn);
	ret = ring_code(error);
	mutex_unlock(&ring->lock);
	trace_ring_fault(ring, ret);
	return ret;
}

static int ring_page_fault(struct vm_fault *vmf)
{
	return ring_code(vm_insert_page(vmf->vma, vmf->address, vmf->page));
}

static const struct vm_operations_struct ring_ops[] = {
	{ .fault = ring_fault },
	{ .fault = ring_page_fault },
};
