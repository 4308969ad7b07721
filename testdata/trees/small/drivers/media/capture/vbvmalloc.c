// SPDX-License-Identifier: MIT OR Apache-2.0
/*
 * Video buffers in vmalloc space.
 */
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/vmalloc.h>

int vbvmalloc_mmap(void *start, struct vm_area_struct *vma);

int vbvmalloc_mmap(void *start, struct vm_area_struct *vma)
{
	unsigned long addr = vma->vm_start;
	unsigned long size = vma->vm_end - vma->vm_start;
	char *pos = start;

	while (size > 0) {
		struct page *page = vmalloc_to_page(pos);
		int ret;

		ret = vm_insert_page(vma, addr, page);
		if (ret)
			return ret;

		addr += PAGE_SIZE;
		pos += PAGE_SIZE;
		size -= PAGE_SIZE;
	}

	return 0;
}
EXPORT_SYMBOL(vbvmalloc_mmap);
