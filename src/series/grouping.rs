//! Which atoms of a plan go into one patch, and in which order the patches come.

use std::collections::BTreeMap;

use bstr::{BStr, BString, ByteSlice};

use super::driver::{Drivers, split};
use super::error::{Error, ErrorKind, Result};
use super::facts::Advisor;
use super::quote;
use crate::plan::{Atom, FileChange, Phase, Plan};
use crate::transform::Split;

/// The atoms of one patch.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Group {
    pub(super) phase: Phase,
    /// What tells it from the others, in a word or two.
    pub(super) unit: String,
    /// Sorted by path.
    pub(super) files: Vec<FileChange>,
    /// Indices into the plan's sites, sorted.
    pub(super) sites: Vec<usize>,
    pub(super) notes: Vec<String>,
}

impl Group {
    fn first_path(&self) -> Option<&BString> {
        self.files.first().map(|file| &file.path)
    }

    pub(super) fn paths(&self) -> Vec<BString> {
        self.files.iter().map(|file| file.path.clone()).collect()
    }
}

/// Groups the atoms: what introduces something first, each by itself, then the conversions by
/// their first file, and what retires something last.
pub(super) fn group(
    plan: &Plan,
    split: Split,
    advisor: &dyn Advisor,
    read: &dyn Fn(&BStr) -> Option<Vec<u8>>,
) -> Result<Vec<Group>> {
    let mut drivers = Drivers::new(read);
    let mut groups = Vec::new();
    for phase in [Phase::Introduce, Phase::Convert, Phase::Retire] {
        let of_phase = |atom: &&Atom| atom.phase == phase && !atom.files.is_empty();
        let mut atoms: Vec<&Atom> = plan.atoms.iter().filter(of_phase).collect();
        atoms.sort_by_key(|atom| first_path(atom));
        let mut by_key: BTreeMap<(BString, usize), Vec<&Atom>> = BTreeMap::new();
        for (index, atom) in atoms.into_iter().enumerate() {
            let alone = phase != Phase::Convert || split == Split::File;
            let key = match (alone, split) {
                (true, _) => (BString::from(first_path(atom)), index),
                (_, Split::None) => (BString::default(), 0),
                _ => (key(atom, split, advisor, &mut drivers), 0),
            };
            by_key.entry(key).or_default().push(atom);
        }
        let mut of_phase: Vec<Group> = by_key
            .into_iter()
            .map(|((key, _), atoms)| {
                let place = match split {
                    // A subject names places, never a person.
                    Split::Maintainer if phase == Phase::Convert => most_of(&atoms),
                    _ => key,
                };
                merge(phase, unit(split, place.as_bstr(), phase), &atoms)
            })
            .collect();
        of_phase.sort_by(|a, b| a.first_path().cmp(&b.first_path()));
        groups.extend(of_phase);
    }
    check_chain(&groups)?;
    Ok(groups)
}

fn first_path(atom: &Atom) -> &BStr {
    atom.files
        .first()
        .map_or(b"".as_bstr(), |file| file.path.as_bstr())
}

/// The part of the tree that most files of the atom lie in.
fn key(atom: &Atom, by: Split, advisor: &dyn Advisor, drivers: &mut Drivers<'_>) -> BString {
    if by == Split::Maintainer {
        let paths: Vec<BString> = atom.files.iter().map(|file| file.path.clone()).collect();
        let mut people = advisor.maintainers(&paths);
        people.dedup();
        return people.join(", ").into();
    }
    let parts = atom.files.iter().map(|file| match by {
        Split::Driver => drivers.of(file.path.as_bstr()),
        Split::Subsystem => advisor.subsystem(file.path.as_bstr()).into(),
        _ => split(file.path.as_bstr()).0.to_owned(),
    });
    winner(parts)
}

/// The folder that most files lie in.
fn most_of(atoms: &[&Atom]) -> BString {
    let files = atoms.iter().flat_map(|atom| &atom.files);
    winner(files.map(|file| split(file.path.as_bstr()).0.to_owned()))
}

/// What occurs most often; the first of equals.
fn winner(parts: impl Iterator<Item = BString>) -> BString {
    let mut votes: Vec<(BString, usize)> = Vec::new();
    for part in parts {
        match votes.iter_mut().find(|(known, _)| *known == part) {
            Some((_, votes)) => *votes += 1,
            None => votes.push((part, 1)),
        }
    }
    // `max_by_key` gives the last of equals; the first file decides then.
    let winner = votes.into_iter().rev().max_by_key(|(_, count)| *count);
    winner.map(|(part, _)| part).unwrap_or_default()
}

fn unit(by: Split, key: &BStr, phase: Phase) -> String {
    if key.is_empty() || (by == Split::None && phase == Phase::Convert) {
        return String::new();
    }
    let last = split(key).1.as_bstr();
    match by {
        Split::Subsystem if phase == Phase::Convert => quote::path(key),
        Split::Directory | Split::Driver | Split::Maintainer if phase == Phase::Convert => quote::path(last),
        _ => {
            let stem = last.rfind_byte(b'.').map_or(last.as_bytes(), |at| &last[..at]);
            quote::path(stem.as_bstr())
        }
    }
}

fn merge(phase: Phase, unit: String, atoms: &[&Atom]) -> Group {
    let mut files: Vec<FileChange> = atoms.iter().flat_map(|atom| atom.files.clone()).collect();
    files.sort_by(|a, b| a.path.cmp(&b.path));
    let mut sites: Vec<usize> = atoms.iter().flat_map(|atom| atom.sites.clone()).collect();
    sites.sort_unstable();
    Group {
        phase,
        unit,
        files,
        sites,
        notes: atoms.iter().flat_map(|atom| atom.notes.clone()).collect(),
    }
}

/// Each patch must start from what the patches before it leave.
fn check_chain(groups: &[Group]) -> Result<()> {
    let mut now: BTreeMap<&BString, &[u8]> = BTreeMap::new();
    for file in groups.iter().flat_map(|group| &group.files) {
        let before = now.insert(&file.path, &file.after);
        let fits = before.is_none_or(|before| before == &file.before[..]);
        if !fits || file.before == file.after {
            return Err(Error::new(
                ErrorKind::Unproved,
                format!(
                    "the plan's changes of {} do not follow from one another",
                    quote::path(file.path.as_bstr())
                ),
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Nobody;

    impl Advisor for Nobody {
        fn prefix(&self, _: &[BString]) -> String {
            String::new()
        }

        fn maintainers(&self, paths: &[BString]) -> Vec<String> {
            let who = if paths[0].starts_with(b"drivers/a") {
                "A <a@x>"
            } else {
                "B <b@x>"
            };
            vec![who.to_owned()]
        }
    }

    fn change(path: &str, before: &str, after: &str) -> FileChange {
        FileChange {
            path: path.into(),
            before: before.as_bytes().into(),
            after: after.as_bytes().into(),
        }
    }

    fn atom(phase: Phase, files: &[&str]) -> Atom {
        let (before, after) = match phase {
            Phase::Introduce => ("0", "1"),
            Phase::Convert => ("1", "2"),
            Phase::Retire => ("2", "3"),
        };
        Atom {
            phase,
            files: files.iter().map(|path| change(path, before, after)).collect(),
            sites: Vec::new(),
            notes: Vec::new(),
        }
    }

    fn groups(split: Split, atoms: &[Atom]) -> Vec<(String, Vec<String>)> {
        let plan = Plan {
            atoms: atoms.to_vec(),
            ..Plan::default()
        };
        let read = |path: &BStr| (path == "drivers/a/Makefile").then(|| b"obj-y += one.o two.o\n".to_vec());
        group(&plan, split, &Nobody, &read)
            .unwrap()
            .into_iter()
            .map(|group| {
                let paths = group.files.iter().map(|file| file.path.to_string());
                (group.unit.clone(), paths.collect())
            })
            .collect()
    }

    fn atoms() -> Vec<Atom> {
        vec![
            atom(Phase::Introduce, &["mm/memory.c"]),
            atom(Phase::Convert, &["drivers/b/x.c"]),
            atom(Phase::Convert, &["drivers/a/one.c"]),
            atom(Phase::Convert, &["drivers/a/two.c"]),
            atom(Phase::Convert, &["drivers/b/y.c", "drivers/b/z.c", "include/x.h"]),
            atom(Phase::Retire, &["mm/nommu.c"]),
        ]
    }

    #[test]
    fn every_way_to_split_keeps_the_order() {
        let expected = [
            (Split::None, vec![""]),
            (Split::File, vec!["one", "two", "x", "y"]),
            (Split::Driver, vec!["one", "two", "b"]),
            (Split::Directory, vec!["a", "b"]),
            (Split::Maintainer, vec!["a", "b"]),
            (Split::Subsystem, vec!["a", "b"]),
        ];
        for (split, units) in expected {
            let groups = groups(split, &atoms());
            let found: Vec<&str> = groups.iter().map(|(unit, _)| unit.as_str()).collect();
            assert_eq!(found[0], "memory", "{split:?}");
            assert_eq!(found[found.len() - 1], "nommu", "{split:?}");
            assert_eq!(found[1..found.len() - 1], units, "{split:?}");
            let files: usize = groups.iter().map(|(_, files)| files.len()).sum();
            assert_eq!(files, 8, "{split:?}");
        }
    }

    #[test]
    fn the_order_does_not_depend_on_that_of_the_plan() {
        let mut turned = atoms();
        turned[1..5].reverse();
        for split in Split::ALL {
            assert_eq!(groups(split, &atoms()), groups(split, &turned));
        }
    }

    #[test]
    fn changes_that_do_not_follow_are_refused() {
        let mut wrong = atom(Phase::Retire, &["a.c"]);
        wrong.files[0].before = b"9".as_slice().into();
        let atoms = vec![atom(Phase::Convert, &["a.c"]), wrong];
        let plan = Plan {
            atoms,
            ..Plan::default()
        };
        let error = group(&plan, Split::None, &Nobody, &|_| None).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Unproved);
    }
}
