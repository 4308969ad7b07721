/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#ifndef _LINUX_MM_H
#define _LINUX_MM_H

#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/mm_types.h>
#include <linux/pfn_t.h>

#define VM_READ		0x00000001UL
#define VM_WRITE	0x00000002UL
#define VM_SHARED	0x00000008UL
#define VM_PFNMAP	0x00000400UL
#define VM_DONTEXPAND	0x00040000UL
#define VM_DONTDUMP	0x04000000UL
#define VM_MIXEDMAP	0x10000000UL	/* may hold pages of vm_insert_page() and raw frames */

#define VM_FAULT_OOM	0x0001
#define VM_FAULT_SIGBUS	0x0002
#define VM_FAULT_MAJOR	0x0004
#define VM_FAULT_NOPAGE	0x0100
#define VM_FAULT_LOCKED	0x0200
#define VM_FAULT_RETRY	0x0400

#define VM_FAULT_ERROR	(VM_FAULT_OOM | VM_FAULT_SIGBUS)

#define FAULT_FLAG_WRITE	0x01

struct vm_fault {
	struct vm_area_struct *vma;
	unsigned int flags;
	pgoff_t pgoff;
	unsigned long address;
	struct page *page;
};

enum page_entry_size {
	PE_SIZE_PTE,
	PE_SIZE_PMD,
};

struct vm_operations_struct {
	void (*open)(struct vm_area_struct *vma);
	void (*close)(struct vm_area_struct *vma);
	vm_fault_t (*fault)(struct vm_fault *vmf);
	vm_fault_t (*huge_fault)(struct vm_fault *vmf,
				 enum page_entry_size pe_size);

	/* A page of the mapping is about to become writable. */
	vm_fault_t (*page_mkwrite)(struct vm_fault *vmf);

	/* The same for VM_PFNMAP and VM_MIXEDMAP. */
	vm_fault_t (*pfn_mkwrite)(struct vm_fault *vmf);
};

struct vm_special_mapping {
	const char *name;
	struct page **pages;
	vm_fault_t (*fault)(const struct vm_special_mapping *sm,
			    struct vm_area_struct *vma, struct vm_fault *vmf);
};

static inline unsigned long vma_pages(const struct vm_area_struct *vma)
{
	return (vma->vm_end - vma->vm_start) >> PAGE_SHIFT;
}

struct page *alloc_page(gfp_t flags);
void __free_page(struct page *page);
void get_page(struct page *page);
void put_page(struct page *page);
struct page *pfn_to_page(unsigned long pfn);
unsigned long page_to_pfn(const struct page *page);
struct page *virt_to_page(const void *addr);

#ifndef pgprot_framebuf
#define pgprot_framebuf(prot)	(prot)
#endif

int remap_pfn_range(struct vm_area_struct *vma, unsigned long addr,
		    unsigned long pfn, unsigned long size, pgprot_t prot);
int vm_insert_page(struct vm_area_struct *vma, unsigned long addr,
		   struct page *page);
int vm_insert_pfn(struct vm_area_struct *vma, unsigned long addr,
		  unsigned long pfn);
int vm_insert_pfn_prot(struct vm_area_struct *vma, unsigned long addr,
		       unsigned long pfn, pgprot_t prot);
int vm_insert_mixed(struct vm_area_struct *vma, unsigned long addr, pfn_t pfn);
int vm_insert_mixed_mkwrite(struct vm_area_struct *vma, unsigned long addr,
			    pfn_t pfn);

/*
 * The twins of the functions above for page-fault handlers: vm_insert_page()
 * and its kin return an errno, these return the fault code for it.
 */
static inline vm_fault_t vmf_insert_page(struct vm_area_struct *vma,
					 unsigned long addr, struct page *page)
{
	switch (vm_insert_page(vma, addr, page)) {
	case 0:
	case -EBUSY:
		return VM_FAULT_NOPAGE;
	case -ENOMEM:
		return VM_FAULT_OOM;
	default:
		return VM_FAULT_SIGBUS;
	}
}

static inline vm_fault_t vmf_insert_mixed(struct vm_area_struct *vma,
					  unsigned long addr, pfn_t pfn)
{
	switch (vm_insert_mixed(vma, addr, pfn)) {
	case 0:
	case -EBUSY:
		return VM_FAULT_NOPAGE;
	case -ENOMEM:
		return VM_FAULT_OOM;
	default:
		return VM_FAULT_SIGBUS;
	}
}

static inline vm_fault_t vmf_insert_pfn(struct vm_area_struct *vma,
					unsigned long addr, unsigned long pfn)
{
	switch (vm_insert_pfn(vma, addr, pfn)) {
	case 0:
	case -EBUSY:
		return VM_FAULT_NOPAGE;
	case -ENOMEM:
		return VM_FAULT_OOM;
	default:
		return VM_FAULT_SIGBUS;
	}
}

#endif /* _LINUX_MM_H */
