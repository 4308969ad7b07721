static int window_fault(struct vm_fault *vmf)
{
	struct window *window = vmf->vma->vm_private_data;
	unsigned long address = vmf->address;
	int ret, i;

	ret = window_lock(window);
	if (ret)
		return VM_FAULT_RETRY;

	for (i = 0; i < window->ahead; i++) {
		if (window->mixed)
			ret = vm_insert_mixed(vmf->vma, address, window_pfn(window, i));
		else
			ret = vm_insert_pfn(vmf->vma, address, window->pfn + i);

		/* Only the page that was asked for has to be there. */
		if (ret == -EBUSY)
			break;
		if (ret && i > 0)
			break;
		if (ret) {
			ret = (ret == -ENOMEM) ? VM_FAULT_OOM : VM_FAULT_SIGBUS;
			goto unlock;
		}
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
