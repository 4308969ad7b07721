/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#ifndef _TRACE_EVENTS_MAPPING_H
#define _TRACE_EVENTS_MAPPING_H

#include <linux/mm.h>
#include <linux/tracepoint.h>

TRACE_EVENT(mapping_insert,

	TP_PROTO(struct vm_area_struct *vma, unsigned long addr),

	TP_ARGS(vma, addr),

	TP_STRUCT__entry(
		__field(unsigned long, addr)
		__field(unsigned long, flags)
	),

	TP_fast_assign(
		__entry->addr = addr;
		__entry->flags = vma->vm_flags;
	),

	TP_printk("addr=%lx flags=%lx", __entry->addr, __entry->flags)
);

/* Maps a marker page, so that whoever reads the mapping finds the event. */
TRACE_EVENT(mapping_mark,

	TP_PROTO(struct vm_area_struct *vma, unsigned long addr,
		 struct page *marker),

	TP_ARGS(vma, addr, marker),

	TP_STRUCT__entry(
		__field(unsigned long, addr)
		__field(int, err)
	),

	TP_fast_assign(
		__entry->addr = addr;
		if (marker)
			__entry->err = vm_insert_page(vma, addr, marker);
		else
			__entry->err = -EINVAL;
	),

	TP_printk("addr=%lx vm_insert_page=%d", __entry->addr, __entry->err)
);

#endif /* _TRACE_EVENTS_MAPPING_H */
