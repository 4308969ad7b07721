use std::sync::Arc;

use bstr::BString;

use super::*;
use crate::ledger::Role;
use crate::syntax::Names;

type Texts<'a> = &'a [(&'a str, &'a str)];

fn find_in(files: Texts<'_>, words: &[BString]) -> Vec<(BString, Arc<[u8]>)> {
    files
        .iter()
        .filter(|(_, text)| words.iter().any(|word| text.contains(&word.to_string())))
        .map(|(path, text)| (BString::from(*path), Arc::from(text.as_bytes())))
        .collect()
}

#[track_caller]
fn role_of(files: Texts<'_>, function: (&str, &str)) -> RoleOf {
    let find = |words: &[BString]| find_in(files, words);
    let mut sources = Sources::new(Names::new(), &find);
    sources.look_up(["insert"]);
    let name = (BString::from(function.0), BString::from(function.1));
    let mut found = roles(&mut sources, &["insert".into()], std::slice::from_ref(&name));
    found.remove(&name).expect("a role")
}

#[track_caller]
fn check_role(files: Texts<'_>, function: (&str, &str), role: Role, proof: &[&str]) {
    let found = role_of(files, function);
    let lines: Vec<String> = found
        .proof()
        .iter()
        .map(|place| format!("{}:{}: {}", place.path, place.line, place.text))
        .collect();
    assert_eq!(
        (found.role, lines),
        (role, proof.iter().map(|line| line.to_string()).collect())
    );
}

#[test]
fn operations_in_every_spelling() {
    let body = "static int f(struct vm_area_struct *vma, struct vm_fault *vmf) { return insert(vma); }\n";
    let fault = [
        "static const struct vm_operations_struct ops = { .fault = f };\n",
        "static const struct vm_operations_struct ops = { fault: f };\n",
        "static struct vm_operations_struct ops[] = { { .page_mkwrite = f }, };\n",
        "static struct vm_operations_struct ops[2] = { [1] = { .huge_fault = &f }, };\n",
        "static struct vm_operations_struct ops; void g(void) { ops.fault = f; }\n",
        "void g(struct vm_operations_struct *ops) { ops->pfn_mkwrite = (void *)f; }\n",
        "static struct vm_special_mapping m = { .name = \"x\", .fault = f };\n",
        "#define OPS .fault = f, .open = o\nstatic struct vm_operations_struct ops = { OPS };\n",
        "#define OPS(n, h) struct vm_operations_struct n = { .fault = h }\nstatic OPS(ops, f);\n",
        "struct d d = { .ops = { .fault = f } };\n",
        "void g(void) { x->ops = (struct vm_operations_struct){ .fault = f }; }\n",
        "static struct vm_operations_struct ops = {\n#ifdef A\n.fault = f,\n#else\n.fault = h,\n#endif\n};\n",
    ];
    for table in fault {
        let text = format!("{body}{table}");
        assert_eq!(
            role_of(&[("a.c", &text)], ("a.c", "f")).role,
            Role::FaultHandler,
            "{table}"
        );
    }
    let others = [
        (
            "static struct file_operations ops = { .mmap = f };\n",
            Role::MmapHandler,
        ),
        (
            "static struct fb_ops ops = { .fb_mmap = f };\n",
            Role::MmapHandler,
        ),
        (
            "static struct file_operations ops = { .open = f };\n",
            Role::Other,
        ),
        ("static struct gpu_func ops = { .fault = f };\n", Role::Other),
        (
            "static struct vm_special_mapping m = { .page_mkwrite = f };\n",
            Role::Other,
        ),
        ("void g(void) { request(f); }\n", Role::Other),
        ("EXPORT_SYMBOL(f);\n", Role::Unknown),
        ("", Role::Unknown),
    ];
    for (table, role) in others {
        let text = format!("{body}{table}");
        assert_eq!(role_of(&[("a.c", &text)], ("a.c", "f")).role, role, "{table}");
    }
}

#[test]
fn a_pasted_name_is_found() {
    let text = "#define OPS(n) struct vm_operations_struct n##_ops = { .fault = n##_fault }\nOPS(foo);\n\
                static int foo_fault(struct vm_fault *vmf) { return insert(vmf); }\n";
    assert_eq!(
        role_of(&[("a.c", text)], ("a.c", "foo_fault")).role,
        Role::FaultHandler
    );
}

#[test]
fn callers_are_followed_across_files_with_the_lines_that_prove_it() {
    let files: Texts<'_> = &[
        ("a.c", "int low(void)\n{\n\treturn insert();\n}\n"),
        (
            "b.c",
            "static int mid(void)\n{\n\treturn low();\n}\nstruct file_operations o = {\n\t.mmap = mid,\n};\n",
        ),
        (
            "c.c",
            "static int low(void)\n{\n\treturn 0;\n}\nstruct vm_operations_struct o = {\n\t.fault = low,\n};\n",
        ),
    ];
    check_role(
        files,
        ("a.c", "low"),
        Role::MmapHandler,
        &["b.c:6: .mmap = mid,", "b.c:3: return low();"],
    );
}

#[test]
fn both_and_core() {
    let files: Texts<'_> = &[(
        "a.c",
        "static int f(struct vm_fault *v) { return insert(v); }\nstatic int m(void) { return f(0); }\n\
         struct file_operations o = { .mmap = m };\nstruct vm_operations_struct v = { .fault = f };\n",
    )];
    assert_eq!(role_of(files, ("a.c", "f")).role, Role::Both);
    let files: Texts<'_> = &[
        (
            "mm.c",
            "int insert(void) { return 0; }\nint insert_all(void) { return insert(); }\n",
        ),
        (
            "mm.h",
            "int insert(void);\nstatic inline int twice(void) { return insert() + insert(); }\n",
        ),
    ];
    assert_eq!(role_of(files, ("mm.c", "insert_all")).role, Role::Core);
    assert_eq!(role_of(files, ("mm.h", "twice")).role, Role::Core);
}

#[test]
fn calls_through_a_member_and_through_macros_are_followed() {
    let files: Texts<'_> = &[
        (
            "a.c",
            "static int get(struct o *o)\n{\n\treturn insert(o);\n}\nstruct my_ops ops = {\n\t.get = get,\n};\n",
        ),
        (
            "b.c",
            "static int f(struct vm_fault *v)\n{\n\treturn v->ops->get(v);\n}\nstruct vm_operations_struct v = { .fault = f };\n",
        ),
    ];
    // The member is looked for in the files that are in, and b.c is found by its name.
    let role = role_of(files, ("a.c", "get"));
    assert_eq!(role.role, Role::FaultHandler);
    let files: Texts<'_> = &[(
        "a.c",
        "static int low(void) { return insert(); }\n#define LOW(x) (x + low())\n\
         static int f(struct file *v) { return LOW(1); }\nstruct file_operations v = { .mmap = f };\n",
    )];
    assert_eq!(role_of(files, ("a.c", "low")).role, Role::MmapHandler);
}

#[test]
fn recursion_ends() {
    let files: Texts<'_> = &[(
        "a.c",
        "int a(void) { return b(); }\nint b(void) { return a() + insert(); }\n",
    )];
    assert_eq!(role_of(files, ("a.c", "b")).role, Role::Unknown);
}

#[track_caller]
fn never_negative(files: Texts<'_>) -> bool {
    let find = |words: &[BString]| find_in(files, words);
    let mut sources = Sources::new(Names::new(), &find);
    records::is_never_negative(&mut sources, &"buf".into(), &"count".into()).is_ok()
}

const BUF: &str = "struct buf { int count; struct page **pages; };\n";
const INIT: (&str, &str) = ("init.c", "void init(struct buf *b) { b->count = 0; }");

#[test]
fn stores_that_are_never_negative() {
    for stores in [
        "",
        "struct buf b = { 0 };",
        "void f(struct buf *b) { int i; for (i = 0; i < n; i++) g(); b->count = i; }",
        "void f(struct buf *b) { b->count++; b->count += 4; }",
        "void f(struct buf *b, u16 n) { b->count = n + 1; }",
        "static void f(struct buf *b, int n) { b->count = n; } void g(void) { f(x, 3); f(y, ARRAY_SIZE(z)); }",
        "struct buf b = { .count = 8 };",
        "void f(struct other *b) { b->count = -1; }",
        "struct other { int count; }; void f(struct other *b) { b->count = x; }",
        "void f(struct buf *b) { b->count = min(x > 0, 7); }",
        "void f(struct buf *b) { if (b->count == -1) g(-1); }",
    ] {
        assert!(
            never_negative(&[("buf.h", BUF), INIT, ("a.c", stores)]),
            "{stores}"
        );
    }
    // Where nobody stores it, it comes from somewhere else.
    assert!(!never_negative(&[("buf.h", BUF)]));
}

#[test]
fn stores_that_may_be_negative() {
    for stores in [
        "void f(struct buf *b) { b->count = -1; }",
        "void f(struct buf *b) { b->count--; }",
        "void f(struct buf *b, int n) { b->count = n; }",
        "void f(struct buf *b, unsigned n) { b->count = n; }",
        "static void f(struct buf *b, int n) { b->count = n; } void g(int x) { f(b, 3); f(b, x); }",
        "static void f(struct buf *b, int n) { b->count = n; } void g(void) { f(b, 3); h(f); }",
        "void f(struct buf *b) { read(&b->count); }",
        "struct buf b = { .count = X };",
        "void f(struct buf *b) { copy_from_user(b, u, sizeof(*b)); }",
        "void f(struct buf *b) { int i = 0; g(&i); b->count = i; }",
        "void f(struct buf *b) { int i = 0; while (g()) i--; b->count = i; }",
        "struct has { struct buf b; }; void f(struct has *h) { h->b.count = x; }",
        "void f(struct buf *b) { b->count = 0xffffffff; }",
        "static int n = -1; void f(struct buf *b) { b->count = n; }",
        "void f(struct buf *b, int *u) { get_user(b->count, u); }",
        "void f(struct buf *b, int n) { WRITE_ONCE(b->count, n); }",
        "struct buf b = { -1, 0 };",
    ] {
        assert!(
            !never_negative(&[("buf.h", BUF), INIT, ("a.c", stores)]),
            "{stores}"
        );
    }
    assert!(!never_negative(&[("include/uapi/buf.h", BUF)]));
    assert!(!never_negative(&[(
        "buf.h",
        "struct buf { unsigned char count; };"
    )]));
}

#[test]
fn a_holder_in_another_file_is_seen_without_the_tag() {
    let files: Texts<'_> = &[
        ("buf.h", BUF),
        INIT,
        ("has.h", "struct has { struct buf buffer; };"),
        ("a.c", "void f(struct has *h, int n) { h->buffer.count = n; }"),
    ];
    assert!(!never_negative(files));
    let files: Texts<'_> = &[
        ("buf.h", BUF),
        INIT,
        ("a.c", "void f(struct has *h, int n) { h->queue.count = n; }"),
    ];
    assert!(never_negative(files));
}

#[test]
fn names_are_learnt() {
    let names = names::learn(
        b"typedef unsigned int word;\ntypedef struct foo { int a, b; } *foo_p, foo_s __aligned(8);\n\
          typedef int (*handler)(int (*other)(word), int x);\ntypedef u32 cast(u32);\n\
          #define walk(p) for (p = 0; p; p++)\n#define walk_if(p) walk_for_each(p) if (!p) ; else\n\
          #define each(p) for (p = 0; p; p++) if (!p) {} else\n#define noise __attribute__((x(1)))\n\
          #define once(p) do { for (;;) ; } while (0)\n#define u_tiny unsigned char\n#define call(x) f(x)\n",
    );
    for ty in ["word", "foo_p", "foo_s", "handler", "cast", "u_tiny"] {
        assert!(names.is_type(ty.as_bytes()), "{ty}");
    }
    for other in ["a", "b", "other", "x", "foo", "walk", "once", "call"] {
        assert!(!names.is_type(other.as_bytes()), "{other}");
    }
    for (name, is_loop) in [("walk", true), ("each", true), ("once", false), ("call", false)] {
        assert_eq!(names.is_loop(name.as_bytes()), is_loop, "{name}");
    }
    assert!(names.is_known_attribute(b"noise"));
}

#[test]
fn types_of_expressions() {
    let text = "struct a { struct b *b; unsigned long n[4]; };\nstruct b { int x; };\n\
                void f(struct a *p, struct page **pages) { int i; { u32 i; g(i, p->b->x, p->n[0], *pages, &i, (u8)1); } }\n";
    let file = FileFacts::new("a.c".into(), Arc::from(text.as_bytes()), &Names::new());
    let call = file.calls_named(b"g").next().unwrap();
    let list = file
        .tree
        .child(call.node, crate::syntax::SyntaxKind::ArgList)
        .unwrap();
    let types: Vec<String> = file
        .tree
        .children(list)
        .map(|argument| {
            file.type_of(argument).map_or("?".into(), |ty| {
                format!("{}{}", ty.name, "*".repeat(ty.pointers as usize))
            })
        })
        .collect();
    assert_eq!(
        types,
        ["u32", "int", "unsigned long", "struct page*", "u32*", "u8"]
    );
}
