// SPDX-License-Identifier: MIT OR Apache-2.0
/*
 * Came by mail from another system.
 */
#include <linux/mm.h>

int crlf_map(struct page *page, struct vm_area_struct *vma);

int crlf_map(struct page *page, struct vm_area_struct *vma)
{
	/* vm_insert_page() sets VM_MIXEDMAP */
	int err = vm_insert_page(vma, vma->vm_start,
				 page);

	if (err)
		pr_err("crlf: vm_insert_page(): %d\n", err);
	return err;
}
