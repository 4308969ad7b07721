// SPDX-License-Identifier: MIT OR Apache-2.0
/*
 * Regions of user-space drivers. How a page gets into the mapping depends on
 * the region.
 */
#include <linux/fs.h>
#include <linux/mm.h>

typedef int (*insert_fn)(struct vm_area_struct *vma, unsigned long addr,
			 struct page *page);

struct uio_kind {
	const char *name;
	int (*vm_insert_page)(struct vm_area_struct *vma, unsigned long addr,
			      struct page *page);
	unsigned int vm_insert_pages;	/* how often */
};

static int uio_refuse(struct vm_area_struct *vma, unsigned long addr,
		      struct page *page)
{
	return -ENODEV;
}

static struct uio_kind uio_kinds[] = {
	{ .name = "memory",	.vm_insert_page = vm_insert_page,	.vm_insert_pages = 0 },
	{ .name = "port",	.vm_insert_page = uio_refuse,		.vm_insert_pages = 0 },
	{ "vm_insert_page",	vm_insert_page,				0 },
};

static const insert_fn uio_default = &vm_insert_page;

struct uio_region {
	struct uio_kind *kind;
	struct page **pages;
	unsigned int n;
};

static int uio_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct uio_region *region = file->private_data;
	insert_fn insert = region->kind ? region->kind->vm_insert_page : uio_default;
	unsigned int i;
	int err;

	if (insert != vm_insert_page && !region->kind->vm_insert_page)
		insert = uio_refuse;

	for (i = 0; i < region->n; i++) {
		err = insert(vma, vma->vm_start + i * PAGE_SIZE, region->pages[i]);
		if (err)
			return err;
		region->kind->vm_insert_pages++;
	}
	return 0;
}

int uio_select(struct file *file, unsigned int n);

int uio_select(struct file *file, unsigned int n)
{
	struct uio_region *region = file->private_data;

	if (n >= ARRAY_SIZE(uio_kinds))
		return -EINVAL;
	region->kind = &uio_kinds[n];
	return 0;
}

const struct file_operations uio_fops = {
	.mmap = uio_mmap,
};
