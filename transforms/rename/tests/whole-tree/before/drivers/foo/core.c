// SPDX-License-Identifier: GPL-2.0
#include <linux/foo.h>

/**
 * foo_get - take a foo
 * @foo: the foo
 * @flags: how
 * @timeout: how long to wait
 * @data: for whoever waits
 *
 * See also foo_get_now().
 */
int foo_get(struct foo *foo, unsigned long flags, unsigned long timeout,
	    void *data)
{
	if (foo->busy) {
		pr_debug("foo_get: busy\n");
		return -EBUSY;
	}
	return foo->ops->foo_get(foo);
}
EXPORT_SYMBOL_GPL(foo_get);
