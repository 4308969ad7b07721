//! The two ways out of a loop, and what is read behind them.

use super::judge::Exit;
use super::miss::Miss;
use super::poly::{Atom, Poly};
use super::run::Run;
use super::turn::loop_around;
use super::value::{Comparison, Condition, Value};
use crate::flow::{FlowId, NodeKind, VariableId};
use crate::syntax::{NodeId, SyntaxKind};

impl Run<'_, '_> {
    /// The two ways out, and the comparison that ends the loop.
    pub(super) fn exits(&mut self, call: NodeId) -> Result<(Exit, Exit, Comparison), Vec<Miss>> {
        let mut misses = Vec::new();
        let (mut errors, mut bounds) = (Vec::new(), Vec::new());
        let results: Vec<Atom> = self
            .ends
            .clone()
            .into_iter()
            .filter(|(_, end)| *end == Some(Value::Result))
            .map(|(variable, _)| self.current(variable))
            .collect();
        for test in &self.tests {
            let (condition, negated) = peel(&test.condition);
            let leaves_if = test.exit.truth != negated;
            match condition {
                Condition::Failed => errors.push((test.exit, leaves_if)),
                Condition::Compare(comparison) => match asks_result(comparison, &results) {
                    // The test belongs to the insert of the turn before.
                    Some(failed) => errors.push((test.exit, leaves_if == failed)),
                    None => bounds.push((test.exit, comparison.clone(), leaves_if)),
                },
                Condition::Unclear(at) => misses.push(Miss::new(
                    "other-effect",
                    format!("a turn also asks something else: `{}`", self.cx.shown(*at)),
                    [*at],
                )),
                _ => misses.push(Miss::new(
                    "other-effect",
                    format!(
                        "a turn also asks something else: `{}`",
                        self.cx.shown(test.exit.condition)
                    ),
                    [test.exit.condition],
                )),
            }
        }
        let on_error = match errors[..] {
            [(exit, true)] => Some(exit),
            [] => {
                misses.push(Miss::new(
                    "error-ignored",
                    "the loop goes on when an insert fails",
                    [call],
                ));
                None
            }
            [(exit, false)] => {
                misses.push(Miss::new(
                    "error-ignored",
                    "the loop ends when an insert succeeds",
                    [exit.condition],
                ));
                None
            }
            _ => {
                misses.push(Miss::new("unclear", "the error is asked more than once", [call]));
                None
            }
        };
        let bound = match &bounds[..] {
            [] => {
                misses.push(Miss::new(
                    "no-bound",
                    "nothing but an error ends the loop",
                    [self.turn.syntax],
                ));
                None
            }
            [one] => Some(one.clone()),
            several => {
                let at = several.iter().map(|(exit, ..)| exit.condition);
                misses.push(Miss::new("two-bounds", "more than one bound ends the loop", at));
                None
            }
        };
        let (Some(on_error), Some((at_end, comparison, leaves_if))) = (on_error, bound) else {
            return Err(misses);
        };
        if !misses.is_empty() {
            return Err(misses);
        }
        if !self.error_comes_first(&on_error, &at_end) && self.landing(on_error.to) != self.landing(at_end.to)
        {
            let at = [at_end.condition, on_error.condition];
            return Err(vec![Miss::new(
                "error-ignored",
                "an error of the last insert is not looked at",
                at,
            )]);
        }
        // What lets the loop go on is the opposite of what leaves it.
        let going_on = Exit {
            truth: leaves_if,
            ..at_end
        };
        Ok((on_error, going_on, comparison))
    }

    /// Whether, from an insert on, its error is asked before the bound.
    pub(super) fn error_comes_first(&self, on_error: &Exit, at_end: &Exit) -> bool {
        let order = |exit: &Exit| {
            let at = self.tests.iter().position(|test| {
                test.exit.node == exit.node
                    && test.exit.condition == exit.condition
                    && test.exit.behind == exit.behind
            });
            // What stands before the insert comes in the next turn.
            (!exit.behind, at)
        };
        order(on_error) < order(at_end)
    }

    /// Where control comes to, jumps and braces left out.
    pub(super) fn landing(&self, mut at: FlowId) -> FlowId {
        let graph = &self.cx.graph;
        for _ in 0..32 {
            let passes = match graph.kind(at) {
                NodeKind::True
                | NodeKind::False
                | NodeKind::Open
                | NodeKind::Close
                | NodeKind::Break
                | NodeKind::Goto => true,
                NodeKind::After => graph.node(at).syntax != self.turn.syntax,
                _ => false,
            };
            match graph.successors(at) {
                &[next] if passes => at = next,
                _ => break,
            }
        }
        at
    }

    /// Variables of the loop that somebody reads behind it: what one that counts turns holds at the end is known, if
    /// only the end of the loop leads to the reader.
    pub(super) fn used_behind(
        &mut self,
        on_error: &Exit,
        at_end: &Exit,
        misses: &mut Vec<Miss>,
    ) -> Vec<(VariableId, Poly)> {
        let cx = self.cx;
        let mut finals = Vec::new();
        for (variable, end) in self.ends.clone() {
            if end == Some(Value::Result) {
                continue;
            }
            let live = |exit: &Exit| cx.reach().is_live_before(variable, exit.to);
            let step = match end {
                Some(Value::Poly(end)) => end
                    .minus(&Poly::atom(self.current(variable)))
                    .filter(|step| !self.varies(step)),
                _ => None,
            };
            let exit = match (live(on_error), live(at_end)) {
                (false, false) => continue,
                (false, true) if !cx.accesses.is_aliased(variable) && step.is_some() => {
                    finals.extend(step.map(|step| (variable, step)));
                    continue;
                }
                (true, _) => on_error,
                (false, true) => at_end,
            };
            misses.push(self.used(variable, exit));
        }
        finals
    }

    /// Why a variable that is read behind the loop is in the way.
    pub(super) fn used(&self, variable: VariableId, exit: &Exit) -> Miss {
        let cx = self.cx;
        let name = cx.name_of_variable(variable);
        if cx.accesses.is_aliased(variable) {
            let at = cx.locals.variable(variable).declaration;
            return Miss::new(
                "index-used",
                format!("others may read `{name}`, as its address is taken"),
                [at],
            );
        }
        let reader = self.first_reader(variable, exit.to);
        let is_carried = loop_around(cx, self.turn.syntax).is_some()
            && reader.is_some_and(|reader| cx.tree().contains(self.turn.syntax, reader));
        let (code, text) = match reader.map(|reader| cx.tree().kind(reader)) {
            Some(SyntaxKind::ReturnStmt) if !self.is_handed_on(variable, reader) => (
                "partial-result",
                format!("`{name}` counts what was mapped, and is returned"),
            ),
            _ if is_carried => ("address-shared", format!("nested loops share `{name}`")),
            _ => ("index-used", format!("`{name}` is read behind the loop")),
        };
        Miss::new(code, text, reader)
    }

    /// Whether a statement only gives a variable to a call.
    fn is_handed_on(&self, variable: VariableId, reader: Option<NodeId>) -> bool {
        let tree = self.cx.tree();
        reader.is_some_and(|reader| {
            tree.descendants(reader)
                .filter(|&name| self.cx.locals.resolve(name) == Some(variable))
                .all(|name| {
                    tree.ancestors(name)
                        .take_while(|&outer| outer != reader)
                        .any(|outer| tree.kind(outer) == SyntaxKind::ArgList)
                })
        })
    }

    /// The first statement that reads a variable from a node on.
    pub(super) fn first_reader(&self, variable: VariableId, from: FlowId) -> Option<NodeId> {
        let cx = self.cx;
        let reads = |id: FlowId| {
            cx.accesses
                .of(id)
                .any(|access| access.variable == variable && access.reads)
        };
        let reached = cx.graph.reachable(from, reads);
        cx.graph
            .ids()
            .find(|&id| reached[id.index()] && reads(id))
            .and_then(|id| cx.graph.node(id).part)
    }
}

/// The condition below negations, and whether their number is odd.
pub(super) fn peel(mut condition: &Condition) -> (&Condition, bool) {
    let mut negated = false;
    while let Condition::Not(inner) = condition {
        condition = inner;
        negated = !negated;
    }
    (condition, negated)
}

/// Whether a comparison asks for the error of the turn before; if so, whether it holds when that failed.
pub(super) fn asks_result(comparison: &Comparison, results: &[Atom]) -> Option<bool> {
    let is_result = |poly: &Poly| poly.as_atom().is_some_and(|atom| results.contains(&atom));
    let (left, right) = (&comparison.left, &comparison.right);
    match comparison.operator {
        SyntaxKind::Ne | SyntaxKind::Lt if is_result(left) && right.is_zero() => Some(true),
        SyntaxKind::EqEq | SyntaxKind::Ge if is_result(left) && right.is_zero() => Some(false),
        SyntaxKind::Ne | SyntaxKind::Gt if is_result(right) && left.is_zero() => Some(true),
        SyntaxKind::EqEq | SyntaxKind::Le if is_result(right) && left.is_zero() => Some(false),
        _ => None,
    }
}
