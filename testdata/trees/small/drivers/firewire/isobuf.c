// SPDX-License-Identifier: MIT OR Apache-2.0
/*
 * Buffers of isochronous streams.
 */
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>

struct isobuf {
	struct page **pages;
	int page_count;
	bool mapped;
};

int isobuf_init(struct isobuf *buf, int page_count)
{
	int i;

	buf->page_count = 0;
	buf->pages = kcalloc(page_count, sizeof(*buf->pages), GFP_KERNEL);
	if (!buf->pages)
		return -ENOMEM;

	for (i = 0; i < page_count; i++) {
		buf->pages[i] = alloc_page(GFP_KERNEL | __GFP_ZERO);
		if (!buf->pages[i])
			break;
	}
	buf->page_count = i;

	return i < page_count ? -ENOMEM : 0;
}
EXPORT_SYMBOL(isobuf_init);

int isobuf_map_vma(struct isobuf *buf, struct vm_area_struct *vma)
{
	unsigned long uaddr;
	int i, err;

	uaddr = vma->vm_start;
	for (i = 0; i < buf->page_count; i++) {
		err = vm_insert_page(vma, uaddr, buf->pages[i]);
		if (err)
			return err;

		uaddr += PAGE_SIZE;
	}

	return 0;
}
EXPORT_SYMBOL(isobuf_map_vma);
