// SPDX-License-Identifier: MIT OR Apache-2.0
/*
 * Prints a line when a driver maps a page.
 */
#include <linux/compiler.h>
#include <linux/kernel.h>

struct probe {
	const char *symbol_name;
	void (*hit)(unsigned long ip);
};

static void probe_hit(unsigned long ip)
{
	pr_info("%s+%lx\n", "vm_insert_page", ip);
}

struct probe sample_probe = {
	.symbol_name = "vm_insert_page",
	.hit = probe_hit,
};

/* Not a call of vm_insert_page(), but of something with a longer name. */
const char *const sample_others[] = {
	"vm_insert_pages", "vmf_insert_page", "__vm_insert_page", "vm_insert_page2",
	"mm:" __stringify(vm_insert_page) ":return",
};
