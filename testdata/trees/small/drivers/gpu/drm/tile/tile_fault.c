// SPDX-License-Identifier: MIT OR Apache-2.0
#include "tile_drv.h"

int tile_fault_page(struct tile_bo *bo, struct vm_fault *vmf)
{
	int err;

	if (vmf->pgoff >= bo->num_pages)
		return VM_FAULT_SIGBUS;

	err = vm_insert_page(vmf->vma, vmf->address, bo->pages[vmf->pgoff]);
	if (err == -ENOMEM)
		return VM_FAULT_OOM;
	if (err < 0 && err != -EBUSY)
		return VM_FAULT_SIGBUS;

	return VM_FAULT_NOPAGE;
}

int tile_fault_io(struct tile_bo *bo, struct vm_fault *vmf)
{
	int err = vm_insert_pfn(vmf->vma, vmf->address, bo->io_pfn + vmf->pgoff);

	return err == 0 || err == -EBUSY ? VM_FAULT_NOPAGE :
	       err == -ENOMEM ? VM_FAULT_OOM : VM_FAULT_SIGBUS;
}

static int tile_fault_ahead(struct tile_bo *bo, struct vm_fault *vmf)
{
	return tile_prefault(bo, vmf, 8);
}

const struct tile_bo_ops tile_page_ops = {
	.fault = tile_fault_ahead,
};

const struct tile_bo_ops tile_io_ops = {
	.fault = tile_fault_io,
};
