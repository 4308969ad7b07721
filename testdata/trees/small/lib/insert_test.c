// SPDX-License-Identifier: MIT OR Apache-2.0
/*
 * Self-test of vm_insert_page(): replaces it by doubles.
 */
#include <linux/mm.h>
#include <linux/module.h>

extern int vm_insert_page(struct vm_area_struct *, unsigned long, struct page *);

typedef __typeof__(vm_insert_page) insert_type;

/* Calls what it is given; the parameter has the name of the usual argument. */
#define TIMES(n, vm_insert_page, vma, page) ({				\
	int __i, __err = 0;						\
	for (__i = 0; !__err && __i < (n); __i++)			\
		__err = vm_insert_page(vma, (vma)->vm_start, page);	\
	__err; })

#define EXPECT(expression, expected)					\
	do {								\
		long __got = (expression);				\
		if (__got != (expected))				\
			pr_err("%s: %ld\n", #expression, __got);	\
	} while (0)

static int double_busy(struct vm_area_struct *vma, unsigned long addr,
		       struct page *page)
{
	return -EBUSY;
}

/**
 * run_double - run one double
 * @vm_insert_page: what is called in the place of vm_insert_page()
 * @vma: passed on
 * @page: passed on
 *
 * Return: what @vm_insert_page returned.
 */
static int run_double(insert_type *vm_insert_page, struct vm_area_struct *vma,
		      struct page *page)
{
	return vm_insert_page(vma, vma->vm_start, page);
}

static int run_local(struct vm_area_struct *vma, struct page *page)
{
	int err = vm_insert_page(vma, vma->vm_start, page);

	if (!err) {
		insert_type *vm_insert_page = double_busy;

		err = vm_insert_page(vma, vma->vm_start, page);
		err += (*vm_insert_page)(vma, vma->vm_start, page);
	}

	for (int vm_insert_page = 0; vm_insert_page < 2; vm_insert_page++)
		err += vm_insert_page;

	return err ? err : vm_insert_page(vma, vma->vm_end - PAGE_SIZE, page);
}

int insert_test(struct vm_area_struct *vma, struct page *page);

int insert_test(struct vm_area_struct *vma, struct page *page)
{
	insert_type *fn = IS_ERR(page) ? double_busy : vm_insert_page;

	EXPECT(TIMES(2, double_busy, vma, page), -EBUSY);
	EXPECT(TIMES(1, vm_insert_page, vma, page), 0);
	EXPECT(vm_insert_page(NULL, 0, page), -EFAULT);
	EXPECT(run_double(vm_insert_page, vma, page), -EBUSY);
	EXPECT(run_local(vma, page), -EBUSY);
	EXPECT(fn(vma, 0, page), -EFAULT);
	return sizeof(&vm_insert_page) == sizeof(insert_type *) ? 0 : -EINVAL;
}
EXPORT_SYMBOL(insert_test);
