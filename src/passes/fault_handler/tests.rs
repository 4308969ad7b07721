//! The mapping of results to codes, on functions of their own. Whole rewrites stand beside the transform.

use std::sync::Arc;

use bstr::BString;

use super::{Parameters, run};
use crate::ledger::Verdict;
use crate::passes::{Language, SourceFile};

const OPS: &str = "static const struct vm_operations_struct ops = { .fault = f };\n";

fn file(path: &str, text: &str) -> SourceFile {
    SourceFile {
        path: path.into(),
        text: Arc::from(text.as_bytes()),
        language: if path.ends_with(".h") {
            Language::Header
        } else {
            Language::C
        },
    }
}

/// What becomes of the insert in a handler: the reason's code and text, or that it is rewritten.
fn outcome(body: &str, include_unsafe: bool) -> (Verdict, String) {
    let text = format!("static int f(struct vm_fault *vmf)\n{{\n{body}}}\n{OPS}");
    let file = file("a.c", &text);
    let parameters = Parameters {
        pairs: vec![("vm_insert_page".into(), "vmf_insert_page".into())],
        have_interface: true,
        all_handlers: false,
        remove_unused: false,
        under: Vec::new(),
        include_unsafe,
    };
    let find = |_: &[BString]| Vec::new();
    let plan = run(&parameters, &[file], &find).expect("a plan");
    let site = &plan.sites[0];
    let reason = site.reason.as_ref().map_or(String::new(), |reason| {
        format!("{}: {}", reason.code, reason.text)
    });
    (site.verdict, reason)
}

#[track_caller]
fn is_safe(body: &str) {
    assert_eq!(
        outcome(body, false),
        (Verdict::Rewritten, String::new()),
        "{body}"
    );
}

#[track_caller]
fn is_unsafe(body: &str, change: &str) {
    let reason = format!("behaviour-changes: {change}");
    assert_eq!(
        outcome(body, false),
        (Verdict::LeftAlone, reason.clone()),
        "{body}"
    );
    assert_eq!(outcome(body, true), (Verdict::Rewritten, reason), "{body}");
}

#[track_caller]
fn is_left(body: &str, code: &str) {
    let (verdict, reason) = outcome(body, true);
    assert_eq!(verdict, Verdict::LeftAlone, "{body}");
    assert!(reason.starts_with(&format!("{code}: ")), "{body}: {reason}");
}

const INSERT: &str = "\tint e = vm_insert_page(vmf->vma, vmf->address, page);\n\n";

#[test]
fn spellings_of_the_same_mapping() {
    let spellings = [
        "\treturn e == -ENOMEM ? VM_FAULT_OOM : e && e != -EBUSY ? VM_FAULT_SIGBUS : VM_FAULT_NOPAGE;\n",
        "\tif (!e || e == -EBUSY)\n\t\treturn VM_FAULT_NOPAGE;\n\treturn vmf_error(e);\n",
        "\tif (likely(!e))\n\t\treturn VM_FAULT_NOPAGE;\n\telse if (e == -EBUSY)\n\t\treturn VM_FAULT_NOPAGE;\n\
\telse\n\t\treturn e != -ENOMEM ? VM_FAULT_SIGBUS : VM_FAULT_OOM;\n",
        "\tswitch (e) {\n\tcase -ENOMEM:\n\t\te = VM_FAULT_OOM;\n\t\tbreak;\n\tcase -EBUSY:\n\tcase 0:\n\
\t\te = VM_FAULT_NOPAGE;\n\t\tbreak;\n\tdefault:\n\t\te = VM_FAULT_SIGBUS;\n\t}\n\treturn e;\n",
        "\tswitch (e) {\n\tdefault:\n\t\treturn VM_FAULT_SIGBUS;\n\tcase -ENOMEM:\n\t\treturn VM_FAULT_OOM;\n\
\tcase -EAGAIN:\n\tcase -EINTR:\n\tcase -EBUSY:\n\tcase 0:\n\t\treturn VM_FAULT_NOPAGE;\n\t}\n",
        "\tif (e >= 0)\n\t\tgoto done;\n\tif (-ENOMEM == e)\n\t\treturn VM_FAULT_OOM;\n\tif (e != -EBUSY)\n\
\t\treturn VM_FAULT_SIGBUS;\ndone:\n\treturn VM_FAULT_NOPAGE;\n",
    ];
    for spelling in spellings {
        is_safe(&format!("{INSERT}{spelling}"));
    }
}

#[test]
fn each_change_has_its_sentence() {
    is_unsafe(
        &format!("{INSERT}\treturn e ? VM_FAULT_SIGBUS : VM_FAULT_NOPAGE;\n"),
        "-EBUSY was VM_FAULT_SIGBUS and becomes VM_FAULT_NOPAGE; \
         -ENOMEM was VM_FAULT_SIGBUS and becomes VM_FAULT_OOM",
    );
    is_unsafe(
        &format!(
            "{INSERT}\tif (e == -ENOMEM)\n\t\treturn VM_FAULT_OOM;\n\tif (e && e != -EBUSY)\n\
\t\treturn VM_FAULT_SIGBUS;\n\treturn 0;\n"
        ),
        "0, -EBUSY was 0 and becomes VM_FAULT_NOPAGE",
    );
    is_unsafe(
        "\tif (vm_insert_page(vmf->vma, 0, page))\n\t\treturn VM_FAULT_SIGBUS;\n\treturn VM_FAULT_NOPAGE;\n",
        "-EBUSY was VM_FAULT_SIGBUS and becomes VM_FAULT_NOPAGE; \
         -ENOMEM was VM_FAULT_SIGBUS and becomes VM_FAULT_OOM",
    );
    is_unsafe(
        "\tvm_insert_page(vmf->vma, vmf->address, page);\n\treturn VM_FAULT_NOPAGE;\n",
        "-ENOMEM was ignored (VM_FAULT_NOPAGE) and becomes VM_FAULT_OOM; \
         an error but -EBUSY and -ENOMEM was ignored (VM_FAULT_NOPAGE) and becomes VM_FAULT_SIGBUS",
    );
}

#[test]
fn what_cannot_be_told_is_left_alone() {
    is_left(&format!("{INSERT}\treturn translate(e);\n"), "not-evaluable");
    is_left(
        &format!("{INSERT}\tif (e == -EODD)\n\t\treturn VM_FAULT_OOM;\n\treturn 0;\n"),
        "not-evaluable",
    );
    is_left(
        &format!("{INSERT}\tif (e)\n\t\tunlock(vmf);\n\treturn VM_FAULT_NOPAGE;\n"),
        "effects-differ",
    );
    is_left(
        "\tif (ready && vm_insert_page(vmf->vma, 0, page))\n\t\treturn VM_FAULT_OOM;\n\treturn 0;\n",
        "in-expression",
    );
    is_left(
        &format!("{INSERT}\tnote(&e);\n\treturn VM_FAULT_NOPAGE;\n"),
        "result-used",
    );
    is_left(
        "\tint e;\n\n\tdo {\n\t\te = vm_insert_page(vmf->vma, 0, page);\n\t} while (e == -EBUSY);\n\treturn VM_FAULT_NOPAGE;\n",
        "insert-in-loop",
    );
    is_left(
        &format!("{INSERT}#ifdef X\n\tg();\n#endif\n\treturn VM_FAULT_NOPAGE;\n"),
        "preprocessor",
    );
}

#[test]
fn longer_types_do_not_make_lines_too_long() {
    let operations = "struct vm_operations_struct {\n\tint (*fault)(struct vm_fault *vmf);\n\
\tint (*huge_fault)(struct vm_fault *vmf, enum page_entry_size pe_size);\n};\n\n\
int vm_insert_page(struct vma *vma, unsigned long addr, struct page *page);\n";
    let core =
        "int vm_insert_page(struct vma *vma, unsigned long addr, struct page *page)\n{\n\treturn 0;\n}\n";
    let driver = "static int a_driver_of_quite_a_long_name_handles_a_fault(struct vm_fault *vmf)\n{\n\
\tint e = vm_insert_page(vmf->vma, vmf->address, page);\n\n\
\treturn e == -ENOMEM ? VM_FAULT_OOM : e && e != -EBUSY ? VM_FAULT_SIGBUS : VM_FAULT_NOPAGE;\n}\n\
static const struct vm_operations_struct ops = {\n\
\t.fault = a_driver_of_quite_a_long_name_handles_a_fault,\n};\n";
    let files = [
        file("a.c", driver),
        file("mm.h", operations),
        file("mm/memory.c", core),
    ];
    let parameters = Parameters {
        pairs: vec![("vm_insert_page".into(), "vmf_insert_page".into())],
        have_interface: false,
        all_handlers: false,
        remove_unused: false,
        under: Vec::new(),
        include_unsafe: false,
    };
    let plan = run(&parameters, &files, &|_: &[BString]| Vec::new()).expect("a plan");
    let header = after(&plan, "mm.h");
    let member =
        "\tvm_fault_t (*huge_fault)(struct vm_fault *vmf,\n\t\t\t\t enum page_entry_size pe_size);\n";
    assert!(header.contains(member), "{header}");
    let driver = after(&plan, "a.c");
    assert!(
        driver.starts_with(
            "static vm_fault_t\na_driver_of_quite_a_long_name_handles_a_fault(struct vm_fault *vmf)\n"
        ),
        "{driver}"
    );
    let notes = &plan.atoms.last().expect("an atom").notes;
    let name = "a_driver_of_quite_a_long_name_handles_a_fault";
    assert_eq!(
        *notes,
        [
            format!("{name}(): vm_insert_page() becomes vmf_insert_page()"),
            format!("{name}(): return vm_fault_t"),
        ]
    );
}

/// The plan for a driver in a tree whose twin is written as `twin` in the header.
fn removal(driver: &str, twin: &str) -> crate::plan::Plan {
    let header = format!(
        "typedef int vm_fault_t;\n\nint vm_insert_page(struct vma *vma, unsigned long addr,\n\t\t   struct page *page);\n\n{twin}"
    );
    let core = "int before(void);\n\n/**\n * vm_insert_page - insert a page\n */\nint vm_insert_page(struct vma *vma, unsigned long addr,\n\
\t\t   struct page *page)\n{\n\treturn insert(vma, addr, page);\n}\nEXPORT_SYMBOL_GPL(vm_insert_page);\n\nint other(void);\n";
    let files = [
        file("a.c", driver),
        file("mm/memory.c", core),
        file("mm.h", &header),
    ];
    let parameters = Parameters {
        pairs: vec![("vm_insert_page".into(), "vmf_insert_page".into())],
        have_interface: true,
        all_handlers: false,
        remove_unused: true,
        under: Vec::new(),
        include_unsafe: false,
    };
    run(&parameters, &files, &|_: &[BString]| Vec::new()).expect("a plan")
}

fn after(plan: &crate::plan::Plan, path: &str) -> String {
    let change = plan.total().into_iter().find(|change| change.path == path);
    String::from_utf8_lossy(&change.expect("a change").after).into_owned()
}

const DRIVER: &str = "static int f(struct vm_fault *vmf)\n{\n\tint e = vm_insert_page(vmf->vma, vmf->address, page);\n\n\
\treturn e == -ENOMEM ? VM_FAULT_OOM : e && e != -EBUSY ? VM_FAULT_SIGBUS : VM_FAULT_NOPAGE;\n}\n\
static const struct vm_operations_struct ops = { .fault = f };\n";

#[test]
fn what_nobody_uses_any_more_goes() {
    let plan = removal(
        DRIVER,
        "vm_fault_t vmf_insert_page(struct vma *vma, unsigned long addr, struct page *page);\n",
    );
    assert_eq!(
        plan.atoms.last().expect("an atom").phase,
        crate::plan::Phase::Retire
    );
    assert_eq!(
        after(&plan, "mm/memory.c"),
        "int before(void);\n\nint other(void);\n"
    );
    assert!(!after(&plan, "mm.h").contains("vm_insert_page("));
    assert!(plan.remarks.is_empty());
}

#[test]
fn a_wrapper_moves_to_what_it_wraps() {
    let twin = "static inline vm_fault_t vmf_insert_page(struct vma *vma,\n\t\t\t\tunsigned long addr, struct page *page)\n{\n\
\treturn vmf_error(vm_insert_page(vma, addr, page));\n}\n";
    let plan = removal(DRIVER, twin);
    assert_eq!(
        after(&plan, "mm.h"),
        "typedef int vm_fault_t;\n\nvm_fault_t vmf_insert_page(struct vma *vma, unsigned long addr,\n\
\t\t\t   struct page *page);\n"
    );
    assert_eq!(
        after(&plan, "mm/memory.c"),
        "int before(void);\n\n/**\n * vm_insert_page - insert a page\n */\nstatic int vm_insert_page(struct vma *vma, unsigned long addr,\n\
\t\t\t  struct page *page)\n{\n\treturn insert(vma, addr, page);\n}\n\n\
vm_fault_t vmf_insert_page(struct vma *vma, unsigned long addr,\n\t\t\t   struct page *page)\n{\n\
\treturn vmf_error(vm_insert_page(vma, addr, page));\n}\nEXPORT_SYMBOL_GPL(vmf_insert_page);\n\nint other(void);\n"
    );
}

#[test]
fn what_has_users_stays() {
    let driver = format!("{DRIVER}int g(void)\n{{\n\treturn vm_insert_page(0, 0, 0);\n}}\n");
    let plan = removal(&driver, "");
    assert_eq!(
        plan.remarks,
        ["vm_insert_page() stays, as it is still used in a.c."]
    );
    assert!(
        plan.atoms
            .iter()
            .all(|atom| atom.phase != crate::plan::Phase::Retire)
    );
}
