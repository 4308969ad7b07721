/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#ifndef _LINUX_EXPORT_H
#define _LINUX_EXPORT_H

struct exported_symbol {
	const void *address;
	const char *name;
};

#define __EXPORT(sym, group)						\
	const struct exported_symbol __exported_##sym = { &sym, group #sym }

#define EXPORT_SYMBOL(sym)	__EXPORT(sym, "")
#define EXPORT_SYMBOL_GPL(sym)	__EXPORT(sym, "gpl:")

/* Lets tests make the function fail on demand. */
#define ALLOW_ERROR_INJECTION(sym, kind)				\
	const void *const __injectable_##sym = &sym

#endif /* _LINUX_EXPORT_H */
