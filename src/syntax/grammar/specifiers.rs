//! Declaration specifiers (C11 6.7): storage classes, types, qualifiers, and the macros that stand among them.

use super::super::kind::SyntaxKind::*;
use super::super::parser::Parser;
use super::declarations::{Place, enumerators, fields};
use super::types::{macro_arguments, typeof_operand};
use super::{arguments, expressions, pattern};

/// The specifiers of a declaration; says whether there was a type among them.
pub(super) fn specifiers(p: &mut Parser, place: Place) -> bool {
    let node = p.open();
    let mut has_type = false;
    loop {
        match p.current() {
            KwBuiltinType | KwAutoType => {
                has_type = true;
                p.bump();
            }
            KwTypedef | KwStorage | KwInline | KwQualifier | KwExtension => p.bump(),
            KwAttribute => gnu_attribute(p),
            KwAlignas => {
                let node = p.open();
                p.bump();
                typeof_operand(p);
                p.close(node, AlignasSpec);
            }
            KwStruct | KwUnion => {
                has_type = true;
                record(p);
            }
            KwEnum => {
                has_type = true;
                enumeration(p);
            }
            MetaType if p.nth(1) == LBrace => {
                has_type = true;
                let node = p.open();
                p.bump();
                fields(p);
                closing_attributes(p);
                p.close(node, StructSpec);
            }
            MetaType => {
                has_type = true;
                let node = p.open();
                p.bump();
                p.close(node, TypeRef);
            }
            DisjOpen if !has_type && pattern::holds_types(p) => {
                has_type = true;
                pattern::types(p);
            }
            KwTypeof => {
                has_type = true;
                let node = p.open();
                p.bump();
                typeof_operand(p);
                p.close(node, TypeofSpec);
            }
            Ident => match meaning(p, place, has_type) {
                Meaning::Type => {
                    has_type = true;
                    let node = p.open();
                    p.bump();
                    p.close(node, TypeRef);
                }
                Meaning::TypeMacro => {
                    has_type = true;
                    let node = p.open();
                    p.bump();
                    macro_arguments(p);
                    p.close(node, TypeRef);
                }
                Meaning::Attribute => macro_attribute(p),
                Meaning::Declarator => break,
            },
            _ => break,
        }
    }
    p.close(node, Specifiers);
    has_type
}

enum Meaning {
    Type,
    TypeMacro,
    Attribute,
    Declarator,
}

/// What a name among the specifiers stands for.
fn meaning(p: &Parser, place: Place, has_type: bool) -> Meaning {
    if has_type {
        behind_type(p, place)
    } else {
        before_type(p, place)
    }
}

fn before_type(p: &Parser, place: Place) -> Meaning {
    let at = p.position();
    let name = p.text_at(at);
    match p.nth(1) {
        KwBuiltinType | KwStruct | KwUnion | KwEnum | KwTypeof | KwAutoType | KwTypedef => Meaning::Attribute,
        KwStorage | KwInline | KwExtension => {
            if p.names.is_type(name) {
                Meaning::Type
            } else {
                Meaning::Attribute
            }
        }
        KwQualifier | KwAttribute => {
            if p.names.is_attribute(name) {
                Meaning::Attribute
            } else {
                Meaning::Type
            }
        }
        Ident => {
            let next = p.text_at(at + 1);
            let is_attribute = !p.names.is_type(name)
                && (type_keyword_follows(p)
                    || p.names.is_known_attribute(name)
                    || p.names.is_type(next) && p.nth(2) != Semicolon
                    || !p.names.is_attribute(next)
                        && (p.names.is_attribute(name)
                            || matches!(p.nth(2), Ident | Star) && is_upper(name)));
            if is_attribute {
                Meaning::Attribute
            } else {
                Meaning::Type
            }
        }
        Star | Caret => Meaning::Type,
        LParen => {
            let Some(mate) = p.mate(at + 1) else {
                return Meaning::Declarator;
            };
            let behind = p.kind_at(mate + 1);
            if p.nth(2) == Star
                || (p.nth(2) == Ident && p.kind_at(at + 3) == Star && p.names.is_attribute(p.text_at(at + 2)))
            {
                // `T (*name)(…)`; `f(*x)` has nothing behind it.
                if matches!(behind, LParen | LBracket) || place != Place::Item && behind != Semicolon {
                    return Meaning::Type;
                }
            }
            if behind == LParen && p.nth(2) == Ident && mate == at + 3 && !p.names.is_attribute(name) {
                // `T (name)(…)`: the name is put in parentheses so that no macro replaces it.
                return Meaning::Type;
            }
            if behind == Star {
                return Meaning::TypeMacro;
            }
            if behind.starts_declaration() {
                return Meaning::Attribute;
            }
            if behind == Ident {
                let further = p.kind_at(mate + 2);
                let known = p.names.is_attribute(name) && !name.starts_with(b"__typeof");
                return if known || matches!(further, Ident | Star) || further.starts_declaration() {
                    Meaning::Attribute
                } else if place == Place::Item
                    && p.is_on_new_line(mate + 1)
                    && (further != LParen || p.names.is_attribute(p.text_at(mate + 1)))
                {
                    Meaning::Declarator
                } else {
                    Meaning::TypeMacro
                };
            }
            if place == Place::Abstract && matches!(behind, Eof | Comma) {
                return Meaning::TypeMacro;
            }
            Meaning::Declarator
        }
        _ => match place {
            Place::Abstract | Place::Parameter => {
                if p.names.is_known_attribute(name) && p.nth(1) != Eof {
                    Meaning::Attribute
                } else {
                    Meaning::Type
                }
            }
            Place::Item | Place::Field | Place::Statement => Meaning::Declarator,
        },
    }
}

/// Whether a run of macros, with or without arguments, ends in a keyword that names a type.
fn type_keyword_follows(p: &Parser) -> bool {
    let mut at = p.position();
    for _ in 0..8 {
        match p.kind_at(at) {
            Ident => at += 1,
            LParen => match p.mate(at) {
                Some(mate) => at = mate + 1,
                None => return false,
            },
            KwBuiltinType | KwStruct | KwUnion | KwEnum | KwStorage | KwInline => return true,
            _ => return false,
        }
    }
    false
}

fn behind_type(p: &Parser, place: Place) -> Meaning {
    let at = p.position();
    let name = p.text_at(at);
    match p.nth(1) {
        Star | KwQualifier | KwBuiltinType | KwStorage | KwInline => Meaning::Attribute,
        Ident => {
            let next = p.text_at(at + 1);
            let is_name = !p.names.is_known_attribute(name)
                && (p.names.is_known_attribute(next) && p.nth(2) != LParen
                    || !p.names.is_attribute(name)
                        && (p.names.is_attribute(next) || is_upper(next) && !is_upper(name)));
            if is_name {
                Meaning::Declarator
            } else {
                Meaning::Attribute
            }
        }
        LParen => {
            let behind = p.mate(at + 1).map_or(Eof, |mate| p.kind_at(mate + 1));
            let initialized = || p.mate(at + 1).is_some_and(|mate| p.kind_at(mate + 2) == Eq);
            if behind == Star
                || behind == Ident
                    && (p.names.is_known_attribute(name) || p.names.is_attribute(name) && initialized())
            {
                Meaning::Attribute
            } else {
                Meaning::Declarator
            }
        }
        RParen | Comma | Eof if place == Place::Abstract => Meaning::Attribute,
        _ => Meaning::Declarator,
    }
}

fn is_upper(name: &[u8]) -> bool {
    !name.iter().any(u8::is_ascii_lowercase)
}

/// Attributes where only attributes can stand, for instance behind a declarator.
pub(super) fn attributes(p: &mut Parser) {
    loop {
        match p.current() {
            KwAttribute => gnu_attribute(p),
            Ident => macro_attribute(p),
            KwAsm if p.nth(1) == LParen => {
                let node = p.open();
                p.bump();
                p.bracketed(|p| {
                    expressions::string(p);
                });
                p.close(node, AsmLabel);
            }
            KwQualifier => p.bump(),
            _ => break,
        }
    }
}

/// `__attribute__((…))`.
pub(super) fn gnu_attribute(p: &mut Parser) {
    let node = p.open();
    p.bump();
    if p.is_at(LParen) && p.nth(1) == LParen {
        p.bracketed(arguments::argument_list);
    } else if p.is_at(LParen) {
        arguments::argument_list(p);
    } else {
        p.fail();
    }
    p.close(node, Attribute);
}

/// A macro that stands for an attribute, with or without arguments.
pub(super) fn macro_attribute(p: &mut Parser) {
    let node = p.open();
    p.bump();
    macro_arguments(p);
    p.close(node, Attribute);
}

/// `struct` or `union` with attributes, a tag, fields.
fn record(p: &mut Parser) {
    let node = p.open();
    let kind = if p.is_at(KwStruct) { StructSpec } else { UnionSpec };
    p.bump();
    tag(p);
    if p.is_at(LBrace) {
        fields(p);
        closing_attributes(p);
    }
    p.close(node, kind);
}

fn enumeration(p: &mut Parser) {
    let node = p.open();
    p.bump();
    tag(p);
    if p.is_at(LBrace) {
        enumerators(p);
        closing_attributes(p);
    }
    p.close(node, EnumSpec);
}

/// The tag behind `struct`, with the attributes before and behind it.
fn tag(p: &mut Parser) {
    let mut has_tag = false;
    loop {
        match p.current() {
            KwAttribute => gnu_attribute(p),
            Ident => {
                let name = p.text_at(p.position());
                let before_tag = match p.nth(1) {
                    Ident => {
                        p.names.is_known_attribute(name) || p.nth(2) == LBrace && p.names.is_attribute(name)
                    }
                    LBrace => p.names.is_known_attribute(name) || has_tag,
                    _ => false,
                };
                let with_arguments = p.nth(1) == LParen
                    && (!has_tag || p.names.is_known_attribute(name))
                    && p.mate(p.position() + 1)
                        .is_some_and(|mate| matches!(p.kind_at(mate + 1), Ident | LBrace));
                if with_arguments || before_tag {
                    macro_attribute(p);
                } else if has_tag {
                    break;
                } else {
                    has_tag = true;
                    p.bump();
                }
            }
            DisjOpen if !has_tag => {
                has_tag = true;
                pattern::names(p);
            }
            _ => break,
        }
    }
}

/// Attributes behind the closing brace of a struct, union or enum; a declarator may follow.
fn closing_attributes(p: &mut Parser) {
    loop {
        match p.current() {
            KwAttribute => gnu_attribute(p),
            Ident if p.names.is_attribute(p.text_at(p.position())) && !names_a_function(p) => {
                macro_attribute(p)
            }
            _ => break,
        }
    }
}

/// `struct s { … } __name(…) { … }`: a name that looks like an attribute, but has a body.
fn names_a_function(p: &Parser) -> bool {
    p.nth(1) == LParen
        && p.mate(p.position() + 1)
            .is_some_and(|mate| p.kind_at(mate + 1) == LBrace)
}
