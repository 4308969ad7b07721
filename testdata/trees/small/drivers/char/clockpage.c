// SPDX-License-Identifier: MIT OR Apache-2.0
/*
 * /dev/clockpage: the page that the timer interrupt writes the time to.
 */
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/mutex.h>

struct clockpage {
	struct mutex lock;
	void *time;
	unsigned int users;
};

static int clockpage_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct clockpage *clock = file->private_data;
	struct page *page = virt_to_page(clock->time);
	int err;

	mutex_lock(&clock->lock);
	err = -EINVAL;
	if (vma->vm_end - vma->vm_start > PAGE_SIZE)
		goto unlock;

	err = vm_insert_page(vma, vma->vm_start, page);
	if (err) {
		pr_err("clock: vm_insert_page() gave %d for %p\n", err, page);
		goto unlock;
	}
	clock->users++;
unlock:
	mutex_unlock(&clock->lock);
	return err;
}

const struct file_operations clockpage_fops = {
	.mmap = clockpage_mmap,
};
