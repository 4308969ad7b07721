//! Preprocessor directives as they stand in the tokens, and which `#if` belongs to which `#endif`.

use super::kind::SyntaxKind::{self, *};
use super::lexer::Tokens;

/// What a directive does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum DirectiveKind {
    Include,
    Define,
    If,
    Ifdef,
    Ifndef,
    Elif,
    Else,
    Endif,
    Other,
}

/// One directive with its tokens.
#[derive(Clone, Copy, Debug)]
pub(super) struct Directive {
    pub kind: DirectiveKind,
    /// The `#`.
    pub first: u32,
    /// The token behind its name.
    pub arguments: u32,
    /// One past the line break that ends it.
    pub end: u32,
}

impl Directive {
    /// The kind of its node.
    pub fn node(&self) -> SyntaxKind {
        match self.kind {
            DirectiveKind::Include => IncludeDirective,
            DirectiveKind::Define => DefineDirective,
            DirectiveKind::If | DirectiveKind::Ifdef | DirectiveKind::Ifndef => IfDirective,
            DirectiveKind::Elif | DirectiveKind::Else => ElseDirective,
            DirectiveKind::Endif => EndifDirective,
            DirectiveKind::Other => OtherDirective,
        }
    }
}

/// All directives, in order. An `#else` or `#endif` without its `#if`, and an `#if` that is never closed, are `Other`.
pub(super) fn directives(text: &[u8], tokens: &Tokens) -> Vec<Directive> {
    let mut list = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    let mut index = 0;
    let mut line_start = true;
    while index < tokens.len() {
        let kind = tokens.kind(index);
        match kind {
            Hash if line_start => {
                let directive = read(text, tokens, index);
                index = directive.end as usize;
                pair(&mut list, &mut open, directive);
                continue;
            }
            Comment => {}
            Whitespace => line_start = line_start || tokens.range(index).slice(text).contains(&b'\n'),
            Newline => line_start = true,
            _ => line_start = false,
        }
        index += 1;
    }
    // What is never closed would otherwise swallow the rest of the file as one branch.
    for member in open {
        demote(&mut list, member);
    }
    list
}

fn pair(list: &mut Vec<Directive>, open: &mut Vec<usize>, mut directive: Directive) {
    match directive.kind {
        DirectiveKind::If | DirectiveKind::Ifdef | DirectiveKind::Ifndef => open.push(list.len()),
        DirectiveKind::Elif | DirectiveKind::Else if open.is_empty() => directive.kind = DirectiveKind::Other,
        DirectiveKind::Endif if open.pop().is_none() => directive.kind = DirectiveKind::Other,
        _ => {}
    }
    list.push(directive);
}

/// Takes an unclosed `#if` and its `#else` lines out of the pairing.
fn demote(list: &mut [Directive], first: usize) {
    let mut depth = 0;
    for directive in &mut list[first..] {
        match directive.kind {
            DirectiveKind::If | DirectiveKind::Ifdef | DirectiveKind::Ifndef => depth += 1,
            DirectiveKind::Endif => depth -= 1,
            DirectiveKind::Elif | DirectiveKind::Else if depth == 1 => directive.kind = DirectiveKind::Other,
            _ => {}
        }
    }
    list[first].kind = DirectiveKind::Other;
}

fn read(text: &[u8], tokens: &Tokens, hash: usize) -> Directive {
    let mut name = hash + 1;
    while matches!(tokens.kind(name), Whitespace | Comment) {
        name += 1;
    }
    let mut end = name;
    while !matches!(tokens.kind(end), Newline | Eof) {
        end += 1;
    }
    let kind = match (tokens.kind(name), tokens.range(name).slice(text)) {
        (Ident, b"include" | b"include_next" | b"import") => DirectiveKind::Include,
        (Ident, b"define") => DirectiveKind::Define,
        (Ident, b"if") => DirectiveKind::If,
        (Ident, b"ifdef") => DirectiveKind::Ifdef,
        (Ident, b"ifndef") => DirectiveKind::Ifndef,
        (Ident, b"elif") => DirectiveKind::Elif,
        (Ident, b"else") => DirectiveKind::Else,
        (Ident, b"endif") => DirectiveKind::Endif,
        _ => DirectiveKind::Other,
    };
    let arguments = if tokens.kind(name) == Ident {
        name + 1
    } else {
        name
    };
    let end = (end + 1).min(tokens.len());
    Directive {
        kind,
        first: hash as u32,
        arguments: arguments.min(end) as u32,
        end: end as u32,
    }
}
