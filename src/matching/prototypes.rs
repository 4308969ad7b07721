//! Prototypes follow their functions: what changes in the head of a definition changes in the declarations before it.

use crate::flow::functions;
use crate::syntax::{NodeId, SyntaxKind::*};

use super::rewrite::{Insert, Side, Writer};

impl Writer<'_> {
    /// Carries changes of the heads of functions over to their prototypes in the same file.
    pub(super) fn prototypes(&mut self) {
        let tree = &self.source.tree;
        let changed: Vec<Head> = functions(tree)
            .filter_map(|function| self.head(function))
            .filter(|head| self.is_changed(head))
            .collect();
        if changed.is_empty() {
            return;
        }
        let items: Vec<NodeId> = tree
            .descendants(NodeId::ROOT)
            .filter(|&id| tree.kind(id) == Declaration)
            .collect();
        for item in items {
            let Some(other) = self.head(item) else { continue };
            let same = changed.iter().find(|head| {
                head.name < head.tokens.len()
                    && self.text(head.tokens[head.name]) == self.text(other.tokens[other.name])
            });
            if let Some(head) = same
                && !self.is_changed(&other)
            {
                self.follow(head, &other, item);
            }
        }
    }

    /// The tokens of a function's head, or of a declaration of one function.
    fn head(&self, item: NodeId) -> Option<Head> {
        let tree = &self.source.tree;
        let declarator = match tree.kind(item) {
            Function => tree
                .children(item)
                .find(|&child| matches!(tree.kind(child), FunctionDeclarator | PointerDeclarator))?,
            _ => {
                let mut declarators = tree
                    .children(item)
                    .filter(|&child| tree.kind(child) == InitDeclarator);
                let first = declarators.next()?;
                if declarators.next().is_some() {
                    return None;
                }
                tree.children(first)
                    .find(|&child| matches!(tree.kind(child), FunctionDeclarator | PointerDeclarator))?
            }
        };
        let mut function = declarator;
        while tree.kind(function) == PointerDeclarator {
            function = tree
                .children(function)
                .find(|&child| matches!(tree.kind(child), FunctionDeclarator | PointerDeclarator))?;
        }
        let named = tree
            .children(function)
            .find(|&child| tree.kind(child) == NameDeclarator)?;
        let params = tree
            .children(function)
            .find(|&child| tree.kind(child) == ParamList)?;
        let (first, end) = (
            self.source.span(item).first as usize,
            self.source.span(params).end as usize,
        );
        let end = match tree.own_token(function, RParen) {
            Some(token) => end.max(token + 1),
            None => end,
        };
        let tokens: Vec<usize> = (first..end).filter(|&at| !self.kind(at).is_trivia()).collect();
        let name = self.source.span(named).first as usize;
        let name = tokens.iter().position(|&at| at == name)?;
        let mut names = Vec::new();
        for param in tree.children(params).filter(|&child| tree.kind(child) == Param) {
            names.extend(
                tree.descendants(param)
                    .filter(|&id| tree.kind(id) == NameDeclarator)
                    .map(|id| self.source.span(id).first as usize),
            );
        }
        Some(Head { tokens, name, names })
    }

    fn is_changed(&self, head: &Head) -> bool {
        head.tokens.iter().enumerate().any(|(index, &at)| {
            self.gone[at]
                || self
                    .inner_inserts(at, Side::Before)
                    .any(|insert| index > 0 || !insert.whole)
                || self.inner_inserts(at, Side::After).any(|insert| !insert.whole)
        })
    }

    fn inner_inserts(&self, token: usize, side: Side) -> impl Iterator<Item = &Insert> {
        self.inserts.get(&(token, side)).into_iter().flatten()
    }

    /// Does to a prototype what is done to the head of its function.
    fn follow(&mut self, head: &Head, other: &Head, item: NodeId) {
        let Some(pairs) = self.aligned(head, other) else {
            return;
        };
        let all_gone = head.tokens.iter().all(|&at| self.gone[at]);
        let mut moved: Vec<(usize, Side, Insert)> = Vec::new();
        let mut last: Option<usize> = None;
        for (index, &at) in head.tokens.iter().enumerate() {
            let target = pairs[index];
            for side in [Side::Before, Side::After] {
                let list: Vec<Insert> = self.inner_inserts(at, side).cloned().collect();
                for insert in list {
                    if index == 0 && side == Side::Before && insert.whole {
                        continue;
                    }
                    if insert.lines.iter().any(|line| line.text.contains(&b'{')) {
                        return;
                    }
                    match (target, last) {
                        (Some(target), _) => moved.push((target, side, insert)),
                        (None, Some(last)) => moved.push((last, Side::After, insert)),
                        (None, None) => return,
                    }
                }
            }
            last = target.or(last);
        }
        for (index, &at) in head.tokens.iter().enumerate() {
            if let Some(target) = pairs[index] {
                self.gone[target] |= self.gone[at];
            }
        }
        if all_gone && moved.is_empty() {
            let span = self.source.span(item);
            self.gone[span.first as usize..span.end as usize].fill(true);
            return;
        }
        for (target, side, insert) in moved {
            self.inserts.entry((target, side)).or_default().push(insert);
        }
    }

    /// For each token of a head the one of a prototype that stands for it; `None` if they are not of the same function.
    fn aligned(&self, head: &Head, other: &Head) -> Option<Vec<Option<usize>>> {
        let mut pairs = Vec::with_capacity(head.tokens.len());
        let mut at = 0;
        for (index, &token) in head.tokens.iter().enumerate() {
            let there = other.tokens.get(at).copied();
            if let Some(there) = there
                && self.text(there) == self.text(token)
            {
                pairs.push(Some(there));
                at += 1;
            } else if head.names.contains(&token) {
                // Prototypes may name parameters otherwise, or not at all.
                match there.filter(|there| other.names.contains(there)) {
                    Some(there) => {
                        pairs.push(Some(there));
                        at += 1;
                    }
                    None => pairs.push(None),
                }
            } else if index < head.name && matches!(self.kind(token), KwStorage | KwInline) {
                pairs.push(None);
            } else if index < head.name
                && there.is_some_and(|there| matches!(self.kind(there), KwStorage | KwInline))
                && other
                    .tokens
                    .get(at + 1)
                    .is_some_and(|&next| self.text(next) == self.text(token))
            {
                at += 1;
                pairs.push(Some(other.tokens[at]));
                at += 1;
            } else {
                return None;
            }
        }
        (at == other.tokens.len()).then_some(pairs)
    }
}

/// The head of a function.
struct Head {
    /// Its tokens, up to the parenthesis behind the parameters.
    tokens: Vec<usize>,
    /// Which of them is its name.
    name: usize,
    /// The names of parameters.
    names: Vec<usize>,
}
