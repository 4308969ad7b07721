int capture_map(struct capture *cap, struct vm_area_struct *vma)
{
	unsigned long i = 0;
	int err = 0;

	mutex_lock(&cap->lock);
	if (vma_pages(vma) != cap->nr_pages) {
		err = -EINVAL;
		goto out;
	}

	while (i < cap->nr_pages) {
		/* Page after page, in the order of the scan lines. */
		err = vm_insert_page(vma, vma->vm_start + i * PAGE_SIZE,
				     cap->pages[i]);
		if (err < 0)
			goto out;
		i++;
	}
	cap->busy = true;
out:
	mutex_unlock(&cap->lock);
	return err;
}

struct capture {
	struct mutex lock;
	struct page **pages;
	unsigned long nr_pages;
	bool busy;
};
