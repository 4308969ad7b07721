/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#ifndef _LINUX_KERNEL_H
#define _LINUX_KERNEL_H

#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/types.h>

#define ARRAY_SIZE(a)		(sizeof(a) / sizeof((a)[0]))
#define DIV_ROUND_UP(n, d)	(((n) + (d) - 1) / (d))
#define offsetof(type, member)	__builtin_offsetof(type, member)

#define container_of(ptr, type, member) ({				\
	const __typeof__(((type *)0)->member) *__inner = (ptr);		\
	(type *)((char *)__inner - offsetof(type, member)); })

#define min(a, b) ({							\
	__typeof__(a) __left = (a);					\
	__typeof__(b) __right = (b);					\
	__left < __right ? __left : __right; })

#define min_t(type, a, b)	min((type)(a), (type)(b))

#define IS_ERR(ptr)		((unsigned long)(ptr) >= (unsigned long)-4095)
#define PTR_ERR(ptr)		((long)(ptr))
#define ERR_PTR(err)		((void *)(long)(err))

__printf(1, 2) int printk(const char *fmt, ...);

#define KERN_ERR		"\0013"
#define pr_err(fmt, ...)	printk(KERN_ERR fmt, ##__VA_ARGS__)
#define pr_warn(fmt, ...)	printk("\0014" fmt, ##__VA_ARGS__)
#define pr_info(fmt, ...)	printk("\0016" fmt, ##__VA_ARGS__)
#define pr_debug(fmt, ...)	printk("\0017" fmt, ##__VA_ARGS__)

#define WARN_ON(condition) ({						\
	int __bad = !!(condition);					\
	if (unlikely(__bad))						\
		printk("\0014warning at %s:%d\n", __FILE__, __LINE__);	\
	unlikely(__bad); })

#define BUG()			__builtin_trap()
#define BUG_ON(condition)	do { if (unlikely(condition)) BUG(); } while (0)
#define BUILD_BUG_ON(condition)	((void)sizeof(char[1 - 2 * !!(condition)]))

#endif /* _LINUX_KERNEL_H */
