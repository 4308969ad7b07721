//! Prefixes mined from a repository with a few hundred commits that this test writes.

use bstr::BString;
use git2::build::TreeUpdateBuilder;
use git2::{FileMode, Oid, Repository, Signature, Time};
use respin::series::prefix::{Confidence, History, Limits, Prefix, of_file, of_files, walk};

/// A tree that grows commit by commit, without a worktree.
struct Scratch {
    repository: Repository,
    _folder: tempfile::TempDir,
    head: Option<Oid>,
    commits: i64,
}

impl Scratch {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a scratch folder");
        Self {
            repository: Repository::init_bare(folder.path()).expect("a repository"),
            _folder: folder,
            head: None,
            commits: 0,
        }
    }

    fn commit(&mut self, subject: &str, paths: &[&str]) -> Oid {
        let mut update = TreeUpdateBuilder::new();
        for path in paths {
            let text = format!("{path} {}\n", self.commits);
            let blob = self.repository.blob(text.as_bytes()).expect("a blob");
            update.upsert(*path, blob, FileMode::Blob);
        }
        let parents: Vec<Oid> = self.head.into_iter().collect();
        let before = match self.head {
            Some(id) => self.repository.find_commit(id).and_then(|commit| commit.tree()),
            None => self
                .repository
                .treebuilder(None)
                .and_then(|empty| self.repository.find_tree(empty.write()?)),
        };
        let before = before.expect("a tree");
        let tree = update.create_updated(&self.repository, &before).expect("a tree");
        drop(before);
        self.commit_tree(subject, tree, &parents)
    }

    fn commit_tree(&mut self, subject: &str, tree: Oid, parents: &[Oid]) -> Oid {
        self.commits += 1;
        let tree = self.repository.find_tree(tree).expect("the tree");
        let time = Time::new(1_000_000 + self.commits, 0);
        let who = Signature::new("Ann", "ann@example.org", &time).expect("a name");
        let parents: Vec<_> = parents
            .iter()
            .map(|id| self.repository.find_commit(*id).expect("a parent"))
            .collect();
        let parents: Vec<_> = parents.iter().collect();
        let id = self
            .repository
            .commit(None, &who, &who, subject, &tree, &parents)
            .expect("a commit");
        self.head = Some(id);
        id
    }

    fn mined(&self, path: &str) -> Prefix {
        of_file(path.into(), &self.history(&[path], Limits::default()))
    }

    fn history(&self, paths: &[&str], limits: Limits) -> History {
        let paths: Vec<BString> = paths.iter().map(|path| BString::from(*path)).collect();
        walk(&self.repository, self.head.expect("a commit"), &paths, limits).expect("a history")
    }
}

/// Folders with a file of each, how subjects on it begin, and a file that nobody touched since it came.
const STYLES: &[(&str, &[&str], &str, &str, &str)] = &[
    (
        "drivers/quux",
        &["alpha.c", "beta.c", "gamma.c"],
        "quux: {}:",
        "delta.c",
        "quux: delta:",
    ),
    (
        "drivers/input/pads",
        &["pad_a.c", "pad_b.c", "pad_c.c"],
        "Input: {} -",
        "pad_d.c",
        "Input: pad_d -",
    ),
    (
        "drivers/hwmon",
        &["lm1.c", "lm2.c", "lm3.c"],
        "hwmon: ({})",
        "lm4.c",
        "hwmon: (lm4)",
    ),
    (
        "drivers/gpu/drm/foo",
        &["foo_drv.c", "gem.c", "kms.c"],
        "drm/foo:",
        "new.c",
        "drm/foo:",
    ),
    (
        "drivers/crypto/bar",
        &["bar-aes.c", "hash.c", "ring.c"],
        "crypto: bar -",
        "new.c",
        "crypto: bar -",
    ),
    (
        "drivers/i2c/busses",
        &["i2c-aa.c", "i2c-bb.c", "i2c-cc.c"],
        "i2c: {i2c-}:",
        "i2c-dd.c",
        "i2c: dd:",
    ),
    (
        "drivers/watchdog",
        &["aa_wdt.c", "bb_wdt.c", "cc_wdt.c"],
        "watchdog: {_wdt}:",
        "dd_wdt.c",
        "watchdog: dd:",
    ),
    // Not what the table of folders would say.
    (
        "drivers/gpio",
        &["gpio-aa.c", "gpio-bb.c", "gpio-cc.c"],
        "GPIO/{gpio-},",
        "gpio-dd.c",
        "",
    ),
    (
        "drivers/pci/pcie",
        &["aer.c", "dpc.c", "pme.c"],
        "PCI/{^}:",
        "edr.c",
        "PCI/EDR:",
    ),
    (
        "net/quux",
        &["one.c", "two.c", "three.c"],
        "net: quux:",
        "four.c",
        "net: quux:",
    ),
    ("mm", &["slab.c", "vma.c", "swap.c"], "mm/{}:", "zz.c", "mm/zz:"),
    (
        "sound/soc/codecs",
        &["rt1.c", "wm2.c", "da3.c"],
        "ASoC: {}:",
        "tas4.c",
        "ASoC: tas4:",
    ),
];

/// The prefix of a file by a style: `{}` is its name, `{x-}` or `{_x}` what is cut off it, `{^}` capitals.
fn styled(style: &str, file: &str) -> String {
    let stem = file.trim_end_matches(".c");
    let Some((before, rest)) = style.split_once('{') else {
        return style.to_owned();
    };
    let (how, after) = rest.split_once('}').expect("a style");
    let stem = match how {
        "^" => stem.to_uppercase(),
        _ => stem.trim_start_matches(how).trim_end_matches(how).to_owned(),
    };
    format!("{before}{stem}{after}")
}

fn kernel() -> Scratch {
    let mut scratch = Scratch::new();
    // Thousands of small files would take longer than all of the test.
    let objects = scratch.repository.odb().expect("objects");
    objects.add_new_mempack_backend(1000).expect("memory");
    drop(objects);
    let mut all = vec!["Makefile".to_owned(), "include/linux/quux.h".to_owned()];
    for (folder, files, _, untouched, _) in STYLES {
        all.extend(
            files
                .iter()
                .chain([untouched])
                .map(|file| format!("{folder}/{file}")),
        );
    }
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    scratch.commit("Linux 1.0", &all);
    let mut round = 0_usize;
    while scratch.commits < 420 {
        round += 1;
        for (number, (folder, files, style, _, _)) in STYLES.iter().enumerate() {
            let file = files[(round + number) % files.len()];
            let path = format!("{folder}/{file}");
            let prefix = styled(style, file);
            let subject = match (round + number) % 9 {
                0 => format!("Revert \"{prefix} use the other thing\""),
                1 => format!("{prefix} fix this: and that"),
                2 => "Fix a typo".to_owned(),
                _ => format!("{prefix} do a thing in round {round}"),
            };
            let mut paths = vec![path.as_str()];
            if round.is_multiple_of(3) {
                paths.push("include/linux/quux.h");
            }
            scratch.commit(&subject, &paths);
        }
        if round.is_multiple_of(4) {
            scratch.commit("treewide: spell it in another way", &all);
        }
        if round.is_multiple_of(5) {
            // A merge that brings nothing says nothing.
            let head = scratch.head.expect("a commit");
            let tree = scratch.repository.find_commit(head).expect("it").tree_id();
            scratch.commit_tree("Merge tag 'wrong: prefix'", tree, &[head, head]);
        }
    }
    scratch
}

#[test]
fn mined_prefixes_are_those_of_the_history() {
    let scratch = kernel();
    let mut wrong = Vec::new();
    for (folder, files, style, untouched, expected) in STYLES {
        if expected.is_empty() {
            continue;
        }
        for file in *files {
            let found = scratch.mined(&format!("{folder}/{file}"));
            if found.text != styled(style, file) || found.confidence != Confidence::Sure {
                wrong.push(format!("{folder}/{file}: {found:?}"));
            }
        }
        let found = scratch.mined(&format!("{folder}/{untouched}"));
        if found.text != *expected || found.confidence == Confidence::Doubtful {
            wrong.push(format!("{folder}/{untouched}: {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    // A comma ends no prefix, so that this folder has none and the table speaks.
    let found = scratch.mined("drivers/gpio/gpio-dd.c");
    assert_eq!(found.text, "gpio: dd:");
    assert_ne!(found.confidence, Confidence::Sure);
}

#[test]
fn the_history_of_several_files_has_one_prefix() {
    let scratch = kernel();
    let of = |paths: &[&str]| {
        let history = scratch.history(paths, Limits::default());
        let paths: Vec<BString> = paths.iter().map(|path| BString::from(*path)).collect();
        of_files(&paths, &history).text
    };
    assert_eq!(
        of(&["drivers/gpu/drm/foo/gem.c", "drivers/gpu/drm/foo/kms.c"]),
        "drm/foo:"
    );
    assert_eq!(of(&["sound/soc/codecs/rt1.c", "sound/soc/codecs/wm2.c"]), "ASoC:");
    assert_eq!(of(&["mm/slab.c", "include/linux/quux.h"]), "mm/slab:");
    assert_eq!(of(&["mm/slab.c", "mm/vma.c", "mm/swap.c"]), "mm:");
}

#[test]
fn a_style_that_changed_is_the_new_one() {
    let mut scratch = Scratch::new();
    scratch.commit("Linux 1.0", &["drivers/net/wireless/x/a.c", "README"]);
    for round in 0..40 {
        let prefix = if round < 30 { "x:" } else { "wifi: x:" };
        scratch.commit(
            &format!("{prefix} round {round}"),
            &["drivers/net/wireless/x/a.c"],
        );
        scratch.commit("README: words", &["README"]);
    }
    let found = scratch.mined("drivers/net/wireless/x/a.c");
    assert_eq!(
        (found.text.as_str(), found.confidence),
        ("wifi: x:", Confidence::Sure)
    );
}

#[test]
fn the_walk_keeps_to_its_bounds_and_is_the_same_each_time() {
    let scratch = kernel();
    let path = "drivers/quux/alpha.c";
    let all = scratch.history(&[path], Limits::default());
    let again = scratch.history(&[path], Limits::default());
    assert_eq!(format!("{all:?}").len(), format!("{again:?}").len());
    let few = Limits {
        commits: 50,
        ..Limits::default()
    };
    assert!(scratch.history(&[path], few).len() < all.len());
    let hits = Limits {
        hits: 3,
        ..Limits::default()
    };
    assert_eq!(scratch.history(&[path], hits).len(), 3);
}

#[test]
fn a_history_that_ends_early_is_read_as_far_as_it_goes() {
    let mut scratch = Scratch::new();
    scratch.commit("Linux 1.0", &["drivers/quux/a.c"]);
    let lost = scratch.commit("old: this one gets lost", &["drivers/quux/a.c"]);
    for round in 0..6 {
        scratch.commit(&format!("quux: round {round}"), &["drivers/quux/a.c"]);
    }
    let id = lost.to_string();
    let object = scratch
        .repository
        .path()
        .join("objects")
        .join(&id[..2])
        .join(&id[2..]);
    std::fs::remove_file(object).expect("a loose object");
    assert_eq!(scratch.mined("drivers/quux/a.c").text, "quux:");
}

#[test]
fn strange_names_and_subjects_do_no_harm() {
    let mut scratch = Scratch::new();
    let deep = format!("{}x.c", "d/".repeat(200));
    let paths = [
        "-rf",
        "a b/c d.c",
        "ä/ö.c",
        "x/\u{7f}.c",
        "drivers/q/...c",
        deep.as_str(),
    ];
    scratch.commit("Linux 1.0", &paths);
    for subject in [
        "x\rBcc: y: z",
        "\u{1b}[31mred: x",
        ": ",
        "a: b\u{0}",
        "é: ü",
        "ok: fine",
    ] {
        scratch.commit(subject.trim_end_matches('\u{0}'), &paths);
    }
    for path in paths.iter().chain(&["", "/", "//", "nowhere/a.c", "a"]) {
        let found = scratch.mined(path);
        assert!(!found.text.chars().any(char::is_control), "{path:?}: {found:?}");
        assert!(found.text.len() < 80 || path.len() > 80, "{path:?}: {found:?}");
    }
}
