/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#ifndef _SHADOWFS_H
#define _SHADOWFS_H

#include <linux/mm.h>

struct shadow_inode {
	struct mutex lock;
	unsigned long pfn;
	unsigned long blocks;
};

int shadow_dax_fault(struct vm_fault *vmf, enum page_entry_size pe_size);
int shadow_dax_insert(struct vm_area_struct *vma, unsigned long addr,
		      unsigned long pfn);

#endif /* _SHADOWFS_H */
