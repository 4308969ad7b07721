// SPDX-License-Identifier: MIT OR Apache-2.0
/*
 * Pages that every process shares with the kernel: code and clock.
 */
#include <linux/mm.h>

static struct page *vdso_code[2];
static unsigned long clock_pfn;

static int vdso_fault(const struct vm_special_mapping *sm,
		      struct vm_area_struct *vma, struct vm_fault *vmf)
{
	if (vmf->pgoff >= ARRAY_SIZE(vdso_code))
		return VM_FAULT_SIGBUS;

	vmf->page = vdso_code[vmf->pgoff];
	get_page(vmf->page);
	return 0;
}

static int
vvar_fault(const struct vm_special_mapping *sm, struct vm_area_struct *vma,
	   struct vm_fault *vmf)
{
	pgprot_t prot = pgprot_framebuf(vma->vm_page_prot);
	int ret = -EFAULT;

	if (vmf->pgoff == 0)
		ret = vm_insert_pfn(vma, vmf->address, clock_pfn);
	else if (vmf->pgoff == 1)
		ret = vm_insert_pfn_prot(vma, vmf->address, clock_pfn + 1,
					 prot);

	if (ret == 0 || ret == -EBUSY)
		return VM_FAULT_NOPAGE;

	return VM_FAULT_SIGBUS;
}

const struct vm_special_mapping vdso_mapping = {
	.name = "[vdso]",
	.fault = vdso_fault,
};

const struct vm_special_mapping vvar_mapping = {
	.name = "[vvar]",
	.fault = vvar_fault,
};
