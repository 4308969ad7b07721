//! Declarations and declarators (C11 6.7), initializers, fields, enumerators.

use super::super::kind::SyntaxKind::*;
use super::super::parser::{Completed, Parser};
use super::specifiers::{attributes, macro_attribute, specifiers};
use super::types::{parameter_list, starts_declarator};
use super::{arguments, expressions, items, pattern, statements, types};

/// Where a declaration stands, as that decides what a lone name means.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// At the top of a file.
    Item,
    /// In a block.
    Statement,
    /// In a struct or union.
    Field,
    /// In a parameter list: the declarator may have no name.
    Parameter,
    /// In a type name: the declarator has no name.
    Abstract,
}

/// A declaration or a function definition, closing semicolon included.
pub(super) fn declaration(p: &mut Parser, place: Place) {
    let node = p.open();
    let has_type = specifiers(p, place);
    if p.eat(Semicolon) {
        p.close(node, Declaration);
        return;
    }
    if p.at_end() && has_type && place == Place::Statement {
        p.close(node, Declaration);
        return;
    }
    let mut first = true;
    loop {
        let item = p.open();
        let declared = if !has_type && p.is_at(Ident) && p.nth(1) == LParen && is_macro_declarator(p) {
            macro_declarator(p);
            Some(Declared::Macro)
        } else {
            declarator(p, place).map(|declarator| {
                if p.kind_of(declarator) == FunctionDeclarator {
                    Declared::Function
                } else {
                    Declared::Other
                }
            })
        };
        if declared.is_none() && !p.is_at(Colon) {
            p.fail();
            return;
        }
        if first
            && place != Place::Field
            && matches!(declared, Some(Declared::Function))
            && items::is_kr_definition(p)
        {
            items::kr_declarations(p);
        }
        attributes(p);
        if first && p.is_at(LBrace) && place != Place::Field && declared.is_some() {
            statements::block(p);
            p.close(node, Function);
            return;
        }
        if p.is_at(Colon) && place == Place::Field {
            let bits = p.open();
            p.bump();
            expressions::conditional(p);
            p.close(bits, Bitfield);
            attributes(p);
        }
        if p.eat(Eq) {
            initializer(p);
        }
        p.close(item, InitDeclarator);
        first = false;
        if p.eat(Comma) {
            continue;
        }
        let macro_ends =
            matches!(declared, Some(Declared::Macro)) && (p.at_end() || p.is_on_new_line(p.position()));
        // The last declaration of a macro body may leave its semicolon to the user of the macro.
        if !p.eat(Semicolon) && !macro_ends && !p.at_end() {
            p.fail();
        }
        p.close(node, Declaration);
        return;
    }
}

enum Declared {
    Function,
    Macro,
    Other,
}

/// `static DEFINE_MUTEX(lock);`: a macro call where a declarator stands.
fn is_macro_declarator(p: &Parser) -> bool {
    let Some(mate) = p.mate(p.position() + 1) else {
        return false;
    };
    !matches!(p.kind_at(mate + 1), LBrace) || p.nth(2) != RParen
}

fn macro_declarator(p: &mut Parser) {
    let node = p.open();
    p.bump();
    arguments::argument_list(p);
    p.close(node, MacroDeclarator);
}

/// A declarator (C11 6.7.6), or nothing where it may have no name.
pub(super) fn declarator(p: &mut Parser, place: Place) -> Option<Completed> {
    p.nested(|p| {
        while p.is_at(Ident) && p.nth(1) == Star {
            macro_attribute(p);
        }
        if matches!(p.current(), Star | Caret) {
            let node = p.open();
            p.bump();
            pointer_qualifiers(p, place);
            if starts_declarator(p.current()) || p.is_at(LBracket) {
                declarator(p, place);
            }
            return Some(p.close(node, PointerDeclarator));
        }
        let start = p.open();
        let mut inner = match p.current() {
            Ident if place != Place::Abstract => {
                p.bump();
                Some(p.close(start, NameDeclarator))
            }
            DisjOpen if place != Place::Abstract => {
                pattern::names(p);
                Some(p.close(start, NameDeclarator))
            }
            LParen if holds_declarator(p, place) => {
                p.bracketed(|p| {
                    while matches!(p.current(), KwAttribute | KwQualifier)
                        || p.is_at(Ident) && matches!(p.nth(1), Star | Ident)
                    {
                        if p.is_at(Ident) {
                            macro_attribute(p);
                        } else if p.is_at(KwQualifier) {
                            p.bump();
                        } else {
                            super::specifiers::gnu_attribute(p);
                        }
                    }
                    declarator(p, place);
                    attributes(p);
                });
                Some(p.close(start, ParenDeclarator))
            }
            _ => None,
        };
        let mut suffixes = 0;
        loop {
            let is_function = match p.current() {
                LBracket => false,
                LParen if inner.is_some() || matches!(place, Place::Parameter | Place::Abstract) => true,
                _ => break,
            };
            suffixes += 1;
            if suffixes > 64 {
                p.fail();
                return None;
            }
            let node = match inner {
                Some(inner) => p.precede(inner),
                None => p.open(),
            };
            if is_function {
                parameter_list(p);
                inner = Some(p.close(node, FunctionDeclarator));
            } else {
                p.bracketed(|p| {
                    while matches!(p.current(), KwQualifier | KwStorage) {
                        p.bump();
                    }
                    if !p.at_end() {
                        expressions::assignment(p);
                    }
                });
                inner = Some(p.close(node, ArrayDeclarator));
            }
        }
        inner
    })
}

/// Qualifiers and attributes behind a `*`.
fn pointer_qualifiers(p: &mut Parser, place: Place) {
    loop {
        match p.current() {
            KwQualifier => p.bump(),
            KwAttribute => super::specifiers::gnu_attribute(p),
            Ident => {
                let name = p.text_at(p.position());
                let is_attribute = match p.nth(1) {
                    Ident => p.names.is_attribute(name) || !p.names.is_attribute(p.text_at(p.position() + 1)),
                    Star | KwQualifier => true,
                    LParen => {
                        let behind = p.mate(p.position() + 1).map_or(Eof, |mate| p.kind_at(mate + 1));
                        p.names.is_known_attribute(name) && matches!(behind, Ident | Star)
                    }
                    Comma | RParen | Eof | LBracket => {
                        place == Place::Abstract
                            || place == Place::Parameter && p.names.is_known_attribute(name)
                    }
                    _ => false,
                };
                if !is_attribute {
                    break;
                }
                macro_attribute(p);
            }
            _ => break,
        }
    }
}

/// Whether the parentheses at hand hold a declarator rather than parameters.
fn holds_declarator(p: &Parser, place: Place) -> bool {
    let named = !matches!(place, Place::Parameter | Place::Abstract);
    match p.nth(1) {
        Star | Caret | KwAttribute => true,
        LParen => named || matches!(p.nth(2), Star | Caret),
        Ident => match p.nth(2) {
            Star => !p.names.is_type(p.text_at(p.position() + 1)),
            Ident => named && p.names.is_attribute(p.text_at(p.position() + 1)),
            RParen | LParen | LBracket => {
                named
                    || place == Place::Parameter
                        && !p.names.is_type(p.text_at(p.position() + 1))
                        && p.mate(p.position())
                            .is_some_and(|mate| p.kind_at(mate + 1) == LParen)
            }
            _ => false,
        },
        _ => false,
    }
}

/// What stands behind the `=` of a declarator (C11 6.7.9).
pub(super) fn initializer(p: &mut Parser) {
    if p.is_at(LBrace) {
        initializer_list(p);
    } else {
        expressions::assignment(p);
    }
}

/// `{ … }` with designators.
pub(super) fn initializer_list(p: &mut Parser) {
    let node = p.open();
    p.bracketed(initializer_elements);
    p.close(node, InitializerList);
}

/// Elements and commas up to the end of the bracket or region.
pub(super) fn initializer_elements(p: &mut Parser) {
    while !p.at_end() {
        if p.eat(Comma) {
            continue;
        }
        p.attempt(
            |p| {
                init_element(p);
                // Macros such as `INIT_ENTRY(x)` bring their comma along.
                if !p.at_end() && !p.is_at(Comma) && !p.is_on_new_line(p.position()) && !p.is_at(Ident) {
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
}

/// Whether all that is left are elements of an initializer, one of them with a designation or in braces: such is what
/// `.info = f, .get = g` and `{ .open = f }` stand for as the body of a macro.
pub(super) fn holds_elements(p: &Parser) -> bool {
    let mut at = p.position();
    let (mut starts_element, mut holds_one) = (true, false);
    while at < p.end() {
        let kind = p.kind_at(at);
        if kind == Semicolon || kind.starts_statement() {
            return false;
        }
        if starts_element && kind == LBrace {
            if arguments::holds_statements(p, at) || p.kind_at(at + 1) == RBrace {
                return false;
            }
            holds_one = true;
        }
        holds_one |= starts_element && arguments::starts_designator(p, at);
        starts_element = kind == Comma;
        at = p.mate(at).unwrap_or(at) + 1;
    }
    holds_one
}

/// One element of an initializer, with or without a designation.
pub(super) fn init_element(p: &mut Parser) {
    let node = p.open();
    let mut designated = false;
    if p.is_at(Ident) && p.nth(1) == Colon {
        // GNU's old `field: value`.
        let designator = p.open();
        p.bump();
        p.bump();
        p.close(designator, Designator);
        designated = true;
    } else {
        while matches!(p.current(), Dot | LBracket) {
            let designator = p.open();
            if p.eat(Dot) {
                p.expect(Ident);
            } else {
                p.bracketed(|p| {
                    expressions::conditional(p);
                    if p.eat(Ellipsis) {
                        expressions::conditional(p);
                    }
                });
            }
            p.close(designator, Designator);
            designated = true;
        }
        if designated {
            p.eat(Eq);
        }
    }
    if p.is_at(LBrace) {
        p.nested(|p| {
            initializer_list(p);
            Some(())
        });
    } else if !(designated && (p.at_end() || p.is_at(Comma))) {
        expressions::assignment(p);
    }
    if designated {
        p.close(node, InitElement);
    }
}

/// The fields of a struct or union.
pub(super) fn fields(p: &mut Parser) {
    let node = p.open();
    p.bracketed(|p| {
        while !p.at_end() {
            field(p);
        }
    });
    p.close(node, FieldList);
}

fn field(p: &mut Parser) {
    if p.pattern && pattern::element(p, field) {
        return;
    }
    if p.is_at(Semicolon) {
        let node = p.open();
        p.bump();
        p.close(node, EmptyItem);
        return;
    }
    if p.is_at(KwStaticAssert) {
        items::static_assert(p);
        return;
    }
    p.attempt(
        |p| {
            if is_macro_field(p) {
                let node = p.open();
                statements::macro_name_or_call(p);
                p.eat(Semicolon);
                p.close(node, MacroItem);
                return;
            }
            p.nested(|p| {
                field_declaration(p);
                Some(())
            });
        },
        |p| {
            let mut at = p.position();
            while at < p.end() && p.kind_at(at) != Semicolon {
                at = p.mate(at).unwrap_or(at) + 1;
            }
            p.opaque_until((at + 1).max(p.position() + 1));
        },
    );
}

/// `KABI_RESERVE(1)` and its kin, and a marker such as `randomized_fields_end`.
fn is_macro_field(p: &Parser) -> bool {
    if !p.is_at(Ident) {
        return false;
    }
    match p.nth(1) {
        Eof => true,
        LParen => p
            .mate(p.position() + 1)
            .is_some_and(|mate| match p.kind_at(mate + 1) {
                Eof | Semicolon => true,
                behind => {
                    p.is_on_new_line(mate + 1)
                        && (behind.starts_type() || behind == Ident)
                        && !p.names.is_attribute(p.text_at(p.position()))
                }
            }),
        _ => false,
    }
}

fn field_declaration(p: &mut Parser) {
    let before = p.position();
    let node = p.open();
    let has_type = specifiers(p, Place::Field);
    if !p.is_at(Semicolon) {
        loop {
            let item = p.open();
            if !has_type && p.is_at(Ident) && p.nth(1) == LParen {
                macro_declarator(p);
            } else {
                declarator(p, Place::Field);
            }
            attributes(p);
            if p.is_at(Colon) {
                let bits = p.open();
                p.bump();
                expressions::conditional(p);
                p.close(bits, Bitfield);
                attributes(p);
            }
            p.close(item, InitDeclarator);
            if !p.eat(Comma) {
                break;
            }
        }
    }
    p.expect(Semicolon);
    if p.position() == before {
        p.fail();
    }
    p.close(node, Field);
}

/// The constants of an enumeration.
pub(super) fn enumerators(p: &mut Parser) {
    let node = p.open();
    p.bracketed(|p| {
        while !p.at_end() {
            if p.eat(Comma) {
                continue;
            }
            if p.pattern && pattern::element(p, |p| p.bump()) {
                continue;
            }
            p.attempt(
                |p| {
                    let enumerator = p.open();
                    p.expect(Ident);
                    types::macro_arguments(p);
                    while p.is_at(KwAttribute)
                        || p.is_at(Ident) && p.names.is_attribute(p.text_at(p.position()))
                    {
                        if p.is_at(Ident) {
                            macro_attribute(p)
                        } else {
                            super::specifiers::gnu_attribute(p)
                        }
                    }
                    if p.eat(Eq) {
                        expressions::assignment(p);
                    }
                    p.eat(Semicolon);
                    p.close(enumerator, Enumerator);
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
    p.close(node, EnumeratorList);
}
