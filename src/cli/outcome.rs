//! What `diff`, `check`, `apply` and `series` have in common: running the pipeline, and the account of what it found.

use crate::ledger::Summary;
use crate::output::{Shell, json, summary};
use crate::pipeline::{self, Run};
use crate::transform::Pass;

use super::error::{Failure, Outcome};
use super::plan::RunPlan;

/// Runs the pipeline with a progress display.
pub(super) fn execute(plan: &RunPlan, shell: &Shell) -> Result<Run, Failure> {
    let progress = shell.progress();
    let run = pipeline::run(&plan.request, &|stage| progress.stage(stage));
    progress.finish();
    Ok(run?)
}

/// Prints the JSON object of a run.
pub(super) fn write_json(
    plan: &RunPlan,
    run: &Run,
    series: Option<json::Series<'_>>,
    shell: &mut Shell,
) -> Result<(), Failure> {
    let diffs = run.diffs();
    let object = json::Run {
        schema: json::RUN_SCHEMA,
        transform: &plan.transform.manifest.name,
        sites: &run.plan.sites,
        files: diffs
            .into_iter()
            .map(|(path, diff)| json::File {
                path,
                diff: diff.into(),
            })
            .collect(),
        summary: Summary::of(&run.plan.sites),
        series,
        incomplete: is_incomplete(run),
        diagnostics: run.plan.diagnostics.iter().map(json::Message::from).collect(),
    };
    json::write(shell.out(), &object)?;
    Ok(())
}

/// Says on standard error what became of the sites, once standard output is through.
pub(super) fn account(plan: &RunPlan, run: &Run, shell: &mut Shell) -> Result<Outcome, Failure> {
    shell.finish()?;
    for diagnostic in &run.plan.diagnostics {
        let text = diagnostic.path.as_ref().and_then(|path| run.text(path));
        shell.report(diagnostic, text);
    }
    let name = &plan.transform.manifest.name;
    let text = summary::render(name, &run.plan.sites, shell.verbosity(), shell.err_paint);
    shell.say(&text);
    let checked = run.checked.sentences();
    if run.plan.sites.is_empty() {
        let searched = summary::counted(run.searched, "file");
        let what = match plan.request.pass {
            Pass::Smpl(_) => "nothing matches",
            Pass::Rename(_) | Pass::InsertLoop(_) | Pass::FaultHandler(_) => "the name does not occur",
        };
        shell.say(&format!("  {what} in the {searched} that were searched"));
    } else if !checked.is_empty() {
        shell.say(&format!("  {checked}"));
    }
    Ok(if is_incomplete(run) {
        Outcome::Incomplete
    } else {
        Outcome::Done
    })
}

/// Whether something was not done that should have been.
fn is_incomplete(run: &Run) -> bool {
    run.plan.incomplete || Summary::of(&run.plan.sites).unparsed > 0
}
