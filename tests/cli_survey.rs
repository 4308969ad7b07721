//! `respin survey`: every occurrence with its role, what serves it better, and why.

mod cli_common;

use std::path::Path;

use cli_common::{respin, write};
use serde_json::Value;

const HEADER: &str = "int vm_insert_page(struct vm_area_struct *, unsigned long addr, struct page *);\n";
const MEMORY: &str = "/**\n * vm_insert_page - insert a page\n */\n\
int vm_insert_page(struct vm_area_struct *vma, unsigned long addr, struct page *page)\n{\n\
\tif (addr < vma->vm_start)\n\t\treturn -EFAULT;\n\treturn insert_page(vma, addr, page);\n}\n\
EXPORT_SYMBOL(vm_insert_page);\n";

/// The handler stands in another file than the call, and the table of operations in a third one.
fn tree() -> tempfile::TempDir {
    let tree = tempfile::tempdir().expect("a scratch folder");
    let files = [
        ("include/linux/mm.h", HEADER),
        ("mm/memory.c", MEMORY),
        (
            "drivers/one/insert.c",
            "int one_insert(struct vm_area_struct *vma, struct page *page)\n{\n\
\treturn vm_insert_page(vma, vma->vm_start, page);\n}\n",
        ),
        (
            "drivers/one/fault.c",
            "int one_fault(struct vm_fault *vmf)\n{\n\
\treturn one_insert(vmf->vma, find(vmf)) ? VM_FAULT_SIGBUS : VM_FAULT_NOPAGE;\n}\n",
        ),
        (
            "drivers/one/ops.c",
            "static const struct vm_operations_struct one_ops = {\n\t.fault = one_fault,\n};\n",
        ),
        (
            "drivers/two/mmap.c",
            "static int two_mmap(struct file *file, struct vm_area_struct *vma)\n{\n\
\tstruct two *two = file->private_data;\n\tunsigned int i;\n\tint err;\n\n\
\tfor (i = 0; i < two->count; i++) {\n\
\t\terr = vm_insert_page(vma, vma->vm_start + i * PAGE_SIZE, two->pages[i]);\n\
\t\tif (err)\n\t\t\treturn err;\n\t}\n\treturn 0;\n}\n\n\
struct two {\n\tstruct page **pages;\n\tunsigned int count;\n};\n\n\
static const struct file_operations two_fops = {\n\t.mmap = two_mmap,\n};\n",
        ),
        ("Documentation/map.rst", "Call vm_insert_page() first.\n"),
    ];
    for (file, text) in files {
        write(tree.path(), file, text);
    }
    tree
}

fn object(tree: &Path, more: &[&str]) -> Value {
    let words = [&["survey", "vm_insert_page", "--json"], more].concat();
    serde_json::from_str(&respin(tree, &words).exits(0).stdout).expect("JSON")
}

fn site<'v>(object: &'v Value, path: &str) -> &'v Value {
    let sites = object["sites"].as_array().expect("sites");
    let found = sites.iter().find(|site| site["path"] == path);
    found.unwrap_or_else(|| panic!("no site in {path}: {object:#}"))
}

#[test]
fn a_fault_handler_is_found_across_files() {
    let tree = tree();
    let object = object(tree.path(), &[]);
    assert_eq!(object["schema"], "respin.survey/1");
    let call = site(&object, "drivers/one/insert.c");
    assert_eq!(
        (&call["role"], &call["recommend"], &call["reason"]["code"]),
        (
            &"fault-handler".into(),
            &"vmf_insert_page".into(),
            &"fault-handler".into()
        )
    );
    let places: Vec<String> = call["reason"]["at"]
        .as_array()
        .expect("places")
        .iter()
        .map(|place| format!("{}:{}", place["path"].as_str().unwrap_or(""), place["line"]))
        .collect();
    assert_eq!(places, ["drivers/one/ops.c:2", "drivers/one/fault.c:3"]);
}

#[test]
fn a_loop_is_recommended_what_the_tree_has() {
    let tree = tree();
    let recommend = |object: &Value| site(object, "drivers/two/mmap.c")["recommend"].clone();
    assert_eq!(recommend(&object(tree.path(), &[])), "vm_insert_range");
    let more = format!(
        "{HEADER}int vm_insert_pages(struct vm_area_struct *, unsigned long, struct page **, unsigned long *);\n"
    );
    write(tree.path(), "include/linux/mm.h", more);
    assert_eq!(recommend(&object(tree.path(), &[])), "vm_insert_pages");
}

#[test]
fn what_implements_it_and_what_speaks_of_it_is_recommended_nothing() {
    let tree = tree();
    let object = object(tree.path(), &[]);
    for path in ["include/linux/mm.h", "mm/memory.c", "Documentation/map.rst"] {
        assert!(site(&object, path)["recommend"].is_null(), "{path}");
    }
    assert_eq!(object["summary"]["sites"], 7);
    assert_eq!(object["summary"]["recommend"]["vmf_insert_page"], 1);
}

#[test]
fn a_path_limits_the_answers_but_not_what_is_known() {
    let tree = tree();
    let object = object(tree.path(), &["drivers/one/insert.c"]);
    assert_eq!(object["sites"].as_array().map(Vec::len), Some(1));
    assert_eq!(site(&object, "drivers/one/insert.c")["role"], "fault-handler");
    respin(tree.path(), &["survey", "vm_insert_page", "nowhere"]).exits(2);
}

#[test]
fn people_read_a_table() {
    let tree = tree();
    let text = respin(tree.path(), &["survey", "vm_insert_page"]).exits(0).stdout;
    let expected = [
        "vm_insert_page: 7 occurrences in 5 files, of them 2 calls and 2 mentions\n",
        "vm_insert_range() would serve 1 use better\n",
        "vmf_insert_page() would serve 1 use better\n",
        "  drivers/one/insert.c:3  one_insert()  fault handler\n",
        "3 places are the implementation\n",
        "  Documentation/map.rst: 1\n",
    ];
    for line in expected {
        assert!(text.contains(line), "{line:?} is not in:\n{text}");
    }
    let proofs = respin(tree.path(), &["survey", "vm_insert_page", "-v"])
        .exits(0)
        .stdout;
    assert!(
        proofs.contains("drivers/one/ops.c:2: .fault = one_fault,"),
        "{proofs}"
    );
    let markdown = respin(tree.path(), &["survey", "vm_insert_page", "--markdown"])
        .exits(0)
        .stdout;
    assert!(
        markdown.contains("| `drivers/one/insert.c:3` | `one_insert()` | fault handler | `fault-handler`:"),
        "{markdown}"
    );
}

#[test]
fn only_a_name_of_c_is_asked_for() {
    let tree = tree();
    respin(tree.path(), &["survey", "vm-insert"]).exits(2);
    respin(tree.path(), &["survey", "absent"])
        .exits(0)
        .says(&["the name does not occur"]);
}

#[test]
fn a_line_is_explained() {
    let tree = tree();
    let explain = |place: &str, name: &str| respin(tree.path(), &["explain", place, name]);
    let text = explain("drivers/one/insert.c:3", "vmf_insert_page")
        .exits(0)
        .stdout;
    assert!(text.contains("vm_insert_page is left alone"), "{text}");
    assert!(
        text.contains("note[returns-errno]") && text.contains("^^^"),
        "{text}"
    );
    explain("drivers/one/insert.c:2", "vmf_insert_page")
        .exits(2)
        .says(&["no transform speaks of drivers/one/insert.c:2"]);
    explain("drivers/one/insert.c", "vmf_insert_page").exits(2);
}
