// SPDX-License-Identifier: MIT OR Apache-2.0
/*
 * Older than prototypes.
 */
#include <linux/mm.h>

int knr_map();

int
knr_map(vma, pages, n)
	struct vm_area_struct *vma;
	struct page **pages;
	unsigned int n;
{
	unsigned long addr = vma->vm_start;
	register int err;

	while (n-- > 0) {
		if ((err = vm_insert_page(vma, addr, *pages++)) != 0)
			return (err);
		addr += PAGE_SIZE;
	}
	return (0);
}

/* The parameter is not the function. */
static int
knr_call(vm_insert_page, vma, page)
	int (*vm_insert_page)();
	struct vm_area_struct *vma;
	struct page *page;
{
	return vm_insert_page(vma, vma->vm_start, page);
}

int knr_map_first(struct vm_area_struct *vma, struct page **pages);

int knr_map_first(struct vm_area_struct *vma, struct page **pages)
{
	return knr_call(&vm_insert_page, vma, pages[0]);
}
