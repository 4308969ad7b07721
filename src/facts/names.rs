//! Names that the parser has to know, learnt from a text.

use super::macros::{MacroKind, kind_of_body};
use crate::syntax::{Names, SyntaxKind, Tokens, lex};

/// Learns types from `typedef` and `#define`, and macros that stand for attributes or begin loops.
///
/// Works on tokens alone, so that a header costs no parse.
pub fn learn(text: &[u8]) -> Names {
    let tokens = lex(text);
    let mut names = Names::new();
    let mut at = 0;
    while at < tokens.len() {
        at = match tokens.kind(at) {
            SyntaxKind::KwTypedef => type_definition(text, &tokens, at + 1, &mut names),
            SyntaxKind::Hash => directive(text, &tokens, at, &mut names),
            _ => at + 1,
        };
    }
    names
}

/// Reads behind `typedef`: the name that each declarator declares. Gives the place where to go on.
fn type_definition(text: &[u8], tokens: &Tokens, from: usize, names: &mut Names) -> usize {
    let mut depth = 0u32;
    // The last name outside of brackets, and that of `(*name)(…)`, which goes before it.
    let (mut plain, mut pointer) = (None, None);
    for at in from..tokens.len() {
        let kind = tokens.kind(at);
        match kind {
            SyntaxKind::LParen if depth == 0 && next(tokens, at).1 == SyntaxKind::Star => {
                pointer = (at..tokens.len()).find(|&at| tokens.kind(at) == SyntaxKind::Ident);
                depth += 1;
            }
            SyntaxKind::LBrace | SyntaxKind::LParen | SyntaxKind::LBracket => depth += 1,
            SyntaxKind::RBrace | SyntaxKind::RParen | SyntaxKind::RBracket => {
                let Some(less) = depth.checked_sub(1) else {
                    return at;
                };
                depth = less;
            }
            SyntaxKind::Ident if depth == 0 => {
                // `__aligned(8)` behind the name is no name.
                let word = tokens.range(at).slice(text);
                let is_attribute = word.starts_with(b"__") && next(tokens, at).1 == SyntaxKind::LParen;
                if !is_attribute {
                    plain = Some(at);
                }
            }
            SyntaxKind::Comma | SyntaxKind::Semicolon if depth == 0 => {
                if let Some(name) = pointer.or(plain) {
                    names.add_type(tokens.range(name).slice(text));
                }
                if kind == SyntaxKind::Semicolon {
                    return at + 1;
                }
                (plain, pointer) = (None, None);
            }
            SyntaxKind::Hash | SyntaxKind::KwTypedef if depth == 0 => return at,
            _ => {}
        }
    }
    tokens.len()
}

/// The next token that counts.
fn next(tokens: &Tokens, at: usize) -> (usize, SyntaxKind) {
    let mut at = at + 1;
    while tokens.kind(at).is_trivia() && tokens.kind(at) != SyntaxKind::Newline {
        at += 1;
    }
    (at, tokens.kind(at))
}

fn directive(text: &[u8], tokens: &Tokens, hash: usize, names: &mut Names) -> usize {
    let end = (hash..tokens.len())
        .find(|&at| tokens.kind(at) == SyntaxKind::Newline)
        .unwrap_or(tokens.len());
    let (word, _) = next(tokens, hash);
    if tokens.range(word).slice(text) != b"define" {
        return end;
    }
    let (name, SyntaxKind::Ident) = next(tokens, word) else {
        return end;
    };
    let mut body = name + 1;
    let has_parameters = tokens.kind(body) == SyntaxKind::LParen;
    if has_parameters {
        while body < end && tokens.kind(body) != SyntaxKind::RParen {
            body += 1;
        }
        body += 1;
    }
    let words: Vec<(SyntaxKind, &[u8])> = (body..end)
        .filter(|&at| !tokens.kind(at).is_trivia())
        .map(|at| (tokens.kind(at), tokens.range(at).slice(text)))
        .collect();
    let name = tokens.range(name).slice(text);
    match kind_of_body(&words) {
        MacroKind::Loop => names.add_loop(name),
        MacroKind::Attribute => names.add_attribute(name),
        MacroKind::Type if !has_parameters => names.add_type(name),
        _ => {}
    }
    end
}
