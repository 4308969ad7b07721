//! The rules of a semantic patch, one after the other, on one file.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::flow::functions;
use crate::smpl::iso;
use crate::smpl::pattern::Node;
use crate::smpl::{
    Body, Constraint, Depends, MatchRule, MetaKind, Operand, Rule, RuleKind, Script, ScriptWhen,
    SemanticPatch, VarId,
};
use crate::syntax::{Names, NodeId, SyntaxKind};

use super::check::Checker;
use super::fit::Fitter;
use super::formula::{Compiled, compile};
use super::hit::{Hit, Trail};
use super::regexes::Regexes;
use super::rewrite::{Offsets, rewrite};
use super::source::Source;
use super::types::Types;
use super::value::{Code, Env, Place, Value};
use super::ways::Ways;

/// Named values.
pub type Values = Vec<(String, Value)>;

/// What runs script rules.
pub trait Scripts {
    /// Runs a script rule with its inputs; gives its outputs, or `None` if the environment is dropped.
    fn run(
        &mut self,
        rule: &Rule,
        script: &Script,
        inputs: &[(String, Value)],
    ) -> Option<Vec<(String, Value)>>;
}

/// No scripts are run.
#[derive(Debug, Default)]
pub struct NoScripts;

impl Scripts for NoScripts {
    fn run(&mut self, _: &Rule, _: &Script, _: &[(String, Value)]) -> Option<Vec<(String, Value)>> {
        Some(Vec::new())
    }
}

/// A semantic patch that is ready to run on any number of files.
#[derive(Debug)]
pub struct Engine {
    patch: SemanticPatch,
    /// For each match rule: its formulas.
    compiled: Vec<Option<Prepared>>,
    /// Virtual rules that are switched on.
    defined: FxHashSet<String>,
    /// Virtual identifiers with their values.
    identifiers: FxHashMap<String, String>,
    names: Names,
}

#[derive(Debug)]
struct Prepared {
    compiled: Compiled,
    exported: FxHashSet<VarId>,
    /// Words one of which must be in a file, for each group.
    words: Vec<Vec<u8>>,
    disabled: Vec<String>,
}

/// What became of a file.
#[derive(Debug, Default)]
pub struct Outcome {
    /// The new text, if it changed.
    pub text: Option<Vec<u8>>,
    /// Lines of the file that rules marked with `*` matched, from 1.
    pub starred: Vec<u32>,
    /// What could not be done, as sentences.
    pub remarks: Vec<String>,
    /// Names of the rules that matched.
    pub matched: Vec<String>,
}

/// One branch of the tree of environments.
#[derive(Clone, Debug, Default)]
struct Branch {
    values: Rc<BTreeMap<(String, String), Value>>,
    matched: Rc<std::collections::BTreeSet<String>>,
}

impl PartialEq for Branch {
    fn eq(&self, other: &Self) -> bool {
        self.matched == other.matched
            && self.values.len() == other.values.len()
            && self
                .values
                .iter()
                .zip(other.values.iter())
                .all(|(a, b)| a.0 == b.0 && a.1 == b.1)
    }
}

/// How many comparisons one rule may make in one function or item.
const BUDGET: u64 = 3_000_000;

/// More environments than this are not followed.
const MAX_BRANCHES: usize = 5_000;

impl Engine {
    /// Makes a patch ready. `defined` are the virtual rules that are switched on, `identifiers` the values of virtual
    /// identifiers.
    pub fn new(
        mut patch: SemanticPatch,
        defined: impl IntoIterator<Item = String>,
        identifiers: impl IntoIterator<Item = (String, String)>,
        disabled: &[String],
    ) -> Self {
        // They are part of the program; that they can be read is tested.
        let isos = iso::parse(iso::STANDARD.as_bytes()).unwrap_or_default();
        for rule in &mut patch.rules {
            if let Body::Match(body) = &mut rule.body {
                iso::widen(body, &isos, disabled);
            }
        }
        let mut wanted: FxHashSet<(String, String)> = FxHashSet::default();
        for rule in &patch.rules {
            match &rule.body {
                Body::Match(rule) => {
                    wanted.extend(rule.vars.iter().filter_map(|var| var.inherited.clone()));
                }
                Body::Script(script) => {
                    wanted.extend(
                        script
                            .inputs
                            .iter()
                            .map(|input| (input.rule.clone(), input.var.clone())),
                    );
                }
            }
        }
        let compiled = patch
            .rules
            .iter()
            .map(|rule| match &rule.body {
                Body::Match(body) => Some(prepare(rule, body, &wanted, disabled)),
                Body::Script(_) => None,
            })
            .collect();
        let mut names = Names::new();
        for rule in &patch.rules {
            if let Body::Match(body) = &rule.body {
                for name in &body.typedefs {
                    names.add_type(name.as_bytes());
                }
                for name in &body.attributes {
                    names.add_attribute(name.as_bytes());
                }
                for name in &body.iterators {
                    names.add_loop(name.as_bytes());
                }
            }
        }
        Self {
            patch,
            compiled,
            defined: defined.into_iter().collect(),
            identifiers: identifiers.into_iter().collect(),
            names,
        }
    }

    /// The rules.
    pub fn patch(&self) -> &SemanticPatch {
        &self.patch
    }

    /// Whether some rule could match a file with this text; cheap.
    pub fn may_match(&self, text: &[u8]) -> bool {
        let has_script = self
            .patch
            .rules
            .iter()
            .any(|rule| matches!(rule.body, Body::Script(_)));
        has_script
            || self.compiled.iter().flatten().any(|prepared| {
                prepared
                    .words
                    .iter()
                    .all(|word| memchr::memmem::find(text, word).is_some())
            })
    }

    /// Runs all rules on one file.
    pub fn run(&self, path: &str, text: Arc<[u8]>, scripts: &mut dyn Scripts) -> Outcome {
        let mut outcome = Outcome::default();
        if !self.may_match(&text) {
            return outcome;
        }
        let original = text.clone();
        let mut names = self.names.clone();
        let mut source = Source::new(path, text, &names);
        if learn(&source, &mut names) {
            source = Source::new(path, source.text, &names);
        }
        let mut branches = vec![Branch::default()];
        let mut ever: FxHashSet<String> = FxHashSet::default();
        let regexes = Regexes::default();
        for (rule, prepared) in self.patch.rules.iter().zip(&self.compiled) {
            match (&rule.body, prepared) {
                (Body::Script(script), _) if script.when == ScriptWhen::Rule => {
                    branches = self.script(rule, script, branches, &mut ever, path, scripts);
                }
                (Body::Match(body), Some(prepared)) => {
                    if prepared
                        .words
                        .iter()
                        .any(|word| memchr::memmem::find(&source.text, word).is_none())
                    {
                        continue;
                    }
                    let run = RuleRun {
                        engine: self,
                        rule,
                        body,
                        prepared,
                        source: &source,
                        regexes: &regexes,
                        path,
                        places: places(body, &branches),
                    };
                    let (next, result, offsets) = run.go(branches, &mut ever, &mut outcome);
                    branches = next;
                    if let Some(text) = result {
                        source = Source::new(path, text.into(), &names);
                        if let Some(offsets) = offsets {
                            for branch in &mut branches {
                                moved(branch, &offsets, &source);
                            }
                        }
                    }
                }
                _ => {}
            }
            if branches.len() > MAX_BRANCHES {
                outcome.remarks.push(format!(
                    "{path}: rule {}: more than {MAX_BRANCHES} sets of bindings; the rest is not followed",
                    rule.name
                ));
                branches.truncate(MAX_BRANCHES);
            }
        }
        if *source.text != *original {
            outcome.text = Some(source.text.to_vec());
        }
        outcome.starred.sort_unstable();
        outcome.starred.dedup();
        outcome
    }

    fn holds(&self, depends: &Depends, branch: &Branch, ever: &FxHashSet<String>, path: &str) -> bool {
        match depends {
            Depends::On(name) => branch.matched.contains(name) || self.defined.contains(name),
            Depends::Not(inner) => !self.holds(inner, branch, ever, path),
            Depends::Ever(name) => ever.contains(name) || self.defined.contains(name),
            Depends::Never(name) => !ever.contains(name) && !self.defined.contains(name),
            Depends::And(left, right) => {
                self.holds(left, branch, ever, path) && self.holds(right, branch, ever, path)
            }
            Depends::Or(left, right) => {
                self.holds(left, branch, ever, path) || self.holds(right, branch, ever, path)
            }
            Depends::FileIn(place) => {
                let folder = format!("{}/", place.trim_end_matches('/'));
                path == place || path.starts_with(&folder) || path.contains(&format!("/{folder}"))
            }
            Depends::Forall(inner) => self.holds(inner, branch, ever, path),
        }
    }

    fn script(
        &self,
        rule: &Rule,
        script: &Script,
        branches: Vec<Branch>,
        ever: &mut FxHashSet<String>,
        path: &str,
        scripts: &mut dyn Scripts,
    ) -> Vec<Branch> {
        let mut next: Vec<Branch> = Vec::new();
        let mut done: Vec<(Values, Option<Values>)> = Vec::new();
        for branch in branches {
            if rule
                .depends
                .as_ref()
                .is_some_and(|depends| !self.holds(depends, &branch, ever, path))
            {
                push_new(&mut next, branch);
                continue;
            }
            let inputs: Option<Vec<(String, Value)>> = script
                .inputs
                .iter()
                .map(|input| {
                    let value = if input.rule == "virtual" {
                        self.identifiers.get(&input.var).map(|text| made(text.as_bytes()))
                    } else {
                        branch
                            .values
                            .get(&(input.rule.clone(), input.var.clone()))
                            .cloned()
                    };
                    let value = value.or_else(|| input.default.as_ref().map(|text| made(text.as_bytes())));
                    value.map(|value| (input.name.clone(), value))
                })
                .collect();
            let Some(inputs) = inputs else {
                push_new(&mut next, branch);
                continue;
            };
            let known = done
                .iter()
                .find(|(other, _)| *other == inputs)
                .map(|(_, result)| result.clone());
            let result = match known {
                Some(result) => result,
                None => {
                    let result = scripts.run(rule, script, &inputs);
                    done.push((inputs, result.clone()));
                    result
                }
            };
            let Some(outputs) = result else { continue };
            let mut branch = branch;
            for (name, value) in outputs {
                Rc::make_mut(&mut branch.values).insert((rule.name.clone(), name), value);
            }
            Rc::make_mut(&mut branch.matched).insert(rule.name.clone());
            ever.insert(rule.name.clone());
            push_new(&mut next, branch);
        }
        next
    }
}

/// A value made of a text.
pub fn made(text: &[u8]) -> Value {
    Value::Code(Rc::new(Code::made(text)))
}

fn push_new(list: &mut Vec<Branch>, branch: Branch) {
    if !list.contains(&branch) {
        list.push(branch);
    }
}

fn prepare(
    rule: &Rule,
    body: &MatchRule,
    wanted: &FxHashSet<(String, String)>,
    disabled: &[String],
) -> Prepared {
    let exported: FxHashSet<VarId> = body
        .vars
        .iter()
        .enumerate()
        .filter(|(_, var)| var.inherited.is_none() && wanted.contains(&(rule.name.clone(), var.name.clone())))
        .map(|(index, _)| index as VarId)
        .collect();
    let pattern: Vec<Node> = body.pattern.clone();
    Prepared {
        words: super::words::required(body, &pattern),
        compiled: compile(body, &pattern, &exported),
        exported,
        disabled: body.disable.iter().chain(disabled).cloned().collect(),
    }
}

/// Learns the types that a file defines; says whether there were any that it needs.
fn learn(source: &Source, names: &mut Names) -> bool {
    let tree = &source.tree;
    let mut found = false;
    for id in tree.descendants(NodeId::ROOT) {
        if tree.kind(id) != SyntaxKind::Declaration {
            continue;
        }
        let Some(specifiers) = tree.child(id, SyntaxKind::Specifiers) else {
            continue;
        };
        if tree.own_token(specifiers, SyntaxKind::KwTypedef).is_none() {
            continue;
        }
        for item in tree
            .children(id)
            .filter(|&item| tree.kind(item) == SyntaxKind::InitDeclarator)
        {
            let name = std::iter::once(item)
                .chain(tree.descendants(item))
                .find(|&id| tree.kind(id) == SyntaxKind::NameDeclarator)
                .and_then(|id| tree.own_token(id, SyntaxKind::Ident));
            if let Some(name) = name {
                let name = source.token(name);
                if !names.is_type(name) {
                    names.add_type(name);
                    found = true;
                }
            }
        }
    }
    found
}

/// The values that positions of other rules have in any environment.
fn places(rule: &MatchRule, branches: &[Branch]) -> FxHashMap<VarId, Vec<Value>> {
    let used = super::words::used_vars(rule);
    let mut all = FxHashMap::default();
    for (index, var) in rule.vars.iter().enumerate() {
        let Some(key) = &var.inherited else { continue };
        if used.contains(&(index as VarId)) {
            continue;
        }
        let mut list: Vec<Value> = Vec::new();
        let mut is_place = matches!(var.kind, MetaKind::Position { .. });
        for value in branches.iter().filter_map(|branch| branch.values.get(key)) {
            is_place |= matches!(value, Value::Place(_));
            if !list.contains(value) {
                list.push(value.clone());
            }
        }
        if is_place || list.is_empty() {
            all.insert(index as VarId, list);
        }
    }
    all
}

/// Places of the old text in the new one.
fn moved(branch: &mut Branch, offsets: &Offsets, source: &Source) {
    if !branch
        .values
        .values()
        .any(|value| matches!(value, Value::Place(_)))
    {
        return;
    }
    let values = Rc::make_mut(&mut branch.values);
    for value in values.values_mut() {
        if let Value::Place(place) = value {
            let mut new: Place = (**place).clone();
            match (offsets.token(place.start), offsets.end(place.end)) {
                (Some(start), Some(end)) => {
                    new.start = start;
                    new.end = end;
                    let _ = source;
                }
                // What was there is gone; nothing stands at this place.
                _ => (new.start, new.end) = (u32::MAX, u32::MAX),
            }
            *value = Value::Place(Rc::new(new));
        }
    }
}

struct RuleRun<'a> {
    engine: &'a Engine,
    rule: &'a Rule,
    body: &'a MatchRule,
    prepared: &'a Prepared,
    source: &'a Source,
    regexes: &'a Regexes,
    path: &'a str,
    /// For each position of another rule that constraints speak of: all its values.
    places: FxHashMap<VarId, Vec<Value>>,
}

/// What a rule found under one environment.
#[derive(Default)]
struct Matches {
    /// The exported bindings of each match.
    envs: Vec<Env>,
    changes: Vec<(Trail, Env)>,
}

impl RuleRun<'_> {
    /// Runs the rule under all environments; gives the new ones, and the new text if there is one.
    fn go(
        &self,
        branches: Vec<Branch>,
        ever: &mut FxHashSet<String>,
        outcome: &mut Outcome,
    ) -> (Vec<Branch>, Option<Vec<u8>>, Option<Offsets>) {
        let types = Types::new(self.source);
        let mut ways: Option<Vec<Ways>> = None;
        let mut next: Vec<Branch> = Vec::new();
        let mut done: Vec<(Env, Rc<Matches>)> = Vec::new();
        let mut changes: Vec<(Trail, Env)> = Vec::new();
        let ever_before = ever.clone();
        let all = branches.clone();
        for branch in branches {
            let runs = self
                .rule
                .depends
                .as_ref()
                .is_none_or(|depends| self.engine.holds(depends, &branch, &ever_before, self.path));
            let env = if runs { self.inherited(&branch) } else { None };
            let Some(env) = env else {
                push_new(&mut next, branch);
                continue;
            };
            let known = done
                .iter()
                .find(|(other, _)| *other == env)
                .map(|(_, matches)| matches.clone());
            let matches = match known {
                Some(matches) => matches,
                None => {
                    let matches = Rc::new(self.matches(&env, &all, &types, &mut ways, outcome));
                    changes.extend(matches.changes.iter().cloned());
                    done.push((env, matches.clone()));
                    matches
                }
            };
            if matches.envs.is_empty() {
                push_new(&mut next, branch);
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
                push_new(&mut next, new);
            }
        }
        if self.body.starred {
            for (trail, _) in &changes {
                for pair in trail.iter() {
                    for token in pair.span.first..pair.span.end {
                        if !self.source.token_kind(token as usize).is_trivia() {
                            let start = self.source.tree.tokens().start(token as usize);
                            outcome.starred.push(self.source.lines.line_column(start).line);
                        }
                    }
                }
            }
            return (next, None, None);
        }
        if changes.is_empty() {
            return (next, None, None);
        }
        let rewritten = rewrite(self.body, self.source, &changes);
        for line in rewritten.conflicts {
            outcome.remarks.push(format!(
                "{}:{line}: rule {}: two matches add different code at this place; only the first one is done (`++` allows several)",
                self.path, self.rule.name
            ));
        }
        (next, rewritten.text, Some(rewritten.offsets))
    }

    /// The bindings that the rule takes over; `None` if one of them is missing.
    fn inherited(&self, branch: &Branch) -> Option<Env> {
        let mut env = Env::default();
        let used = super::words::used_vars(self.body);
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

    /// Whether a metavariable that only constraints speak of holds code, so that its value in this environment counts.
    fn is_operand_of_code(&self, var: VarId) -> bool {
        !self.places.contains_key(&var)
    }

    /// Of the places that constraints speak of, those that go with these bindings.
    fn places_under(&self, env: &Env, branches: &[Branch]) -> FxHashMap<VarId, Vec<Value>> {
        let mut places: FxHashMap<VarId, Vec<Value>> =
            self.places.keys().map(|&var| (var, Vec::new())).collect();
        if places.is_empty() {
            return places;
        }
        for branch in branches {
            if self.inherited(branch).as_ref() != Some(env) {
                continue;
            }
            for (var, list) in &mut places {
                let key = self.body.vars[*var as usize].inherited.as_ref();
                if let Some(value) = key.and_then(|key| branch.values.get(key))
                    && !list.contains(value)
                {
                    list.push(value.clone());
                }
            }
        }
        places
    }

    /// Constraints on what is inherited.
    fn constraints_hold(&self, var: VarId, value: &Value, env: &Env) -> bool {
        let is = |operand: &Operand| match operand {
            Operand::Text(text) => value.key() == text.as_bytes(),
            Operand::Var(other) if self.places.contains_key(other) => self.places[other].contains(value),
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

    fn matches(
        &self,
        env: &Env,
        branches: &[Branch],
        types: &Types,
        ways: &mut Option<Vec<Ways>>,
        outcome: &mut Outcome,
    ) -> Matches {
        let budget = Cell::new(BUDGET);
        let unsupported = Cell::new(false);
        let places = self.places_under(env, branches);
        let fitter = Fitter {
            rule: self.body,
            source: self.source,
            types,
            disabled: &self.prepared.disabled,
            regexes: self.regexes,
            places: &places,
            unsupported: &unsupported,
            budget: &budget,
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
            for id in std::iter::once(NodeId::ROOT).chain(tree.descendants(NodeId::ROOT)) {
                budget.set(budget.get().max(20_000));
                for hit in fitter.lone(only, id, &start) {
                    self.found(&mut matches, hit);
                }
            }
        } else {
            let ways = ways.get_or_insert_with(|| all_ways(self.source));
            for way in ways.iter() {
                budget.set(BUDGET);
                let mut checker = Checker::new(&fitter, way, &self.prepared.compiled);
                for state in 0..way.states.len() as u32 {
                    let found = checker.at(state, env);
                    for found in found.iter() {
                        let changes = checker.harvest(found);
                        matches.changes.extend(changes);
                        let env = found.env.without(|var| var as usize >= self.body.vars.len());
                        if !matches.envs.contains(&env) {
                            matches.envs.push(env);
                        }
                    }
                }
                if checker.bounded {
                    outcome.remarks.push(format!(
                        "{}: rule {}: the search was cut off in a function that is too large for it",
                        self.path, self.rule.name
                    ));
                }
            }
        }
        if unsupported.get() {
            outcome.remarks.push(format!(
                "{}: rule {}: constraints by scripts are not checked yet",
                self.path, self.rule.name
            ));
        }
        let keep = |var: VarId| self.prepared.exported.contains(&var);
        let fresh = super::words::seeds(self.body, &self.prepared.exported);
        for env in &mut matches.envs {
            *env = env.without(|var| !keep(var) && !fresh.contains(&var));
        }
        let mut unique: Vec<Env> = Vec::new();
        for env in matches.envs.drain(..) {
            if !unique.contains(&env) {
                unique.push(env);
            }
        }
        matches.envs = unique;
        matches
    }

    fn found(&self, matches: &mut Matches, hit: Hit) {
        if !matches.envs.contains(&hit.env) {
            matches.envs.push(hit.env.clone());
        }
        if !hit.trail.is_empty() {
            matches.changes.push((hit.trail, hit.env));
        }
    }
}

/// The ways through all functions and items of a file.
fn all_ways(source: &Source) -> Vec<Ways> {
    let tree = &source.tree;
    let mut list: Vec<Ways> = functions(tree)
        .map(|function| Ways::of_function(source, function))
        .collect();
    for id in tree.descendants(NodeId::ROOT) {
        let kind = tree.kind(id);
        let at_top = tree.parent(id).is_some_and(|up| {
            matches!(
                tree.kind(up),
                SyntaxKind::SourceFile | SyntaxKind::InactiveBranch | SyntaxKind::LinkageBlock
            )
        });
        let is_item = kind.is_directive()
            || at_top
                && matches!(
                    kind,
                    SyntaxKind::Declaration | SyntaxKind::MacroItem | SyntaxKind::ExprStmt
                );
        if is_item {
            list.push(Ways::of_item(id));
        }
    }
    list
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
