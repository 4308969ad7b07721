// SPDX-License-Identifier: MIT OR Apache-2.0
/*
 * DMA buffers that an IOMMU makes contiguous.
 */
#include <linux/mm.h>
#include <linux/module.h>

int iodma_mmap(struct page **pages, size_t size, struct vm_area_struct *vma);

/**
 * iodma_mmap - map a buffer into a process
 * @pages: its pages
 * @size: its size in bytes
 * @vma: the mapping; its offset is where in the buffer it begins
 *
 * A mapping that is smaller than the buffer gets its beginning, a larger one
 * stays empty at its end.
 *
 * Return: 0, -ENXIO for an offset past the buffer, or what vm_insert_page() gave
 */
int iodma_mmap(struct page **pages, size_t size, struct vm_area_struct *vma)
{
	unsigned int i, count = PAGE_ALIGN(size) >> PAGE_SHIFT;
	unsigned long uaddr = vma->vm_start;
	int ret = -ENXIO;

	for (i = vma->vm_pgoff; i < count && uaddr < vma->vm_end; i++) {
		ret = vm_insert_page(vma, uaddr, pages[i]);
		if (ret)
			break;
		uaddr += PAGE_SIZE;
	}
	return ret;
}
EXPORT_SYMBOL(iodma_mmap);
