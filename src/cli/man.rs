//! `respin man [COMMAND]`: a manual page.

use super::error::{Failure, Outcome};
use super::plan::ManPlan;
use crate::output::Shell;

pub(super) fn run(plan: &ManPlan, shell: &mut Shell) -> Result<Outcome, Failure> {
    clap_mangen::Man::new(plan.definition.clone()).render(shell.out())?;
    Ok(Outcome::Done)
}
