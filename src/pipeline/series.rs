//! From a run to a patch series, in a folder or on a branch.

use std::path::{Path, PathBuf};

use bstr::{BStr, BString};

use crate::diagnostics::{Diagnostic, Severity};
use crate::plan::FileChange;
use crate::series::maintainers::{Dialect, Maintainers};
use crate::series::recipients::{Advice, Audience, Edits, Mailbox};
use crate::series::{
    self, Base, CoverFacts, ErrorKind, Messages, Options, PatchFacts, PatchText, RenderError, Series,
};
use crate::transform::{Pass, Problem, Split};
use crate::worktree::Worktree;

use super::{Checked, Run, checks, on_threads};

/// What series to make, and where to put it.
#[derive(Clone, Debug)]
pub struct SeriesOrder {
    /// How it is grouped, described and numbered.
    pub options: Options,
    /// The folder for its patches.
    pub folder: Option<PathBuf>,
    /// The branch for its commits.
    pub branch: Option<String>,
    /// Whether patches in the folder that were edited are replaced.
    pub force: bool,
    /// Whether the series is only made in memory, to be looked at.
    pub only_planned: bool,
}

/// A series that was made and put where it was ordered.
#[derive(Debug)]
pub struct Made {
    /// The series.
    pub series: Series,
    /// The files that were written, in its order.
    pub files: Vec<PathBuf>,
}

impl Run {
    /// Makes a series of the changes. It is applied to its base in memory before anything is written.
    pub fn series(&self, order: &SeriesOrder, messages: &dyn Messages) -> Result<Made, Problem> {
        let mut options = order.options.clone();
        options.disclosure.tested = self.tested(options.split);
        let base = Base::of(&self.worktree).map_err(problem)?;
        let total = self.plan.total();
        let paths: Vec<BString> = total.iter().map(|change| change.path.clone()).collect();
        let history = base.history(&paths).map_err(problem)?;
        let maintainers = maintainers_of(&self.worktree)?;
        let (edited, taken_over) = edited_recipients(order)?;
        let edits = Edits::read(edited.as_deref()).map_err(|diagnostic| Problem {
            diagnostic: Box::new(diagnostic),
            text: edited.as_deref().map(|text| text.as_bytes().into()),
        })?;
        let named = std::mem::take(&mut options.recipients);
        let all = Audience::of(mailboxes("--to", &named.to)?, mailboxes("--cc", &named.cc)?);
        let read = |path: &BStr| self.worktree.read(path).ok();
        let advice = Advice::new(&maintainers, &history, &edits, &all, &total, &read);
        let messages = Checking {
            messages,
            run: self,
            total: &total,
        };
        let mut series = series::build(&base, &self.plan, &options, &messages, &advice).map_err(problem)?;
        series.diagnostics.extend(taken_over);
        series.diagnostics.extend(advice.remarks());
        if order.only_planned {
            let files = Vec::new();
            return Ok(Made { series, files });
        }
        if let Some(branch) = &order.branch {
            series::commit_branch(&series, &base, branch).map_err(problem)?;
        }
        let recipients = advice.recipients_file();
        let files = match &order.folder {
            Some(folder) => {
                series::write(&series, folder, recipients.as_deref(), order.force).map_err(problem)?
            }
            None => Vec::new(),
        };
        Ok(Made { series, files })
    }

    /// What the cover letter says about testing.
    fn tested(&self, split: Split) -> String {
        let checked = self.checked.sentences();
        match split {
            Split::None => format!("{checked} It was not compiled or run."),
            _ => format!("{checked} This was checked with all patches applied. It was not compiled or run."),
        }
    }
}

/// The recipients.toml that a person may have edited: that of the folder or else of the earlier version, which is said.
fn edited_recipients(order: &SeriesOrder) -> Result<(Option<String>, Option<Diagnostic>), Problem> {
    if let Some(folder) = &order.folder
        && let Some(text) = series::read_recipients(folder).map_err(problem)?
    {
        return Ok((Some(text), None));
    }
    let options = &order.options;
    let earlier = [&options.range_diff, &options.interdiff].into_iter().flatten();
    for folder in earlier.filter(|name| Path::new(name).is_dir()) {
        if let Some(text) = series::read_recipients(Path::new(folder)).map_err(problem)? {
            let what = format!(
                "what was changed by hand in {} of {folder} is taken over",
                series::RECIPIENTS
            );
            let note = Diagnostic::new(Severity::Note, "recipients-taken-over", what);
            return Ok((Some(text), Some(note)));
        }
    }
    Ok((None, None))
}

/// The messages of a transform, which say of each patch what was checked of that patch.
struct Checking<'a> {
    messages: &'a dyn Messages,
    run: &'a Run,
    /// What the whole series changes.
    total: &'a [FileChange],
}

impl Messages for Checking<'_> {
    fn patch(&self, facts: &PatchFacts) -> Result<PatchText, RenderError> {
        self.messages.patch(facts)
    }

    fn tested(&self, files: &[FileChange]) -> Option<String> {
        let checked = match files == self.total {
            true => self.run.checked,
            false => self.check(files).unwrap_or_default(),
        };
        Some(format!("{} It was not compiled or run.", checked.sentences()))
    }

    fn cover(&self, facts: &CoverFacts) -> Result<PatchText, RenderError> {
        self.messages.cover(facts)
    }
}

impl Checking<'_> {
    fn check(&self, files: &[FileChange]) -> Result<Checked, Problem> {
        let request = &self.run.request;
        let names = match &request.pass {
            Pass::Rename(parameters) => Some((parameters.from.as_bytes(), parameters.to.as_bytes())),
            Pass::InsertLoop(_) | Pass::FaultHandler(_) | Pass::Smpl(_) => None,
        };
        on_threads(request.place.jobs, || checks::of_patch(files, names))
    }
}

/// Who looks after what, as the tree's MAINTAINERS says; nobody, where there is none.
pub(super) fn maintainers_of(worktree: &Worktree) -> Result<Maintainers, Problem> {
    let read = |path: &str| worktree.read(path.into()).ok();
    let dialect = Dialect::of_script(read("scripts/get_maintainer.pl").as_deref());
    let Some(text) = read("MAINTAINERS") else {
        return Ok(Maintainers::parse(b"", dialect, &|_| false).0);
    };
    let listing = worktree.list(&[]).map_err(|error| error.diagnostic())?;
    let folders = listing.folders();
    // What is wrong with entries of other people is not for whoever makes a series to mend.
    let (maintainers, _) = Maintainers::parse(&text, dialect, &|path| folders.contains(path));
    Ok(match read(".mailmap") {
        Some(mailmap) => maintainers.with_mailmap(&mailmap),
        None => maintainers,
    })
}

/// The people that a flag names.
fn mailboxes(flag: &str, texts: &[String]) -> Result<Vec<Mailbox>, Problem> {
    let mailbox = |text: &String| {
        Mailbox::parse(text.as_bytes()).map_err(|why| {
            let message = format!("{flag} \"{}\" is no recipient: {why}", text.escape_debug());
            Problem::new("usage", message).help("write it as `Name <address@host>`")
        })
    };
    texts.iter().map(mailbox).collect()
}

/// A failure with what led to it.
pub(super) fn problem(error: series::Error) -> Problem {
    let code = match error.kind {
        ErrorKind::Usage => "usage",
        ErrorKind::Repository => "repository",
        ErrorKind::Stale => "changed-meanwhile",
        ErrorKind::Identity => "identity",
        ErrorKind::Message => "message",
        ErrorKind::Unproved => "not-proved",
        ErrorKind::Unsupported => "not-in-this-version",
        ErrorKind::Output => "output",
    };
    let mut message = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(inner) = cause {
        message += &format!(": {inner}");
        cause = inner.source();
    }
    let problem = Problem::new(code, message);
    match error.help {
        Some(help) => problem.help(help),
        None => problem,
    }
}
