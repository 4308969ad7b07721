// SPDX-License-Identifier: MIT OR Apache-2.0
/*
 * Queue memory for user-space drivers.
 */
#include <linux/mm.h>
#include <linux/module.h>

#define QUILL_HEADER_PAGES	2

struct quill_queue {
	struct page *pages[64];
	u16 used;
};

int quill_map_queue(struct quill_queue *q, struct vm_area_struct *vma);
int quill_map_body(struct quill_queue *q, struct vm_area_struct *vma);

int quill_map_queue(struct quill_queue *q, struct vm_area_struct *vma)
{
	unsigned long addr = vma->vm_start;
	int i, err;

	if (q->used > ARRAY_SIZE(q->pages) || vma_pages(vma) < q->used)
		return -EINVAL;

	for (i = 0; i < q->used; ++i) {
		if (unlikely((err = vm_insert_page(vma, addr, q->pages[i])) < 0)) {
			pr_warn("quill: page %d of %u: vm_insert_page: %d\n",
				i, q->used, err);
			return err;
		}
		addr += PAGE_SIZE;
	}
	return 0;
}
EXPORT_SYMBOL(quill_map_queue);

/* Without the header, which only the kernel may see. */
int quill_map_body(struct quill_queue *q, struct vm_area_struct *vma)
{
	unsigned int i;
	int err = 0;

	if (q->used < QUILL_HEADER_PAGES)
		return -ENXIO;
	if (vma_pages(vma) < q->used - QUILL_HEADER_PAGES)
		return -EINVAL;

	for (i = QUILL_HEADER_PAGES; !err && i < q->used; i++)
		err = vm_insert_page(vma, vma->vm_start +
				     (i - QUILL_HEADER_PAGES) * PAGE_SIZE, q->pages[i]);

	return err;
}
EXPORT_SYMBOL(quill_map_body);
