// SPDX-License-Identifier: MIT OR Apache-2.0
#include "shadowfs.h"

/* For fault handlers and for those who map at once, hence an errno. */
int shadow_dax_insert(struct vm_area_struct *vma, unsigned long addr,
		      unsigned long pfn)
{
	return vm_insert_mixed(vma, addr, __pfn_to_pfn_t(pfn, PFN_DEV));
}

int shadow_dax_fault(struct vm_fault *vmf, enum page_entry_size pe_size)
{
	struct shadow_inode *inode = vmf->vma->vm_private_data;
	int major = 0, error;
	pfn_t pfn;

	if (pe_size != PE_SIZE_PTE || vmf->pgoff >= inode->blocks)
		return VM_FAULT_SIGBUS;

	mutex_lock(&inode->lock);
	pfn = __pfn_to_pfn_t(inode->pfn + vmf->pgoff, PFN_DEV);
	if (vmf->flags & FAULT_FLAG_WRITE) {
		error = vm_insert_mixed_mkwrite(vmf->vma, vmf->address, pfn);
		major = VM_FAULT_MAJOR;
	} else {
		error = shadow_dax_insert(vmf->vma, vmf->address,
					  inode->pfn + vmf->pgoff);
	}
	mutex_unlock(&inode->lock);

	if (error == -ENOMEM)
		return VM_FAULT_OOM | major;
	/* -EBUSY is fine: somebody else got there first. */
	if (error < 0 && error != -EBUSY)
		return VM_FAULT_SIGBUS | major;
	return VM_FAULT_NOPAGE | major;
}
