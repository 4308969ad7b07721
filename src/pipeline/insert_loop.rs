//! Folds insert loops: the pass asks for further files while it works, so the search is handed to it.

use std::sync::{Arc, Mutex, PoisonError};

use bstr::{BStr, BString};

use crate::diagnostics::{Diagnostic, Severity};
use crate::passes::insert_loop::{self, Argument, Interface, Parameters};
use crate::scan::{self, RequiredWords};
use crate::transform::{InsertLoopParameters, InterfaceTexts, LoopArgument, Problem, Problems};
use crate::worktree::Worktree;

use super::{Request, Run, Watch, checks, is_c, problems, source_files, texts_of};

pub(super) fn run(
    worktree: Worktree,
    request: &Request,
    parameters: &InsertLoopParameters,
    watch: Watch<'_>,
) -> Result<Run, Problems> {
    watch("searching");
    let pass = pass_parameters(parameters, &request.place.paths, request.include_unsafe);
    let words = RequiredWords::any_of(pass.names());
    // The whole tree says what the interface is and who calls whom; only the paths asked for are changed.
    let is_code = |path: &BStr| is_c(path);
    let scan = scan::candidates(&worktree, &[], &words, is_code)
        .map_err(|error| Problem::from(error.diagnostic()))?;
    let files = source_files(&scan);
    let mut texts = texts_of(&files);

    watch("looking at the loops");
    let finder = finder(&worktree, &is_code);
    let find = |words: &[BString]| finder.find(words);
    let made = insert_loop::run(&pass, &files, &find);
    let later = finder.into_later();
    texts.extend(later.texts);
    let mut plan = made.map_err(|found| problems(found, &texts))?;

    watch("checking");
    let (checked, refutations) = checks::check_calls(&plan, &files, &pass.under, &[&parameters.from]);
    let is_refuted = !refutations.is_empty();
    plan.diagnostics.extend(refutations);
    plan.diagnostics.extend(later.diagnostics);
    plan.diagnostics.splice(0..0, scan.diagnostics);
    let is_error = |diagnostic: &Diagnostic| diagnostic.severity == Severity::Error;
    plan.incomplete |= is_refuted || plan.diagnostics.iter().any(is_error);
    Ok(Run {
        worktree,
        plan,
        searched: scan.files,
        checked,
        is_refuted,
        texts,
    })
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

pub(super) fn pass_parameters(
    parameters: &InsertLoopParameters,
    under: &[BString],
    include_unsafe: bool,
) -> Parameters {
    let argument = |argument: &LoopArgument| match argument {
        LoopArgument::Vma => Argument::Vma,
        LoopArgument::Address => Argument::Address,
        LoopArgument::Pages => Argument::Pages,
        LoopArgument::Count => Argument::Count,
        LoopArgument::Array => Argument::Array,
        LoopArgument::Total => Argument::Total,
    };
    let interface = |texts: &InterfaceTexts| Interface {
        definition: texts.definition.clone(),
        stub: texts.stub.clone(),
        prototype: texts.prototype.clone(),
    };
    Parameters {
        from: parameters.from.clone(),
        to: parameters.to.clone(),
        arguments: parameters.arguments.iter().map(argument).collect(),
        at_start: parameters.at_start.clone(),
        equivalents: parameters.equivalents.clone(),
        interface: parameters.interface.as_ref().map(interface),
        add_interface: parameters.add_interface,
        have_interface: parameters.have_interface,
        under: under.to_vec(),
        include_unsafe,
    }
}
