// SPDX-License-Identifier: MIT OR Apache-2.0
/*
 * Receive and transmit rings: blocks of pages, one after the other.
 */
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/mutex.h>

struct ring_block {
	char *start;
};

struct packet_ring {
	struct ring_block *blocks;
	unsigned int nr_blocks;
	unsigned int pages_per_block;
};

struct packet_socket {
	struct mutex lock;
	struct packet_ring rx, tx;
};

static int packet_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct packet_socket *po = file->private_data;
	struct packet_ring *rb;
	unsigned long start = vma->vm_start;
	int err = -EINVAL;
	unsigned int i;

	mutex_lock(&po->lock);
	for (rb = &po->rx; rb <= &po->tx; rb++) {
		for (i = 0; i < rb->nr_blocks; i++) {
			char *kaddr = rb->blocks[i].start;
			unsigned int pg;

			for (pg = 0; pg < rb->pages_per_block; pg++) {
				err = vm_insert_page(vma, start,
						     virt_to_page(kaddr));
				if (unlikely(err))
					goto out;
				start += PAGE_SIZE;
				kaddr += PAGE_SIZE;
			}
		}
	}
	err = 0;
out:
	mutex_unlock(&po->lock);
	return err;
}

const struct file_operations packet_fops = {
	.mmap = packet_mmap,
};
