//! Reads the history of some files from a repository, within bounds.

use std::collections::BTreeMap;

use bstr::{BString, ByteSlice};
use git2::{ObjectType, Oid, Repository, Sort, Tree};

use super::history::{Commit, History};

/// How much of a history is read. All bounds count work, not time, so that the same tree gives the same prefixes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Commits that are looked at.
    pub commits: usize,
    /// Commits on the files' folders that are enough.
    pub hits: usize,
    /// A commit on more files than this is a sweep.
    pub broad: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            commits: 30_000,
            hits: 4000,
            broad: 12,
        }
    }
}

/// Trees deeper than this are not walked into.
const MOST_DEPTH: usize = 40;

/// The commits on the folders of some paths, the newest ones first, starting at a commit.
///
/// Merges are left out, and so are commits whose parent is not there, as at the edge of a shallow clone.
pub fn walk(
    repository: &Repository,
    start: Oid,
    paths: &[BString],
    limits: Limits,
) -> Result<History, git2::Error> {
    let folders = Folders::around(paths);
    // Without a sorting the walk goes by date, too, but does not read the whole history first.
    let mut walk = repository.revwalk()?;
    walk.set_sorting(Sort::NONE)?;
    walk.push(start)?;
    let mut commits = Vec::new();
    for id in walk.take(limits.commits) {
        // What lies behind the edge of a shallow clone, or is damaged, ends the history.
        let Ok(commit) = id.and_then(|id| repository.find_commit(id)) else {
            break;
        };
        if commit.parent_count() != 1 {
            continue;
        }
        let Ok(before) = commit.parent(0).and_then(|parent| parent.tree()) else {
            continue;
        };
        let Ok(after) = commit.tree() else {
            continue;
        };
        if !folders.touched(repository, &before, &after) {
            continue;
        }
        let mut changed = Changed {
            repository,
            paths: Vec::new(),
            most: limits.broad + 1,
        };
        changed.compare(Some(&before), Some(&after), b"", MOST_DEPTH);
        let broad = changed.paths.len() > limits.broad;
        commits.push(Commit {
            subject: String::from_utf8_lossy(commit.summary_bytes().unwrap_or_default()).into_owned(),
            paths: changed.paths,
            broad,
        });
        if commits.len() == limits.hits {
            break;
        }
    }
    Ok(History::new(commits))
}

/// The folders of interest, as a tree of names.
#[derive(Default)]
struct Folders {
    below: BTreeMap<BString, Folders>,
    /// Whether any change below counts.
    wanted: bool,
}

/// Folders in which everything lies: their history says nothing about one of their folders.
const TOPS: &[&[u8]] = &[
    b"drivers",
    b"arch",
    b"fs",
    b"net",
    b"include",
    b"Documentation",
    b"tools",
    b"sound",
];

impl Folders {
    /// The folder above that of a file, which helps where the folder's own history is thin, and includes it.
    fn around(paths: &[BString]) -> Self {
        let mut root = Self::default();
        for path in paths {
            let Some(folder) = path.rfind_byte(b'/').map(|at| &path[..at]) else {
                continue;
            };
            let above = folder.rfind_byte(b'/').map(|at| &folder[..at]);
            let wanted = above.filter(|above| !TOPS.contains(above)).unwrap_or(folder);
            let mut node = &mut root;
            for name in wanted.split_str("/").take(MOST_DEPTH) {
                node = node.below.entry(name.into()).or_default();
            }
            node.wanted = true;
        }
        root
    }

    /// Whether one of the folders differs between two trees. Only what differs is looked into.
    fn touched(&self, repository: &Repository, before: &Tree<'_>, after: &Tree<'_>) -> bool {
        self.below.iter().any(|(name, folders)| {
            let (old, new) = (entry_id(before, name), entry_id(after, name));
            if old == new {
                return false;
            }
            if folders.wanted {
                return true;
            }
            let tree = |id: Option<Oid>| repository.find_tree(id?).ok();
            match (tree(old), tree(new)) {
                (Some(old), Some(new)) => folders.touched(repository, &old, &new),
                _ => false,
            }
        })
    }
}

fn entry_id(tree: &Tree<'_>, name: &[u8]) -> Option<Oid> {
    let name = std::str::from_utf8(name).ok()?;
    tree.get_name(name).map(|entry| entry.id())
}

/// Collects the paths that differ between two trees, until there are enough.
struct Changed<'a> {
    repository: &'a Repository,
    paths: Vec<BString>,
    most: usize,
}

/// What a tree has under a name.
type Entry = (Oid, bool);

impl Changed<'_> {
    fn compare(&mut self, before: Option<&Tree<'_>>, after: Option<&Tree<'_>>, folder: &[u8], depth: usize) {
        if depth == 0 {
            return;
        }
        let mut differing: BTreeMap<BString, [Option<Entry>; 2]> = BTreeMap::new();
        for (side, tree) in [before, after].into_iter().enumerate() {
            for entry in tree.into_iter().flat_map(|tree| tree.iter()) {
                let is_tree = entry.kind() == Some(ObjectType::Tree);
                let name = BString::from(entry.name_bytes());
                differing.entry(name).or_default()[side] = Some((entry.id(), is_tree));
            }
        }
        for (name, [old, new]) in differing {
            if old == new {
                continue;
            }
            if self.paths.len() >= self.most {
                return;
            }
            let path: BString = if folder.is_empty() {
                name
            } else {
                bstr::join("/", [folder, name.as_slice()]).into()
            };
            let is_file = |entry: Option<Entry>| entry.is_some_and(|(_, is_tree)| !is_tree);
            let tree = |entry: Option<Entry>| {
                entry
                    .filter(|(_, is_tree)| *is_tree)
                    .and_then(|(id, _)| self.repository.find_tree(id).ok())
            };
            let (old_tree, new_tree) = (tree(old), tree(new));
            if is_file(old) || is_file(new) {
                self.paths.push(path.clone());
            }
            if old_tree.is_some() || new_tree.is_some() {
                self.compare(old_tree.as_ref(), new_tree.as_ref(), &path, depth - 1);
            }
        }
    }
}
