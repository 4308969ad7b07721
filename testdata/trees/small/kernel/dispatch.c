// SPDX-License-Identifier: MIT OR Apache-2.0
/*
 * Runs programs of mapping operations. Labels have the names of what they do.
 */
#include <linux/mm.h>

enum { OP_PAGE, OP_PFN, OP_END };

struct map_op {
	int code;
	unsigned long addr;
	struct page *page;
};

int dispatch_ops(struct vm_area_struct *vma, const struct map_op *op);
int dispatch_one(struct vm_area_struct *vma, const struct map_op *op);

int dispatch_ops(struct vm_area_struct *vma, const struct map_op *op)
{
	static const void *const targets[] = {
		[OP_PAGE] = &&vm_insert_page,
		[OP_PFN] = &&vm_insert_pfn,
		[OP_END] = &&end,
	};
	int err = 0;

next:
	if (err)
		goto end;
	goto *targets[op->code];

vm_insert_page:
	err = vm_insert_page(vma, op->addr, op->page);
	op++;
	goto next;

vm_insert_pfn:
	err = vm_insert_pfn(vma, op->addr, page_to_pfn(op->page));
	op++;
	goto next;

end:
	return err;
}

int dispatch_one(struct vm_area_struct *vma, const struct map_op *op)
{
	switch (op->code) {
	case OP_PAGE:
		goto vm_insert_page;
	case OP_PFN:
		return vm_insert_pfn(vma, op->addr, page_to_pfn(op->page));
	default:
		return -EINVAL;
	}

vm_insert_page: __maybe_unused;
	return vm_insert_page(vma, op->addr, op->page);
}
