//! `respin verify`: patches that somebody hands in, checked one after the other.

use bstr::ByteSlice;

use crate::output::{Shell, json, summary, verdicts};
use crate::pipeline::verify::{self, Answer, Check, Checked, Verified};
use crate::transform::Problem;
use crate::verify::finding::{Finding, Weight};
use crate::writeback::Interrupt;

use super::error::{Failure, Outcome};
use super::plan::VerifyPlan;

pub(super) fn run(plan: &VerifyPlan, shell: &mut Shell) -> Result<Outcome, Failure> {
    let interrupt = Interrupt::install()
        .map_err(|error| Problem::new("io", format!("can't listen to signals: {error}")))?;
    let progress = shell.progress();
    let verified = verify::verify(&plan.order, &interrupt, &|stage| progress.stage(stage));
    progress.finish();
    let verified = verified?;
    let report = report(&verified);
    if plan.json {
        json::write(shell.out(), &report)?;
    } else {
        let columns = Check::ALL.map(Check::name);
        let text = verdicts::render(&report, &columns, shell.paint);
        shell.out().write_all(text.as_bytes())?;
    }
    shell.finish()?;
    for sentence in &verified.not_done {
        shell.say(&format!("  {sentence}"));
    }
    if let Some(signal) = interrupt.signal() {
        shell.say("interrupted; the patches that are not listed were not checked");
        return Ok(Outcome::Interrupted(signal));
    }
    if let Some(objects) = verified.built {
        let objects = summary::counted(objects, "object");
        shell.say(&format!(
            "  {objects} compiled after each patch; not linked, not run"
        ));
    }
    let failed = report.patches.iter().filter(|patch| has_failed(patch)).count();
    let patches = summary::counted(
        report.patches.iter().filter(|patch| !patch.cover).count(),
        "patch",
    );
    let patches = patches.replace("patchs", "patches");
    if report.failed {
        shell.say(&format!("  {patches} checked; {failed} with problems"));
        return Ok(Outcome::Incomplete);
    }
    shell.say(&format!("  {patches} checked; no problem found"));
    Ok(if verified.is_incomplete {
        Outcome::Incomplete
    } else {
        Outcome::Done
    })
}

fn has_failed(patch: &verdicts::Patch<'_>) -> bool {
    patch.checks.iter().any(|check| check.result == "failed")
}

fn report(verified: &Verified) -> verdicts::Report<'_> {
    let patches: Vec<_> = verified.patches.iter().map(patch).collect();
    verdicts::Report {
        schema: verdicts::SCHEMA,
        base: verified.base.as_deref(),
        failed: patches.iter().any(has_failed),
        patches,
        not_done: verified.not_done.iter().map(String::as_str).collect(),
    }
}

fn patch(checked: &Checked) -> verdicts::Patch<'_> {
    verdicts::Patch {
        name: &checked.name,
        subject: &checked.subject,
        cover: checked.is_cover,
        files: checked
            .files
            .iter()
            .map(|path| path.to_str_lossy().into_owned())
            .collect(),
        checks: checked
            .answers
            .iter()
            .map(|(check, answer)| row(check.name(), answer))
            .collect(),
    }
}

fn row<'a>(name: &'static str, answer: &'a Answer) -> verdicts::Check<'a> {
    match answer {
        Answer::NotDone(why) => verdicts::Check {
            name,
            result: "not-done",
            why: Some(why),
            findings: Vec::new(),
        },
        Answer::Done(findings) => verdicts::Check {
            name,
            result: match findings.iter().map(|finding| finding.weight).max() {
                None => "ok",
                Some(Weight::Remark) => "remarks",
                Some(Weight::Problem) => "failed",
            },
            why: None,
            findings: findings.iter().map(finding).collect(),
        },
    }
}

fn finding(finding: &Finding) -> verdicts::Finding<'_> {
    let place = finding.place.as_ref();
    verdicts::Finding {
        code: finding.code,
        problem: finding.weight == Weight::Problem,
        message: &finding.message,
        path: place.map(|(path, _)| path.to_str_lossy().into_owned()),
        line: place.map(|(_, line)| *line).filter(|line| *line > 0),
    }
}
