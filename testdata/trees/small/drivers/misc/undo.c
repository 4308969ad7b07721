// SPDX-License-Identifier: MIT OR Apache-2.0
/*
 * Takes back what it did, page by page.
 */
#include <linux/mm.h>
#include <linux/module.h>

int undo_map(struct page **pages, unsigned int n, struct vm_area_struct *vma);

int undo_map(struct page **pages, unsigned int n, struct vm_area_struct *vma)
{
	unsigned long addr = vma->vm_start;
	unsigned int i;
	int err;

	for (i = 0; i < n; i++) {
		get_page(pages[i]);
		err = vm_insert_page(vma, addr, pages[i]);
		if (err)
			goto undo;
		addr += PAGE_SIZE;
	}
	return 0;

undo:
	do {
		put_page(pages[i]);
	} while (i-- > 0);
	return err;
}
EXPORT_SYMBOL(undo_map);
