//! What stands at the top of a file: functions, declarations, and the macros between them.

use super::super::kind::SyntaxKind::*;
use super::super::parser::Parser;
use super::declarations::{Place, declaration, init_element, initializer};
use super::statements::{asm_statement, block, macro_call};
use super::{arguments, specifiers};

/// A whole file.
pub(in super::super) fn source_file(p: &mut Parser) {
    while !p.at_end() {
        item(p);
    }
}

fn item(p: &mut Parser) {
    p.attempt(one_item, recover);
}

fn one_item(p: &mut Parser) {
    match p.current() {
        Semicolon => {
            let node = p.open();
            p.bump();
            p.close(node, EmptyItem);
        }
        KwAsm => asm_statement(p, AsmItem),
        KwStaticAssert => static_assert(p),
        KwStorage if p.nth(1) == String && p.nth(2) == LBrace => {
            let node = p.open();
            p.bump();
            p.bump();
            p.bracketed(source_file);
            p.close(node, LinkageBlock);
        }
        Ident if p.nth(1) == LParen && is_macro_item(p) => macro_item(p),
        Ident if p.nth(1) == Eof => {
            let node = p.open();
            p.bump();
            p.close(node, MacroItem);
        }
        _ => declaration(p, Place::Item),
    }
}

/// Whether `NAME(…)` is an item by itself and not the begin of a declaration.
fn is_macro_item(p: &Parser) -> bool {
    let first = p.position();
    let Some(mate) = p.mate(first + 1) else {
        return false;
    };
    let name = p.text_at(first);
    let behind = p.kind_at(mate + 1);
    if p.nth(2) == Star && matches!(behind, LParen | LBracket) {
        // `T (*f)(…);`
        return false;
    }
    match behind {
        Ident => {
            if p.names.is_attribute(name) {
                return false;
            }
            // `STATIC_FN(int) name(…)` stands on one line, `EXPORT_SYMBOL(x)` does not.
            p.is_on_new_line(mate + 1)
        }
        Star => false,
        LParen => false,
        kind if kind.starts_declaration() => !p.names.is_attribute(name) && p.is_on_new_line(mate + 1),
        _ => true,
    }
}

fn macro_item(p: &mut Parser) {
    let node = p.open();
    macro_call(p);
    if p.is_at(KwAttribute)
        || p.is_at(Ident) && p.names.is_attribute(p.text_at(p.position())) && p.nth(1) == LBrace
    {
        specifiers::attributes(p);
    }
    match p.current() {
        // `define_machine(board) { .name = …, }`
        LBrace if matches!(p.nth(1), Dot | LBracket) => {
            initializer(p);
            p.eat(Semicolon);
            p.close(node, MacroItem);
        }
        // `MACHINE_START(…) .name = …, MACHINE_END`
        Dot => {
            while p.is_at(Dot) && !p.has_failed() {
                init_element(p);
                p.eat(Comma);
            }
            p.expect(Ident);
            p.close(node, MacroItem);
        }
        LBrace => {
            block(p);
            p.close(node, MacroFunction);
        }
        Eq => {
            p.bump();
            initializer(p);
            p.expect(Semicolon);
            p.close(node, MacroItem);
        }
        _ => {
            p.eat(Semicolon);
            p.close(node, MacroItem);
        }
    }
}

/// What does not fit is opaque, but a block behind parentheses is read as the body of a function.
fn recover(p: &mut Parser) {
    let start = p.position();
    let mut at = start;
    while at < p.end() {
        match p.kind_at(at) {
            Semicolon => {
                at += 1;
                break;
            }
            LBrace => {
                let behind_head = at > start && p.kind_at(at - 1) != Eq;
                if behind_head && p.mate(at).is_some() && is_function_head(p, start, at) {
                    let node = p.open();
                    p.opaque_until(at);
                    block(p);
                    p.close(node, MacroFunction);
                    return;
                }
                at = p.mate(at).unwrap_or(at) + 1;
                if !matches!(p.kind_at(at), Semicolon | Comma | Eq | Ident) {
                    break;
                }
            }
            _ => at = p.mate(at).unwrap_or(at) + 1,
        }
    }
    p.opaque_until(at.max(start + 1));
}

/// Whether parentheses stand in `from..brace`, and nothing that makes it a type or an initializer.
fn is_function_head(p: &Parser, from: u32, brace: u32) -> bool {
    let mut at = from;
    let mut parens = false;
    while at < brace {
        match p.kind_at(at) {
            LParen => parens = true,
            Eq | KwStruct | KwUnion | KwEnum if !parens && p.kind_at(brace - 1) != RParen => return false,
            _ => {}
        }
        at = p.mate(at).unwrap_or(at) + 1;
    }
    parens
}

/// Whether declarations of parameters and a body follow a K&R function declarator.
pub(super) fn is_kr_definition(p: &Parser) -> bool {
    if !(p.current().starts_type()
        || p.is_at(KwStorage)
        || p.is_at(Ident) && matches!(p.nth(1), Ident | Star))
    {
        return false;
    }
    let mut at = p.position();
    let mut semicolon = false;
    while at < p.end() {
        match p.kind_at(at) {
            Semicolon => semicolon = true,
            LBrace => return semicolon && p.kind_at(at - 1) == Semicolon,
            Eq | LParen if p.kind_at(at) == Eq => return false,
            _ => {}
        }
        // A prototype without its semicolon would make this look at the rest of the file.
        if at - p.position() > 400 {
            return false;
        }
        at = p.mate(at).unwrap_or(at) + 1;
    }
    false
}

pub(super) fn kr_declarations(p: &mut Parser) {
    let node = p.open();
    while !p.at_end() && !p.is_at(LBrace) && !p.has_failed() {
        declaration(p, Place::Statement);
    }
    p.close(node, KrDeclarations);
}

/// `_Static_assert(…);`
pub(super) fn static_assert(p: &mut Parser) {
    let node = p.open();
    p.bump();
    if p.is_at(LParen) {
        arguments::argument_list(p);
    } else {
        p.fail();
    }
    if !p.eat(Semicolon) && !p.at_end() {
        p.fail();
    }
    p.close(node, StaticAssert);
}
