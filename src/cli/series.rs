//! `respin series`: a patch series, as files for mail or as commits on a branch.

use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use bstr::ByteSlice;

use crate::output::{Shell, json, postings, summary, visible};
use crate::pipeline::Made;
use crate::plan::Phase;
use crate::series::recipients::send_email_line;
use crate::series::{RECIPIENTS, Templates};

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
    let object = object(plan, &made);
    if plan.run.json {
        outcome::write_json(&plan.run, &run, Some(object), shell)?;
    } else if plan.order.only_planned {
        let text = postings::render(&object, shell.verbosity(), shell.paint);
        shell.out().write_all(text.as_bytes())?;
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
    let postings = made.series.postings.iter();
    let patches = postings.flat_map(|posting| {
        let range = posting.patches.clone();
        let patches = made.series.patches.get(range.clone()).unwrap_or_default();
        patches.iter().enumerate().map(move |(index, patch)| json::Patch {
            subject: &patch.subject,
            commit: &patch.commit,
            files: patch
                .files
                .iter()
                .map(|file| file.path.to_str_lossy().into_owned())
                .collect(),
            phase: match patch.phase {
                Phase::Introduce => "introduce",
                Phase::Convert => "convert",
                Phase::Retire => "retire",
            },
            places: patch.sites.len(),
            posting: posting.folder.as_deref(),
            number: index + 1,
            of: range.len(),
            to: &patch.recipients.to,
            cc: &patch.recipients.cc,
        })
    });
    let mails = made.files.iter().map(|file| file.to_string_lossy().into_owned());
    json::Series {
        base: made.series.base.as_deref(),
        branch: plan.order.branch.as_deref(),
        patches: patches.collect(),
        mails: mails.collect(),
        remarks: made.series.diagnostics.iter().map(json::Message::from).collect(),
    }
}

/// Says what was made, and what to do with it.
fn say_next(plan: &SeriesPlan, made: &Made, shell: &mut Shell) {
    let patches = summary::counted(made.series.patches.len(), "patch").replace("patchs", "patches");
    if made.series.patches.is_empty() {
        shell.say("  nothing changes, so there is no series");
        return;
    }
    if plan.order.only_planned {
        shell.say(&format!(
            "  {patches}; nothing was written (`-o DIR` writes them)"
        ));
        return;
    }
    if let Some(branch) = &plan.order.branch {
        shell.say(&format!("  {patches} on the branch {branch}"));
    }
    if let Some(folder) = &plan.order.folder {
        shell.say(&format!("  {patches}; to take them:"));
        shell.say(&format!("    {}", am_command(plan, made, folder)));
        say_how_to_send(plan, made, folder, shell);
    }
}

/// The lines that would send it. They are for a person to run: nothing is ever sent from here.
fn say_how_to_send(plan: &SeriesPlan, made: &Made, folder: &Path, shell: &mut Shell) {
    let list = folder.join(RECIPIENTS);
    let list = visible(list.as_os_str().as_bytes());
    shell.say(&format!(
        "  who gets it is in {list}; after a change there, run this again"
    ));
    shell.say("  to send it:");
    let threaded = plan.order.options.thread.is_some();
    for posting in &made.series.postings {
        let folder = match &posting.folder {
            Some(below) => folder.join(below),
            None => folder.to_owned(),
        };
        match send_email_line(&folder, &pattern(&folder, made), threaded) {
            Ok(line) => shell.say(&format!("    {line}")),
            Err(diagnostic) => {
                shell.report(&diagnostic, None);
                return;
            }
        }
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
        command += &format!(" {}", quoted_word(&visible(option.as_bytes())));
    }
    let postings = &made.series.postings;
    if postings
        .iter()
        .any(|posting| posting.mails.len() > posting.patches.len())
    {
        // A cover letter is a mail without a patch.
        command += " --empty=drop";
    }
    let first = postings.first().and_then(|posting| posting.folder.as_deref());
    let pattern = pattern(&folder.join(first.unwrap_or_default()), made);
    let below = if postings.len() > 1 { "*/" } else { "" };
    format!("{command} {}/{below}{pattern}", quoted(&folder))
}

/// What a shell makes the mails of, and no others that lie in their folder: those of another version, or somebody's own.
fn pattern(folder: &Path, made: &Made) -> String {
    let name = |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned());
    let ours: Vec<String> = made.files.iter().filter_map(|file| name(file)).collect();
    let is_other = |name: &String| name.ends_with(".patch") && !ours.contains(name);
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names = entries.filter_map(|entry| name(&entry.path()));
    if !names.any(|name| is_other(&name)) {
        return "*.patch".to_owned();
    }
    let version = ours
        .first()
        .and_then(|name| name.strip_prefix('v')?.split_once('-'));
    match version {
        Some((number, _)) => format!("v{number}-[0-9]*.patch"),
        None => "[0-9]*.patch".to_owned(),
    }
}

/// A path as a shell takes it.
fn quoted(path: &Path) -> String {
    let bytes = path.as_os_str().as_bytes();
    let start = if bytes.starts_with(b"-") { "./" } else { "" };
    let text = visible(bytes);
    match text.as_bytes() == bytes {
        true => quoted_word(&format!("{start}{text}")),
        false => escaped_word(start, bytes),
    }
}

/// A word with bytes that a terminal must not see: each is written as a number, which POSIX has known since 2024 and most
/// shells for longer.
fn escaped_word(start: &str, bytes: &[u8]) -> String {
    let escaped = bytes.iter().map(|&byte| match byte {
        b'\'' | b'\\' => format!("\\{}", byte as char),
        b' '..=b'~' => (byte as char).to_string(),
        _ => format!("\\{byte:03o}"),
    });
    format!("$'{start}{}'", escaped.collect::<String>())
}

/// A word as a shell takes it.
fn quoted_word(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-+,@%:=".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}
