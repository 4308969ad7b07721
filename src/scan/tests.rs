//! Tests of the scan over scratch trees.

use std::io::Write;
use std::os::unix::fs::PermissionsExt;

use super::*;
use crate::worktree::testing::{Scratch, ran_as_nobody};

fn scan(worktree: &Worktree, words: &[&str]) -> Scan {
    candidates(worktree, &[], &RequiredWords::any_of(words), |_| true).unwrap()
}

fn paths(scan: &Scan) -> Vec<String> {
    let candidates = scan.candidates.iter();
    candidates.map(|candidate| candidate.path.to_string()).collect()
}

#[test]
fn files_that_hold_a_word_are_kept_with_text_and_mode() {
    let scratch = Scratch::repository();
    scratch.write("b.c", "foo();\r\n");
    scratch.write("a/x.h", b"\xff foo");
    scratch.write("a.c", "foobar");
    scratch.write("z.c", "bar");
    scratch.write("y.S", "foo");
    let executable = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(scratch.at("b.c"), executable).unwrap();
    scratch.commit();
    for worktree in [scratch.open(), scratch.open_at("HEAD")] {
        let found = scan(&worktree, &["foo"]);
        assert_eq!(paths(&found), ["a/x.h", "b.c", "y.S"]);
        assert_eq!(&*found.candidates[1].text, b"foo();\r\n");
        assert_eq!(found.candidates[0].mode, FileMode::Regular);
        assert_eq!(found.candidates[1].mode, FileMode::Executable);
        assert_eq!((found.files, found.bytes), (5, 25));
        assert_eq!(found.diagnostics, []);
        assert_eq!(
            paths(&scan(&worktree, &["foo", "bar"])),
            ["a/x.h", "b.c", "y.S", "z.c"]
        );
        let wanted = |path: &BStr| FileKind::of(path).is_c();
        let words = RequiredWords::any_of(["foo"]);
        let found = candidates(&worktree, &["a".into(), "y.S".into()], &words, wanted).unwrap();
        assert_eq!(paths(&found), ["a/x.h"]);
        assert_eq!(found.files, 1);
    }
}

#[test]
fn without_words_every_wanted_file_is_a_candidate() {
    let scratch = Scratch::new();
    scratch.write("a.c", "");
    scratch.write("b.c", "x");
    let sizes = visit(
        &scratch.open(),
        &[],
        &RequiredWords::none(),
        |_| true,
        |c| c.text.len(),
    );
    assert_eq!(sizes.unwrap().candidates, [0, 1]);
}

#[test]
fn a_word_is_found_wherever_a_read_ends() {
    let scratch = Scratch::new();
    let word = "vm_insert_page";
    // Around each end of the buffer, every place of the word, also the last one of the file.
    for end in [BUFFER_SIZE, 2 * BUFFER_SIZE - word.len() - 1] {
        for shift in 0..2 * word.len() + 4 {
            let mut text = vec![b' '; end + shift - word.len() - 2];
            text.extend_from_slice(word.as_bytes());
            for after in ["", ";", "s"] {
                let mut text = text.clone();
                text.extend_from_slice(after.as_bytes());
                scratch.write(format!("{end}-{shift}{after}.c"), &text);
            }
            let last = text.len() - word.len() - 1;
            text[last] = b'x';
            scratch.write(format!("{end}-{shift}x.c"), &text);
        }
    }
    let found = scan(&scratch.open(), &[word]);
    assert_eq!(found.candidates.len(), found.files / 2);
    for path in paths(&found) {
        assert!(!path.ends_with("s.c") && !path.ends_with("x.c"), "{path}");
    }
}

#[test]
fn the_order_does_not_depend_on_threads() {
    let scratch = Scratch::repository();
    for number in 0..500 {
        scratch.write(format!("{}/{}/{number}.c", number % 5, number % 3), "foo");
    }
    scratch.commit();
    for worktree in [scratch.open(), scratch.open_at("HEAD")] {
        let run = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
            let pool = pool.build().unwrap();
            pool.install(|| scan(&worktree, &["foo"]))
        };
        let one = run(1);
        assert_eq!(one.candidates.len(), 500);
        assert!(one.candidates.is_sorted_by_key(|candidate| &candidate.path));
        assert_eq!(one, run(2));
        assert_eq!(one, run(7));
    }
}

#[test]
fn binary_files_are_passed_over_unless_their_name_says_c() {
    let scratch = Scratch::new();
    scratch.write("object", "\0foo ");
    scratch.write("nul.c", "foo \0");
    scratch.write("late", [&[b' '; 9000][..], b"\0 foo "].concat());
    assert_eq!(paths(&scan(&scratch.open(), &["foo"])), ["late", "nul.c"]);
}

#[test]
fn a_file_of_fifty_megabytes_works_and_one_over_the_limit_is_named() {
    let scratch = Scratch::repository();
    let mut large = vec![b'x'; 50 << 20];
    large.extend_from_slice(b" foo\n");
    scratch.write("large.c", &large);
    scratch.write("small.c", "foo");
    let mut too_large = std::fs::File::create(scratch.at("too-large.c")).unwrap();
    too_large.write_all(b"foo").unwrap();
    too_large.set_len(SIZE_LIMIT + 1).unwrap();
    std::fs::File::create(scratch.at("too-large.h"))
        .unwrap()
        .set_len(SIZE_LIMIT + 1)
        .unwrap();
    scratch.commit();
    for worktree in [scratch.open(), scratch.open_at("HEAD")] {
        let found = scan(&worktree, &["foo"]);
        assert_eq!(paths(&found), ["large.c", "small.c"]);
        assert_eq!(found.candidates[0].text.len(), large.len());
        let codes: Vec<_> = found.diagnostics.iter().map(|d| (d.code, d.severity)).collect();
        assert_eq!(codes, [("too-large", Severity::Warning); 2]);
    }
}

#[test]
fn a_file_or_folder_that_cannot_be_read_is_named_and_the_rest_is_searched() {
    const NAME: &str = "scan::tests::a_file_or_folder_that_cannot_be_read_is_named_and_the_rest_is_searched";
    if ran_as_nobody(NAME) {
        return;
    }
    let scratch = Scratch::repository();
    scratch.write("a.c", "foo");
    scratch.write("closed.c", "foo");
    scratch.write("folder/x.c", "foo");
    scratch.write("z.c", "foo");
    let set = |mode| {
        for path in ["closed.c", "folder"] {
            let permissions = std::fs::Permissions::from_mode(mode);
            std::fs::set_permissions(scratch.at(path), permissions).unwrap();
        }
    };
    set(0);
    let found = scan(&scratch.open(), &["foo"]);
    set(0o755);
    assert_eq!(paths(&found), ["a.c", "z.c"]);
    let places: Vec<_> = found
        .diagnostics
        .iter()
        .map(|d| (d.code, d.path.clone().unwrap()))
        .collect();
    assert_eq!(
        places,
        [("unreadable", "closed.c".into()), ("unreadable", "folder".into())]
    );
}

#[test]
fn an_object_that_is_gone_is_named_and_the_rest_is_searched() {
    let scratch = Scratch::repository();
    scratch.write("a.c", "foo 1");
    scratch.write("b.c", "foo 2");
    scratch.commit();
    let id = scratch.git(&["rev-parse", "HEAD:a.c"]);
    let id = String::from_utf8(id).unwrap();
    let (folder, name) = id.trim().split_at(2);
    std::fs::remove_file(scratch.at(format!(".git/objects/{folder}/{name}"))).unwrap();
    let found = scan(&scratch.open_at("HEAD"), &["foo"]);
    assert_eq!(paths(&found), ["b.c"]);
    assert_eq!(found.diagnostics[0].code, "unreadable-object");
    assert_eq!(found.diagnostics[0].path, Some("a.c".into()));
}

#[test]
fn what_git_tracks_but_is_not_there_is_said_once() {
    let scratch = Scratch::repository();
    scratch.write("a.c", "foo");
    scratch.write("b.c", "foo");
    scratch.write("c.c", "foo");
    scratch.commit();
    std::fs::remove_file(scratch.at("b.c")).unwrap();
    std::fs::remove_file(scratch.at("c.c")).unwrap();
    let found = scan(&scratch.open(), &["foo"]);
    assert_eq!(paths(&found), ["a.c"]);
    assert_eq!(found.diagnostics.len(), 1);
    assert_eq!(found.diagnostics[0].code, "not-checked-out");
    assert!(found.diagnostics[0].message.contains("2 files"));
    assert!(found.diagnostics[0].message.contains("b.c"));
}
