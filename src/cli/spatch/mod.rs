//! `respin spatch`, and respin under the name `spatch` or `respin-spatch`: spatch's command line and output.

mod options;

use std::ffi::{OsStr, OsString};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::edit::unified;
use crate::output::Shell;
use crate::pipeline::spatch::{Done, Refusal, Request, run};

use options::Options;

/// Version of SmPL's tools that respin stands in for, as scripts read it from the third word.
const SPATCH_VERSION: &str = "1.1.1";

/// The arguments of spatch, if the program was called as such.
pub(super) fn arguments(all: &[OsString]) -> Option<&[OsString]> {
    let name = all.first().map(Path::new).and_then(Path::file_name);
    if matches!(name.and_then(OsStr::to_str), Some("spatch" | "respin-spatch")) {
        return Some(&all[1..]);
    }
    (all.get(1).is_some_and(|word| word == "spatch")).then(|| &all[2..])
}

/// Runs the command.
pub(super) fn main(arguments: &[OsString], shell: &mut Shell) -> ExitCode {
    let options = match options::parse(arguments.iter().cloned()) {
        Ok(options) => options,
        Err(message) => return refuse(&message),
    };
    if options.version {
        let _ = writeln!(
            shell.out(),
            "spatch version {SPATCH_VERSION} (respin {})",
            env!("CARGO_PKG_VERSION")
        );
        let _ = shell.finish();
        return ExitCode::SUCCESS;
    }
    if options.help {
        let _ = writeln!(
            shell.out(),
            "usage: respin spatch --sp-file RULES.cocci [OPTION..] [FILE..] [--dir DIR]"
        );
        let _ = shell.finish();
        return ExitCode::SUCCESS;
    }
    let Some(rules) = options.rules.clone() else {
        return refuse("no file of rules: name one with --sp-file");
    };
    let request = Request {
        rules,
        defined: options.defined.clone(),
        identifiers: options.identifiers.clone(),
        disabled_isos: options.disabled_isos.clone(),
        targets: options.targets.iter().chain(&options.dirs).cloned().collect(),
        ignored: options.ignored.clone(),
        headers: options.headers,
        jobs: options.jobs,
    };
    let mut failed = false;
    let mut faults: Vec<String> = Vec::new();
    let mut results: Vec<Done> = Vec::new();
    let outcome = run(&request, &mut |done| results.push(done), &mut |path, error| {
        faults.push(format!("{}: {error}", path.display()));
    });
    if let Err(refusal) = outcome {
        return refused(&request.rules, refusal);
    }
    for done in results {
        for remark in &done.outcome.remarks {
            let _ = writeln!(std::io::stderr(), "respin: {remark}");
        }
        if let Err(error) = show(&options, &done, shell) {
            faults.push(format!("{}: {error}", done.path.display()));
        }
    }
    let _ = shell.finish();
    for fault in faults {
        failed = true;
        let _ = writeln!(std::io::stderr(), "respin: {fault}");
    }
    if failed {
        ExitCode::from(2)
    } else {
        ExitCode::SUCCESS
    }
}

/// Writes what became of a file.
fn show(options: &Options, done: &Done, shell: &mut Shell) -> std::io::Result<()> {
    let starred: Vec<u8>;
    let after: &[u8] = match &done.outcome.text {
        Some(text) => {
            if options.in_place {
                replace(&done.path, text)?;
            } else if let Some(output) = &options.output {
                std::fs::write(output, text)?;
            }
            text
        }
        None if !done.outcome.starred.is_empty() => {
            // Matched lines are shown as if they were removed; the file stays as it is.
            starred = without_lines(&done.before, &done.outcome.starred);
            &starred
        }
        None => return Ok(()),
    };
    if options.show_diff {
        let diff = diff(options, &done.path, &done.before, after);
        shell.out().write_all(&diff)?;
    }
    Ok(())
}

fn diff(options: &Options, path: &Path, before: &[u8], after: &[u8]) -> Vec<u8> {
    let settings = unified::Options {
        context: options.context.unwrap_or(3),
    };
    let name = path.to_string_lossy().into_owned();
    let (old, new, head) = match &options.patch_prefix {
        Some(prefix) => {
            let short = name
                .strip_prefix(prefix.trim_end_matches('/'))
                .map_or(name.as_str(), |rest| rest.trim_start_matches('/'));
            (
                format!("a/{short}"),
                format!("b/{short}"),
                format!("diff -u -p a/{short} b/{short}\n"),
            )
        }
        None => (name.clone(), name.clone(), String::new()),
    };
    let body = unified::unified(name.as_bytes().into(), before, after, settings);
    // The header of git's form is replaced by that of `diff -u -p`.
    let lines: Vec<&[u8]> = body.split_inclusive(|&byte| byte == b'\n').collect();
    let first_hunk = lines
        .iter()
        .position(|line| line.starts_with(b"@@"))
        .unwrap_or(lines.len());
    let mut out = format!("{head}--- {old}\n+++ {new}\n").into_bytes();
    for line in &lines[first_hunk..] {
        out.extend_from_slice(line);
    }
    out
}

/// Replaces a file in one step, its permissions kept.
fn replace(path: &Path, text: &[u8]) -> std::io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.map_or_else(|| PathBuf::from("."), Path::to_path_buf);
    let permissions = std::fs::metadata(path)?.permissions();
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(text)?;
    file.as_file().set_permissions(permissions)?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

fn without_lines(text: &[u8], lines: &[u32]) -> Vec<u8> {
    text.split_inclusive(|&byte| byte == b'\n')
        .enumerate()
        .filter(|(index, _)| lines.binary_search(&(*index as u32 + 1)).is_err())
        .flat_map(|(_, line)| line.iter().copied())
        .collect()
}

fn refuse(message: &str) -> ExitCode {
    let _ = writeln!(std::io::stderr(), "respin: {message}");
    ExitCode::from(2)
}

fn refused(rules: &Path, refusal: Refusal) -> ExitCode {
    match refusal {
        Refusal::Rules(path, error) => refuse(&format!("can't read {}: {error}", path.display())),
        Refusal::Threads(error) => refuse(&format!("can't start the threads: {error}")),
        Refusal::Parse(text, messages) => {
            let lines = crate::text::LineIndex::new(&text);
            for message in messages {
                let place = message
                    .labels
                    .first()
                    .map(|label| lines.line_column(label.range.start));
                let mut err = std::io::stderr();
                let at = place.map_or_else(String::new, |place| format!(":{}:{}", place.line, place.column));
                let _ = writeln!(
                    err,
                    "error[{}]: {}\n  --> {}{at}",
                    message.code,
                    message.message,
                    rules.display()
                );
                if let (Some(place), Some(label)) = (place, message.labels.first())
                    && let Some(range) = lines.line_range(place.line)
                {
                    let line = String::from_utf8_lossy(range.slice(&text)).trim_end().to_owned();
                    let width = (label.range.len() as usize)
                        .clamp(1, line.len().saturating_sub(place.column as usize - 1).max(1));
                    let _ = writeln!(err, "{:>5} | {line}", place.line);
                    let _ = writeln!(
                        err,
                        "      | {}{}",
                        " ".repeat(place.column as usize - 1),
                        "^".repeat(width)
                    );
                }
                if let Some(help) = &message.help {
                    let _ = writeln!(err, "      = help: {help}");
                }
            }
            ExitCode::from(2)
        }
    }
}
