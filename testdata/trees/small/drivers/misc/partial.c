// SPDX-License-Identifier: MIT OR Apache-2.0
/*
 * A window into a larger buffer: what can be mapped is mapped.
 */
#include <linux/mm.h>
#include <linux/module.h>

long partial_map(struct page **pages, unsigned int n,
		 struct vm_area_struct *vma);

/* Returns how many pages were mapped, or an errno when there was none. */
long partial_map(struct page **pages, unsigned int n,
		 struct vm_area_struct *vma)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < n; i++) {
		err = vm_insert_page(vma, vma->vm_start + i * PAGE_SIZE, pages[i]);
		if (err)
			break;
	}
	return i ? (long)i : err;
}
EXPORT_SYMBOL(partial_map);
