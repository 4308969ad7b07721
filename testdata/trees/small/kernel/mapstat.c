// SPDX-License-Identifier: MIT OR Apache-2.0
/*
 * How often which interface is called: vm_insert_page, vm_insert_pages, vm_insert_page_prot.
 */
#include <linux/fs.h>
#include <linux/mm.h>

/* A tag, not the function. */
struct vm_insert_page {
	unsigned long calls;
	unsigned long errors;
};

struct mapstat {
	const char *name;
	int (*fn)(struct vm_area_struct *vma, unsigned long addr, struct page *page);
	struct vm_insert_page stat;
};

static int dev_vm_insert_page(struct vm_area_struct *vma, unsigned long addr,
			      struct page *page)
{
	struct vm_insert_page *stat = vma->vm_private_data;
	int err = vm_insert_page(vma, addr, page);

	stat->calls++;
	stat->errors += !!err;
	return err;
}

static struct mapstat mapstats[] = {
	{ "vm_insert_page",	vm_insert_page,		{ 0, 0 } },
	{ "dev_vm_insert_page",	dev_vm_insert_page,	{ 0, 0 } },
};

static const char mapstat_help[] =
	"columns:\n"
	"\tvm_insert_page\tmapped one by one\n"
	"\tvm_insert_pages\tmapped at once\nvm_insert_page() counts failures, too\n";

static int mapstat_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct page *page = file->private_data;

	vma->vm_private_data = &mapstats[1].stat;
	return mapstats[1].fn(vma, vma->vm_start, page);
}

static long mapstat_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	unsigned int i;

	pr_info("%s", mapstat_help);
	for (i = 0; i < ARRAY_SIZE(mapstats); i++)
		pr_info("%s\t%lu\n", mapstats[i].name, mapstats[i].stat.calls);
	return 0;
}

const struct file_operations mapstat_fops = {
	.ioctl = mapstat_ioctl,
	.mmap = mapstat_mmap,
};
