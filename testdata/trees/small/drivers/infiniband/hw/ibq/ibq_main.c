// SPDX-License-Identifier: MIT OR Apache-2.0
/*
 * Verbs memory.
 */
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/vmalloc.h>

struct ibq_context {
	struct page *uar;
	struct page **pbl;
	unsigned int pbl_pages;
};

/*
 * Nobody is told when a page is missing: user space finds out by itself, and
 * -EBUSY only means that vm_insert_page() was there before.
 */
static void ibq_map_pbl(struct ibq_context *ctx, struct vm_area_struct *vma)
{
	unsigned int i;

	for (i = 0; i < ctx->pbl_pages; i++)
		WARN_ON(vm_insert_page(vma, vma->vm_start + i * PAGE_SIZE, ctx->pbl[i]));
}

static int ibq_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct ibq_context *ctx = file->private_data;

	switch (vma->vm_pgoff) {
	case 0:
		if (vm_insert_page(vma, vma->vm_start, ctx->uar))
			return -EAGAIN;
		return 0;
	case 1:
		ibq_map_pbl(ctx, vma);
		return 0;
	default:
		return -EINVAL;
	}
}

const struct file_operations ibq_fops = {
	.mmap = ibq_mmap,
};
