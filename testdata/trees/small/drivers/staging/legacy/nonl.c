// SPDX-License-Identifier: MIT OR Apache-2.0
/*
 * The last line is not ended.
 */
#include <linux/mm.h>

int nonl_map(struct page *page, struct vm_area_struct *vma);

int nonl_map(struct page *page, struct vm_area_struct *vma)
{
	return vm_insert_page(vma, vma->vm_start, page);
} /* vm_insert_page */