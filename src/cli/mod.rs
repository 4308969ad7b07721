//! The command line: raw flags become a validated plan, and nothing behind that sees clap.

mod apply;
mod args;
mod check;
mod completions;
mod diff;
mod error;
mod explain;
mod list;
mod man;
mod outcome;
mod parse;
mod plan;
mod series;
mod show;
mod spatch;
mod survey;
mod test;
mod verify;

use std::ffi::OsString;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use crate::output::{Options, Shell};

pub use error::{Failure, Outcome};
use plan::Task;

/// Runs the program, and says how it ended.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    if let Some(rest) = spatch::arguments(&arguments) {
        let mut shell = Shell::new(Options::default());
        let done = catch_unwind(AssertUnwindSafe(|| spatch::main(rest, &mut shell)));
        return done.unwrap_or_else(|_| error::conclude(Err(error::internal()), &mut shell));
    }
    let raw = match args::parse(arguments) {
        Ok(raw) => raw,
        Err(refusal) => return error::refuse(&refusal),
    };
    let mut shell = Shell::new(raw.output_options());
    let result = catch_unwind(AssertUnwindSafe(|| {
        let task = plan::validate(raw)?;
        let outcome = run(&task, &mut shell);
        // Also after a failure, so that what was found before it is not lost.
        let flushed = shell.finish();
        let outcome = outcome?;
        flushed?;
        Ok(outcome)
    }));
    let result = result.unwrap_or_else(|_| Err(error::internal()));
    error::conclude(result, &mut shell)
}

fn run(task: &Task, shell: &mut Shell) -> Result<Outcome, Failure> {
    match task {
        Task::List(plan) => list::run(plan, shell),
        Task::Show(plan) => show::run(plan, shell),
        Task::Diff(plan) => diff::run(plan, shell),
        Task::Apply(plan) => apply::run(plan, shell),
        Task::Explain(plan) => explain::run(plan, shell),
        Task::Check(plan) => check::run(plan, shell),
        Task::Series(plan) => series::run(plan, shell),
        Task::Survey(plan) => survey::run(plan, shell),
        Task::Verify(plan) => verify::run(plan, shell),
        Task::Test(plan) => test::run(plan, shell),
        Task::Parse(plan) => parse::run(plan, shell),
        Task::Completions(plan) => completions::run(plan, shell),
        Task::Man(plan) => man::run(plan, shell),
    }
}
