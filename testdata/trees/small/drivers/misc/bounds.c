// SPDX-License-Identifier: MIT OR Apache-2.0
/*
 * Loops whose bound or array changes while they run.
 */
#include <linux/mm.h>
#include <linux/module.h>

struct pool {
	struct page **pages;
	unsigned int avail;
	struct pool *next;
};

int pool_map(struct pool *pool, struct vm_area_struct *vma);
int pool_map_chain(struct pool *pool, struct vm_area_struct *vma);
int pool_map_signed(struct page **pages, int count, struct vm_area_struct *vma);

/* Each page that is mapped is gone from the pool. */
int pool_map(struct pool *pool, struct vm_area_struct *vma)
{
	unsigned long addr = vma->vm_start;
	unsigned int i;
	int err;

	for (i = 0; i < pool->avail; i++) {
		err = vm_insert_page(vma, addr, pool->pages[i]);
		if (err)
			return err;
		addr += PAGE_SIZE;
		if (i & 1)
			pool->avail--;
	}
	return 0;
}
EXPORT_SYMBOL(pool_map);

/* Goes on with the next pool when the first one is empty. */
int pool_map_chain(struct pool *pool, struct vm_area_struct *vma)
{
	unsigned long addr;
	unsigned int i = 0;
	int err;

	for (addr = vma->vm_start; addr < vma->vm_end; addr += PAGE_SIZE) {
		if (i == pool->avail) {
			pool = pool->next;
			i = 0;
			if (!pool)
				return -ENXIO;
		}
		err = vm_insert_page(vma, addr, pool->pages[i++]);
		if (err)
			return err;
	}
	return 0;
}
EXPORT_SYMBOL(pool_map_chain);

/* The count is an int, and nothing here says that it is not negative. */
int pool_map_signed(struct page **pages, int count, struct vm_area_struct *vma)
{
	int i, err;

	for (i = 0; i < count; i++) {
		err = vm_insert_page(vma, vma->vm_start + i * PAGE_SIZE, pages[i]);
		if (err)
			return err;
	}
	return 0;
}
EXPORT_SYMBOL(pool_map_signed);
