// SPDX-License-Identifier: MIT OR Apache-2.0
/*
 * Submission and completion rings shared with a process.
 */
#include <linux/fs.h>
#include <linux/mm.h>

struct ioring {
	struct page **submit;
	struct page **complete;
	unsigned int depth;
};

static int ioring_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct ioring *ring = file->private_data;
	unsigned long uaddr = vma->vm_start;
	unsigned int i;
	int err;

	if (vma_pages(vma) < 2UL * ring->depth)
		return -EINVAL;

	/* The submission ring comes first ... */
	for (i = 0; i < ring->depth; i++) {
		err = vm_insert_page(vma, uaddr, ring->submit[i]);
		if (err)
			return err;

		uaddr += PAGE_SIZE;
	}

	/* ... and the completion ring follows it. */
	for (i = 0; i < ring->depth; i++, uaddr += PAGE_SIZE)
		if ((err = vm_insert_page(vma, uaddr, ring->complete[i])) != 0)
			return err;

	return 0;
}

const struct file_operations ioring_fops = {
	.mmap = ioring_mmap,
};
