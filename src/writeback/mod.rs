//! Writes changes into a folder such that it is wholly as before or wholly as after, whatever happens.
//!
//! All new contents are prepared and on the disk before the first file is replaced; a journal says
//! what is to be done. When a run is killed, [`recover`] completes it, or takes it back where nothing
//! had been replaced yet. The journal is in the git directory, as `respin`, or in
//! `.respin-journal` in the tree when there is no repository.
//!
//! What is kept of a file besides its contents: its mode and, where permitted, its owner. A file with
//! several names (hard links) keeps its old contents under the others, as with `patch`.

mod commit;
mod error;
mod interrupt;
mod journal;
mod store;
#[cfg(test)]
mod tests;

use bstr::{BStr, BString};

pub use error::WriteError;
pub use interrupt::Interrupt;

use crate::diagnostics::{Diagnostic, Severity};
use crate::plan::FileChange;
use crate::worktree::{JOURNAL_FOLDER, Worktree, is_plain};
use commit::{Anchor, Hook};
use store::{Marker, Place, Store};

/// What was written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Applied {
    /// How many files.
    pub files: usize,
    /// A signal that came while files were replaced: all of them were, and now the program should end.
    pub interrupted: Option<i32>,
}

/// What an earlier run had left, and what became of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Recovery {
    /// Nothing was left.
    Nothing,
    /// It had not replaced all files, or had failed: the tree is as it was before that run.
    TakenBack {
        /// Files that somebody changed since then; they were left as they are.
        changed: Vec<BString>,
    },
    /// It had begun to replace files: now all of them are.
    Completed {
        /// How many files it was about.
        files: usize,
        /// Files that somebody changed since then; they were left as they are.
        changed: Vec<BString>,
    },
}

impl Recovery {
    /// What to tell the user.
    pub fn diagnostic(&self) -> Option<Diagnostic> {
        let (text, changed) = match self {
            Self::Nothing => return None,
            Self::TakenBack { changed } => (
                "an earlier run was interrupted: its changes were taken back".to_owned(),
                changed,
            ),
            Self::Completed { files, changed } => (
                format!("an earlier run was interrupted: its changes of {files} files were completed"),
                changed,
            ),
        };
        let diagnostic = Diagnostic::new(Severity::Warning, "recovered", text);
        Some(match changed.first() {
            None => diagnostic,
            Some(path) => diagnostic.help(format!(
                "left as they are, since they were changed meanwhile: {} files, the first is {path}",
                changed.len()
            )),
        })
    }
}

/// Whether an earlier run left something to recover. Does not change anything.
pub fn needs_recovery(worktree: &Worktree) -> bool {
    // A run that is going on now has a store as well; the lock tells these apart.
    Place::all(worktree).is_ok_and(|(_, places)| places.iter().any(Place::exists))
}

/// Completes or takes back what an interrupted run had begun. To be called before a tree is read.
pub fn recover(worktree: &Worktree) -> Result<Recovery, WriteError> {
    recover_with(worktree, &mut |_| Ok(()))
}

fn recover_with(worktree: &Worktree, hook: Hook<'_>) -> Result<Recovery, WriteError> {
    let (anchor, places) = Place::all(worktree)?;
    let mut recovery = Recovery::Nothing;
    for place in places.iter().filter(|place| place.exists()) {
        let anchor = Anchor::open(&anchor)?;
        let store = Store::open(place)?;
        match commit::recover(&anchor, store, hook)? {
            Recovery::Nothing => {}
            more => recovery = more,
        }
    }
    Ok(recovery)
}

/// Replaces the contents of files: all of them, or none.
///
/// The tree must not have anything to recover. Every file must still hold what it held when it was
/// scanned.
pub fn apply(
    worktree: &Worktree,
    changes: &[FileChange],
    interrupt: &Interrupt,
) -> Result<Applied, WriteError> {
    apply_with(worktree, changes, interrupt, &mut |_| Ok(()))
}

fn apply_with(
    worktree: &Worktree,
    changes: &[FileChange],
    interrupt: &Interrupt,
    hook: Hook<'_>,
) -> Result<Applied, WriteError> {
    let (anchor, places) = Place::all(worktree)?;
    let changes = commit::from_anchor(changes, worktree.prefix())?;
    if changes.is_empty() {
        return Ok(Applied {
            files: 0,
            interrupted: None,
        });
    }
    let _hold = interrupt.hold();
    let anchor = Anchor::open(&anchor)?;
    for place in places.iter().filter(|place| place.exists()) {
        let store = Store::open(place)?;
        if matches!(store.marker()?, Some(Marker::Forward | Marker::Back)) {
            return Err(WriteError::Unfinished);
        }
        // What a run left that had changed nothing, or all, is in the way.
        let path = store.path.clone();
        store.clear().map_err(|source| WriteError::Prepare {
            journal: path,
            source,
        })?;
    }
    let Some(place) = places.first() else {
        return Err(WriteError::NotAFolder);
    };
    let store = Store::open(place)?;
    commit::run(&anchor, store, &changes, interrupt, hook)
        .map_err(|error| error.seen_from(worktree.prefix()))?;
    Ok(Applied {
        files: changes.len(),
        interrupted: interrupt.signal(),
    })
}

/// What is wrong with a path that is to be written to; `None` when nothing is.
fn refuse(path: &BStr) -> Option<&'static str> {
    if !is_plain(path) {
        return Some("leads out of the tree");
    }
    let mut names = path.split(|&byte| byte == b'/');
    if names.clone().any(|name| name.eq_ignore_ascii_case(b".git")) {
        return Some("belongs to git");
    }
    (names.next() == Some(JOURNAL_FOLDER.as_bytes())).then_some("belongs to respin's journal")
}
