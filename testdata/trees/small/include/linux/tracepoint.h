/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#ifndef _LINUX_TRACEPOINT_H
#define _LINUX_TRACEPOINT_H

#include <linux/kernel.h>

#define TP_PROTO(args...)		args
#define TP_ARGS(args...)		args
#define TP_STRUCT__entry(args...)	args
#define TP_fast_assign(args...)		args
#define TP_printk(fmt, args...)		printk(fmt "\n", args)
#define __field(type, item)		type item;

/* Without a ring buffer an event prints itself. */
#define TRACE_EVENT(name, proto, args, tstruct, assign, print)		\
	struct trace_entry_##name {					\
		tstruct							\
	};								\
	static inline void trace_##name(proto)				\
	{								\
		struct trace_entry_##name entry, *__entry = &entry;	\
									\
		assign							\
		print;							\
	}

#endif /* _LINUX_TRACEPOINT_H */
