/**
 * vm_insert_range - insert an array of pages into a user vma
 * @vma: user vma to map to
 * @addr: target user address of the first page
 * @pages: array of pointers to source kernel pages
 * @count: number of pages to insert
 *
 * Inserts @pages[0] at @addr, and each further page behind the one before it,
 * as vm_insert_page() does for a single page. The first error ends it; pages
 * that were inserted until then stay. Neither @addr nor @count is checked
 * against the size of @vma here.
 *
 * Context: Process context. Called by mmap handlers, which hold the mmap
 * semaphore of the process for writing.
 * Return: 0 on success, also if @count is 0, or the negative errno of the page
 * that could not be inserted.
 */
int vm_insert_range(struct vm_area_struct *vma, unsigned long addr,
		    struct page **pages, unsigned long count)
{
	unsigned long i;
	int ret;

	for (i = 0; i < count; i++) {
		ret = vm_insert_page(vma, addr + i * PAGE_SIZE, pages[i]);
		if (ret)
			return ret;
	}

	return 0;
}
EXPORT_SYMBOL(vm_insert_range);
