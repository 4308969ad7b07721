//! Compiles functions before and after by gcc, runs both over many inputs, and compares what they did.

use std::fmt::Write as _;

use super::{DECLARATIONS, NAME};

/// Two texts of a function that should do the same.
pub struct Pair {
    pub before: String,
    pub after: String,
}

/// Which inputs to try.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Inputs {
    All,
    /// Those without negative counts and values that wrap.
    Plain,
}

/// The program that compares all pairs; it names the first input for which one differs.
pub fn program(pairs: &[Pair], inputs: Inputs) -> String {
    let mut text = String::from(PRELUDE);
    text.push_str(DECLARATIONS);
    text.push_str(STUBS);
    for (index, pair) in pairs.iter().enumerate() {
        let before = pair.before.replace(NAME, &format!("before_{index}"));
        let after = pair.after.replace(NAME, &format!("after_{index}"));
        let _ = write!(text, "{before}\n{after}\n");
        for which in ["before", "after"] {
            let _ = writeln!(
                text,
                "static long run_{which}_{index}(void)\n{{\n\treturn {which}_{index}(&buf, &vma, PAGES, in.n, in.off, in.size);\n}}"
            );
        }
    }
    text.push_str("static const struct pair pairs[] = {\n");
    for index in 0..pairs.len() {
        let _ = writeln!(text, "\t{{ run_before_{index}, run_after_{index} }},");
    }
    text.push_str("};\n");
    text.push_str(match inputs {
        Inputs::All => "#define INPUTS ARRAY_SIZE(inputs)\n",
        Inputs::Plain => "#define INPUTS 22\n",
    });
    text.push_str(MAIN);
    text
}

/// Types and names of the kernel, as far as the functions use them.
const PRELUDE: &str = r#"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <stdarg.h>
#include <stdint.h>
#include <setjmp.h>
#include <signal.h>

#define PAGE_SHIFT 12
#define PAGE_SIZE (1UL << PAGE_SHIFT)
#define PAGE_MASK (~(PAGE_SIZE - 1))
#define PAGE_ALIGN(x) (((unsigned long)(x) + PAGE_SIZE - 1) & PAGE_MASK)
#define PFN_UP(x) (((unsigned long)(x) + PAGE_SIZE - 1) >> PAGE_SHIFT)
#define DIV_ROUND_UP(n, d) (((n) + (d) - 1) / (d))
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define min(a, b) ((a) < (b) ? (a) : (b))
#define READ_ONCE(x) (*(volatile typeof(x) *)&(x))
#define unlikely(x) (x)
#define likely(x) (x)
#define WARN_ON(x) (x)
#define GFP_KERNEL 0
#define ENOMEM 12
#define EAGAIN 11
#define EFAULT 14
#define EBUSY 16
#define EINVAL 22
#define ENXIO 6
#define true 1
#define false 0
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef _Bool bool;
struct page { int id; };
struct vm_area_struct { unsigned long vm_start, vm_end, vm_pgoff, vm_flags; };
static inline unsigned long vma_pages(const struct vm_area_struct *vma)
{
	return (vma->vm_end - vma->vm_start) >> PAGE_SHIFT;
}
"#;

/// Everything that a function can do is written down; the insert fails when the input says so.
const STUBS: &str = r#"
static struct input { long n; unsigned long off, size, pages, pgoff; int fail_at, code; } in;
static struct buf buf;
static struct inner other;
static struct vm_area_struct vma;
static struct page all[8192];
static struct page *arena[8192];
#define PAGES (arena + 4096)
static unsigned long trace, calls;
static int too_many;
static sigjmp_buf out;
static void note(unsigned long what)
{
	trace = (trace ^ what) * 0x100000001b3UL;
	trace ^= trace >> 29;
}
static int insert(unsigned long addr, struct page *page)
{
	if (++calls > 40)
		siglongjmp(out, 1);
	note(1);
	note(addr);
	note((unsigned long)page);
	return calls == (unsigned long)in.fail_at ? in.code : 0;
}
static int vm_insert_page(struct vm_area_struct *v, unsigned long addr, struct page *page)
{
	if (v != &vma)
		note(99);
	return insert(addr, page);
}
static int vm_insert_range(struct vm_area_struct *v, unsigned long addr, struct page **pages, unsigned long count)
{
	unsigned long i;

	for (i = 0; i < count; i++) {
		int err = vm_insert_page(v, addr + i * PAGE_SIZE, pages[i]);
		if (err)
			return err;
	}
	return 0;
}
static int map_pages(struct vm_area_struct *v, struct page **pages, unsigned long num, unsigned long offset)
{
	unsigned long count = vma_pages(v);

	if (offset >= num || count > num - offset)
		return -ENXIO;
	return vm_insert_range(v, v->vm_start, pages + offset, count);
}
static int vm_map_pages(struct vm_area_struct *v, struct page **pages, unsigned long num)
{
	return map_pages(v, pages, num, v->vm_pgoff);
}
static int vm_map_pages_zero(struct vm_area_struct *v, struct page **pages, unsigned long num)
{
	return map_pages(v, pages, num, 0);
}
static void pr_err(const char *format, ...)
{
	char text[128];
	va_list list;
	char *at;

	va_start(list, format);
	vsnprintf(text, sizeof(text), format, list);
	va_end(list);
	note(2);
	for (at = text; *at; at++)
		note(*at);
}
static void mutex_lock(void *lock) { note(3); }
static void mutex_unlock(void *lock) { note(4); }
static void release(struct page *page) { note(5); note((unsigned long)page); }
static void account(unsigned long what) { note(6); note(what); }
static struct page *vmalloc_to_page(const void *at) { return &all[((unsigned long)at >> PAGE_SHIFT) & 4095]; }
static struct page *pfn_to_page(unsigned long pfn) { return &all[pfn & 4095]; }
static bool stopped(void) { static int asked; return 0; }
static int lock;
struct pair { long (*before)(void), (*after)(void); };
static void on_fault(int signal) { siglongjmp(out, 2); }
static void prepare(void)
{
	int i;

	memset(&buf, 0, sizeof(buf));
	buf.n = in.n;
	buf.nr = in.n;
	buf.signed_n = in.n;
	buf.size = in.size;
	buf.pages = arena + 2048;
	buf.in.pages = arena + 1024;
	buf.in.count = in.n;
	buf.inner = &other;
	other.pages = arena + 512;
	other.count = in.n;
	for (i = 0; i < 64; i++) {
		buf.fixed[i] = &all[6000 + i];
		buf.slots[i].page = &all[7000 + i];
		buf.words[i] = (unsigned long)&all[7500 + i];
	}
	vma.vm_start = 0x10000000UL;
	vma.vm_end = vma.vm_start + in.pages * PAGE_SIZE;
	vma.vm_pgoff = in.pgoff;
	vma.vm_flags = 0;
	trace = 14695981039346656037UL;
	calls = 0;
}
static unsigned long traced(long (*run)(void))
{
	volatile int how;

	prepare();
	how = sigsetjmp(out, 1);
	too_many = how == 1;
	if (!how)
		note((unsigned long)run());
	else
		note(1000 + how);
	note(calls);
	note(buf.mapped);
	note(buf.last);
	note(buf.n);
	note(buf.nr);
	note(buf.size);
	return trace;
}
"#;

/// All pages that can fail, for small counts and a few large ones.
const MAIN: &str = r#"
static const struct input inputs[] = {
	/* n, off, size, pages of the VMA, pgoff */
	{ 0, 0, 0, 1, 0 }, { 1, 0, 4096, 1, 0 }, { 2, 0, 8192, 2, 0 }, { 3, 0, 12288, 3, 0 }, { 4, 0, 16384, 4, 0 },
	{ 1, 1, 1, 1, 1 }, { 2, 1, 4095, 2, 1 }, { 3, 2, 4097, 2, 1 }, { 5, 3, 8193, 2, 3 }, { 5, 1, 20480, 4, 1 },
	{ 2, 3, 100, 3, 2 }, { 0, 2, 12000, 2, 2 }, { 3, 3, 0, 1, 3 }, { 3, 0, 4096, 3, 0 }, { 7, 2, 28672, 5, 2 },
	{ 6, 0, 24576, 2, 4 }, { 4, 4, 16385, 4, 0 }, { 1, 5, 12288, 5, 0 }, { 5, 0, 4096, 1, 0 }, { 3, 1, 9000, 2, 0 },
	{ 8, 0, 32768, 8, 0 }, { 8, 8, 32768, 8, 8 },
	{ -1, 0, 4096, 1, 0 }, { -3, 1, 8192, 2, 1 }, { 2, -1UL, 4096, 2, 0 }, { 3, -2UL, 8192, 2, 0 },
	{ 2, 0xffffffffUL, 4096, 2, 0 }, { 3, 0xfffffffeUL, 8192, 2, 0 }, { 1, 0, -1UL, 2, 0 }, { 1, 0, -4096UL, 2, 0 },
	{ 2, 0, 0xfffff001UL, 2, 0 }, { 0x7fffffff, 1, 8192, 2, 0 },
	{ 3, 0, -8192UL, 2, 0 }, { 2, 0xfffffff0UL, 0x100000000UL, 2, 0 },
};
int main(void)
{
	static char stack[65536];
	stack_t other_stack = { .ss_sp = stack, .ss_size = sizeof(stack) };
	struct sigaction action = { .sa_handler = on_fault, .sa_flags = SA_NODEFER | SA_ONSTACK };
	unsigned int pair, input;
	int i;

	sigaltstack(&other_stack, NULL);
	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGBUS, &action, NULL);
	for (i = 0; i < 8192; i++)
		arena[i] = &all[i];
	for (pair = 0; pair < ARRAY_SIZE(pairs); pair++) {
		for (input = 0; input < INPUTS; input++) {
			int fail;

			for (fail = 0; fail < 9; fail++) {
				unsigned long one, two;

				in = inputs[input];
				in.fail_at = fail;
				in.code = fail % 2 ? -EFAULT : -EBUSY;
				one = traced(pairs[pair].before);
				/* No loop takes so many turns that an int could not count them. */
				if (too_many)
					continue;
				two = traced(pairs[pair].after);
				if (one != two) {
					printf("%u n=%ld off=%lu size=%lu pages=%lu pgoff=%lu fail=%d\n", pair, in.n, in.off,
					       in.size, in.pages, in.pgoff, fail);
					goto next;
				}
			}
		}
next:;
	}
	puts("end");
	return 0;
}
"#;
