/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#ifndef _TILE_DRV_H
#define _TILE_DRV_H

#include <linux/mm.h>

struct tile_bo {
	const struct tile_bo_ops *ops;
	struct page **pages;
	unsigned long num_pages;
	unsigned long io_pfn;
};

/*
 * Both members are called by the driver's fault handler. vm_insert_page() is
 * what most of them end in.
 */
struct tile_bo_ops {
	int (*fault)(struct tile_bo *bo, struct vm_fault *vmf);
	int (*prepare)(struct tile_bo *bo);
};

int tile_fault_page(struct tile_bo *bo, struct vm_fault *vmf);
int tile_fault_io(struct tile_bo *bo, struct vm_fault *vmf);

#ifdef CONFIG_TILE_PREFAULT
int tile_prefault(struct tile_bo *bo, struct vm_fault *vmf, unsigned int n);
#else
static inline int tile_prefault(struct tile_bo *bo, struct vm_fault *vmf,
				unsigned int n)
{
	return tile_fault_page(bo, vmf);
}
#endif

extern const struct tile_bo_ops tile_page_ops;
extern const struct tile_bo_ops tile_io_ops;

#endif /* _TILE_DRV_H */
