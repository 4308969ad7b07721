//! Passes that ask for further files of the tree while they work: the search is handed to them.

use std::sync::{Arc, Mutex, PoisonError};

use bstr::{BStr, BString};

use crate::diagnostics::{Diagnostic, Severity};
use crate::facts::sources::Find;
use crate::passes::SourceFile;
use crate::plan::Plan;
use crate::scan::{self, RequiredWords};
use crate::transform::{Problem, Problems};
use crate::worktree::Worktree;

use super::{Request, Run, Watch, checks, is_c, problems, source_files, texts_of};

/// What a pass that rewrites calls has to be given.
pub(super) struct Search<'a> {
    /// The words one of which a file must hold to be read at first.
    pub(super) first: Vec<BString>,
    /// The functions whose calls it rewrites.
    pub(super) calls: &'a [&'a str],
    /// What was asked for.
    pub(super) request: &'a Request,
    /// What it does, for the progress display.
    pub(super) stage: &'static str,
}

impl Search<'_> {
    /// Runs the pass and checks what it did. It sees the whole tree, which tells what the interface is and who calls whom.
    pub(super) fn run(
        &self,
        worktree: Worktree,
        watch: Watch<'_>,
        pass: impl FnOnce(&[SourceFile], Find<'_>) -> Result<Plan, Vec<Diagnostic>>,
    ) -> Result<Run, Problems> {
        watch("searching");
        let words = RequiredWords::any_of(&self.first);
        let is_code = |path: &BStr| is_c(path);
        let scan = scan::candidates(&worktree, &[], &words, is_code)
            .map_err(|error| Problem::from(error.diagnostic()))?;
        let files = source_files(&scan);
        let mut texts = texts_of(&files);

        watch(self.stage);
        let finder = finder(&worktree, &is_code);
        let find = |words: &[BString]| finder.find(words);
        let made = pass(&files, &find);
        let later = finder.into_later();
        texts.extend(later.texts);
        let mut plan = made.map_err(|found| problems(found, &texts))?;

        watch("checking");
        let (checked, refutations) =
            checks::check_calls(&plan, &files, &self.request.place.paths, self.calls);
        let is_refuted = !refutations.is_empty();
        plan.diagnostics.extend(refutations);
        plan.diagnostics.extend(later.diagnostics);
        plan.diagnostics.splice(0..0, scan.diagnostics);
        let is_error = |diagnostic: &Diagnostic| diagnostic.severity == Severity::Error;
        plan.incomplete |= is_refuted || plan.diagnostics.iter().any(is_error);
        Ok(Run {
            request: self.request.clone(),
            worktree,
            plan,
            searched: scan.files,
            checked,
            is_refuted,
            texts,
        })
    }
}

/// Gives a pass the files that it asks for while it works.
pub(super) struct Finder<'a> {
    worktree: &'a Worktree,
    wanted: &'a (dyn Fn(&BStr) -> bool + Sync),
    later: Mutex<Later>,
}

/// What was found while a pass worked.
#[derive(Default)]
pub(super) struct Later {
    pub(super) texts: Vec<(BString, Arc<[u8]>)>,
    pub(super) diagnostics: Vec<Diagnostic>,
}

pub(super) fn finder<'a>(worktree: &'a Worktree, wanted: &'a (dyn Fn(&BStr) -> bool + Sync)) -> Finder<'a> {
    Finder {
        worktree,
        wanted,
        later: Mutex::default(),
    }
}

impl Finder<'_> {
    /// All files with one of the words.
    pub(super) fn find(&self, words: &[BString]) -> Vec<(BString, Arc<[u8]>)> {
        let found = scan::candidates(self.worktree, &[], &RequiredWords::any_of(words), self.wanted);
        let mut later = self.later.lock().unwrap_or_else(PoisonError::into_inner);
        match found {
            Ok(found) => {
                let list: Vec<_> = found
                    .candidates
                    .into_iter()
                    .map(|candidate| (candidate.path, candidate.text))
                    .collect();
                later.texts.extend(list.iter().cloned());
                list
            }
            Err(error) => {
                later.diagnostics.push(error.diagnostic());
                Vec::new()
            }
        }
    }

    pub(super) fn into_later(self) -> Later {
        self.later.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}
