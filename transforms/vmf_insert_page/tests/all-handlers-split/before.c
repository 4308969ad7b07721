static int idle_fault(struct vm_fault *vmf)
{
	struct object *object = vmf->vma->vm_private_data;
	int ret = 0;

	if (!object->fence)
		goto out;
	if (vmf->flags & FAULT_FLAG_RETRY_NOWAIT) {
		ret = VM_FAULT_RETRY;
		goto out;
	}

	ret = fence_wait(object->fence);
	if (unlikely(ret != 0)) {
		ret = (ret != -ERESTARTSYS) ? VM_FAULT_SIGBUS : VM_FAULT_NOPAGE;
		goto out;
	}
	object->fence = NULL;
out:
	return ret;
}

static int write_mkwrite(struct vm_fault *vmf)
{
	int ret;

	ret = update_time(vmf->vma->vm_file->f_path.dentry);
	if (ret) {
		if (ret == -ENOMEM)
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
