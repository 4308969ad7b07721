// SPDX-License-Identifier: MIT OR Apache-2.0
/*
 * Runs loops of drivers in user space. Nothing here is linked into the kernel.
 */
#include "vm_insert_page.h"

struct page {
	unsigned long addr;
};

int vm_insert_page(void *map, unsigned long addr, struct page *page)
{
	page->addr = addr;
	return map ? 0 : -22;
}

int main(void)
{
	struct page page;

	return vm_insert_page(&page, 4096, &page);
}
