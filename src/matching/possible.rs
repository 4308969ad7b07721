//! Where a formula may hold at all, whatever the metavariables that are not known yet stand for. That is cheap to say, for
//! each state once, and rules out most of them before any bindings are looked at.

use crate::smpl::Quantifier;

use super::atoms::States;
use super::formula::{Atom, Formula, FormulaId};
use super::hit::Hit;
use super::ways::StateId;

/// How deeply formulas may nest before nothing is ruled out.
const MAX_DEPTH: u32 = 1000;

#[derive(Clone, Copy, PartialEq)]
enum Answer {
    Unknown,
    No,
    Yes,
}

/// What is known of the formulas of one rule in one function.
pub(super) struct Possible<'a> {
    /// With a fitter that takes each unknown metavariable for anything.
    states: States<'a>,
    start: Hit,
    /// For each formula that somebody asked about, and each state.
    known: Vec<Vec<Answer>>,
    depth: u32,
}

impl<'a> Possible<'a> {
    pub fn new(states: States<'a>, start: Hit) -> Self {
        let known = vec![Vec::new(); states.compiled.formulas.len()];
        Self {
            states,
            start,
            known,
            depth: 0,
        }
    }

    /// Whether a formula may hold at a state.
    pub fn may_hold(&mut self, id: FormulaId, state: StateId) -> bool {
        let compiled = self.states.compiled;
        let formula = &compiled.formulas[id as usize];
        if matches!(formula, Formula::True | Formula::Not(_) | Formula::Maybe(_)) {
            return true;
        }
        match self.known[id as usize].get(state as usize) {
            Some(Answer::No) => return false,
            Some(Answer::Yes) => return true,
            _ => {}
        }
        if self.depth > MAX_DEPTH {
            return true;
        }
        self.depth += 1;
        if self.known[id as usize].is_empty() {
            self.known[id as usize] = vec![Answer::Unknown; self.states.ways.states.len()];
        }
        let holds = match formula {
            Formula::True | Formula::Not(_) | Formula::Maybe(_) => true,
            Formula::Atom(atom) => self.atom(atom, state),
            Formula::And(left, right) => self.may_hold(*left, state) && self.may_hold(*right, state),
            Formula::Or(left, right) | Formula::Else(left, right, _) | Formula::Instead(left, right) => {
                self.may_hold(*left, state) || self.may_hold(*right, state)
            }
            Formula::Next(on, inner) => {
                let targets = self.states.ways.next(state);
                match on {
                    Quantifier::Exists => targets.iter().any(|&target| self.may_hold(*inner, target)),
                    Quantifier::Forall => {
                        !targets.is_empty() && targets.iter().all(|&target| self.may_hold(*inner, target))
                    }
                }
            }
            Formula::Until {
                on,
                forgiven,
                guard,
                goal,
            } => {
                let answers = match on {
                    Quantifier::Exists => self.reach(*guard, *goal),
                    Quantifier::Forall => self.never_fail(*guard, *goal, forgiven.is_none()),
                };
                let holds = answers[state as usize] == Answer::Yes;
                self.known[id as usize] = answers;
                holds
            }
            Formula::Jump(jump, inner) => {
                let target = self.states.target(*jump, state);
                target.is_some_and(|target| self.may_hold(*inner, target))
            }
            Formula::Check(inner) | Formula::Exists(_, inner) | Formula::Afresh(_, inner) => {
                self.may_hold(*inner, state)
            }
        };
        self.depth -= 1;
        self.known[id as usize][state as usize] = if holds { Answer::Yes } else { Answer::No };
        holds
    }

    fn atom(&self, atom: &Atom, state: StateId) -> bool {
        match atom {
            // They speak of a block or a condition that is not known here.
            Atom::Leave(_) | Atom::Leaves(_) | Atom::Strays(..) | Atom::Removed(_) | Atom::Arm(..) => true,
            _ => {
                !self.states.atom(atom, state, &self.start).is_empty() || self.states.fitter.budget.get() == 0
            }
        }
    }

    /// The states from which some way leads to the goal.
    fn reach(&mut self, guard: FormulaId, goal: FormulaId) -> Vec<Answer> {
        let ways = self.states.ways;
        let mut answers = vec![Answer::No; ways.states.len()];
        let mut open: Vec<StateId> = Vec::new();
        for state in 0..answers.len() as StateId {
            if self.may_hold(goal, state) {
                answers[state as usize] = Answer::Yes;
                open.push(state);
            }
        }
        while let Some(state) = open.pop() {
            for &before in ways.before(state) {
                if answers[before as usize] == Answer::No && self.may_hold(guard, before) {
                    answers[before as usize] = Answer::Yes;
                    open.push(before);
                }
            }
        }
        answers
    }

    /// The states from which no way leaves the guard before the goal; a loop that never ends does not.
    fn never_fail(&mut self, guard: FormulaId, goal: FormulaId, strict: bool) -> Vec<Answer> {
        let ways = self.states.ways;
        let mut answers = vec![Answer::Yes; ways.states.len()];
        let mut ends = vec![false; answers.len()];
        let mut failed: Vec<StateId> = Vec::new();
        for state in 0..answers.len() as StateId {
            let index = state as usize;
            ends[index] = !strict && ways.is_early(state) || self.may_hold(goal, state);
            if !ends[index] && (ways.next(state).is_empty() || !self.may_hold(guard, state)) {
                answers[index] = Answer::No;
                failed.push(state);
            }
        }
        while let Some(state) = failed.pop() {
            for &before in ways.before(state) {
                if answers[before as usize] == Answer::Yes && !ends[before as usize] {
                    answers[before as usize] = Answer::No;
                    failed.push(before);
                }
            }
        }
        answers
    }
}
