// SPDX-License-Identifier: MIT OR Apache-2.0
/*
 * Entries of page tables, as far as drivers have a say in them.
 *
 * vm_insert_page() is for memory with a struct page, vm_insert_pfn() for the
 * rest, and vm_insert_mixed() for those who can't know.
 */
#include <linux/export.h>
#include <linux/mm.h>
#include <trace/events/mapping.h>

static int set_entry(struct vm_area_struct *vma, unsigned long addr,
		     unsigned long pfn, pgprot_t prot)
{
	unsigned long *slot = vma->vm_private_data;

	if (!slot)
		return -ENOMEM;
	slot += (addr - vma->vm_start) >> PAGE_SHIFT;
	if (*slot)
		return -EBUSY;
	*slot = pfn << PAGE_SHIFT | pgprot_val(prot);
	return 0;
}

/**
 * vm_insert_page - map one page into a user's address space
 * @vma: the mapping that gets the page
 * @addr: address in it, a multiple of PAGE_SIZE
 * @page: a page with a reference count of its own
 *
 * The mapping takes a reference of @page, so the driver may drop its own at
 * any time. Meant for ->mmap() handlers, which hold the lock of the address
 * space for writing. Whoever calls vm_insert_page() from elsewhere has to set
 * VM_MIXEDMAP in @vma beforehand; a page-fault handler is better off with
 * vmf_insert_page().
 *
 * Context: Process context, may sleep.
 * Return: 0, or a negative errno: -EFAULT when @addr is outside of @vma,
 * -EINVAL when @page has no reference, -EBUSY when there is a page already.
 */
int vm_insert_page(struct vm_area_struct *vma, unsigned long addr,
		   struct page *page)
{
	if (addr < vma->vm_start || addr >= vma->vm_end)
		return -EFAULT;
	if (page->refs.counter <= 0) {
		pr_warn("vm_insert_page: page %lx is free\n", page_to_pfn(page));
		return -EINVAL;
	}
	if (!(vma->vm_flags & VM_MIXEDMAP)) {
		BUG_ON(mutex_trylock(&vma->vm_mm->mmap_lock));
		vma->vm_flags |= VM_MIXEDMAP;
	}
	get_page(page);
	return set_entry(vma, addr, page_to_pfn(page), vma->vm_page_prot);
}
EXPORT_SYMBOL(vm_insert_page);
ALLOW_ERROR_INJECTION(vm_insert_page, ERRNO);

/**
 * vm_insert_pfn_prot - map one page frame with a protection of its own
 * @vma: the mapping, with VM_PFNMAP or VM_MIXEDMAP
 * @addr: address in it
 * @pfn: page frame, which need not have a struct page
 * @prot: protection of this entry
 *
 * Like vm_insert_page(), but nothing is counted: @pfn outlives the mapping.
 *
 * Return: 0 or a negative errno.
 */
int vm_insert_pfn_prot(struct vm_area_struct *vma, unsigned long addr,
		       unsigned long pfn, pgprot_t prot)
{
	if (addr < vma->vm_start || addr >= vma->vm_end)
		return -EFAULT;
	if (!(vma->vm_flags & (VM_PFNMAP | VM_MIXEDMAP)))
		return -EINVAL;
	return set_entry(vma, addr, pfn, prot);
}
EXPORT_SYMBOL(vm_insert_pfn_prot);

/**
 * vm_insert_pfn - map one page frame
 * @vma: the mapping, with VM_PFNMAP or VM_MIXEDMAP
 * @addr: address in it
 * @pfn: page frame
 *
 * Return: 0 or a negative errno.
 */
int vm_insert_pfn(struct vm_area_struct *vma, unsigned long addr,
		  unsigned long pfn)
{
	return vm_insert_pfn_prot(vma, addr, pfn, vma->vm_page_prot);
}
EXPORT_SYMBOL(vm_insert_pfn);

static int insert_mixed(struct vm_area_struct *vma, unsigned long addr,
			pfn_t pfn, bool write)
{
	pgprot_t prot = vma->vm_page_prot;

	if (write)
		prot = __pgprot(pgprot_val(prot) | VM_WRITE);

	/* Memory with a struct page goes the way of vm_insert_page(). */
	if (!(pfn.val & PFN_DEV)) {
		trace_mapping_insert(vma, addr);
		return vm_insert_page(vma, addr, pfn_to_page(pfn.val));
	}
	return set_entry(vma, addr, pfn.val & ~PFN_DEV, prot);
}

/**
 * vm_insert_mixed - map a page or a page frame, whichever it is
 * @vma: the mapping, with VM_MIXEDMAP
 * @addr: address in it
 * @pfn: what to map
 *
 * Return: 0 or a negative errno.
 */
int vm_insert_mixed(struct vm_area_struct *vma, unsigned long addr, pfn_t pfn)
{
	return insert_mixed(vma, addr, pfn, false);
}
EXPORT_SYMBOL(vm_insert_mixed);

/**
 * vm_insert_mixed_mkwrite - vm_insert_mixed() for a write fault
 * @vma: the mapping, with VM_MIXEDMAP
 * @addr: address in it
 * @pfn: what to map
 *
 * Return: 0 or a negative errno.
 */
int vm_insert_mixed_mkwrite(struct vm_area_struct *vma, unsigned long addr,
			    pfn_t pfn)
{
	return insert_mixed(vma, addr, pfn, true);
}
EXPORT_SYMBOL(vm_insert_mixed_mkwrite);
