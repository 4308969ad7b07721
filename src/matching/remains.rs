//! What is left of declarations whose types and names are gone.

use crate::smpl::MatchRule;
use crate::smpl::pattern::Mark;
use crate::syntax::{NodeId, SyntaxKind::*, lex};
use rustc_hash::FxHashMap;

use super::rewrite::{Change, Side, Writer};
use super::source::Source;

impl Writer<'_> {
    /// A declaration whose names are all gone goes as a whole.
    pub(super) fn shared_declarations(&mut self) {
        let tree = &self.source.tree;
        for id in tree.descendants(NodeId::ROOT) {
            if !matches!(tree.kind(id), Declaration | Field) {
                continue;
            }
            let items = names(self.source, id);
            if items.len() < 2 {
                continue;
            }
            for &item in &items {
                self.alone(item);
            }
            if items.iter().all(|&item| self.is_gone(item)) {
                self.take(id);
            }
        }
    }

    fn range(&self, id: NodeId) -> std::ops::Range<usize> {
        let span = self.source.span(id);
        span.first as usize..span.end as usize
    }

    fn is_gone(&self, id: NodeId) -> bool {
        self.range(id)
            .all(|at| self.gone[at] || self.kind(at).is_trivia())
    }

    fn take(&mut self, id: NodeId) {
        let range = self.range(id);
        self.gone[range].fill(true);
    }

    /// Attributes of a name that is gone go, too.
    fn alone(&mut self, item: NodeId) {
        let is_touched = self.range(item).any(|at| self.gone[at]);
        if is_touched && self.is_beside_all(item) {
            self.take(item);
        }
    }

    /// Whether nothing is left of a declaration but what stands beside its type and its names.
    fn is_beside_all(&self, id: NodeId) -> bool {
        self.range(id)
            .filter(|&at| !self.gone[at] && !self.kind(at).is_trivia())
            .all(|at| self.is_beside_type(at, id))
    }

    /// Storage classes, qualifiers and attributes go with their declaration, unless another one comes in its place.
    pub(super) fn specifiers_alone(&mut self) {
        let tree = &self.source.tree;
        for id in tree.descendants(NodeId::ROOT) {
            if !matches!(tree.kind(id), Declaration | Field | Param) {
                continue;
            }
            if !self.range(id).any(|at| self.gone[at]) || !self.is_beside_all(id) {
                continue;
            }
            let new = self.declared_anew(id).filter(|_| tree.kind(id) != Param);
            match new {
                Some(words) => self.without_repeated(id, &words),
                None => self.take(id),
            }
        }
    }

    /// What the declaration says that comes in the place of another one is not said twice.
    fn without_repeated(&mut self, declaration: NodeId, words: &[Vec<u8>]) {
        for at in self.range(declaration) {
            let is_word = matches!(self.kind(at), KwStorage | KwInline | KwQualifier | KwTypedef);
            if is_word && words.iter().any(|word| word == self.text(at)) {
                self.gone[at] = true;
            }
        }
    }

    /// Whether a token of a declaration says something of its type or its names, and is none of them.
    fn is_beside_type(&self, token: usize, declaration: NodeId) -> bool {
        let tree = &self.source.tree;
        let node = tree.node_at_token(token);
        let in_attribute = tree
            .enclosing(node, |kind| matches!(kind, Attribute | AlignasSpec))
            .is_some_and(|attribute| attribute != declaration && tree.contains(declaration, attribute));
        in_attribute
            || matches!(
                self.kind(token),
                KwStorage | KwInline | KwQualifier | KwExtension | KwTypedef
            ) && matches!(tree.kind(node), Specifiers | PointerDeclarator)
    }

    /// The first words of what is added in the place of a declaration, if that may be one, too.
    fn declared_anew(&self, declaration: NodeId) -> Option<Vec<Vec<u8>>> {
        let tree = &self.source.tree;
        let is_local = tree
            .enclosing(declaration, |kind| matches!(kind, Block | Function))
            .is_some();
        self.range(declaration)
            .flat_map(|at| [(at, Side::Before), (at, Side::After)])
            .filter_map(|place| self.inserts.get(&place))
            .flatten()
            .filter_map(|insert| insert.lines.iter().find(|line| !line.directive))
            .find(|line| !is_local || may_declare(&line.text))
            .map(|line| first_words(&line.text))
    }
}

/// The words before the first one that is no word.
fn first_words(text: &[u8]) -> Vec<Vec<u8>> {
    let tokens = lex(text);
    (0..tokens.len())
        .filter(|&at| !tokens.kind(at).is_trivia())
        .take_while(|&at| tokens.kind(at) == Ident || tokens.kind(at).starts_declaration())
        .map(|at| tokens.range(at).slice(text).to_vec())
        .collect()
}

/// Whether code begins as a declaration does: with a word of a type, two names, or a macro in capital letters.
fn may_declare(text: &[u8]) -> bool {
    let tokens = lex(text);
    let mut words = (0..tokens.len()).filter(|&at| !tokens.kind(at).is_trivia());
    let (Some(first), next) = (words.next(), words.next()) else {
        return false;
    };
    let name = tokens.range(first).slice(text);
    match (tokens.kind(first), next.map(|at| tokens.kind(at))) {
        (Ident, Some(Ident | Star)) => true,
        (Ident, Some(LParen)) => !name.iter().any(u8::is_ascii_lowercase),
        (kind, _) => kind != Ident && (kind.starts_declaration() || kind.starts_type()),
    }
}

/// The names of a declaration, with what belongs to each.
fn names(source: &Source, declaration: NodeId) -> Vec<NodeId> {
    let tree = &source.tree;
    tree.children(declaration)
        .filter(|&child| tree.kind(child) == InitDeclarator)
        .collect()
}

/// Whether the order of the names of a declaration counts: one speaks of another, or several call something.
fn depend(source: &Source, declaration: NodeId) -> bool {
    let tree = &source.tree;
    let items: Vec<NodeId> = names(source, declaration);
    let calls = |item: &&NodeId| tree.descendants(**item).any(|id| tree.kind(id) == CallExpr);
    if items.iter().filter(calls).count() > 1 {
        return true;
    }
    let items: Vec<Vec<usize>> = items
        .iter()
        .map(|&item| tree.token_span(item).collect())
        .collect();
    let declared = |item: &Vec<usize>| {
        let is_name = |at: &usize| tree.kind(tree.node_at_token(*at)) == NameDeclarator;
        item.iter().copied().find(is_name)
    };
    let known: Vec<usize> = items.iter().filter_map(declared).collect();
    let speaks = |item: &Vec<usize>| {
        item.iter().any(|at| {
            known
                .iter()
                .any(|name| name != at && source.token(*name) == source.token(*at))
        })
    };
    items.iter().any(speaks)
}

/// Whether a name of a declaration has an attribute of its own.
fn has_attribute(source: &Source, declaration: NodeId, name: usize) -> bool {
    let tree = &source.tree;
    names(source, declaration)
        .get(name)
        .is_some_and(|&item| tree.children(item).any(|child| tree.kind(child) == Attribute))
}

/// Where declarations come that take the place of some of the names of a declaration.
#[derive(Default)]
pub(super) struct Order {
    /// For a declaration and a change: the side on which its code is added.
    sides: FxHashMap<(NodeId, usize), Side>,
    /// Changes that would take a name out of the middle, or lose an attribute of it.
    pub refused: Vec<(usize, &'static str)>,
}

impl Order {
    /// Names keep their order where what stands behind one speaks of another.
    pub fn of(rule: &MatchRule, source: &Source, changes: &[Change], hidden: &[bool]) -> Order {
        let adds = |info: u32, lines: bool| {
            let info = &rule.tokens[info as usize];
            info.before
                .iter()
                .chain(&info.after)
                .any(|&plus| rule.plus[plus as usize].lines == lines)
        };
        let mut order = Order::default();
        // For each declaration: the change that removes each of its names, and whether it adds something there.
        let mut removed: FxHashMap<NodeId, Vec<Option<(usize, bool)>>> = FxHashMap::default();
        for (change, Change { trail, .. }) in changes.iter().enumerate().filter(|(at, _)| !hidden[*at]) {
            let mut added: Vec<NodeId> = Vec::new();
            let mut taken: Vec<(NodeId, usize)> = Vec::new();
            for pair in trail.iter() {
                if pair.span.is_empty() {
                    continue;
                }
                let Some((declaration, name)) = place(source, pair.span.first as usize) else {
                    continue;
                };
                if pair.keep && name.is_none() && adds(pair.info, false) {
                    order.refused.push((change, "others share what changes"));
                }
                if adds(pair.info, true) {
                    added.push(declaration);
                }
                if let Some(name) = name
                    && rule.tokens[pair.info as usize].mark == Mark::Minus
                    && !pair.keep
                {
                    taken.push((declaration, name));
                }
            }
            for (declaration, name) in taken {
                let count = names(source, declaration).len();
                let list = removed.entry(declaration).or_insert_with(|| vec![None; count]);
                list[name] = Some((change, added.contains(&declaration)));
            }
        }
        for (declaration, list) in removed {
            let is_free = !depend(source, declaration);
            let leading = list.iter().take_while(|name| name.is_some()).count();
            let trailing = list.iter().rev().take_while(|name| name.is_some()).count();
            for (at, name) in list.iter().enumerate() {
                let &Some((change, true)) = name else { continue };
                if has_attribute(source, declaration, at) {
                    order.refused.push((change, "it has an attribute"));
                } else if is_free || leading == list.len() {
                    continue;
                } else if at < leading {
                    order.sides.insert((declaration, change), Side::Before);
                } else if at >= list.len() - trailing {
                    order.sides.insert((declaration, change), Side::After);
                } else {
                    order.refused.push((change, "their order has to stay"));
                }
            }
        }
        order
    }

    /// Where lines are added that a change adds next to a token of a declaration of several names.
    pub fn place(&self, source: &Source, change: usize, token: usize) -> Option<(usize, Side)> {
        let (declaration, _) = place(source, token)?;
        let side = *self.sides.get(&(declaration, change))?;
        let span = source.span(declaration);
        Some(match side {
            Side::Before => (span.first as usize, side),
            Side::After => (span.end as usize - 1, side),
        })
    }
}

/// The declaration of several names that a token belongs to, and which of them.
fn place(source: &Source, token: usize) -> Option<(NodeId, Option<usize>)> {
    let tree = &source.tree;
    let declaration = tree.enclosing(tree.node_at_token(token), |kind| {
        matches!(kind, Declaration | Field | Block | Function | FieldList)
    })?;
    if !matches!(tree.kind(declaration), Declaration | Field) {
        return None;
    }
    let items = names(source, declaration);
    let holds = |item: &NodeId| {
        let span = source.span(*item);
        span.first as usize <= token && token < span.end as usize
    };
    (items.len() > 1).then(|| (declaration, items.iter().position(holds)))
}
