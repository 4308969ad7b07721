/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#ifndef _ASM_STUB_PGTABLE_H
#define _ASM_STUB_PGTABLE_H

typedef struct {
	unsigned long bits;
} pgprot_t;

#define __pgprot(x)	((pgprot_t) { (x) })
#define pgprot_val(p)	((p).bits)

/* Tells include/linux/mm.h that this architecture has its own version. */
#define pgprot_framebuf pgprot_framebuf
static inline pgprot_t pgprot_framebuf(pgprot_t prot)
{
	return __pgprot(pgprot_val(prot) | 0x10);
}

#endif /* _ASM_STUB_PGTABLE_H */
