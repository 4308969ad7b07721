// SPDX-License-Identifier: MIT OR Apache-2.0
/*
 * Flint pins its objects while they are mapped.
 */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/mutex.h>

struct flint_bo {
	struct mutex lock;
	struct page **pages;
	unsigned long ring_pfn;
	unsigned long ring_pages;
	int pins;
};

static struct page **flint_pin(struct flint_bo *bo)
{
	if (!bo->pages)
		return ERR_PTR(-ENOMEM);
	bo->pins++;
	return bo->pages;
}

static int flint_fault(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	struct flint_bo *bo = vma->vm_private_data;
	struct page **pages;
	int ret;

	/* Whoever is interrupted here comes back with the same fault. */
	ret = mutex_lock_interruptible(&bo->lock);
	if (ret)
		goto out;

	pages = flint_pin(bo);
	if (IS_ERR(pages)) {
		ret = PTR_ERR(pages);
		goto out_unlock;
	}

	ret = vm_insert_mixed(vma, vmf->address,
			      __pfn_to_pfn_t(page_to_pfn(pages[vmf->pgoff]), PFN_DEV));

out_unlock:
	mutex_unlock(&bo->lock);
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

/* A failure is worth a message, and a race is a bus error here. */
static int flint_cursor_fault(struct vm_fault *vmf)
{
	struct flint_bo *bo = vmf->vma->vm_private_data;
	int ret = vm_insert_page(vmf->vma, vmf->address, bo->pages[0]);

	if (ret) {
		pr_debug("flint: cursor: %d\n", ret);
		return ret == -ENOMEM ? VM_FAULT_OOM : VM_FAULT_SIGBUS;
	}
	return VM_FAULT_NOPAGE;
}

/* Trusts that nothing can go wrong. */
static int flint_status_fault(struct vm_fault *vmf)
{
	struct flint_bo *bo = vmf->vma->vm_private_data;

	vm_insert_page(vmf->vma, vmf->address, bo->pages[1]);
	return VM_FAULT_NOPAGE;
}

/* The lock is held until the code is chosen, and both ways out drop it. */
static int flint_ring_fault(struct vm_fault *vmf)
{
	struct flint_bo *bo = vmf->vma->vm_private_data;
	int err, code;

	mutex_lock(&bo->lock);
	if (vmf->pgoff >= bo->ring_pages) {
		code = VM_FAULT_SIGBUS;
		goto unlock;
	}

	err = vm_insert_pfn(vmf->vma, vmf->address, bo->ring_pfn + vmf->pgoff);
	switch (err) {
	case 0:
	case -EBUSY:
		code = VM_FAULT_NOPAGE;
		break;
	case -ENOMEM:
		code = VM_FAULT_OOM;
		break;
	default:
		code = VM_FAULT_SIGBUS;
		break;
	}
unlock:
	mutex_unlock(&bo->lock);
	return code;
}

/* As above, with one way out. */
static int flint_doorbell_fault(struct vm_fault *vmf)
{
	struct flint_bo *bo = vmf->vma->vm_private_data;
	int code;
	int err;

	mutex_lock(&bo->lock);
	err = vm_insert_pfn(vmf->vma, vmf->address, bo->ring_pfn);
	if (!err || err == -EBUSY)
		code = VM_FAULT_NOPAGE;
	else if (err == -ENOMEM)
		code = VM_FAULT_OOM;
	else
		code = VM_FAULT_SIGBUS;
	mutex_unlock(&bo->lock);
	return code;
}

const struct vm_operations_struct flint_vm_ops[] = {
	{ .fault = flint_fault },
	{ .fault = flint_cursor_fault },
	{ .fault = flint_status_fault },
	{ .fault = flint_ring_fault },
	{ .fault = flint_doorbell_fault },
};
