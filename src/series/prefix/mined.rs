//! What the history of a file and of its neighbours says about the prefix of the next change.

use std::collections::{BTreeMap, BTreeSet};

use bstr::{BStr, ByteSlice};

use super::guess::without_part;
use super::history::{Commit, History};
use super::subject;

/// Commits on a file that count, the newest ones.
const MOST_ON_FILE: usize = 30;

/// Commits on one folder that are looked at, the newest ones.
const MOST_COMMITS: usize = 400;

/// What was found: the prefix, and how much stands behind it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Mined {
    pub prefix: String,
    /// Commits on the file itself.
    pub on_file: usize,
    /// Commits on other files of its folder.
    pub on_folder: usize,
    /// How much of the evidence agrees, in percent.
    pub share: u64,
}

/// Counts prefixes; of equals the one of the newest commit wins.
#[derive(Default)]
struct Votes {
    by_prefix: BTreeMap<String, (u64, usize)>,
    commits: usize,
}

impl Votes {
    fn add(&mut self, prefix: String, weight: u64) {
        let order = self.commits;
        self.by_prefix.entry(prefix).or_insert((0, order)).0 += weight;
        self.commits += 1;
    }

    /// Scales the weights so that they sum up to about `total`.
    fn scaled(&self, total: u64) -> impl Iterator<Item = (String, u64)> {
        let sum: u64 = self.by_prefix.values().map(|(weight, _)| weight).sum();
        let mut sorted: Vec<_> = self.by_prefix.iter().collect();
        sorted.sort_by_key(|(_, (_, order))| *order);
        sorted
            .into_iter()
            .map(move |(prefix, (weight, _))| (prefix.clone(), weight * total / sum.max(1)))
    }
}

/// Mines the prefix for a path; `None` when the history says nothing.
pub(super) fn mined(path: &BStr, history: &History) -> Option<Mined> {
    let (folder, name) = split(path);
    let (parent, folder_name) = split(folder);
    let target = Name::of_file(name);
    let mut on_file = Votes::default();
    let mut others = Vec::new();
    for commit in history.on_folder(folder).take(MOST_COMMITS) {
        let Some(prefix) = narrow_prefix(commit) else {
            continue;
        };
        if commit.paths.iter().any(|touched| touched == path) {
            let weight = match on_file.commits {
                0..3 => 30,
                3..10 => 20,
                10..MOST_ON_FILE => 5,
                _ => continue,
            };
            on_file.add(prefix.to_owned(), weight);
        } else {
            let neighbours = commit
                .paths
                .iter()
                .map(|touched| split(touched.as_bstr()))
                .filter(|(of, of_name)| *of == folder && is_source(of_name) == is_source(name))
                .map(|(_, name)| Name::of_file(name));
            let neighbours: Vec<_> = neighbours.collect();
            if !neighbours.is_empty() {
                others.push((prefix, neighbours));
            }
        }
    }
    let on_folder = carried_over(&target, &others);
    let mut votes = Votes::default();
    for (prefix, weight) in on_file.scaled(30 * (on_file.commits as u64).min(20)) {
        votes.add(prefix, weight);
    }
    if on_folder.commits >= 2 || on_file.commits == 0 {
        for (prefix, weight) in on_folder.scaled(45) {
            votes.add(prefix, weight);
        }
    }
    if on_file.commits < 2 && on_folder.commits < 3 && !parent.is_empty() {
        let cousins: Vec<_> = history
            .on_folder_or_below(parent)
            .filter_map(|commit| Some((narrow_prefix(commit)?, commit)))
            .take(MOST_COMMITS)
            .map(|(prefix, commit)| (prefix, folders_below(parent, commit)))
            .filter(|(_, folders)| !folders.is_empty())
            .collect();
        for (prefix, weight) in carried_over(&Name::of_folder(folder_name), &cousins).scaled(15) {
            votes.add(prefix, weight);
        }
    }
    let sum: u64 = votes.by_prefix.values().map(|(weight, _)| weight).sum();
    let (prefix, (weight, _)) = votes
        .by_prefix
        .iter()
        .max_by_key(|(_, (weight, order))| (*weight, std::cmp::Reverse(*order)))?;
    Some(Mined {
        prefix: prefix.clone(),
        on_file: on_file.commits,
        on_folder: on_folder.commits,
        share: weight * 100 / sum.max(1),
    })
}

/// The prefix of a commit that is about a place, and not a sweep over the tree.
fn narrow_prefix(commit: &Commit) -> Option<&str> {
    if commit.broad {
        return None;
    }
    subject::prefix(&commit.subject)
}

/// Folder and name; the folder of a file in the root is empty.
fn split(path: &BStr) -> (&BStr, &BStr) {
    match path.rfind_byte(b'/') {
        Some(at) => (path[..at].as_bstr(), path[at + 1..].as_bstr()),
        None => ("".into(), path),
    }
}

/// Whether a file is C or assembler, and not one that builds or describes the others.
fn is_source(name: &BStr) -> bool {
    [&b".c"[..], b".h", b".S"].iter().any(|end| name.ends_with(end))
}

/// The folders right below `parent` that a commit touches.
fn folders_below(parent: &BStr, commit: &Commit) -> Vec<Name> {
    let below = |path: &BStr| -> Option<Name> {
        let rest = path.strip_prefix(parent.as_bytes())?.strip_prefix(b"/")?;
        Some(Name::of_folder(rest[..rest.find_byte(b'/')?].as_bstr()))
    };
    commit
        .paths
        .iter()
        .filter_map(|path| below(path.as_bstr()))
        .collect()
}

/// What the prefixes of neighbours would be for the target: the same, or with its name in place of theirs.
fn carried_over(target: &Name, neighbours: &[(&str, Vec<Name>)]) -> Votes {
    // A prefix that always comes with a file it names is that driver's; one that does not is the folder's.
    let mut folders_own: BTreeSet<&str> = BTreeSet::new();
    for (prefix, names) in neighbours {
        if !names.iter().any(|name| name.find_in(prefix).is_some()) {
            folders_own.insert(prefix);
        }
    }
    let mut votes = Votes::default();
    for (prefix, names) in neighbours {
        let template = names.iter().find_map(|name| name.find_in(prefix));
        match template {
            Some(template) if !folders_own.contains(prefix) && !target.has_run(template.word(prefix)) => {
                votes.add(template.fill(prefix, target), 1);
            }
            _ => votes.add((*prefix).to_owned(), 1),
        }
    }
    votes
}

/// The name of a file without its ending, or of a folder.
#[derive(Debug)]
struct Name {
    stem: String,
}

/// A place in a prefix that holds a part of a name.
#[derive(Debug)]
struct Template {
    start: usize,
    end: usize,
    /// What stands around that part in the name, with the separator.
    lead: String,
    trail: String,
    upper: bool,
}

impl Name {
    fn of_file(name: &BStr) -> Self {
        let name = name.to_str_lossy();
        let stem = match name.split_once('.') {
            Some((stem, _)) if !stem.is_empty() => stem,
            _ => &name,
        };
        Self {
            stem: stem.to_owned(),
        }
    }

    fn of_folder(name: &BStr) -> Self {
        Self {
            stem: name.to_str_lossy().into_owned(),
        }
    }

    /// Where words start and end; names are short, and only the first words of a hostile one count.
    fn words(&self) -> Vec<(usize, usize)> {
        let mut words = Vec::new();
        let mut start = 0;
        for part in self.stem.split(['-', '_']).take(8) {
            words.push((start, start + part.len()));
            start += part.len() + 1;
        }
        words
    }

    /// Whether `word` is a run of words of this name.
    fn has_run(&self, word: &str) -> bool {
        self.runs()
            .iter()
            .any(|&(start, end)| same(&self.stem[start..end], word))
    }

    /// All runs of words, the longest ones first.
    fn runs(&self) -> Vec<(usize, usize)> {
        let words = self.words();
        let mut runs: Vec<(usize, usize)> = words
            .iter()
            .enumerate()
            .flat_map(|(first, &(start, _))| words[first..].iter().map(move |&(_, end)| (start, end)))
            .filter(|(start, end)| end - start > 1)
            .collect();
        runs.sort_by_key(|(start, end)| std::cmp::Reverse(end - start));
        runs
    }

    /// Finds the last word of the prefix that is a run of this name: the first ones are the subsystem's.
    fn find_in(&self, prefix: &str) -> Option<Template> {
        let runs = self.runs();
        tokens(prefix).into_iter().rev().find_map(|(start, end)| {
            let word = &prefix[start..end];
            let found = runs.iter().find(|(from, to)| same(&self.stem[*from..*to], word));
            found.map(|&(from, to)| {
                let letters = |c: char| c.is_ascii_uppercase();
                Template {
                    start,
                    end,
                    lead: self.stem[..from].to_owned(),
                    trail: self.stem[to..].to_owned(),
                    upper: word.contains(letters)
                        && word == word.to_ascii_uppercase()
                        && !self.stem[from..to].contains(letters),
                }
            })
        })
    }
}

impl Template {
    fn word<'a>(&self, prefix: &'a str) -> &'a str {
        &prefix[self.start..self.end]
    }

    /// The prefix with the target's name in it, cut where the neighbour's was.
    fn fill(&self, prefix: &str, target: &Name) -> String {
        let stem = target.stem.as_str();
        let stem = stem
            .strip_prefix(self.lead.as_str())
            .filter(|rest| !rest.is_empty())
            .unwrap_or(stem);
        let stem = stem
            .strip_suffix(self.trail.as_str())
            .filter(|rest| !rest.is_empty())
            .unwrap_or(stem);
        let stem = without_part(stem);
        let stem = if self.upper {
            stem.to_ascii_uppercase()
        } else {
            stem.to_owned()
        };
        format!("{}{stem}{}", &prefix[..self.start], &prefix[self.end..])
    }
}

/// Equal but for case, and for hyphens where the other has underscores.
fn same(a: &str, b: &str) -> bool {
    let plain = |byte: u8| {
        if byte == b'_' {
            b'-'
        } else {
            byte.to_ascii_lowercase()
        }
    };
    a.len() == b.len() && a.bytes().zip(b.bytes()).all(|(a, b)| plain(a) == plain(b))
}

/// Words of a prefix, hyphens and underscores included.
fn tokens(prefix: &str) -> Vec<(usize, usize)> {
    let part = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let mut tokens = Vec::new();
    let mut start = None;
    for (at, c) in prefix.char_indices().chain([(prefix.len(), ' ')]) {
        match (part(c), start) {
            (true, None) => start = Some(at),
            (false, Some(from)) => {
                // The hyphen of ` - ` alone is no word.
                if prefix[from..at].contains(|c: char| c.is_ascii_alphanumeric()) {
                    tokens.push((from, at));
                }
                start = None;
            }
            _ => {}
        }
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commit(subject: &str, paths: &[&str]) -> Commit {
        Commit {
            subject: subject.to_owned(),
            paths: paths.iter().map(|path| (*path).into()).collect(),
            broad: false,
        }
    }

    fn found(path: &str, commits: &[(&str, &[&str])]) -> Option<String> {
        let commits = commits.iter().map(|(subject, paths)| commit(subject, paths));
        mined(path.into(), &History::new(commits.collect())).map(|mined| mined.prefix)
    }

    #[test]
    fn the_file_itself_says_most() {
        let commits: &[(&str, &[&str])] = &[
            ("b: x", &["d/two.c"]),
            ("a: x", &["d/one.c"]),
            ("a: y", &["d/one.c"]),
            ("b: y", &["d/two.c"]),
            ("b: z", &["d/two.c"]),
        ];
        assert_eq!(found("d/one.c", commits).as_deref(), Some("a:"));
        assert_eq!(found("elsewhere/one.c", commits), None);
    }

    #[test]
    fn a_new_file_takes_the_style_of_its_neighbours() {
        let each: &[(&str, &[&str])] = &[
            ("i2c: aa: x", &["i/i2c-aa.c", "i/Kconfig"]),
            ("i2c: bb: x", &["i/i2c-bb.c"]),
            ("i2c: cc: x", &["i/i2c-cc.c", "i/Makefile"]),
        ];
        assert_eq!(found("i/i2c-dd.c", each).as_deref(), Some("i2c: dd:"));
        assert_eq!(found("i/odd.c", each).as_deref(), Some("i2c: odd:"));
        let one: &[(&str, &[&str])] = &[
            ("net: foo: x", &["f/foo_main.c"]),
            ("net: foo: y", &["f/foo_tx.c", "f/ring.c"]),
            ("net: foo: z", &["f/ring.c"]),
        ];
        assert_eq!(found("f/foo_rx.c", one).as_deref(), Some("net: foo:"));
        assert_eq!(found("f/queue.c", one).as_deref(), Some("net: foo:"));
    }

    #[test]
    fn a_new_folder_takes_the_style_of_its_cousins() {
        let commits: &[(&str, &[&str])] = &[
            ("scsi: aa: x", &["s/aa/main.c"]),
            ("scsi: bb: x", &["s/bb/main.c", "s/bb/b.h"]),
            ("scsi: bb: y", &["s/bb/main.c"]),
        ];
        assert_eq!(found("s/cc/main.c", commits).as_deref(), Some("scsi: cc:"));
    }

    #[test]
    fn capitals_and_underscores_are_kept() {
        let commits: &[(&str, &[&str])] = &[("PCI/AER: x", &["p/aer.c"]), ("PCI/DPC: x", &["p/dpc.c"])];
        assert_eq!(found("p/edr.c", commits).as_deref(), Some("PCI/EDR:"));
        let commits: &[(&str, &[&str])] =
            &[("Input: a-b - x", &["k/a_b.c"]), ("Input: c-d - x", &["k/c_d.c"])];
        assert_eq!(found("k/e_f.c", commits).as_deref(), Some("Input: e_f -"));
    }

    #[test]
    fn sweeps_and_subjects_without_a_prefix_do_not_count() {
        let broad = Commit {
            broad: true,
            ..commit("treewide: x", &["d/a.c"])
        };
        let commits = vec![
            broad,
            commit("Fix it", &["d/a.c"]),
            commit("Revert \"a: b\"", &["d/a.c"]),
        ];
        assert_eq!(mined("d/a.c".into(), &History::new(commits)), None);
    }

    #[test]
    fn hostile_names_take_no_time() {
        let long = format!("d/{}.c", "a-".repeat(2000));
        let prefix = format!("{}: x", "b-".repeat(20));
        let commits: Vec<_> = (0..2000).map(|_| commit(&prefix, &[&long])).collect();
        let history = History::new(commits);
        assert!(mined("d/x.c".into(), &history).is_some());
        assert!(mined(long.as_str().into(), &history).is_some());
    }
}
