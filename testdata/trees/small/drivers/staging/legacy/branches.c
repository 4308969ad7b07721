// SPDX-License-Identifier: MIT OR Apache-2.0
/*
 * Conditions of the preprocessor where they hurt.
 */
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/mutex.h>

struct branches {
	struct mutex lock;
	struct page *page;
	int ready;
};

static int branches_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct branches *b = file->private_data;
	int err = -EAGAIN;

	mutex_lock(&b->lock);
#ifdef CONFIG_BRANCHES_LOCKED
	if (b->ready && vma->vm_flags & VM_SHARED) {
#else
	if (b->ready) {
#endif
		err = vm_insert_page(vma, vma->vm_start, b->page);
	}
	mutex_unlock(&b->lock);

	return err;
}

#ifndef CONFIG_BRANCHES_LOCKED
static int branches_map(struct branches *b, struct vm_area_struct *vma)
{
#else
static int branches_map(struct branches *b, struct vm_area_struct *vma)
{
	if (!mutex_trylock(&b->lock))
		return -EAGAIN;
	mutex_unlock(&b->lock);
#endif
	return vm_insert_page(vma,
#ifdef CONFIG_MMU
			      vma->vm_start,
#else
			      0,
#endif
			      b->page);
}

#if 0
static int branches_never(struct branches *b, struct vm_area_struct *vma)
{
	if (b->ready {			/* this never compiled */
		return vm_insert_page(vma, vma->vm_start, b->page);
}
#endif

static int branches_open(struct inode *inode, struct file *file)
{
	return branches_map(file->private_data, NULL);
}

const struct file_operations branches_fops = {
	.open = branches_open,
	.mmap = branches_mmap,
};
