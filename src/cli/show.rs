//! `respin show NAME`: what a transform does, and its parameters.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::output::{Shell, json, visible};
use crate::transform::{Parameter, Value};

use super::error::{Failure, Outcome};
use super::plan::ShowPlan;

#[derive(Serialize)]
struct Shown<'a> {
    schema: &'static str,
    name: &'a str,
    summary: &'a str,
    pass: &'static str,
    split: &'static str,
    parameters: BTreeMap<&'static str, Option<Plain<'a>>>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Plain<'a> {
    Text(&'a str),
    List(&'a [String]),
    Switch(bool),
}

impl<'a> From<&'a Value> for Plain<'a> {
    fn from(value: &'a Value) -> Self {
        match value {
            Value::Text(text) => Plain::Text(text),
            Value::List(list) => Plain::List(list),
            Value::Switch(on) => Plain::Switch(*on),
        }
    }
}

pub(super) fn run(plan: &ShowPlan, shell: &mut Shell) -> Result<Outcome, Failure> {
    let manifest = &plan.transform.manifest;
    let parameters = manifest.pass.parameters();
    if plan.json {
        let shown = Shown {
            schema: "respin.show/1",
            name: &manifest.name,
            summary: &manifest.summary,
            pass: manifest.pass.name(),
            split: manifest.split.name(),
            parameters: parameters
                .iter()
                .map(|known| (known.name, plan.values.get(known.name).map(Plain::from)))
                .collect(),
        };
        json::write(shell.out(), &shown)?;
        return Ok(Outcome::Done);
    }
    shell.start_pager();
    let strong = shell.paint.strong();
    let summary = visible(manifest.summary.as_bytes());
    let out = shell.out();
    writeln!(out, "{strong}{}{strong:#}: {summary}\n", manifest.name)?;
    writeln!(out, "pass   {}", manifest.pass.name())?;
    writeln!(out, "split  {}", manifest.split.name())?;
    writeln!(out, "from   {}\n", plan.transform.folder.shown(""))?;
    writeln!(out, "{strong}parameters{strong:#} (--set KEY=VALUE)")?;
    for known in parameters {
        write_parameter(plan, known, shell)?;
    }
    if let Some(readme) = plan.transform.readme()? {
        let out = shell.out();
        writeln!(out)?;
        for line in readme.lines() {
            writeln!(out, "{}", visible(line.as_bytes()))?;
        }
    }
    Ok(Outcome::Done)
}

fn write_parameter(plan: &ShowPlan, known: &Parameter, shell: &mut Shell) -> Result<(), Failure> {
    let parameters = plan.transform.manifest.pass.parameters();
    let width = parameters.iter().map(|known| known.name.len()).max();
    let width = width.unwrap_or(0);
    let value = match plan.values.get(known.name) {
        Some(value) => value.to_string(),
        None => "(has to be set)".to_owned(),
    };
    let faint = shell.paint.faint();
    let (name, summary) = (known.name, known.summary);
    let out = shell.out();
    writeln!(out, "  {name:width$}  {value}  {faint}{summary}{faint:#}")?;
    Ok(())
}
