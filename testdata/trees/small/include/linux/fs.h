/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#ifndef _LINUX_FS_H
#define _LINUX_FS_H

#include <linux/kernel.h>

struct vm_area_struct;

struct inode {
	loff_t i_size;
};

struct file {
	void *private_data;
	struct inode *f_inode;
};

struct file_operations {
	int (*open)(struct inode *inode, struct file *file);
	int (*release)(struct inode *inode, struct file *file);
	long (*ioctl)(struct file *file, unsigned int cmd, unsigned long arg);
	int (*mmap)(struct file *file, struct vm_area_struct *vma);
};

int register_device(const char *name, const struct file_operations *fops);

#endif /* _LINUX_FS_H */
