// SPDX-License-Identifier: MIT OR Apache-2.0
/*
 * Pages in an array of structures.
 */
#include <linux/mm.h>
#include <linux/module.h>

struct sgentry {
	struct page *page;
	unsigned int offset;
	unsigned int length;
};

struct sgtable {
	struct sgentry *entries;
	unsigned int nents;
};

int sgtable_map(struct sgtable *sgt, struct vm_area_struct *vma);

int sgtable_map(struct sgtable *sgt, struct vm_area_struct *vma)
{
	unsigned long addr = vma->vm_start;
	struct sgentry *sg = sgt->entries;
	unsigned int left = sgt->nents;
	int err = 0;

	while (left-- && !err) {
		err = vm_insert_page(vma, addr, (sg++)->page);
		addr += PAGE_SIZE;
	}
	return err;
}
EXPORT_SYMBOL(sgtable_map);
