// SPDX-License-Identifier: MIT OR Apache-2.0
/*
 * Pages that other guests have granted.
 */
#include <linux/fs.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/mutex.h>

struct grant_map {
	struct list_head next;
	unsigned int index;
	unsigned int count;
	struct page **pages;
};

struct grant_file {
	struct mutex lock;
	struct list_head maps;
};

static struct grant_map *find_map(struct grant_file *priv, unsigned int index,
				  unsigned int count)
{
	struct grant_map *map;

	list_for_each_entry(map, &priv->maps, next) {
		if (map->index == index && map->count == count)
			return map;
	}
	return NULL;
}

/*
 * The offset of the mapping says *which* map is meant; it is no offset into
 * the pages of that map.
 */
static int grantmap_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct grant_file *priv = file->private_data;
	int count = vma_pages(vma);
	struct grant_map *map;
	int i, err = -EINVAL;

	mutex_lock(&priv->lock);
	map = find_map(priv, vma->vm_pgoff, count);
	if (!map)
		goto unlock_out;

	for (i = 0; i < count; i++) {
		err = vm_insert_page(vma, vma->vm_start + i * PAGE_SIZE,
				     map->pages[i]);
		if (err)
			goto unlock_out;
	}

	err = 0;
unlock_out:
	mutex_unlock(&priv->lock);
	return err;
}

const struct file_operations grantmap_fops = {
	.mmap = grantmap_mmap,
};
