//! The commands that run a transform over a tree: what they print, what they leave alone, how they end.

mod cli_common;

use std::path::Path;
use std::process::{Command, Stdio};

use cli_common::{finish, git, respin, respin_in, respin_with_permissions, write};

const RENAME: [&str; 5] = ["rename", "--set", "from=foo_get", "--set", "to=foo_acquire"];

/// A tree with something to rename, something to leave alone, and a header that another file shares.
fn tree() -> tempfile::TempDir {
    let tree = tempfile::tempdir().expect("a scratch folder");
    let files = [
        (
            "include/foo.h",
            "/* foo_get() may sleep. */\nint foo_get(struct foo *foo);\nint foo_get_many(struct foo *foo);\n",
        ),
        (
            "lib/foo.c",
            "#include <foo.h>\n\nint foo_get(struct foo *foo)\n{\n\treturn foo->count++;\n}\nEXPORT_SYMBOL(foo_get);\n",
        ),
        (
            "drivers/bar/bar.c",
            "#include <foo.h>\n\nint bar(struct foo *foo)\n{\n\treturn foo_get(foo);\n}\n",
        ),
        (
            "drivers/bar/baz.c",
            "int baz(struct ops *ops)\n{\n\tgoto foo_get;\nfoo_get:\n\treturn ops->foo_get();\n}\n",
        ),
        ("drivers/bar/other.c", "int other;\n"),
    ];
    for (file, text) in files {
        write(tree.path(), file, text);
    }
    tree
}

fn with(command: &str, more: &[&str]) -> Vec<String> {
    let words = [command].into_iter().chain(RENAME).chain(more.iter().copied());
    words.map(str::to_owned).collect()
}

fn apply(tree: &Path, diff: &str) {
    write(tree, "../change.diff", diff);
    let status = Command::new("git")
        .args(["apply", "--whitespace=nowarn", "../change.diff"])
        .current_dir(tree)
        .status();
    assert!(status.expect("git runs").success());
}

#[test]
fn diff_prints_what_git_apply_takes_and_writes_nothing() {
    let outer = tempfile::tempdir().expect("a scratch folder");
    let tree = tree();
    let before = std::fs::read(tree.path().join("lib/foo.c")).expect("a file");
    let ran = respin(tree.path(), &with("diff", &[])).exits(0).says(&[
        "rename: 8 sites in 4 files: 5 rewritten, 3 left alone, 0 unparsed",
        "left alone: 2 [label]",
        "left alone: 1 [member]",
    ]);
    assert!(!ran.stderr.contains("baz.c"), "{}", ran.stderr);
    let after = std::fs::read(tree.path().join("lib/foo.c")).expect("a file");
    assert_eq!(before, after);

    let copy = outer.path().join("tree");
    let status = Command::new("cp").arg("-r").arg(tree.path()).arg(&copy).status();
    assert!(status.expect("cp runs").success());
    apply(&copy, &ran.stdout);
    let text = std::fs::read_to_string(copy.join("include/foo.h")).expect("a file");
    assert_eq!(
        text,
        "/* foo_acquire() may sleep. */\nint foo_acquire(struct foo *foo);\nint foo_get_many(struct foo *foo);\n"
    );
    // A second run finds nothing to do.
    let again = respin(&copy, &with("check", &[])).exits(0);
    assert_eq!(again.stdout, "");

    let verbose = respin(tree.path(), &with("diff", &["-v"])).exits(0);
    verbose.says(&["drivers/bar/baz.c:4:1: foo_get in baz()"]);
    let quiet = respin(tree.path(), &with("diff", &["-q"])).exits(0);
    assert_eq!(quiet.stderr, "");
    assert_eq!(quiet.stdout, ran.stdout);
}

#[test]
fn check_fails_as_long_as_work_is_left() {
    let tree = tree();
    let ran = respin(tree.path(), &with("check", &[])).exits(1);
    assert!(
        ran.stdout.contains("drivers/bar/bar.c:5:9: foo_get in bar()\n"),
        "{}",
        ran.stdout
    );
    // What is left alone is no work.
    respin(tree.path(), &with("check", &["drivers/bar/baz.c"])).exits(0);
    respin(tree.path(), &with("check", &["drivers/bar/other.c"]))
        .exits(0)
        .says(&["0 sites", "does not occur in the 1 file that"]);
}

#[test]
fn parse_says_what_was_understood() {
    let tree = tree();
    let ran = respin(tree.path(), &["parse", "--json"]).exits(0);
    let report: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!(report["schema"], "respin.parse/1");
    assert_eq!((&report["files"], &report["functions"]), (&5.into(), &3.into()));
    assert_eq!(report["opaque_functions"], 0);
    assert!(report["seconds"].is_number());
    let ran = respin(tree.path(), &["parse"]).exits(0);
    assert!(
        ran.stdout.contains("functions                3\n"),
        "{}",
        ran.stdout
    );
    let ran = respin(tree.path(), &["parse", "--dump", "lib/foo.c"]).exits(0);
    assert!(
        ran.stdout.starts_with("lib/foo.c\nSourceFile\n"),
        "{}",
        ran.stdout
    );

    write(tree.path(), "lib/odd.c", "int odd(void)\n{\n\treturn ) 1;\n}\n");
    let ran = respin(tree.path(), &["parse", "--failures"]).exits(3);
    assert!(ran.stdout.contains("lib/odd.c:3:"), "{}", ran.stdout);
    assert!(ran.stdout.contains(" in odd()"), "{}", ran.stdout);
    let ran = respin(tree.path(), &["parse", "--failures", "--json"]).exits(3);
    let report: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!(report["opaque_functions"], 1);
    assert_eq!(report["failures"][0]["function"], "odd");
    respin(tree.path(), &["parse", "--dump"]).exits(2).says(&["PATH"]);
}

#[test]
fn an_unreadable_file_is_reported_and_the_rest_is_done() {
    use std::os::unix::fs::PermissionsExt;
    let tree = tree();
    let locked = tree.path().join("lib/foo.c");
    std::fs::set_permissions(&locked, std::fs::Permissions::from_mode(0o000)).expect("a mode");
    let ran = respin_with_permissions(tree.path(), &with("check", &[]))
        .exits(3)
        .says(&["lib/foo.c"]);
    assert!(ran.stdout.contains("drivers/bar/bar.c"));
}

#[test]
fn paths_are_those_of_the_tree() {
    let tree = tree();
    let elsewhere = tempfile::tempdir().expect("a scratch folder");
    let root = tree.path().to_str().expect("a name");
    let absolute = format!("{root}/drivers/bar");
    for path in ["drivers/bar", "./drivers//bar/", &absolute] {
        let ran = respin(elsewhere.path(), &with("check", &["--tree", root, path])).exits(1);
        assert_eq!(ran.stdout.lines().count(), 1, "{path}: {}", ran.stdout);
    }
    for (path, words) in [
        ("nowhere", "nowhere does not exist in the tree"),
        ("../x", "outside of the tree"),
        ("/etc/passwd", "outside of the tree"),
    ] {
        respin(tree.path(), &with("diff", &[path]))
            .exits(2)
            .says(&[words]);
    }
    respin(tree.path(), &with("diff", &["--tree", "nowhere"]))
        .exits(2)
        .says(&["nowhere is not a folder", "--tree"]);
    respin(tree.path(), &with("diff", &["--tree", "lib/foo.c"]))
        .exits(2)
        .says(&["not a folder"]);
    respin(tree.path(), &with("diff", &["--rev", "HEAD"]))
        .exits(2)
        .says(&["there is no git repository"]);
}

#[test]
fn a_revision_is_read_without_checking_it_out() {
    let tree = tree();
    git(tree.path(), &["init", "-q", "-b", "main"]);
    git(tree.path(), &["add", "."]);
    git(tree.path(), &["commit", "-q", "-m", "one"]);
    let committed = respin(tree.path(), &with("diff", &[])).exits(0).stdout;
    std::fs::remove_file(tree.path().join("lib/foo.c")).expect("a file");
    let ran = respin(tree.path(), &with("diff", &["--rev", "HEAD"])).exits(0);
    assert_eq!(ran.stdout, committed);
    respin(tree.path(), &with("diff", &["--rev", "v9.9"]))
        .exits(2)
        .says(&["`v9.9` is no commit of this repository"]);
}

#[test]
fn a_new_name_in_use_is_refused_with_its_places() {
    let tree = tree();
    for number in 0..30 {
        write(tree.path(), &format!("lib/use{number}.c"), "int foo_acquire;\n");
    }
    let ran = respin(tree.path(), &with("diff", &[])).exits(2).says(&[
        "error[name-in-use]: the new name `foo_acquire` is in use already",
        "lib/use0.c:1:5",
        "20 more files use it",
        "choose a name that the tree does not use",
    ]);
    assert_eq!(ran.stdout, "");
}

#[test]
fn parameters_that_are_missing_or_the_same_are_refused() {
    let tree = tree();
    let diff = |sets: &[&str]| {
        let mut words = vec!["diff", "rename"];
        words.extend(sets.iter().flat_map(|set| ["--set", set]));
        respin(tree.path(), &words).exits(2)
    };
    diff(&[]).says(&["the parameter `from`", "`--set from=VALUE`"]);
    diff(&["from=foo_get"]).says(&["the parameter `to`"]);
    diff(&["from=foo_get", "to=foo_get"]).says(&["`from` and `to` are both `foo_get`"]);
    diff(&["from=foo get", "to=a"]).says(&["holds ` `, so it is not a C identifier"]);
}

#[test]
fn json_is_one_object() {
    let tree = tree();
    let ran = respin(tree.path(), &with("diff", &["--json"])).exits(0);
    let run: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!(run["schema"], "respin.run/1");
    assert_eq!(run["transform"], "rename");
    let summary = serde_json::json!({"sites": 8, "rewritten": 5, "left_alone": 3, "unparsed": 0});
    assert_eq!(run["summary"], summary);
    assert_eq!(run["incomplete"], false);
    let sites = run["sites"].as_array().expect("sites");
    let call = &sites[0];
    assert_eq!(call["path"], "drivers/bar/bar.c");
    assert_eq!((&call["line"], &call["column"]), (&5.into(), &9.into()));
    assert_eq!(
        (&call["function"], &call["kind"]),
        (&"bar".into(), &"call".into())
    );
    assert_eq!(
        (&call["verdict"], &call["safety"]),
        (&"rewritten".into(), &"safe".into())
    );
    assert_eq!(sites[1]["reason"]["code"], "label");
    assert_eq!(sites[1]["safety"], serde_json::Value::Null);
    let diff = run["files"][0]["diff"].as_str().expect("a diff");
    assert!(diff.starts_with("diff --git a/drivers/bar/bar.c b/drivers/bar/bar.c\n"));
}

#[test]
fn the_bytes_are_the_same_for_every_number_of_threads() {
    let tree = tree();
    for number in 0..200 {
        write(
            tree.path(),
            &format!("drivers/d{}/f{number}.c", number % 7),
            "int x(void)\n{\n\treturn foo_get(0);\n}\n",
        );
    }
    let run = |jobs: &str| {
        let ran = respin(tree.path(), &with("diff", &["-v", "-j", jobs])).exits(0);
        (ran.stdout, ran.stderr)
    };
    let one = run("1");
    assert_eq!(one, run("2"));
    assert_eq!(one, run("7"));
    respin(tree.path(), &with("diff", &["-j", "0"])).exits(2);
}

#[test]
fn names_and_contents_that_speak_to_a_terminal_do_not_reach_it() {
    let tree = tree();
    let name = "drivers/\u{1b}[31mx.c";
    write(
        tree.path(),
        name,
        "int \u{1b}]0;x(void)\n{\n\treturn foo_get(0); /* \u{1b}[2J */\n}\n",
    );
    let ran = respin(tree.path(), &with("diff", &["--color", "always", "-v"]));
    for text in [&ran.stdout, &ran.stderr] {
        assert!(
            !text.contains("\u{1b}[31mx.c") && !text.contains("\u{1b}[2J"),
            "{text}"
        );
    }
    // A program gets the bytes as they are.
    let ran = respin(tree.path(), &with("diff", &[]));
    assert!(ran.stdout.contains("\u{1b}[2J"));
}

#[test]
fn a_reader_that_goes_away_is_success() {
    let tree = tree();
    write(tree.path(), "lib/big.c", "int x = foo_get(0);\n".repeat(3_000));
    let mut child = respin_in(tree.path())
        .args(with("diff", &[]))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("respin runs");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("respin ends");
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn the_tests_of_all_transforms_pass() {
    let here = tempfile::tempdir().expect("a scratch folder");
    let ran = respin(here.path(), &["test"]).exits(0).says(&[" 0 failed"]);
    assert!(ran.stdout.contains("ok      rename: "), "{}", ran.stdout);
    let ran = respin(here.path(), &["test", "vm_insert_kmem_page", "--json"]).exits(0);
    let report: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!(report["failed"], 0);
    assert!(report["tests"].as_array().is_some_and(|tests| !tests.is_empty()));
}

#[test]
fn a_test_that_is_wrong_fails() {
    let here = tempfile::tempdir().expect("a scratch folder");
    let manifest =
        "name = \"mine\"\nsummary = \"s\"\npass = \"rename\"\n[parameters]\nfrom = \"a\"\nto = \"b\"\n";
    write(here.path(), "mine/transform.toml", manifest);
    let case = |name: &str, text: &str| write(here.path(), &format!("mine/tests/{name}"), text);
    case("right/before.c", "int x = a();\n");
    case("right/after.c", "int x = b();\n");
    case("wrong/before.c", "int x = a();\n");
    case("wrong/after.c", "int x = c();\n");
    case("moves/must-stay.c", "int x = a();\n");
    case("no-reason/must-stay.c", "int x;\n");
    case("no-reason/test.toml", "reasons = [\"label\"]\n");
    case("not-refused/must-stay.c", "int x;\n");
    case("not-refused/test.toml", "refused = \"name-in-use\"\n");
    case("refused/must-stay.c", "int x = a(b);\n");
    case("refused/test.toml", "refused = \"name-in-use\"\n");
    case("unknown-file/before.c", "int x = a();\n");
    case("unknown-file/after/y.c", "int x = b();\n");
    let ran = respin(here.path(), &["test", "./mine"])
        .exits(3)
        .says(&["7 tests, 5 failed"]);
    let verdicts: Vec<&str> = ran
        .stdout
        .lines()
        .filter(|line| line.starts_with("ok ") || line.starts_with("FAILED "))
        .map(|line| line.split(' ').next().unwrap_or_default())
        .collect();
    let expected = ["FAILED", "FAILED", "FAILED", "ok", "ok", "FAILED", "FAILED"];
    assert_eq!(verdicts, expected, "{}", ran.stdout);
    assert!(
        ran.stdout.contains("-int x = c();\n+int x = b();\n"),
        "{}",
        ran.stdout
    );

    case("../transform.toml", &manifest.replace("from", "form"));
    finish(respin_in(here.path()).args(["test", "./mine"]))
        .exits(2)
        .says(&["did you mean `from`?"]);
}
