//! What a text is where statements stand.

use crate::syntax::{Names, NodeId, SyntaxKind::*, Tree, parse};

/// The statements of a text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Shape {
    /// How many there are, labels aside.
    pub count: usize,
    /// The last one ends in an `if` that would take an `else` behind it.
    pub takes_else: bool,
    /// One of them is a declaration.
    pub declares: bool,
}

/// The shape of a text; `None` if it is not made of whole statements.
pub(super) fn shape(text: &[u8]) -> Option<Shape> {
    let code = [b"void f(void)\n{\n", text, b"\n}\n"].concat();
    let tree = parse(&code, &Names::new());
    let mut items = tree.children(NodeId::ROOT);
    let (Some(function), None) = (items.next(), items.next()) else {
        return None;
    };
    if tree.descendants(NodeId::ROOT).any(|id| tree.kind(id) == Opaque) {
        return None;
    }
    let block = tree.children(function).find(|&child| tree.kind(child) == Block)?;
    let statements: Vec<NodeId> = tree
        .children(block)
        .filter(|&child| {
            let kind = tree.kind(child);
            kind.is_statement() && !matches!(kind, Label | CaseLabel | DefaultLabel)
        })
        .collect();
    Some(Shape {
        count: statements.len(),
        takes_else: statements.last().is_some_and(|&last| takes_else(&tree, last)),
        declares: statements.iter().any(|&id| tree.kind(id) == Declaration),
    })
}

fn takes_else(tree: &Tree, statement: NodeId) -> bool {
    let mut at = statement;
    loop {
        let has_else = || {
            tree.elements(at).any(
                |part| matches!(part, crate::syntax::Element::Token(token) if tree.tokens().kind(token) == KwElse),
            )
        };
        match tree.kind(at) {
            IfStmt if !has_else() => return true,
            IfStmt | WhileStmt | ForStmt | SwitchStmt | MacroLoop => {}
            _ => return false,
        }
        let body = tree
            .children(at)
            .filter(|&child| tree.kind(child).is_statement())
            .last();
        match body {
            Some(body) => at = body,
            None => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_are_counted_and_an_open_if_is_found() {
        let of = |text: &str| shape(text.as_bytes()).map(|shape| (shape.count, shape.takes_else));
        assert_eq!(of("a(); if (b) c();"), Some((2, true)));
        assert_eq!(of("if (b) c(); else d();"), Some((1, false)));
        assert_eq!(of("if (b) c(); else while (d) if (e) f();"), Some((1, true)));
        assert_eq!(of("while (a) { if (b) c(); }"), Some((1, false)));
        assert_eq!(of("l: a();"), Some((1, false)));
        assert_eq!(of("a(); }"), None);
        assert_eq!(of("} a();"), None);
    }
}
