//! Compares handlers before and after: the calls that they make and what they return, for each result of an insert.

use std::fmt::Write as _;

use super::PREFIX;

/// Two texts of a handler, and how the second one may differ.
pub struct Pair {
    pub before: String,
    pub after: String,
    pub changes: Vec<Change>,
}

/// For some results of the insert another code.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Change {
    pub result: String,
    pub old: String,
    pub new: String,
}

/// Results of an insert, with one that no handler names.
const RESULTS: [&str; 7] = [
    "0", "-EBUSY", "-ENOMEM", "-EFAULT", "-EINVAL", "-EACCES", "-EXDEV",
];

/// Reads the sentences of a rewrite that changes something, such as `-EBUSY was VM_FAULT_SIGBUS and becomes VM_FAULT_NOPAGE`.
pub fn changes(sentences: &str) -> Option<Vec<Change>> {
    let mut changes = Vec::new();
    for sentence in sentences.split("; ") {
        let (who, rest) = sentence.split_once(" was ")?;
        let (old, new) = rest.split_once(" and becomes ")?;
        // In a loop: what is done with it is what is done with 0.
        let (old, new) = match (old, new) {
            ("told from 0", "the same, VM_FAULT_NOPAGE") => ("AS_FOR_0", "AS_FOR_0"),
            codes => codes,
        };
        let old = old
            .strip_prefix("ignored (")
            .map_or(old, |old| old.trim_end_matches(')'));
        let (named, excepted) = match who.split_once("an error") {
            Some((named, excepted)) => (named, Some(excepted.trim_start_matches(" but "))),
            None => (who, None),
        };
        let list = |names: &'_ str| -> Vec<String> {
            let names = names.replace(" and ", ", ");
            names
                .split(", ")
                .filter(|name| !name.is_empty())
                .map(str::to_owned)
                .collect()
        };
        let mut who = list(named);
        if let Some(excepted) = excepted {
            let excepted = list(excepted);
            let others = RESULTS[1..].iter().map(|result| (*result).to_owned());
            who.extend(others.filter(|result| !excepted.contains(result)));
        }
        for result in who {
            changes.push(Change {
                result: RESULTS.contains(&result.as_str()).then_some(result)?,
                old: old.to_owned(),
                new: new.to_owned(),
            });
        }
    }
    Some(changes)
}

/// The program that compares all pairs; it names the first input for which one differs otherwise than it may.
pub fn program(pairs: &[Pair]) -> String {
    let mut text = String::from(PRELUDE);
    for which in ["before", "after"] {
        // Before, handlers have the type int; after, everything has to fit the type of fault codes, and nothing is left over.
        let kind = if which == "before" { "ignored" } else { "error" };
        let _ = writeln!(
            text,
            "#pragma GCC diagnostic {kind} \"-Wincompatible-pointer-types\""
        );
        for (index, pair) in pairs.iter().enumerate() {
            let source = if which == "before" {
                &pair.before
            } else {
                &pair.after
            };
            let name = format!("{which}_{index}_");
            let _ = writeln!(text, "{}", source.replace(PREFIX, &name));
            let _ = writeln!(
                text,
                "static unsigned int run_{name}(struct vm_fault *vmf)\n{{\n\treturn {name}fault(vmf);\n}}\n"
            );
        }
    }
    for (index, pair) in pairs.iter().enumerate() {
        let _ = writeln!(text, "static const struct change changes_{index}[] = {{");
        for change in &pair.changes {
            let _ = writeln!(text, "\t{{ {}, {}, {} }},", change.result, change.old, change.new);
        }
        text.push_str("\t{ 1 },\n};\n");
    }
    text.push_str("static const struct pair pairs[] = {\n");
    for index in 0..pairs.len() {
        let _ = writeln!(
            text,
            "\t{{ run_before_{index}_, run_after_{index}_, changes_{index} }},"
        );
    }
    text.push_str("};\n");
    let _ = writeln!(text, "static const int results[] = {{ {} }};", RESULTS.join(", "));
    text.push_str(MAIN);
    text
}

/// The kernel as far as handlers see it; everything that one does is written down.
const PRELUDE: &str = r#"
#include <stdio.h>
#include <string.h>
#include <stdarg.h>
#include <setjmp.h>

#define PAGE_SHIFT 12
#define PAGE_SIZE (1UL << PAGE_SHIFT)
#define PAGE_MASK (~(PAGE_SIZE - 1))
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define likely(x) (x)
#define unlikely(x) (x)
#define PFN_DEV 1
enum { EINTR = 4, EAGAIN = 11, ENOMEM = 12, EACCES = 13, EFAULT = 14, EBUSY = 16, EXDEV = 18, EINVAL = 22, ENOSPC = 28,
       EDEADLK = 35, ERESTARTSYS = 512 };
#define VM_FAULT_OOM 1
#define VM_FAULT_SIGBUS 2
#define VM_FAULT_MAJOR 4
#define VM_FAULT_HWPOISON 0x10
#define VM_FAULT_SIGSEGV 0x40
#define VM_FAULT_NOPAGE 0x100
#define VM_FAULT_RETRY 0x400
#define AS_FOR_0 0xffff
#define VM_FAULT_ERROR (VM_FAULT_OOM | VM_FAULT_SIGBUS | VM_FAULT_HWPOISON | VM_FAULT_SIGSEGV)
/* Another type than int, so that a pointer or prototype that does not follow is an error. */
typedef unsigned int vm_fault_t;
typedef struct { unsigned long val; } pfn_t;
typedef unsigned long pgprot_t;
struct page { int id; };
struct obj { int lock, flag, gone, last, faults; unsigned long pfn, count; struct page **pages; };
struct vm_area_struct { unsigned long vm_start, vm_end, vm_page_prot; void *vm_private_data; };
struct vm_fault { struct vm_area_struct *vma; unsigned long address, pgoff; };
struct vm_operations_struct { vm_fault_t (*fault)(struct vm_fault *), (*page_mkwrite)(struct vm_fault *),
			      (*pfn_mkwrite)(struct vm_fault *); };
struct file;
struct file_operations { int (*mmap)(struct file *, struct vm_area_struct *); };
struct change { int result; unsigned int old, new; };
struct pair { unsigned int (*before)(struct vm_fault *), (*after)(struct vm_fault *); const struct change *changes; };
/* Every insert gives the result, or only the one of this number. */
static struct input { int lock, pin, flag, gone; unsigned long pgoff; int result, number; } in;
static struct obj obj;
static struct vm_area_struct area;
static struct page all[16];
static struct page *all_pages[16];
static unsigned long trace;
static int inserts;
static sigjmp_buf out;
static void note(unsigned long what)
{
	trace = (trace ^ what) * 0x100000001b3UL;
	trace ^= trace >> 29;
}
static int insert(int how, struct vm_area_struct *vma, unsigned long addr, unsigned long what, unsigned long prot)
{
	if (++inserts > 20)
		siglongjmp(out, 1);
	note(how);
	note((unsigned long)vma);
	note(addr);
	note(what);
	note(prot);
	return !in.number || in.number == inserts ? in.result : 0;
}
static vm_fault_t code_of(int err)
{
	if (err == -ENOMEM)
		return VM_FAULT_OOM;
	return err && err != -EBUSY ? VM_FAULT_SIGBUS : VM_FAULT_NOPAGE;
}
static int vm_insert_page(struct vm_area_struct *vma, unsigned long addr, struct page *page)
{
	return insert(1, vma, addr, (unsigned long)page, 0);
}
static int vm_insert_pfn(struct vm_area_struct *vma, unsigned long addr, unsigned long pfn)
{
	return insert(2, vma, addr, pfn, 0);
}
static int vm_insert_pfn_prot(struct vm_area_struct *vma, unsigned long addr, unsigned long pfn, pgprot_t prot)
{
	return insert(3, vma, addr, pfn, prot);
}
static int vm_insert_mixed(struct vm_area_struct *vma, unsigned long addr, pfn_t pfn)
{
	return insert(4, vma, addr, pfn.val, 0);
}
static int vm_insert_mixed_mkwrite(struct vm_area_struct *vma, unsigned long addr, pfn_t pfn)
{
	return insert(5, vma, addr, pfn.val, 0);
}
#define vmf_insert_page(vma, addr, page) code_of(vm_insert_page(vma, addr, page))
#define vmf_insert_pfn(vma, addr, pfn) code_of(vm_insert_pfn(vma, addr, pfn))
#define vmf_insert_pfn_prot(vma, addr, pfn, prot) code_of(vm_insert_pfn_prot(vma, addr, pfn, prot))
#define vmf_insert_mixed(vma, addr, pfn) code_of(vm_insert_mixed(vma, addr, pfn))
#define vmf_insert_mixed_mkwrite(vma, addr, pfn) code_of(vm_insert_mixed_mkwrite(vma, addr, pfn))
static vm_fault_t vmf_error(int err) { return err == -ENOMEM ? VM_FAULT_OOM : VM_FAULT_SIGBUS; }
static pfn_t __pfn_to_pfn_t(unsigned long pfn, unsigned long flags) { return (pfn_t){ pfn * 4 + flags }; }
static pfn_t phys_to_pfn_t(unsigned long phys, unsigned long flags) { return (pfn_t){ (phys >> PAGE_SHIFT) * 4 + flags }; }
static void pr_err(const char *format, ...)
{
	char text[128];
	va_list list;
	char *at;

	va_start(list, format);
	vsnprintf(text, sizeof(text), format, list);
	va_end(list);
	for (at = text; *at; at++)
		note(*at);
}
static int WARN_ON(int what) { note(20); note(what); return what; }
static void mutex_lock(int *lock) { note(21); (*lock)++; }
static void mutex_unlock(int *lock) { note(22); (*lock)--; }
static int mutex_lock_interruptible(int *lock)
{
	note(23);
	*lock += !in.lock;
	return in.lock;
}
static int obj_pin(struct obj *obj) { note(24); return in.pin; }
static void obj_unpin(struct obj *obj) { note(25); }
static void account(unsigned long what) { note(26); note(what); }
static int obj_finish(struct obj *obj, int err) { note(27); note(err); return err ? err : VM_FAULT_NOPAGE; }
static int obj_code(struct obj *obj, int err) { note(28); return err ? VM_FAULT_SIGBUS : VM_FAULT_NOPAGE; }
static int stopped(struct obj *obj) { note(29); return in.flag; }
static void observe(int *err) { note(30); note(*err); }
static unsigned int run(unsigned int (*handler)(struct vm_fault *))
{
	struct vm_fault vmf = { &area, 0x10003123UL, in.pgoff };
	unsigned int volatile value = 0x9999;

	obj = (struct obj){ .flag = in.flag, .gone = in.gone, .pfn = 0x777, .count = 4, .pages = all_pages };
	trace = 14695981039346656037UL;
	inserts = 0;
	if (!sigsetjmp(out, 0))
		value = handler(&vmf);
	note(obj.lock);
	note(obj.flag);
	note(obj.last);
	note(obj.faults);
	return value;
}
"#;

const MAIN: &str = r#"
static const struct input inputs[] = {
	/* lock, pin, flag, gone, pgoff */
	{ 0, 0, 0, 0, 2 }, { 0, 0, 1, 0, 2 }, { 0, 0, 0, 0, 7 }, { 0, 0, 1, 0, 9 }, { 0, 0, 0, 0, 0 }, { 0, 0, 0, 1, 3 },
	{ -EINTR, 0, 0, 0, 1 }, { -ERESTARTSYS, 0, 0, 0, 1 }, { -EAGAIN, 0, 1, 0, 1 }, { -EBUSY, 0, 0, 0, 1 },
	{ -EXDEV, 0, 0, 0, 1 }, { -EDEADLK, 0, 0, 0, 1 },
	{ 0, -EBUSY, 0, 0, 1 }, { 0, -ENOMEM, 0, 0, 1 }, { 0, -EAGAIN, 0, 0, 1 }, { 0, -EINVAL, 0, 0, 1 },
	{ 0, -ENOSPC, 0, 0, 1 }, { 0, -EINTR, 0, 0, 1 }, { 0, -EFAULT, 0, 0, 1 },
};
static unsigned int run_before(const struct pair *pair)
{
	const struct change *change;
	unsigned int value;
	int result = in.result;

	for (change = pair->changes; change->result <= 0; change++) {
		if (change->result == in.result && change->old == AS_FOR_0)
			in.result = 0;
	}
	value = run(pair->before);
	in.result = result;
	return value;
}
static int fits(const struct change *change, unsigned int old, unsigned int new)
{
	int result = !in.number || inserts >= in.number ? in.result : 0;

	for (; inserts && change->result <= 0; change++) {
		if (change->result == result && change->old != AS_FOR_0)
			return old == change->old && new == change->new;
	}
	return old == new;
}
int main(void)
{
	unsigned int pair, input, result;

	area = (struct vm_area_struct){ 0x10000000UL, 0x10010000UL, 0x55, &obj };
	for (input = 0; input < 16; input++)
		all_pages[input] = &all[input];
	for (pair = 0; pair < ARRAY_SIZE(pairs); pair++) {
		for (input = 0; input < ARRAY_SIZE(inputs); input++) {
			for (result = 0; result < 4 * ARRAY_SIZE(results); result++) {
				unsigned int old, new;
				unsigned long before;

				in = inputs[input];
				in.number = result / ARRAY_SIZE(results);
				in.result = results[result % ARRAY_SIZE(results)];
				old = run_before(&pairs[pair]);
				before = trace;
				new = run(pairs[pair].after);
				if (before != trace || !fits(pairs[pair].changes, old, new)) {
					printf("%u insert=%d number=%d lock=%d pin=%d flag=%d pgoff=%lu: %#x and %#x%s\n", pair, in.result, in.number,
					       in.lock, in.pin, in.flag, in.pgoff, old, new,
					       before != trace ? ", other effects" : "");
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
