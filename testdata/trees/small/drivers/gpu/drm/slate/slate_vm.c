// SPDX-License-Identifier: MIT OR Apache-2.0
/*
 * Slate's memory manager: objects in memory or in the aperture.
 */
#include <linux/mm.h>
#include <linux/mutex.h>

#define SLATE_PREFAULT	16

struct slate_bo {
	struct mutex reserved;
	struct page **pages;
	unsigned long aperture_pfn;
	unsigned long num_pages;
	bool is_iomem;
};

static int slate_fault(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	struct slate_bo *bo = vma->vm_private_data;
	unsigned long address = vmf->address;
	unsigned long page_offset = vmf->pgoff;
	int ret, i;
	int retval = VM_FAULT_NOPAGE;

	if (!mutex_trylock(&bo->reserved))
		return VM_FAULT_RETRY;

	if (page_offset >= bo->num_pages) {
		retval = VM_FAULT_SIGBUS;
		goto out_unlock;
	}

	for (i = 0; i < SLATE_PREFAULT; ++i) {
		if (bo->is_iomem)
			ret = vm_insert_pfn(vma, address, bo->aperture_pfn + page_offset);
		else
			ret = vm_insert_mixed(vma, address,
				__pfn_to_pfn_t(page_to_pfn(bo->pages[page_offset]), 0));

		/* Somebody was faster, or reading ahead has come to its end. */
		if (unlikely(ret == -EBUSY || (ret != 0 && i > 0)))
			break;
		else if (unlikely(ret != 0)) {
			retval = ret == -ENOMEM ? VM_FAULT_OOM : VM_FAULT_SIGBUS;
			goto out_unlock;
		}

		address += PAGE_SIZE;
		if (unlikely(++page_offset >= bo->num_pages))
			break;
	}
out_unlock:
	mutex_unlock(&bo->reserved);
	return retval;
}

const struct vm_operations_struct slate_vm_ops = {
	.fault = slate_fault,
};
