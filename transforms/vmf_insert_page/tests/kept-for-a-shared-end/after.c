static vm_fault_t state_fault(struct vm_fault *vmf)
{
	struct state *state = vmf->vma->vm_private_data;
	int ret = 0;
	vm_fault_t fault = VM_FAULT_NOPAGE;

	get_state(state);
	if (state_acquire(state))
		goto again;

	if (state->saved) {
		ret = state_wait(state);
	} else {
		fault = vmf_insert_pfn(vmf->vma, vmf->address,
				       state_pfn(state, vmf));
		state_trace(state);
	}

	if (!ret)
		state_release(state);

again:
	put_state(state);
	return fault;
}

static const struct vm_operations_struct state_ops = {
	.fault = state_fault,
};
