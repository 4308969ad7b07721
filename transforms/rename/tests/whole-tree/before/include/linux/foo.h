/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_FOO_H
#define _LINUX_FOO_H

struct foo;

struct foo_ops {
	int (*foo_get)(struct foo *foo);
};

#ifdef CONFIG_FOO
int foo_get(struct foo *foo, unsigned long flags, unsigned long timeout,
	    void *data);
#else
static inline int foo_get(struct foo *foo, unsigned long flags,
			  unsigned long timeout, void *data)
{
	return -ENODEV;
}
#endif

#define foo_get_now(foo) foo_get(foo, 0, 0, NULL)

#endif
