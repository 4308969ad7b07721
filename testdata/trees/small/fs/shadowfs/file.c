// SPDX-License-Identifier: MIT OR Apache-2.0
/*
 * Files of shadowfs.
 */
#include "shadowfs.h"

static int shadow_fault(struct vm_fault *vmf)
{
	return shadow_dax_fault(vmf, PE_SIZE_PTE);
}

static int shadow_pfn_mkwrite(struct vm_fault *vmf)
{
	struct shadow_inode *inode = vmf->vma->vm_private_data;
	int ret = VM_FAULT_NOPAGE;

	mutex_lock(&inode->lock);
	if (vmf->pgoff >= inode->blocks)
		ret = VM_FAULT_SIGBUS;
	mutex_unlock(&inode->lock);
	return ret;
}

static const struct vm_operations_struct shadow_vm_ops = {
	.fault		= shadow_fault,
	.huge_fault	= shadow_dax_fault,
	.page_mkwrite	= shadow_fault,
	.pfn_mkwrite	= shadow_pfn_mkwrite,
};

static int shadow_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct shadow_inode *inode = file->private_data;

	vma->vm_flags |= VM_MIXEDMAP;
	vma->vm_ops = &shadow_vm_ops;
	vma->vm_private_data = inode;

	/* The first block is read by everybody, so map it now. */
	return shadow_dax_insert(vma, vma->vm_start, inode->pfn);
}

const struct file_operations shadow_fops = {
	.mmap = shadow_mmap,
};
