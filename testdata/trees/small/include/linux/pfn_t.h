/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#ifndef _LINUX_PFN_T_H
#define _LINUX_PFN_T_H

#include <linux/types.h>

/* A page frame number with flags in its upper bits. */
typedef struct {
	u64 val;
} pfn_t;

#define PFN_DEV	(1ULL << 61)

static inline pfn_t __pfn_to_pfn_t(unsigned long pfn, u64 flags)
{
	return (pfn_t) { .val = pfn | flags };
}

#endif /* _LINUX_PFN_T_H */
