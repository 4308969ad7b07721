use std::path::Path;
use std::process::Command;

use proptest::prelude::*;

use super::*;

fn diff(before: &str, after: &str) -> String {
    let text = unified(
        "x.c".into(),
        before.as_bytes(),
        after.as_bytes(),
        Options::default(),
    );
    String::from_utf8(text).unwrap()
}

#[test]
fn equal_contents_have_no_diff() {
    assert_eq!(diff("a\n", "a\n"), "");
}

#[test]
fn a_change_has_context_and_a_heading() {
    let before = "int f(void)\n{\n\ta();\n\tb();\n\tc();\n\td();\n\te();\n}\n";
    let after = before.replace("d()", "dd()");
    insta::assert_snapshot!(diff(before, &after), @r"
    diff --git a/x.c b/x.c
    --- a/x.c
    +++ b/x.c
    @@ -3,6 +3,6 @@ int f(void)
     	a();
     	b();
     	c();
    -	d();
    +	dd();
     	e();
     }
    ");
}

#[test]
fn a_missing_newline_is_marked_on_the_side_that_misses_it() {
    insta::assert_snapshot!(diff("a\nb", "a\nb\n"), @r"
    diff --git a/x.c b/x.c
    --- a/x.c
    +++ b/x.c
    @@ -1,2 +1,2 @@
     a
    -b
    \ No newline at end of file
    +b
    ");
}

#[test]
fn paths_are_quoted_as_git_quotes_them() {
    let header = |path: &[u8]| {
        let text = unified(BStr::new(path), b"", b"x\n", Options::default());
        let lines: Vec<_> = text.split(|&byte| byte == b'\n').take(3).collect();
        String::from_utf8(lines.join(&b'\n')).unwrap()
    };
    assert_eq!(
        header(b"a b.c"),
        "diff --git a/a b.c b/a b.c\n--- a/a b.c\t\n+++ b/a b.c\t"
    );
    assert_eq!(
        header(b"\xe4\t\"\\.c"),
        "diff --git \"a/\\344\\t\\\"\\\\.c\" \"b/\\344\\t\\\"\\\\.c\"\n\
         --- \"a/\\344\\t\\\"\\\\.c\"\n+++ \"b/\\344\\t\\\"\\\\.c\""
    );
}

#[test]
fn git_apply_finds_files_with_odd_names() {
    for name in ["a b.c", "tab\t.c", "\u{e4}\"\\.c", "-x.c", "a  .c "] {
        assert_eq!(
            applied(name, b"x\n", b"y\n", Options::default()),
            Ok(b"y\n".to_vec()),
            "{name}"
        );
    }
}

#[test]
fn a_big_file_with_scattered_changes_is_fast() {
    let old: Vec<u8> = (0..1_000_000)
        .flat_map(|n| format!("line {}\n", n % 5000).into_bytes())
        .collect();
    let mut new = old.clone();
    for at in [10, 5_000_000, 8_000_000] {
        new[at] = b'#';
    }
    let started = std::time::Instant::now();
    assert!(!unified("x.c".into(), &old, &new, Options::default()).is_empty());
    assert!(started.elapsed().as_secs() < 20);
}

/// Runs git without the user's and the machine's configuration.
fn git(folder: &Path, arguments: &[&str]) -> std::process::Output {
    Command::new("git")
        .args(arguments)
        .current_dir(folder)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CEILING_DIRECTORIES", folder.parent().unwrap_or(folder))
        .env("HOME", folder)
        .output()
        .expect("git is needed for this test")
}

/// What `git apply` makes of `before` with our diff.
fn applied(path: &str, before: &[u8], after: &[u8], options: Options) -> Result<Vec<u8>, String> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(path), before).unwrap();
    std::fs::write(
        folder.path().join("change.diff"),
        unified(path.into(), before, after, options),
    )
    .unwrap();
    let output = git(folder.path(), &["apply", "--whitespace=nowarn", "change.diff"]);
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    Ok(std::fs::read(folder.path().join(path)).unwrap())
}

fn line() -> impl Strategy<Value = Vec<u8>> {
    let text = prop_oneof![
        4 => Just(b"\tint i;".to_vec()),
        4 => Just(Vec::new()),
        3 => Just(b"}".to_vec()),
        3 => Just(b"int f(void)".to_vec()),
        1 => Just(b"-- a/x".to_vec()),
        1 => Just(b"\\ No newline at end of file".to_vec()),
        1 => Just(b"nul \0 byte".to_vec()),
        1 => Just(b"latin \xe4\xff".to_vec()),
        3 => "[a-d]{1,2}".prop_map(String::into_bytes),
    ];
    let end = prop_oneof![5 => Just(&b"\n"[..]), 1 => Just(&b"\r\n"[..])];
    (text, end).prop_map(|(text, end)| [&text[..], end].concat())
}

fn contents() -> impl Strategy<Value = (Vec<u8>, Vec<u8>)> {
    let lines = prop::collection::vec(line(), 0..60);
    let changes = prop::collection::vec(
        (
            any::<prop::sample::Index>(),
            0..3usize,
            prop::collection::vec(line(), 0..3),
        ),
        1..6,
    );
    (lines, changes, any::<bool>(), any::<bool>()).prop_map(|(old, changes, cut_old, cut_new)| {
        let mut new = old.clone();
        for (at, remove, add) in changes {
            let at = at.index(new.len() + 1);
            let end = (at + remove).min(new.len());
            new.splice(at..end, add);
        }
        let joined = |lines: Vec<Vec<u8>>, cut: bool| {
            let mut text = lines.concat();
            if cut && text.ends_with(b"\n") {
                text.pop();
            }
            text
        };
        (joined(old, cut_old), joined(new, cut_new))
    })
}

/// Contents whose lines all differ, with headings among them.
fn distinct() -> impl Strategy<Value = (Vec<u8>, Vec<u8>)> {
    let change = (any::<prop::sample::Index>(), 0..3usize, 0..3usize);
    (0..80usize, prop::collection::vec(change, 1..6)).prop_map(|(length, changes)| {
        let line = |number: usize| match number % 9 {
            0 => format!("static int function_with_a_very_long_name_number_{number}(struct vm_area_struct *vma, int argument)\n"),
            1 => format!("_under {number} \t\n"),
            2 => format!("\u{e4} {number}\n"),
            _ => format!("\tstatement {number};\n"),
        };
        let old: Vec<String> = (0..length).map(line).collect();
        let mut new = old.clone();
        for (index, (at, remove, add)) in changes.into_iter().enumerate() {
            let at = at.index(new.len() + 1);
            let end = (at + remove).min(new.len());
            new.splice(at..end, (0..add).map(|n| line(1000 + 10 * index + n)));
        }
        (old.concat().into_bytes(), new.concat().into_bytes())
    })
}

fn hunks_of(diff: &[u8]) -> String {
    let lines = diff
        .split_inclusive(|&byte| byte == b'\n')
        .skip_while(|line| !line.starts_with(b"@@"));
    String::from_utf8_lossy(&lines.flatten().copied().collect::<Vec<_>>()).into_owned()
}

fn ours(before: &[u8], after: &[u8]) -> String {
    hunks_of(&unified("x".into(), before, after, Options::default()))
}

fn theirs(before: &[u8], after: &[u8]) -> String {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("old"), before).unwrap();
    std::fs::write(folder.path().join("new"), after).unwrap();
    hunks_of(&git(folder.path(), &["diff", "--no-index", "old", "new"]).stdout)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn git_apply_gives_the_new_contents((before, after) in contents(), context in 1..5usize) {
        // Not without context: git does not take back all of its own diffs of that kind either.
        prop_assume!(before != after);
        prop_assert_eq!(applied("a x.c", &before, &after, Options { context }), Ok(after));
    }

    #[test]
    fn where_only_one_diff_is_shortest_it_is_that_of_git((before, after) in distinct()) {
        prop_assume!(before != after);
        prop_assert_eq!(ours(&before, &after), theirs(&before, &after));
    }

    #[test]
    fn no_diff_is_longer_than_that_of_git((before, after) in contents()) {
        prop_assume!(before != after && !before.contains(&0) && !after.contains(&0));
        let size = |diff: &str| {
            diff.lines().filter(|line| line.starts_with(['+', '-'])).count()
        };
        prop_assert!(size(&ours(&before, &after)) <= size(&theirs(&before, &after)));
    }
}
