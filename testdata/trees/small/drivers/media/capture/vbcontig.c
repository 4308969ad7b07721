// SPDX-License-Identifier: MIT OR Apache-2.0
/*
 * Video buffers in one piece: every page is computed, none stands in an array.
 */
#include <linux/mm.h>
#include <linux/module.h>

struct vbcontig_buf {
	unsigned long first_pfn;
	unsigned long size;
};

int vbcontig_mmap(struct vbcontig_buf *buf, struct vm_area_struct *vma);

int vbcontig_mmap(struct vbcontig_buf *buf, struct vm_area_struct *vma)
{
	unsigned long offset, end = min(buf->size, vma->vm_end - vma->vm_start);
	int err;

	for (offset = 0; offset < end; offset += PAGE_SIZE) {
		err = vm_insert_page(vma, vma->vm_start + offset,
				     pfn_to_page(buf->first_pfn + (offset >> PAGE_SHIFT)));
		if (err)
			return err;
	}
	return 0;
}
EXPORT_SYMBOL(vbcontig_mmap);
