int buf_map(struct buf *buf, unsigned long count, struct vm_area_struct *vma)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < count; i++)
		buf->pages[i] = buf_page(buf, i);

	if (buf->n_pages != count)
		ret = -ENOMEM;
	else
		ret = vm_insert_range(vma, vma->vm_start, buf->pages,
				      buf->n_pages);

	if (ret)
		buf_free(buf);

	return ret;
}

struct buf {
	unsigned int n_pages;
	struct page *pages[];
};
