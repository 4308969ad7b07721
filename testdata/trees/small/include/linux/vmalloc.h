/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#ifndef _LINUX_VMALLOC_H
#define _LINUX_VMALLOC_H

#include <linux/types.h>

struct page;

void *vmalloc_user(unsigned long size);
void vfree(const void *addr);
struct page *vmalloc_to_page(const void *addr);

#endif /* _LINUX_VMALLOC_H */
