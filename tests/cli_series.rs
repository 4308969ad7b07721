//! `respin series`: what it writes where, and that git takes it.

mod cli_common;

use std::path::{Path, PathBuf};
use std::process::Command;

use cli_common::{Ran, finish, foo_repository, foo_series as series, git, respin_in, write};

/// A repository with a function, its prototype, and users in three drivers.
fn repository() -> tempfile::TempDir {
    let users = ["ant", "bee", "cow"].map(|driver| {
        let text = format!("int {driver}(struct foo *foo)\n{{\n\treturn foo_get(foo);\n}}\n");
        (format!("drivers/{driver}/{driver}.c"), text)
    });
    foo_repository(&users)
}

/// Runs the line that was said: the command that takes the series.
fn take(tree: &Path, ran: &Ran) {
    let mut lines = ran.stderr.lines().map(str::trim);
    let command = lines.find(|line| line.starts_with("git am")).expect("a command");
    let output = Command::new("sh")
        .args(["-c", command])
        .current_dir(tree)
        .env("HOME", tree)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .output()
        .expect("sh runs");
    assert!(
        output.status.success(),
        "{command}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}

fn read(path: PathBuf) -> String {
    std::fs::read_to_string(path).expect("a patch")
}

#[test]
fn one_patch_that_git_takes() {
    let tree = repository();
    let ran = series(tree.path(), &["-o", "out", "-s"]).exits(0);
    let file = ran.stdout.trim_end();
    assert!(file.starts_with("out/0001-") && !file.contains('\n'), "{file}");
    let patch = read(tree.path().join(file));
    for words in [
        "\nSubject: [PATCH] ",
        ": rename foo_get() to foo_acquire()\n",
        "\nThe tokens of all 5 changed files are the same before and after but for",
        "from the transform rename\n(from=foo_get, to=foo_acquire): 6 places in 5 files.",
        "\nSigned-off-by: Test Author <author@example.org>\n---\n",
        "\nbase-commit: ",
    ] {
        assert!(patch.contains(words), "{words:?} is not in:\n{patch}");
    }
    // The same run gives the same bytes, and replaces what it wrote.
    let again = series(tree.path(), &["-o", "out", "-s", "-j", "1"]).exits(0);
    assert_eq!(again.stdout, ran.stdout);
    assert_eq!(read(tree.path().join(ran.stdout.trim())), patch);
    assert_eq!(git(tree.path(), &["status", "--short", "-uno"]), "");
    take(tree.path(), &ran);
    git(tree.path(), &["diff", "--exit-code", "HEAD"]);
    let left = Command::new("git")
        .args(["grep", "-w", "foo_get"])
        .current_dir(tree.path())
        .status();
    assert_eq!(left.expect("git runs").code(), Some(1));
}

#[test]
fn split_series_start_with_the_new_name_and_end_without_the_old_one() {
    let tree = repository();
    let ran = series(tree.path(), &["-o", "out", "--split", "driver", "-v", "2"]).exits(0);
    let files: Vec<&str> = ran.stdout.lines().collect();
    let subjects: Vec<String> = files
        .iter()
        .map(|file| {
            let text = read(tree.path().join(file));
            // The prefix is not what this test is about.
            let (_, subject) = text.split_once("\nSubject: ").expect("a subject");
            let (number, rest) = subject.split_once("] ").expect("a number");
            let rest = rest.replace("\n ", " ");
            let line = rest.lines().next().unwrap_or_default();
            let (_, summary) = line.rsplit_once(": ").expect("a prefix");
            format!("{number}] {summary}")
        })
        .collect();
    assert_eq!(
        subjects,
        [
            "[PATCH v2 0/5] rename foo_get() to foo_acquire()",
            "[PATCH v2 1/5] introduce foo_acquire() as the new name of foo_get()",
            "[PATCH v2 2/5] use foo_acquire() instead of foo_get()",
            "[PATCH v2 3/5] use foo_acquire() instead of foo_get()",
            "[PATCH v2 4/5] use foo_acquire() instead of foo_get()",
            "[PATCH v2 5/5] remove the old name foo_get()",
        ]
    );
    take(tree.path(), &ran);
    assert_eq!(git(tree.path(), &["rev-list", "--count", "HEAD"]), "6");
}

#[test]
fn a_patch_tells_what_was_checked_of_it_and_the_cover_letter_of_all() {
    let tree = repository();
    let ran = series(tree.path(), &["-o", "out", "--split", "driver"]).exits(0);
    let tested = |file: &str| {
        let text = read(tree.path().join(file)).replace('\n', " ");
        let before = text
            .split(" It was not compiled or run.")
            .next()
            .unwrap_or_default();
        let start = before.find("The tokens").or(before.find("A second parser"));
        start.map(|start| before[start..].to_owned()).unwrap_or_default()
    };
    let tokens = "The tokens of the changed file are the same before and after but for the name.";
    let function = "A second parser of C took the changed function before and after.";
    let user = format!("{tokens} {function}");
    let said: Vec<String> = ran.stdout.lines().map(tested).collect();
    assert_eq!(
        said,
        [
            "The tokens of all 5 changed files are the same before and after but for the name. A second parser of C took \
             all 4 changed functions before and after. This was checked with all patches applied.",
            function,
            &user,
            &user,
            &user,
            "",
        ]
    );
}

#[test]
fn a_tree_that_holds_the_change_already_is_told_from_one_that_uses_the_name() {
    let tree = repository();
    // Something that is renamed still, so that the run does not end as one with nothing to do.
    let rename = |arguments: &[&str]| {
        let names = ["rename", "--set", "from=foo_get", "--set", "to=foo_acquire"];
        let words = [&arguments[..1], &names, &arguments[1..]].concat();
        finish(respin_in(tree.path()).args(words))
    };
    rename(&["apply"]).exits(0);
    let user = "int dog(struct foo *foo)\n{\n\treturn foo_get(foo);\n}\n";
    write(tree.path(), "drivers/dog/dog.c", user);
    let ran = rename(&["series", "-o", "out"]).exits(2).says(&[
        "error[name-in-use]: the tree holds `foo_acquire` already as a change that is not committed",
        "with `--rev HEAD`, or once `git stash`",
    ]);
    assert_eq!(ran.stderr.matches("error[").count(), 1, "{}", ran.stderr);
    rename(&["series", "-o", "out", "--rev", "HEAD"]).exits(0);

    git(tree.path(), &["commit", "-q", "-a", "-m", "two"]);
    rename(&["diff"]).exits(2).says(&[
        "error[name-in-use]: the tree holds `foo_acquire` already\n",
        "with `--rev` and a commit before the change",
    ]);
    rename(&["diff", "--rev", "HEAD~1"]).exits(0);
}

#[test]
fn commits_on_a_branch_leave_the_files_alone() {
    let tree = repository();
    let head = git(tree.path(), &["rev-parse", "HEAD"]);
    let ran = series(tree.path(), &["--branch", "renamed"])
        .exits(0)
        .says(&["1 patch on the branch renamed"]);
    assert_eq!(ran.stdout, "");
    assert_eq!(git(tree.path(), &["rev-parse", "HEAD"]), head);
    assert_eq!(git(tree.path(), &["status", "--short"]), "");
    assert_eq!(git(tree.path(), &["rev-parse", "renamed~1"]), head);
    let text = git(tree.path(), &["show", "renamed:include/foo.h"]);
    assert_eq!(text, "int foo_acquire(struct foo *foo);");
    series(tree.path(), &["--branch", "renamed"])
        .exits(2)
        .says(&["renamed"]);
    series(tree.path(), &["--branch", "--x"]).exits(2);
}

#[test]
fn json_lists_patches_and_mails() {
    let tree = repository();
    let ran = series(tree.path(), &["-o", "out", "--split", "file", "--json"]).exits(0);
    let run: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!(run["schema"], "respin.run/1");
    let series = &run["series"];
    assert_eq!(series["base"], git(tree.path(), &["rev-parse", "HEAD"]).as_str());
    let files = |number: usize| series["patches"][number]["files"].to_string();
    assert_eq!(files(0), r#"["include/foo.h","lib/foo.c"]"#);
    assert_eq!(files(1), r#"["drivers/ant/ant.c"]"#);
    assert_eq!(files(4), r#"["include/foo.h"]"#);
    assert_eq!(series["mails"].as_array().map(Vec::len), Some(6));
}

#[test]
fn flags_that_make_no_sense_are_refused() {
    let tree = repository();
    series(tree.path(), &[])
        .exits(2)
        .says(&["--output-directory", "--branch"]);
    series(tree.path(), &["-o", "out", "--split", "drivers"])
        .exits(2)
        .says(&["there is no grouping `drivers`", "did you mean `driver`?"]);
    series(tree.path(), &["-o", "out", "--base", "nowhere"]).exits(2);
    series(tree.path(), &["-o", "out", "--start-number", "0"]).exits(2);
    series(tree.path(), &["-o", "out", "--cover-letter", "--no-cover-letter"]).exits(2);
    assert!(!tree.path().join("out").exists());
    write(tree.path(), "file", "");
    series(tree.path(), &["-o", "file"]).exits(2);
}

#[test]
fn nothing_to_do_makes_no_series() {
    let tree = repository();
    let words = [
        "series",
        "rename",
        "--set",
        "from=nobody",
        "--set",
        "to=somebody",
        "-o",
        "out",
    ];
    finish(respin_in(tree.path()).args(words))
        .exits(0)
        .says(&["nothing changes, so there is no series"]);
    assert!(!tree.path().join("out").exists());
}

#[test]
fn a_patch_that_was_edited_is_not_replaced_silently() {
    let tree = repository();
    let ran = series(tree.path(), &["-o", "out"]).exits(0);
    let file = tree.path().join(ran.stdout.trim());
    let edited = read(file.clone()).replace("No behaviour", "Not a bit of behaviour");
    std::fs::write(&file, &edited).expect("a patch");
    series(tree.path(), &["-o", "out"])
        .exits(2)
        .says(&["were edited", "rename-foo_get"]);
    assert_eq!(read(file.clone()), edited);
    series(tree.path(), &["-o", "out", "--force"]).exits(0);
    assert_ne!(read(file), edited);
}

#[test]
fn a_folder_of_a_repository_is_a_tree_of_its_own() {
    let tree = repository();
    std::fs::create_dir_all(tree.path().join("third party/kernel")).expect("a new folder");
    for folder in ["include", "lib", "drivers"] {
        git(
            tree.path(),
            &["mv", folder, &format!("third party/kernel/{folder}")],
        );
    }
    git(tree.path(), &["commit", "-q", "-m", "further down"]);
    let inside = tree.path().join("third party/kernel");
    let out = tree.path().join("out");
    let ran = series(&inside, &["-o", out.to_str().expect("a path"), "--split", "file"])
        .exits(0)
        .says(&["the tree is the folder third party/kernel of its repository"]);
    let patch = read(PathBuf::from(ran.stdout.lines().nth(1).expect("a patch")));
    assert!(
        patch.contains("\ndiff --git a/include/foo.h b/include/foo.h\n"),
        "{patch}"
    );
    assert!(!patch.contains("base-commit"), "{patch}");
    git(tree.path(), &["checkout", "-q", "-b", "taken"]);
    take(&inside, &ran);
    assert_eq!(git(tree.path(), &["rev-list", "--count", "main..taken"]), "5");
    assert_eq!(
        git(
            tree.path(),
            &["grep", "-c", "foo_acquire", "--", "third party/kernel/lib"]
        )
        .lines()
        .count(),
        1
    );
    series(&inside, &["--branch", "b"]).exits(2);
}
