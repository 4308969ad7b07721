//! What only semantic patches have: dots, nests, disjunctions, metavariables. All else is C.
//!
//! These functions are asked where C would fail or go another way, and only when the text is the body of a rule.

use super::super::kind::SyntaxKind::{self, *};
use super::super::parser::{Completed, Parser};
use super::declarations::{Place, declarator, initializer_list};
use super::statements::{block, expression_statement};
use super::{declarations, expressions, specifiers, statements, types};

/// What a rule's body is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Goal {
    /// Statements, declarations, functions, an expression or a type: whichever it looks like.
    Any,
    /// One expression.
    Expression,
    /// One type.
    Type,
}

/// The whole body of a rule.
pub(in super::super) fn rule(p: &mut Parser, goal: Goal) {
    match goal {
        Goal::Any if lone_type(p) => {}
        Goal::Any if p.is_at(LBrace) && holds_initializer(p) => {
            let node = p.open();
            initializer_list(p);
            p.close(node, PatternExpr);
        }
        Goal::Any => sequence(p),
        Goal::Expression => {
            let node = p.open();
            expressions::expression(p);
            p.close(node, PatternExpr);
        }
        Goal::Type => {
            if !lone_type(p) {
                let node = p.open();
                types::type_name(p);
                p.close(node, PatternType);
            }
        }
    }
}

/// Takes the rest if it is a type and nothing else.
fn lone_type(p: &mut Parser) -> bool {
    let known = p.is_at(Ident) && p.names.is_type(p.text_at(p.position()));
    if !(known || p.current().starts_type() || p.is_at(DisjOpen) && holds_types(p)) {
        return false;
    }
    let start = p.checkpoint();
    let node = p.open();
    types::type_name(p);
    if p.at_end() && !p.has_failed() {
        p.close(node, PatternType);
        return true;
    }
    p.restore(start);
    false
}

fn holds_initializer(p: &Parser) -> bool {
    p.nth(1) == Dot
        || p.nth(1) == LBracket && p.mate(p.position() + 1).is_some_and(|at| p.kind_at(at + 1) == Eq)
}

fn sequence(p: &mut Parser) {
    while !p.at_end() {
        statements::statement(p);
    }
}

/// A statement that is none of C; says whether there was one.
pub(super) fn statement(p: &mut Parser) -> bool {
    match p.current() {
        Dots | MetaStmt => leaf(p, PatternLeaf),
        MetaList if matches!(p.nth(1), Eof | Dots) => leaf(p, PatternLeaf),
        NestOpen => {
            let behind = p.mate(p.position()).map_or(Eof, |mate| p.kind_at(mate + 1));
            if goes_on(behind) {
                expression_statement(p);
            } else {
                nest(p, sequence);
            }
        }
        DisjOpen => {
            let Some(mate) = p.mate(p.position()) else {
                p.fail();
                return true;
            };
            let behind = p.kind_at(mate + 1);
            if holds_statements(p) {
                disj(p, sequence);
            } else if behind == LParen && is_head(p, mate + 1) {
                function(p);
            } else if holds_types(p) && (behind == Ident || behind == Star || behind == DisjOpen) {
                declarations::declaration(p, Place::Statement);
            } else {
                expression_statement(p);
            }
        }
        Ident
            if p.nth(1) == LParen
                && is_head(p, p.position() + 1)
                && !p.names.is_loop(p.text_at(p.position())) =>
        {
            function(p);
        }
        _ => return false,
    }
    true
}

/// Whether `( … ) {` stands at a position.
fn is_head(p: &Parser, parens: u32) -> bool {
    p.mate(parens).is_some_and(|mate| p.kind_at(mate + 1) == LBrace)
}

/// A function without a type: `f(…) { … }`.
fn function(p: &mut Parser) {
    let node = p.open();
    declarator(p, Place::Item);
    specifiers::attributes(p);
    if p.is_at(LBrace) {
        block(p);
    } else {
        p.fail();
    }
    p.close(node, Function);
}

/// Whether what stands behind an operand makes it a part of something larger.
fn goes_on(behind: SyntaxKind) -> bool {
    (Plus..=MetaAssign).contains(&behind) && !matches!(behind, PlusPlus | MinusMinus | Tilde | Bang)
        || matches!(
            behind,
            Semicolon | LParen | LBracket | Dot | Arrow | Question | Comma | MetaBinary
        )
}

/// Whether an expression without a semicolon may end here.
pub(super) fn ends_expression(p: &Parser) -> bool {
    p.at_end()
        || p.is_on_new_line(p.position())
        || matches!(
            p.current(),
            Dots | NestOpen | NestClose | DisjOpen | DisjClose | DisjOr | DisjAnd
        )
}

/// A token by itself.
fn leaf(p: &mut Parser, kind: SyntaxKind) {
    let node = p.open();
    p.bump();
    p.close(node, kind);
}

/// `<... … ...>`
fn nest(p: &mut Parser, content: impl FnOnce(&mut Parser)) -> Completed {
    let node = p.open();
    p.bracketed(content);
    p.close(node, PatternNest)
}

/// `( … | … )`; `content` parses one branch.
fn disj(p: &mut Parser, content: impl Fn(&mut Parser)) -> Completed {
    let node = p.open();
    p.bracketed(|p| {
        loop {
            let end = branch_end(p, p.position());
            let branch = p.open();
            p.contained(end, &content);
            p.close(branch, PatternBranch);
            if p.at_end() {
                break;
            }
            p.bump();
        }
    });
    p.close(node, PatternDisj)
}

/// Where the branch that begins at `at` ends.
fn branch_end(p: &Parser, mut at: u32) -> u32 {
    while at < p.end() && !matches!(p.kind_at(at), DisjOr | DisjAnd | DisjClose) {
        at = p.mate(at).unwrap_or(at) + 1;
    }
    at.min(p.end())
}

/// The branches of the disjunction at hand, as positions.
fn branches(p: &Parser) -> Vec<(u32, u32)> {
    let Some(mate) = p.mate(p.position()) else {
        return Vec::new();
    };
    let mut list = Vec::new();
    let mut at = p.position() + 1;
    while at <= mate {
        let end = branch_end(p, at).min(mate);
        list.push((at, end));
        at = end + 1;
    }
    list
}

/// Whether a branch of the disjunction at hand holds statements.
fn holds_statements(p: &Parser) -> bool {
    branches(p).iter().any(|&(start, end)| {
        let mut at = start;
        while at < end {
            let kind = p.kind_at(at);
            if matches!(kind, Semicolon | LBrace | Dots | MetaStmt) || kind.starts_statement() {
                return true;
            }
            if kind == DisjOpen && at == start && p.mate(at) == Some(end - 1) {
                // A disjunction in a disjunction: its branches tell.
                at += 1;
                continue;
            }
            if matches!(kind, DisjOr | DisjAnd | DisjClose) {
                at += 1;
                continue;
            }
            at = p.mate(at).unwrap_or(at) + 1;
        }
        false
    })
}

/// Whether the branches of the disjunction at hand are types.
pub(super) fn holds_types(p: &Parser) -> bool {
    let list = branches(p);
    !list.is_empty()
        && list.iter().all(|&(start, end)| {
            let kind = p.kind_at(start);
            let known = kind == Ident && p.names.is_type(p.text_at(start));
            (kind.starts_type() || known)
                && (start..end).all(|at| {
                    let kind = p.kind_at(at);
                    kind.starts_declaration() || matches!(kind, Ident | Star)
                })
        })
}

/// A disjunction of types among the specifiers.
pub(super) fn types(p: &mut Parser) {
    disj(p, types::type_name);
}

/// A disjunction of names.
pub(super) fn names(p: &mut Parser) {
    disj(p, |p| {
        let node = p.open();
        if p.is_at(Ident) || p.is_at(MetaExpr) {
            p.bump();
        } else if p.is_at(DisjOpen) {
            names(p);
        } else {
            p.fail();
        }
        p.close(node, NameExpr);
    });
}

/// An operand that is none of C.
pub(super) fn operand(p: &mut Parser) -> Option<Completed> {
    match p.current() {
        MetaExpr | MetaList | Dots => {
            let node = p.open();
            p.bump();
            Some(p.close(node, PatternLeaf))
        }
        NestOpen => p.nested(|p| Some(nest(p, branch_expression))),
        DisjOpen => p.nested(|p| Some(disj(p, branch_expression))),
        _ => {
            p.fail();
            None
        }
    }
}

fn branch_expression(p: &mut Parser) {
    let start = p.checkpoint();
    if p.current().starts_type() || p.is_at(Ident) && p.names.is_type(p.text_at(p.position())) {
        types::type_name(p);
        if p.at_end() && !p.has_failed() {
            return;
        }
        p.restore(start);
    }
    expressions::expression(p);
}

/// An argument that begins with a token of semantic patches; says whether it was taken.
pub(super) fn argument(p: &mut Parser, end: u32) -> bool {
    if p.position() + 1 == end
        && matches!(
            p.current(),
            Dots | MetaList | MetaExpr | MetaBinary | MetaAssign | MetaStmt
        )
    {
        leaf(p, PatternLeaf);
        return true;
    }
    if p.current() == MetaType {
        return false;
    }
    expressions::assignment(p);
    true
}

/// An element of a list of parameters, fields or constants; says whether there was one.
pub(super) fn element(p: &mut Parser, content: impl Fn(&mut Parser)) -> bool {
    match p.current() {
        Dots | MetaList => leaf(p, PatternLeaf),
        MetaStmt => leaf(p, PatternLeaf),
        DisjOpen if !holds_types(p) => {
            disj(p, |p| {
                while !p.at_end() && !p.has_failed() {
                    content(p);
                    p.eat(Comma);
                }
            });
        }
        _ => return false,
    }
    true
}
