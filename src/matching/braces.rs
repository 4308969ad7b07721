//! Braces where one statement stands and several would, and where an `else` would change its owner.

use crate::syntax::{Element, NodeId, SyntaxKind::*};

use super::render::Line;
use super::rewrite::{Insert, Side, Writer};
use super::shape::shape;

const BETWEEN_BRANCHES: &str = "the statement needs braces, which would stand between the branches of an #if";

impl Writer<'_> {
    /// Puts braces around the bodies of heads that need some; gives those that can't have them.
    pub(super) fn braces(&mut self) -> Vec<(NodeId, &'static str)> {
        let tree = &self.source.tree;
        let mut refused = Vec::new();
        // Bodies within others come first, as their braces count for the outer ones.
        let bodies: Vec<NodeId> = tree
            .descendants(NodeId::ROOT)
            .filter(|&id| self.is_lone_body(id))
            .collect();
        for &id in bodies.iter().rev() {
            let Some(parent) = tree.parent(id) else { continue };
            let span = self.source.span(id);
            let (first, last) = (span.first as usize, span.end as usize - 1);
            let Some(head) = self.head_of(parent, id) else {
                continue;
            };
            let is_touched = (first..=last)
                .any(|at| self.gone[at] && !self.kind(at).is_trivia() || self.has_insert(at))
                || self.inserts.contains_key(&(head, Side::After));
            let starts = self.source.span(parent).first as usize;
            let has_head =
                (starts..=head).any(|at| !self.gone[at] && !self.kind(at).is_trivia() || self.has_insert(at));
            if !is_touched || !has_head {
                continue;
            }
            let kept = !(first..=last).all(|at| self.gone[at] || self.kind(at).is_trivia());
            let Some(shape) = shape(&self.body_text(id, head)) else {
                continue;
            };
            let is_headed = kept && self.begins_with_head(first);
            let changes_owner = shape.takes_else && self.has_else_behind(parent, last);
            if shape.count < 2 && !is_headed && !changes_owner && !shape.declares {
                continue;
            }
            if tree.children(parent).any(|child| tree.kind(child).is_directive()) {
                refused.push((id, BETWEEN_BRANCHES));
                continue;
            }
            if kept && (tree.kind(id) == Block || !self.starts_line(first)) {
                *self.body_shift.entry(first).or_default() += 1;
                *self.body_shift.entry(last + 1).or_default() -= 1;
            }
            let brace = |text: &[u8], whole| Insert {
                plus: u32::MAX,
                lines: vec![Line {
                    depth: 0,
                    text: text.to_vec(),
                    directive: false,
                }],
                whole,
                owner: first,
                ends: 0,
                around: Some(id),
            };
            let opening = self.inserts.entry((head, Side::After)).or_default();
            opening.insert(0, brace(b"{", false));
            let mut closing = self.inserts.remove(&(last, Side::After)).unwrap_or_default();
            let inside = closing
                .iter()
                .filter(|insert| self.is_within(insert, id, last))
                .count();
            closing.sort_by_key(|insert| !self.is_within(insert, id, last));
            closing.insert(inside, brace(b"}", true));
            self.inserts.insert((last, Side::After), closing);
        }
        refused
    }

    /// Whether a node stands where only one statement can stand.
    fn is_lone_body(&self, id: NodeId) -> bool {
        let tree = &self.source.tree;
        let kind = tree.kind(id);
        let is_in_head = |up| {
            matches!(
                tree.kind(up),
                IfStmt | WhileStmt | ForStmt | DoStmt | SwitchStmt | MacroLoop
            )
        };
        kind.is_statement()
            && !matches!(kind, Declaration | Label | CaseLabel | DefaultLabel)
            && !self.source.span(id).is_empty()
            && tree.parent(id).is_some_and(is_in_head)
    }

    /// The last token of the head of a statement, behind which its body `id` stands.
    fn head_of(&self, parent: NodeId, id: NodeId) -> Option<usize> {
        let tree = &self.source.tree;
        let mut head = None;
        for part in tree.elements(parent) {
            match part {
                Element::Node(child) if child == id => return head,
                Element::Node(child) => {
                    let kind = tree.kind(child);
                    let is_between = kind.is_directive()
                        || matches!(kind, Label | CaseLabel | DefaultLabel | InactiveBranch);
                    if !is_between {
                        head = (self.source.span(child).end as usize).checked_sub(1);
                    }
                }
                Element::Token(token) if !self.kind(token).is_trivia() => head = Some(token),
                Element::Token(_) => {}
            }
        }
        None
    }

    /// What will stand behind a head as its body.
    fn body_text(&self, id: NodeId, head: usize) -> Vec<u8> {
        let mut text = Vec::new();
        let span = self.source.span(id);
        let (first, last) = (span.first as usize, span.end as usize - 1);
        let add = |text: &mut Vec<u8>, insert: &Insert| {
            for line in &insert.lines {
                text.push(b'\n');
                text.extend_from_slice(&line.text);
            }
            text.push(b'\n');
        };
        let at = |place| self.inserts.get(&place).into_iter().flatten();
        at((head, Side::After)).for_each(|insert| add(&mut text, insert));
        for token in first..=last {
            at((token, Side::Before)).for_each(|insert| add(&mut text, insert));
            if !self.gone[token] || self.kind(token).is_trivia() {
                text.extend_from_slice(self.text(token));
            }
            for insert in at((token, Side::After)) {
                if token < last || self.is_within(insert, id, last) {
                    add(&mut text, insert);
                }
            }
        }
        text
    }

    /// Whether what is added behind the last token of a statement belongs to it.
    fn is_within(&self, insert: &Insert, id: NodeId, last: usize) -> bool {
        let tree = &self.source.tree;
        let target = match insert.around {
            Some(body) => Some(body),
            None => self.target(insert, last),
        };
        target.is_some_and(|target| {
            target == id
                || self.source.span(target).first >= self.source.span(id).first
                    && tree.ancestors(target).any(|up| up == id)
        })
    }

    /// Whether an `else` follows the body that ends with `last`.
    fn has_else_behind(&self, parent: NodeId, last: usize) -> bool {
        let mut behind =
            (last + 1..self.source.span(parent).end as usize).filter(|&at| !self.kind(at).is_trivia());
        self.source.tree.kind(parent) == IfStmt
            && behind
                .next()
                .is_some_and(|at| self.kind(at) == KwElse && !self.gone[at])
    }

    /// Whether the head of a statement is added before a token.
    fn begins_with_head(&self, first: usize) -> bool {
        let heads = [&b"if ("[..], b"while (", b"for ("];
        self.inserts
            .get(&(first, Side::Before))
            .into_iter()
            .flatten()
            .any(|insert| {
                insert
                    .lines
                    .last()
                    .is_some_and(|line| matches!(line.text.last(), Some(b')' | b'{')))
                    && heads.iter().any(|head| insert.lines[0].text.starts_with(head))
            })
    }

    /// Where the brace stands that closes a body.
    pub(super) fn closing_indent(&self, body: NodeId) -> Vec<u8> {
        let parent = self.source.tree.parent(body).unwrap_or(body);
        self.inner_indent(self.chain_start(parent))
    }

    /// The statement that added code stands behind, which was put behind the token `last`.
    fn target(&self, insert: &Insert, last: usize) -> Option<NodeId> {
        let tree = &self.source.tree;
        let ends_here = |id: NodeId| self.source.span(id).end as usize == last + 1;
        let mut at = tree.enclosing(tree.node_at_token(last), |kind| kind.is_statement())?;
        // What was matched as a whole may be more than the statement that the token ends.
        while insert.owner < last
            && (self.source.span(at).first as usize) > insert.owner
            && let Some(up) = tree.parent(at)
            && tree.kind(up).is_statement()
            && ends_here(up)
        {
            at = up;
        }
        for _ in 0..insert.ends {
            match tree.parent(at) {
                Some(up) if tree.kind(up).is_statement() && ends_here(up) => at = up,
                _ => break,
            }
        }
        Some(at)
    }
}
