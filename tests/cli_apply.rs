//! `respin apply`: what it writes, what it refuses to write to, and what is left when it is killed.

mod cli_common;

use std::path::Path;
use std::time::Duration;

use cli_common::{Ran, git, respin, respin_in, respin_with_permissions, write};

const FILE: &str = "drivers/bar.c";
const BEFORE: &str = "int bar(void)\n{\n\treturn foo_get(0);\n}\n";
const AFTER: &str = "int bar(void)\n{\n\treturn foo_acquire(0);\n}\n";

fn folder() -> tempfile::TempDir {
    let tree = tempfile::tempdir().expect("a scratch folder");
    write(tree.path(), FILE, BEFORE);
    write(tree.path(), "lib/other.c", "int other;\n");
    tree
}

fn repository() -> tempfile::TempDir {
    let tree = folder();
    git(tree.path(), &["init", "-q", "-b", "main"]);
    git(tree.path(), &["add", "."]);
    git(tree.path(), &["commit", "-q", "-m", "one"]);
    tree
}

fn words<'a>(more: &[&'a str]) -> Vec<&'a str> {
    let mut words = vec![
        "apply",
        "rename",
        "--set",
        "from=foo_get",
        "--set",
        "to=foo_acquire",
    ];
    words.extend(more);
    words
}

fn apply(tree: &Path, more: &[&str]) -> Ran {
    respin(tree, &words(more))
}

fn text(tree: &Path) -> String {
    std::fs::read_to_string(tree.join(FILE)).expect("a file")
}

#[test]
fn it_writes_and_a_second_run_has_nothing_to_do() {
    let tree = repository();
    let ran = apply(tree.path(), &[]).exits(0).says(&[
        "rename: 1 site in 1 file: 1 rewritten, 0 left alone, 0 unparsed",
        "The tokens of the changed file are the same before and after but for the name.",
        "1 file written",
    ]);
    assert_eq!(ran.stdout, "");
    assert_eq!(text(tree.path()), AFTER);
    assert_eq!(
        git(tree.path(), &["status", "--short"]).trim(),
        format!("M {FILE}")
    );
    apply(tree.path(), &[]).exits(0).says(&["0 files written"]);
}

#[test]
fn json_tells_what_was_written() {
    let tree = repository();
    let ran = apply(tree.path(), &["--json", "-q"]).exits(0);
    assert_eq!(ran.stderr, "");
    let run: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!(run["files"][0]["path"], FILE);
    assert_eq!(text(tree.path()), AFTER);
}

#[test]
fn what_could_not_be_taken_back_is_refused() {
    let tree = folder();
    apply(tree.path(), &[])
        .exits(2)
        .says(&["not under version control", "--allow-no-vcs"]);
    assert_eq!(text(tree.path()), BEFORE);
    apply(tree.path(), &["--allow-no-vcs"]).exits(0);
    assert_eq!(text(tree.path()), AFTER);

    let tree = repository();
    write(tree.path(), "lib/other.c", "int changed;\n");
    apply(tree.path(), &[])
        .exits(2)
        .says(&["lib/other.c differs from HEAD", "--allow-dirty"]);
    assert_eq!(text(tree.path()), BEFORE);
    apply(tree.path(), &["--allow-dirty"]).exits(0);
    assert_eq!(text(tree.path()), AFTER);

    // An untracked file is in the way only if it is to be changed.
    let tree = repository();
    write(tree.path(), "lib/untracked.c", "int untracked;\n");
    write(tree.path(), "lib/new.c", BEFORE);
    apply(tree.path(), &[])
        .exits(2)
        .says(&["lib/new.c is not tracked"]);
    assert_eq!(text(tree.path()), BEFORE);
    std::fs::remove_file(tree.path().join("lib/new.c")).expect("a file");
    apply(tree.path(), &[]).exits(0);
    assert_eq!(text(tree.path()), AFTER);
}

#[test]
fn a_merge_in_progress_is_refused() {
    let tree = repository();
    let head = git(tree.path(), &["rev-parse", "HEAD"]);
    write(tree.path(), ".git/MERGE_HEAD", format!("{head}\n"));
    apply(tree.path(), &[])
        .exits(2)
        .says(&["in the middle of a merge"]);
    assert_eq!(text(tree.path()), BEFORE);
}

#[test]
fn a_bare_repository_has_nothing_to_write_to() {
    let tree = repository();
    let bare = tempfile::tempdir().expect("a scratch folder");
    let from = tree.path().to_str().expect("a name");
    git(bare.path(), &["clone", "-q", "--bare", from, "bare.git"]);
    let bare = bare.path().join("bare.git");
    apply(&bare, &[])
        .exits(2)
        .says(&["is a bare repository", "--rev HEAD"]);
    let words = [
        "diff",
        "rename",
        "--set",
        "from=foo_get",
        "--set",
        "to=foo_acquire",
    ];
    respin(&bare, &[&words[..], &["--rev", "HEAD"]].concat()).exits(0);
}

#[test]
fn a_folder_that_cannot_be_written_to_stays_as_it_is() {
    use std::os::unix::fs::PermissionsExt;
    let tree = repository();
    let locked = tree.path().join("drivers");
    let mode = |mode| std::fs::set_permissions(&locked, std::fs::Permissions::from_mode(mode));
    mode(0o555).expect("a mode");
    respin_with_permissions(tree.path(), &words(&[]))
        .exits(2)
        .says(&["no file was changed"]);
    mode(0o755).expect("a mode");
    assert_eq!(text(tree.path()), BEFORE);
}

#[test]
fn a_killed_run_is_completed_or_taken_back_by_the_next_one() {
    const FILES: usize = 60;
    let tree = repository();
    let name = |number: usize| format!("drivers/d{}/f{number}.c", number % 50);
    for number in 0..FILES {
        write(tree.path(), &name(number), BEFORE);
    }
    git(tree.path(), &["add", "."]);
    git(tree.path(), &["commit", "-q", "-m", "two"]);
    let journal = tree.path().join(".git/respin");
    let words = [
        "apply",
        "rename",
        "--set",
        "from=foo_get",
        "--set",
        "to=foo_acquire",
    ];
    for delay in [0, 3, 30, 100] {
        let mut child = respin_in(tree.path())
            .args(words)
            .stderr(std::process::Stdio::null())
            .spawn()
            .expect("respin runs");
        while !journal.exists() && child.try_wait().expect("a state").is_none() {
            std::thread::sleep(Duration::from_micros(200));
        }
        std::thread::sleep(Duration::from_millis(delay));
        let _ = child.kill();
        child.wait().expect("an end");
        if journal.join("journal").exists() {
            // Only `apply` writes, so the others don't touch what was begun.
            respin(tree.path(), &[&["check"], &words[1..]].concat())
                .exits(2)
                .says(&["respin apply"]);
        }
        apply(tree.path(), &[]).exits(0);
        for number in 0..FILES {
            let text = std::fs::read_to_string(tree.path().join(name(number))).expect("a file");
            assert_eq!(text, AFTER, "after {delay} ms: {}", name(number));
        }
        git(tree.path(), &["reset", "-q", "--hard"]);
        let left = git(tree.path(), &["status", "--short", "--ignored"]);
        assert_eq!(left, "", "after {delay} ms");
    }
}
