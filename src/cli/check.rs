//! `respin check`: whether a transform has work left, for use in CI.

use crate::ledger::{Site, Verdict};
use crate::output::{Shell, summary};

use super::error::{Failure, Outcome};
use super::outcome;
use super::plan::RunPlan;

pub(super) fn run(plan: &RunPlan, shell: &mut Shell) -> Result<Outcome, Failure> {
    let run = outcome::execute(plan, shell)?;
    let work: Vec<&Site> = run
        .plan
        .sites
        .iter()
        .filter(|site| site.verdict == Verdict::Rewritten)
        .collect();
    if plan.json {
        outcome::write_json(plan, &run, None, shell)?;
    } else {
        for site in &work {
            writeln!(shell.out(), "{}", summary::place(site))?;
        }
    }
    match outcome::account(plan, &run, shell)? {
        Outcome::Done if !work.is_empty() => Ok(Outcome::WorkLeft),
        other => Ok(other),
    }
}
