//! Statements with a head, taken apart.

use crate::syntax::{Element, NodeId, SyntaxKind, Tree};

/// A statement with a head, taken apart.
#[derive(Default)]
pub(super) struct Parts {
    pub condition: Option<NodeId>,
    pub body: Vec<NodeId>,
    /// What stands behind `else`.
    pub otherwise: Option<Vec<NodeId>>,
}

/// Takes a statement with a head apart.
pub(super) fn parts(tree: &Tree, id: NodeId) -> Parts {
    let is_do = tree.kind(id) == SyntaxKind::DoStmt;
    let mut parts = Parts::default();
    let mut in_parens = false;
    // The body of a `do` comes before its condition.
    let mut behind_head = is_do;
    for element in tree.elements(id) {
        match element {
            Element::Token(token) => match tree.tokens().kind(token) {
                SyntaxKind::LParen => in_parens = true,
                SyntaxKind::RParen => {
                    in_parens = false;
                    behind_head = !is_do;
                }
                SyntaxKind::KwElse => parts.otherwise = Some(Vec::new()),
                _ => {}
            },
            Element::Node(node) if in_parens => {
                if parts.condition.is_none() && !tree.kind(node).is_directive() {
                    parts.condition = Some(node);
                }
            }
            Element::Node(node) if !behind_head => {
                // A macro that brings the parentheses along.
                if !tree.kind(node).is_directive() {
                    parts.condition = Some(node);
                    behind_head = true;
                }
            }
            Element::Node(node) => match &mut parts.otherwise {
                Some(otherwise) => otherwise.push(node),
                None => parts.body.push(node),
            },
        }
    }
    // `do { … } while_each_thread(group, thread);`
    if is_do
        && parts.condition.is_none()
        && parts.body.len() > 1
        && parts
            .body
            .last()
            .is_some_and(|&last| tree.kind(last) == SyntaxKind::CallExpr)
    {
        parts.condition = parts.body.pop();
    }
    parts
}

/// The three parts of a `for`.
pub fn for_header(tree: &Tree, id: NodeId) -> [Option<NodeId>; 3] {
    let mut header = [None; 3];
    let mut slot = 0;
    let mut in_parens = false;
    for element in tree.elements(id) {
        match element {
            Element::Token(token) => match tree.tokens().kind(token) {
                SyntaxKind::LParen => in_parens = true,
                SyntaxKind::RParen => break,
                SyntaxKind::Semicolon => slot += 1,
                _ => {}
            },
            Element::Node(node) if in_parens && !tree.kind(node).is_directive() => {
                if let Some(part @ None) = header.get_mut(slot) {
                    *part = Some(node);
                }
                if tree.kind(node) == SyntaxKind::Declaration {
                    slot += 1;
                }
            }
            Element::Node(_) => {}
        }
    }
    header
}
