//! `respin explain FILE:LINE [NAME]`: why a site is, or is not, rewritten, with the lines that show it; of rules, the nearest miss.

use bstr::ByteSlice;

use crate::diagnostics::{Diagnostic, Severity};
use crate::ledger::{Place, Safety, Site, Verdict};
use crate::output::{Shell, message};
use crate::pipeline;
use crate::text::{LineIndex, TextRange};
use crate::transform::{Pass, Problem};

use super::error::{Failure, Outcome};
use super::plan::ExplainPlan;

pub(super) fn run(plan: &ExplainPlan, shell: &mut Shell) -> Result<Outcome, Failure> {
    let mut shown = 0;
    for run in &plan.runs {
        if let Pass::Smpl(parameters) = &run.request.pass
            && plan.runs.len() == 1
        {
            let place = &run.request.place;
            let remarks = pipeline::explain(place, parameters, plan.path.as_bstr(), plan.line)?;
            for (diagnostic, text) in remarks {
                let rendered = message::render(&diagnostic, Some(&text), shell.paint.colored);
                writeln!(shell.out(), "{}\n", rendered.trim_end())?;
                shown += 1;
            }
            continue;
        }
        let progress = shell.progress();
        let made = pipeline::run(&run.request, &|stage| progress.stage(stage));
        progress.finish();
        let made = match made {
            Ok(made) => made,
            // Of the transforms that nobody named, one that can't run has nothing to say.
            Err(_) if plan.runs.len() > 1 => continue,
            Err(problems) => return Err(problems.into()),
        };
        let name = &run.transform.manifest.name;
        let here = |site: &&Site| site.path == plan.path && site.line == plan.line;
        for site in made.plan.sites.iter().filter(here) {
            let text = made.text(&site.path);
            let diagnostic = explained(name, site, text);
            let rendered = message::render(&diagnostic, text, shell.paint.colored);
            writeln!(shell.out(), "{}\n", rendered.trim_end())?;
            shown += 1;
        }
    }
    if shown == 0 {
        let message = format!("no transform speaks of {}:{}", plan.path, plan.line);
        return Err(Problem::new("nothing-here", message)
            .help("name the line of a call, and perhaps a transform; `respin survey API` lists the calls")
            .into());
    }
    shell.finish()?;
    Ok(Outcome::Done)
}

fn explained(name: &str, site: &Site, text: Option<&[u8]>) -> Diagnostic {
    let fate = match (site.verdict, site.safety) {
        (Verdict::Rewritten, _) => "is rewritten",
        (Verdict::LeftAlone, Some(Safety::Unsafe)) => "is rewritten with --unsafe only",
        (Verdict::LeftAlone, _) => "is left alone",
        (Verdict::Unparsed, _) => "could not be parsed",
    };
    let (code, why, at) = match &site.reason {
        Some(reason) => (reason.code, format!(": {}", reason.text), &reason.at[..]),
        None => ("rewritten", String::new(), &[][..]),
    };
    let message = format!("{name}: {} {fate}{why}", site.api);
    let mut diagnostic = Diagnostic::new(Severity::Note, code, message)
        .in_file(site.path.clone())
        .at(site.range, "");
    let mut elsewhere = Vec::new();
    for place in at {
        match text.filter(|_| place.path == site.path) {
            Some(_) if place.line == site.line => {}
            Some(text) => diagnostic = diagnostic.at(line(text, place), "this shows it"),
            None => elsewhere.push(format!("{}:{}: {}", place.path, place.line, place.text)),
        }
    }
    if !elsewhere.is_empty() {
        diagnostic = diagnostic.help(format!("see also {}", elsewhere.join("; ")));
    }
    diagnostic
}

/// The line of a place without the white space around it.
fn line(text: &[u8], place: &Place) -> TextRange {
    let Some(range) = LineIndex::new(text).line_range(place.line) else {
        return TextRange::default();
    };
    let content = range.slice(text);
    let start = range.start + (content.len() - content.trim_ascii_start().len()) as u32;
    TextRange::new(start, start + content.trim_ascii().len() as u32)
}
