//! Looks at the users of a function: what a survey reads, and in which order.

use bstr::BStr;

use crate::diagnostics::{Diagnostic, Severity};
use crate::ledger::Answer;
use crate::passes::survey::{self, Question};
use crate::scan::{self, RequiredWords};
use crate::transform::{InsertLoopParameters, Problem, Problems};
use crate::worktree::Worktree;

use super::insert_loop::pass_parameters;
use super::search::finder;
use super::{Watch, Where, is_c, on_threads, problems, source_files, texts_of};

/// What to ask, of which tree.
#[derive(Clone, Debug)]
pub struct SurveyRequest {
    /// The tree.
    pub place: Where,
    /// The function.
    pub api: String,
    /// Its twin for page faults.
    pub twin: Option<String>,
    /// The transforms that fold loops over it.
    pub loops: Vec<InsertLoopParameters>,
}

/// What came of it.
pub struct Surveyed {
    /// Every occurrence, sorted.
    pub answers: Vec<Answer>,
    /// What could not be read.
    pub diagnostics: Vec<Diagnostic>,
    /// How many files were looked into.
    pub searched: usize,
}

/// Looks at the users of a function.
pub fn survey(request: &SurveyRequest, watch: Watch<'_>) -> Result<Surveyed, Problems> {
    on_threads(request.place.jobs, || {
        let place = &request.place;
        let worktree = Worktree::open(&place.tree, place.revision.as_deref())
            .map_err(|error| Problem::from(error.diagnostic()))?;
        watch("searching");
        let question = Question {
            api: request.api.clone(),
            twin: request.twin.clone(),
            loops: request
                .loops
                .iter()
                .map(|parameters| pass_parameters(parameters, &place.paths, false))
                .collect(),
            under: place.paths.clone(),
        };
        let words = RequiredWords::any_of(question.names());
        // Whether the paths asked for exist is the listing's business; what the tree says is asked of all of it.
        if !place.paths.is_empty() {
            worktree
                .list(&place.paths)
                .map_err(|error| Problem::from(error.diagnostic()))?;
        }
        let scan = scan::candidates(&worktree, &[], &words, |_| true)
            .map_err(|error| Problem::from(error.diagnostic()))?;
        let files = source_files(&scan);
        watch("following the callers");
        let is_code = |path: &BStr| is_c(path);
        let finder = finder(&worktree, &is_code);
        let find = |words: &[bstr::BString]| finder.find(words);
        let answers = survey::run(&question, &files, &find);
        let later = finder.into_later();
        let mut texts = texts_of(&files);
        texts.extend(later.texts);
        let answers = answers.map_err(|found| problems(found, &texts))?;
        let mut diagnostics = scan.diagnostics;
        diagnostics.extend(later.diagnostics);
        Ok(Surveyed {
            answers,
            diagnostics,
            searched: scan.files,
        })
    })?
}

impl Surveyed {
    /// Whether something could not be read or parsed.
    pub fn is_incomplete(&self) -> bool {
        let is_error = |diagnostic: &Diagnostic| diagnostic.severity == Severity::Error;
        let unparsed = |answer: &Answer| answer.site.verdict == crate::ledger::Verdict::Unparsed;
        self.diagnostics.iter().any(is_error) || self.answers.iter().any(unparsed)
    }
}
