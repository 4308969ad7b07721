static vm_fault_t idle_fault(struct vm_fault *vmf)
{
	struct object *object = vmf->vma->vm_private_data;
	vm_fault_t ret = 0;
	int err;

	if (!object->fence)
		goto out;
	if (vmf->flags & FAULT_FLAG_RETRY_NOWAIT) {
		ret = VM_FAULT_RETRY;
		goto out;
	}

	err = fence_wait(object->fence);
	if (unlikely(err != 0)) {
		ret = (err != -ERESTARTSYS) ? VM_FAULT_SIGBUS : VM_FAULT_NOPAGE;
		goto out;
	}
	object->fence = NULL;
out:
	return ret;
}

static vm_fault_t write_mkwrite(struct vm_fault *vmf)
{
	vm_fault_t ret;
	int err;

	err = update_time(vmf->vma->vm_file->f_path.dentry);
	if (err) {
		if (err == -ENOMEM)
			ret = VM_FAULT_OOM;
		else
			ret = VM_FAULT_SIGBUS;
		return ret;
	}
	lock_page(vmf->page);
	return VM_FAULT_LOCKED;
}

static const struct vm_operations_struct idle_ops = {
	.fault = idle_fault,
	.page_mkwrite = write_mkwrite,
};
