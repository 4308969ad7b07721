/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#ifndef _LINUX_MM_TYPES_H
#define _LINUX_MM_TYPES_H

#include <linux/mutex.h>
#include <linux/types.h>
#include <asm/page.h>
#include <asm/pgtable.h>

/* What a fault handler returns: VM_FAULT_* bits, never an errno. */
typedef int vm_fault_t;

struct file;
struct vm_operations_struct;
struct vm_special_mapping;

struct page {
	unsigned long flags;
	atomic_t refs;
	struct list_head lru;
	unsigned long private;
};

struct mm_struct {
	struct mutex mmap_lock;
	unsigned long total_vm;
};

struct vm_area_struct {
	unsigned long vm_start;
	unsigned long vm_end;
	unsigned long vm_pgoff;
	unsigned long vm_flags;
	pgprot_t vm_page_prot;
	struct mm_struct *vm_mm;
	struct file *vm_file;
	const struct vm_operations_struct *vm_ops;
	void *vm_private_data;
};

#endif /* _LINUX_MM_TYPES_H */
