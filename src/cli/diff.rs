//! `respin diff`: what a transform would change; nothing is written.

use crate::output::{Shell, diff};

use super::error::{Failure, Outcome};
use super::outcome;
use super::plan::RunPlan;

pub(super) fn run(plan: &RunPlan, shell: &mut Shell) -> Result<Outcome, Failure> {
    let run = outcome::execute(plan, shell)?;
    if plan.json {
        outcome::write_json(plan, &run, None, shell)?;
    } else {
        shell.start_pager();
        for (_, text) in run.diffs() {
            if shell.is_for_people() {
                let paint = shell.paint;
                diff::write_pretty(shell.out(), &text, paint)?;
            } else {
                diff::write_plain(shell.out(), &text)?;
            }
        }
    }
    outcome::account(plan, &run, shell)
}
