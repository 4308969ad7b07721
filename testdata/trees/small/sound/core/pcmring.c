// SPDX-License-Identifier: MIT OR Apache-2.0
/*
 * Sample rings, in one piece or in pages.
 */
#include <linux/mm.h>
#include <linux/module.h>

struct pcmring {
	unsigned long start_pfn;
	struct page **table;
	unsigned int npages;
};

int pcmring_map(struct pcmring *ring, struct vm_area_struct *vma);

int pcmring_map(struct pcmring *ring, struct vm_area_struct *vma)
{
	unsigned long addr = vma->vm_start;
	struct page **pages = ring->table;
	unsigned int n = ring->npages;
	int err = 0;

	if (vma_pages(vma) < n)
		return -EINVAL;

	if (!pages)
		err = remap_pfn_range(vma, addr, ring->start_pfn,
				      (unsigned long)n << PAGE_SHIFT, vma->vm_page_prot);
	else for (; n; n--) {
		err = vm_insert_page(vma, addr, *pages++);
		if (err)
			return err;
		addr += PAGE_SIZE;
	}

	return err;
}
EXPORT_SYMBOL(pcmring_map);
