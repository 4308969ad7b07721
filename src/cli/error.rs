//! How a run ends, and the one place that turns that into an exit code.

use std::io;
use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue};

use crate::diagnostics::{Diagnostic, Severity};
use crate::output::{Options, Shell};
use crate::transform::{Problem, Problems};
use crate::writeback::Interrupt;

/// A run that finished.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// All was done, which may be nothing.
    Done,
    /// `check` found a rewrite to make.
    WorkLeft,
    /// Something was not done that should have been.
    Incomplete,
    /// A signal asked to stop.
    Interrupted(i32),
}

/// A run that could not finish.
#[derive(Debug)]
pub enum Failure {
    /// Usage, a rule, or reading the tree.
    Problems(Vec<Problem>),
    /// Writing to standard output.
    Output(io::Error),
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Failure::Problems(vec![problem])
    }
}

impl From<Problems> for Failure {
    fn from(problems: Problems) -> Self {
        Failure::Problems(problems.0)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Failure::Output(error)
    }
}

/// The exit codes that scripts rely on; see docs/command-line.md.
fn code(result: &Result<Outcome, Failure>) -> u8 {
    match result {
        Ok(Outcome::Done) => 0,
        Ok(Outcome::WorkLeft) => 1,
        Ok(Outcome::Incomplete) => 3,
        // As a shell reports a program that the signal ended.
        Ok(Outcome::Interrupted(signal)) => Interrupt::exit_code(*signal) as u8,
        // Whoever reads the output has seen enough: `respin diff ... | head`.
        Err(Failure::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => 0,
        Err(_) => 2,
    }
}

/// Reports a failure, and gives the exit code of the run.
pub(super) fn conclude(result: Result<Outcome, Failure>, shell: &mut Shell) -> ExitCode {
    let code = code(&result);
    match result {
        Err(Failure::Problems(problems)) => {
            for problem in problems.iter().take(SHOWN_PROBLEMS) {
                shell.report(&problem.diagnostic, problem.text.as_deref());
            }
            if let Some(more) = rest(&problems) {
                shell.report(&more, None);
            }
        }
        Err(Failure::Output(error)) if code != 0 => {
            let problem = Problem::new("io", format!("can't write to standard output: {error}"));
            shell.report(&problem.diagnostic, None);
        }
        _ => {}
    }
    ExitCode::from(code)
}

/// More would scroll the first ones, and what to do about them, off the screen.
const SHOWN_PROBLEMS: usize = 12;

/// What stands for the problems that are not shown.
fn rest(problems: &[Problem]) -> Option<Diagnostic> {
    let hidden = problems.get(SHOWN_PROBLEMS..)?;
    let last = &hidden.last()?.diagnostic;
    let message = format!("{} more like these", hidden.len());
    let mut more = Diagnostic::new(Severity::Error, last.code, message);
    more.help = last.help.clone();
    Some(more)
}

/// What to say after a panic, whose own message is on standard error already.
pub(super) fn internal() -> Failure {
    Problem::new(
        "internal",
        "this is a bug in respin: it stopped at the place named above",
    )
    .help("please report it together with the command line; nothing was left half-written")
    .into()
}

/// Commands that the design has a place for, but that this version does not have.
const LATER_COMMANDS: [&str; 1] = ["explain"];

/// Prints what clap has to say: help and version on standard output, errors on standard error.
pub(super) fn refuse(refusal: &clap::Error) -> ExitCode {
    let result = if let Some(command) = later_command(refusal) {
        let message = format!("`respin {command}` is not part of this version");
        let problem = Problem::new("not-in-this-version", message);
        Err(problem.help("`respin --help` lists the commands").into())
    } else {
        match refusal.print() {
            Ok(()) if !refusal.use_stderr() => Ok(Outcome::Done),
            Err(error) if !refusal.use_stderr() => Err(Failure::Output(error)),
            // The message is out, or standard error is closed; the exit code is all that is left to say.
            _ => Err(Failure::Problems(Vec::new())),
        }
    };
    conclude(result, &mut Shell::new(Options::default()))
}

fn later_command(refusal: &clap::Error) -> Option<&str> {
    match refusal.get(ContextKind::InvalidSubcommand)? {
        ContextValue::String(name) => LATER_COMMANDS.into_iter().find(|later| later == name),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_that_went_away_is_no_failure() {
        let failed = |kind: io::ErrorKind| code(&Err(Failure::Output(kind.into())));
        assert_eq!(failed(io::ErrorKind::BrokenPipe), 0);
        assert_eq!(failed(io::ErrorKind::StorageFull), 2);
    }
}
