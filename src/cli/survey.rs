//! `respin survey API`: who uses a function, what for, and which interface would serve each better.

use crate::output::survey::{self as report, Form};
use crate::output::{Shell, Verbosity, json};
use crate::pipeline;

use super::error::{Failure, Outcome};
use super::plan::{SurveyForm, SurveyPlan};

pub(super) fn run(plan: &SurveyPlan, shell: &mut Shell) -> Result<Outcome, Failure> {
    let progress = shell.progress();
    let found = pipeline::survey(&plan.request, &|stage| progress.stage(stage));
    progress.finish();
    let found = found?;
    let api = &plan.request.api;
    let form = match plan.form {
        SurveyForm::Json => {
            let object = report::object(api, &found.answers, &found.diagnostics, found.is_incomplete());
            json::write(shell.out(), &object)?;
            return conclude(&found, shell);
        }
        SurveyForm::Markdown => Form::Markdown,
        SurveyForm::Terminal => Form::Terminal {
            paint: shell.paint,
            proofs: shell.verbosity() == Verbosity::Verbose,
        },
    };
    shell.start_pager();
    let text = report::render(api, &found.answers, form);
    shell.out().write_all(text.as_bytes())?;
    conclude(&found, shell)
}

fn conclude(found: &pipeline::Surveyed, shell: &mut Shell) -> Result<Outcome, Failure> {
    shell.finish()?;
    for diagnostic in &found.diagnostics {
        shell.report(diagnostic, None);
    }
    if found.answers.is_empty() {
        shell.say(&format!(
            "the name does not occur in the {} that were searched",
            crate::output::summary::counted(found.searched, "file")
        ));
    }
    Ok(if found.is_incomplete() {
        Outcome::Incomplete
    } else {
        Outcome::Done
    })
}
