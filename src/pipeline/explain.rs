//! What the rules of a semantic patch have to do with one line: which match, and where the others come nearest.

use std::sync::Arc;

use bstr::{BStr, ByteSlice};

use crate::diagnostics::{Diagnostic, Severity};
use crate::matching::explain::{Fate, Near};
use crate::text::{LineIndex, TextRange};
use crate::transform::{Problem, Problems, SmplParameters};
use crate::worktree::Worktree;

use super::Where;
use super::scripts::Scripts;
use super::smpl::{STACK, engine, located};

/// Something said about a file, and the text of that file.
pub type Remark = (Diagnostic, Arc<[u8]>);

/// What the rules say of a line of a file.
pub fn explain(
    place: &Where,
    parameters: &SmplParameters,
    path: &BStr,
    line: u32,
) -> Result<Vec<Remark>, Problems> {
    let worktree = Worktree::open(&place.tree, place.revision.as_deref())
        .map_err(|error| Problem::from(error.diagnostic()))?;
    let text: Arc<[u8]> = worktree
        .read(path)
        .map_err(|error| Problem::from(error.diagnostic()))?
        .into();
    let lines = LineIndex::new(&text);
    let Some(asked) = lines.line_range(line) else {
        return Err(Problem::new("no-such-line", format!("{path} has no line {line}")).into());
    };
    let engine = engine(parameters)?;
    let scripts = Scripts::read(&engine).map_err(|found| located(parameters, found))?;
    let name = path.to_str_lossy();
    let run = || {
        let mut runner = scripts.start();
        engine.explain(&name, text.clone(), line, &mut runner)
    };
    let threads = rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .stack_size(STACK)
        .build()
        .map_err(|error| Problem::new("threads", format!("no thread can be started: {error}")))?;
    let explained = threads.install(run);

    let note = |code, message: String| Diagnostic::new(Severity::Note, code, message);
    let mut remarks = Vec::new();
    for told in &explained {
        let rule = &engine.patch().rules[told.rule].name;
        let at_line = |code, message: String| note(code, message).in_file(path).at(words(&text, asked), "");
        match &told.fate {
            Fate::Matches => remarks.push((
                at_line("matches", format!("{rule} matches what begins here")),
                text.clone(),
            )),
            Fate::NotRun(reason) => {
                remarks.push((
                    note("not-run", format!("{rule} is not run: {reason}")),
                    text.clone(),
                ));
            }
            Fate::Misses(list) if list.is_empty() => remarks.push((
                at_line(
                    "nothing-alike",
                    format!("{rule} speaks of nothing that begins here"),
                ),
                text.clone(),
            )),
            Fate::Misses(list) => {
                for Near {
                    rule: token,
                    code,
                    why,
                } in list
                {
                    let message = format!("{rule} does not match here: {why}");
                    let code = words(&text, *code);
                    remarks.push((
                        note("nearest-miss", message).in_file(path).at(code, ""),
                        text.clone(),
                    ));
                    let rules = note("rule", format!("what {rule} asks for"))
                        .in_file(parameters.path.as_str())
                        .at(*token, "");
                    remarks.push((rules, parameters.rules.clone()));
                }
            }
        }
    }
    let matching = |rule: &crate::smpl::Rule| matches!(rule.body, crate::smpl::Body::Match(_));
    let behind = explained.last().map_or(0, |told| told.rule + 1);
    let rest = (behind..engine.patch().rules.len())
        .filter(|&index| engine.is_possible(index) && matching(&engine.patch().rules[index]));
    if rest.count() > 0 {
        let message = "the rules behind that one see the text that it changed, and are not explained";
        remarks.push((note("changed-before", message.to_owned()), text));
    }
    Ok(remarks)
}

/// The first line of a range, without the white space around it.
fn words(text: &[u8], range: TextRange) -> TextRange {
    let content = range.slice(text);
    let blank = content.len() - content.trim_ascii_start().len();
    let content = &content[blank..];
    let length = content.find_byte(b'\n').unwrap_or(content.len());
    let start = range.start + blank as u32;
    TextRange::new(start, start + content[..length].trim_ascii_end().len() as u32)
}
