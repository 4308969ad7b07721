// SPDX-License-Identifier: MIT OR Apache-2.0
/*
 * Buffer objects of the Pebble display engine.
 */
#include <linux/fs.h>
#include <linux/mm.h>

struct pebble_bo {
	struct page **pages;
	unsigned long num_pages;
};

static int pebble_gem_fault(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	struct pebble_bo *bo = vma->vm_private_data;
	pgoff_t offset = (vmf->address - vma->vm_start) >> PAGE_SHIFT;
	struct page *page;
	int ret;

	if (offset >= bo->num_pages)
		return VM_FAULT_SIGBUS;

	page = bo->pages[offset];
	ret = vm_insert_page(vma, vmf->address, page);

	switch (ret) {
	case 0:
	case -EBUSY:
		return VM_FAULT_NOPAGE;
	case -ENOMEM:
		return VM_FAULT_OOM;
	default:
		return VM_FAULT_SIGBUS;
	}
}

static const struct vm_operations_struct pebble_vm_ops = {
	.fault = pebble_gem_fault,
};

static int pebble_gem_mmap_lazy(struct file *file, struct vm_area_struct *vma)
{
	vma->vm_flags |= VM_MIXEDMAP;
	vma->vm_private_data = file->private_data;
	vma->vm_ops = &pebble_vm_ops;
	return 0;
}

static int pebble_gem_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct pebble_bo *bo = file->private_data;
	unsigned long addr = vma->vm_start, n = vma_pages(vma);
	unsigned long i;

	if (n > bo->num_pages)
		return -EINVAL;

	for (i = 0; i < n; i++) {
		int ret = vm_insert_page(vma, addr, bo->pages[i]);

		if (ret)
			return ret;

		addr += PAGE_SIZE;
	}

	return 0;
}

const struct file_operations pebble_fops[] = {
	{ .mmap = pebble_gem_mmap },
	{ .mmap = pebble_gem_mmap_lazy },
};
