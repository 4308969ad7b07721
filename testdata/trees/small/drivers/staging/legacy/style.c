// SPDX-License-Identifier: MIT OR Apache-2.0
/*
 * As code looks that nobody has tidied up: long lines, and arguments under
 * each other.
 */
#include <linux/mm.h>
#include <linux/mutex.h>

struct styled_device {
	struct page **pages;
	struct { struct page *first_page; int state; } status;
};

int styled_map(struct styled_device *dev, struct vm_area_struct *vma, int which);
int styled_retry(struct styled_device *dev, struct vm_area_struct *vma);
int styled_wide(struct styled_device *dev, struct vm_area_struct *vma);

int styled_map(struct styled_device *dev, struct vm_area_struct *vma, int which)
{
	int err;

	/* This line ends in column 80, until vm_insert_page() gets longer... */
	err = which ? vm_insert_page(vma, vma->vm_start, dev->pages[10]) : -EIO;
	if (err)
		return err;

	err = err ?: vm_insert_page(vma, vma->vm_start + PAGE_SIZE, dev->pages[1]);
	err = vm_insert_page(vma,
			     vma->vm_start + 2 * PAGE_SIZE,
			     dev->pages[2]) ?:
	      vm_insert_page(vma, vma->vm_start + 3 * PAGE_SIZE,
			     dev->pages[3]);
	if (vm_insert_page(vma, vma->vm_start + 4 * PAGE_SIZE,
			   dev->pages[4]) == -EBUSY ||
	    vm_insert_page(vma, vma->vm_start + 5 * PAGE_SIZE, dev->pages[5]))
		return -EIO;

	return min(vm_insert_page(vma, vma->vm_start + 6 * PAGE_SIZE,
				  dev->pages[6]),
		   min_t(int, vm_insert_page(vma, vma->vm_start + 7 * PAGE_SIZE,
					     dev->pages[7]), 0));
}

int styled_retry(struct styled_device *dev, struct vm_area_struct *vma)
{
	int tries = 3, err;

	do
		err = vm_insert_page(vma, vma->vm_start,
		    dev->status.first_page);		/* not under the parenthesis */
	while (err == -EAGAIN && tries--);

	return ({ int __e = vm_insert_page(vma, vma->vm_end - PAGE_SIZE, dev->pages[0]);
		  __e ? __e : err; });
}

int styled_wide(struct styled_device *dev, struct vm_area_struct *vma)
{
	if (dev->status.state) {
		if (vma->vm_flags & VM_SHARED) {
			if (vma_pages(vma) > 1) {
				if (!dev->status.first_page) {
					int ret = vm_insert_page(vma, vma->vm_start, *dev->pages);
					(void) vm_insert_page (vma, vma->vm_start + PAGE_SIZE,
							       dev->pages[1]);	/* GNU style */
					return ret;
				}
			}
		}
	}
	return	vm_insert_page(
			vma,
			vma->vm_start,
			dev->status.first_page
		);
}
