//! What can go wrong with a tree or one of its files, with what to do next.

use std::path::PathBuf;

use bstr::BString;

use super::beneath::SIZE_LIMIT;
use crate::diagnostics::{Diagnostic, Severity};

/// The tree as a whole can't be used.
#[derive(Debug, thiserror::Error)]
pub enum WorktreeError {
    /// The folder does not exist, is a file, or can't be entered.
    #[error("{} is not a folder that can be read: {reason}", path.display())]
    NotAFolder {
        /// As the user named it.
        path: PathBuf,
        /// The system's words.
        reason: String,
    },
    /// A bare repository has no files, and no revision was named.
    #[error("{} is a bare repository: no files are checked out", path.display())]
    Bare {
        /// As the user named it.
        path: PathBuf,
    },
    /// A revision was named, but there is no repository.
    #[error("there is no git repository at {}, so it has no revision `{revision}`", path.display())]
    NoRepository {
        /// As the user named it.
        path: PathBuf,
        /// As the user named it.
        revision: String,
    },
    /// The revision does not exist, is ambiguous, or is no commit.
    #[error("`{revision}` is no commit of this repository: {reason}")]
    BadRevision {
        /// As the user named it.
        revision: String,
        /// libgit2's words.
        reason: String,
    },
    /// The tree is a folder in a repository, and the revision does not have that folder.
    #[error("revision `{revision}` has no folder {folder}")]
    NoFolderInRevision {
        /// As the user named it.
        revision: String,
        /// From the top of the repository.
        folder: BString,
    },
    /// A PATH argument names nothing.
    #[error("{path} does not exist in the tree")]
    NoSuchPath {
        /// As the user named it.
        path: BString,
    },
    /// A PATH argument leads out of the tree.
    #[error("{path} is outside of the tree")]
    OutOfTree {
        /// As the user named it.
        path: BString,
    },
    /// A PATH argument is a symbolic link or goes through one.
    #[error("{path} is, or goes through, a symbolic link")]
    Linked {
        /// As the user named it.
        path: BString,
    },
    /// A PATH argument is a submodule, a device, a FIFO.
    #[error("{path} is neither a regular file nor a folder of the tree")]
    NotRegular {
        /// As the user named it.
        path: BString,
    },
    /// A PATH argument can't be looked at.
    #[error("{path} can't be read: {reason}")]
    Unreadable {
        /// As the user named it.
        path: BString,
        /// The system's words.
        reason: String,
    },
    /// More files than any source tree has; a revision can pretend to hold billions.
    #[error("the tree holds more than {limit} files")]
    TooManyFiles {
        /// The limit.
        limit: usize,
    },
    /// libgit2 can't work with the repository.
    #[error("the git repository at {} can't be used: {reason}", path.display())]
    Repository {
        /// Its git directory, or the folder it was searched from.
        path: PathBuf,
        /// libgit2's words.
        reason: String,
    },
}

impl WorktreeError {
    /// Stable code of the diagnostic.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotAFolder { .. } => "not-a-folder",
            Self::Bare { .. } => "bare-repository",
            Self::NoRepository { .. } => "no-repository",
            Self::BadRevision { .. } => "bad-revision",
            Self::NoFolderInRevision { .. } => "no-folder-in-revision",
            Self::NoSuchPath { .. } => "no-such-path",
            Self::OutOfTree { .. } => "out-of-tree",
            Self::Linked { .. } => "symbolic-link",
            Self::NotRegular { .. } => "not-regular",
            Self::Unreadable { .. } => "unreadable",
            Self::TooManyFiles { .. } => "too-many-files",
            Self::Repository { .. } => "repository",
        }
    }

    /// What the user can do next.
    pub fn help(&self) -> String {
        match self {
            Self::NotAFolder { .. } => "name a source tree with --tree".into(),
            Self::Bare { .. } => {
                "name the revision to read, for instance --rev HEAD; what changes files needs a checkout, which \
                 `git worktree add` makes"
                    .into()
            },
            Self::NoRepository { .. } => {
                "leave --rev out to read the folder as it stands, or name a repository with --tree".into()
            }
            Self::BadRevision { .. } => {
                "`git log` and `git tag` list the revisions; a shallow clone has few of them".into()
            }
            Self::NoFolderInRevision { .. } => {
                "name a folder that this revision has with --tree, or the top of the repository".into()
            }
            Self::NoSuchPath { .. } => "paths are relative to the tree; check the spelling".into(),
            Self::OutOfTree { .. } => "name a folder that holds it with --tree".into(),
            Self::Linked { .. } => "links are not followed: name the file or folder it leads to".into(),
            Self::NotRegular { .. } => "name a regular file or a folder".into(),
            Self::Unreadable { .. } => "check its permissions".into(),
            Self::TooManyFiles { .. } => "name the folders to work on".into(),
            Self::Repository { reason, .. } => repository_help(reason),
        }
    }

    /// The error as data for a person.
    pub fn diagnostic(&self) -> Diagnostic {
        Diagnostic::new(Severity::Error, self.code(), self.to_string()).help(self.help())
    }
}

/// libgit2 has no codes for these, so that its words have to do.
fn repository_help(reason: &str) -> String {
    if reason.contains("not owned") {
        "tell git that you trust it: git config --global --add safe.directory <folder>".into()
    } else if reason.contains("mandatory extension") {
        "libgit2 can't read this kind of index: run `git update-index --no-split-index` or \
         `git sparse-checkout reapply --no-sparse-index`"
            .into()
    } else if reason.contains("ermission denied") {
        "git reads every file that it tracks: check their permissions, and those of the folders".into()
    } else {
        "`git fsck` and `git status` tell whether git itself can use it".into()
    }
}

/// One file can't be read; the run goes on without it.
#[derive(Debug, thiserror::Error)]
#[error("{path} {kind}")]
pub struct ReadError {
    /// The file, relative to the tree.
    pub path: BString,
    /// Why.
    pub kind: ReadErrorKind,
}

/// Why a file can't be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadErrorKind {
    /// There is no such file.
    #[error("does not exist")]
    NotFound,
    /// The path is absolute or has `..` in it.
    #[error("is outside of the tree")]
    OutOfTree,
    /// It is a symbolic link.
    #[error("is a symbolic link, and links are not followed")]
    Symlink,
    /// A folder on the way is a symbolic link, or no folder.
    #[error("goes through a symbolic link or a file")]
    LinkedFolder,
    /// A folder, a FIFO, a device, a submodule.
    #[error("is not a regular file")]
    NotRegular,
    /// It is over [`SIZE_LIMIT`].
    #[error("is over {} MiB", SIZE_LIMIT >> 20)]
    TooLarge,
    /// Somebody keeps writing to it.
    #[error("changed while it was read")]
    Changing,
    /// The system's own error.
    #[error("can't be read: {0}")]
    Io(std::io::Error),
    /// libgit2's own error.
    #[error("can't be read from the repository: {0}")]
    Object(String),
}

impl ReadError {
    pub(super) fn new(path: impl Into<BString>, kind: ReadErrorKind) -> Self {
        Self {
            path: path.into(),
            kind,
        }
    }

    /// The error as data for a person: a file that had to be read and was not.
    pub fn diagnostic(&self) -> Diagnostic {
        let (code, help) = match &self.kind {
            ReadErrorKind::NotFound => ("no-such-file", "it was there a moment ago: run again"),
            ReadErrorKind::OutOfTree => ("out-of-tree", "paths are relative to the tree"),
            ReadErrorKind::Symlink | ReadErrorKind::LinkedFolder => {
                ("symbolic-link", "name the file that the link leads to")
            }
            ReadErrorKind::NotRegular => ("not-regular", "only regular files are read"),
            ReadErrorKind::TooLarge => ("too-large", "it is skipped; no source file is so large"),
            ReadErrorKind::Changing => ("changing", "run again when nothing writes to it"),
            ReadErrorKind::Io(_) => ("unreadable", "it is skipped; check its permissions"),
            ReadErrorKind::Object(_) => (
                "unreadable-object",
                "it is skipped; `git fsck` tells more, and a partial clone may have to fetch it",
            ),
        };
        // A file that is too large was left out on purpose; all else is a hole in the result.
        let severity = match self.kind {
            ReadErrorKind::TooLarge => Severity::Warning,
            _ => Severity::Error,
        };
        Diagnostic::new(severity, code, self.to_string())
            .in_file(self.path.clone())
            .help(help)
    }
}
