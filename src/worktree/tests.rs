//! Tests of the tree as a whole.

use std::os::unix::fs::PermissionsExt;

use super::testing::{Scratch, paths};
use super::*;
use crate::diagnostics::Severity;

fn list(worktree: &Worktree, under: &[&str]) -> Vec<BString> {
    let under: Vec<BString> = under.iter().map(|&path| path.into()).collect();
    let listing = worktree.list(&under).unwrap();
    assert_eq!(listing.diagnostics, []);
    paths(&listing)
}

fn list_error(worktree: &Worktree, path: &str) -> WorktreeError {
    worktree.list(&[path.into()]).unwrap_err()
}

/// What git itself counts: tracked files that are there, and untracked ones that no rule names.
fn by_git(scratch: &Scratch) -> Vec<BString> {
    let names = scratch.git(&["ls-files", "-z", "-c", "-o", "--exclude-standard"]);
    let mut names: Vec<BString> = names
        .split(|&byte| byte == 0)
        .filter(|name| !name.is_empty())
        .map(BString::from)
        .filter(|name| {
            let metadata = std::fs::symlink_metadata(scratch.at(name));
            metadata.is_ok_and(|metadata| metadata.is_file())
        })
        .collect();
    names.sort();
    names.dedup();
    names
}

#[test]
fn a_worktree_can_be_shared() {
    fn shared<T: Send + Sync>() {}
    shared::<Worktree>();
}

#[test]
fn without_a_repository_nothing_is_ignored() {
    let scratch = Scratch::new();
    scratch.write(".gitignore", "*\n");
    scratch.write("mm/memory.c", "");
    scratch.write("mm/.hidden", "");
    scratch.write("sub/.git/config", "");
    scratch.write("sub/x.c", "");
    scratch.write(".respin-journal/lock", "");
    let worktree = scratch.open();
    assert_eq!(
        list(&worktree, &[]),
        [".gitignore", "mm/.hidden", "mm/memory.c", "sub/x.c"]
    );
    assert_eq!(worktree.git_dir(), None);
    assert!(!worktree.is_top_level());
    assert_eq!(worktree.base_commit().unwrap(), None);
}

#[test]
fn tracked_files_count_even_if_ignored_and_untracked_ones_unless_ignored() {
    let scratch = Scratch::repository();
    scratch.write(".gitignore", "/*\n!/mm/\n*.o\n");
    scratch.write("tracked.c", "");
    scratch.write("drivers/net/tracked.c", "");
    scratch.write("mm/tracked.o", "");
    scratch.commit();
    scratch.write("new.c", "");
    scratch.write("drivers/net/new.c", "");
    scratch.write("mm/new.c", "");
    scratch.write("mm/new.o", "");
    scratch.write("build/deep/new.c", "");
    let expected = [
        ".gitignore",
        "drivers/net/tracked.c",
        "mm/new.c",
        "mm/tracked.o",
        "tracked.c",
    ];
    assert_eq!(list(&scratch.open(), &[]), expected);
    assert_eq!(by_git(&scratch), expected);
}

#[test]
fn ignore_rules_are_gits() {
    let scratch = Scratch::repository();
    scratch.write(
        ".gitignore",
        "*.o\n!keep.o\n/top\nany/\na/**/z\n\\#x\n# comment\n\\!y\nw \n",
    );
    scratch.write("a/.gitignore", "!back.o\nlocal\n/deep/only\n");
    scratch.write(".git/info/exclude", "excluded\n*.keep\n");
    scratch.write("sub/.gitignore", "!other.keep\n");
    std::fs::write(scratch.outside("no-excludes"), "global\n!excluded\n").unwrap();
    for path in [
        "x.o",
        "keep.o",
        "top",
        "b/top",
        "any/x",
        "b/any/x",
        "b/any2/x",
        "a/z",
        "a/q/z",
        "a/q/r/z",
        "#x",
        "!y",
        "w",
        "a/back.o",
        "a/x.o",
        "a/local",
        "a/b/local",
        "local",
        "a/deep/only",
        "a/b/deep/only",
        "excluded",
        "b/excluded",
        "global",
        "x.keep",
        "sub/x.keep",
        "sub/other.keep",
        "any/keep.o",
    ] {
        scratch.write(path, "");
    }
    assert_eq!(list(&scratch.open(), &[]), by_git(&scratch));
}

#[test]
fn every_version_of_the_index_is_read() {
    for (version, more) in [("2", ""), ("3", "intent"), ("4", "")] {
        let scratch = Scratch::repository();
        scratch.write(".gitignore", "*.c\n");
        for path in [
            "a.c",
            "a/b.c",
            "a/bc.c",
            "a/b/c.c",
            "long-name-for-the-padding.c",
            "z.c",
        ] {
            scratch.write(path, "");
        }
        scratch.commit();
        scratch.git(&["update-index", "--index-version", version]);
        if more == "intent" {
            scratch.write("new.c", "");
            scratch.git(&["add", "-Nf", "new.c"]);
        }
        let index = std::fs::read(scratch.at(".git/index")).unwrap();
        assert_eq!(index[7].to_string(), version);
        let entries = index::parse(&index).unwrap();
        assert_eq!(entries.len(), if more.is_empty() { 7 } else { 8 });
        assert_eq!(list(&scratch.open(), &[]), by_git(&scratch));
        // A cut or damaged file gives no entries, and no panic.
        for cut in 0..index.len() - 1 {
            let _ = index::parse(&index[..cut]);
            let mut damaged = index.clone();
            damaged[cut] ^= 0xff;
            let _ = index::parse(&damaged);
        }
    }
}

#[test]
fn an_index_that_libgit2_cannot_read_is_an_error_and_not_empty() {
    let scratch = Scratch::repository();
    scratch.write(".gitignore", "*.c\n");
    scratch.write("a.c", "");
    scratch.commit();
    scratch.git(&["update-index", "--split-index"]);
    let error = scratch.open().list(&[]).unwrap_err();
    assert_eq!(error.code(), "repository");
    assert!(
        error.help().contains("--no-split-index"),
        "{error}: {}",
        error.help()
    );
}

#[test]
fn in_a_conflict_each_file_is_there_once() {
    let scratch = Scratch::repository();
    scratch.write("a.c", "1\n");
    scratch.commit();
    scratch.git(&["checkout", "-qb", "other"]);
    scratch.write("a.c", "2\n");
    scratch.commit();
    scratch.git(&["checkout", "-q", "main"]);
    scratch.write("a.c", "3\n");
    scratch.commit();
    let merge = std::panic::catch_unwind(|| scratch.git(&["merge", "other"]));
    assert!(merge.is_err());
    let worktree = scratch.open();
    assert_eq!(list(&worktree, &[]), ["a.c"]);
    assert_eq!(worktree.in_progress().unwrap(), Some("merge"));
}

#[test]
fn links_and_special_files_are_skipped_and_named() {
    let scratch = Scratch::repository();
    scratch.write("real/x.c", "");
    std::fs::create_dir(scratch.outside("secret")).unwrap();
    std::fs::write(scratch.outside("secret/s.c"), "s").unwrap();
    scratch.link("real", "folder-link");
    scratch.link("real/x.c", "link.c");
    scratch.link(scratch.outside("secret"), "out");
    scratch.link("nowhere", "dangling.c");
    scratch.commit();
    let fifo = std::process::Command::new("mkfifo")
        .arg(scratch.at("fifo.c"))
        .status();
    assert!(fifo.unwrap().success());
    let worktree = scratch.open();
    let listing = worktree.list(&[]).unwrap();
    assert_eq!(paths(&listing), ["real/x.c"]);
    let skipped: Vec<_> = listing
        .skipped
        .iter()
        .map(|s| (s.path.to_string(), s.reason))
        .collect();
    let link = |path: &str| (path.to_string(), SkipReason::Symlink);
    assert_eq!(
        skipped,
        [
            link("dangling.c"),
            ("fifo.c".to_string(), SkipReason::Special),
            link("folder-link"),
            link("link.c"),
            link("out"),
        ]
    );
    assert_eq!(listing.missing, [""; 0]);
    for (path, code) in [
        ("link.c", "symbolic-link"),
        ("out/s.c", "symbolic-link"),
        ("folder-link/x.c", "symbolic-link"),
        ("fifo.c", "not-regular"),
        ("real", "not-regular"),
        ("../secret/s.c", "out-of-tree"),
        ("/etc/passwd", "out-of-tree"),
        ("real/../real/x.c", "out-of-tree"),
        ("none.c", "no-such-file"),
    ] {
        let error = worktree.read(path.into()).unwrap_err();
        assert_eq!(error.diagnostic().code, code, "{error}");
    }
    // At a revision the same holds.
    let worktree = scratch.open_at("HEAD");
    let listing = worktree.list(&[]).unwrap();
    assert_eq!(paths(&listing), ["real/x.c"]);
    assert_eq!(listing.skipped.len(), 4);
    for (path, code) in [
        ("link.c", "symbolic-link"),
        ("out/s.c", "no-such-file"),
        ("real", "not-regular"),
        ("../x", "out-of-tree"),
        ("none.c", "no-such-file"),
    ] {
        let error = worktree.read(path.into()).unwrap_err();
        assert_eq!(error.diagnostic().code, code, "{error}");
    }
}

#[test]
fn paths_choose_files_and_folders() {
    let scratch = Scratch::repository();
    for path in [
        "mm/a.c",
        "mm/sub/b.c",
        "mm.c",
        "fs/c.c",
        "ignored/d.c",
        "ignored/e.c",
    ] {
        scratch.write(path, "");
    }
    scratch.link("mm", "link");
    scratch.git(&["add", "mm", "mm.c", "fs", "link"]);
    scratch.git(&["commit", "-qm", "x"]);
    scratch.write(".git/info/exclude", "ignored\n");
    let folder = scratch.open();
    let revision = scratch.open_at("HEAD");
    for worktree in [&folder, &revision] {
        assert_eq!(list(worktree, &["mm"]), ["mm/a.c", "mm/sub/b.c"]);
        assert_eq!(
            list(worktree, &["mm/a.c", "./mm/", "fs/c.c"]),
            ["fs/c.c", "mm/a.c", "mm/sub/b.c"]
        );
        assert_eq!(list(worktree, &["mm.c", "mm/../fs"]), ["fs/c.c", "mm.c"]);
        for (path, code) in [
            ("none", "no-such-path"),
            ("mm/none", "no-such-path"),
            ("mm.c/none", "no-such-path"),
            ("../mm", "out-of-tree"),
            ("/mm", "out-of-tree"),
            ("link", "symbolic-link"),
        ] {
            let error = list_error(worktree, path);
            assert_eq!(error.code(), code, "{path}: {error}");
            assert!(error.to_string().contains(path), "{error}");
        }
    }
    assert_eq!(list_error(&folder, "link/a.c").code(), "symbolic-link");
    // What is named counts.
    assert_eq!(list(&folder, &["ignored/d.c"]), ["ignored/d.c"]);
    assert_eq!(list(&folder, &["ignored"]), ["ignored/d.c", "ignored/e.c"]);
    assert_eq!(list(&folder, &[]), ["fs/c.c", "mm.c", "mm/a.c", "mm/sub/b.c"]);
}

#[test]
fn names_and_contents_need_not_be_utf8() {
    let scratch = Scratch::repository();
    scratch.write(b"d\xff/n\xe4me.c", b"\xff\0x\r\n");
    scratch.commit();
    for worktree in [scratch.open(), scratch.open_at("HEAD")] {
        let files = worktree.files(&[b"d\xff".into()]).unwrap();
        assert_eq!(files[0].path, BString::from(b"d\xff/n\xe4me.c"));
        assert_eq!(worktree.read(files[0].path.as_bstr()).unwrap(), b"\xff\0x\r\n");
    }
}

#[test]
fn the_executable_bit_is_kept() {
    let scratch = Scratch::repository();
    scratch.write("a.c", "");
    scratch.write("b.c", "");
    let executable = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(scratch.at("b.c"), executable).unwrap();
    scratch.commit();
    for worktree in [scratch.open(), scratch.open_at("HEAD")] {
        assert_eq!(
            worktree.read_with_mode("a.c".into()).unwrap().1,
            FileMode::Regular
        );
        assert_eq!(
            worktree.read_with_mode("b.c".into()).unwrap().1,
            FileMode::Executable
        );
    }
    // Where git does not trust the file system, the index tells.
    scratch.git(&["config", "core.fileMode", "false"]);
    let executable = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(scratch.at("a.c"), executable).unwrap();
    assert_eq!(
        scratch.open().read_with_mode("a.c".into()).unwrap().1,
        FileMode::Regular
    );
}

#[test]
fn large_files_are_read_up_to_the_limit() {
    let scratch = Scratch::new();
    scratch.write("large.c", vec![b' '; 50 << 20]);
    let file = File::create(scratch.at("too-large.c")).unwrap();
    file.set_len(SIZE_LIMIT + 1).unwrap();
    let worktree = scratch.open();
    assert_eq!(worktree.read("large.c".into()).unwrap().len(), 50 << 20);
    let error = worktree.read("too-large.c".into()).unwrap_err();
    assert_eq!(error.to_string(), "too-large.c is over 64 MiB");
    assert_eq!(error.diagnostic().severity, Severity::Warning);
}

#[test]
fn a_revision_is_read_as_it_was() {
    let scratch = Scratch::repository();
    scratch.write("a.c", "old");
    scratch.write("gone/b.c", "b");
    scratch.commit();
    scratch.git(&["tag", "v1"]);
    scratch.git(&["rm", "-q", "gone/b.c"]);
    scratch.write("a.c", "new");
    scratch.commit();
    scratch.write("a.c", "dirty");
    let worktree = scratch.open_at("v1");
    assert_eq!(list(&worktree, &[]), ["a.c", "gone/b.c"]);
    assert_eq!(worktree.read("a.c".into()).unwrap(), b"old");
    assert_eq!(worktree.folder(), None);
    assert_eq!(worktree.revision(), Some("v1"));
    assert_eq!(scratch.open_at("HEAD").read("a.c".into()).unwrap(), b"new");
    assert_eq!(scratch.open().read("a.c".into()).unwrap(), b"dirty");
    let commit = scratch.git(&["rev-parse", "v1"]);
    assert_eq!(
        worktree.base_commit().unwrap().unwrap().as_bytes(),
        commit.trim_ascii()
    );
    for name in ["v2", "", "HEAD:a.c", "HEAD^^^", "HEAD..v1", "-x"] {
        let error = Worktree::open(&scratch.path(), Some(name)).err().unwrap();
        assert_eq!(error.code(), "bad-revision", "{name}: {error}");
        assert!(error.to_string().contains(&format!("`{name}`")), "{error}");
    }
}

#[test]
fn a_bare_repository_needs_a_revision() {
    let scratch = Scratch::repository();
    scratch.write("a.c", "a");
    scratch.commit();
    scratch.git(&["clone", "-q", "--bare", ".", "../bare"]);
    let bare = scratch.outside("bare");
    for with_config in [true, false] {
        if !with_config {
            std::fs::remove_file(bare.join("config")).unwrap();
        }
        let error = Worktree::open(&bare, None).err().unwrap();
        assert_eq!(error.code(), "bare-repository");
        assert!(error.help().contains("--rev HEAD"));
        let worktree = Worktree::open(&bare, Some("HEAD")).unwrap();
        assert_eq!(list(&worktree, &[]), ["a.c"]);
        assert_eq!(worktree.read("a.c".into()).unwrap(), b"a");
        assert_eq!(worktree.top(), None);
    }
}

#[test]
fn what_is_no_tree_is_refused() {
    let scratch = Scratch::new();
    scratch.write("file", "");
    for path in [scratch.at("none"), scratch.at("file")] {
        let error = Worktree::open(&path, None).err().unwrap();
        assert_eq!(error.code(), "not-a-folder");
        assert!(error.to_string().contains(path.to_str().unwrap()));
    }
    let error = Worktree::open(&scratch.path(), Some("HEAD")).err().unwrap();
    assert_eq!(error.code(), "no-repository");
}

#[test]
fn a_folder_of_a_repository_is_a_tree() {
    let scratch = Scratch::repository();
    scratch.write(".gitignore", "*.o\n/linux/out\n");
    scratch.write("linux/mm/a.c", "a");
    scratch.write("linux/mm/a.o", "");
    scratch.write("x.c", "");
    scratch.commit();
    scratch.write("linux/new.c", "");
    scratch.write("linux/new.o", "");
    scratch.write("linux/out/x.c", "");
    let folder = scratch.at("linux");
    let worktree = Worktree::open(&folder, None).unwrap();
    assert_eq!(list(&worktree, &[]), ["mm/a.c", "mm/a.o", "new.c"]);
    assert_eq!(worktree.read("mm/a.c".into()).unwrap(), b"a");
    assert!(!worktree.is_top_level());
    assert_eq!(worktree.prefix(), "linux");
    assert_eq!(worktree.top(), Some(&*scratch.path().canonicalize().unwrap()));
    assert_eq!(worktree.dirty(None).unwrap(), [""; 0]);
    assert_eq!(
        worktree.dirty(Some(&["new.c".into(), "mm/a.c".into()])).unwrap(),
        ["new.c"]
    );
    scratch.write("x.c", "changed outside of the folder");
    scratch.write("linux/mm/a.c", "changed");
    assert_eq!(worktree.dirty(None).unwrap(), ["mm/a.c"]);
    let at_head = Worktree::open(&folder, Some("HEAD")).unwrap();
    assert_eq!(list(&at_head, &["mm"]), ["mm/a.c", "mm/a.o"]);
    assert_eq!(at_head.read("mm/a.c".into()).unwrap(), b"a");
    let error = Worktree::open(&scratch.at("linux/out"), Some("HEAD"))
        .err()
        .unwrap();
    assert_eq!(error.code(), "no-repository");
}

#[test]
fn an_ignored_folder_is_not_part_of_the_repository_around_it() {
    let scratch = Scratch::repository();
    scratch.write(".gitignore", "build/\n");
    scratch.write("build/linux/a.c", "");
    scratch.write("build/linux/a.o", "");
    scratch.write("build/linux/.gitignore", "*.o\n");
    scratch.git(&["add", "."]);
    scratch.git(&["commit", "-qm", "x"]);
    let worktree = Worktree::open(&scratch.at("build/linux"), None).unwrap();
    assert_eq!(list(&worktree, &[]), [".gitignore", "a.c", "a.o"]);
    assert_eq!(worktree.git_dir(), None);
}

#[test]
fn submodules_and_nested_repositories_are_skipped() {
    let scratch = Scratch::repository();
    scratch.write("a.c", "");
    scratch.commit();
    for name in ["module", "nested"] {
        scratch.git(&["init", "-q", name]);
        scratch.write(format!("{name}/b.c"), "");
        let folder = scratch.at(name);
        scratch.git_in(&folder, &["add", "."]);
        scratch.git_in(
            &folder,
            &[
                "-c",
                "user.name=A",
                "-c",
                "user.email=a@example.org",
                "commit",
                "-qm",
                "x",
            ],
        );
    }
    scratch.git(&["-c", "advice.addEmbeddedRepo=false", "add", "module"]);
    scratch.git(&["commit", "-qm", "module"]);
    let listing = scratch.open().list(&[]).unwrap();
    assert_eq!(paths(&listing), ["a.c"]);
    let reasons: Vec<_> = listing
        .skipped
        .iter()
        .map(|s| (s.path.to_string(), s.reason))
        .collect();
    let module = ("module".to_string(), SkipReason::Submodule);
    assert_eq!(
        reasons,
        [
            module.clone(),
            ("nested".to_string(), SkipReason::NestedRepository)
        ]
    );
    let listing = scratch.open_at("HEAD").list(&[]).unwrap();
    assert_eq!(paths(&listing), ["a.c"]);
    assert_eq!(listing.skipped[0].reason, module.1);
}

#[test]
fn a_linked_worktree_is_a_tree() {
    let scratch = Scratch::repository();
    scratch.write(".gitignore", "*.c\n");
    scratch.write("a.c", "");
    scratch.commit();
    scratch.git(&["worktree", "add", "-q", "../linked"]);
    let linked = scratch.outside("linked");
    std::fs::write(linked.join("new.c"), "").unwrap();
    let worktree = Worktree::open(&linked, None).unwrap();
    assert_eq!(list(&worktree, &[]), [".gitignore", "a.c"]);
    assert!(worktree.is_top_level());
    assert!(worktree.git_dir().unwrap().ends_with("worktrees/linked"));
}

#[test]
fn files_that_are_not_checked_out_are_named() {
    let scratch = Scratch::repository();
    for path in ["a/x.c", "b/y.c", "b/z.c", "c.c"] {
        scratch.write(path, "");
    }
    scratch.commit();
    std::fs::remove_file(scratch.at("c.c")).unwrap();
    scratch.git(&["sparse-checkout", "set", "--no-sparse-index", "a"]);
    let listing = scratch.open().list(&[]).unwrap();
    assert_eq!(paths(&listing), ["a/x.c"]);
    assert_eq!(listing.missing, ["b/y.c", "b/z.c", "c.c"]);
    assert_eq!(scratch.open().list(&["a".into()]).unwrap().missing, [""; 0]);
}

#[test]
fn dirty_files_are_those_that_git_could_not_bring_back() {
    let scratch = Scratch::repository();
    for path in ["clean.c", "changed.c", "staged.c", "removed.c", "a/b/clean.c"] {
        scratch.write(path, "1");
    }
    scratch.commit();
    scratch.write(".git/info/exclude", "*.ignored\n");
    let worktree = scratch.open();
    assert_eq!(worktree.dirty(None).unwrap(), [""; 0]);
    scratch.write("changed.c", "2");
    scratch.write("staged.c", "2");
    scratch.git(&["add", "staged.c"]);
    std::fs::remove_file(scratch.at("removed.c")).unwrap();
    scratch.write("new/deep/untracked.c", "");
    scratch.write("a/b/untracked.c", "");
    scratch.write("x.ignored", "");
    assert_eq!(
        worktree.dirty(None).unwrap(),
        ["changed.c", "removed.c", "staged.c"]
    );
    let paths = [
        "clean.c",
        "changed.c",
        "staged.c",
        "new/deep/untracked.c",
        "a/b/untracked.c",
        "a/b/clean.c",
        "x.ignored",
    ];
    let paths = paths.map(BString::from);
    assert_eq!(
        worktree.dirty(Some(&paths)).unwrap(),
        [
            "a/b/untracked.c",
            "changed.c",
            "new/deep/untracked.c",
            "staged.c",
            "x.ignored"
        ]
    );
    assert_eq!(worktree.dirty(Some(&paths[..1])).unwrap(), [""; 0]);
    assert_eq!(worktree.dirty(Some(&[])).unwrap(), [""; 0]);
}

#[test]
fn a_repository_without_a_commit_has_facts_too() {
    let scratch = Scratch::repository();
    scratch.write("a.c", "");
    let worktree = scratch.open();
    assert_eq!(list(&worktree, &[]), ["a.c"]);
    assert_eq!(worktree.base_commit().unwrap(), None);
    assert_eq!(worktree.in_progress().unwrap(), None);
    assert_eq!(worktree.dirty(Some(&["a.c".into()])).unwrap(), ["a.c"]);
    let error = Worktree::open(&scratch.path(), Some("HEAD")).err().unwrap();
    assert_eq!(error.code(), "bad-revision");
}

#[test]
fn what_git_is_doing_is_known() {
    let scratch = Scratch::repository();
    scratch.write("a.c", "1");
    scratch.commit();
    scratch.git(&["bisect", "start"]);
    assert_eq!(scratch.open().in_progress().unwrap(), Some("bisect"));
    scratch.git(&["bisect", "reset"]);
    std::fs::create_dir(scratch.at(".git/rebase-merge")).unwrap();
    assert_eq!(scratch.open().in_progress().unwrap(), Some("rebase"));
}

#[test]
fn deep_folders_take_neither_the_stack_nor_the_run() {
    let scratch = Scratch::new();
    scratch.write("a.c", "");
    // Deeper than a path can name: made step by step.
    let mut folder: OwnedFd = File::open(scratch.path()).unwrap().into();
    for _ in 0..2500 {
        rustix::fs::mkdirat(&folder, "dd", rustix::fs::Mode::RWXU).unwrap();
        folder = open_folder(&folder, "dd".into()).unwrap();
    }
    let listing = scratch.open().list(&[]).unwrap();
    assert_eq!(paths(&listing), ["a.c"]);
    assert_eq!(listing.diagnostics.len(), 1);
    assert_eq!(listing.diagnostics[0].code, "path-too-long");
}

#[test]
fn readers_in_many_threads_see_the_same() {
    use rayon::prelude::*;
    let scratch = Scratch::repository();
    for number in 0..200 {
        scratch.write(format!("{}/{number}.c", number % 7), number.to_string());
    }
    scratch.commit();
    for worktree in [scratch.open(), scratch.open_at("HEAD")] {
        let files = worktree.files(&[]).unwrap();
        assert_eq!(files.len(), 200);
        files.par_iter().for_each(|entry| {
            let text = worktree.read(entry.path.as_bstr()).unwrap();
            assert!(entry.path.ends_with(&[b"/", &text[..], b".c"].concat()));
        });
    }
}

mod against_git {
    use proptest::prelude::*;

    use super::*;

    /// Rules and paths out of few names, so that they meet.
    fn rules() -> impl Strategy<Value = String> {
        let part = prop::sample::select(vec!["a", "b", "*", "**", "?", "a*", "[ab]", "*.o", "x.o"]);
        let rule = (
            prop::sample::select(vec!["", "!", "/", "!/"]),
            prop::collection::vec(part, 1..4),
            prop::sample::select(vec!["", "/", " "]),
        );
        let line = rule.prop_map(|(before, parts, after)| format!("{before}{}{after}", parts.join("/")));
        prop::collection::vec(line, 0..5).prop_map(|lines| lines.join("\n"))
    }

    fn files() -> impl Strategy<Value = Vec<String>> {
        let part = prop::sample::select(vec!["a", "b", "ab", "x.o"]);
        let path = prop::collection::vec(part, 1..5).prop_map(|parts| parts.join("/"));
        prop::collection::vec(path, 1..12)
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..Default::default() })]

        #[test]
        fn files_are_those_that_git_counts(
            top in rules(), below in rules(), exclude in rules(), tracked in files(), untracked in files(),
        ) {
            let scratch = Scratch::repository();
            // A path that is a folder already can't be a file too.
            let write = |path: &str| {
                let path = scratch.at(path);
                let _ = std::fs::create_dir_all(path.parent().unwrap());
                let _ = std::fs::write(path, "");
            };
            tracked.iter().for_each(|path| write(path));
            scratch.git(&["add", "-Af", "."]);
            untracked.iter().for_each(|path| write(path));
            scratch.write(".gitignore", top);
            scratch.write(".git/info/exclude", exclude);
            if scratch.at("a").is_dir() {
                scratch.write("a/.gitignore", below);
            }
            prop_assert_eq!(list(&scratch.open(), &[]), by_git(&scratch));
        }
    }
}
