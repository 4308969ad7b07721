//! Which branches of `#if` are read: of each group one.

use crate::syntax::SyntaxKind::{self, *};
use crate::syntax::Tokens;

use super::Way;

/// A directive: its first and last token, and its name.
pub(super) struct Directive {
    /// The `#`.
    pub(super) first: usize,
    /// One past the line break that ends it.
    pub(super) end: usize,
    pub(super) kind: DirectiveKind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum DirectiveKind {
    If,
    /// `#if 0`.
    IfZero,
    Else,
    Endif,
    Other,
}

/// The directives of a text, sorted.
pub(super) fn directives(source: &[u8], tokens: &Tokens) -> Vec<Directive> {
    let mut found = Vec::new();
    let mut fresh_line = true;
    let mut at = 0;
    while at < tokens.len() {
        match tokens.kind(at) {
            Whitespace => fresh_line |= tokens.range(at).slice(source).contains(&b'\n'),
            Comment => {}
            Hash if fresh_line => {
                let directive = directive(source, tokens, at);
                at = directive.end;
                found.push(directive);
                fresh_line = true;
                continue;
            }
            _ => fresh_line = false,
        }
        at += 1;
    }
    found
}

fn directive(source: &[u8], tokens: &Tokens, first: usize) -> Directive {
    let end = (first..tokens.len())
        .find(|&at| tokens.kind(at) == Newline)
        .map_or(tokens.len(), |at| at + 1);
    let mut words = (first + 1..end).filter(|&at| !tokens.kind(at).is_trivia());
    let mut word = || words.next().map(|at| tokens.range(at).slice(source));
    let kind = match word() {
        Some(b"if") if word() == Some(b"0") && word().is_none() => DirectiveKind::IfZero,
        Some(b"if" | b"ifdef" | b"ifndef") => DirectiveKind::If,
        Some(b"else" | b"elif") => DirectiveKind::Else,
        Some(b"endif") => DirectiveKind::Endif,
        _ => DirectiveKind::Other,
    };
    Directive { first, end, kind }
}

/// The kinds of the tokens that are read: those of directives and of branches not taken are trivia.
pub(super) fn active(source: &[u8], tokens: &Tokens, way: Way<'_>) -> Vec<SyntaxKind> {
    let directives = directives(source, tokens);
    let mut kinds: Vec<_> = tokens.as_slice().iter().map(|token| token.kind).collect();
    for directive in &directives {
        kinds[directive.first..directive.end].fill(Whitespace);
    }
    let mut ranges = skipped(tokens, &directives, way);
    // Branches lie in each other; each token is filled once.
    ranges.sort_unstable();
    let mut filled = 0;
    for (start, end) in ranges {
        if end > filled {
            kinds[start.max(filled)..end].fill(Whitespace);
            filled = end;
        }
    }
    kinds
}

/// The token ranges of the branches that are not taken.
fn skipped(tokens: &Tokens, directives: &[Directive], way: Way<'_>) -> Vec<(usize, usize)> {
    let mut skipped = Vec::new();
    let mut open: Vec<Vec<usize>> = Vec::new();
    for (index, directive) in directives.iter().enumerate() {
        match directive.kind {
            DirectiveKind::If | DirectiveKind::IfZero => open.push(vec![index]),
            DirectiveKind::Else => match open.last_mut() {
                Some(group) => group.push(index),
                // The function begins inside of a branch: what follows belongs to another version of it.
                None => open.push(vec![index]),
            },
            DirectiveKind::Endif => {
                let Some(mut group) = open.pop() else {
                    continue;
                };
                group.push(index);
                skip_all_but_one(tokens, directives, &group, way, &mut skipped);
            }
            DirectiveKind::Other => {}
        }
    }
    skipped
}

fn skip_all_but_one(
    tokens: &Tokens,
    directives: &[Directive],
    group: &[usize],
    way: Way<'_>,
    skipped: &mut Vec<(usize, usize)>,
) {
    let branches: Vec<(usize, usize)> = group
        .windows(2)
        .map(|pair| (directives[pair[0]].end, directives[pair[1]].first))
        .collect();
    let focused = branches.iter().position(|&(start, end)| {
        let next = way.focus.partition_point(|&at| at < tokens.start(start));
        way.focus.get(next).is_some_and(|&at| at < tokens.start(end))
    });
    let first = &directives[group[0]];
    let taken = match (focused, first.kind) {
        (Some(branch), _) => Some(branch),
        (None, DirectiveKind::Else) => None,
        (None, _) if way.last_branches => Some(branches.len() - 1),
        (None, DirectiveKind::IfZero) => Some(1),
        (None, _) => Some(0),
    };
    let others = branches
        .iter()
        .enumerate()
        .filter(|(index, _)| Some(*index) != taken);
    skipped.extend(others.map(|(_, &range)| range));
}
