//! `respin completions SHELL`: the completion script of a shell.

use super::error::{Failure, Outcome};
use super::plan::CompletionsPlan;
use crate::output::Shell;

pub(super) fn run(plan: &CompletionsPlan, shell: &mut Shell) -> Result<Outcome, Failure> {
    // clap_complete panics when it can't write, so it writes to memory.
    let mut script = Vec::new();
    let mut definition = plan.definition.clone();
    clap_complete::generate(plan.shell, &mut definition, "respin", &mut script);
    shell.out().write_all(&script)?;
    Ok(Outcome::Done)
}
