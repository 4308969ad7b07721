/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#ifndef _LINUX_SYSCALLS_H
#define _LINUX_SYSCALLS_H

#include <linux/kernel.h>

#define SYSCALL_DEFINE1(name, t1, a1)					\
	long sys_##name(t1 a1);						\
	long sys_##name(t1 a1)

#define SYSCALL_DEFINE3(name, t1, a1, t2, a2, t3, a3)			\
	long sys_##name(t1 a1, t2 a2, t3 a3);				\
	long sys_##name(t1 a1, t2 a2, t3 a3)

#endif /* _LINUX_SYSCALLS_H */
