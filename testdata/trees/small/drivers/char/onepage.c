// SPDX-License-Identifier: MIT OR Apache-2.0
/*
 * /dev/onepage: a page of counters that everybody may read.
 */
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>

static struct page *counters;

static int onepage_mmap(struct file *file, struct vm_area_struct *vma)
{
	if (vma->vm_flags & VM_WRITE)
		return -EPERM;
	if (vma_pages(vma) != 1 || vma->vm_pgoff)
		return -EINVAL;

	return vm_insert_page(vma, vma->vm_start, counters);
}

static const struct file_operations onepage_fops = {
	.mmap = onepage_mmap,
};

static int __init onepage_init(void)
{
	counters = alloc_page(GFP_KERNEL | __GFP_ZERO);
	if (!counters)
		return -ENOMEM;
	return register_device("onepage", &onepage_fops);
}
module_init(onepage_init);
