static vm_fault_t window_fault(struct vm_fault *vmf)
{
	struct window *window = vmf->vma->vm_private_data;
	unsigned long address = vmf->address;
	int i;
	vm_fault_t ret;
	int err;

	err = window_lock(window);
	if (err)
		return VM_FAULT_RETRY;

	for (i = 0; i < window->ahead; i++) {
		if (window->mixed)
			ret = vmf_insert_mixed(vmf->vma, address,
					       window_pfn(window, i));
		else
			ret = vmf_insert_pfn(vmf->vma, address,
					     window->pfn + i);

		/* Only the page that was asked for has to be there. */
		if ((ret & VM_FAULT_ERROR) && i > 0)
			break;
		if (ret & VM_FAULT_ERROR)
			goto unlock;
		address += PAGE_SIZE;
	}
	ret = VM_FAULT_NOPAGE;
unlock:
	window_unlock(window);
	return ret;
}

static const struct vm_operations_struct window_ops = {
	.fault = window_fault,
};
