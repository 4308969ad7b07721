//! A plan: what a transform wants to do to the tree, before it is grouped into patches.

use std::sync::Arc;

use bstr::BString;

use crate::diagnostics::Diagnostic;
use crate::ledger::Site;

/// When an atom has to be applied, relative to the others.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Phase {
    /// Adds what the conversions use; comes first.
    Introduce,
    /// Converts users; in any order among themselves.
    Convert,
    /// Removes what nobody uses any more; comes last.
    Retire,
}

/// The change of one file's contents.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FileChange {
    /// File, relative to the tree.
    pub path: BString,
    /// Contents before this atom, but after the atoms of earlier phases.
    pub before: Arc<[u8]>,
    /// Contents after it.
    pub after: Arc<[u8]>,
}

/// The smallest set of changes that builds by itself: it goes into one patch as a whole.
///
/// Invariant: atoms of one phase touch disjoint files, so they can be grouped and ordered freely.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Atom {
    /// When it is applied.
    pub phase: Phase,
    /// Sorted by path, never empty, each with `before != after`.
    pub files: Vec<FileChange>,
    /// Indices into [`Plan::sites`] of the sites this atom rewrites; a phase without sites has none.
    pub sites: Vec<usize>,
    /// Facts for the commit message, one sentence fragment each, for instance
    /// `"fold the insert loop of foo_mmap() into one call"`; in the order of the files.
    pub notes: Vec<String>,
}

/// What one run of a transform found and wants to change.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Plan {
    /// Every site with its verdict, sorted.
    pub sites: Vec<Site>,
    /// Ordered by phase, then by the path of the first file.
    pub atoms: Vec<Atom>,
    /// What a person should know of the run beside what became of each site, one sentence each, for the cover letter.
    pub remarks: Vec<String>,
    /// What went wrong or was not done; an incomplete run has an error or warning here.
    pub diagnostics: Vec<Diagnostic>,
    /// Whether something was not done that should have been (exit code 3).
    pub incomplete: bool,
}

impl Plan {
    /// The change of each file from the first phase to the last one, sorted by path.
    pub fn total(&self) -> Vec<FileChange> {
        let mut total = std::collections::BTreeMap::<&BString, FileChange>::new();
        for change in self.atoms.iter().flat_map(|atom| &atom.files) {
            total
                .entry(&change.path)
                .and_modify(|sum| sum.after = change.after.clone())
                .or_insert_with(|| change.clone());
        }
        total
            .into_values()
            .filter(|change| change.before != change.after)
            .collect()
    }
}
