//! Expressions, by precedence climbing (C11 6.5, with GNU's additions).

use super::super::kind::SyntaxKind::{self, *};
use super::super::parser::{Completed, Parser};
use super::{arguments, declarations, pattern, statements, types};

/// How tightly operators bind; a higher one binds tighter.
mod power {
    pub const COMMA: u8 = 1;
    pub const ASSIGN: u8 = 2;
    pub const CONDITIONAL: u8 = 3;
    pub const LOGICAL_OR: u8 = 4;
}

/// A longer chain of operators on one level is opaque, as the tree would be as deep as the chain is long.
const MAX_CHAIN: u32 = 1500;

/// An expression, comma operators included.
pub(super) fn expression(p: &mut Parser) -> Option<Completed> {
    climb(p, power::COMMA)
}

/// An expression without a comma operator on its outermost level.
pub(super) fn assignment(p: &mut Parser) -> Option<Completed> {
    climb(p, power::ASSIGN)
}

/// An expression without comma and assignment, as behind `case`.
pub(super) fn conditional(p: &mut Parser) -> Option<Completed> {
    climb(p, power::CONDITIONAL)
}

fn binary_power(kind: SyntaxKind) -> Option<u8> {
    Some(match kind {
        PipePipe | MetaBinary => power::LOGICAL_OR,
        AmpAmp => 5,
        Pipe => 6,
        Caret => 7,
        Amp => 8,
        EqEq | Ne => 9,
        Lt | Gt | Le | Ge => 10,
        Shl | Shr => 11,
        Plus | Minus => 12,
        Star | Slash | Percent => 13,
        _ => return None,
    })
}

fn climb(p: &mut Parser, least: u8) -> Option<Completed> {
    p.nested(|p| {
        let mut left = unary(p)?;
        let mut chain = 0;
        loop {
            let operator = p.current();
            let node = if let Some(power) = binary_power(operator) {
                if power < least {
                    break;
                }
                let node = p.precede(left);
                p.bump();
                climb(p, power + 1)?;
                p.close(node, BinaryExpr)
            } else if operator.is_assignment() {
                if power::ASSIGN < least {
                    break;
                }
                let node = p.precede(left);
                p.bump();
                if p.is_at(LBrace) {
                    // Behind a macro that declares something: `DEFINE_X(name) = { … };`.
                    declarations::initializer_list(p);
                } else {
                    climb(p, power::ASSIGN)?;
                }
                p.close(node, AssignExpr)
            } else if operator == Question {
                if power::CONDITIONAL < least {
                    break;
                }
                let node = p.precede(left);
                p.bump();
                if !p.is_at(Colon) {
                    climb(p, power::COMMA)?;
                }
                p.expect(Colon);
                climb(p, power::CONDITIONAL)?;
                p.close(node, ConditionalExpr)
            } else if operator == Comma {
                if power::COMMA < least {
                    break;
                }
                let node = p.precede(left);
                p.bump();
                climb(p, power::ASSIGN)?;
                p.close(node, CommaExpr)
            } else {
                break;
            };
            left = node;
            chain += 1;
            if chain > MAX_CHAIN {
                p.fail();
                return None;
            }
        }
        Some(left)
    })
}

fn unary(p: &mut Parser) -> Option<Completed> {
    match p.current() {
        Plus | Minus | Star | Amp | Tilde | Bang | PlusPlus | MinusMinus | KwExtension | MetaUnary => {
            let node = p.open();
            p.bump();
            p.nested(unary)?;
            Some(p.close(node, PrefixExpr))
        }
        AmpAmp if p.nth(1) == Ident => {
            let node = p.open();
            p.bump();
            p.bump();
            Some(p.close(node, LabelAddress))
        }
        KwSizeof | KwAlignof => {
            let node = p.open();
            p.bump();
            if p.is_at(LParen) && types::is_type_in_parens(p, types::Parens::Operand) {
                let at_brace = p
                    .mate(p.position())
                    .is_some_and(|mate| p.kind_at(mate + 1) == LBrace);
                if at_brace {
                    p.nested(unary)?;
                } else {
                    p.bracketed(types::type_name);
                }
            } else {
                p.nested(unary)?;
            }
            Some(p.close(node, SizeofExpr))
        }
        LParen if types::is_type_in_parens(p, types::Parens::Cast) => {
            let node = p.open();
            p.bracketed(types::type_name);
            if p.is_at(LBrace) {
                declarations::initializer_list(p);
                let literal = p.close(node, CompoundLiteral);
                return postfix(p, literal);
            }
            p.nested(unary)?;
            Some(p.close(node, CastExpr))
        }
        _ => {
            let primary = primary(p)?;
            postfix(p, primary)
        }
    }
}

fn primary(p: &mut Parser) -> Option<Completed> {
    match p.current() {
        Ident if is_glued_string(p) => string(p),
        Ident => {
            let node = p.open();
            p.bump();
            Some(p.close(node, NameExpr))
        }
        _ if p.current().is_pattern() => pattern::operand(p),
        Number | Char => {
            let node = p.open();
            p.bump();
            Some(p.close(node, Literal))
        }
        String => string(p),
        LParen => {
            let node = p.open();
            if p.nth(1) == LBrace {
                p.bracketed(|p| {
                    statements::block(p);
                });
                return Some(p.close(node, StmtExpr));
            }
            p.bracketed(|p| {
                expression(p);
            });
            Some(p.close(node, ParenExpr))
        }
        KwGeneric => generic(p),
        _ => {
            p.fail();
            None
        }
    }
}

/// Macros in front of a string literal: `KERN_ERR PREFIX "text"`.
pub(super) fn is_glued_string(p: &Parser) -> bool {
    is_string_behind(p, p.position())
}

/// Whether a few names from `first` on end in a string literal.
pub(super) fn is_string_behind(p: &Parser, first: u32) -> bool {
    (first + 1..first + 4)
        .find(|&at| p.kind_at(at) != Ident)
        .is_some_and(|at| p.kind_at(at) == String)
}

/// Adjacent string literals with the macros between them: `KERN_ERR "a" PRIu64 "b"`.
pub(super) fn string(p: &mut Parser) -> Option<Completed> {
    let node = p.open();
    glue(p);
    Some(p.close(node, StringExpr))
}

fn glue(p: &mut Parser) {
    loop {
        match p.current() {
            String => p.bump(),
            Ident => {
                p.bump();
                if p.is_at(LParen) {
                    arguments::argument_list(p);
                }
            }
            _ => break,
        }
    }
}

fn postfix(p: &mut Parser, mut left: Completed) -> Option<Completed> {
    let mut chain = 0;
    loop {
        left = match p.current() {
            LParen => {
                let node = p.precede(left);
                arguments::argument_list(p);
                p.close(node, CallExpr)
            }
            LBracket => {
                let node = p.precede(left);
                p.bracketed(|p| {
                    expression(p);
                });
                p.close(node, IndexExpr)
            }
            Dot | Arrow => {
                let node = p.precede(left);
                p.bump();
                if p.is_at(DisjOpen) {
                    pattern::names(p);
                } else if p.is_at(Ident) || p.current().starts_declaration() || p.current().starts_statement()
                {
                    p.bump();
                } else {
                    p.fail();
                    return None;
                }
                p.close(node, MemberExpr)
            }
            PlusPlus | MinusMinus => {
                let node = p.precede(left);
                p.bump();
                p.close(node, PostfixExpr)
            }
            // A macro call glued to a string: `FMT(x) "y"`.
            String if matches!(p.kind_of(left), CallExpr) => {
                let node = p.precede(left);
                glue(p);
                p.close(node, StringExpr)
            }
            _ => return Some(left),
        };
        chain += 1;
        if chain > MAX_CHAIN {
            p.fail();
            return None;
        }
    }
}

/// `_Generic(x, int: a, default: b)` (C11 6.5.1.1).
fn generic(p: &mut Parser) -> Option<Completed> {
    let node = p.open();
    p.bump();
    p.bracketed(|p| {
        assignment(p);
        while p.eat(Comma) {
            let association = p.open();
            if !p.eat(KwDefault) {
                types::type_name(p);
            }
            p.expect(Colon);
            assignment(p);
            p.close(association, GenericAssociation);
        }
    });
    Some(p.close(node, GenericExpr))
}
