// SPDX-License-Identifier: MIT OR Apache-2.0
#include "tile_drv.h"

/*
 * Maps the page that is asked for, and up to @n - 1 that follow it. Only the
 * first one decides about the result.
 */
int tile_prefault(struct tile_bo *bo, struct vm_fault *vmf, unsigned int n)
{
	unsigned long addr = vmf->address;
	unsigned int i;
	int err;

	for (i = 0; i < n && vmf->pgoff + i < bo->num_pages; i++) {
		err = vm_insert_page(vmf->vma, addr, bo->pages[vmf->pgoff + i]);
		if (err == -EBUSY || (err != 0 && i > 0))
			break;
		if (err == -ENOMEM)
			return VM_FAULT_OOM;
		if (err)
			return VM_FAULT_SIGBUS;

		addr += PAGE_SIZE;
		if (addr >= vmf->vma->vm_end)
			break;
	}

	return VM_FAULT_NOPAGE;
}
