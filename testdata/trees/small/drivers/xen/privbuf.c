// SPDX-License-Identifier: MIT OR Apache-2.0
/*
 * Buffers for hypercalls.
 */
#include <linux/fs.h>
#include <linux/mm.h>

struct privbuf {
	unsigned int n_pages;
	struct page **pages;
};

static int privbuf_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct privbuf *buf = file->private_data;
	unsigned long off = vma->vm_pgoff;
	unsigned long count = vma_pages(vma);
	unsigned int i;
	int ret = 0;

	if (off > buf->n_pages || count > buf->n_pages - off)
		return -ENXIO;

	for (i = 0; i < count; i++) {
		ret = vm_insert_page(vma, vma->vm_start + ((unsigned long)i << PAGE_SHIFT),
				     buf->pages[off + i]);
		if (ret)
			break;
	}

	if (ret)
		pr_err("privbuf: mapping %lu pages failed (%d)\n", count, ret);
	return ret;
}

const struct file_operations privbuf_fops = {
	.mmap = privbuf_mmap,
};
