// SPDX-License-Identifier: MIT OR Apache-2.0
/*
 * Tile: buffer objects in memory or behind a bus.
 */
#include "tile_drv.h"

static int tile_fault(struct vm_fault *vmf)
{
	struct tile_bo *bo = vmf->vma->vm_private_data;
	int err;

	if (bo->ops->prepare) {
		err = bo->ops->prepare(bo);
		if (err == -ENOMEM)
			return VM_FAULT_OOM;
		if (err)
			return VM_FAULT_SIGBUS;
	}

	return bo->ops->fault(bo, vmf);
}

const struct vm_operations_struct tile_vm_ops = {
	.fault = tile_fault,
};
