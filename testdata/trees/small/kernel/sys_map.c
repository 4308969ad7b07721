// SPDX-License-Identifier: MIT OR Apache-2.0
/*
 * System calls that map single pages.
 */
#include <linux/mm.h>
#include <linux/syscalls.h>

struct vm_area_struct *find_vma(unsigned long addr);

SYSCALL_DEFINE3(map_page, unsigned long, addr, unsigned long, pfn, int, flags)
{
	struct vm_area_struct *vma = find_vma(addr);

	if (!vma || flags & ~VM_SHARED)
		return -EINVAL;

	return vm_insert_page(vma, addr, pfn_to_page(pfn));
}

SYSCALL_DEFINE1(map_zero, unsigned long, addr)
{
	struct vm_area_struct *vma = find_vma(addr);

	if (!vma)
		return -EINVAL;
	return vm_insert_page(vma, addr & PAGE_MASK, pfn_to_page(0)) == -EBUSY ? -EAGAIN : 0;
}
