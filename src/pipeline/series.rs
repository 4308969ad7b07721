//! From a run to a patch series, in a folder or on a branch.

use std::path::PathBuf;

use bstr::BString;

use crate::series::prefix::{self, History};
use crate::series::{self, Advisor, Base, ErrorKind, Messages, Options, Series};
use crate::transform::Problem;

use super::Run;

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
}

/// A series that was made and put where it was ordered.
#[derive(Debug)]
pub struct Made {
    /// The series.
    pub series: Series,
    /// The files that were written, in its order.
    pub files: Vec<PathBuf>,
}

/// What paths alone say about the habits of subsystems.
struct ByPath;

impl Advisor for ByPath {
    fn prefix(&self, paths: &[BString]) -> String {
        prefix::of_files(paths, &History::default()).text
    }

    fn maintainers(&self, paths: &[BString]) -> Vec<String> {
        // Without MAINTAINERS, who looks after files is known by the prefix that they use.
        vec![self.prefix(paths)]
    }
}

impl Run {
    /// Makes a series of the changes. It is applied to its base in memory before anything is written.
    pub fn series(&self, order: &SeriesOrder, messages: &dyn Messages) -> Result<Made, Problem> {
        let mut options = order.options.clone();
        options.disclosure.tested = self.tested(options.split);
        let base = Base::of(&self.worktree).map_err(problem)?;
        let series = series::build(&base, &self.plan, &options, messages, &ByPath).map_err(problem)?;
        if let Some(branch) = &order.branch {
            series::commit_branch(&series, &base, branch).map_err(problem)?;
        }
        let files = match &order.folder {
            Some(folder) => series::write(&series, folder, order.force).map_err(problem)?,
            None => Vec::new(),
        };
        Ok(Made { series, files })
    }

    /// What the messages say about testing.
    fn tested(&self, split: crate::transform::Split) -> String {
        let checked = self.checked.sentences();
        match split {
            crate::transform::Split::None => format!("{checked} It was not compiled or run."),
            _ => format!("Over the whole series: {checked} It was not compiled or run."),
        }
    }
}

/// A failure with what led to it.
fn problem(error: series::Error) -> Problem {
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
