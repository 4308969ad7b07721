//! Where a loop stands, and the statements around it.

use super::context::Context;
use crate::edit::added;
use crate::syntax::{Element, NodeId, SyntaxKind};

/// Where a loop stands.
pub(super) struct Place {
    /// The indentation of what takes its place.
    pub(super) indentation: String,
    /// Whether it is a branch without braces.
    pub(super) is_branch: bool,
    /// For a branch, the end of what stands in front of it.
    pub(super) behind: u32,
    /// For a branch, the indentation of the statement around.
    pub(super) outer: String,
}

impl Place {
    pub(super) fn of(cx: &Context<'_>, syntax: NodeId) -> Self {
        let tree = cx.tree();
        let text = &cx.file.text;
        let start = tree.range(syntax).start;
        let own = String::from_utf8_lossy(added::indentation(text, start as usize)).into_owned();
        let parent = tree.parent(syntax);
        let is_branch = parent.is_some_and(|parent| {
            matches!(
                tree.kind(parent),
                SyntaxKind::IfStmt
                    | SyntaxKind::WhileStmt
                    | SyntaxKind::ForStmt
                    | SyntaxKind::DoStmt
                    | SyntaxKind::MacroLoop
            )
        });
        let before = (0..tree.token_span(syntax).start)
            .rev()
            .find(|&token| !tree.tokens().kind(token).is_trivia());
        let behind = before.map_or(0, |before| tree.tokens().range(before).end);
        if !is_branch {
            let line = added::line_start(text, start as usize);
            let starts_line = text[line..start as usize].trim_ascii().is_empty();
            return Self {
                indentation: own,
                is_branch: false,
                behind: if starts_line { start } else { behind },
                outer: String::new(),
            };
        }
        let outer_start = parent.map_or(start, |parent| tree.range(parent).start);
        let outer = String::from_utf8_lossy(added::indentation(text, outer_start as usize)).into_owned();
        let starts_line = own.len() == start as usize - added::line_start(text, start as usize);
        Self {
            indentation: if starts_line { own } else { format!("{outer}\t") },
            is_branch: true,
            behind,
            outer,
        }
    }

    /// The begin of an `else` that follows an offset, or the offset.
    pub(super) fn else_follows(&self, text: &[u8], offset: u32) -> u32 {
        let rest = &text[offset as usize..];
        let trimmed = rest.trim_ascii_start();
        if trimmed.starts_with(b"else") {
            offset + (rest.len() - trimmed.len()) as u32
        } else {
            offset
        }
    }
}

/// The statements of an `if`: behind its condition, and behind its `else`.
pub(super) fn branches(cx: &Context<'_>, statement: NodeId) -> (Vec<NodeId>, Vec<NodeId>) {
    let tree = cx.tree();
    let (mut then, mut otherwise) = (Vec::new(), Vec::new());
    let (mut behind_condition, mut behind_else) = (false, false);
    for element in tree.elements(statement) {
        match element {
            Element::Token(token) => match tree.tokens().kind(token) {
                SyntaxKind::RParen => behind_condition = true,
                SyntaxKind::KwElse => behind_else = true,
                _ => {}
            },
            Element::Node(node) if behind_else => otherwise.push(node),
            Element::Node(node) if behind_condition => then.push(node),
            Element::Node(_) => {}
        }
    }
    (then, otherwise)
}

/// The statements behind one in the same list.
pub(super) fn following(cx: &Context<'_>, statement: NodeId) -> Vec<NodeId> {
    let tree = cx.tree();
    let Some(parent) = tree.parent(statement) else {
        return Vec::new();
    };
    if tree.kind(parent) != SyntaxKind::Block {
        return Vec::new();
    }
    tree.children(parent).filter(|&child| child > statement).collect()
}

/// The statements of a branch, without the block around them.
pub(super) fn unblocked(cx: &Context<'_>, body: &[NodeId]) -> Vec<NodeId> {
    match body {
        [block] if cx.tree().kind(*block) == SyntaxKind::Block => cx.tree().children(*block).collect(),
        _ => body.to_vec(),
    }
}

pub(super) fn then_ends_in_jump(cx: &Context<'_>, then: &[NodeId]) -> bool {
    let last = unblocked(cx, then).last().copied();
    last.is_some_and(|last| {
        matches!(
            cx.tree().kind(last),
            SyntaxKind::ContinueStmt | SyntaxKind::GotoStmt
        )
    })
}

/// Whether a statement holds a `break` that means the loop around it.
pub(super) fn leaves_loop_inside(cx: &Context<'_>, statement: NodeId) -> bool {
    let tree = cx.tree();
    tree.descendants(statement).chain([statement]).any(|id| {
        tree.kind(id) == SyntaxKind::BreakStmt
            && !tree
                .ancestors(id)
                .take_while(|&outer| tree.contains(statement, outer))
                .any(|outer| {
                    matches!(
                        tree.kind(outer),
                        SyntaxKind::ForStmt
                            | SyntaxKind::WhileStmt
                            | SyntaxKind::DoStmt
                            | SyntaxKind::MacroLoop
                            | SyntaxKind::SwitchStmt
                    )
                })
    })
}
