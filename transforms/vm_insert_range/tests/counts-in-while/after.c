int capture_map(struct capture *cap, struct vm_area_struct *vma)
{
	int err = 0;

	mutex_lock(&cap->lock);
	if (vma_pages(vma) != cap->nr_pages) {
		err = -EINVAL;
		goto out;
	}

	/* Page after page, in the order of the scan lines. */
	err = vm_insert_range(vma, vma->vm_start, cap->pages, cap->nr_pages);
	if (err < 0)
		goto out;
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
