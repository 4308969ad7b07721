//! Writes inserts in fault handlers with their twins: what is read for it, and in which order.

use bstr::{BStr, BString};

use crate::diagnostics::{Diagnostic, Severity};
use crate::passes::fault_handler::{self, Parameters};
use crate::scan::{self, RequiredWords};
use crate::transform::{FaultHandlerParameters, Problem, Problems};
use crate::worktree::Worktree;

use super::insert_loop::finder;
use super::{Request, Run, Watch, checks, is_c, problems, source_files, texts_of};

pub(super) fn run(
    worktree: Worktree,
    request: &Request,
    parameters: &FaultHandlerParameters,
    watch: Watch<'_>,
) -> Result<Run, Problems> {
    watch("searching");
    let pass = Parameters {
        pairs: parameters.pairs.clone(),
        have_interface: parameters.have_interface,
        under: request.place.paths.clone(),
        include_unsafe: request.include_unsafe,
    };
    let words = RequiredWords::any_of(pass.names());
    // The whole tree says who calls whom; only the paths asked for are changed, and what their types are connected with.
    let is_code = |path: &BStr| is_c(path);
    let scan = scan::candidates(&worktree, &[], &words, is_code)
        .map_err(|error| Problem::from(error.diagnostic()))?;
    let files = source_files(&scan);
    let mut texts = texts_of(&files);

    watch("looking at the fault handlers");
    let finder = finder(&worktree, &is_code);
    let find = |words: &[BString]| finder.find(words);
    let made = fault_handler::run(&pass, &files, &find);
    let later = finder.into_later();
    texts.extend(later.texts);
    let mut plan = made.map_err(|found| problems(found, &texts))?;

    watch("checking");
    let names: Vec<&str> = pass.pairs.iter().map(|(from, _)| from.as_str()).collect();
    let (checked, refutations) = checks::check_calls(&plan, &files, &pass.under, &names);
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
