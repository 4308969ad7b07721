//! Arguments of calls: what the preprocessor would see, so also types, statements, operators, and nothing at all.

use super::super::kind::SyntaxKind::{self, *};
use super::super::parser::Parser;
use super::{declarations, expressions, pattern, statements, types};

/// `( … )` behind the name of a function or macro.
pub(super) fn argument_list(p: &mut Parser) {
    let node = p.open();
    p.bracketed(list);
    p.close(node, ArgList);
}

/// Arguments and commas up to the end of the bracket or region.
pub(super) fn list(p: &mut Parser) {
    while !p.at_end() {
        if !p.eat(Comma) {
            argument(p);
        }
    }
}

/// Whether what is left is a piece of a list rather than statements.
pub(super) fn holds_list(p: &Parser) -> bool {
    let mut at = p.position();
    let mut commas = 0;
    while at < p.end() {
        match p.kind_at(at) {
            Semicolon | LBrace | RBrace => return false,
            kind if kind.starts_statement() => return false,
            Comma => commas += 1,
            _ => {}
        }
        at = p.mate(at).unwrap_or(at) + 1;
    }
    commas > 0
}

/// One argument; it ends before a comma or at the end of the list.
fn argument(p: &mut Parser) {
    let extent = Extent::of(p);
    p.attempt(
        |p| {
            one_argument(p, &extent);
            if !p.at_end() && !p.is_at(Comma) {
                p.fail();
            }
        },
        |p| {
            let end = extent.end;
            p.opaque_until(end);
        },
    );
}

/// What the units up to the next comma on this level tell.
struct Extent {
    end: u32,
    has_semicolon: bool,
}

impl Extent {
    fn of(p: &Parser) -> Self {
        let mut at = p.position();
        let mut has_semicolon = false;
        while at < p.end() && p.kind_at(at) != Comma {
            has_semicolon |= p.kind_at(at) == Semicolon;
            at = p.mate(at).unwrap_or(at) + 1;
        }
        Self {
            end: at.min(p.end()),
            has_semicolon,
        }
    }
}

fn one_argument(p: &mut Parser, extent: &Extent) {
    let first = p.current();
    if first.is_pattern() && pattern::argument(p, extent.end) {
        return;
    }
    // Only a brace group or a statement keyword can make a lone word such as `do` a statement here.
    if extent.has_semicolon || (first.starts_statement() && p.position() + 1 < extent.end) {
        if extent.has_semicolon {
            statement_argument(p);
        } else {
            p.contained(extent.end, statement_argument);
        }
        return;
    }
    match first {
        LBrace => {
            if holds_statements(p, p.position()) {
                statements::block(p);
            } else {
                declarations::initializer_list(p);
            }
        }
        Dot | LBracket if starts_designator(p, p.position()) => declarations::init_element(p),
        _ if first.starts_type() || first == KwStorage || first == KwAttribute || first == KwInline => {
            types::parameter(p);
            sequence(p);
        }
        Ident if types::is_parameter(p) && !expressions::is_glued_string(p) => {
            types::parameter(p);
        }
        Ident | Number | Char | String | LParen | Plus | Minus | Star | Amp | Tilde | Bang | PlusPlus
        | MinusMinus | AmpAmp | KwSizeof | KwAlignof | KwExtension | KwGeneric
            if p.position() + 1 < extent.end || first >= Ident && first <= String =>
        {
            let node = p.open();
            let expression = expressions::assignment(p);
            if expression.is_some() && !p.at_end() && !p.is_at(Comma) {
                sequence(p);
                p.close(node, MacroArg);
            }
        }
        // Operands of assembler code: `%0`, `[name] "=r" (x)`.
        Percent | LBracket => {
            let node = p.open();
            p.take_until(extent.end);
            p.close(node, MacroArg);
        }
        // An operator, a keyword or a member name by itself.
        _ if p.position() + 1 == extent.end => {
            let node = p.open();
            p.bump();
            p.close(node, MacroArg);
        }
        _ => p.fail(),
    }
}

/// Expressions one behind the other, as in `TP_STRUCT__entry(__field(…) __array(…))`.
fn sequence(p: &mut Parser) {
    while !p.at_end() && !p.is_at(Comma) && !p.has_failed() {
        if p.current().starts_type() {
            types::parameter(p);
        } else if is_operator(p.current()) {
            p.bump();
        } else {
            expressions::assignment(p);
        }
    }
}

fn is_operator(kind: SyntaxKind) -> bool {
    (Plus..=CaretEq).contains(&kind) || matches!(kind, Colon | Question | Dot | Arrow)
}

/// Statements as an argument: `wait_event_cmd(queue, condition, a(); b(), c())`.
fn statement_argument(p: &mut Parser) {
    let node = p.open();
    while !p.at_end() && !p.is_at(Comma) {
        statements::statement(p);
    }
    p.close(node, MacroArg);
}

/// Whether the brace at a position opens statements rather than an initializer.
pub(super) fn holds_statements(p: &Parser, brace: u32) -> bool {
    let Some(mate) = p.mate(brace) else {
        return false;
    };
    let mut at = brace + 1;
    if p.kind_at(at).starts_statement() {
        return true;
    }
    while at < mate {
        if p.kind_at(at) == Semicolon {
            return true;
        }
        at = p.mate(at).unwrap_or(at) + 1;
    }
    false
}

/// `.field = x` or `[index] = x` at a position.
pub(super) fn starts_designator(p: &Parser, at: u32) -> bool {
    match p.kind_at(at) {
        Dot => p.kind_at(at + 1) == Ident,
        LBracket => {
            let behind = p.mate(at).map(|mate| p.kind_at(mate + 1));
            matches!(behind, Some(Eq | Dot | LBracket))
        }
        _ => false,
    }
}
