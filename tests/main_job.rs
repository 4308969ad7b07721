//! The README's first command, and the line that it prints.

mod common;

use std::path::Path;
use std::process::Command;

use common::{git, hermetic, project, run};

#[test]
fn leaves_a_series_that_the_printed_line_takes() {
    let scratch = tempfile::tempdir().unwrap();
    let folder = scratch.path().join("a folder's name");
    let output = run(&mut main_job(&folder));
    let printed = [output.stdout, output.stderr].concat();
    let printed = String::from_utf8_lossy(&printed);
    let line = printed
        .lines()
        .find(|line| line.trim_start().starts_with("git ") && line.contains(" am "))
        .unwrap_or_else(|| panic!("no `git am` line in\n{printed}"));

    // From another folder, as the reader may have gone somewhere else meanwhile.
    run(hermetic("bash", scratch.path()).arg("-euc").arg(line));

    let tree = folder.join("tree");
    assert_eq!(git(&tree, &["rev-list", "--count", "HEAD"]), "2");
    assert_eq!(git(&tree, &["status", "--porcelain"]), "");
    let definition = git(
        &tree,
        &["grep", "-h", "-A1", "int vm_insert_kmem_page", "mm/nommu.c"],
    );
    assert!(definition.contains("struct page *page"), "{definition}");
}

#[test]
fn does_not_touch_a_folder_that_exists() {
    let scratch = tempfile::tempdir().unwrap();
    let output = main_job(scratch.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("exists already"));
}

fn main_job(folder: &Path) -> Command {
    let mut script = hermetic("bash", project());
    script.arg("scripts/main-job").arg(folder);
    script.env("RESPIN", env!("CARGO_BIN_EXE_respin"));
    script
}
