//! What can be said of a rule without looking at any code: the words that a file needs, the metavariables in use.

use rustc_hash::FxHashSet;

use crate::smpl::pattern::{Element, Node, When};
use crate::smpl::{MatchRule, MetaKind, Seed, SeedPart, VarId};
use crate::syntax::SyntaxKind::*;

use super::worth::Needs;

/// What the text of a file, and of a function that matches, must hold.
pub fn required(rule: &MatchRule, pattern: &[Node]) -> Needs {
    let mut groups = Vec::new();
    for node in pattern {
        collect(rule, node, &mut groups);
    }
    groups.sort();
    groups.dedup();
    Needs(groups)
}

fn collect(rule: &MatchRule, node: &Node, groups: &mut Vec<Vec<Vec<u8>>>) {
    if node.kind == PatternDisj && node.derived {
        // All forms have the words of the first one, but for those that isomorphisms take away.
        if let Some(first) = node.children().next() {
            collect(rule, first, groups);
        }
        return;
    }
    if node.kind == PatternDisj && !node.is_conjunction() {
        // One word of each branch: a text without all of them fits no branch.
        let mut group = Vec::new();
        for branch in node.children() {
            let mut inner = Vec::new();
            collect(rule, branch, &mut inner);
            let Some(best) = inner.into_iter().min_by_key(Vec::len) else {
                return;
            };
            group.extend(best);
        }
        if group.len() <= 64 {
            group.sort();
            group.dedup();
            groups.push(group);
        }
        return;
    }
    if may_be_missing(rule, node) {
        return;
    }
    for element in &node.elements {
        match element {
            Element::Node(child) => collect(rule, child, groups),
            Element::Token(token)
                if token.kind == Ident && token.var.is_none() && !is_implicit(&token.text) =>
            {
                groups.push(vec![token.text.to_vec()]);
            }
            Element::Token(token) if token.kind == String && !token.text.contains(&b'@') => {
                groups.push(vec![token.text.to_vec()]);
            }
            Element::Token(_) => {}
        }
    }
}

/// Words for which isomorphisms allow something else.
fn is_implicit(word: &[u8]) -> bool {
    matches!(word, b"NULL" | b"true" | b"false" | b"likely" | b"unlikely")
}

/// The metavariables whose values each match holds, as code or as a place in it.
pub fn held(rule: &MatchRule, pattern: &[Node]) -> FxHashSet<VarId> {
    let mut all = FxHashSet::default();
    for node in pattern {
        hold(rule, node, &mut all);
    }
    all
}

fn hold(rule: &MatchRule, node: &Node, all: &mut FxHashSet<VarId>) {
    if node.kind == PatternDisj && !node.is_conjunction() {
        let branches = node.children().map(|branch| {
            let mut inner = FxHashSet::default();
            hold(rule, branch, &mut inner);
            inner
        });
        all.extend(
            branches
                .reduce(|common, other| &common & &other)
                .unwrap_or_default(),
        );
        return;
    }
    if may_be_missing(rule, node) {
        return;
    }
    for element in &node.elements {
        match element {
            Element::Node(child) => hold(rule, child, all),
            Element::Token(token) => {
                all.extend(token.var);
                if let Some(info) = rule.tokens.get(token.info as usize) {
                    all.extend(info.attached.iter().copied());
                }
            }
        }
    }
}

/// Whether a match may do without a node: it is a nest that may be empty, or optional.
fn may_be_missing(rule: &MatchRule, node: &Node) -> bool {
    if node.kind == PatternNest {
        return !node
            .own_token(NestOpen)
            .is_some_and(|token| token.text.contains(&b'+'));
    }
    node.tokens().first().is_some_and(|token| {
        rule.tokens
            .get(token.info as usize)
            .is_some_and(|info| info.optional)
    })
}

/// The metavariables that a rule needs a value of.
pub fn used_vars(rule: &MatchRule) -> FxHashSet<VarId> {
    let mut used = FxHashSet::default();
    for node in &rule.pattern {
        vars_of(rule, node, &mut used);
    }
    for when in &rule.whens {
        let nodes = match when {
            When::Not(nodes) | When::Only(nodes) | When::NotTrue(nodes) | When::NotFalse(nodes) => nodes,
            _ => continue,
        };
        for node in nodes {
            vars_of(rule, node, &mut used);
        }
    }
    for plus in &rule.plus {
        for token in &plus.tokens {
            if let Some(var) = token.var {
                used.insert(var);
                seed_vars(rule, var, &mut used);
            }
        }
    }
    // A type of another rule in the type of a metavariable that is used.
    let direct: Vec<VarId> = used.iter().copied().collect();
    for var in direct {
        type_vars(&rule.vars[var as usize].kind, &mut used);
    }
    used
}

fn type_vars(kind: &MetaKind, used: &mut FxHashSet<VarId>) {
    use crate::smpl::{TypeSpec, TypeWord};
    fn of(spec: &TypeSpec, used: &mut FxHashSet<VarId>) {
        match spec {
            TypeSpec::Choice(list) => list.iter().for_each(|spec| of(spec, used)),
            TypeSpec::Words(words) => used.extend(words.iter().filter_map(|word| match word {
                TypeWord::Var(var) => Some(*var),
                TypeWord::Word(_) => None,
            })),
            TypeSpec::Pointer(inner) | TypeSpec::Array(inner) => of(inner, used),
            TypeSpec::Any => {}
        }
    }
    match kind {
        MetaKind::Expression(Some(spec))
        | MetaKind::IdExpression(_, Some(spec))
        | MetaKind::Constant(Some(spec)) => {
            of(spec, used);
        }
        _ => {}
    }
}

fn seed_vars(rule: &MatchRule, var: VarId, used: &mut FxHashSet<VarId>) {
    if let MetaKind::Fresh(Seed::Parts(parts)) = &rule.vars[var as usize].kind {
        used.extend(parts.iter().filter_map(|part| match part {
            SeedPart::Var(var) => Some(*var),
            SeedPart::Text(_) => None,
        }));
    }
}

fn vars_of(rule: &MatchRule, node: &Node, used: &mut FxHashSet<VarId>) {
    node.each_token(&mut |token| {
        used.extend(token.var);
        if let Some(info) = rule.tokens.get(token.info as usize) {
            used.extend(info.attached.iter().copied());
        }
    });
}

/// The metavariables that exported fresh identifiers are made of.
pub fn seeds(rule: &MatchRule, exported: &FxHashSet<VarId>) -> FxHashSet<VarId> {
    let mut list = FxHashSet::default();
    for &var in exported {
        seed_vars(rule, var, &mut list);
    }
    list
}
