static int count_fault(struct vm_fault *vmf)
{
	struct batch *batch = vmf->vma->vm_private_data;
	int err, i;

	for (i = 0; i < batch->count; i++) {
		err = vm_insert_page(vmf->vma, vmf->address + i * PAGE_SIZE, batch->pages[i]);
		if (err == -EBUSY) {
			put_page(batch->pages[i]);
			continue;
		}
		if (err)
			return (err == -ENOMEM) ? VM_FAULT_OOM : VM_FAULT_SIGBUS;
	}
	return VM_FAULT_NOPAGE;
}

static const struct vm_operations_struct count_ops = {
	.fault = count_fault,
};
