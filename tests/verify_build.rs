//! `respin verify --build`: each object that the patches touch compiles after each patch, or the patch that breaks is named.

mod cli_common;

use std::path::Path;

use cli_common::{Ran, finish, git, respin_in, write};
use serde_json::Value;

/// As much of a kernel's make as is asked for.
const MAKEFILE: &str = "\
defconfig:\n\t@echo CONFIG_ANT=y > .config\n\
olddefconfig:\n\t@grep -v CONFIG_GONE .config > .new; mv .new .config\n\
%.o: %.c FORCE\n\t@gcc $(KCFLAGS) -Iinclude -Werror=implicit-function-declaration -c -o $@ $<\n\
%.i: %.c FORCE\n\t@gcc $(KCFLAGS) -Iinclude -E -o $@ $<\n\
FORCE:\n";

const HEADER: &str = "struct foo { int count; };\nint foo_get(struct foo *foo);\nint ant(struct foo *foo);\n";
const FOO: &str = "#include <foo.h>\nint foo_get(struct foo *foo)\n{\n\treturn foo->count++;\n}\n";
const ANT: &str = "#include <foo.h>\nint ant(struct foo *foo)\n{\n\treturn foo_get(foo);\n}\n";
const COW: &str = "#include <no-such-header.h>\nint cow(struct foo *foo)\n{\n\treturn foo_get(foo);\n}\n";

fn repository() -> tempfile::TempDir {
    let tree = tempfile::tempdir().expect("a scratch folder");
    for (path, text) in [
        ("Makefile", MAKEFILE),
        ("include/foo.h", HEADER),
        ("lib/foo.c", FOO),
        ("drivers/ant/ant.c", ANT),
        ("drivers/cow/cow.c", COW),
        ("drivers/cow/Makefile", "obj-$(CONFIG_GONE) += cow.o\n"),
        ("tools/x.c", "int foo_get(void);\n"),
    ] {
        write(tree.path(), path, text);
    }
    git(tree.path(), &["init", "-q", "-b", "main"]);
    git(tree.path(), &["config", "user.name", "Test Author"]);
    git(tree.path(), &["config", "user.email", "author@example.org"]);
    git(tree.path(), &["add", "."]);
    git(tree.path(), &["commit", "-q", "-m", "one"]);
    git(tree.path(), &["checkout", "-q", "-b", "made"]);
    tree
}

fn commit(tree: &Path, files: &[(&str, &str)]) {
    for (path, text) in files {
        write(tree, path, text);
    }
    let what = files[0].0.replace(['/', '.'], " ");
    let message = format!("x: change {what}\n\nText.\n\nSigned-off-by: Test Author <author@example.org>");
    git(tree, &["add", "."]);
    git(tree, &["commit", "-q", "-m", &message]);
}

fn verify(tree: &Path, more: &[&str]) -> Ran {
    finish(
        respin_in(tree)
            .args(["verify", "main..made", "--build", "-j", "1", "--no-checkpatch"])
            .args(more),
    )
}

/// The result of the build of each patch, and all that was found in it.
fn built(tree: &Path, code: i32) -> (Vec<String>, String) {
    let ran = verify(tree, &["--json"]).exits(code);
    let report: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    let mut results = Vec::new();
    let mut words = report["not_done"].to_string();
    for patch in report["patches"].as_array().expect("patches") {
        let checks = patch["checks"].as_array().expect("checks");
        let check = checks
            .iter()
            .find(|check| check["name"] == "builds")
            .expect("a build");
        results.push(check["result"].as_str().expect("a word").to_owned());
        words += &check["findings"].to_string();
    }
    (results, words)
}

#[test]
fn a_good_series_builds_after_each_patch() {
    let tree = repository();
    let both = HEADER.replace("int ant", "int foo_acquire(struct foo *foo);\nint ant");
    let definition = FOO.to_owned() + &FOO[FOO.find("int").unwrap_or(0)..].replace("foo_get", "foo_acquire");
    commit(
        tree.path(),
        &[("lib/foo.c", &definition), ("include/foo.h", &both)],
    );
    let converted = ANT.replace("foo_get", "foo_acquire");
    commit(
        tree.path(),
        &[("drivers/ant/ant.c", &converted), ("tools/x.c", "int x;\n")],
    );
    let cow = COW.replace("foo_get", "foo_acquire");
    commit(tree.path(), &[("drivers/cow/cow.c", &cow)]);
    let head = git(tree.path(), &["status", "--short"]);
    let ran = verify(tree.path(), &[]).exits(0).says(&[
        "drivers/cow/cow.c was not compiled: CONFIG_GONE cannot be set here",
        "2 objects compiled after each patch; not linked, not run",
    ]);
    assert_eq!(ran.stdout.matches("builds: ok").count(), 1, "{}", ran.stdout);
    assert!(
        ran.stdout
            .contains("drivers/cow/cow.c:4: changed, and not compiled"),
        "{}",
        ran.stdout
    );
    assert!(
        ran.stdout.contains("tools/x.c:1: changed, and not compiled"),
        "{}",
        ran.stdout
    );
    assert_eq!(git(tree.path(), &["status", "--short"]), head);
    assert_eq!(git(tree.path(), &["worktree", "list"]).lines().count(), 1);
}

#[test]
fn a_caller_that_is_converted_too_early_is_found() {
    let tree = repository();
    let converted = ANT.replace("foo_get", "foo_acquire");
    commit(tree.path(), &[("lib/foo.c", &FOO.replace("count++", "count--"))]);
    commit(tree.path(), &[("drivers/ant/ant.c", &converted)]);
    commit(
        tree.path(),
        &[("include/foo.h", &HEADER.replace("foo_get", "foo_acquire"))],
    );
    let (results, words) = built(tree.path(), 3);
    assert_eq!(results, ["ok", "failed", "not-done"]);
    assert!(
        words.contains("implicit declaration of function") && words.contains("drivers/ant/ant.o"),
        "{words}"
    );
}

#[test]
fn a_prototype_that_is_missing_is_found() {
    let tree = repository();
    let definition = FOO.to_owned() + "int foo_acquire(struct foo *foo)\n{\n\treturn foo->count;\n}\n";
    commit(tree.path(), &[("lib/foo.c", &definition)]);
    commit(
        tree.path(),
        &[("drivers/ant/ant.c", &ANT.replace("foo_get", "foo_acquire"))],
    );
    let (results, words) = built(tree.path(), 3);
    assert_eq!(results, ["failed", "failed"]);
    assert!(
        words.contains("no previous prototype for") && words.contains("implicit declaration"),
        "{words}"
    );
}

#[test]
fn lines_that_are_left_out_are_named() {
    let tree = repository();
    let text = ANT.replace(
        "\treturn",
        "#ifdef CONFIG_BEE\n\tfoo_get(foo);\n\tfoo_get(foo);\n#endif\n\treturn",
    );
    commit(tree.path(), &[("drivers/ant/ant.c", &text)]);
    let (results, words) = built(tree.path(), 0);
    assert_eq!(results, ["remarks"]);
    assert!(
        words.contains("not compiled by this configuration: lines 5-6"),
        "{words}"
    );
}

#[test]
fn without_tools_it_says_what_was_not_done() {
    let tree = repository();
    commit(
        tree.path(),
        &[("drivers/ant/ant.c", &ANT.replace("foo_get(foo)", "1"))],
    );
    let empty = tempfile::tempdir().expect("a folder");
    let arguments = ["verify", "main..made", "--build", "--no-checkpatch"];
    let ran = finish(respin_in(tree.path()).args(arguments).env("PATH", empty.path()));
    ran.exits(3).says(&["Nothing was compiled: make cannot be run"]);
    verify(tree.path(), &["--config", "/no/such/file"])
        .exits(3)
        .says(&["/no/such/file cannot be read"]);
    write(tree.path(), "config", "CONFIG_ANT=y\n");
    verify(tree.path(), &["--config", "config"]).exits(0);
    finish(respin_in(tree.path()).args(["verify", "main..made", "--config", "config"])).exits(2);
}

#[test]
fn nothing_is_written_through_a_link_of_the_tree() {
    let tree = repository();
    let outside = tempfile::tempdir().expect("a folder");
    git(tree.path(), &["checkout", "-q", "main"]);
    std::os::unix::fs::symlink(outside.path(), tree.path().join("out")).expect("a link");
    git(tree.path(), &["add", "out"]);
    git(tree.path(), &["commit", "-q", "-m", "a link"]);
    let patch = "From 1234567890123 Mon Sep 17 00:00:00 2001\nFrom: A <a@b>\nSubject: [PATCH] x: y\n\ntext\n---\n x | 1 +\n\n\
        diff --git a/out/x.c b/out/x.c\nnew file mode 100644\nindex 0000000..1111111\n--- /dev/null\n+++ b/out/x.c\n\
        @@ -0,0 +1 @@\n+int x;\n-- \nv\n";
    write(tree.path(), "patches/0001-x.patch", patch);
    let ran = finish(respin_in(tree.path()).args(["verify", "patches", "--build", "--no-checkpatch"]));
    assert_eq!(ran.code, 3, "{}{}", ran.stdout, ran.stderr);
    assert_eq!(std::fs::read_dir(outside.path()).expect("a folder").count(), 0);
    assert!(
        ran.stdout.contains("below a file or a symbolic link"),
        "{}",
        ran.stdout
    );
}

#[test]
fn a_run_that_is_stopped_leaves_nothing_behind() {
    let tree = repository();
    git(tree.path(), &["checkout", "-q", "main"]);
    write(
        tree.path(),
        "Makefile",
        "defconfig:\n\t@touch started; sleep 300\n",
    );
    git(
        tree.path(),
        &["commit", "-q", "-a", "-m", "a make that takes its time"],
    );
    git(tree.path(), &["checkout", "-q", "-B", "made"]);
    commit(
        tree.path(),
        &[("drivers/ant/ant.c", &ANT.replace("foo_get(foo)", "1"))],
    );
    let scratch = tempfile::tempdir().expect("a folder");
    let child = respin_in(tree.path())
        .args(["verify", "main..made", "--build", "--no-checkpatch"])
        .env("TMPDIR", scratch.path())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("respin runs");
    let has_started = || {
        let folders = std::fs::read_dir(scratch.path()).expect("a folder").flatten();
        folders
            .into_iter()
            .any(|folder| folder.path().join("started").exists())
    };
    let begun = std::time::Instant::now();
    while !has_started() && begun.elapsed().as_secs() < 60 {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let kill = std::process::Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(kill.expect("kill runs").success());
    let output = child.wait_with_output().expect("respin ends");
    assert_eq!(output.status.code(), Some(130));
    assert_eq!(std::fs::read_dir(scratch.path()).expect("a folder").count(), 0);
}
