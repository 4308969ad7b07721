// SPDX-License-Identifier: MIT OR Apache-2.0
/*
 * Video buffers made of single pages.
 */
#include <linux/mm.h>
#include <linux/module.h>

struct vbdma_buf {
	struct page **pages;
	unsigned int num_pages;
	int handler_refs;
};

int vbdma_mmap(void *buf_priv, struct vm_area_struct *vma);

int vbdma_mmap(void *buf_priv, struct vm_area_struct *vma)
{
	struct vbdma_buf *buf = buf_priv;
	unsigned long uaddr = vma->vm_start;
	unsigned long usize = vma->vm_end - vma->vm_start;
	int i = 0;

	if (!buf) {
		pr_err("vbdma: no memory to map\n");
		return -EINVAL;
	}
	if (vma_pages(vma) > buf->num_pages)
		return -EINVAL;

	do {
		int ret;

		ret = vm_insert_page(vma, uaddr, buf->pages[i++]);
		if (ret) {
			pr_err("vbdma: remapping of memory failed, error: %d\n", ret);
			return ret;
		}

		uaddr += PAGE_SIZE;
		usize -= PAGE_SIZE;
	} while (usize > 0);

	/* The mapping keeps the buffer alive. */
	buf->handler_refs++;
	return 0;
}
EXPORT_SYMBOL_GPL(vbdma_mmap);
