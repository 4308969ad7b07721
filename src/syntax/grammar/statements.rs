//! Statements (C11 6.8), with macros that stand for them.

use super::super::kind::SyntaxKind::{self, *};
use super::super::parser::{Marker, Parser};
use super::declarations::{Place, declaration};
use super::{arguments, expressions, items, pattern};

/// Chains of `else if` longer than this go on in an opaque node, as each one lies in the one before it.
const MAX_ELSE_IFS: usize = 500;

/// `{ … }`.
pub(super) fn block(p: &mut Parser) {
    let node = p.open();
    p.bracketed(statements);
    p.close(node, Block);
}

/// Statements up to the end of the bracket or region.
pub(super) fn statements(p: &mut Parser) {
    while !p.at_end() {
        statement(p);
    }
}

/// One statement; takes at least one unit.
pub(super) fn statement(p: &mut Parser) {
    p.attempt(
        |p| {
            p.nested(|p| {
                one_statement(p);
                Some(())
            });
        },
        recover,
    );
}

/// What does not fit is opaque up to its semicolon, or to a block, which is read again.
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
                at = p.mate(at).unwrap_or(at) + 1;
                if !matches!(p.kind_at(at), Semicolon | Comma | RParen | Eq | KwWhile | KwElse) {
                    break;
                }
            }
            _ => at = p.mate(at).unwrap_or(at) + 1,
        }
    }
    p.opaque_until(at.max(start + 1));
}

fn one_statement(p: &mut Parser) {
    let kind = p.current();
    match kind {
        _ if p.pattern && pattern::statement(p) => {}
        LBrace => block(p),
        Semicolon => simple(p, EmptyStmt),
        KwIf => if_statement(p),
        KwFor => for_statement(p),
        KwWhile => {
            let node = p.open();
            p.bump();
            condition(p);
            body(p);
            p.close(node, WhileStmt);
        }
        KwDo => do_statement(p),
        KwSwitch => {
            let node = p.open();
            p.bump();
            condition(p);
            body(p);
            p.close(node, SwitchStmt);
        }
        KwCase => {
            let node = p.open();
            p.bump();
            expressions::conditional(p);
            if p.eat(Ellipsis) {
                expressions::conditional(p);
            }
            p.expect(Colon);
            p.close(node, CaseLabel);
        }
        KwDefault => {
            let node = p.open();
            p.bump();
            p.expect(Colon);
            p.close(node, DefaultLabel);
        }
        KwBreak => simple_keyword(p, BreakStmt),
        KwContinue => simple_keyword(p, ContinueStmt),
        KwReturn => {
            let node = p.open();
            p.bump();
            if !p.is_at(Semicolon) && !p.at_end() {
                expressions::expression(p);
            }
            semicolon(p);
            p.close(node, ReturnStmt);
        }
        KwGoto => {
            let node = p.open();
            p.bump();
            if p.eat(Star) {
                expressions::expression(p);
            } else {
                p.expect(Ident);
            }
            semicolon(p);
            p.close(node, GotoStmt);
        }
        KwLabel => {
            let node = p.open();
            p.bump();
            p.expect(Ident);
            while p.eat(Comma) {
                p.expect(Ident);
            }
            semicolon(p);
            p.close(node, LocalLabels);
        }
        KwAsm => asm_statement(p, AsmStmt),
        KwStaticAssert => items::static_assert(p),
        KwExtension if !p.nth(1).starts_declaration() && p.nth(1) != Ident => expression_statement(p),
        KwAttribute if attribute_statement(p) => {
            let node = p.open();
            super::specifiers::gnu_attribute(p);
            semicolon(p);
            p.close(node, ExprStmt);
        }
        Ident => identifier(p),
        _ if kind.starts_declaration() || kind == KwExtension => declaration(p, Place::Statement),
        _ => expression_statement(p),
    }
}

/// `__attribute__((fallthrough));`
fn attribute_statement(p: &Parser) -> bool {
    p.mate(p.position() + 1)
        .is_some_and(|mate| p.kind_at(mate + 1) == Semicolon)
}

fn simple(p: &mut Parser, kind: SyntaxKind) {
    let node = p.open();
    p.bump();
    p.close(node, kind);
}

fn simple_keyword(p: &mut Parser, kind: SyntaxKind) {
    let node = p.open();
    p.bump();
    semicolon(p);
    p.close(node, kind);
}

/// The semicolon that ends a statement; at the end of a macro body the user of the macro writes it.
fn semicolon(p: &mut Parser) {
    if !p.eat(Semicolon) && !p.at_end() {
        p.fail();
    }
}

/// A statement where only one can stand: labels before it belong to it.
fn body(p: &mut Parser) {
    let mut labels = 0;
    while is_label(p) && labels < 64 {
        statement(p);
        labels += 1;
    }
    if p.at_end() {
        // A macro body such as `for (…)` ends where the statement of its user begins.
        return;
    }
    statement(p);
}

fn is_label(p: &Parser) -> bool {
    matches!(p.current(), KwCase | KwDefault) || p.is_at(Ident) && p.nth(1) == Colon
}

/// `( … )` behind `if`, `while` or `switch`; a macro may bring the parentheses along.
fn condition(p: &mut Parser) {
    match p.current() {
        LParen => p.bracketed(|p| {
            expressions::expression(p);
        }),
        Ident if p.nth(1) == LParen => {
            let node = p.open();
            let name = p.open();
            p.bump();
            p.close(name, NameExpr);
            arguments::argument_list(p);
            p.close(node, CallExpr);
        }
        _ => p.fail(),
    }
}

/// `if … else if … else`, in a loop, as chains can be long.
fn if_statement(p: &mut Parser) {
    let mut open: Vec<Marker> = Vec::new();
    loop {
        open.push(p.open());
        p.bump();
        condition(p);
        body(p);
        if p.has_failed() || !p.eat(KwElse) {
            break;
        }
        if !p.is_at(KwIf) {
            body(p);
            break;
        }
        if open.len() >= MAX_ELSE_IFS {
            recover(p);
            while p.eat(KwElse) {
                recover(p);
            }
            break;
        }
    }
    while let Some(node) = open.pop() {
        p.close(node, IfStmt);
    }
}

fn for_statement(p: &mut Parser) {
    let node = p.open();
    p.bump();
    if p.is_at(LParen) {
        p.bracketed(|p| {
            if p.eat(Semicolon) {
            } else if p.current().starts_declaration() || p.is_at(Ident) && is_declaration(p) {
                declaration(p, Place::Statement);
            } else {
                expressions::expression(p);
                p.expect(Semicolon);
            }
            if !p.is_at(Semicolon) {
                expressions::expression(p);
            }
            p.expect(Semicolon);
            if !p.at_end() {
                expressions::expression(p);
            }
        });
    } else {
        p.fail();
    }
    body(p);
    p.close(node, ForStmt);
}

fn do_statement(p: &mut Parser) {
    let node = p.open();
    p.bump();
    body(p);
    if p.eat(KwWhile) {
        condition(p);
        semicolon_or_new_line(p);
    } else if p.is_at(Ident) && p.nth(1) == LParen {
        // `do { … } while_each_thread(group, thread);`
        macro_call(p);
        semicolon_or_new_line(p);
    } else if !p.at_end() {
        p.fail();
    }
    p.close(node, DoStmt);
}

fn semicolon_or_new_line(p: &mut Parser) {
    if !p.eat(Semicolon) && !p.at_end() && !p.is_on_new_line(p.position()) {
        p.fail();
    }
}

/// `asm volatile goto ("…" : outputs : inputs : clobbers : labels);`
pub(super) fn asm_statement(p: &mut Parser, kind: SyntaxKind) {
    let node = p.open();
    p.bump();
    while matches!(p.current(), KwQualifier | KwInline | KwGoto | Ident) {
        p.bump();
    }
    if !p.is_at(LParen) {
        p.fail();
        return;
    }
    p.bracketed(|p| {
        while !p.at_end() && !p.has_failed() {
            match p.current() {
                LParen => p.bracketed(|p| {
                    expressions::expression(p);
                }),
                LBracket => p.bracketed(|p| {
                    p.expect(Ident);
                }),
                String | Ident => {
                    expressions::string(p);
                }
                _ => p.bump(),
            }
        }
    });
    semicolon_or_new_line(p);
    p.close(node, kind);
}

/// A statement that begins with a name: label, declaration, macro or expression.
fn identifier(p: &mut Parser) {
    match p.nth(1) {
        Colon => {
            let node = p.open();
            p.bump();
            p.bump();
            p.close(node, Label);
        }
        LParen if is_declaration(p) => declaration(p, Place::Statement),
        LParen => macro_or_call(p),
        _ if is_declaration(p) => declaration(p, Place::Statement),
        _ => expression_statement(p),
    }
}

/// Whether a statement that begins with a name is a declaration.
fn is_declaration(p: &Parser) -> bool {
    let first = p.position();
    match p.nth(1) {
        Ident => match p.nth(2) {
            // A macro without parentheses on a line of its own before an expression.
            Eq | Arrow | Dot | LBracket | LParen if p.is_on_new_line(first + 1) => {
                p.names.is_type(p.text_at(first))
            }
            Arrow | Dot | PlusPlus | MinusMinus => false,
            _ => true,
        },
        KwBuiltinType | KwStruct | KwUnion | KwEnum | KwTypeof | KwQualifier | KwStorage | KwInline
        | KwAttribute => true,
        Star => {
            let mut at = first + 1;
            while matches!(p.kind_at(at), Star | KwQualifier | KwAttribute) {
                at += 1;
            }
            if p.kind_at(at) == LParen {
                // `T *(*f)(…)`
                return p.kind_at(at + 1) == Star && p.names.is_type(p.text_at(first));
            }
            if p.kind_at(at) != Ident {
                return false;
            }
            match p.kind_at(at + 1) {
                Semicolon | Eq | Comma | LBracket | Ident | KwAttribute | Star => true,
                LParen => p.names.is_type(p.text_at(first)),
                _ => false,
            }
        }
        LParen => {
            let Some(mate) = p.mate(first + 1) else {
                return false;
            };
            let name = p.text_at(first);
            let behind = p.kind_at(mate + 1);
            if p.nth(2) == Star && p.nth(3) == Ident && matches!(behind, LParen | LBracket) {
                // `T (*f)(…)`
                return matches!(p.kind_at(first + 4), RParen | LBracket);
            }
            if behind.starts_type() && !p.names.is_loop(name) {
                return p.names.is_attribute(name);
            }
            behind == Ident
                && !p.names.is_loop(name)
                && matches!(p.kind_at(mate + 2), Eq | Semicolon | Comma | LBracket)
                && !p.is_on_new_line(mate + 1)
                || behind == Star && name.starts_with(b"__typeof")
        }
        _ => false,
    }
}

/// `name( … )` at the begin of a statement: a call, a loop macro with its body, or a macro without a semicolon.
fn macro_or_call(p: &mut Parser) {
    let first = p.position();
    let Some(mate) = p.mate(first + 1) else {
        p.fail();
        return;
    };
    let behind = p.kind_at(mate + 1);
    let name = p.text_at(first);
    let is_loop = p.names.is_loop(name) || is_deeper(p, first, mate + 1);
    let starts_body = behind == LBrace
        || is_loop
            && (behind.starts_statement()
                || matches!(behind, MetaStmt | Dots | NestOpen | DisjOpen)
                || matches!(behind, Ident | PlusPlus | MinusMinus | Star)
                || behind == LParen && p.is_on_new_line(mate + 1))
        // `device_for_each_child(…);` is a function in spite of its name.
        || behind == Semicolon && p.names.is_known_loop(name);
    if starts_body {
        let node = p.open();
        macro_call(p);
        body(p);
        p.close(node, MacroLoop);
        return;
    }
    let new_line = p.is_on_new_line(mate + 1) || mate + 1 >= p.end();
    let next_statement = !p.pattern
        && (behind == Eof
            || behind.starts_statement()
            || behind == Ident && p.kind_at(mate + 2) == LParen
            || new_line
                && (behind == Ident
                    || behind.starts_declaration()
                    || behind == PlusPlus
                    || behind == MinusMinus));
    if next_statement {
        let node = p.open();
        macro_call(p);
        // At the end of a macro body this is an expression whose semicolon the user writes.
        p.close(node, if mate + 1 >= p.end() { ExprStmt } else { MacroStmt });
        return;
    }
    expression_statement(p);
}

/// Whether a line of its own follows the call of a macro, indented as only its body can be: `with_lock(x)` is a loop, too.
fn is_deeper(p: &Parser, first: u32, behind: u32) -> bool {
    if p.pattern || behind >= p.end() || !p.is_on_new_line(behind) {
        return false;
    }
    let (outer, inner) = (p.indentation(first), p.indentation(behind));
    outer.zip(inner).is_some_and(|(outer, inner)| inner > outer)
}

/// A macro with or without arguments.
pub(super) fn macro_name_or_call(p: &mut Parser) {
    if p.nth(1) == LParen {
        macro_call(p);
    } else {
        let name = p.open();
        p.bump();
        p.close(name, NameExpr);
    }
}

/// `name( … )` as a call expression.
pub(super) fn macro_call(p: &mut Parser) {
    let call = p.open();
    let callee = p.open();
    p.bump();
    p.close(callee, NameExpr);
    arguments::argument_list(p);
    p.close(call, CallExpr);
}

pub(super) fn expression_statement(p: &mut Parser) {
    let node = p.open();
    let lone_name = p.is_at(Ident);
    let start = p.position();
    expressions::expression(p);
    if p.eat(Semicolon) {
        p.close(node, ExprStmt);
    } else if p.pattern && pattern::ends_expression(p) {
        p.close(node, PatternExpr);
    } else if p.at_end() {
        p.close(node, ExprStmt);
    } else if lone_name && p.position() == start + 1 && p.is_on_new_line(p.position()) {
        p.close(node, MacroStmt);
    } else {
        p.fail();
    }
}
