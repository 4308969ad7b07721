//! One rule on one file: under each environment, in each function and item.

use std::cell::Cell;
use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::smpl::pattern::Node;
use crate::smpl::{Constraint, MatchRule, MetaKind, Operand, Rule, RuleKind, VarId};
use crate::syntax::{NodeId, SyntaxKind};

use super::around::{Match, passed_around};
use super::branch::{Branch, Branches};
use super::check::{Checker, Leaf};
use super::engine::{Conditions, Engine, Outcome, Prepared, made};
use super::fit::Fitter;
use super::hit::{Hit, Trail};
use super::miss::Watch;
use super::regexes::Regexes;
use super::rewrite::{Change, Offsets, rewrite};
use super::site::{Held, Site};
use super::source::Source;
use super::value::{Binding, Env, Value};
use super::ways::{StateId, Ways};
use super::worth::Needs;

/// How many comparisons one rule may make in one function or item.
const BUDGET: u64 = 3_000_000;

/// A rule on a file.
pub(super) struct RuleRun<'a> {
    pub conditions: &'a dyn Conditions,
    pub engine: &'a Engine,
    pub rule: &'a Rule,
    pub body: &'a MatchRule,
    pub prepared: &'a Prepared,
    pub site: &'a Site<'a>,
    pub source: &'a Source,
    pub regexes: &'a Regexes,
    pub path: &'a str,
    /// For each position of another rule that constraints speak of: all its values.
    pub places: FxHashMap<VarId, Vec<Value>>,
}

/// For each environment, without the places that constraints speak of: those places.
pub(super) type PlacesByEnv = FxHashMap<Env, FxHashMap<VarId, Vec<Value>>>;

/// What a rule found under one environment.
#[derive(Default)]
pub(super) struct Matches {
    /// The exported bindings of each match.
    pub envs: Vec<Env>,
    changes: Vec<Change>,
    /// How many matches there are that change something.
    count: usize,
}

impl RuleRun<'_> {
    /// Runs the rule under all environments; gives the new ones, and the new text if there is one.
    pub(super) fn go(
        &self,
        branches: Vec<Branch>,
        ever: &mut FxHashSet<String>,
        outcome: &mut Outcome,
    ) -> (Vec<Branch>, Option<Vec<u8>>, Option<Offsets>) {
        let mut next = Branches::default();
        let mut done: FxHashMap<Env, Rc<Matches>> = FxHashMap::default();
        let mut changes: Vec<Change> = Vec::new();
        let mut count = 0;
        let ever_before = ever.clone();
        let places = self.places_by_env(&branches);
        for branch in branches {
            let runs = self
                .rule
                .depends
                .as_ref()
                .is_none_or(|depends| self.engine.holds(depends, &branch, &ever_before, self.path));
            let env = if runs { self.inherited(&branch) } else { None };
            let Some(env) = env else {
                next.push(branch);
                continue;
            };
            let matches = match done.get(&env) {
                Some(matches) => matches.clone(),
                None => {
                    let matches = Rc::new(self.matches(&env, &places, outcome, None));
                    changes.extend(matches.changes.iter().cloned().map(|change| Change {
                        of: count + change.of,
                        ..change
                    }));
                    count += matches.count;
                    done.insert(env, matches.clone());
                    matches
                }
            };
            if matches.envs.is_empty() {
                next.push(branch);
                continue;
            }
            ever.insert(self.rule.name.clone());
            if !outcome.matched.contains(&self.rule.name) {
                outcome.matched.push(self.rule.name.clone());
            }
            for env in &matches.envs {
                let mut new = branch.clone();
                Rc::make_mut(&mut new.matched).insert(self.rule.name.clone());
                if !self.prepared.exported.is_empty() {
                    let values = Rc::make_mut(&mut new.values);
                    for &var in &self.prepared.exported {
                        let declared = &self.body.vars[var as usize];
                        let key = (self.rule.name.clone(), declared.name.clone());
                        if let Some(value) = env.value(var) {
                            values.insert(key, value.clone());
                        } else if matches!(declared.kind, MetaKind::Fresh(_))
                            && let Some(text) = super::render::var_text(self.body, var, env)
                        {
                            values.insert(key, made(&text));
                        }
                    }
                }
                next.push(new);
            }
        }
        if self.body.starred {
            for change in &changes {
                for pair in change.trail.iter() {
                    for token in pair.span.first..pair.span.end {
                        if !self.source.token_kind(token as usize).is_trivia() {
                            let start = self.source.tree.tokens().start(token as usize);
                            outcome.starred.push(self.source.lines.line_column(start).line);
                        }
                    }
                }
            }
            return (next.into_list(), None, None);
        }
        if changes.is_empty() {
            return (next.into_list(), None, None);
        }
        let rewritten = rewrite(self.body, self.source, &changes);
        for line in rewritten.conflicts {
            outcome.remarks.push(format!(
                "{}:{line}: rule {}: two matches add different code at this place; only the first one is carried out (`++` allows several)",
                self.path, self.rule.name
            ));
        }
        for (line, why) in rewritten.refused {
            outcome.remarks.push(format!(
                "{}:{line}: rule {}: a name of a declaration of several stays, as {why}",
                self.path, self.rule.name
            ));
        }
        for (line, why) in rewritten.left_alone {
            outcome.remarks.push(format!(
                "{}:{line}: rule {}: not changed: {why}",
                self.path, self.rule.name
            ));
        }
        (next.into_list(), rewritten.text, Some(rewritten.offsets))
    }

    /// The bindings that the rule takes over; `None` if one of them is missing.
    pub(super) fn inherited(&self, branch: &Branch) -> Option<Env> {
        let mut env = Env::default();
        let used = &self.prepared.used;
        for (index, var) in self.body.vars.iter().enumerate() {
            let Some((rule, name)) = &var.inherited else {
                continue;
            };
            let value = if rule == "virtual" {
                self.engine
                    .identifiers
                    .get(name)
                    .map(|text| made(text.as_bytes()))
            } else {
                branch.values.get(&(rule.clone(), name.clone())).cloned()
            };
            match value {
                // Any of its places will do.
                Some(_)
                    if matches!(var.kind, MetaKind::Position { any: true })
                        && self.has_places_of(index as VarId) => {}
                Some(_)
                    if !used.contains(&(index as VarId))
                        && matches!(var.kind, MetaKind::Position { .. } | MetaKind::Generic)
                        && !self.is_operand_of_code(index as VarId) => {}
                Some(value) => {
                    if !self.constraints_hold(index as VarId, &value, &env) {
                        return None;
                    }
                    env = env.bind(index as VarId, &value)?;
                }
                // A position that is only compared with may be missing.
                None if used.contains(&(index as VarId)) => return None,
                None => {}
            }
        }
        Some(env)
    }

    /// Whether a constraint speaks of the same places as a position.
    fn has_places_of(&self, position: VarId) -> bool {
        let key = &self.body.vars[position as usize].inherited;
        let mut known = self.places.keys();
        known.any(|&var| self.body.vars[var as usize].inherited == *key)
    }

    /// Whether a metavariable that only constraints speak of holds code, so that its value in this environment counts.
    fn is_operand_of_code(&self, var: VarId) -> bool {
        !self.places.contains_key(&var)
    }

    /// Of the places that constraints speak of, those that go with the bindings of each environment.
    pub(super) fn places_by_env(&self, branches: &[Branch]) -> PlacesByEnv {
        let mut all = PlacesByEnv::default();
        if self.places.is_empty() {
            return all;
        }
        for branch in branches {
            let Some(env) = self.inherited(branch) else {
                continue;
            };
            let places = all.entry(self.without_places(&env)).or_default();
            for &var in self.places.keys() {
                let key = self.body.vars[var as usize].inherited.as_ref();
                let Some(value) = key.and_then(|key| branch.values.get(key)) else {
                    continue;
                };
                let list = places.entry(var).or_default();
                for value in value.each() {
                    if !list.contains(&value) {
                        list.push(value);
                    }
                }
            }
        }
        all
    }

    /// Without the places that constraints speak of: one that is used as well does not set the branches apart.
    fn without_places(&self, env: &Env) -> Env {
        env.without(|var| {
            let key = self
                .body
                .vars
                .get(var as usize)
                .and_then(|var| var.inherited.as_ref());
            key.is_some() && self.has_places_of(var)
        })
    }

    /// Constraints on what is inherited.
    fn constraints_hold(&self, var: VarId, value: &Value, env: &Env) -> bool {
        let is = |operand: &Operand| match operand {
            Operand::Text(text) => value.key() == text.as_bytes(),
            Operand::Var(other) if self.places.contains_key(other) => {
                value.each().any(|value| self.places[other].contains(&value))
            }
            Operand::Var(other) => env.value(*other).is_some_and(|other| other == value),
        };
        self.body.vars[var as usize]
            .constraints
            .iter()
            .all(|constraint| match constraint {
                Constraint::OneOf(list) => list.iter().any(is),
                Constraint::NoneOf(list) => !list.iter().any(is),
                Constraint::Regex { regex, negated } => {
                    self.regexes.is_match(regex, value.text()) != *negated
                }
                Constraint::PartOf(_) | Constraint::Script(_) => true,
            })
    }

    /// What the rule matches under these bindings; only what begins on the line that `watch` looks at, if there is one.
    pub(super) fn matches(
        &self,
        env: &Env,
        places: &PlacesByEnv,
        outcome: &mut Outcome,
        watch: Option<&Watch>,
    ) -> Matches {
        let all = Needs::default();
        let needs = if watch.is_some() {
            &all
        } else {
            &self.prepared.needs
        };
        let held = if watch.is_some() {
            Held::default()
        } else {
            Held::new(self.body, &self.prepared.held, env)
        };
        let is_asked = |node| watch.is_none_or(|watch| watch.is_here(self.source, node));
        let budget = Cell::new(BUDGET);
        let mut places = places.get(&self.without_places(env)).cloned().unwrap_or_default();
        for &var in self.places.keys() {
            places.entry(var).or_default();
        }
        let fitter = Fitter {
            rule: self.body,
            source: self.source,
            types: self.site.types(),
            disabled: &self.prepared.disabled,
            regexes: self.regexes,
            places: &places,
            conditions: self.conditions,
            budget: &budget,
            scouts: false,
            watch,
        };
        let scout_budget = Cell::new(BUDGET);
        let scout = Fitter {
            budget: &scout_budget,
            scouts: true,
            ..fitter
        };
        let mut matches = Matches::default();
        let start = Hit {
            env: env.clone(),
            trail: Trail::default(),
        };
        let tree = &self.source.tree;
        let pattern = &self.body.pattern;
        if pattern.is_empty() {
            // A rule without a pattern holds wherever it is asked.
            matches.envs.push(env.clone());
            return matches;
        }
        if self.body.kind == RuleKind::Identifier {
            if let [only] = &pattern[..] {
                for token in 0..tree.tokens().len() {
                    if tree.tokens().kind(token) == SyntaxKind::Ident {
                        for hit in fitter.name(only, token, &start) {
                            self.found(&mut matches, hit);
                        }
                    }
                }
            }
        } else if self.prepared.compiled.lone {
            let only = &pattern[0];
            for id in self.site.nodes(needs, &held).filter(|&id| is_asked(id)) {
                if let Some(watch) = watch {
                    watch.begin(self.body, only, self.source.span(id));
                }
                budget.set(budget.get().max(20_000));
                for hit in fitter.lone(only, id, &start) {
                    self.found(&mut matches, hit);
                }
            }
        } else {
            for way in self.site.ways(needs, &held) {
                budget.set(BUDGET);
                scout_budget.set(BUDGET);
                let mut checker = Checker::new(&fitter, &scout, way, &self.prepared.compiled, env);
                let mut list: Vec<Match> = Vec::new();
                for state in 0..way.states.len() as StateId {
                    if checker.bounded {
                        break;
                    }
                    if !is_asked(way.states[state as usize].syntax) {
                        continue;
                    }
                    let found = checker.at(state, env);
                    list.extend(found.iter().map(|found| Match {
                        start: state,
                        env: found.env.without(|var| var as usize >= self.body.vars.len()),
                        changes: checker.harvest(found),
                    }));
                }
                if checker.bounded {
                    // What was found so far may rest on an answer that was not waited for.
                    outcome.remarks.push(format!(
                        "{}: rule {}: nothing is matched in {}, as the search there takes too long",
                        self.path,
                        self.rule.name,
                        self.name_of(way)
                    ));
                    continue;
                }
                self.take(way, list, &mut matches, outcome);
            }
        }
        let keep = |var: VarId| self.prepared.exported.contains(&var);
        let fresh = super::words::seeds(self.body, &self.prepared.exported);
        for env in &mut matches.envs {
            *env = env.without(|var| !keep(var) && !fresh.contains(&var));
        }
        matches.envs = self.gathered(&matches.envs);
        matches
    }

    /// Takes over what was found on the ways through a function: where each match begins, and what it changes.
    fn take(&self, way: &Ways, list: Vec<Match>, matches: &mut Matches, outcome: &mut Outcome) {
        let dropped = if self.body.starred {
            FxHashMap::default()
        } else {
            passed_around(way, &list)
        };
        let mut lines: Vec<u32> = dropped.values().map(|&state| self.line_of(way, state)).collect();
        lines.sort_unstable();
        lines.dedup();
        for line in lines {
            outcome.remarks.push(format!(
                "{}:{line}: rule {}: left as it is, as other ways lead to this place on which the rule does not match",
                self.path, self.rule.name
            ));
        }
        let added = &self.prepared.compiled.added;
        let lacks = |leaf: &Leaf| {
            let mut vars = added.iter();
            vars.any(|&var| matches!(leaf.env.get(var), Some(Binding::IsNot(_))))
        };
        for (index, found) in list.into_iter().enumerate() {
            if dropped.contains_key(&index) || found.changes.iter().any(lacks) {
                continue;
            }
            if !found.changes.is_empty() {
                let of = matches.count;
                matches.count += 1;
                matches
                    .changes
                    .extend(found.changes.into_iter().map(|leaf| Change {
                        trail: leaf.trail,
                        env: leaf.env,
                        of,
                    }));
            }
            if !matches.envs.contains(&found.env) {
                matches.envs.push(found.env);
            }
        }
    }

    fn line_of(&self, way: &Ways, state: StateId) -> u32 {
        let span = self.source.span(way.states[state as usize].syntax);
        let start = self.source.tree.tokens().start(span.first as usize);
        self.source.lines.line_column(start).line
    }

    /// Environments that differ only in places that others exclude become one, which has all of these places.
    fn gathered(&self, envs: &[Env]) -> Vec<Env> {
        let excluded = &self.prepared.excluded;
        let mut index: FxHashMap<Env, usize> = FxHashMap::default();
        let mut groups: Vec<Vec<&Env>> = Vec::new();
        for env in envs {
            let group = *index
                .entry(env.without(|var| excluded.contains(&var)))
                .or_insert(groups.len());
            if group == groups.len() {
                groups.push(Vec::new());
            }
            groups[group].push(env);
        }
        groups
            .into_iter()
            .map(|group| match group[..] {
                [only] => only.clone(),
                _ => group[0].with_places_of_all(excluded, &group),
            })
            .collect()
    }

    /// The function that a way goes through, for messages.
    fn name_of(&self, way: &Ways) -> String {
        let tree = &self.source.tree;
        let state = way.states.first();
        let name = state.and_then(|state| {
            std::iter::once(state.syntax)
                .chain(tree.descendants(state.syntax))
                .find(|&id| tree.kind(id) == SyntaxKind::NameDeclarator)
        });
        match name {
            Some(name) => format!(
                "{}()",
                String::from_utf8_lossy(tree.text(name, &self.source.text))
            ),
            None => "an item".to_owned(),
        }
    }

    fn found(&self, matches: &mut Matches, hit: Hit) {
        if !matches.envs.contains(&hit.env) {
            matches.envs.push(hit.env.clone());
        }
        if !hit.trail.is_empty() {
            matches.changes.push(Change {
                trail: hit.trail,
                env: hit.env,
                of: matches.count,
            });
            matches.count += 1;
        }
    }
}

impl Fitter<'_> {
    /// An expression or a type by itself, at one node.
    pub fn lone(&self, p: &Node, c: NodeId, hit: &Hit) -> Vec<Hit> {
        match p.kind {
            SyntaxKind::PatternDisj if p.is_conjunction() => {
                self.conjunction(p, hit, |p, hit| self.lone(p, c, hit))
            }
            SyntaxKind::PatternDisj => self.disjunction(p, hit, |p, hit| self.lone(p, c, hit)),
            SyntaxKind::PatternBranch => p
                .children()
                .next()
                .map_or_else(Vec::new, |inner| self.lone(inner, c, hit)),
            SyntaxKind::PatternType => self.type_fits_at(p, c, hit),
            SyntaxKind::PatternExpr => match p.children().next() {
                Some(inner)
                    if self.c_kind(c).is_expression()
                        || inner.kind == self.c_kind(c)
                        || self.c_kind(c) == SyntaxKind::InitDeclarator =>
                {
                    self.node(inner, c, hit)
                }
                _ => Vec::new(),
            },
            _ => Vec::new(),
        }
    }
}
