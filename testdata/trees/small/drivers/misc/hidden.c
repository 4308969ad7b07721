// SPDX-License-Identifier: MIT OR Apache-2.0
/*
 * The call hides in macros.
 */
#include <linux/fs.h>
#include <linux/mm.h>

/* vm_insert_page() or the caller's way out */
#define INSERT_OR_LEAVE(vma, addr, page, label)				\
	do {								\
		int __err = vm_insert_page((vma), (addr), (page));	\
		if (__err) {						\
			pr_err("%s: vm_insert_page() at %lx: %d\n",	\
			       __func__, (unsigned long)(addr), __err);	\
			goto label;					\
		}							\
	} while (0)

#define insert_at(vma, n, page) vm_insert_page(vma, (vma)->vm_start + (n) * PAGE_SIZE, page)

struct hidden {
	struct page *head;
	struct page **body;
	unsigned int n;
};

static int hidden_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct hidden *hidden = file->private_data;
	unsigned int i;
	int err;

	INSERT_OR_LEAVE(vma, vma->vm_start, hidden->head, failed);

	for (i = 0; i < hidden->n; i++) {
		err = insert_at(vma, i + 1, hidden->body[i]);
		if (err)
			return err;
	}
	return 0;
failed:
	return -EFAULT;
}

const struct file_operations hidden_fops = {
	.mmap = hidden_mmap,
};
