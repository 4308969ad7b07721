//! The tree that is worked on: a folder as it stands, or a git revision. Read-only.
//!
//! A folder may be the top of a git repository, lie in one, or know no git at all. In a
//! repository, tracked files count even if an ignore rule names them, and untracked ones
//! unless a rule does; without one, nothing is ignored but `.git` folders. Symbolic links are
//! never followed. Paths are relative to the tree, not to the repository.

mod beneath;
mod error;
mod folder;
mod ignored;
mod index;
mod listing;
mod repository;
mod revision;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod tracked;

use std::fs::File;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bstr::{BStr, BString, ByteSlice};

pub use beneath::SIZE_LIMIT;
pub(crate) use beneath::{file_error, folder_error, is_plain, open_file, open_folder, read_whole, split};
pub use error::{ReadError, ReadErrorKind, WorktreeError};
pub(crate) use folder::JOURNAL_FOLDER;
use folder::{Versioned, Walk};
use ignored::IgnoreRoot;
pub(crate) use listing::join;
pub(crate) use listing::{BlobId, FileName, Folder};
pub use listing::{Entry, Listing, SkipReason, Skipped, plain_paths};
use revision::Revision;
use tracked::Tracked;

/// Whether a file is executable: all that git keeps of a file's mode.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum FileMode {
    /// `100644`
    Regular,
    /// `100755`
    Executable,
}

impl FileMode {
    /// The mode as git writes it, to be printed in octal.
    pub fn bits(self) -> u32 {
        match self {
            Self::Regular => 0o100_644,
            Self::Executable => 0o100_755,
        }
    }

    /// A mode in an index or a tree; `None` when it is no regular file.
    fn of(mode: u32) -> Option<Self> {
        match mode {
            0o100_755 => Some(Self::Executable),
            // The first versions of git also wrote 100664.
            mode if mode & 0o170_000 == 0o100_000 => Some(Self::Regular),
            _ => None,
        }
    }
}

/// A tree to read from. It can be shared between threads.
pub struct Worktree {
    source: Source,
    repository: Option<repository::Found>,
}

enum Source {
    Folder { path: PathBuf, root: OwnedFd },
    Revision(Revision),
}

impl Worktree {
    /// Opens the tree in `dir`: the folder as it stands, or a revision of its repository.
    ///
    /// With a revision, a folder below the top of a repository means that folder in the
    /// revision. A bare repository has no files of its own, so it needs a revision; HEAD is not
    /// taken silently, because the caller would not learn that nothing can be written.
    pub fn open(dir: &Path, revision: Option<&str>) -> Result<Self, WorktreeError> {
        let not_a_folder = |reason: std::io::Error| WorktreeError::NotAFolder {
            path: dir.to_path_buf(),
            reason: reason.to_string(),
        };
        // The tree itself may be named by a link: that is the user's choice.
        let path = dir.canonicalize().map_err(not_a_folder)?;
        let root = File::open(&path).map_err(not_a_folder)?;
        if !root.metadata().map_err(not_a_folder)?.is_dir() {
            return Err(not_a_folder(std::io::ErrorKind::NotADirectory.into()));
        }
        let repository = repository::discover(&path)?;
        let source = match (revision, &repository) {
            (Some(name), Some(found)) => {
                Source::Revision(Revision::resolve(&found.pool, name, found.prefix.as_bstr())?)
            }
            (Some(name), None) => {
                return Err(WorktreeError::NoRepository {
                    path: dir.to_path_buf(),
                    revision: name.to_owned(),
                });
            }
            (None, Some(found)) if found.top.is_none() => {
                return Err(WorktreeError::Bare {
                    path: dir.to_path_buf(),
                });
            }
            (None, _) => Source::Folder {
                path,
                root: root.into(),
            },
        };
        Ok(Self { source, repository })
    }

    /// Lists the files at or below the paths `under`, or all of them when there is none.
    ///
    /// A path that the user names counts even if git ignores it. Inside of a named folder the
    /// ignore rules hold again.
    pub fn list(&self, under: &[BString]) -> Result<Listing, WorktreeError> {
        let under = listing::normalise(under).map_err(|path| WorktreeError::OutOfTree { path })?;
        match (&self.source, &self.repository) {
            (Source::Revision(revision), Some(found)) => revision.list(&found.pool, &under),
            (Source::Folder { root, .. }, Some(found)) => {
                let versioned = self.versioned(found)?;
                Walk::new(root, versioned.as_ref()).list(&under)
            }
            (Source::Folder { root, .. }, None) => Walk::new(root, None).list(&under),
            (Source::Revision(_), None) => Ok(Listing::default()),
        }
    }

    /// The files at or below the paths `under`, sorted by path.
    pub fn files(&self, under: &[BString]) -> Result<Vec<Entry>, WorktreeError> {
        Ok(self.list(under)?.files())
    }

    /// Reads a file.
    pub fn read(&self, path: &BStr) -> Result<Vec<u8>, ReadError> {
        Ok(self.read_with_mode(path)?.0)
    }

    /// Reads a file and whether it is executable.
    pub fn read_with_mode(&self, path: &BStr) -> Result<(Vec<u8>, FileMode), ReadError> {
        let error = |kind| ReadError::new(path, kind);
        match (&self.source, &self.repository) {
            (Source::Revision(revision), Some(found)) => {
                let (id, mode) = revision.blob(&found.pool, path).map_err(error)?;
                let text = revision::with_blob(&found.pool, id, <[u8]>::to_vec).map_err(error)?;
                Ok((text, mode))
            }
            (Source::Folder { root, .. }, _) => {
                let (text, metadata) = folder::read(root, path).map_err(error)?;
                let mode = match &self.repository {
                    Some(found) => repository::mode_in_index(found, path).map_err(error)?,
                    None => None,
                };
                Ok((text, mode.unwrap_or_else(|| mode_of(&metadata))))
            }
            (Source::Revision(_), None) => Err(error(ReadErrorKind::NotFound)),
        }
    }

    /// The open folder; `None` for a revision.
    pub(crate) fn root(&self) -> Option<BorrowedFd<'_>> {
        match &self.source {
            Source::Folder { root, .. } => Some(root.as_fd()),
            Source::Revision(_) => None,
        }
    }

    /// Gives a blob of the revision to `use_text`.
    pub(crate) fn with_blob<T>(
        &self,
        id: BlobId,
        use_text: impl FnOnce(&[u8]) -> T,
    ) -> Result<T, ReadErrorKind> {
        match &self.repository {
            Some(found) => revision::with_blob(&found.pool, id, use_text),
            None => Err(ReadErrorKind::NotFound),
        }
    }

    /// The folder, with all links in its own path resolved; `None` for a revision.
    pub fn folder(&self) -> Option<&Path> {
        match &self.source {
            Source::Folder { path, .. } => Some(path),
            Source::Revision(_) => None,
        }
    }

    /// The git directory, if there is a repository.
    pub fn git_dir(&self) -> Option<&Path> {
        Some(self.repository.as_ref()?.pool.git_dir())
    }

    /// The top folder of the repository's files; `None` without a repository or for a bare one.
    pub fn top(&self) -> Option<&Path> {
        self.repository.as_ref()?.top.as_deref()
    }

    /// The tree, from the top of the repository; empty when it is the top or there is none.
    pub fn prefix(&self) -> &BStr {
        match &self.repository {
            Some(found) => found.prefix.as_bstr(),
            None => b"".as_bstr(),
        }
    }

    /// Whether the tree is the top of a git repository.
    pub fn is_top_level(&self) -> bool {
        self.repository.is_some() && self.prefix().is_empty()
    }

    /// The commit that the tree is, or is checked out from; `None` without one.
    pub fn base_commit(&self) -> Result<Option<String>, WorktreeError> {
        match (&self.source, &self.repository) {
            (Source::Revision(revision), _) => Ok(Some(revision.commit.to_string())),
            (_, Some(found)) => repository::head(&found.pool),
            (_, None) => Ok(None),
        }
    }

    /// The revision as the user named it.
    pub fn revision(&self) -> Option<&str> {
        match &self.source {
            Source::Revision(revision) => Some(&revision.name),
            Source::Folder { .. } => None,
        }
    }

    /// What git is in the middle of: "merge", "rebase", "am", "cherry-pick", "revert", "bisect".
    pub fn in_progress(&self) -> Result<Option<&'static str>, WorktreeError> {
        match &self.repository {
            Some(found) => repository::in_progress(&found.pool),
            None => Ok(None),
        }
    }

    /// The files that differ from HEAD, in git's index or in the folder; sorted.
    ///
    /// With `None` all tracked files are looked at. With paths, these files alone are; then an
    /// untracked one counts too, as git could not bring it back. Without a repository there is
    /// nothing to compare with, so the answer is empty: ask for [`Worktree::git_dir`] first.
    pub fn dirty(&self, paths: Option<&[BString]>) -> Result<Vec<BString>, WorktreeError> {
        match (&self.source, &self.repository) {
            (Source::Folder { .. }, Some(found)) => repository::dirty(found, paths),
            _ => Ok(Vec::new()),
        }
    }

    /// Index and ignore rules, as the walk needs them.
    fn versioned(&self, found: &repository::Found) -> Result<Option<Versioned>, WorktreeError> {
        let Some(top) = &found.top else {
            return Ok(None);
        };
        let top = File::open(top).map_err(|error| WorktreeError::NotAFolder {
            path: top.clone(),
            reason: error.to_string(),
        })?;
        let loaded = found.pool.with(|repository| {
            let config = repository.config()?;
            let mut general = vec![repository.commondir().join("info/exclude")];
            general.extend(
                config
                    .get_path("core.excludesfile")
                    .ok()
                    .or_else(default_excludes),
            );
            let ignore_case = config.get_bool("core.ignorecase").unwrap_or(false);
            let modes = config.get_bool("core.filemode").unwrap_or(true);
            let tracked = Tracked::load(repository, !modes)?;
            Ok((tracked, general, ignore_case))
        });
        let (tracked, general, ignore_case) = loaded.map_err(|error| found.pool.error(error))?;
        Ok(Some(Versioned {
            tracked,
            rules: Arc::new(IgnoreRoot::new(top.into(), general, ignore_case)),
            prefix: found.prefix.clone(),
        }))
    }
}

/// Where git looks when `core.excludesFile` is not set.
fn default_excludes() -> Option<PathBuf> {
    let set = |name| std::env::var_os(name).filter(|value| !value.is_empty());
    let config = match set("XDG_CONFIG_HOME") {
        Some(config) => PathBuf::from(config),
        None => PathBuf::from(set("HOME")?).join(".config"),
    };
    Some(config.join("git/ignore"))
}

/// The mode of a file in a folder.
pub(crate) fn mode_of(metadata: &std::fs::Metadata) -> FileMode {
    match metadata.permissions().mode() & 0o100 {
        0 => FileMode::Regular,
        _ => FileMode::Executable,
    }
}
