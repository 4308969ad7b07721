//! `respin apply`: changes the files of a tree.

use bstr::BString;

use crate::output::{Shell, summary};
use crate::pipeline;
use crate::transform::Problem;
use crate::worktree::{Worktree, WorktreeError};
use crate::writeback::{Interrupt, WriteError};

use super::error::{Failure, Outcome};
use super::outcome;
use super::plan::ApplyPlan;

pub(super) fn run(plan: &ApplyPlan, shell: &mut Shell) -> Result<Outcome, Failure> {
    let interrupt = Interrupt::install()
        .map_err(|error| Problem::new("io", format!("can't listen to signals: {error}")))?;
    // An interrupted run leaves a tree that is neither as before nor as after, so this comes first.
    let recovery = pipeline::recover(&plan.run.request.place.tree)?;
    if let Some(diagnostic) = recovery.diagnostic() {
        shell.report(&diagnostic, None);
    }
    let run = outcome::execute(&plan.run, shell)?;
    let changed: Vec<BString> = run.plan.total().into_iter().map(|change| change.path).collect();
    let mut written = 0;
    // Where there is nothing to write, nothing speaks against doing so: an interrupted run that was completed just now
    // leaves such a tree.
    if !changed.is_empty() && !run.is_refuted {
        refuse_unsafe(plan, &run.worktree, &changed)?;
        match run.write(&interrupt) {
            Ok(applied) => written = applied.files,
            Err(WriteError::Interrupted { signal }) => {
                shell.say("interrupted; no file was changed");
                return Ok(Outcome::Interrupted(signal));
            }
            Err(error) => return Err(Problem::from(error.diagnostic()).into()),
        }
    }
    if plan.run.json {
        outcome::write_json(&plan.run, &run, None, shell)?;
    }
    let outcome = outcome::account(&plan.run, &run, shell)?;
    shell.say(&if run.is_refuted {
        "  nothing was written, because a check failed".to_owned()
    } else {
        format!("  {} written", summary::counted(written, "file"))
    });
    if interrupt.signal().is_some() {
        shell.say("  the signal came when all was decided, so the change was completed");
    }
    Ok(interrupt.signal().map_or(outcome, Outcome::Interrupted))
}

/// Refuses a tree in which a change could not be told from what was there, or not be taken back.
fn refuse_unsafe(plan: &ApplyPlan, worktree: &Worktree, changed: &[BString]) -> Result<(), Failure> {
    if worktree.git_dir().is_none() {
        if plan.allow_no_vcs {
            return Ok(());
        }
        let tree = plan.run.request.place.tree.display();
        let message = format!("{tree} is not under version control, so changes could not be taken back");
        return Err(Problem::new("no-vcs", message)
            .help("--allow-no-vcs writes all the same")
            .into());
    }
    if plan.allow_dirty {
        return Ok(());
    }
    if let Some(operation) = worktree.in_progress().map_err(unusable)? {
        let message = format!("git is in the middle of a {operation} in this tree");
        return Err(Problem::new("in-progress", message)
            .help("finish or abort it first; --allow-dirty writes all the same")
            .into());
    }
    refuse_files(&worktree.dirty(None).map_err(unusable)?, "differs from HEAD")?;
    // Those that git does not track are no reason to refuse unless they are to be changed.
    let lost = worktree.dirty(Some(changed)).map_err(unusable)?;
    refuse_files(&lost, "is not tracked, so git could not bring it back")
}

fn refuse_files(files: &[BString], what: &str) -> Result<(), Failure> {
    let Some(first) = files.first() else {
        return Ok(());
    };
    let message = match files.len() {
        1 => format!("{first} {what}"),
        count => format!("{first} {what}; {count} files in all"),
    };
    Err(Problem::new("dirty", message)
        .help("commit or stash first; --allow-dirty writes all the same")
        .into())
}

fn unusable(error: WorktreeError) -> Failure {
    Problem::from(error.diagnostic()).into()
}
