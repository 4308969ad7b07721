/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#ifndef _LINUX_SLAB_H
#define _LINUX_SLAB_H

#include <linux/types.h>

#define GFP_KERNEL	0x01u
#define GFP_ATOMIC	0x02u
#define __GFP_ZERO	0x04u

void *kmalloc(size_t size, gfp_t flags);
void *kzalloc(size_t size, gfp_t flags);
void *kcalloc(size_t n, size_t size, gfp_t flags);
void kfree(const void *ptr);

#endif /* _LINUX_SLAB_H */
