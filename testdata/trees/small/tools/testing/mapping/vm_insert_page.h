/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A double of the kernel's function, for tests in user space. */
struct page;

int vm_insert_page(void *map, unsigned long addr, struct page *page);
