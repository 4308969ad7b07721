//! The text that takes the place of a loop.

use super::context::Context;
use super::judge::Fold;
use super::miss::Miss;
use super::place::{Place, following, unblocked};
use super::poly::Poly;
use super::spelling::Spelling;
use super::value::strip;
use crate::edit::Edit;
use crate::edit::added;
use crate::syntax::{NodeId, SyntaxKind};
use crate::text::TextRange;

/// What a call to the range insert is given.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Argument {
    /// The VMA.
    Vma,
    /// The address of the first page.
    Address,
    /// The first page's place in the array.
    Pages,
    /// How many pages.
    Count,
    /// The array from its begin on, for functions that map a whole VMA.
    Array,
    /// How many pages the array has, for functions that check that.
    Total,
}

/// The call that takes the place of a loop.
#[derive(Clone, Debug)]
pub struct Replacement {
    pub function: String,
    pub arguments: Vec<Argument>,
    /// The array and its size, for a function that maps a whole VMA.
    pub whole: Option<(Poly, Poly)>,
}

/// The edits for one loop.
pub struct Rewrite {
    pub edits: Vec<Edit>,
    /// Variables of the loop that may have become useless.
    pub touched: Vec<String>,
    /// Comments that went with their code.
    pub dropped: Vec<TextRange>,
}

/// A piece of code with its first line not indented.
pub(super) struct Statement(String);

/// How the error is dealt with behind the call.
pub(super) enum Arm {
    /// Not at all: both ways out lead to the same place.
    None,
    /// `if (…)` as it stands in the loop, up to the end of its first branch.
    AsWritten { statement: NodeId, body: NodeId },
    /// Statements that stand elsewhere in the loop.
    Moved(Vec<NodeId>),
}

/// Makes the edits, or says what can't be laid out.
pub fn rewrite(cx: &Context<'_>, fold: &mut Fold, replacement: &Replacement) -> Result<Rewrite, Miss> {
    let spelling = Spelling::new(cx, &mut fold.atoms, &mut fold.entries, fold.turn.syntax);
    let maker = Maker {
        cx,
        fold,
        spelling,
        replacement,
    };
    maker.make()
}

pub(super) struct Maker<'c, 'f> {
    pub(super) cx: &'c Context<'c>,
    pub(super) fold: &'f Fold,
    pub(super) spelling: Spelling,
    pub(super) replacement: &'f Replacement,
}

impl Maker<'_, '_> {
    pub(super) fn make(&self) -> Result<Rewrite, Miss> {
        let cx = self.cx;
        let syntax = self.fold.turn.syntax;
        let arguments = self.arguments()?;
        let arm = self.arm()?;
        let place = Place::of(cx, syntax);
        let mut edits = Vec::new();
        let (kept, dropped) = self.comments(&arm);
        let mut statements: Vec<Statement> = kept
            .into_iter()
            .map(|range| Statement(self.moved_text(range, &place.indentation)))
            .collect();
        let returned = self.returned(&arm, &place);
        if let Some(returned) = returned {
            let head = format!("return {}(", self.replacement.function);
            statements.push(Statement(added::call(
                &place.indentation,
                &head,
                &arguments,
                ");",
            )));
            self.replace_with_return(&statements, &place, returned, &mut edits);
        } else {
            self.call_and_test(&mut statements, &arguments, &arm, &place, &mut edits)?;
            self.final_values(&mut statements)?;
            self.replace(&statements, &place, &mut edits);
        }
        Ok(Rewrite {
            edits,
            touched: self.touched(),
            dropped,
        })
    }

    /// Names of all variables that the loop mentions or that its text was made from.
    pub(super) fn touched(&self) -> Vec<String> {
        let cx = self.cx;
        let mut names: Vec<String> = cx
            .tree()
            .descendants(self.fold.turn.syntax)
            .filter_map(|name| cx.locals.resolve(name))
            .map(|variable| cx.name_of_variable(variable))
            .collect();
        names.sort();
        names.dedup();
        names
    }

    pub(super) fn spell(&self, poly: &Poly) -> Result<String, Miss> {
        self.spelling.whole(&self.fold.atoms, poly).ok_or_else(|| {
            let text = "what to pass to the call can't be written in the place of the loop";
            Miss::new("unclear", text, [self.fold.turn.syntax])
        })
    }

    pub(super) fn arguments(&self) -> Result<Vec<String>, Miss> {
        self.replacement
            .arguments
            .iter()
            .map(|argument| match argument {
                Argument::Vma => self.spell(&self.fold.vma),
                Argument::Address => self.address(),
                Argument::Pages => self.spell(&self.fold.pages),
                Argument::Count => self.spell(&self.fold.count),
                Argument::Array => self.spell(
                    self.replacement
                        .whole
                        .as_ref()
                        .map_or(&self.fold.pages, |(array, _)| array),
                ),
                Argument::Total => self.spell(
                    self.replacement
                        .whole
                        .as_ref()
                        .map_or(&self.fold.count, |(_, total)| total),
                ),
            })
            .collect()
    }

    /// The first address: by the running variable, if that one stays.
    pub(super) fn address(&self) -> Result<String, Miss> {
        let cx = self.cx;
        let list = cx.tree().child(self.fold.insert, SyntaxKind::ArgList);
        let argument = list.and_then(|list| cx.tree().children(list).nth(1));
        if let Some(argument) = argument
            && let Some(variable) = cx.locals.resolve(strip(cx, argument))
            && self.fold.finals.iter().any(|(stays, _)| *stays == variable)
        {
            return Ok(cx.name_of_variable(variable));
        }
        self.spell(&self.fold.address)
    }

    // The error.

    /// Adds the call, and the test of its result.
    pub(super) fn call_and_test(
        &self,
        statements: &mut Vec<Statement>,
        arguments: &[String],
        arm: &Arm,
        place: &Place,
        edits: &mut Vec<Edit>,
    ) -> Result<(), Miss> {
        let cx = self.cx;
        let function = &self.replacement.function;
        let indentation = &place.indentation;
        let Some(result) = self.fold.result else {
            // The call stands in the condition.
            let test = self.condition_around_call(arm)?;
            let head = format!("{}{function}(", test.before);
            let call = added::call(indentation, &head, arguments, &test.behind);
            statements.push(Statement(call + &test.branch));
            return Ok(());
        };
        let name = self.result_name(result, edits)?;
        let head = format!("{name} = {function}(");
        statements.push(Statement(added::call(indentation, &head, arguments, ");")));
        let old = cx.name_of_variable(result);
        match arm {
            Arm::None => {}
            Arm::AsWritten { statement, body } => {
                let from = cx.tree().range(*statement).start;
                let range = TextRange::new(from, cx.tree().range(*body).end);
                let text = self.test_as_written(range, *statement, &old);
                statements.push(Statement(self.renamed(text, &old, &name)));
            }
            Arm::Moved(body) => {
                let text = self.moved_arm(body, &format!("if ({old})"), indentation);
                statements.push(Statement(self.renamed(text, &old, &name)));
            }
        }
        Ok(())
    }

    // The variable of the result.

    // What comes behind.

    /// The `return` behind the loop, if call and return can be one.
    pub(super) fn returned(&self, arm: &Arm, place: &Place) -> Option<NodeId> {
        let (cx, fold) = (self.cx, self.fold);
        let tree = cx.tree();
        if place.is_branch || !fold.finals.is_empty() {
            return None;
        }
        let next = following(cx, fold.turn.syntax).first().copied()?;
        if tree.kind(next) != SyntaxKind::ReturnStmt {
            return None;
        }
        let value = tree.children(next).next().map(|value| strip(cx, value))?;
        let is_result = |value: NodeId| fold.result.is_some() && cx.locals.resolve(value) == fold.result;
        let gives_error = match arm {
            Arm::None => is_result(value),
            Arm::AsWritten { body, .. } => {
                let statements = unblocked(cx, &[*body]);
                let [only] = statements[..] else { return None };
                let returned = tree.children(only).next().map(|value| strip(cx, value));
                tree.kind(only) == SyntaxKind::ReturnStmt
                    && returned.is_some_and(is_result)
                    && !self.has_comment(tree.range(*body))
                    && (cx.text(value) == b"0" || is_result(value))
            }
            Arm::Moved(_) => false,
        };
        gives_error.then_some(next)
    }

    /// What the variables hold that are read behind the loop.
    pub(super) fn final_values(&self, statements: &mut Vec<Statement>) -> Result<(), Miss> {
        let (cx, fold) = (self.cx, self.fold);
        let count = self.spell(&fold.count)?;
        let page_size = Poly::atom(fold.page_size);
        for (variable, step) in &fold.finals {
            let name = cx.name_of_variable(*variable);
            let is_sum = fold.count.terms().count() > 1;
            let pages = if is_sum {
                format!("({count})")
            } else {
                count.clone()
            };
            let gone = if *step == page_size {
                Some(('+', format!("{pages} * PAGE_SIZE")))
            } else if Poly::default().minus(step).as_ref() == Some(&page_size) {
                Some(('-', format!("{pages} * PAGE_SIZE")))
            } else {
                match step.as_number() {
                    Some(1) => Some(('+', count.clone())),
                    Some(-1) => Some(('-', count.clone())),
                    _ => None,
                }
            };
            let Some((sign, gone)) = gone else {
                let text = format!("what `{name}` holds behind the loop can't be written");
                return Err(Miss::new("index-used", text, [fold.turn.syntax]));
            };
            let starts_at_zero = fold
                .starts
                .iter()
                .any(|(known, start)| known == variable && start.is_zero());
            let text = if starts_at_zero && sign == '+' {
                format!("{name} = {gone};")
            } else {
                format!("{name} {sign}= {gone};")
            };
            statements.push(Statement(text));
        }
        Ok(())
    }

    // Comments.

    // Putting it in.

    pub(super) fn replace(&self, statements: &[Statement], place: &Place, edits: &mut Vec<Edit>) {
        let range = self.cx.tree().range(self.fold.turn.syntax);
        let lines: Vec<&str> = statements.iter().map(|statement| &statement.0[..]).collect();
        let separator = format!("\n{}", place.indentation);
        if !place.is_branch {
            edits.push(replacement(range, lines.join(&separator)));
            return;
        }
        // A branch without braces gets some if there is more than one statement now.
        let code = lines.join(&separator);
        let range = TextRange::new(place.behind, range.end);
        let single = lines.len() == 1;
        if single {
            edits.push(replacement(range, format!("\n{}{code}", place.indentation)));
            return;
        }
        let text = &self.cx.file.text;
        let end = place.else_follows(text, range.end);
        let close = if end > range.end { "} " } else { "}" };
        let range = TextRange::new(range.start, end);
        edits.push(replacement(
            range,
            format!(" {{\n{}{code}\n{}{close}", place.indentation, place.outer),
        ));
    }

    /// Puts one `return` in place of the loop and of the one behind it; what stands between them stays.
    pub(super) fn replace_with_return(
        &self,
        statements: &[Statement],
        place: &Place,
        returned: NodeId,
        edits: &mut Vec<Edit>,
    ) {
        let cx = self.cx;
        let text = &cx.file.text;
        let tree = cx.tree();
        let range = tree.range(self.fold.turn.syntax);
        let back = tree.range(returned);
        let separator = format!("\n{}", place.indentation);
        let lines: Vec<&str> = statements.iter().map(|statement| &statement.0[..]).collect();
        let code = lines.join(&separator);
        let between = TextRange::new(range.end, back.start);
        if between.slice(text).trim_ascii().is_empty() {
            edits.push(replacement(TextRange::new(range.start, back.end), code));
            return;
        }
        // A comment stands in between: the loop's lines go, and the return is replaced.
        let mut end = range.end as usize;
        while text.get(end).is_some_and(|byte| byte.is_ascii_whitespace()) {
            end += 1;
        }
        edits.push(replacement(
            TextRange::new(range.start, end as u32),
            String::new(),
        ));
        edits.push(replacement(back, code));
    }
}

pub(super) fn replacement(range: TextRange, text: String) -> Edit {
    Edit {
        range,
        text: text.into_bytes(),
    }
}

pub(super) fn insertion(at: u32, text: String) -> Edit {
    replacement(TextRange::new(at, at), text)
}
