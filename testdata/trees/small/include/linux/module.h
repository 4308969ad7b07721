/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#ifndef _LINUX_MODULE_H
#define _LINUX_MODULE_H

#include <linux/export.h>
#include <linux/kernel.h>

#define MODULE_LICENSE(text)	 static const char __license[] __maybe_unused = text
#define MODULE_DESCRIPTION(text) static const char __about[] __maybe_unused = text
#define module_init(fn)		 int init_module(void) __attribute__((alias(#fn)))

#endif /* _LINUX_MODULE_H */
