//! `respin series`: a patch series, as files for mail or as commits on a branch.

use std::borrow::Cow;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use bstr::ByteSlice;

use crate::output::{Shell, json, summary, visible};
use crate::pipeline::Made;
use crate::series::Templates;

use super::error::{Failure, Outcome};
use super::outcome;
use super::plan::SeriesPlan;

pub(super) fn run(plan: &SeriesPlan, shell: &mut Shell) -> Result<Outcome, Failure> {
    let run = outcome::execute(&plan.run, shell)?;
    if run.is_refuted {
        if plan.run.json {
            outcome::write_json(&plan.run, &run, None, shell)?;
        }
        let outcome = outcome::account(&plan.run, &run, shell)?;
        shell.say("  no series was made, because a check failed");
        return Ok(outcome);
    }
    let transform = &plan.run.transform;
    let templates = Templates {
        messages: &transform.messages,
        values: &plan.values,
        name: &transform.manifest.name,
    };
    let made = run.series(&plan.order, &templates)?;
    if plan.run.json {
        outcome::write_json(&plan.run, &run, Some(object(plan, &made)), shell)?;
    } else {
        for file in &made.files {
            shell.out().write_all(file.as_os_str().as_bytes())?;
            writeln!(shell.out())?;
        }
    }
    let outcome = outcome::account(&plan.run, &run, shell)?;
    for diagnostic in &made.series.diagnostics {
        shell.report(diagnostic, None);
    }
    say_next(plan, &made, shell);
    Ok(outcome)
}

fn object<'a>(plan: &'a SeriesPlan, made: &'a Made) -> json::Series<'a> {
    let patches = made.series.patches.iter().map(|patch| json::Patch {
        subject: &patch.subject,
        commit: &patch.commit,
        files: patch
            .files
            .iter()
            .map(|file| file.path.to_str_lossy().into_owned())
            .collect(),
    });
    let mails = made.files.iter().map(|file| file.to_string_lossy().into_owned());
    json::Series {
        base: made.series.base.as_deref(),
        branch: plan.order.branch.as_deref(),
        patches: patches.collect(),
        mails: mails.collect(),
    }
}

/// Says what was made, and what to do with it.
fn say_next(plan: &SeriesPlan, made: &Made, shell: &mut Shell) {
    let patches = summary::counted(made.series.patches.len(), "patch").replace("patchs", "patches");
    if made.series.patches.is_empty() {
        shell.say("  nothing changes, so there is no series");
        return;
    }
    if let Some(branch) = &plan.order.branch {
        shell.say(&format!("  {patches} on the branch {branch}"));
    }
    if let Some(folder) = &plan.order.folder {
        shell.say(&format!("  {patches}; to take them:"));
        shell.say(&format!("    {}", am_command(plan, made, folder)));
    }
}

/// The command line that takes the series.
fn am_command(plan: &SeriesPlan, made: &Made, folder: &Path) -> String {
    let tree = &plan.run.request.place.tree;
    let mut command = String::from("git");
    let mut folder = folder.to_owned();
    if tree != Path::new(".") {
        command += &format!(" -C {}", quoted(tree));
        // git looks for the patches from there.
        folder = std::path::absolute(&folder).unwrap_or(folder);
    }
    command += " am";
    for option in made.series.am_options() {
        command += &format!(" {option}");
    }
    let postings = &made.series.postings;
    if postings
        .iter()
        .any(|posting| posting.mails.len() > posting.patches.len())
    {
        // A cover letter is a mail without a patch.
        command += " --empty=drop";
    }
    let pattern = if postings.len() > 1 {
        "*/*.patch"
    } else {
        "*.patch"
    };
    format!("{command} {}/{pattern}", quoted(&folder))
}

/// A path as a shell takes it.
fn quoted(path: &Path) -> String {
    let text = visible(path.as_os_str().as_bytes());
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-+,@%:=".contains(c);
    let text: Cow<'_, str> = if text.starts_with('-') {
        format!("./{text}").into()
    } else {
        text
    };
    if !text.is_empty() && text.chars().all(is_plain) {
        text.into_owned()
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}
