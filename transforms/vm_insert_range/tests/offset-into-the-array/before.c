int priv_map(struct priv *priv, struct vm_area_struct *vma)
{
	unsigned long off = vma->vm_pgoff;
	unsigned long count = vma_pages(vma);
	unsigned long i;
	int ret = 0;

	if (off > priv->n_pages || count > priv->n_pages - off)
		return -ENXIO;

	for (i = 0; i < count; i++) {
		ret = vm_insert_page(vma, vma->vm_start + i * PAGE_SIZE,
				     priv->pages[off + i]);
		if (ret)
			break;
	}
	if (ret)
		pr_err("priv: mapping %lu pages failed: %d\n", count, ret);

	return ret;
}

struct priv {
	unsigned long n_pages;
	struct page **pages;
};
