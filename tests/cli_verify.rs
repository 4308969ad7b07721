//! `respin verify`: what a good series looks like, and that a broken one is told where it is broken.

mod cli_common;

use std::path::Path;

use cli_common::{Ran, finish, git, respin_in, write};
use serde_json::Value;

const MAINTAINERS: &str = "\
ANT
M:\tAnt Person <ant@example.org>
S:\tMaintained
F:\tdrivers/ant/

THE REST
L:\tall@example.org
F:\t*
F:\t*/
";

/// Knows `ugly`, as the script of a tree would know its own.
const CHECKPATCH: &str = r#"
my ($path, $n) = ("-", 0);
if (grep { $_ eq '-f' } @ARGV) {
    open(my $in, '<', $ARGV[-1]) or die "no file";
    while (<$in>) { $n++; print "$ARGV[-1]:$n: WARNING:UGLY: ugly\n" if /ugly/; }
    exit 1;
}
while (<STDIN>) {
    if (/^\+\+\+ b\/(.*)/) { $path = $1 }
    elsif (/^@@ -\S+ \+(\d+)/) { $n = $1 - 1 }
    elsif (/^[ +]/) { $n++; print "$path:$n: WARNING:UGLY: ugly\n" if /^\+.*ugly/; }
}
exit 1;
"#;

fn repository() -> tempfile::TempDir {
    let tree = tempfile::tempdir().expect("a scratch folder");
    write(tree.path(), "MAINTAINERS", MAINTAINERS);
    write(tree.path(), "scripts/checkpatch.pl", CHECKPATCH);
    write(tree.path(), "include/foo.h", "int foo_get(struct foo *foo);\n");
    write(
        tree.path(),
        "lib/foo.c",
        "int foo_get(struct foo *foo)\n{\n\treturn foo->count++;\n}\nEXPORT_SYMBOL(foo_get);\n",
    );
    for driver in ["ant", "bee"] {
        let text = format!("int {driver}(struct foo *foo)\n{{\n\treturn foo_get(foo); /* ugly */\n}}\n");
        write(tree.path(), &format!("drivers/{driver}/{driver}.c"), text);
    }
    git(tree.path(), &["init", "-q", "-b", "main"]);
    git(tree.path(), &["config", "user.name", "Test Author"]);
    git(tree.path(), &["config", "user.email", "author@example.org"]);
    git(tree.path(), &["add", "."]);
    git(tree.path(), &["commit", "-q", "-m", "one"]);
    let mut command = respin_in(tree.path());
    command.args([
        "series",
        "rename",
        "--set",
        "from=foo_get",
        "--set",
        "to=foo_acquire",
    ]);
    command.args(["-s", "-o", "out", "--split", "driver"]);
    finish(command.env("SOURCE_DATE_EPOCH", "1700000000")).exits(0);
    tree
}

fn verify(tree: &Path, more: &[&str]) -> Ran {
    finish(respin_in(tree).arg("verify").args(more))
}

/// The patch whose name holds `number`, after `from` became `to` in it.
fn change(tree: &Path, number: &str, from: &str, to: &str) {
    let entries = std::fs::read_dir(tree.join("out")).expect("a folder");
    let mut files = entries.map(|entry| entry.expect("an entry").path());
    let file = files
        .find(|file| file.to_string_lossy().contains(number))
        .expect("a patch");
    let text = std::fs::read_to_string(&file).expect("a patch");
    assert!(text.contains(from), "{from:?} is not in {text}");
    std::fs::write(&file, text.replace(from, to)).expect("a patch");
}

fn report(tree: &Path, more: &[&str], code: i32) -> Value {
    let ran = verify(tree, &[more, &["--json"]].concat()).exits(code);
    serde_json::from_str(&ran.stdout).expect("JSON")
}

/// The codes of what was found of the patch with this place in the list.
fn codes(report: &Value, patch: usize) -> Vec<String> {
    let checks = report["patches"][patch]["checks"].as_array().expect("checks");
    let findings = checks
        .iter()
        .flat_map(|check| check["findings"].as_array().expect("findings"));
    findings
        .map(|finding| finding["code"].as_str().expect("a code").to_owned())
        .collect()
}

#[test]
fn what_respin_makes_has_no_problems() {
    let tree = repository();
    let ran = verify(tree.path(), &["out"])
        .exits(0)
        .says(&["4 patches checked; no problem found"]);
    assert!(
        ran.stdout
            .contains("applies: ok  parses: ok  checkpatch: ok  message: ok  recipients: ok"),
        "{}",
        ran.stdout
    );
    let report = report(tree.path(), &["out"], 0);
    assert_eq!(report["schema"], "respin.verify/1");
    assert_eq!(report["base"], git(tree.path(), &["rev-parse", "HEAD"]).as_str());
    assert_eq!(report["patches"].as_array().map(Vec::len), Some(5));
    assert_eq!(report["patches"][0]["cover"], true);
    assert_eq!(git(tree.path(), &["status", "--short", "-uno"]), "");

    // The same as commits; nobody is addressed there.
    git(tree.path(), &["checkout", "-q", "-b", "made"]);
    let am = "git am -q --empty=drop out/*.patch";
    let output = std::process::Command::new("sh")
        .args(["-c", am])
        .current_dir(tree.path())
        .output();
    assert!(output.expect("sh runs").status.success());
    let ran = verify(tree.path(), &["main..made"]).exits(0);
    assert!(!ran.stdout.contains("recipients"), "{}", ran.stdout);
    verify(tree.path(), &["made..main"])
        .exits(2)
        .says(&["no commits in made..main"]);
}

#[test]
fn each_defect_is_found_at_its_patch() {
    for (number, from, to, code) in [
        ("0002", "-\treturn foo_get", "-\treturn foo_got", "does-not-apply"),
        (
            "0002",
            "+\treturn foo_acquire(foo);",
            "+\treturn foo_acquire(foo;",
            "not-parsed",
        ),
        (
            "0001",
            "+int foo_acquire(struct foo *foo);",
            "+int foo_acquire(struct foo *foo); /* ugly */",
            "checkpatch",
        ),
        ("0003", "Signed-off-by: Test", "Signed-off-by: Best", ""),
        (
            "0003",
            "\nSigned-off-by: Test Author <author@example.org>",
            "",
            "no-sign-off",
        ),
        (
            "0003",
            "use foo_acquire() instead",
            "use foo_acquire() instead of anything that was there before",
            "long-subject",
        ),
        ("0003", "To: all@example.org\n", "", "no-recipient"),
        ("0003", "To: all@example.org", "To: all", "recipient"),
        ("0003", "[PATCH 3/4]", "[PATCH 2/4]", "number"),
        (
            "0002",
            "Subject: [PATCH 2/4] ant: ",
            "Subject: [PATCH 2/4] bee: ",
            "subject-twice",
        ),
        (
            "0002",
            "To: Ant Person <ant@example.org>",
            "To: all@example.org",
            "recipient-missing",
        ),
    ] {
        let tree = repository();
        change(tree.path(), number, from, to);
        let is_problem = !matches!(code, "" | "recipient-missing");
        let report = report(tree.path(), &["out"], if is_problem { 3 } else { 0 });
        let mut at = number.trim_start_matches('0').parse::<usize>().expect("a number");
        if code == "subject-twice" {
            at += 1;
        }
        let found = codes(&report, at);
        if !code.is_empty() {
            assert!(
                found.contains(&code.to_owned()),
                "{code} is not in {found:?}\n{report}"
            );
        }
        let others = (0..at)
            .flat_map(|patch| codes(&report, patch))
            .collect::<Vec<_>>();
        assert!(others.is_empty(), "{code}: {others:?}");
    }
}

#[test]
fn only_new_complaints_of_checkpatch_count() {
    let tree = repository();
    // Each converted line was ugly before.
    let report = report(tree.path(), &["out"], 0);
    assert_eq!(report["not_done"].to_string(), "[]");
    let ran = verify(tree.path(), &["out", "--no-checkpatch"])
        .exits(0)
        .says(&["checkpatch.pl was not run"]);
    assert!(!ran.stdout.contains("checkpatch"), "{}", ran.stdout);
    std::fs::remove_file(tree.path().join("scripts/checkpatch.pl")).expect("the script");
    // It is in the revision still.
    let ran = verify(tree.path(), &["out"]).exits(0);
    assert!(ran.stdout.contains("checkpatch: ok"), "{}", ran.stdout);
    write(
        tree.path(),
        "scripts/checkpatch.pl",
        "die \"I am \\x1b[31mbroken\\n\";",
    );
    let ran = verify(tree.path(), &["out"]).exits(0);
    assert!(
        ran.stdout
            .contains("not done: checkpatch.pl: it failed: I am [31mbroken"),
        "{}",
        ran.stdout
    );
}

#[test]
fn the_base_is_the_one_that_is_named() {
    let tree = repository();
    write(tree.path(), "drivers/ant/ant.c", "changed\n");
    git(tree.path(), &["commit", "-q", "-a", "-m", "two"]);
    // The patches name the first commit.
    verify(tree.path(), &["out"]).exits(0);
    verify(tree.path(), &["out", "--rev", "HEAD"]).exits(3);
    change(tree.path(), "0000", "base-commit: ", "base-commit: 0000");
    verify(tree.path(), &["out"])
        .exits(3)
        .says(&["is not in the repository"]);
    verify(tree.path(), &["out", "--rev", "nothing"]).exits(2);
    verify(tree.path(), &["nowhere"])
        .exits(2)
        .says(&["neither a folder nor a range"]);
    verify(tree.path(), &["include"])
        .exits(2)
        .says(&["there are no patches in include"]);
    verify(tree.path(), &["HEAD~9..HEAD"]).exits(2);
    verify(tree.path(), &["HEAD~1..HEAD", "--rev", "HEAD"]).exits(2);
}

#[test]
fn a_folder_without_git_serves_as_base() {
    let tree = repository();
    std::fs::remove_dir_all(tree.path().join(".git")).expect("the repository");
    verify(tree.path(), &["out"])
        .exits(0)
        .says(&["is not in the repository"]);
}

#[test]
fn a_mail_that_is_none_is_named() {
    let tree = repository();
    for wrong in [
        &b""[..],
        b"\xff\xfe",
        b"From 1 \n\n",
        b"From a\nSubject: x\n\n---\n",
    ] {
        std::fs::write(tree.path().join("out/0009-x.patch"), wrong).expect("a file");
        verify(tree.path(), &["out"])
            .exits(2)
            .says(&["0009-x.patch is no mail"]);
    }
}

/// A mail with one new file, or with a change of nothing but what `patch` says.
fn mail(tree: &Path, name: &str, patch: &str) {
    let text = format!(
        "From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001\n\
         From: Ant Person <ant@example.org>\nDate: Tue, 14 Nov 2023 22:13:20 +0000\n\
         Subject: [PATCH] ant: do it\n\nBecause.\n\nSigned-off-by: Ant Person <ant@example.org>\n---\n{patch}-- \n2.39\n"
    );
    write(tree, name, text);
}

/// The patch that adds a file of one line.
fn added(path: &str) -> String {
    format!(
        "diff --git a/{path} b/{path}\nnew file mode 100644\nindex 000000000000..1234567890ab\n--- /dev/null\n\
         +++ b/{path}\n@@ -0,0 +1 @@\n+int a;\n"
    )
}

#[test]
fn nothing_in_a_mail_reaches_a_shell_or_the_script() {
    let tree = repository();
    // As the kernel's script does it.
    let naive = CHECKPATCH.replace(
        "if (/^\\+\\+\\+ b\\/(.*)/) { $path = $1 }",
        "if (/^\\+\\+\\+ b\\/(.*)/) { $path = $1; `cat $path`; }",
    );
    assert_ne!(naive, CHECKPATCH);
    write(tree.path(), "scripts/checkpatch.pl", naive);
    let mark = tree.path().join("ran");
    let name = format!("a;touch${{IFS}}{};.c", mark.display()).replace('/', "${PWD%%[!/]*}");
    mail(tree.path(), "in/0001-x.patch", &added(&name));
    let ran = verify(tree.path(), &["in"]);
    assert!(!mark.exists(), "{}", ran.stdout);
    assert!(
        ran.stdout.contains("gives file names to a shell"),
        "{}",
        ran.stdout
    );
}

#[test]
fn what_git_would_not_take_does_not_apply() {
    let tree = repository();
    std::os::unix::fs::symlink("foo.c", tree.path().join("lib/link.c")).expect("a link");
    git(tree.path(), &["add", "lib/link.c"]);
    git(tree.path(), &["commit", "-q", "-m", "a link"]);
    let changed = "diff --git a/include/foo.h b/include/foo.h\nindex 1234567890ab..2234567890ab 100644\n--- a/include/foo.h\n\
        +++ b/include/foo.h\n@@ -1 +1 @@\n-int foo_get(struct foo *foo);\n+int foo_got(struct foo *foo);\n";
    for (patch, words) in [
        (added("lib/foo.c"), "there already"),
        (added("lib/link.c"), "symbolic link"),
        (added("lib/link.c/x.c"), "symbolic link"),
        (added("lib/new.c") + &added("lib/new.c/x.c"), "below a file"),
        (
            changed.replace("+++ b/include/foo.h", "+++ b/lib/foo.c"),
            "no patch as git writes it",
        ),
        (
            changed.replace("index", "old mode 100755\nnew mode 100644\nindex"),
            "does not apply",
        ),
        (
            changed.replace("index", "old mode 100644\nnew mode 100777\nindex"),
            "does not apply",
        ),
        (
            changed.to_owned() + "odd\n@@ -1 +1 @@\n-x\n+y\n",
            "does not apply",
        ),
    ] {
        mail(tree.path(), "in/0001-x.patch", &patch);
        let ran = verify(tree.path(), &["in", "--no-checkpatch"]);
        assert!(
            ran.stdout.contains(words) || ran.stderr.contains(words),
            "{patch}\n{}\n{}",
            ran.stdout,
            ran.stderr
        );
    }
    mail(tree.path(), "in/0001-x.patch", changed);
    let one = std::fs::read_to_string(tree.path().join("in/0001-x.patch")).expect("a mail");
    write(tree.path(), "in/0001-x.patch", one.clone() + &one);
    verify(tree.path(), &["in"])
        .exits(2)
        .says(&["one mail in a file"]);
}
