//! `respin parse`: the reader alone.

use std::time::Duration;

use serde::Serialize;

use crate::output::{Shell, json, visible};
use crate::pipeline::{self, FileReport, OpaquePlace, Reading};

use super::error::{Failure, Outcome};
use super::plan::{ParsePlan, ParseView};

#[derive(Serialize)]
struct Report<'a> {
    schema: &'static str,
    #[serde(flatten)]
    stats: Stats,
    #[serde(skip_serializing_if = "Option::is_none")]
    failures: Option<Vec<Failed<'a>>>,
}

/// Sums over all files.
#[derive(Serialize)]
struct Stats {
    files: usize,
    bytes: usize,
    functions: usize,
    opaque_functions: usize,
    opaque_nodes: usize,
    /// Files whose tree does not print as the file.
    lossy_files: usize,
    /// From the first folder to the last file.
    seconds: f64,
    /// Lexer and parser alone, summed over all threads.
    parse_seconds: f64,
}

#[derive(Serialize)]
struct Failed<'a> {
    path: String,
    line: u32,
    column: u32,
    function: std::borrow::Cow<'a, str>,
    text: std::borrow::Cow<'a, str>,
}

pub(super) fn run(plan: &ParsePlan, shell: &mut Shell) -> Result<Outcome, Failure> {
    let progress = shell.progress();
    progress.stage("parsing");
    let reading = pipeline::parse(&plan.place, plan.view == ParseView::Dump);
    progress.finish();
    let reading = reading?;
    match (plan.json, plan.view) {
        (true, _) => write_json(plan, &reading, shell)?,
        (_, ParseView::Stats) => write_stats(&reading, shell)?,
        (_, ParseView::Failures) => write_failures(&reading, shell)?,
        (_, ParseView::Dump) => write_dump(&reading, shell)?,
    }
    shell.finish()?;
    for diagnostic in &reading.diagnostics {
        shell.report(diagnostic, None);
    }
    Ok(if reading.is_incomplete() {
        Outcome::Incomplete
    } else {
        Outcome::Done
    })
}

fn stats(reading: &Reading) -> Stats {
    let sum = |count: fn(&FileReport) -> usize| reading.files.iter().map(count).sum();
    let time: Duration = reading.files.iter().map(|file| file.time).sum();
    Stats {
        files: reading.files.len(),
        bytes: sum(|file| file.bytes),
        functions: sum(|file| file.functions),
        opaque_functions: sum(|file| file.opaque_functions),
        opaque_nodes: sum(|file| file.opaque.len()),
        lossy_files: sum(|file| usize::from(!file.is_lossless)),
        seconds: reading.time.as_secs_f64(),
        parse_seconds: time.as_secs_f64(),
    }
}

fn write_json(plan: &ParsePlan, reading: &Reading, shell: &mut Shell) -> Result<(), Failure> {
    let failed = |(file, place): (&FileReport, _)| failed(file, place);
    let report = Report {
        schema: "respin.parse/1",
        stats: stats(reading),
        failures: (plan.view == ParseView::Failures).then(|| failures(reading).map(failed).collect()),
    };
    json::write(shell.out(), &report)?;
    Ok(())
}

fn failures(reading: &Reading) -> impl Iterator<Item = (&FileReport, &OpaquePlace)> {
    reading
        .files
        .iter()
        .flat_map(|file| file.opaque.iter().map(move |place| (file, place)))
}

fn failed<'a>(file: &FileReport, place: &'a OpaquePlace) -> Failed<'a> {
    Failed {
        path: String::from_utf8_lossy(&file.path).into_owned(),
        line: place.line,
        column: place.column,
        function: String::from_utf8_lossy(&place.function),
        text: String::from_utf8_lossy(&place.text),
    }
}

fn write_stats(reading: &Reading, shell: &mut Shell) -> Result<(), Failure> {
    let stats = stats(reading);
    let clear = stats.functions - stats.opaque_functions;
    let share = 100.0 * clear as f64 / stats.functions.max(1) as f64;
    let speed = stats.bytes as f64 / 1e6 / stats.parse_seconds.max(1e-9);
    let out = shell.out();
    writeln!(out, "files                    {}", stats.files)?;
    writeln!(out, "bytes                    {}", stats.bytes)?;
    writeln!(out, "functions                {}", stats.functions)?;
    writeln!(out, "  without opaque nodes   {clear} ({share:.3} %)")?;
    writeln!(out, "opaque nodes             {}", stats.opaque_nodes)?;
    writeln!(out, "files printed otherwise  {}", stats.lossy_files)?;
    writeln!(out, "seconds                  {:.2}", stats.seconds)?;
    writeln!(out, "MB/s per core            {speed:.1} (lexer and parser)")?;
    Ok(())
}

fn write_failures(reading: &Reading, shell: &mut Shell) -> Result<(), Failure> {
    shell.start_pager();
    let faint = shell.paint.faint();
    let out = shell.out();
    for file in reading.files.iter().filter(|file| !file.is_lossless) {
        writeln!(
            out,
            "{}: the tree does not print as the file",
            visible(&file.path)
        )?;
    }
    for (file, place) in failures(reading) {
        let function = match &place.function[..] {
            b"" => String::new(),
            name => format!(" in {}()", visible(name)),
        };
        let text: String = visible(&place.text).chars().take(60).collect();
        let (path, line, column) = (visible(&file.path), place.line, place.column);
        writeln!(out, "{path}:{line}:{column}:{function} {faint}{text}{faint:#}")?;
    }
    Ok(())
}

fn write_dump(reading: &Reading, shell: &mut Shell) -> Result<(), Failure> {
    shell.start_pager();
    let out = shell.out();
    for file in &reading.files {
        writeln!(out, "{}", visible(&file.path))?;
        for line in file.dump.iter().flat_map(|dump| dump.lines()) {
            writeln!(out, "{}", visible(line.as_bytes()))?;
        }
    }
    Ok(())
}
