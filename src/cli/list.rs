//! `respin list`: the transforms.

use std::ffi::OsStr;

use serde::Serialize;

use crate::output::{Shell, json, visible};
use crate::transform::{Problem, Transform};

use super::error::{Failure, Outcome};
use super::plan::ListPlan;

#[derive(Serialize)]
struct Listing<'a> {
    schema: &'static str,
    transforms: Vec<Line<'a>>,
}

#[derive(Serialize)]
struct Line<'a> {
    name: &'a str,
    summary: &'a str,
    pass: &'static str,
}

pub(super) fn run(plan: &ListPlan, shell: &mut Shell) -> Result<Outcome, Failure> {
    let mut transforms = Vec::new();
    let mut problems = Vec::new();
    for name in plan.registry.names() {
        match plan.registry.resolve(OsStr::new(name)) {
            Ok(transform) => transforms.push(transform),
            Err(found) => problems.extend(found.0),
        }
    }
    write(&transforms, plan.json, shell)?;
    finish(problems)
}

fn write(transforms: &[Transform], json: bool, shell: &mut Shell) -> Result<(), Failure> {
    if json {
        let listing = Listing {
            schema: "respin.list/1",
            transforms: transforms
                .iter()
                .map(|transform| Line {
                    name: &transform.manifest.name,
                    summary: &transform.manifest.summary,
                    pass: transform.manifest.pass.name(),
                })
                .collect(),
        };
        json::write(shell.out(), &listing)?;
        return Ok(());
    }
    let width = transforms
        .iter()
        .map(|transform| transform.manifest.name.len())
        .max()
        .unwrap_or(0);
    let strong = shell.paint.strong();
    for transform in transforms {
        let manifest = &transform.manifest;
        let summary = visible(manifest.summary.as_bytes());
        let out = shell.out();
        writeln!(out, "{strong}{:width$}{strong:#}  {summary}", manifest.name)?;
    }
    Ok(())
}

/// A broken transform doesn't hide the others, but it is an error.
fn finish(problems: Vec<Problem>) -> Result<Outcome, Failure> {
    if problems.is_empty() {
        Ok(Outcome::Done)
    } else {
        Err(Failure::Problems(problems))
    }
}
