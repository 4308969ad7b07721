//! The order of the stages: the only file that knows it. Each stage takes plain values and gives plain values.
//!
//! worktree → scan → pass → verify; what is made of the result (a diff, changed files, a series) is up to the caller.

pub mod build;
mod checks;
mod explain;
mod fault_handler;
pub mod includes;
mod insert_loop;
mod interface;
mod made_already;
mod parse;
mod roles;
mod scripts;
mod search;
mod series;
mod smpl;
pub mod spatch;
mod survey;
pub mod verify;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bstr::{BStr, BString, ByteSlice};

use crate::diagnostics::{Diagnostic, Severity};
use crate::edit::unified;
use crate::passes::{Language, SourceFile, rename};
use crate::plan::{FileChange, Plan};
use crate::scan::{self, Candidate, FileKind, RequiredWords, Scan};
use crate::transform::{Pass, Problem, Problems, RenameParameters};
use crate::worktree::Worktree;
use crate::writeback::{self, Applied, Interrupt, Recovery, WriteError};

pub use checks::Checked;
pub use explain::explain;
pub use parse::{FileReport, OpaquePlace, Reading, parse};
pub use series::{Made, SeriesOrder};
pub use survey::{SurveyRequest, Surveyed, survey};

/// Where to work.
#[derive(Clone, Debug)]
pub struct Where {
    /// The folder of the tree.
    pub tree: PathBuf,
    /// The git revision to read; without it, the folder as it stands.
    pub revision: Option<String>,
    /// Where to look, relative to the tree; everywhere when there is none.
    pub paths: Vec<BString>,
    /// How many threads; one for each core when it is not set.
    pub jobs: Option<usize>,
}

/// Which pass to run over which tree.
#[derive(Clone, Debug)]
pub struct Request {
    /// The tree.
    pub place: Where,
    /// What to do.
    pub pass: Pass,
    /// Whether the change has to fall into parts that can be applied one after the other.
    pub staged: bool,
    /// Whether rewrites that change behaviour are made too. A rename has none.
    pub include_unsafe: bool,
}

/// What came of a request.
pub struct Run {
    /// What was asked for.
    pub request: Request,
    /// The tree.
    pub worktree: Worktree,
    /// The sites and the changes.
    pub plan: Plan,
    /// How many files were looked into.
    pub searched: usize,
    /// What was checked of the changes.
    pub checked: Checked,
    /// Whether a check failed, so that the changes must not be used.
    pub is_refuted: bool,
    texts: Texts,
}

/// Contents of the files that a run looked at, by path.
type Texts = BTreeMap<BString, Arc<[u8]>>;

/// A stage that takes a while, in the words of a progress display.
pub type Watch<'a> = &'a (dyn Fn(&'static str) + Sync);

/// Runs a pass over a tree, and checks what it did.
pub fn run(request: &Request, watch: Watch<'_>) -> Result<Run, Problems> {
    on_threads(request.place.jobs, || {
        let place = &request.place;
        let worktree = Worktree::open(&place.tree, place.revision.as_deref())
            .map_err(|error| Problem::from(error.diagnostic()))?;
        if writeback::needs_recovery(&worktree) {
            let message = "an earlier run is writing to this tree, or was interrupted while it did";
            return Err(Problem::new("unfinished-run", message)
                .help("when none is running, `respin apply` completes or takes back what was begun")
                .into());
        }
        match &request.pass {
            Pass::Rename(parameters) => rename(worktree, request, parameters, watch),
            Pass::FaultHandler(parameters) => fault_handler::run(worktree, request, parameters, watch),
            Pass::InsertLoop(parameters) => insert_loop::run(worktree, request, parameters, watch),
            Pass::Smpl(parameters) => smpl::run(worktree, request, parameters, watch),
        }
    })?
}

/// Runs `work` on as many threads as the user wants.
fn on_threads<T: Send>(jobs: Option<usize>, work: impl FnOnce() -> T + Send) -> Result<T, Problem> {
    let threads = rayon::ThreadPoolBuilder::new()
        .num_threads(jobs.unwrap_or(0))
        .stack_size(smpl::STACK)
        .build()
        .map_err(|error| Problem::new("threads", format!("can't start the threads: {error}")))?;
    Ok(threads.install(work))
}

fn rename(
    worktree: Worktree,
    request: &Request,
    parameters: &RenameParameters,
    watch: Watch<'_>,
) -> Result<Run, Problems> {
    watch("searching");
    let words = RequiredWords::any_of([&parameters.from, &parameters.to]);
    let find = |paths: &[BString]| {
        scan::candidates(&worktree, paths, &words, |_| true)
            .map_err(|error| Problem::from(error.diagnostic()))
    };
    let scan = find(&request.place.paths)?;
    // What stands elsewhere tells what a name means, and whether the new one is free.
    let whole = match request.place.paths.is_empty() {
        true => None,
        false => Some(find(&[])?),
    };
    let files = source_files(whole.as_ref().unwrap_or(&scan));
    let texts = texts_of(&files);

    watch("renaming");
    let pass = rename_parameters(parameters, request);
    let mut plan = rename::run(&pass, &files).map_err(|found| {
        let found = made_already::told(found, &worktree, &request.place, parameters, &files);
        problems(found, &texts)
    })?;

    roles::fill_in(&mut plan, &files, &parameters.from);

    watch("checking");
    let (checked, refutations) = checks::check(&plan, &files, &pass);
    let is_refuted = !refutations.is_empty();
    plan.incomplete |= is_refuted;
    plan.diagnostics.extend(refutations);

    // A file that could not be read is a hole in the result; what was left out on purpose is none.
    plan.incomplete |= scan
        .diagnostics
        .iter()
        .any(|diagnostic| diagnostic.severity == Severity::Error);
    plan.diagnostics.splice(0..0, scan.diagnostics);
    Ok(Run {
        request: request.clone(),
        worktree,
        plan,
        searched: scan.files,
        checked,
        is_refuted,
        texts,
    })
}

/// Completes or takes back what an interrupted run had begun to write to a tree.
pub fn recover(tree: &Path) -> Result<Recovery, Problem> {
    let worktree = Worktree::open(tree, None).map_err(|error| error.diagnostic())?;
    Ok(writeback::recover(&worktree).map_err(|error| error.diagnostic())?)
}

fn rename_parameters(parameters: &RenameParameters, request: &Request) -> rename::Parameters {
    rename::Parameters {
        from: parameters.from.clone(),
        to: parameters.to.clone(),
        comments: parameters.comments,
        strings: parameters.strings,
        documentation: parameters.documentation,
        realign: parameters.realign,
        wrap: parameters.wrap,
        staged: request.staged,
        under: request.place.paths.clone(),
    }
}

fn source_files(scan: &Scan) -> Vec<SourceFile> {
    let source = |candidate: &Candidate| SourceFile {
        path: candidate.path.clone(),
        text: candidate.text.clone(),
        language: language(candidate.path.as_bstr()),
    };
    scan.candidates.iter().map(source).collect()
}

fn language(path: &BStr) -> Language {
    match FileKind::of(path) {
        FileKind::C => Language::C,
        FileKind::Header => Language::Header,
        FileKind::Documentation => Language::Documentation,
        FileKind::Other if path.ends_with(b".S") || path.ends_with(b".s") => Language::Assembler,
        FileKind::Other => Language::Other,
    }
}

fn is_c(path: &BStr) -> bool {
    FileKind::of(path).is_c()
}

fn texts_of(files: &[SourceFile]) -> Texts {
    files
        .iter()
        .map(|file| (file.path.clone(), file.text.clone()))
        .collect()
}

fn problems(diagnostics: Vec<Diagnostic>, texts: &Texts) -> Problems {
    let problem = |diagnostic: Diagnostic| Problem {
        text: diagnostic.path.as_ref().and_then(|path| texts.get(path).cloned()),
        diagnostic: Box::new(diagnostic),
    };
    Problems(diagnostics.into_iter().map(problem).collect())
}

impl Run {
    /// Writes the changes into the tree: all of them, or none.
    pub fn write(&self, interrupt: &Interrupt) -> Result<Applied, WriteError> {
        writeback::apply(&self.worktree, &self.plan.total(), interrupt)
    }

    /// The contents of a file, for pointing into it.
    pub fn text(&self, path: &BString) -> Option<&[u8]> {
        self.texts.get(path).map(|text| &text[..])
    }

    /// The unified diffs of all changed files, sorted by path.
    pub fn diffs(&self) -> Vec<(BString, Vec<u8>)> {
        let diff = |change: FileChange| {
            let options = unified::Options::default();
            let text = unified::unified(change.path.as_bstr(), &change.before, &change.after, options);
            (change.path, text)
        };
        self.plan.total().into_iter().map(diff).collect()
    }
}
