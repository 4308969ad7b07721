//! The rename of vm_insert_page() over the whole small tree: which occurrences are the function, and what comes out.

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use common::{CONFIGS, compile, copy_tree, git, git_init, hermetic, project, run, small_tree};
use serde_json::Value;

/// Words that look like the function and are not: file, how many, and what they are.
const LEFT_ALONE: &[(&str, usize, &str)] = &[
    ("Documentation/vm/inserting-pages.rst", 1, "the name of a file"),
    ("Documentation/vm/inserting-pages.rst", 1, "the name of a file"),
    (
        "drivers/staging/legacy/knr.c",
        3,
        "a K&R parameter: its name, its declaration, its call",
    ),
    ("drivers/uio/uiomap.c", 5, "a member"),
    ("kernel/dispatch.c", 4, "labels"),
    ("kernel/mapstat.c", 3, "a struct's tag"),
    ("lib/insert_test.c", 11, "parameters, locals, a macro's parameter"),
    ("mm/Kconfig", 1, "a file that is not read"),
    (
        "tools/testing/mapping/mapper.c",
        3,
        "another program, and the name of a header",
    ),
    ("tools/testing/mapping/probe.sh", 1, "another program"),
    ("tools/testing/mapping/vm_insert_page.h", 1, "another program"),
];

/// What the tree has of each kind of occurrence that is renamed.
const REWRITTEN: &[(&str, usize)] = &[
    ("call", 63),
    ("comment", 22),
    ("declaration", 2),
    ("definition", 2),
    ("documentation", 8),
    ("export", 2),
    ("macro-body", 2),
    ("reference", 14),
    ("string", 13),
];

#[test]
fn every_occurrence_of_the_function_and_nothing_else() {
    let (_scratch, tree) = tree();
    let output = run(respin(&tree).args(["diff", "vm_insert_kmem_page", "--json"])).stdout;
    let ledger: Value = serde_json::from_slice(&output).unwrap();
    let reasons = fs::read_to_string(project().join("docs/reasons.md")).unwrap();
    let mut left: BTreeMap<&str, usize> = BTreeMap::new();
    let mut rewritten: BTreeMap<&str, usize> = BTreeMap::new();
    for site in ledger["sites"].as_array().unwrap() {
        let text = |key: &str| site[key].as_str().unwrap();
        match text("verdict") {
            "left-alone" => {
                assert_ne!(site["reason"]["text"], "", "{site}");
                let row = format!("| `{}` |", site["reason"]["code"].as_str().unwrap());
                assert!(reasons.contains(&row), "docs/reasons.md lacks {row}");
                *left.entry(text("path")).or_default() += 1;
            }
            "rewritten" => {
                assert_eq!(text("safety"), "safe", "{site}");
                *rewritten.entry(text("kind")).or_default() += 1;
            }
            _ => panic!("{site}"),
        }
    }
    let expected = LEFT_ALONE.iter().map(|&(file, count, _)| (file, count));
    assert_eq!(left, expected.collect::<BTreeMap<_, _>>());
    assert_eq!(rewritten, REWRITTEN.iter().copied().collect::<BTreeMap<_, _>>());
}

#[test]
fn the_result_compiles_in_every_configuration() {
    let (_scratch, tree) = tree();
    apply(&tree);
    for config in CONFIGS {
        let undefined = compile(&tree, config).unwrap_or_else(|err| panic!("{err}"));
        let inserts = |name: &&String| name.contains("_insert_page") || name.contains("_insert_kmem_page");
        assert_eq!(undefined.iter().find(inserts), None, "{}", config.name);
    }
}

#[test]
fn line_ends_and_encodings_stay() {
    let (_scratch, tree) = tree();
    apply(&tree);
    let read = |file| fs::read(tree.join("drivers/staging/legacy").join(file)).unwrap();
    let crlf = read("crlf.c");
    let lines = crlf.split(|&byte| byte == b'\n').count() - 1;
    assert_eq!(crlf.iter().filter(|&&byte| byte == b'\r').count(), lines);
    let latin1 = read("latin1.c");
    assert!(latin1.windows(7).any(|window| window == b"M\xfc\xdfig),"));
    assert!(read("nonl.c").ends_with(b"vm_insert_kmem_page */"));
}

/// The same bytes whatever the number of threads.
#[test]
fn threads_make_no_difference() {
    let (_scratch, tree) = tree();
    let diff = |jobs| run(respin(&tree).args(["diff", "vm_insert_kmem_page", "-j", jobs])).stdout;
    assert!(diff("1") == diff("7"));
}

fn tree() -> (tempfile::TempDir, PathBuf) {
    let scratch = tempfile::tempdir().unwrap();
    let tree = scratch.path().join("tree");
    copy_tree(&small_tree(), &tree);
    git_init(&tree);
    (scratch, tree)
}

fn respin(tree: &Path) -> Command {
    hermetic(env!("CARGO_BIN_EXE_respin"), tree)
}

fn apply(tree: &Path) {
    let diff = run(respin(tree).args(["diff", "vm_insert_kmem_page"])).stdout;
    let file = tree.with_extension("diff");
    fs::write(&file, diff).unwrap();
    git(tree, &["apply", file.to_str().unwrap()]);
}
