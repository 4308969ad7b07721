//! The rules of a semantic patch, one after the other, on one file.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::smpl::iso;
use crate::smpl::pattern::Node;
use crate::smpl::{
    Body, Constraint, Depends, MatchRule, MetaKind, Operand, Quantifier, Rule, Script, ScriptCode,
    ScriptWhen, SemanticPatch, VarId,
};
use crate::syntax::{Names, NodeId, SyntaxKind};

use super::branch::{Branch, Branches};
use super::compile::compile;
use super::explain::Explained;
use super::formula::Compiled;
use super::regexes::Regexes;
use super::rewrite::Offsets;
use super::run::RuleRun;
use super::site::Site;
use super::source::Source;
use super::types::{Declarations, Types};
use super::value::{Code, Place, Value};
use super::worth::{Needs, Worth};

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

    /// Whether a constraint holds for these values.
    fn holds(&mut self, constraint: &ScriptCode, values: &[(String, Value)]) -> bool;
}

/// What checks constraints that are scripts, for those who only read.
pub(super) trait Conditions {
    /// Whether a constraint holds for these values.
    fn hold(&self, constraint: &ScriptCode, values: &[(String, Value)]) -> bool;
}

impl Conditions for RefCell<&mut dyn Scripts> {
    fn hold(&self, constraint: &ScriptCode, values: &[(String, Value)]) -> bool {
        // The engine asks from one place at a time.
        self.try_borrow_mut()
            .is_ok_and(|mut scripts| scripts.holds(constraint, values))
    }
}

/// No scripts are run.
#[derive(Debug, Default)]
pub struct NoScripts;

impl Scripts for NoScripts {
    fn run(&mut self, _: &Rule, _: &Script, _: &[(String, Value)]) -> Option<Vec<(String, Value)>> {
        Some(Vec::new())
    }

    fn holds(&mut self, _: &ScriptCode, _: &[(String, Value)]) -> bool {
        false
    }
}

/// The isomorphisms that rules get.
#[derive(Debug, Default)]
pub struct Isos {
    /// Those of all rules.
    pub general: Vec<iso::Iso>,
    /// Those of rules that name a file with `using`, by its name as it is written there.
    pub named: FxHashMap<String, Vec<iso::Iso>>,
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
    pub(super) identifiers: FxHashMap<String, String>,
    names: Names,
    worth: Worth,
    headers: Option<Box<dyn Headers>>,
}

#[derive(Debug)]
pub(super) struct Prepared {
    pub compiled: Compiled,
    pub exported: FxHashSet<VarId>,
    /// Exported positions that other rules only exclude: all of them count at once, so they need no branches of their own.
    pub excluded: Vec<VarId>,
    /// What a file, and a function in it, must hold.
    pub needs: Needs,
    /// Metavariables of other rules whose values each match holds.
    pub held: Vec<VarId>,
    /// Metavariables that the rule needs a value of.
    pub used: FxHashSet<VarId>,
    pub disabled: Vec<String>,
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

/// What goes from rule to rule.
#[derive(Default)]
struct State {
    branches: Vec<Branch>,
    /// Rules that matched in some environment.
    ever: FxHashSet<String>,
    regexes: Regexes,
    outcome: Outcome,
    /// The line that somebody asks about, and what the rules have to do with it.
    line: Option<u32>,
    explained: Vec<Explained>,
}

/// Finds the headers that a file includes.
pub trait Headers: Send + Sync + std::fmt::Debug {
    /// What the headers of a file with this path and text declare.
    fn of(&self, path: &str, text: &[u8]) -> Vec<Arc<Declarations>>;
}

/// What a header declares for those that include it.
pub fn declarations(path: &str, text: Arc<[u8]>) -> Declarations {
    let mut names = Names::new();
    let mut source = Source::new(path, text, &names);
    if learn(&source, &mut names) {
        source = Source::new(path, source.text, &names);
    }
    Types::new(&source, &[]).exported()
}

/// More environments than this are not followed.
const MAX_BRANCHES: usize = 5_000;

impl Engine {
    /// Makes a patch ready. `defined` are the virtual rules that are switched on, `identifiers` the values of virtual
    /// identifiers.
    pub fn new(
        patch: SemanticPatch,
        defined: impl IntoIterator<Item = String>,
        identifiers: impl IntoIterator<Item = (String, String)>,
        disabled: &[String],
    ) -> Self {
        // They are part of the program; that they can be read is tested.
        let standard = Isos {
            general: iso::parse(iso::STANDARD.as_bytes()).unwrap_or_default(),
            named: FxHashMap::default(),
        };
        Self::with_isos(patch, defined, identifiers, disabled, &standard)
    }

    /// As [`Self::new`], with isomorphisms of the user's.
    pub fn with_isos(
        mut patch: SemanticPatch,
        defined: impl IntoIterator<Item = String>,
        identifiers: impl IntoIterator<Item = (String, String)>,
        disabled: &[String],
        isos: &Isos,
    ) -> Self {
        for rule in &mut patch.rules {
            if let Body::Match(body) = &mut rule.body {
                let wanted = patch.isos.iter().chain(&body.using);
                let more = wanted.filter_map(|file| isos.named.get(file)).flatten();
                let list: Vec<iso::Iso> = isos.general.iter().chain(more).cloned().collect();
                iso::widen(body, &list, disabled);
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
        let defined: FxHashSet<String> = defined.into_iter().collect();
        let own: Vec<Option<Needs>> = patch
            .rules
            .iter()
            .map(|rule| match &rule.body {
                Body::Match(body) => Some(super::words::required(body, &body.pattern)),
                Body::Script(_) => None,
            })
            .collect();
        let worth = Worth::new(&patch.rules, &patch.virtuals, &defined, &own);
        // Where lines are marked, one way is enough, also for the rules that prepare it: spatch does the same.
        let marks = |(index, rule): (usize, &Rule)| {
            worth.possible[index] && matches!(&rule.body, Body::Match(body) if body.starred)
        };
        let quantifier = if patch.rules.iter().enumerate().any(marks) {
            Quantifier::Exists
        } else {
            Quantifier::Forall
        };
        let needed = needed(&patch.rules);
        let compiled = patch
            .rules
            .iter()
            .zip(own)
            .map(|(rule, needs)| match &rule.body {
                Body::Match(body) => Some(prepare(
                    rule, body, needs?, quantifier, &wanted, &needed, disabled,
                )),
                Body::Script(_) => None,
            })
            .collect();
        Self {
            worth,
            patch,
            compiled,
            defined,
            identifiers: identifiers.into_iter().collect(),
            names,
            headers: None,
        }
    }

    /// Types come from headers, too.
    #[must_use]
    pub fn with_headers(self, headers: Option<Box<dyn Headers>>) -> Self {
        Self { headers, ..self }
    }

    /// The rules.
    pub fn patch(&self) -> &SemanticPatch {
        &self.patch
    }

    /// Whether the virtual rules that are switched on let a rule run, by its number.
    pub fn is_possible(&self, rule: usize) -> bool {
        self.worth.possible.get(rule).copied().unwrap_or(false)
    }

    /// The value of a virtual identifier.
    pub fn identifier(&self, name: &str) -> Option<&str> {
        self.identifiers.get(name).map(String::as_str)
    }

    /// Whether some rule could match a file with this text; cheap.
    pub fn may_match(&self, text: &[u8]) -> bool {
        self.worth.is_met(text)
    }

    /// Runs all rules on one file.
    pub fn run(&self, path: &str, text: Arc<[u8]>, scripts: &mut dyn Scripts) -> Outcome {
        self.run_asked(path, text, scripts, None).0
    }

    /// As [`Self::run`]; and says what the rules have to do with a line, up to the first one that changes the text.
    pub(super) fn run_asked(
        &self,
        path: &str,
        text: Arc<[u8]>,
        scripts: &mut dyn Scripts,
        line: Option<u32>,
    ) -> (Outcome, Vec<Explained>) {
        let mut state = State {
            branches: vec![Branch::default()],
            line,
            ..State::default()
        };
        if line.is_none() && !self.may_match(&text) {
            return (state.outcome, state.explained);
        }
        let original = text.clone();
        let mut names = self.names.clone();
        let found = self.headers.as_ref().map(|headers| headers.of(path, &text));
        let headers = found.unwrap_or_default();
        for name in headers.iter().flat_map(|header| header.typedefs()) {
            names.add_type(name);
        }
        let mut source = Source::new(path, text, &names);
        if learn(&source, &mut names) {
            source = Source::new(path, source.text, &names);
        }
        for (name, line, function) in source.unread() {
            if self.may_match(source.tree.text(function, &source.text)) {
                state.outcome.remarks.push(format!(
                    "{path}:{line}: a part of {name}() can't be parsed, and no rule sees it"
                ));
            }
        }
        let mut next = 0;
        // Rules that change the text give way to a new tree; the others share what was found out about it.
        while let Some((text, offsets, rule)) =
            self.run_until_change(&source, &headers, next, &mut state, path, scripts)
        {
            source = Source::new(path, text.into(), &names);
            for branch in &mut state.branches {
                moved(branch, &offsets);
            }
            next = rule + 1;
            state.line = None;
        }
        let mut outcome = state.outcome;
        if *source.text != *original {
            outcome.text = Some(source.text.to_vec());
        }
        outcome.starred.sort_unstable();
        outcome.starred.dedup();
        (outcome, state.explained)
    }

    /// Runs the rules from the one with the number `from` on, up to one that changes the text.
    fn run_until_change(
        &self,
        source: &Source,
        headers: &[Arc<Declarations>],
        from: usize,
        state: &mut State,
        path: &str,
        scripts: &mut dyn Scripts,
    ) -> Option<(Vec<u8>, Offsets, usize)> {
        let scripts = RefCell::new(scripts);
        let site = Site::new(source, headers);
        for index in from..self.patch.rules.len() {
            let (rule, prepared) = (&self.patch.rules[index], &self.compiled[index]);
            if !self.worth.possible[index] {
                continue;
            }
            match (&rule.body, prepared) {
                (Body::Script(script), _) if script.when == ScriptWhen::Rule => {
                    let branches = std::mem::take(&mut state.branches);
                    let mut scripts = scripts.borrow_mut();
                    state.branches =
                        self.script(rule, script, branches, &mut state.ever, path, &mut **scripts);
                }
                (Body::Match(body), Some(prepared)) => {
                    if state.line.is_none() && !prepared.needs.are_met(&source.text) {
                        continue;
                    }
                    let run = RuleRun {
                        conditions: &scripts,
                        engine: self,
                        rule,
                        body,
                        prepared,
                        site: &site,
                        source,
                        regexes: &state.regexes,
                        path,
                        places: places(body, &state.branches),
                    };
                    if let Some(line) = state.line {
                        let fate = run.explain(&state.branches, &state.ever, line);
                        state.explained.push(Explained { rule: index, fate });
                    }
                    let branches = std::mem::take(&mut state.branches);
                    let (next, text, offsets) = run.go(branches, &mut state.ever, &mut state.outcome);
                    state.branches = next;
                    if let Some(text) = text {
                        return Some((text, offsets.unwrap_or_default(), index));
                    }
                }
                _ => {}
            }
            if state.branches.len() > MAX_BRANCHES {
                state.outcome.remarks.push(format!(
                    "{path}: rule {}: more than {MAX_BRANCHES} sets of bindings; the rest is not followed",
                    rule.name
                ));
                state.branches.truncate(MAX_BRANCHES);
            }
        }
        None
    }

    pub(super) fn holds(
        &self,
        depends: &Depends,
        branch: &Branch,
        ever: &FxHashSet<String>,
        path: &str,
    ) -> bool {
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
        let mut next = Branches::default();
        let mut done: FxHashMap<Values, Option<Values>> = FxHashMap::default();
        for branch in branches {
            if rule
                .depends
                .as_ref()
                .is_some_and(|depends| !self.holds(depends, &branch, ever, path))
            {
                next.push(branch);
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
                next.push(branch);
                continue;
            };
            let result = match done.get(&inputs) {
                Some(result) => result.clone(),
                None => {
                    let result = scripts.run(rule, script, &inputs);
                    done.insert(inputs, result.clone());
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
            next.push(branch);
        }
        next.into_list()
    }
}

/// A value made of a text.
pub fn made(text: &[u8]) -> Value {
    Value::Code(Rc::new(Code::made(text)))
}

/// The metavariables whose single values some other rule needs; the others are only compared with.
fn needed(rules: &[Rule]) -> FxHashSet<(String, String)> {
    let mut all = FxHashSet::default();
    for rule in rules {
        match &rule.body {
            Body::Match(body) => {
                let used = super::words::used_vars(body);
                let one_of = |wanted: VarId| {
                    let lists = body.vars.iter().flat_map(|var| &var.constraints);
                    lists.into_iter().any(|constraint| match constraint {
                        Constraint::NoneOf(_) | Constraint::Regex { .. } => false,
                        Constraint::OneOf(list) => list.contains(&Operand::Var(wanted)),
                        Constraint::PartOf(list) => list.contains(&wanted),
                        Constraint::Script(script) => script.params.contains(&wanted),
                    })
                };
                for (index, var) in body.vars.iter().enumerate() {
                    let is_needed = used.contains(&(index as VarId)) || one_of(index as VarId);
                    all.extend(var.inherited.clone().filter(|_| is_needed));
                }
            }
            Body::Script(script) => {
                let inputs = script.inputs.iter();
                all.extend(inputs.map(|input| (input.rule.clone(), input.var.clone())));
            }
        }
    }
    all
}

fn prepare(
    rule: &Rule,
    body: &MatchRule,
    needs: Needs,
    quantifier: Quantifier,
    wanted: &FxHashSet<(String, String)>,
    needed: &FxHashSet<(String, String)>,
    disabled: &[String],
) -> Prepared {
    let exported: FxHashSet<VarId> = body
        .vars
        .iter()
        .enumerate()
        .filter(|(_, var)| var.inherited.is_none() && wanted.contains(&(rule.name.clone(), var.name.clone())))
        .map(|(index, _)| index as VarId)
        .collect();
    let excluded = exported
        .iter()
        .copied()
        .filter(|&var| {
            let declared = &body.vars[var as usize];
            matches!(declared.kind, MetaKind::Position { .. })
                && !needed.contains(&(rule.name.clone(), declared.name.clone()))
        })
        .collect();
    let pattern: Vec<Node> = body.pattern.clone();
    let is_inherited = |var: &VarId| body.vars[*var as usize].inherited.is_some();
    Prepared {
        needs,
        held: super::words::held(body, &pattern)
            .into_iter()
            .filter(is_inherited)
            .collect(),
        used: super::words::used_vars(body),
        compiled: compile(body, &pattern, &exported, quantifier),
        exported,
        excluded,
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
    let is_excluded = |wanted: VarId| {
        rule.vars.iter().flat_map(|var| &var.constraints).any(|constraint| {
            matches!(constraint, Constraint::NoneOf(list) if list.contains(&Operand::Var(wanted)))
        })
    };
    for (index, var) in rule.vars.iter().enumerate() {
        let Some(key) = &var.inherited else { continue };
        // One that is used too (`position p1 != r.p; position any r.p;`) has all its values where it is excluded.
        let is_position = matches!(var.kind, MetaKind::Position { .. });
        if used.contains(&(index as VarId)) && !(is_position && is_excluded(index as VarId)) {
            continue;
        }
        let mut list: Vec<Value> = Vec::new();
        let mut is_place = matches!(var.kind, MetaKind::Position { .. });
        for value in branches.iter().filter_map(|branch| branch.values.get(key)) {
            is_place |= matches!(value, Value::Places(_));
            for value in value.each() {
                if !list.contains(&value) {
                    list.push(value);
                }
            }
        }
        if is_place || list.is_empty() {
            all.insert(index as VarId, list);
        }
    }
    all
}

/// Places of the old text in the new one.
fn moved(branch: &mut Branch, offsets: &Offsets) {
    if !branch
        .values
        .values()
        .any(|value| matches!(value, Value::Places(_)))
    {
        return;
    }
    let values = Rc::make_mut(&mut branch.values);
    for value in values.values_mut() {
        if let Value::Places(places) = value {
            *value = Value::Places(places.iter().map(|place| moved_place(place, offsets)).collect());
        }
    }
}

fn moved_place(place: &Place, offsets: &Offsets) -> Place {
    let (start, end) = match (offsets.token(place.start), offsets.end(place.end)) {
        (Some(start), Some(end)) => (start, end),
        // What was there is gone; nothing stands at this place.
        _ => (u32::MAX, u32::MAX),
    };
    Place {
        start,
        end,
        ..place.clone()
    }
}
