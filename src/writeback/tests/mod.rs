//! Tests of writing, in one process and with processes that are killed.

mod killed;

use std::collections::BTreeMap;
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};

use super::*;
use crate::worktree::testing::Scratch;

/// The files that the tests change, with what each holds before and after.
const FILES: [(&str, &str, &str, u32); 4] = [
    ("a.c", "a before", "a after, which is longer", 0o644),
    ("drivers/net/b.c", "b before", "b after", 0o755),
    ("drivers/net/c.h", "c before", "", 0o444),
    ("mm/d.c", "", "d after", 0o600),
];

fn fill(scratch: &Scratch) {
    for (path, before, _, mode) in FILES {
        scratch.write(path, before);
        std::fs::set_permissions(scratch.at(path), std::fs::Permissions::from_mode(mode)).unwrap();
    }
    scratch.write("other.c", "other");
}

fn plain() -> Scratch {
    let scratch = Scratch::new();
    fill(&scratch);
    scratch
}

fn versioned() -> Scratch {
    let scratch = Scratch::repository();
    fill(&scratch);
    scratch.commit();
    scratch
}

fn change(path: &str, before: &str, after: &str) -> FileChange {
    FileChange {
        path: path.into(),
        before: before.as_bytes().into(),
        after: after.as_bytes().into(),
    }
}

fn changes() -> Vec<FileChange> {
    let changes = FILES.iter().rev();
    changes
        .map(|(path, before, after, _)| change(path, before, after))
        .collect()
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    Before,
    After,
}

/// Whether the tree is wholly before or after; anything else fails the test.
fn state(scratch: &Scratch) -> State {
    let mut states = BTreeMap::new();
    for (path, before, after, mode) in FILES {
        let text = std::fs::read_to_string(scratch.at(path)).unwrap();
        let state = match text {
            text if text == before => State::Before,
            text if text == after => State::After,
            text => panic!("{path} holds {text:?}"),
        };
        let metadata = std::fs::symlink_metadata(scratch.at(path)).unwrap();
        assert!(metadata.is_file());
        assert_eq!(metadata.permissions().mode() & 0o7777, mode, "{path}");
        states.insert(path, state);
    }
    assert_eq!(std::fs::read(scratch.at("other.c")).unwrap(), b"other");
    let first = states["a.c"];
    assert!(
        states.values().all(|&state| state == first),
        "half-way: {states:?}"
    );
    first
}

/// All files of the tree, and in its git directory those of respin.
fn leftovers(scratch: &Scratch) -> Vec<String> {
    let mut found = Vec::new();
    for folder in [".git/respin-journal", ".respin-journal"] {
        if let Ok(entries) = std::fs::read_dir(scratch.at(folder)) {
            found.extend(entries.map(|entry| format!("{folder}/{:?}", entry.unwrap().file_name())));
            found.push(folder.to_owned());
        }
    }
    found
}

fn run(scratch: &Scratch) -> Result<Applied, WriteError> {
    apply(&scratch.open(), &changes(), &Interrupt::none())
}

fn run_with(
    scratch: &Scratch,
    mut hook: impl FnMut(usize, &str) -> io::Result<()>,
) -> Result<Applied, WriteError> {
    let mut step = 0;
    apply_with(&scratch.open(), &changes(), &Interrupt::none(), &mut |what| {
        step += 1;
        hook(step - 1, what)
    })
}

/// Names of all steps of a run in which nothing fails.
fn steps(scratch: &Scratch) -> Vec<String> {
    let mut steps = Vec::new();
    run_with(scratch, |_, what| {
        steps.push(what.to_owned());
        Ok(())
    })
    .unwrap();
    steps
}

fn no_space() -> io::Error {
    io::ErrorKind::StorageFull.into()
}

#[test]
fn all_files_are_replaced_and_nothing_is_left() {
    for scratch in [plain(), versioned()] {
        assert_eq!(state(&scratch), State::Before);
        let applied = run(&scratch).unwrap();
        assert_eq!(
            applied,
            Applied {
                files: 4,
                interrupted: None
            }
        );
        assert_eq!(state(&scratch), State::After);
        assert_eq!(leftovers(&scratch), [""; 0]);
        assert_eq!(recover(&scratch.open()).unwrap(), Recovery::Nothing);
        assert_eq!(leftovers(&scratch), [""; 0]);
    }
}

#[test]
fn nothing_to_do_touches_nothing() {
    let scratch = plain();
    let same = [change("none.c", "x", "x")];
    let applied = apply(&scratch.open(), &same, &Interrupt::none()).unwrap();
    assert_eq!(applied.files, 0);
    assert_eq!(leftovers(&scratch), [""; 0]);
}

#[test]
fn a_step_that_fails_leaves_the_tree_whole() {
    let count = steps(&plain()).len();
    assert!(count > 20);
    for fail in 0..count {
        for scratch in [plain(), versioned()] {
            let result = run_with(
                &scratch,
                |step, _| if step == fail { Err(no_space()) } else { Ok(()) },
            );
            match result {
                Ok(_) => assert_eq!(state(&scratch), State::After),
                Err(error) => {
                    assert_eq!(state(&scratch), State::Before, "step {fail}: {error}");
                    assert_eq!(leftovers(&scratch), [""; 0], "step {fail}: {error}");
                    assert!(["not-written", "taken-back"].contains(&error.code()), "{error}");
                }
            }
            recover(&scratch.open()).unwrap();
            state(&scratch);
            assert_eq!(leftovers(&scratch), [""; 0]);
        }
    }
}

#[test]
fn a_disk_that_stays_full_leaves_the_tree_to_the_next_run() {
    let count = steps(&plain()).len();
    let mut half_way = 0;
    for fail in 0..count {
        let scratch = plain();
        let result = run_with(
            &scratch,
            |step, _| if step >= fail { Err(no_space()) } else { Ok(()) },
        );
        if let Err(WriteError::HalfWay { .. }) = result {
            half_way += 1;
            // Nobody else may write to such a tree.
            let error = run(&scratch).unwrap_err();
            assert_eq!(error.code(), "unfinished-run");
        }
        assert!(
            result.is_ok()
                || needs_recovery(&scratch.open()) == result.is_err_and(|e| e.code() == "half-way")
        );
        recover(&scratch.open()).unwrap();
        state(&scratch);
        assert_eq!(leftovers(&scratch), [""; 0]);
        assert!(!needs_recovery(&scratch.open()));
    }
    assert!(half_way >= FILES.len());
}

#[test]
fn a_file_that_changed_since_the_scan_stops_it_all() {
    let scratch = versioned();
    scratch.write("drivers/net/b.c", "edited");
    let error = run(&scratch).unwrap_err();
    assert!(matches!(&error, WriteError::Changed { path } if path == "drivers/net/b.c"));
    assert_eq!(error.diagnostic().path, Some("drivers/net/b.c".into()));
    assert_eq!(std::fs::read(scratch.at("a.c")).unwrap(), b"a before");
    assert_eq!(std::fs::read(scratch.at("drivers/net/b.c")).unwrap(), b"edited");
    assert_eq!(leftovers(&scratch), [""; 0]);
    std::fs::remove_file(scratch.at("drivers/net/b.c")).unwrap();
    let error = run(&scratch).unwrap_err();
    assert_eq!(error.to_string(), "drivers/net/b.c does not exist");
}

#[test]
fn a_file_that_changes_while_others_are_replaced_takes_them_back() {
    let scratch = versioned();
    let mut replaced = 0;
    let result = run_with(&scratch, |_, what| {
        if what == "replace a file" {
            replaced += 1;
            if replaced == 2 {
                std::fs::write(scratch.at("mm/d.c"), "edited").unwrap();
            }
        }
        Ok(())
    });
    assert!(matches!(result, Err(WriteError::Changed { path }) if path == "mm/d.c"));
    assert_eq!(std::fs::read(scratch.at("mm/d.c")).unwrap(), b"edited");
    std::fs::write(scratch.at("mm/d.c"), "").unwrap();
    assert_eq!(state(&scratch), State::Before);
    assert_eq!(leftovers(&scratch), [""; 0]);
}

#[test]
fn what_is_taken_back_keeps_its_time() {
    let scratch = plain();
    let time = |path: &str| std::fs::metadata(scratch.at(path)).unwrap().mtime_nsec();
    let before = time("a.c");
    let result = run_with(&scratch, |_, what| match what {
        "wait for a folder" => Err(no_space()),
        _ => Ok(()),
    });
    assert_eq!(result.unwrap_err().code(), "half-way");
    assert!(matches!(
        recover(&scratch.open()).unwrap(),
        Recovery::TakenBack { .. }
    ));
    assert_eq!(time("a.c"), before);
}

#[test]
fn other_names_of_a_file_keep_the_old_contents() {
    let scratch = plain();
    std::fs::hard_link(scratch.at("a.c"), scratch.outside("other-tree.c")).unwrap();
    run(&scratch).unwrap();
    assert_eq!(
        std::fs::read(scratch.outside("other-tree.c")).unwrap(),
        b"a before"
    );
}

#[test]
fn links_are_never_written_through() {
    let scratch = plain();
    std::fs::create_dir(scratch.outside("secret")).unwrap();
    std::fs::write(scratch.outside("secret/d.c"), "").unwrap();
    std::fs::remove_dir_all(scratch.at("mm")).unwrap();
    scratch.link(scratch.outside("secret"), "mm");
    let error = run(&scratch).unwrap_err();
    assert_eq!(error.to_string(), "mm/d.c goes through a symbolic link or a file");
    std::fs::remove_file(scratch.at("mm")).unwrap();
    std::fs::create_dir(scratch.at("mm")).unwrap();
    scratch.link(scratch.outside("secret/d.c"), "mm/d.c");
    let error = run(&scratch).unwrap_err();
    assert_eq!(
        error.to_string(),
        "mm/d.c is a symbolic link, and links are not followed"
    );
    assert_eq!(std::fs::read(scratch.outside("secret/d.c")).unwrap(), b"");
    assert_eq!(std::fs::read(scratch.at("a.c")).unwrap(), b"a before");
}

#[test]
fn paths_that_are_not_the_trees_are_refused() {
    let scratch = versioned();
    std::fs::write(scratch.outside("x.c"), "x").unwrap();
    for path in [
        "../x.c",
        "/x.c",
        ".git/config",
        "a/.Git/x",
        "",
        ".respin-journal/lock",
        "mm/../a.c",
    ] {
        let error = apply(&scratch.open(), &[change(path, "x", "y")], &Interrupt::none()).unwrap_err();
        assert_eq!(error.code(), "refused-path", "{path}: {error}");
    }
    let twice = [change("a.c", "a before", "1"), change("a.c", "a before", "2")];
    let error = apply(&scratch.open(), &twice, &Interrupt::none()).unwrap_err();
    assert_eq!(error.to_string(), "a.c is to be changed twice");
    let error = apply(&scratch.open_at("HEAD"), &changes(), &Interrupt::none()).unwrap_err();
    assert_eq!(error.code(), "not-a-folder");
    assert_eq!(state(&scratch), State::Before);
}

#[test]
fn in_a_folder_of_a_repository_the_journal_is_with_git() {
    let scratch = Scratch::repository();
    scratch.write("linux/a.c", "before");
    scratch.commit();
    let linux = Worktree::open(&scratch.at("linux"), None).unwrap();
    let one = [change("a.c", "before", "after")];
    let mut seen = Vec::new();
    let result = apply_with(&linux, &one, &Interrupt::none(), &mut |what| {
        seen = leftovers(&scratch);
        match what {
            "wait for a folder" | "decide to take back" => Err(no_space()),
            _ => Ok(()),
        }
    });
    assert_eq!(result.unwrap_err().code(), "half-way");
    assert!(seen.contains(&".git/respin-journal".to_owned()));
    // The top of the repository finds it as well.
    let recovery = recover(&scratch.open()).unwrap();
    assert_eq!(
        recovery,
        Recovery::Completed {
            files: 1,
            changed: Vec::new()
        }
    );
    assert_eq!(std::fs::read(scratch.at("linux/a.c")).unwrap(), b"after");
    // Paths in errors are as the user sees them.
    let error = apply(&linux, &one, &Interrupt::none()).unwrap_err();
    assert_eq!(error.to_string(), "a.c changed while respin ran");
}

#[test]
fn two_runs_do_not_meet() {
    for scratch in [plain(), versioned()] {
        let mut inner = Vec::new();
        run_with(&scratch, |_, _| {
            inner.push(run(&scratch).unwrap_err());
            inner.push(recover(&scratch.open()).unwrap_err());
            Ok(())
        })
        .unwrap();
        assert!(inner.len() > 40);
        let own = std::process::id();
        for error in inner {
            assert!(
                matches!(error, WriteError::Locked { pid: Some(pid) } if pid == own),
                "{error}"
            );
        }
        assert_eq!(state(&scratch), State::After);
    }
}

/// Leaves a run half-way, with two files replaced.
fn stop_half_way(scratch: &Scratch) {
    let mut replaced = 0;
    let result = run_with(scratch, |_, what| {
        replaced += usize::from(what == "replace a file");
        if replaced > 2 { Err(no_space()) } else { Ok(()) }
    });
    assert_eq!(result.unwrap_err().code(), "half-way");
}

#[test]
fn a_file_that_the_user_changed_after_the_crash_is_left_alone() {
    for (path, completed) in [("a.c", vec![]), ("mm/d.c", vec![BString::from("mm/d.c")])] {
        let scratch = plain();
        stop_half_way(&scratch);
        scratch.write(path, "edited");
        let recovery = recover(&scratch.open()).unwrap();
        assert_eq!(
            recovery,
            Recovery::Completed {
                files: 4,
                changed: completed.clone()
            }
        );
        let diagnostic = recovery.diagnostic().unwrap();
        assert_eq!(diagnostic.help.is_some(), !completed.is_empty());
        for (other, _, after, _) in FILES {
            let text = std::fs::read_to_string(scratch.at(other)).unwrap();
            assert_eq!(text, if other == path { "edited" } else { after });
        }
        assert_eq!(leftovers(&scratch), [""; 0]);
    }
}

#[test]
fn a_run_whose_new_contents_are_damaged_is_taken_back() {
    let scratch = plain();
    stop_half_way(&scratch);
    scratch.write(".respin-journal/3.new", "damaged");
    let recovery = recover(&scratch.open()).unwrap();
    assert_eq!(recovery, Recovery::TakenBack { changed: Vec::new() });
    assert_eq!(state(&scratch), State::Before);
    assert_eq!(leftovers(&scratch), [""; 0]);
}

#[test]
fn a_foreign_journal_cannot_write_out_of_the_tree() {
    let mark = journal::Mark::of;
    let item = |path: &str| journal::Item {
        path: path.into(),
        before: mark(b"precious"),
        after: mark(b"evil"),
    };
    let prepare = |paths: &[&str]| {
        let scratch = plain();
        std::fs::create_dir(scratch.outside("secret")).unwrap();
        std::fs::write(scratch.outside("secret/x.c"), "precious").unwrap();
        scratch.link(scratch.outside("secret"), "out");
        scratch.link(scratch.outside("secret/x.c"), "link.c");
        let items: Vec<_> = paths.iter().map(|path| item(path)).collect();
        scratch.write(".respin-journal/journal", journal::write(&items));
        for number in 0..items.len() {
            scratch.write(format!(".respin-journal/{number}.new"), "evil");
            scratch.write(format!(".respin-journal/{number}.old"), "precious");
        }
        scratch
    };
    for path in ["../secret/x.c", ".git/hooks/x", "/etc/x"] {
        let scratch = prepare(&[path]);
        let error = recover(&scratch.open()).unwrap_err();
        assert_eq!(error.code(), "bad-journal");
        assert!(error.help().contains(".respin-journal"));
        assert_eq!(std::fs::read(scratch.outside("secret/x.c")).unwrap(), b"precious");
    }
    // Links are not followed, so these are as if somebody had changed the files.
    let scratch = prepare(&["link.c", "out/x.c"]);
    let recovery = recover(&scratch.open()).unwrap();
    let changed = vec!["link.c".into(), "out/x.c".into()];
    assert_eq!(recovery, Recovery::Completed { files: 2, changed });
    assert_eq!(std::fs::read(scratch.outside("secret/x.c")).unwrap(), b"precious");
    assert!(scratch.at("link.c").is_symlink());
    // A link among the prepared files does not get into the tree.
    let scratch = prepare(&["x.c"]);
    scratch.write("x.c", "precious");
    std::fs::write(scratch.outside("evil"), "evil").unwrap();
    std::fs::remove_file(scratch.at(".respin-journal/0.new")).unwrap();
    scratch.link(scratch.outside("evil"), ".respin-journal/0.new");
    assert!(matches!(
        recover(&scratch.open()).unwrap(),
        Recovery::TakenBack { .. }
    ));
    assert_eq!(std::fs::read(scratch.at("x.c")).unwrap(), b"precious");
    // The folder itself may be a link, or full of nonsense.
    let scratch = plain();
    std::fs::create_dir(scratch.outside("elsewhere")).unwrap();
    scratch.link(scratch.outside("elsewhere"), ".respin-journal");
    for error in [recover(&scratch.open()).unwrap_err(), run(&scratch).unwrap_err()] {
        assert_eq!(error.code(), "bad-journal");
    }
    assert_eq!(
        std::fs::read_dir(scratch.outside("elsewhere")).unwrap().count(),
        0
    );
    for text in ["", "nonsense", "respin journal 2\nend 0\n"] {
        let scratch = plain();
        scratch.write(".respin-journal/journal", text);
        assert_eq!(recover(&scratch.open()).unwrap_err().code(), "bad-journal");
        assert_eq!(run(&scratch).unwrap_err().code(), "unfinished-run");
    }
    let scratch = prepare(&["x.c"]);
    scratch.write(".respin-journal/back", "");
    assert_eq!(recover(&scratch.open()).unwrap_err().code(), "bad-journal");
}

#[test]
fn what_others_put_beside_the_journal_stays() {
    let scratch = plain();
    scratch.write(".respin-journal/notes", "mine");
    scratch.write(".respin-journal/x.new", "mine");
    assert_eq!(recover(&scratch.open()).unwrap(), Recovery::Nothing);
    run(&scratch).unwrap();
    assert_eq!(state(&scratch), State::After);
    let mut left = leftovers(&scratch);
    left.sort();
    assert_eq!(
        left,
        [
            ".respin-journal",
            ".respin-journal/\"notes\"",
            ".respin-journal/\"x.new\""
        ]
    );
}
