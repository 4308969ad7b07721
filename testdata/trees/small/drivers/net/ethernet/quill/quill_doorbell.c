// SPDX-License-Identifier: MIT OR Apache-2.0
/*
 * Doorbells: a page per queue pair, kept in a list.
 */
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/module.h>

struct quill_doorbell {
	struct list_head node;
	struct page *page;
};

int quill_map_doorbells(struct list_head *bells, struct vm_area_struct *vma);

int quill_map_doorbells(struct list_head *bells, struct vm_area_struct *vma)
{
	unsigned long addr = vma->vm_start;
	struct quill_doorbell *bell;
	int err;

	list_for_each_entry(bell, bells, node) {
		err = vm_insert_page(vma, addr, bell->page);
		if (err)
			return err;
		addr += PAGE_SIZE;
	}
	return 0;
}
EXPORT_SYMBOL(quill_map_doorbells);
