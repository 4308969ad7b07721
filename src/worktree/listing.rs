//! The files of a tree, grouped by folder.

use std::collections::BTreeSet;

use bstr::{BStr, BString, ByteSlice};
use git2::Oid;
use rustc_hash::FxHashSet;

use super::FileMode;
use super::beneath::split;
use crate::diagnostics::Diagnostic;

/// More entries than any source tree has.
pub(super) const MAX_FILES: usize = 20_000_000;

/// Longer paths can't be opened by most programs, and they bound the depth of a tree.
pub(super) const MAX_PATH: usize = 4000;

/// A regular file of the tree.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Entry {
    /// Relative to the tree.
    pub path: BString,
}

/// Something in the tree that is no file to work on.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Skipped {
    /// Relative to the tree.
    pub path: BString,
    /// Why it was skipped.
    pub reason: SkipReason,
}

/// Why something in the tree is no file to work on.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum SkipReason {
    /// A symbolic link; what it leads to counts where it is.
    Symlink,
    /// A submodule: a repository of its own.
    Submodule,
    /// A repository in a folder that the outer one does not track.
    NestedRepository,
    /// A FIFO, socket or device.
    Special,
}

/// What a tree holds.
#[derive(Clone, Debug, Default)]
pub struct Listing {
    pub(crate) folders: Vec<Folder>,
    /// Sorted by path.
    pub skipped: Vec<Skipped>,
    /// Tracked files that are not there: deleted, or not checked out. Sorted.
    pub missing: Vec<BString>,
    /// Folders that can't be read, and the like; sorted by path.
    pub diagnostics: Vec<Diagnostic>,
}

/// The files of one folder.
#[derive(Clone, Debug, Default)]
pub(crate) struct Folder {
    /// Relative to the tree; empty for its top.
    pub path: BString,
    /// Sorted by name.
    pub files: Vec<FileName>,
}

/// Names a blob in the object database.
pub(crate) type BlobId = Oid;

/// A file in its folder.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct FileName {
    pub name: BString,
    /// Where the contents are, in a revision.
    pub blob: Option<BlobId>,
    /// The mode, when it is known without a look at the file.
    pub mode: Option<FileMode>,
}

impl Listing {
    /// How many files there are.
    pub fn len(&self) -> usize {
        self.folders.iter().map(|folder| folder.files.len()).sum()
    }

    /// Whether there is no file.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All folders that hold files, or folders with files, but for the top.
    pub fn folders(&self) -> BTreeSet<&BStr> {
        let mut folders = BTreeSet::new();
        for folder in &self.folders {
            let mut path = folder.path.as_bstr();
            while !path.is_empty() && folders.insert(path) {
                path = path
                    .rfind_byte(b'/')
                    .map_or(b"".as_bstr(), |at| path[..at].as_bstr());
            }
        }
        folders
    }

    /// All files, sorted by path.
    pub fn files(&self) -> Vec<Entry> {
        let mut files = Vec::with_capacity(self.len());
        for folder in &self.folders {
            for file in &folder.files {
                files.push(Entry {
                    path: join(folder.path.as_bstr(), file.name.as_bstr()),
                });
            }
        }
        files.sort_unstable();
        files
    }

    /// Brings everything into an order that does not depend on threads.
    pub(super) fn sort(&mut self) {
        self.folders.retain(|folder| !folder.files.is_empty());
        self.folders.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        self.skipped.sort_unstable();
        self.diagnostics.sort_by(|a, b| a.path.cmp(&b.path));
    }

    pub(super) fn add(&mut self, other: Self) {
        self.folders.extend(other.folders);
        self.skipped.extend(other.skipped);
        self.missing.extend(other.missing);
        self.diagnostics.extend(other.diagnostics);
    }
}

/// The path of `name` in `folder`.
pub(crate) fn join(folder: &BStr, name: &BStr) -> BString {
    let mut path = Vec::with_capacity(folder.len() + 1 + name.len());
    path.extend_from_slice(folder);
    if !folder.is_empty() {
        path.push(b'/');
    }
    path.extend_from_slice(name);
    path.into()
}

/// Paths without `.`, `..` and doubled slashes, sorted, none below another; empty when they name the whole tree.
///
/// Those that lead out of the tree are given as they are, for [`Worktree::list`](super::Worktree::list) to refuse.
pub fn plain_paths(under: Vec<BString>) -> Vec<BString> {
    match normalise(&under) {
        Ok(paths) if paths.iter().any(|path| path.is_empty()) => Vec::new(),
        Ok(paths) => paths,
        Err(_) => under,
    }
}

/// The PATH arguments as plain paths, sorted, none below another; the empty path is the tree.
/// A path that leads out of the tree is the error.
pub(super) fn normalise(under: &[BString]) -> Result<Vec<BString>, BString> {
    if under.is_empty() {
        return Ok(vec![BString::default()]);
    }
    let mut paths = Vec::with_capacity(under.len());
    for path in under {
        let mut names: Vec<&[u8]> = Vec::new();
        if path.starts_with(b"/") || path.contains(&0) {
            return Err(path.clone());
        }
        for name in path.split(|&byte| byte == b'/') {
            match name {
                b"" | b"." => {}
                b".." => {
                    names.pop().ok_or_else(|| path.clone())?;
                }
                name => names.push(name),
            }
        }
        paths.push(BString::from(names.join(&b'/')));
    }
    paths.sort_unstable();
    paths.dedup();
    let all: FxHashSet<BString> = paths.iter().cloned().collect();
    paths.retain(|path| {
        let folders = std::iter::successors(Some(path.as_bstr()), |path| {
            (!path.is_empty()).then(|| split(path).0)
        });
        !folders
            .skip_while(|&folder| folder == path.as_bstr())
            .any(|folder| all.contains(folder))
    });
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(paths: &[&str]) -> Result<Vec<BString>, BString> {
        normalise(&paths.iter().map(|&path| path.into()).collect::<Vec<_>>())
    }

    #[test]
    fn paths_are_made_plain() {
        assert_eq!(plain(&[]).unwrap(), [""]);
        assert_eq!(plain(&["."]).unwrap(), [""]);
        assert_eq!(plain(&["./mm//x.c", "mm/x.c"]).unwrap(), ["mm/x.c"]);
        assert_eq!(plain(&["drivers/../mm/"]).unwrap(), ["mm"]);
        assert_eq!(plain(&["a/b", "a.c", "a"]).unwrap(), ["a", "a.c"]);
        assert_eq!(plain(&["mm", "."]).unwrap(), [""]);
    }

    #[test]
    fn paths_out_of_the_tree_are_refused() {
        for path in ["/mm", "..", "mm/../..", "a\0b"] {
            assert_eq!(plain(&[path]).unwrap_err(), path);
        }
    }
}
