// SPDX-License-Identifier: MIT OR Apache-2.0
/*
 * Copies of USB transfers for debuggers. Hands out its pages by itself.
 */
#include <linux/fs.h>
#include <linux/mm.h>

struct usbtap {
	struct page **chunks;
	unsigned int n;
};

static int usbtap_fault(struct vm_fault *vmf)
{
	struct usbtap *tap = vmf->vma->vm_private_data;

	if (vmf->pgoff >= tap->n)
		return VM_FAULT_SIGBUS;

	get_page(tap->chunks[vmf->pgoff]);
	vmf->page = tap->chunks[vmf->pgoff];
	return 0;
}

static const struct vm_operations_struct usbtap_vm_ops = {
	.fault = usbtap_fault,
};

static int usbtap_mmap(struct file *file, struct vm_area_struct *vma)
{
	/* vm_insert_page() is of no use here: chunks come and go. */
	vma->vm_ops = &usbtap_vm_ops;
	vma->vm_private_data = file->private_data;
	return 0;
}

const struct file_operations usbtap_fops = {
	.mmap = usbtap_mmap,
};
