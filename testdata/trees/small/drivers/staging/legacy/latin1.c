// SPDX-License-Identifier: MIT OR Apache-2.0
/*
 * Treiber für ältere Geräte (© Jürgen Müßig), nutzt vm_insert_page() für Puffer.
 */
#include <linux/mm.h>

int latin1_map(struct page *page, struct vm_area_struct *vma);

int latin1_map(struct page *page, struct vm_area_struct *vma)
{
	int err;

	err = vm_insert_page(vma, vma->vm_start, page);	/* Größe: 4 KiB, ±0 */
	if (err)
		pr_err("Gerät: vm_insert_page schlägt fehl\n");
	return err;
}
