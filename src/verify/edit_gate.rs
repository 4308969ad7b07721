//! The edit gate: a function that the second reader could read before an edit, it must be able to read after it.

use bstr::{BStr, BString};

use super::second_reader::mask::{Liberty, Masked, Unmaskable, Way, mask};
use super::second_reader::{Opinion, WAYS, Why, check_masked};
use crate::diagnostics::{Diagnostic, Severity};
use crate::edit::{Bias, EditSet};
use crate::text::TextRange;

/// A function of the text before the edits.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Function {
    /// Its name, for the message.
    pub name: BString,
    /// From its specifiers to its closing brace.
    pub range: TextRange,
}

/// What the gate has to say about one function.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// The file.
    pub path: BString,
    /// The function.
    pub function: BString,
    /// A range of the text before the edits: the first edit that the finding speaks of.
    pub range: TextRange,
    /// What was found.
    pub verdict: GateVerdict,
}

/// Refused, or not decided; a function that passes has no finding.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum GateVerdict {
    /// The function could be read before the edits and can't be read after them.
    Refused {
        /// Where the second reader stopped, in the text after the edits.
        at: u32,
        /// What it said.
        message: String,
    },
    /// The second reader has no opinion on these edits.
    NoOpinion(Undecided),
}

/// Why the gate could not decide.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Undecided {
    /// It did not read the function before the edits either.
    #[error("the second reader can't read the function as it was before")]
    UnreadBefore,
    /// It was not asked.
    #[error("the second reader was not asked about the function, as {0}")]
    NotAsked(Why),
    /// The edit lies where it sees nothing: in a directive, an attribute, a type among arguments.
    #[error("the edit lies in a part of the function that the second reader does not see")]
    Hidden,
}

impl Finding {
    /// Whether the edits must not be made.
    pub fn is_refusal(&self) -> bool {
        matches!(self.verdict, GateVerdict::Refused { .. })
    }

    /// The finding as a message.
    pub fn to_diagnostic(&self) -> Diagnostic {
        let function = &self.function;
        let (severity, code, text) = match &self.verdict {
            GateVerdict::Refused { message, .. } => (
                Severity::Error,
                "edit-gate",
                format!("after the edit, the second reader can't read {function}() any more: {message}"),
            ),
            GateVerdict::NoOpinion(why) => (
                Severity::Note,
                "no-second-opinion",
                format!("no second opinion on the edit of {function}(): {why}"),
            ),
        };
        Diagnostic::new(severity, code, text)
            .in_file(self.path.clone())
            .at(self.range, "")
    }
}

/// Asks the second reader about each of `functions` that `edits` touch, before and after.
pub fn edit_gate(
    path: &BStr,
    before: &[u8],
    edits: &EditSet,
    functions: &[Function],
    is_type: &dyn Fn(&[u8]) -> bool,
) -> Vec<Finding> {
    let after = edits.apply(before);
    let mut findings = Vec::new();
    for function in functions {
        let edited = Edited::new(function.range, before, &after, edits);
        if edited.places.is_empty() {
            continue;
        }
        findings.extend(edited.check(is_type).into_iter().map(|(place, verdict)| Finding {
            path: path.to_owned(),
            function: function.name.clone(),
            range: place,
            verdict,
        }));
    }
    findings
}

/// How often a function is read, so that a function of nothing but directives does not take forever.
const MAX_LOOKS: usize = 64;
/// How many bytes of a function are read in all, for the same reason.
const MAX_BYTES_READ: usize = 4 << 20;

/// One function before and after, with the places of its edits.
struct Edited<'text> {
    before: &'text [u8],
    after: &'text [u8],
    after_start: u32,
    places: Vec<Place>,
}

/// An edit; offsets count from the function's start, but for `range`.
#[derive(Clone, Copy)]
struct Place {
    before: u32,
    after: u32,
    range: TextRange,
}

impl<'text> Edited<'text> {
    fn new(range: TextRange, before: &'text [u8], after: &'text [u8], edits: &EditSet) -> Self {
        let start = edits.map_offset(range.start, Bias::After);
        let end = edits.map_offset(range.end, Bias::Before).max(start);
        let places = edits
            .edits_in(range)
            .iter()
            .map(|edit| Place {
                before: edit.range.start.saturating_sub(range.start),
                after: edits
                    .map_offset(edit.range.start, Bias::Before)
                    .saturating_sub(start),
                range: edit.range,
            })
            .collect();
        Self {
            before: range.slice(before),
            after: TextRange::new(start, end).slice(after),
            after_start: start,
            places,
        }
    }

    /// Looks at the function again and again, until each edit lay in a branch of `#if` that was read.
    fn check(&self, is_type: &dyn Fn(&[u8]) -> bool) -> Vec<(TextRange, GateVerdict)> {
        let mut pending = self.places.clone();
        let mut findings = Vec::new();
        let looks = (MAX_BYTES_READ / self.before.len().max(1)).clamp(2, MAX_LOOKS);
        for _ in 0..looks {
            let Some(&first) = pending.first() else {
                return findings;
            };
            match self.look(&pending, is_type) {
                Err(verdict) => {
                    findings.push((first.range, verdict));
                    return findings;
                }
                Ok(unseen) if unseen.len() == pending.len() => {
                    // The first one is not seen even with the branches chosen for it.
                    findings.push((first.range, GateVerdict::NoOpinion(Undecided::Hidden)));
                    pending.remove(0);
                }
                Ok(unseen) => pending = unseen,
            }
        }
        let hidden = GateVerdict::NoOpinion(Undecided::Hidden);
        findings.extend(pending.first().map(|place| (place.range, hidden)));
        findings
    }

    /// Reads the function with the branches that hold the pending edits, and gives those that were hidden even so.
    fn look(&self, pending: &[Place], is_type: &dyn Fn(&[u8]) -> bool) -> Result<Vec<Place>, GateVerdict> {
        let places_before: Vec<u32> = pending.iter().map(|place| place.before).collect();
        let places_after: Vec<u32> = pending.iter().map(|place| place.after).collect();
        let mut undecided = None;
        for way in WAYS {
            let way = |focus| Way { focus, ..way };
            let masked_before = mask(self.before, is_type, way(&places_before));
            match check_masked(masked_before.clone()) {
                Opinion::Parses => {}
                Opinion::Fails { .. } => {
                    undecided = undecided.or(Some(Undecided::UnreadBefore));
                    continue;
                }
                Opinion::NoOpinion(why) => {
                    undecided = undecided.or(Some(Undecided::NotAsked(why)));
                    continue;
                }
            }
            let masked_after = mask(self.after, is_type, way(&places_after));
            self.must_parse(masked_after.clone())?;
            let (Ok(masked_before), Ok(masked_after)) = (masked_before, masked_after) else {
                return Ok(pending.to_vec());
            };
            self.takes_no_more(&masked_before, &masked_after, pending)?;
            let hidden =
                |place: &&Place| hides(&masked_before, place.before) || hides(&masked_after, place.after);
            return Ok(pending.iter().filter(hidden).copied().collect());
        }
        Err(GateVerdict::NoOpinion(
            undecided.unwrap_or(Undecided::UnreadBefore),
        ))
    }

    /// What only macros can make right must not become more.
    fn takes_no_more(&self, before: &Masked, after: &Masked, pending: &[Place]) -> Result<(), GateVerdict> {
        for liberty in [
            Liberty::Semicolon,
            Liberty::Argument,
            Liberty::Word,
            Liberty::Macro,
        ] {
            let places = |masked: &Masked| -> Vec<u32> {
                let taken = masked.liberties.iter().filter(|(_, taken)| *taken == liberty);
                taken.map(|(at, _)| *at).collect()
            };
            let after = places(after);
            if after.len() > places(before).len() {
                // The one nearest to an edit is the most likely one.
                let distance = |at: &&u32| pending.iter().map(|place| place.after.abs_diff(**at)).min();
                let at = after.iter().min_by_key(distance).copied().unwrap_or_default();
                return Err(GateVerdict::Refused {
                    at: self.after_start + at,
                    message: liberty.describe().into(),
                });
            }
        }
        Ok(())
    }

    fn must_parse(&self, masked: Result<Masked, Unmaskable>) -> Result<(), GateVerdict> {
        match check_masked(masked) {
            Opinion::Parses => Ok(()),
            Opinion::Fails { at, message } => Err(GateVerdict::Refused {
                at: self.after_start + at,
                message,
            }),
            Opinion::NoOpinion(Why::Unmaskable(why)) => Err(GateVerdict::Refused {
                at: self.after_start,
                message: why.to_string(),
            }),
            Opinion::NoOpinion(why) => Err(GateVerdict::NoOpinion(Undecided::NotAsked(why))),
        }
    }
}

fn hides(masked: &Masked, offset: u32) -> bool {
    let index = masked.hidden.partition_point(|range| range.end <= offset);
    masked
        .hidden
        .get(index)
        .is_some_and(|range| range.start <= offset)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edit::EditSetBuilder;

    /// Replaces the one occurrence of `from` and asks the gate.
    fn gate(text: &str, from: &str, to: &str) -> Vec<GateVerdict> {
        let mut builder = EditSetBuilder::new();
        for (at, _) in text.match_indices(from) {
            builder.replace(TextRange::new(at as u32, (at + from.len()) as u32), to);
        }
        let function = Function {
            name: "f".into(),
            range: TextRange::new(2, text.len() as u32),
        };
        let edits = builder.finish().unwrap();
        let findings = edit_gate("x.c".into(), text.as_bytes(), &edits, &[function], &|_| false);
        findings.into_iter().map(|finding| finding.verdict).collect()
    }

    /// Expects a refusal at the place where `rest` begins in the new text.
    #[track_caller]
    fn refuses(text: &str, from: &str, to: &str, rest: &str) {
        let after = text.replace(from, to);
        match &gate(text, from, to)[..] {
            [GateVerdict::Refused { at, .. }] => {
                assert!(
                    after[*at as usize..].starts_with(rest),
                    "{}",
                    &after[*at as usize..]
                );
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_function_of_nothing_but_branches_ends() {
        let deep = "#if A\n\told();\n#else\n".repeat(3_000) + &"#endif\n".repeat(3_000);
        let findings = gate(
            &format!("\n\nint f(void)\n{{\n{deep}\treturn 0;\n}}"),
            "old",
            "anew",
        );
        assert_eq!(findings.len(), 1, "{findings:?}");
    }

    const HIDDEN: [GateVerdict; 1] = [GateVerdict::NoOpinion(Undecided::Hidden)];

    #[test]
    fn an_edit_that_still_parses_passes() {
        assert_eq!(
            gate("\n\nint f(int a)\n{\n\treturn old(a);\n}", "old", "anew"),
            []
        );
        assert_eq!(
            gate("\n\nint f(void) /* old */\n{\n\treturn 1;\n}", "old", "anew"),
            []
        );
        assert_eq!(gate("\n\nint other;", "none", "x"), []);
    }

    #[test]
    fn an_edit_that_does_not_parse_is_refused_with_its_place() {
        refuses(
            "\n\nint f(int a)\n{\n\treturn old(a);\n}",
            "old(",
            "anew((",
            "int f",
        );
        refuses(
            "\n\nint f(int a)\n{\n\treturn old(a);\n}",
            "old",
            "a +* / b",
            "/ b(",
        );
        refuses("\n\nint f(int a)\n{\n\tif (old)\n\t\treturn 1;\n}", ";", "", "}");
    }

    #[test]
    fn an_edit_that_only_a_macro_could_make_right_is_refused() {
        let text = "\n\nint f(int a)\n{\n\told(a, b);\n\tg(struct s, c);\n\treturn 1;\n}";
        refuses(text, "a, b", "a, , b", ", , b");
        refuses(text, "a, b", "a b", "a b");
        refuses(text, "a, b", "a; b", "a; b");
        refuses(text, "b);", "b)", ")\n\tg");
        refuses(text, "struct s", "struct s x", "struct s x");
        refuses(text, "return 1", "return a ONE", "ONE");
        refuses(text, "b);", "b) {}", "old(");
        assert_eq!(gate(text, "a, b", "a, b, c"), []);
    }

    #[test]
    fn an_edit_in_either_branch_of_an_if_is_seen() {
        let text = "\n\nint f(int a)\n{\n#ifdef A\n\told(1);\n#else\n\told(2);\n#endif\n\treturn 0;\n}";
        assert_eq!(gate(text, "old", "anew"), []);
        refuses(text, "2", "2 ]", "int f");
        refuses(text, "(2)", "(2) 2", "2;\n#endif");
        refuses(text, "(1)", "(1) 1", "1;\n#else");
    }

    #[test]
    fn what_the_second_reader_does_not_see_is_said() {
        assert_eq!(
            gate("\n\nint f(void)\n{\n#define A old\n\treturn A;\n}", "old", "anew"),
            HIDDEN
        );
        assert_eq!(
            gate("\n\nint f(void) __old\n{\n\treturn 1;\n}", "__old", "__anew"),
            HIDDEN
        );
    }

    #[test]
    fn without_an_opinion_before_there_is_none() {
        let unread = [GateVerdict::NoOpinion(Undecided::UnreadBefore)];
        assert_eq!(gate("\n\nint f(void)\n{\n\told + / 1;\n}", "old", "anew"), unread);
        let brackets = Undecided::NotAsked(Why::Unmaskable(Unmaskable::Brackets));
        assert_eq!(
            gate("\n\nint f(void)\n{\n\told(;\n}", "old", "anew"),
            [GateVerdict::NoOpinion(brackets)]
        );
    }
}
