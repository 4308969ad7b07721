//! Commits and what they touched; the walk over them is in `walk`.

use std::collections::HashMap;

use bstr::{BStr, BString, ByteSlice};

/// One commit, as far as prefixes are concerned.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Commit {
    /// The first line of its message.
    pub subject: String,
    /// The files it touches; not all of them when it is broad.
    pub paths: Vec<BString>,
    /// Whether it touches so many files that its prefix says nothing about one of them.
    pub broad: bool,
}

/// Commits, the newest ones first, to be asked by folder.
#[derive(Clone, Debug, Default)]
pub struct History {
    commits: Vec<Commit>,
    /// Commits on files right in a folder.
    in_folder: HashMap<BString, Vec<usize>>,
    /// Commits on files in a folder or below it.
    below: HashMap<BString, Vec<usize>>,
}

impl History {
    /// Indexes commits that are given newest first.
    pub fn new(commits: Vec<Commit>) -> Self {
        let mut history = Self::default();
        for (index, commit) in commits.iter().enumerate() {
            for path in &commit.paths {
                let mut folder = parent(path.as_bstr());
                push(&mut history.in_folder, folder, index);
                // A path of a tree is not deep; one that is deeper than this is not a driver's.
                for _ in 0..32 {
                    push(&mut history.below, folder, index);
                    if folder.is_empty() {
                        break;
                    }
                    folder = parent(folder);
                }
            }
        }
        history.commits = commits;
        history
    }

    /// How many commits there are.
    pub fn len(&self) -> usize {
        self.commits.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.commits.is_empty()
    }

    pub(super) fn on_folder(&self, folder: &BStr) -> impl Iterator<Item = &Commit> {
        indexed(&self.commits, self.in_folder.get(folder))
    }

    pub(super) fn on_folder_or_below(&self, folder: &BStr) -> impl Iterator<Item = &Commit> {
        indexed(&self.commits, self.below.get(folder))
    }
}

fn indexed<'a>(commits: &'a [Commit], indices: Option<&'a Vec<usize>>) -> impl Iterator<Item = &'a Commit> {
    indices
        .into_iter()
        .flatten()
        .filter_map(|index| commits.get(*index))
}

fn push(map: &mut HashMap<BString, Vec<usize>>, folder: &BStr, index: usize) {
    let indices = match map.get_mut(folder) {
        Some(indices) => indices,
        None => map.entry(folder.into()).or_default(),
    };
    if indices.last() != Some(&index) {
        indices.push(index);
    }
}

fn parent(path: &BStr) -> &BStr {
    path.rfind_byte(b'/').map_or("".into(), |at| path[..at].as_bstr())
}
