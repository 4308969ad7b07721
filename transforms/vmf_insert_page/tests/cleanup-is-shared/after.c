static vm_fault_t gem_fault(struct vm_fault *vmf)
{
	struct gem *gem = vmf->vma->vm_private_data;
	struct page *page;
	int err;
	vm_fault_t ret;

	err = mutex_lock_interruptible(&gem->lock);
	if (err)
		goto out;

	page = gem_page(gem, vmf->pgoff);
	if (IS_ERR(page)) {
		err = PTR_ERR(page);
		goto unlock;
	}

	ret = vmf_insert_page(vmf->vma, vmf->address, page);
	mutex_unlock(&gem->lock);
	return ret;

unlock:
	mutex_unlock(&gem->lock);
out:
	switch (err) {
	case -EAGAIN:
	case 0:
	case -ERESTARTSYS:
	case -EINTR:
	case -EBUSY:
		return VM_FAULT_NOPAGE;
	case -ENOMEM:
		return VM_FAULT_OOM;
	default:
		return VM_FAULT_SIGBUS;
	}
}

static const struct vm_operations_struct gem_ops = {
	.fault = gem_fault,
};
