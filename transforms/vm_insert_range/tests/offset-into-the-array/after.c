int priv_map(struct priv *priv, struct vm_area_struct *vma)
{
	unsigned long off = vma->vm_pgoff;
	unsigned long count = vma_pages(vma);
	int ret = 0;

	if (off > priv->n_pages || count > priv->n_pages - off)
		return -ENXIO;

	ret = vm_insert_range(vma, vma->vm_start, priv->pages + off, count);
	if (ret)
		pr_err("priv: mapping %lu pages failed: %d\n", count, ret);

	return ret;
}

struct priv {
	unsigned long n_pages;
	struct page **pages;
};
