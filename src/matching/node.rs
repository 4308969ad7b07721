//! What a node of a pattern is, as far as its formula depends on it.

use crate::smpl::MatchRule;
use crate::smpl::pattern::{Element, Node, Token};
use crate::syntax::SyntaxKind::*;

/// The statements in a compound statement.
pub fn bodies(node: &Node) -> Vec<&Node> {
    let mut closed = node.kind == MacroLoop || node.kind == DoStmt;
    let mut list = Vec::new();
    for element in &node.elements {
        match element {
            Element::Token(token) if token.kind == RParen => closed = true,
            Element::Token(token) if token.kind == KwWhile && node.kind == DoStmt => break,
            Element::Node(child) if closed && (node.kind != MacroLoop || child.kind != CallExpr) => {
                list.push(child);
            }
            // The parentheses came with a macro: `if MACRO(x) …`.
            Element::Node(child) if !closed && child.kind == CallExpr && node.own_token(LParen).is_none() => {
                closed = true;
            }
            _ => {}
        }
    }
    list
}

/// Whether a node is dots or a nest.
pub fn is_dots(node: &Node) -> bool {
    node.kind == PatternNest || node.kind == PatternLeaf && node.own_token(Dots).is_some()
}

pub(super) fn is_optional(rule: &MatchRule, node: &Node) -> bool {
    node.tokens().first().is_some_and(|token| {
        rule.tokens
            .get(token.info as usize)
            .is_some_and(|info| info.optional)
    })
}

/// Whether code is added somewhere in a node.
pub(super) fn has_plus(rule: &MatchRule, node: &Node) -> bool {
    node.tokens().iter().any(|token| {
        let info = rule.tokens.get(token.info as usize);
        info.is_some_and(|info| !info.before.is_empty() || !info.after.is_empty())
    })
}

/// Whether the last statement of a block, or of each branch of a disjunction, is a return.
pub(super) fn ends_in_return(node: &Node) -> bool {
    match node.kind {
        ReturnStmt => true,
        PatternDisj if !node.is_conjunction() => node.children().all(ends_in_return),
        Block | PatternBranch => node.children().last().is_some_and(ends_in_return),
        _ => false,
    }
}

pub(super) fn is_marked(rule: &MatchRule, token: &Token) -> bool {
    rule.tokens
        .get(token.info as usize)
        .is_some_and(crate::smpl::pattern::TokenInfo::is_marked)
}

/// Whether the braces of a block are removed, or code is added at them, so that they have to be there.
pub(super) fn braces_marked(rule: &MatchRule, block: &Node) -> bool {
    block.own_tokens().any(|token| is_marked(rule, token))
}
