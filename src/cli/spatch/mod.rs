//! `respin spatch`, and respin under the name `spatch` or `respin-spatch`: spatch's command line and output.

mod options;

use std::ffi::{OsStr, OsString};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::edit::unified;
use crate::output::Shell;
use crate::pipeline;
use crate::pipeline::spatch::{Done, Refusal, Request, Sink, run};

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

/// The options of `.cocciconfig` files, of the rules and of the command line; the last one wins.
fn read_options(arguments: &[OsString]) -> Result<Options, String> {
    let given = options::parse(arguments.iter().cloned())?;
    let mut words = Vec::new();
    let home = std::env::var_os("HOME").map(PathBuf::from);
    for folder in home.into_iter().chain([PathBuf::from(".")]).chain(given.dirs) {
        if let Ok(text) = std::fs::read(folder.join(".cocciconfig")) {
            words.extend(options::configured(&String::from_utf8_lossy(&text)));
        }
    }
    if let Some(text) = given.rules.and_then(|rules| std::fs::read(rules).ok()) {
        words.extend(options::of_rules(&text));
    }
    words.extend(arguments.iter().cloned());
    options::parse(words)
}

/// Runs the command.
pub(super) fn main(arguments: &[OsString], shell: &mut Shell) -> ExitCode {
    let options = match read_options(arguments) {
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
        let _ = write!(shell.out(), "{}", options::help());
        let _ = shell.finish();
        return ExitCode::SUCCESS;
    }
    let Some(rules) = options.rules.clone() else {
        return refuse("no file of rules: name one with --sp-file");
    };
    if options.parse_rules {
        return match pipeline::spatch::parse(&rules) {
            Ok(()) => ExitCode::SUCCESS,
            Err(refusal) => refused(refusal),
        };
    }
    if !options.very_quiet {
        for (name, value) in &options.unused {
            let _ = writeln!(std::io::stderr(), "respin: --{name} {value} is not used");
        }
    }
    let request = Request {
        rules,
        defined: options.defined.clone(),
        identifiers: options.identifiers.clone(),
        iso_files: options.iso_files.clone(),
        disabled_isos: options.disabled_isos.clone(),
        targets: options.targets.iter().chain(&options.dirs).cloned().collect(),
        ignored: options.ignored.clone(),
        headers: options.headers,
        includes: options.includes,
        include_folders: options.include_folders.clone(),
        jobs: options.jobs,
        part: options.part.zip(options.parts),
    };
    let mut writer = Writer {
        options: &options,
        shell,
        failed: false,
        remarks: 0,
    };
    let outcome = run(&request, &mut writer);
    let (failed, remarks) = (writer.failed, writer.remarks);
    if let Err(refusal) = outcome {
        return refused(refusal);
    }
    if options.very_quiet && remarks > 0 {
        let _ = writeln!(
            std::io::stderr(),
            "respin: {remarks} remarks about what was not done; without --very-quiet they are printed"
        );
    }
    match shell.finish() {
        Ok(()) if !failed => ExitCode::SUCCESS,
        _ => ExitCode::from(2),
    }
}

/// Shows results as they come.
struct Writer<'w> {
    options: &'w Options,
    shell: &'w mut Shell,
    failed: bool,
    remarks: usize,
}

impl Sink for Writer<'_> {
    fn printed(&mut self, text: &str) {
        let result = self.shell.out().write_all(text.as_bytes());
        self.check(result.map_err(|error| error.to_string()));
    }

    fn done(&mut self, done: Done) {
        self.remarks += done.outcome.remarks.len();
        if !self.options.very_quiet {
            for remark in &done.outcome.remarks {
                let _ = writeln!(std::io::stderr(), "respin: {remark}");
            }
        }
        self.printed(&done.printed);
        let result = show(self.options, &done, self.shell);
        self.check(result.map_err(|error| format!("{}: {error}", done.path.display())));
    }

    fn fault(&mut self, sentence: String) {
        self.check(Err(sentence));
    }
}

impl Writer<'_> {
    fn check(&mut self, result: Result<(), String>) {
        if let Err(sentence) = result {
            self.failed = true;
            let _ = writeln!(std::io::stderr(), "respin: {sentence}");
        }
    }
}

/// Writes what became of a file.
fn show(options: &Options, done: &Done, shell: &mut Shell) -> std::io::Result<()> {
    let starred: Vec<u8>;
    let mut is_context = false;
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
            is_context = true;
            &starred
        }
        None => return Ok(()),
    };
    if options.show_diff {
        let diff = diff(options, &done.path, &done.before, after, is_context);
        shell.out().write_all(&diff)?;
    }
    Ok(())
}

fn diff(options: &Options, path: &Path, before: &[u8], after: &[u8], is_context: bool) -> Vec<u8> {
    let settings = unified::Options {
        context: options.context.unwrap_or(3),
    };
    let name = path.to_string_lossy().into_owned();
    let body = unified::unified(name.as_bytes().into(), before, after, settings);
    let (old, new, head) = match &options.patch_prefix {
        Some(prefix) => {
            let short = name
                .strip_prefix(prefix.trim_end_matches('/'))
                .map_or(name.as_str(), |rest| rest.trim_start_matches('/'));
            // Lines of a match are no patch: as with spatch, the second file does not exist.
            let nothing = format!("/tmp/nothing/{short}");
            if is_context {
                let head = format!("diff -u -p {short} {nothing}\n");
                return headed(&body, short, &nothing, head);
            }
            (
                format!("a/{short}"),
                format!("b/{short}"),
                format!("diff -u -p a/{short} b/{short}\n"),
            )
        }
        None => (name.clone(), name.clone(), String::new()),
    };
    headed(&body, &old, &new, head)
}

/// A diff with a header in the form of `diff -u -p` instead of git's.
fn headed(body: &[u8], old: &str, new: &str, head: String) -> Vec<u8> {
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

fn refused(refusal: Refusal) -> ExitCode {
    match refusal {
        Refusal::Rules(path, error) => refuse(&format!("can't read {}: {error}", path.display())),
        Refusal::Threads(error) => refuse(&format!("can't start the threads: {error}")),
        Refusal::Parse(path, text, messages) => {
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
                    path.display()
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
