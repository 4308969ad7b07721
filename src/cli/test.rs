//! `respin test`: the tests beside the transforms, each run over a scratch tree by the same pipeline as everything else.

use std::path::Path;

use bstr::{BString, ByteSlice};
use serde::Serialize;

use crate::edit::unified;
use crate::output::{Shell, diff, json, summary};
use crate::pipeline::{self, Request, Where};
use crate::plan::FileChange;
use crate::transform::{Case, Expectation, Problem, Problems, Transform};

use super::error::{Failure, Outcome};
use super::plan::TestPlan;

#[derive(Serialize)]
struct Report {
    schema: &'static str,
    tests: Vec<Line>,
    failed: usize,
}

#[derive(Serialize)]
struct Line {
    transform: String,
    name: String,
    place: String,
    passed: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    faults: Vec<String>,
}

/// Something that a test found.
struct Fault {
    text: String,
    /// The difference between what should have come out and what did.
    diff: Vec<u8>,
}

impl From<String> for Fault {
    fn from(text: String) -> Self {
        Self {
            text,
            diff: Vec::new(),
        }
    }
}

pub(super) fn run(plan: &TestPlan, shell: &mut Shell) -> Result<Outcome, Failure> {
    let mut lines = Vec::new();
    for transform in &plan.transforms {
        for case in transform.cases()? {
            let faults = check(transform, &case)?;
            if !plan.json {
                write_case(&case, transform, &faults, shell)?;
            }
            lines.push(Line {
                transform: transform.manifest.name.clone(),
                name: case.name,
                place: case.place,
                passed: faults.is_empty(),
                faults: faults.into_iter().map(|fault| fault.text).collect(),
            });
        }
    }
    let failed = lines.iter().filter(|line| !line.passed).count();
    let total = lines.len();
    if plan.json {
        let report = Report {
            schema: "respin.test/1",
            tests: lines,
            failed,
        };
        json::write(shell.out(), &report)?;
    }
    shell.finish()?;
    shell.say(&format!("{}, {failed} failed", summary::counted(total, "test")));
    Ok(if failed > 0 {
        Outcome::Incomplete
    } else {
        Outcome::Done
    })
}

fn write_case(
    case: &Case,
    transform: &Transform,
    faults: &[Fault],
    shell: &mut Shell,
) -> Result<(), Failure> {
    let (good, bad, paint) = (shell.paint.good(), shell.paint.bad(), shell.paint);
    let name = &transform.manifest.name;
    let out = shell.out();
    if faults.is_empty() {
        writeln!(out, "{good}ok{good:#}      {name}: {}", case.name)?;
    } else {
        writeln!(out, "{bad}FAILED{bad:#}  {name}: {} ({})", case.name, case.place)?;
    }
    for fault in faults {
        writeln!(out, "        {}", fault.text)?;
        diff::write_pretty(out, &fault.diff, paint)?;
    }
    Ok(())
}

/// Runs one test; what is wrong with the test itself is a failure of the command.
fn check(transform: &Transform, case: &Case) -> Result<Vec<Fault>, Failure> {
    let values = transform.values(&case.sets)?;
    let scratch = tempfile::tempdir()
        .map_err(|error| Problem::new("io", format!("can't make a scratch folder: {error}")))?;
    let write = |path: &str, text: &[u8]| {
        write_file(scratch.path(), path, text).map_err(|error| {
            Problem::new(
                "io",
                format!("can't write {path} of the test {}: {error}", case.place),
            )
        })
    };
    for (path, text) in &case.before {
        write(path, text)?;
    }
    let request = Request {
        place: Where {
            tree: scratch.path().to_owned(),
            revision: None,
            paths: Vec::new(),
            jobs: Some(1),
        },
        pass: transform.pass(&values)?,
        staged: false,
        include_unsafe: case.include_unsafe,
    };
    let first = match pipeline::run(&request, &|_| {}) {
        Ok(run) => run,
        Err(problems) => return Ok(refusal(case, &problems)),
    };
    let mut faults = Vec::new();
    if let Some(code) = &case.refused {
        faults.push(format!("it was not refused with [{code}]").into());
    }
    for code in &case.reasons {
        let given =
            |site: &crate::ledger::Site| site.reason.as_ref().is_some_and(|reason| reason.code == code);
        if !first.plan.sites.iter().any(given) {
            faults.push(format!("the reason [{code}] was not given").into());
        }
    }
    if first.plan.incomplete {
        let said = |diagnostic: &crate::diagnostics::Diagnostic| diagnostic.message.clone();
        let said: Vec<String> = first.plan.diagnostics.iter().map(said).collect();
        faults.push(format!("the run is incomplete: {}", said.join("; ")).into());
    }
    let changes = first.plan.total();
    compare(case, &changes, &mut faults);

    // A second run over the result has to find nothing to do.
    for change in &changes {
        write(&change.path.to_str_lossy(), &change.after)?;
    }
    match pipeline::run(&request, &|_| {}) {
        Ok(second) => {
            for change in second.plan.total() {
                faults.push(Fault {
                    text: format!("a second run changes {} again", change.path),
                    diff: difference(&change.path, &change.before, &change.after),
                });
            }
        }
        Err(problems) => faults.push(format!("a second run fails: {problems}").into()),
    }
    Ok(faults)
}

fn refusal(case: &Case, problems: &Problems) -> Vec<Fault> {
    let with = |code: &String| problems.0.iter().any(|found| found.diagnostic.code == code);
    match &case.refused {
        Some(code) if with(code) => Vec::new(),
        Some(code) => vec![format!("it was refused, but not with [{code}]: {problems}").into()],
        None => vec![format!("it was refused: {problems}").into()],
    }
}

/// Compares what changed with what should have.
fn compare(case: &Case, changes: &[FileChange], faults: &mut Vec<Fault>) {
    let wanted = match &case.expectation {
        Expectation::After(files) => Some(files),
        Expectation::MustStay => None,
    };
    for (path, before) in &case.before {
        let change = changes.iter().find(|change| change.path == path.as_str());
        let after = change.map_or(&before[..], |change| &change.after);
        let wanted = wanted
            .and_then(|files| files.get(path))
            .map_or(&before[..], |text| text);
        if after != wanted {
            faults.push(Fault {
                text: format!("{path} is not as expected (- expected, + found)"),
                diff: difference(&BString::from(path.as_str()), wanted, after),
            });
        }
    }
    for path in wanted.into_iter().flat_map(|files| files.keys()) {
        if !case.before.contains_key(path) {
            faults.push(format!("{path} is in `after` but not in `before`").into());
        }
    }
}

fn difference(path: &BString, before: &[u8], after: &[u8]) -> Vec<u8> {
    unified::unified(path.as_bstr(), before, after, unified::Options::default())
}

fn write_file(folder: &Path, path: &str, text: &[u8]) -> std::io::Result<()> {
    let inside = Path::new(path)
        .components()
        .all(|part| matches!(part, std::path::Component::Normal(_)));
    if !inside {
        return Err(std::io::Error::other("the path leads out of the tree"));
    }
    let path = folder.join(path);
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent)?;
    }
    std::fs::write(path, text)
}
