// SPDX-License-Identifier: MIT OR Apache-2.0
/*
 * One page of every huge page.
 */
#include <linux/mm.h>
#include <linux/module.h>

int hugestep_map(struct page **heads, unsigned int n, struct vm_area_struct *vma);

int hugestep_map(struct page **heads, unsigned int n, struct vm_area_struct *vma)
{
	unsigned long addr = vma->vm_start;
	unsigned int i;
	int err;

	for (i = 0; i < n; i++) {
		err = vm_insert_page(vma, addr, heads[i]);
		if (err)
			return err;
		addr += HPAGE_SIZE;
	}
	return 0;
}
EXPORT_SYMBOL(hugestep_map);
