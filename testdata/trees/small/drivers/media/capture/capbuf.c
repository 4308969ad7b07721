// SPDX-License-Identifier: MIT OR Apache-2.0
/*
 * Frames of a capture card.
 */
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/mutex.h>

struct capbuf {
	struct mutex lock;
	struct page **pages;
	unsigned long nr_pages;
	bool busy;
};

/*
 * The whole frame or nothing: another size ends in -EINVAL before anything is
 * mapped.
 */
static int capbuf_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct capbuf *cap = file->private_data;
	unsigned long i = 0;
	int err = 0;

	mutex_lock(&cap->lock);
	if (cap->busy) {
		err = -EBUSY;
		goto out;
	}
	if (vma_pages(vma) != cap->nr_pages) {
		err = -EINVAL;
		goto out;
	}

	while (i < cap->nr_pages) {
		/* Page after page, in the order of the scan lines. */
		err = vm_insert_page(vma, vma->vm_start + i * PAGE_SIZE,
				     cap->pages[i]);
		if (err < 0)
			goto out;
		i++;
	}
	cap->busy = true;
out:
	mutex_unlock(&cap->lock);
	return err;
}

const struct file_operations capbuf_fops = {
	.mmap = capbuf_mmap,
};
