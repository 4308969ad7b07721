//! One turn of a loop, evaluated: from its effects, arguments and tests to a verdict.

use super::context::Context;
use super::entry::Entries;
use super::eval::{Eval, Names};
use super::guards::Guards;
use super::judge::{Exit, Fold, Search};
use super::miss::Miss;
use super::poly::{Atom, AtomKind, Atoms, Info, Poly};
use super::spelling::Spelling;
use super::turn::{Step, Turn};
use super::value::{Condition, Effect, Insert, Value, Why};
use crate::flow::{VariableId, VariableKind};
use crate::syntax::{NodeId, SyntaxKind};
use rustc_hash::FxHashMap;

/// One turn, evaluated.
pub(super) struct Run<'c, 'a> {
    pub(super) cx: &'c Context<'c>,
    pub(super) search: &'a Search<'a>,
    pub(super) turn: Turn,
    pub(super) atoms: Atoms,
    pub(super) entries: Entries,
    pub(super) guards: Guards,
    pub(super) inserts: Vec<Insert>,
    pub(super) effects: Vec<Effect>,
    pub(super) tests: Vec<Test>,
    /// What the changed variables hold at the end of a turn.
    pub(super) ends: Vec<(VariableId, Option<Value>)>,
    pub(super) shifted: Vec<(Poly, NodeId)>,
}

/// A test that may leave the loop.
pub(super) struct Test {
    pub(super) condition: Condition,
    pub(super) exit: Exit,
}

impl<'c, 'a> Run<'c, 'a> {
    pub(super) fn new(cx: &'c Context<'c>, search: &'a Search<'a>, turn: Turn) -> Self
    where
        'a: 'c,
    {
        let mut atoms = Atoms::default();
        let mut entries = Entries::new(turn.entry.clone());
        let guards = Guards::new(cx, &mut atoms, &mut entries, turn.first);
        let first = evaluate(cx, search, &turn, &mut atoms, &mut entries, &FxHashMap::default());
        let mut run = Self {
            cx,
            search,
            turn,
            atoms,
            entries,
            guards,
            inserts: Vec::new(),
            effects: Vec::new(),
            tests: Vec::new(),
            ends: first.ends,
            shifted: Vec::new(),
        };
        // Now that it is known what each turn adds, more can be said about what is computed from it.
        let known = run.steps();
        let second = evaluate(cx, search, &run.turn, &mut run.atoms, &mut run.entries, &known);
        run.inserts = second.inserts;
        run.effects = second.effects;
        run.tests = second.tests;
        run.shifted = second.shifted;
        run
    }

    pub(super) fn judge(mut self, call: NodeId) -> Result<Fold, Vec<Miss>> {
        let cx = self.cx;
        let mut misses = Vec::new();
        let Some(insert) = self.inserts.iter().find(|insert| insert.node == call).cloned() else {
            return Err(vec![Miss::new(
                "unclear",
                "it is not clear when the insert is called",
                [call],
            )]);
        };
        if let Some(other) = self.inserts.iter().find(|insert| insert.node != call) {
            misses.push(Miss::new(
                "other-effect",
                "a turn inserts more than one page",
                [other.node],
            ));
        }
        for effect in &self.effects {
            let (Effect::Call(at) | Effect::Store(at) | Effect::Unclear(at)) = *effect;
            let text = format!("a turn does more than to insert a page: `{}`", cx.shown(at));
            misses.push(Miss::new("other-effect", text, [at]));
        }
        let vma = match &insert.arguments[0] {
            Value::Poly(vma) if !self.varies(vma) => Some(vma.clone()),
            _ => None,
        };
        if vma.is_none() {
            misses.push(Miss::new(
                "other-effect",
                "the VMA is not the same in each turn",
                [call],
            ));
        }
        let address = self.address(call).map_err(|miss| misses.push(miss)).ok();
        let pages = self.pages(call).map_err(|miss| misses.push(miss)).ok();
        let exits = self.exits(call).map_err(|more| misses.extend(more)).ok();
        let finals = match &exits {
            Some((on_error, at_end, _)) => self.used_behind(on_error, at_end, &mut misses),
            None => Vec::new(),
        };
        let (Some(vma), Some(address), Some(pages), Some((on_error, at_end, bound))) =
            (vma, address, pages, exits)
        else {
            return Err(misses);
        };
        if !misses.is_empty() {
            return Err(misses);
        }
        let mut assumptions = Vec::new();
        let count = self
            .count(&bound, &at_end, &mut assumptions)
            .map_err(|miss| vec![miss])?;
        let result = self.result(call, &on_error).map_err(|miss| vec![miss])?;
        self.zero_turns(result, &at_end, &count, &mut assumptions);
        self.narrow_shifts(&count, &mut assumptions);
        let page_size = self.atoms.page_size();
        let starts = finals
            .iter()
            .map(|&(variable, _)| (variable, self.entries.at_entry(cx, &mut self.atoms, variable)))
            .collect();
        Ok(Fold {
            starts,
            page_size,
            turn: self.turn,
            insert: call,
            result,
            vma,
            address,
            pages,
            count,
            on_error,
            at_end,
            finals,
            assumptions,
            atoms: self.atoms,
            entries: self.entries,
            guards: self.guards,
        })
    }

    pub(super) fn current(&mut self, variable: VariableId) -> Atom {
        self.atoms.get(AtomKind::Current(variable), Info::default)
    }

    /// What the variables that count turns hold when a turn begins.
    fn steps(&mut self) -> FxHashMap<VariableId, Poly> {
        let cx = self.cx;
        for (variable, _) in &self.ends {
            self.entries.at_entry(cx, &mut self.atoms, *variable);
        }
        self.entries.widen(cx, &self.atoms, &self.guards);
        let turn = Poly::atom(self.atoms.turn());
        let mut known = FxHashMap::default();
        for (variable, end) in self.ends.clone() {
            let Some(Value::Poly(end)) = end else { continue };
            let current = self.current(variable);
            let Some(step) = end.minus(&Poly::atom(current)) else {
                continue;
            };
            if self.varies(&step) {
                continue;
            }
            let entry = self.entries.at_entry(cx, &mut self.atoms, variable);
            if let Some(value) = turn.times(&step).and_then(|gone| entry.plus(&gone, 1)) {
                known.insert(variable, value);
            }
        }
        known
    }

    pub(super) fn varies(&self, poly: &Poly) -> bool {
        poly.atoms()
            .any(|atom| matches!(self.atoms.kind(atom), AtomKind::Turn | AtomKind::Current(_)))
    }

    /// A value in words for a message.
    pub(super) fn show(&mut self, poly: &Poly) -> String {
        let names = Spelling::new(self.cx, &mut self.atoms, &mut self.entries, self.turn.syntax);
        names
            .whole(&self.atoms, poly)
            .unwrap_or_else(|| self.cx.shown(self.turn.syntax))
    }

    pub(super) fn has_current(&self, poly: &Poly) -> bool {
        poly.atoms()
            .any(|atom| matches!(self.atoms.kind(atom), AtomKind::Current(_)))
    }
}

/// What a turn does.
struct Evaluated {
    inserts: Vec<Insert>,
    effects: Vec<Effect>,
    tests: Vec<Test>,
    ends: Vec<(VariableId, Option<Value>)>,
    shifted: Vec<(Poly, NodeId)>,
}

/// Evaluates a turn; `known` says what some of the changed variables hold when it begins.
fn evaluate<'c>(
    cx: &'c Context<'c>,
    search: &Search<'c>,
    turn: &Turn,
    atoms: &mut Atoms,
    entries: &mut Entries,
    known: &FxHashMap<VariableId, Poly>,
) -> Evaluated {
    let names = Names::Inside {
        changed: &turn.changed,
        known,
        entries,
    };
    let mut eval = Eval::new(cx, atoms, names, search.insert);
    let mut tests = Vec::new();
    for step in &turn.steps {
        match *step {
            Step::Run(node) => run(&mut eval, node),
            Step::Leave {
                condition,
                truth,
                node,
                exit,
            } => {
                let asked = eval.condition(condition);
                let exit = Exit {
                    condition,
                    truth,
                    node,
                    to: exit,
                    behind: !eval.inserts.is_empty(),
                };
                flatten(&mut tests, asked, exit);
            }
        }
    }
    let ends = turn
        .changed
        .iter()
        .map(|&variable| (variable, eval.values.get(&variable).cloned()))
        .collect();
    Evaluated {
        inserts: eval.inserts,
        effects: eval.effects,
        tests,
        ends,
        shifted: eval.shifted,
    }
}

/// Evaluates a statement.
pub(super) fn run(eval: &mut Eval<'_, '_>, node: NodeId) {
    let cx = eval.cx;
    let tree = cx.tree();
    match tree.kind(node) {
        SyntaxKind::Declaration => {
            for item in tree
                .children(node)
                .filter(|&item| tree.kind(item) == SyntaxKind::InitDeclarator)
            {
                let Some(variable) = cx.locals.declared_by(item) else {
                    eval.effects.push(Effect::Unclear(item));
                    continue;
                };
                if cx.locals.variable(variable).kind != VariableKind::Automatic {
                    eval.effects.push(Effect::Unclear(item));
                    continue;
                }
                let initial = tree
                    .children(item)
                    .last()
                    .filter(|_| tree.own_token(item, SyntaxKind::Eq).is_some());
                let value = match initial {
                    Some(initial) if tree.kind(initial).is_expression() => {
                        let value = eval.value(initial);
                        eval.stored_in(variable, value, initial)
                    }
                    _ => Value::Unknown(Why::Other(item)),
                };
                eval.values.insert(variable, value);
            }
        }
        SyntaxKind::ExprStmt => {
            eval.value(node);
        }
        SyntaxKind::EmptyStmt => {}
        kind if kind.is_expression() => {
            eval.value(node);
        }
        _ => eval.effects.push(Effect::Unclear(node)),
    }
}

/// Splits a test into the tests that leave one by one.
pub(super) fn flatten(tests: &mut Vec<Test>, condition: Condition, exit: Exit) {
    match (condition, exit.truth) {
        (Condition::Not(inner), truth) => flatten(
            tests,
            *inner,
            Exit {
                truth: !truth,
                ..exit
            },
        ),
        (Condition::Or(sides), true) | (Condition::And(sides), false) => {
            let behind = sides.behind;
            flatten(tests, sides.left, Exit { behind, ..exit });
            flatten(tests, sides.right, exit);
        }
        (condition, _) => tests.push(Test { condition, exit }),
    }
}
