static int gem_fault(struct vm_fault *vmf)
{
	struct gem *gem = vmf->vma->vm_private_data;
	struct page *page;
	int ret;

	ret = mutex_lock_interruptible(&gem->lock);
	if (ret)
		goto out;

	page = gem_page(gem, vmf->pgoff);
	if (IS_ERR(page)) {
		ret = PTR_ERR(page);
		goto unlock;
	}

	ret = vm_insert_page(vmf->vma, vmf->address, page);

unlock:
	mutex_unlock(&gem->lock);
out:
	switch (ret) {
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
