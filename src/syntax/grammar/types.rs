//! Type names, parameters, and the question whether something is a type.

use super::super::kind::SyntaxKind::{self, *};
use super::super::parser::Parser;
use super::declarations::{Place, declarator};
use super::specifiers::{attributes, specifiers};
use super::{arguments, expressions, pattern};

/// A type name (C11 6.7.7), as in a cast.
pub(super) fn type_name(p: &mut Parser) {
    let node = p.open();
    specifiers(p, Place::Abstract);
    declarator(p, Place::Abstract);
    attributes(p);
    p.close(node, TypeName);
}

/// `( … )` with parameters, their names and `...` (C11 6.7.6).
pub(super) fn parameter_list(p: &mut Parser) {
    let node = p.open();
    p.bracketed(|p| {
        while !p.at_end() {
            if p.eat(Comma) {
                continue;
            }
            if p.pattern && pattern::element(p, parameter) {
                continue;
            }
            if p.is_at(Ellipsis) {
                let variadic = p.open();
                p.bump();
                p.close(variadic, VariadicParam);
                continue;
            }
            p.attempt(
                |p| {
                    parameter(p);
                    if !p.at_end() && !p.is_at(Comma) {
                        p.fail();
                    }
                },
                |p| {
                    let mut at = p.position();
                    while at < p.end() && p.kind_at(at) != Comma {
                        at = p.mate(at).unwrap_or(at) + 1;
                    }
                    p.opaque_until(at.max(p.position() + 1));
                },
            );
        }
    });
    p.close(node, ParamList);
}

/// One parameter: specifiers, and a declarator with or without a name.
pub(super) fn parameter(p: &mut Parser) {
    let node = p.open();
    specifiers(p, Place::Parameter);
    declarator(p, Place::Parameter);
    attributes(p);
    if p.eat(Eq) {
        if p.is_at(LBrace) {
            super::declarations::initializer_list(p);
        } else {
            expressions::assignment(p);
        }
    }
    p.close(node, Param);
}

/// Whether an argument that begins with a name is a parameter or a type: `T x`, `T *`, `T *x[]`.
pub(super) fn is_parameter(p: &Parser) -> bool {
    let first = p.position();
    match p.nth(1) {
        Ident => !p.is_on_new_line(first + 1) || p.names.is_type(p.text_at(first)),
        KwQualifier | KwBuiltinType | KwStruct | KwUnion | KwEnum => true,
        Star => {
            let mut at = first + 1;
            while matches!(p.kind_at(at), Star | KwQualifier) {
                at += 1;
            }
            match p.kind_at(at) {
                Comma | Eof => true,
                Ident => {
                    p.names.is_type(p.text_at(first)) && matches!(p.kind_at(at + 1), Comma | Eof | LBracket)
                        || p.names.is_attribute(p.text_at(at))
                        || p.kind_at(at - 1) == KwQualifier
                }
                _ => false,
            }
        }
        LParen => p.nth(2) == Star && matches!(p.nth(3), RParen),
        _ => false,
    }
}

/// What the parentheses belong to, as that decides what may follow them.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Parens {
    /// A cast or a compound literal, or just parentheses.
    Cast,
    /// The operand of sizeof or typeof: nothing need follow.
    Operand,
}

/// Whether `( … )` at hand holds a type name.
pub(super) fn is_type_in_parens(p: &Parser, parens: Parens) -> bool {
    let open = p.position();
    let Some(mate) = p.mate(open) else { return false };
    let first = open + 1;
    match p.kind_at(first) {
        kind if kind.starts_type() || kind == KwAttribute => true,
        Ident => shape_is_type(p, first, mate).unwrap_or_else(|| {
            let lone = first + 1 == mate;
            lone && match parens {
                Parens::Operand => p.names.is_type(p.text_at(first)),
                Parens::Cast => lone_name_is_cast(p, first, mate),
            }
        }),
        _ => false,
    }
}

/// Whether `name …` up to `mate` is a type by its shape alone; `None` if a lone name leaves it open.
fn shape_is_type(p: &Parser, first: u32, mate: u32) -> Option<bool> {
    let second = p.kind_at(first + 1);
    if first + 1 == mate {
        return None;
    }
    let known = || p.names.is_type(p.text_at(first));
    Some(match second {
        Ident => !expressions::is_string_behind(p, first),
        KwQualifier | KwBuiltinType | KwStruct | KwUnion | KwEnum | KwAttribute => true,
        Star => {
            let mut at = first + 1;
            while matches!(p.kind_at(at), Star | KwQualifier) && at < mate {
                at += 1;
            }
            at == mate
                || p.kind_at(at - 1) == KwQualifier
                || p.kind_at(at) == Ident
                    && ((at + 1 == mate && p.names.is_attribute(p.text_at(at)))
                        || (p.kind_at(at + 1) == Star && p.names.is_attribute(p.text_at(at))))
                || (known() && matches!(p.kind_at(at), LBracket))
                || (known() && p.kind_at(at) == LParen && p.kind_at(at + 1) == Star)
        }
        LParen => {
            // `T (*)(…)` is a type, `f(*x)` a call; `typeof_member(…) *` is a macro that gives a type.
            let inner = p.mate(first + 1);
            let pointer = p.kind_at(first + 2) == Star;
            match inner {
                Some(inner) if pointer && p.kind_at(first + 3) == RParen => inner < mate,
                Some(inner) => {
                    let mut at = inner + 1;
                    while p.kind_at(at) == Star && at < mate {
                        at += 1;
                    }
                    at == mate && (at > inner + 1 || p.text_at(first).starts_with(b"__typeof"))
                }
                None => false,
            }
        }
        LBracket => known() || p.kind_at(first + 2) == RBracket,
        _ => false,
    })
}

/// `(name) …`: a cast, or an operand in parentheses?
fn lone_name_is_cast(p: &Parser, first: u32, mate: u32) -> bool {
    match p.kind_at(mate + 1) {
        LBrace => true,
        Ident | Number | Char | Tilde | Bang | KwSizeof | KwAlignof | KwExtension => {
            // An identifier on the next line may begin a statement behind a macro without a semicolon.
            true
        }
        String => p.names.is_type(p.text_at(first)),
        LParen if is_type_behind(p, mate + 1) => true,
        LParen | Amp | Star | Plus | Minus | PlusPlus | MinusMinus | AmpAmp => {
            p.names.is_type(p.text_at(first))
        }
        _ => false,
    }
}

/// Whether the parentheses at `open` begin with a keyword of a type: then a cast follows a cast.
fn is_type_behind(p: &Parser, open: u32) -> bool {
    p.kind_at(open + 1).starts_type()
}

/// `typeof ( … )`: with a type or an expression.
pub(super) fn typeof_operand(p: &mut Parser) {
    if !p.is_at(LParen) {
        p.fail();
        return;
    }
    if is_type_in_parens(p, Parens::Operand) {
        p.bracketed(type_name);
    } else {
        p.bracketed(|p| {
            expressions::expression(p);
        });
    }
}

/// The parentheses behind a macro that stands for an attribute or a type.
pub(super) fn macro_arguments(p: &mut Parser) {
    if p.is_at(LParen) {
        arguments::argument_list(p);
    }
}

/// Whether a declarator could begin with a unit of this kind.
pub(super) fn starts_declarator(kind: SyntaxKind) -> bool {
    matches!(kind, Ident | Star | Caret | LParen | DisjOpen)
}
