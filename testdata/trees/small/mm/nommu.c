// SPDX-License-Identifier: MIT OR Apache-2.0
/*
 * The same interfaces for machines that do not translate addresses.
 */
#include <linux/export.h>
#include <linux/mm.h>

int vm_insert_page(struct vm_area_struct *vma, unsigned long addr,
		   struct page *page)
{
	return -EINVAL;
}
EXPORT_SYMBOL(vm_insert_page);

int vm_insert_pfn(struct vm_area_struct *vma, unsigned long addr,
		  unsigned long pfn)
{
	return -EINVAL;
}
EXPORT_SYMBOL(vm_insert_pfn);

int vm_insert_mixed(struct vm_area_struct *vma, unsigned long addr, pfn_t pfn)
{
	return -EINVAL;
}
EXPORT_SYMBOL(vm_insert_mixed);

int remap_pfn_range(struct vm_area_struct *vma, unsigned long addr,
		    unsigned long pfn, unsigned long size, pgprot_t prot)
{
	return addr == pfn << PAGE_SHIFT ? 0 : -EINVAL;
}
EXPORT_SYMBOL(remap_pfn_range);
