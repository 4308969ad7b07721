//! Why a plan was not written, what became of the tree, and what to do next.

use std::io;
use std::path::PathBuf;

use bstr::{BStr, BString, ByteSlice};

use crate::diagnostics::{Diagnostic, Severity};
use crate::worktree::ReadErrorKind;

/// The changes were not written. Unless it says otherwise, no file was changed.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The tree is a git revision.
    #[error("a git revision can't be written to")]
    NotAFolder,
    /// Another run has the lock.
    #[error("another run of respin is writing to this tree{}", process(.pid))]
    Locked {
        /// The process that has it, if it says so.
        pid: Option<u32>,
    },
    /// A run was killed and nobody has recovered the tree.
    #[error("an earlier run was interrupted while it wrote to this tree")]
    Unfinished,
    /// A path must not be written to.
    #[error("{path} {reason}")]
    Refused {
        /// Relative to the tree.
        path: BString,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The file is not what it was when it was scanned.
    #[error("{path} changed while respin ran")]
    Changed {
        /// Relative to the tree.
        path: BString,
    },
    /// The file can't be read any more.
    #[error("{path} {kind}")]
    Unreadable {
        /// Relative to the tree.
        path: BString,
        /// Why.
        kind: ReadErrorKind,
    },
    /// No file can be replaced in this folder.
    #[error("no file can be replaced in the folder {path}: {source}")]
    ReadOnly {
        /// Relative to the tree.
        path: BString,
        /// The system's error.
        source: io::Error,
    },
    /// A file can't be moved to its place because a file system lies between.
    #[error("{path} is on another file system than {}", journal.display())]
    OtherFileSystem {
        /// Relative to the tree.
        path: BString,
        /// Where the journal is.
        journal: PathBuf,
    },
    /// The new contents could not be prepared: a full disk, for instance.
    #[error("the changes can't be prepared in {}: {source}", journal.display())]
    Prepare {
        /// Where the journal is.
        journal: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// A file could not be replaced, and all that had been replaced was taken back.
    #[error("{path} can't be replaced: {source}")]
    Replace {
        /// Relative to the tree.
        path: BString,
        /// The system's error.
        source: io::Error,
    },
    /// Something failed in the middle, and taking it back failed too.
    #[error("writing stopped half-way: {source}")]
    HalfWay {
        /// The system's error.
        source: io::Error,
    },
    /// The journal makes no sense; nothing was done with it.
    #[error("the journal in {} can't be used: {reason}", journal.display())]
    BadJournal {
        /// Where the journal is.
        journal: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A signal came before the first file was replaced.
    #[error("interrupted")]
    Interrupted {
        /// Its number.
        signal: i32,
    },
}

fn process(pid: &Option<u32>) -> String {
    pid.map_or_else(String::new, |pid| format!(" (process {pid})"))
}

impl WriteError {
    /// Stable code of the diagnostic.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotAFolder => "not-a-folder",
            Self::Locked { .. } => "locked",
            Self::Unfinished => "unfinished-run",
            Self::Refused { .. } => "refused-path",
            Self::Changed { .. } => "changed-meanwhile",
            Self::Unreadable { .. } => "unreadable",
            Self::ReadOnly { .. } => "read-only",
            Self::OtherFileSystem { .. } => "other-file-system",
            Self::Prepare { .. } => "not-written",
            Self::Replace { .. } => "taken-back",
            Self::HalfWay { .. } => "half-way",
            Self::BadJournal { .. } => "bad-journal",
            Self::Interrupted { .. } => "interrupted",
        }
    }

    /// What became of the tree, and what the user can do next.
    pub fn help(&self) -> String {
        match self {
            Self::NotAFolder => "leave --rev out, or make a series".into(),
            Self::Locked { .. } => "wait until it is done".into(),
            Self::Unfinished => {
                "run respin on this tree again: it completes or takes back what was begun".into()
            }
            Self::Changed { .. } | Self::Unreadable { .. } => "no file was changed; run again".into(),
            Self::Refused { .. } => "no file was changed".into(),
            Self::ReadOnly { .. } => "no file was changed; check the permissions of the folder".into(),
            Self::OtherFileSystem { .. } => {
                "no file was changed; run respin with --tree on that file system's own folder".into()
            }
            Self::Prepare { .. } => {
                "no file was changed; make room or check the permissions, and run again".into()
            }
            Self::Replace { .. } => "all files are as they were before; check its permissions".into(),
            Self::HalfWay { .. } => {
                "some files are changed and some are not; the next run of respin on this tree takes back or \
                 completes it"
                    .into()
            }
            Self::BadJournal { journal, .. } => format!(
                "no file was changed; look at the files of your tree, then remove {}",
                journal.display()
            ),
            Self::Interrupted { .. } => "no file was changed".into(),
        }
    }

    /// The same with its path as seen from a folder that it lies in.
    pub(super) fn seen_from(mut self, folder: &BStr) -> Self {
        if let Self::Changed { path }
        | Self::Unreadable { path, .. }
        | Self::ReadOnly { path, .. }
        | Self::OtherFileSystem { path, .. }
        | Self::Replace { path, .. } = &mut self
        {
            let inner = path
                .strip_prefix(folder.as_bytes())
                .and_then(|rest| rest.strip_prefix(b"/"));
            if let Some(inner) = inner.filter(|_| !folder.is_empty()) {
                *path = inner.into();
            }
        }
        self
    }

    /// The error as data for a person.
    pub fn diagnostic(&self) -> Diagnostic {
        let diagnostic = Diagnostic::new(Severity::Error, self.code(), self.to_string()).help(self.help());
        match self {
            Self::Refused { path, .. }
            | Self::Changed { path }
            | Self::Unreadable { path, .. }
            | Self::ReadOnly { path, .. }
            | Self::OtherFileSystem { path, .. }
            | Self::Replace { path, .. } => diagnostic.in_file(path.clone()),
            _ => diagnostic,
        }
    }
}
