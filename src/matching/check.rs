//! Checks formulas at states, from the top down: a part is only looked at under the bindings that the parts before it
//! made, and each question is answered once.

use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::smpl::{Quantifier, VarId};

use super::atoms::States;
use super::fit::{Fitter, MAX_HITS};
use super::formula::{Compiled, Formula, FormulaId};
use super::hit::{Hit, Trail};
use super::possible::Possible;
use super::value::{Binding, Env, Value};
use super::ways::{StateId, Ways};

/// One way in which a formula holds.
#[derive(Clone, Debug)]
pub struct Found {
    /// What the metavariables hold.
    pub env: Env,
    /// What was found on the way.
    wit: WitId,
}

/// What was found at one state.
#[derive(Clone, Debug)]
pub struct Leaf {
    /// Tokens of the pattern and what they stand for.
    pub trail: Trail,
    /// What the metavariables hold, all that is known of them in the match.
    pub env: Env,
    /// Where.
    pub state: StateId,
}

type WitId = u32;

/// Bindings that a quantifier took out.
type Known = Vec<(VarId, Binding)>;

/// What was found, as a tree whose nodes are numbered.
#[derive(Debug)]
enum Wit {
    Leaf(Leaf),
    Bind(Vec<(VarId, Binding)>, WitId),
    Join(WitId, WitId),
}

/// Nothing was found that matters.
const NONE: WitId = 0;

/// How many answers are kept for one rule in one function.
const MAX_ANSWERS: usize = 250_000;

/// How deeply ways may branch before the search is given up.
const MAX_DEPTH: u32 = 3000;

type Key = (FormulaId, StateId, Env);

/// Checks the formulas of one rule in one function.
pub struct Checker<'a> {
    fitter: &'a Fitter<'a>,
    ways: &'a Ways,
    compiled: &'a Compiled,
    states: States<'a>,
    /// What rules states out; not where somebody looks on, who wants to know all that fails.
    possible: Option<Possible<'a>>,
    nothing: Rc<[Found]>,
    memo: FxHashMap<Key, Rc<[Found]>>,
    wits: Vec<Wit>,
    /// The `until` formulas that are being checked, outermost first.
    open: Vec<Key>,
    /// For each of them: answers that rest on it.
    resting: Vec<Vec<Key>>,
    /// The outermost open formula that the answer at hand rests on.
    lowest: usize,
    depth: u32,
    /// The search was cut off.
    pub bounded: bool,
}

impl<'a> Checker<'a> {
    /// A checker for one function. `scout` is a fitter that scouts, `env` what is known at the begin.
    pub fn new(
        fitter: &'a Fitter<'a>,
        scout: &'a Fitter<'a>,
        ways: &'a Ways,
        compiled: &'a Compiled,
        env: &Env,
    ) -> Self {
        let states = |fitter| States {
            fitter,
            ways,
            compiled,
        };
        let possible = fitter.watch.is_none().then(|| {
            let start = Hit {
                env: env.clone(),
                trail: Trail::default(),
            };
            Possible::new(states(scout), start)
        });
        Self {
            fitter,
            ways,
            compiled,
            states: states(fitter),
            possible,
            nothing: Rc::from([]),
            memo: FxHashMap::default(),
            wits: vec![Wit::Join(NONE, NONE)],
            open: Vec::new(),
            resting: Vec::new(),
            lowest: usize::MAX,
            depth: 0,
            bounded: false,
        }
    }

    /// The ways in which the rule holds at a state.
    pub fn at(&mut self, state: StateId, env: &Env) -> Rc<[Found]> {
        match self.compiled.root {
            Some(root) => self.eval(root, state, env),
            None => Rc::from([]),
        }
    }

    /// What was found, state by state.
    pub fn harvest(&self, found: &Found) -> Vec<Leaf> {
        let mut list = Vec::new();
        let nothing: Rc<Known> = Rc::new(Vec::new());
        let mut open = vec![(found.wit, nothing)];
        let mut seen = FxHashSet::default();
        while let Some((id, known)) = open.pop() {
            if id == NONE || known.is_empty() && !seen.insert(id) {
                continue;
            }
            match &self.wits[id as usize] {
                Wit::Leaf(leaf) => {
                    let mut all = leaf.env.clone();
                    for (var, binding) in known.iter().chain(found.env.iter()) {
                        if let Binding::Is(value) = binding
                            && all.value(*var).is_none()
                            && let Some(more) = all.bind(*var, value)
                        {
                            all = more;
                        }
                    }
                    list.push(Leaf {
                        env: all,
                        ..leaf.clone()
                    });
                }
                Wit::Bind(more, inner) => {
                    let mut known = (*known).clone();
                    known.extend(more.iter().cloned());
                    open.push((*inner, Rc::new(known)));
                }
                Wit::Join(left, right) => {
                    open.push((*right, known.clone()));
                    open.push((*left, known));
                }
            }
            if list.len() > 100_000 {
                break;
            }
        }
        list
    }

    fn wit(&mut self, wit: Wit) -> WitId {
        self.wits.push(wit);
        self.wits.len() as WitId - 1
    }

    fn join(&mut self, left: WitId, right: WitId) -> WitId {
        match (left, right) {
            (NONE, other) | (other, NONE) => other,
            _ if left == right => left,
            _ => self.wit(Wit::Join(left, right)),
        }
    }

    fn merged(&mut self, list: Vec<Found>) -> Vec<Found> {
        if list.len() < 2 {
            return list;
        }
        let mut index: FxHashMap<Env, usize> = FxHashMap::default();
        let mut out: Vec<Found> = Vec::with_capacity(list.len());
        for found in list {
            match index.get(&found.env) {
                Some(&at) => out[at].wit = self.join(out[at].wit, found.wit),
                None => {
                    index.insert(found.env.clone(), out.len());
                    out.push(found);
                }
            }
        }
        if out.len() > MAX_HITS {
            self.bounded = true;
            out.truncate(MAX_HITS);
        }
        out
    }

    fn may_hold(&mut self, id: FormulaId, state: StateId) -> bool {
        self.possible
            .as_mut()
            .is_none_or(|possible| possible.may_hold(id, state))
    }

    fn eval(&mut self, id: FormulaId, state: StateId, env: &Env) -> Rc<[Found]> {
        if let Formula::True = self.compiled.formulas[id as usize] {
            return Rc::from([Found {
                env: env.clone(),
                wit: NONE,
            }]);
        }
        if !self.may_hold(id, state) {
            return self.nothing.clone();
        }
        let key = (id, state, env.clone());
        if let Some(known) = self.memo.get(&key) {
            return known.clone();
        }
        let full = self.memo.len() > MAX_ANSWERS || self.wits.len() > 4 * MAX_ANSWERS;
        if self.bounded || full || self.depth > MAX_DEPTH || !self.fitter.step() {
            self.bounded = true;
            return self.nothing.clone();
        }
        self.depth += 1;
        let outer = std::mem::replace(&mut self.lowest, usize::MAX);
        let result = if matches!(
            self.compiled.formulas[id as usize],
            Formula::Until {
                on: Quantifier::Forall,
                ..
            }
        ) {
            self.until_all(&key)
        } else {
            self.formula(id, state, env)
        };
        let result: Rc<[Found]> = self.merged(result).into();
        if self.lowest < self.open.len() {
            self.resting[self.lowest].push(key.clone());
        }
        if self.is_kept(id) || result.iter().any(|found| found.wit != NONE) {
            self.memo.insert(key, result.clone());
        }
        self.lowest = self.lowest.min(outer);
        self.depth -= 1;
        result
    }

    /// Whether an answer is worth keeping though nothing was found: others are put together from such ones at once.
    fn is_kept(&self, id: FormulaId) -> bool {
        match &self.compiled.formulas[id as usize] {
            Formula::Atom(atom) => atom.compares(),
            Formula::Next(..)
            | Formula::Until { .. }
            | Formula::Else(..)
            | Formula::Instead(..)
            | Formula::Or(..) => true,
            _ => false,
        }
    }

    fn formula(&mut self, id: FormulaId, state: StateId, env: &Env) -> Vec<Found> {
        let compiled = self.compiled;
        match &compiled.formulas[id as usize] {
            Formula::True => vec![Found {
                env: env.clone(),
                wit: NONE,
            }],
            Formula::Atom(atom) => {
                let hit = Hit {
                    env: env.clone(),
                    trail: Trail::default(),
                };
                let hits = self.states.atom(atom, state, &hit);
                hits.into_iter().map(|hit| self.leaf(hit, state)).collect()
            }
            Formula::And(left, right) => {
                let mut out = Vec::new();
                for first in self.eval(*left, state, env).iter() {
                    for second in self.eval(*right, state, &first.env).iter() {
                        let wit = self.join(first.wit, second.wit);
                        out.push(Found {
                            env: second.env.clone(),
                            wit,
                        });
                    }
                    if out.len() > 4 * MAX_HITS {
                        self.bounded = true;
                        break;
                    }
                }
                out
            }
            Formula::Or(left, right) => {
                let mut out = self.eval(*left, state, env).to_vec();
                out.extend(self.eval(*right, state, env).iter().cloned());
                out
            }
            Formula::Else(first, second, alone) => {
                let mut out = self.eval(*first, state, env).to_vec();
                for found in self.eval(*second, state, env).iter() {
                    if self.eval(*alone, state, &found.env).is_empty() {
                        out.push(found.clone());
                    }
                }
                out
            }
            Formula::Instead(first, second) => {
                let found = self.eval(*first, state, env);
                let found = if found.is_empty() {
                    self.eval(*second, state, env)
                } else {
                    found
                };
                found.to_vec()
            }
            Formula::Not(inner) => {
                let found = self.eval(*inner, state, env);
                let negated = self.negated(&found, env);
                if let (Some(watch), Some(&node)) = (self.fitter.watch, compiled.forbidden.get(&id))
                    && negated.is_empty()
                {
                    let span = self.fitter.source.span(self.ways.states[state as usize].syntax);
                    watch.ruled_out(self.fitter.rule, &compiled.nodes[node], span);
                }
                negated
            }
            Formula::Next(on, inner) => self.next(*on, *inner, state, env),
            Formula::Until { guard, goal, .. } => self.until_one(id, *guard, *goal, state, env),
            Formula::Jump(jump, inner) => match self.states.target(*jump, state) {
                Some(target) => self.eval(*inner, target, env).to_vec(),
                None => Vec::new(),
            },
            Formula::Maybe(inner) => {
                let found = self.eval(*inner, state, env);
                let mut out = found.to_vec();
                out.extend(self.without(&found, env));
                out
            }
            Formula::Check(inner) => {
                let found = self.eval(*inner, state, env);
                let without_places = |found: &Found| Found {
                    env: found.env.without(|var| self.is_own_position(var, env)),
                    wit: NONE,
                };
                found.iter().map(without_places).collect()
            }
            Formula::Exists(vars, inner) => {
                let found = self.eval(*inner, state, env);
                let lacks = |found: &&Found| {
                    vars.iter().any(|var| {
                        compiled.added.contains(var)
                            && matches!(found.env.get(*var), Some(Binding::IsNot(_)))
                            && env.get(*var).is_none()
                    })
                };
                let found = found.iter().filter(|found| !lacks(found));
                found.map(|found| self.forget(found, vars, env)).collect()
            }
            Formula::Afresh(vars, inner) => {
                let bare = env.without(|var| vars.contains(&var));
                let found = self.eval(*inner, state, &bare);
                let known = |found: &Found| Found {
                    env: found.env.with_those_of(vars, env),
                    wit: found.wit,
                };
                found.iter().map(known).collect()
            }
        }
    }

    fn leaf(&mut self, hit: Hit, state: StateId) -> Found {
        let wit = if hit.trail.is_empty() {
            NONE
        } else {
            self.wit(Wit::Leaf(Leaf {
                trail: hit.trail,
                env: hit.env.clone(),
                state,
            }))
        };
        Found { env: hit.env, wit }
    }

    fn forget(&mut self, found: &Found, vars: &[VarId], before: &Env) -> Found {
        let gone = |var: VarId| vars.contains(&var) && before.get(var).is_none();
        let bound: Vec<(VarId, Binding)> = found.env.iter().filter(|entry| gone(entry.0)).cloned().collect();
        if bound.is_empty() {
            return found.clone();
        }
        let env = found.env.without(gone);
        let wit = if found.wit == NONE {
            NONE
        } else {
            self.wit(Wit::Bind(bound, found.wit))
        };
        Found { env, wit }
    }

    /// The bindings under which none of `found` holds.
    fn negated(&mut self, found: &[Found], env: &Env) -> Vec<Found> {
        self.forbidden(found, env, |_| true)
    }

    /// The bindings under which what was found in a nest counts for nothing. A place tells one occurrence from all others,
    /// whatever else is bound there.
    fn without(&mut self, found: &[Found], env: &Env) -> Vec<Found> {
        let place = found
            .iter()
            .flat_map(|found| found.env.iter())
            .map(|(var, _)| *var)
            .find(|&var| self.is_own_position(var, env));
        self.forbidden(found, env, |var| place.is_none_or(|place| var == place))
    }

    /// The bindings under which none of `found` holds because one of the metavariables that `counts` is another.
    fn forbidden(&mut self, found: &[Found], env: &Env, counts: impl Fn(VarId) -> bool) -> Vec<Found> {
        let mut envs = vec![env.clone()];
        for found in found {
            let news: Vec<(VarId, &Value)> = found
                .env
                .iter()
                .filter_map(|(var, binding)| match binding {
                    Binding::Is(value) if env.value(*var).is_none() && counts(*var) => Some((*var, value)),
                    _ => None,
                })
                .collect();
            let mut next: Vec<Env> = Vec::new();
            for env in &envs {
                for (var, value) in &news {
                    if let Some(env) = env.forbid(*var, value)
                        && !next.contains(&env)
                    {
                        next.push(env);
                    }
                }
            }
            envs = next;
            if envs.is_empty() {
                break;
            }
            if envs.len() > 20 {
                self.bounded = true;
                envs.truncate(20);
            }
        }
        envs.into_iter().map(|env| Found { env, wit: NONE }).collect()
    }

    fn next(&mut self, on: Quantifier, inner: FormulaId, state: StateId, env: &Env) -> Vec<Found> {
        let ways = self.ways;
        let targets = ways.next(state);
        match on {
            Quantifier::Exists => {
                let mut out = Vec::new();
                for &target in targets {
                    out.extend(self.eval(inner, target, env).iter().cloned());
                }
                out
            }
            Quantifier::Forall => self.all_next(
                targets,
                vec![Found {
                    env: env.clone(),
                    wit: NONE,
                }],
                inner,
            ),
        }
    }

    /// A formula at all of these states, the bindings of one carried to the next.
    fn all_next(&mut self, targets: &[StateId], start: Vec<Found>, inner: FormulaId) -> Vec<Found> {
        if targets.is_empty() {
            return Vec::new();
        }
        let mut out = Vec::new();
        for first in start {
            out.extend(self.all_after(targets, first, inner));
        }
        self.merged(out)
    }

    /// Whether a metavariable is a position of this rule that is not known yet.
    fn is_own_position(&self, var: VarId, known: &Env) -> bool {
        self.compiled.positions.contains(&var) && known.get(var).is_none()
    }

    fn all_after(&mut self, targets: &[StateId], first: Found, inner: FormulaId) -> Vec<Found> {
        let positions = &self.compiled.positions;
        let known = first.env.clone();
        let mut partial = vec![first];
        for &target in targets {
            let mut next = Vec::new();
            for before in &partial {
                let env = before.env.without(|var| self.is_own_position(var, &known));
                for found in self.eval(inner, target, &env).iter() {
                    let wit = self.join(before.wit, found.wit);
                    next.push(Found {
                        env: found.env.with_places(positions, &before.env),
                        wit,
                    });
                }
            }
            partial = self.merged(next);
            if partial.is_empty() {
                break;
            }
        }
        partial
    }

    /// `until` on all ways. A loop that never ends is a way that never leaves the guard; it does not count against the
    /// rule, else nothing could match across a loop.
    fn until_all(&mut self, key: &Key) -> Vec<Found> {
        let (id, state, env) = key;
        if let Some(at) = self.open.iter().position(|open| open == key) {
            self.lowest = at;
            return vec![Found {
                env: env.clone(),
                wit: NONE,
            }];
        }
        let Formula::Until {
            forgiven,
            guard,
            goal,
            ..
        } = self.compiled.formulas[*id as usize]
        else {
            return Vec::new();
        };
        let here = self.open.len();
        self.open.push(key.clone());
        self.resting.push(Vec::new());
        let mut out = self.eval(goal, *state, env).to_vec();
        let guards = self.eval(guard, *state, env).to_vec();
        if !guards.is_empty() {
            let ways = self.ways;
            out.extend(self.all_next(ways.next(*state), guards, *id));
        }
        if let Some(condition) = forgiven
            && out.is_empty()
            && self.ways.is_early(*state)
            && !self.eval(condition, *state, env).is_empty()
        {
            out.push(Found {
                env: env.clone(),
                wit: NONE,
            });
        }
        self.open.pop();
        let resting = self.resting.pop().unwrap_or_default();
        if out.is_empty() {
            // They took for granted that this holds.
            for key in resting {
                self.memo.remove(&key);
            }
        } else if self.lowest < here {
            self.resting[self.lowest].extend(resting);
        }
        if self.lowest >= here {
            self.lowest = usize::MAX;
        }
        out
    }

    /// `until` on one way; what the guard finds counts on all ways that lead to the goal.
    fn until_one(
        &mut self,
        id: FormulaId,
        guard: FormulaId,
        goal: FormulaId,
        state: StateId,
        env: &Env,
    ) -> Vec<Found> {
        let ways = self.ways;
        let mut steps = vec![(state, env.clone())];
        let mut index: FxHashMap<(StateId, Env), usize> = FxHashMap::default();
        index.insert((state, env.clone()), 0);
        // For each step: those before it, and what was found there.
        let mut before: Vec<Vec<(usize, WitId)>> = vec![Vec::new()];
        let mut goals: Vec<(usize, Found)> = Vec::new();
        let mut open = vec![0];
        while let Some(at) = open.pop() {
            if !self.fitter.step() {
                self.bounded = true;
                break;
            }
            let (state, env) = steps[at].clone();
            goals.extend(
                self.eval(goal, state, &env)
                    .iter()
                    .map(|found| (at, found.clone())),
            );
            for found in self.eval(guard, state, &env).iter() {
                for &target in ways.next(state) {
                    if !self.may_hold(id, target) {
                        continue;
                    }
                    let next = *index.entry((target, found.env.clone())).or_insert_with(|| {
                        steps.push((target, found.env.clone()));
                        before.push(Vec::new());
                        open.push(steps.len() - 1);
                        steps.len() - 1
                    });
                    before[next].push((at, found.wit));
                }
            }
        }
        let finds = before.iter().flatten().any(|(_, wit)| *wit != NONE);
        let mut known: FxHashMap<usize, WitId> = FxHashMap::default();
        let mut out = Vec::with_capacity(goals.len());
        for (at, found) in goals {
            let on_the_way = match known.get(&at) {
                Some(&wit) => wit,
                None if finds => self.found_before(at, &before),
                None => NONE,
            };
            known.insert(at, on_the_way);
            let wit = self.join(on_the_way, found.wit);
            out.push(Found { env: found.env, wit });
        }
        out
    }

    /// What was found on any way to a step.
    fn found_before(&mut self, step: usize, before: &[Vec<(usize, WitId)>]) -> WitId {
        let mut wits = FxHashSet::default();
        let mut seen = vec![false; before.len()];
        let mut open = vec![step];
        while let Some(at) = open.pop() {
            if !self.fitter.step() {
                self.bounded = true;
                break;
            }
            if !std::mem::replace(&mut seen[at], true) {
                wits.extend(before[at].iter().map(|(_, wit)| *wit));
                open.extend(before[at].iter().map(|(before, _)| *before));
            }
        }
        let mut wits: Vec<WitId> = wits.into_iter().filter(|&wit| wit != NONE).collect();
        wits.sort_unstable();
        wits.into_iter().fold(NONE, |all, wit| self.join(all, wit))
    }
}
