//! `respin series --range-diff` and `--interdiff`: what changed since an earlier version, as git says it.

mod cli_common;
mod common;

use std::path::Path;

use cli_common::{Ran, finish, foo_repository, foo_series, git, respin_in};

/// The small tree as a repository.
fn small() -> tempfile::TempDir {
    let tree = tempfile::tempdir().expect("a scratch folder");
    common::copy_tree(&common::small_tree(), tree.path());
    git(tree.path(), &["init", "-q", "-b", "main"]);
    git(tree.path(), &["add", "-f", "."]);
    git(tree.path(), &["commit", "-q", "-m", "one"]);
    tree
}

fn series(tree: &Path, words: &[&str]) -> Ran {
    let mut command = respin_in(tree);
    command
        .arg("series")
        .args(words)
        .env("SOURCE_DATE_EPOCH", "1700000000");
    for role in ["AUTHOR", "COMMITTER"] {
        command.env(format!("GIT_{role}_NAME"), "J\u{f6} Test");
        command.env(format!("GIT_{role}_EMAIL"), "jo@example.org");
    }
    finish(&mut command)
}

/// The only file of a folder whose name holds `words`.
fn mail(folder: &Path, words: &str) -> String {
    let mut names: Vec<_> = std::fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.to_string_lossy().contains(words))
        .collect();
    assert_eq!(names.len(), 1, "{words}: {names:?}");
    String::from_utf8_lossy(&std::fs::read(names.remove(0)).expect("a mail")).into_owned()
}

/// From the interdiff on, without the signature.
fn comparison(mail: &str) -> &str {
    let start = mail.find("Interdiff against v1:").expect("an interdiff");
    let end = mail.rfind("\n-- \n").expect("a signature");
    &mail[start..end]
}

#[test]
fn git_says_the_same_of_two_versions() {
    for (transform, first, second) in [
        ("vm_insert_range", &[][..], &["--unsafe"][..]),
        (
            "vmf_insert_page",
            &["--unsafe", "--set", "only=vm_insert_page"],
            &["--set", "only=vm_insert_page"],
        ),
        (
            "vm_insert_range",
            &["--split", "directory"],
            &["--split", "maintainer", "--signoff"],
        ),
        (
            "rename",
            &["--set", "from=vm_insert_pfn", "--set", "to=vma_put"],
            &["--set", "from=vm_insert_pfn", "--set", "to=vm_insert_frame"],
        ),
        (
            "rename",
            &["--set", "from=vm_insert_page", "--set", "to=vma_put"],
            &["--set", "from=vm_insert_page", "--set", "to=vma_fill", "-s"],
        ),
    ] {
        let tree = small();
        let ran = series(
            tree.path(),
            &[&[transform, "--branch", "first", "-o", "v1"], first].concat(),
        )
        .exits(0);
        if ran.stdout.is_empty() {
            continue;
        }
        for earlier in ["v1", "first"] {
            let more = [
                "-v",
                "2",
                "--range-diff",
                earlier,
                "--interdiff",
                earlier,
                "-o",
                "ours",
                "--force",
            ];
            let branch = format!("second-{earlier}");
            series(
                tree.path(),
                &[&[transform, "--branch", &branch][..], &more, second].concat(),
            )
            .exits(0);
            let range = format!("main..{branch}");
            let count = git(tree.path(), &["rev-list", "--count", &range]);
            let cover = if count.trim() == "1" {
                "--no-cover-letter"
            } else {
                "--cover-letter"
            };
            git(
                tree.path(),
                &[
                    "format-patch",
                    "-q",
                    "-v2",
                    "--base=main",
                    "--range-diff=main..first",
                    "--interdiff=first",
                    "--creation-factor=999",
                    cover,
                    "-o",
                    "theirs",
                    &range,
                ],
            );
            let which = if count.trim() == "1" { "v2-0001" } else { "v2-0000" };
            let (ours, theirs) = (
                mail(&tree.path().join("ours"), which),
                mail(&tree.path().join("theirs"), which),
            );
            assert_eq!(
                comparison(&ours),
                comparison(&theirs),
                "{transform} {second:?} {earlier}"
            );
            std::fs::remove_dir_all(tree.path().join("ours")).expect("it goes");
            std::fs::remove_dir_all(tree.path().join("theirs")).expect("it goes");
        }
    }
}

fn user(name: &str, more: &str) -> (String, String) {
    let text = format!("int {name}(struct foo *foo)\n{{\n\treturn foo_get(foo){more};\n}}\n");
    (format!("drivers/{name}/{name}.c"), text)
}

#[test]
fn tags_stay_where_the_change_is_the_same() {
    let tree = foo_repository(&["ant", "bee", "cow"].map(|name| user(name, "")));
    foo_series(tree.path(), &["-s", "--split", "file", "-o", "v1"]).exits(0);
    let folder = tree.path().join("v1");
    for entry in std::fs::read_dir(&folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let text = std::fs::read_to_string(&path).expect("a mail");
        let tags = "\n\nReviewed-by: R <r@example.org>\nFixes: nothing\nSigned-off-by: ";
        std::fs::write(&path, text.replace("\n\nSigned-off-by: ", tags)).expect("a mail");
    }
    // One driver is not what it was, and another one is gone.
    let (path, text) = user("bee", " + 1");
    cli_common::write(tree.path(), &path, text);
    let (path, _) = user("cow", "");
    cli_common::write(tree.path(), &path, "int cow;\n");
    git(tree.path(), &["commit", "-q", "-a", "-m", "two"]);
    let ran = foo_series(
        tree.path(),
        &[
            "-s",
            "--split",
            "file",
            "-v",
            "2",
            "--range-diff",
            "v1",
            "-o",
            "v2",
        ],
    )
    .exits(0)
    .says(&["tags-dropped", "Reviewed-by: R <r@example.org>"]);
    let second = tree.path().join("v2");
    let tagged = "\nReviewed-by: R <r@example.org>\nSigned-off-by: Test Author <author@example.org>\n---\n";
    let ant = mail(&second, "ant");
    assert!(
        ant.contains(&format!("{tagged}Changes in v2: the tags only.\n\n")),
        "{ant}"
    );
    let bee = mail(&second, "bee");
    assert!(!bee.contains("Reviewed-by"), "{bee}");
    assert!(
        bee.contains("\n---\nChanges in v2: see the range-diff.\n\n"),
        "{bee}"
    );
    let cover = mail(&second, "0000");
    assert!(cover.contains("\nRange-diff against v1:\n1:  "), "{cover}");
    assert!(
        cover
            .lines()
            .any(|line| line.contains(" < -:  -------") && line.contains("cow")),
        "{cover}"
    );
    // git takes it, and what stands below the line is no part of a commit.
    let patches: Vec<&str> = ran.stdout.lines().skip(1).collect();
    git(tree.path(), &[&["am", "-q"], &patches[..]].concat());
    assert!(!git(tree.path(), &["log", "--format=%B"]).contains("Changes in v2"));
}

/// Puts a tag into each mail of a folder whose name holds `words`.
fn tag(folder: &Path, words: &str, tag: &str) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.to_string_lossy().contains(words) {
            let text = std::fs::read_to_string(&path).expect("a mail");
            let text = text.replacen("\n---\n", &format!("\n{tag}\n---\n"), 1);
            std::fs::write(&path, text).expect("a mail");
        }
    }
}

#[test]
fn what_is_new_in_the_tags_is_said() {
    let tree = foo_repository(&["ant", "bee"].map(|name| user(name, "")));
    let again = |version: &str, earlier: &str, folder: &str, more: &[&str]| {
        let flags = [
            "--split",
            "file",
            "-v",
            version,
            "--range-diff",
            earlier,
            "-o",
            folder,
        ];
        foo_series(tree.path(), &[&flags[..], more].concat()).exits(0);
        tree.path().join(folder)
    };
    foo_series(tree.path(), &["--split", "file", "-o", "v1"]).exits(0);
    let second = again("2", "v1", "v2", &["-s"]);
    assert!(mail(&second, "ant").contains("\nChanges in v2: tags added.\n\n"));
    // Wherever the tag was put, the sign-off is last.
    tag(&second, "ant", "Reviewed-by: R <r@example.org>");
    let third = again("3", "v2", "v3", &["-s"]);
    let ant = mail(&third, "ant");
    let last = "\n\nReviewed-by: R <r@example.org>\nSigned-off-by: Test Author <author@example.org>\n---\n";
    assert!(
        ant.contains(&format!("{last}Changes in v3: tags added.\n\n")),
        "{ant}"
    );
    assert!(mail(&third, "bee").contains("\nChanges in v3: none.\n\n"));
    // A tag that the earlier version was written with is nothing new.
    let fourth = again("4", "v3", "v4", &["-s"]);
    let ant = mail(&fourth, "ant");
    assert!(ant.contains(&format!("{last}Changes in v4: none.\n\n")), "{ant}");
    let fifth = again("5", "v4", "v5", &[]);
    assert!(mail(&fifth, "ant").contains("\nChanges in v5: tags removed.\n\n"));
}

#[test]
fn no_tag_goes_without_a_word() {
    let users = ["ant", "bee", "cow"].map(|name| user(name, ""));
    for flag in ["--range-diff", "--interdiff"] {
        let tree = foo_repository(&users);
        foo_series(tree.path(), &["-s", "--split", "file", "-o", "v1"]).exits(0);
        let folder = tree.path().join("v1");
        tag(&folder, "ant", "\nReviewed-by: R <r@example.org>");
        tag(
            &folder,
            "bee",
            "Tested-by: T <t@example.org>\nAcked-by: A <a@example.org>",
        );
        let again = ["-s", "--split", "file", "-v", "2", flag, "v1"];
        // Under another name, all changes and all subjects are others.
        let other = [
            "rename",
            "--set",
            "from=foo_get",
            "--set",
            "to=foo_take",
            "-o",
            "v2",
        ];
        let ran = series(tree.path(), &[&other[..], &again].concat()).exits(0);
        let warned: Vec<&str> = ran
            .stderr
            .lines()
            .filter(|line| line.contains("tags-dropped"))
            .collect();
        assert_eq!(warned.len(), 2, "{}", ran.stderr);
        for (line, words) in warned.iter().zip([
            ["Reviewed-by: R <r@example.org>", "ant", " in v1)", "foo_take"],
            [
                "Tested-by: T <t@example.org>, Acked-by: A",
                "bee",
                " in v1)",
                "foo_take",
            ],
        ]) {
            for word in words {
                assert!(line.contains(word), "{word}: {line}");
            }
        }
        // A tag in a paragraph of its own is one, too; and a patch may be gone.
        cli_common::write(tree.path(), &users[1].0, "int bee;\n");
        git(tree.path(), &["commit", "-q", "-a", "-m", "two"]);
        if flag == "--interdiff" {
            // It compares versions on the same tree only.
            continue;
        }
        let ran = foo_series(tree.path(), &[&again[..], &["-o", "v3"]].concat()).exits(0);
        let ant = mail(&tree.path().join("v3"), "ant");
        assert!(
            ant.contains("\nReviewed-by: R <r@example.org>\nSigned-off-by: "),
            "{ant}"
        );
        assert!(
            ran.stderr
                .contains("no patch has its subject or its change any more"),
            "{}",
            ran.stderr
        );
        assert_eq!(ran.stderr.matches("tags-dropped").count(), 1, "{}", ran.stderr);
    }
}

#[test]
fn an_earlier_version_has_to_be_there() {
    let tree = foo_repository(&[user("ant", "")]);
    for wrong in ["nowhere", "HEAD..nowhere", "v9-branch"] {
        foo_series(tree.path(), &["-v", "2", "--range-diff", wrong, "-o", "out"])
            .exits(2)
            .says(&[&format!(
                "--range-diff={wrong} names neither a folder nor commits"
            )]);
    }
    foo_series(tree.path(), &["--split", "file", "-o", "v1"]).exits(0);
    foo_series(
        tree.path(),
        &[
            "--split",
            "file",
            "--no-cover-letter",
            "--range-diff",
            "v1",
            "-o",
            "out",
        ],
    )
    .exits(2)
    .says(&["stand in the cover letter, and there is none"]);
    assert!(!tree.path().join("out").exists());
}
