/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#ifndef _ASM_STUB_PAGE_H
#define _ASM_STUB_PAGE_H

#define PAGE_SHIFT	12
#define PAGE_SIZE	(1UL << PAGE_SHIFT)
#define PAGE_MASK	(~(PAGE_SIZE - 1))
#define PAGE_ALIGN(x)	(((x) + PAGE_SIZE - 1) & PAGE_MASK)

#define HPAGE_SHIFT	21
#define HPAGE_SIZE	(1UL << HPAGE_SHIFT)

#endif /* _ASM_STUB_PAGE_H */
