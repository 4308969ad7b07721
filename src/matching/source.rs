//! The C file that rules are matched against.

use std::sync::Arc;

use crate::syntax::{Names, NodeId, SyntaxKind, Tree, parse};
use crate::text::{LineIndex, TextRange};

/// A text with its tree.
#[derive(Debug)]
pub struct Source {
    /// Path as the user gave it.
    pub path: String,
    /// The text.
    pub text: Arc<[u8]>,
    /// Its tree.
    pub tree: Tree,
    /// Where its lines begin.
    pub lines: LineIndex,
}

impl Source {
    /// Parses a text.
    pub fn new(path: &str, text: Arc<[u8]>, names: &Names) -> Self {
        Self {
            path: path.to_owned(),
            tree: parse(&text, names),
            lines: LineIndex::new(&text),
            text,
        }
    }

    /// The functions a part of which could not be parsed: name and line.
    pub fn unread(&self) -> Vec<(String, u32, NodeId)> {
        let tree = &self.tree;
        let name = |function: NodeId| {
            let declared = tree
                .descendants(function)
                .find(|&id| tree.kind(id) == SyntaxKind::NameDeclarator)?;
            Some(String::from_utf8_lossy(tree.text(declared, &self.text)).into_owned())
        };
        crate::flow::functions(tree)
            .filter_map(|function| {
                let opaque = tree
                    .descendants(function)
                    .find(|&id| tree.kind(id) == SyntaxKind::Opaque)?;
                let start = tree.tokens().start(self.span(opaque).first as usize);
                Some((name(function)?, self.lines.line_column(start).line, function))
            })
            .collect()
    }

    /// Text of a token.
    pub fn token(&self, index: usize) -> &[u8] {
        self.tree.tokens().range(index).slice(&self.text)
    }

    /// Kind of a token.
    pub fn token_kind(&self, index: usize) -> SyntaxKind {
        self.tree.tokens().kind(index)
    }

    /// The span of a node without trivia at its ends.
    pub fn span(&self, id: NodeId) -> Span {
        let span = self.tree.token_span(id);
        let (mut first, mut end) = (span.start, span.end);
        while first < end && self.token_kind(first).is_trivia() {
            first += 1;
        }
        while end > first && self.token_kind(end - 1).is_trivia() {
            end -= 1;
        }
        Span {
            first: first as u32,
            end: end as u32,
        }
    }

    /// Bytes of a span.
    pub fn range(&self, span: Span) -> TextRange {
        let tokens = self.tree.tokens();
        let start = tokens.start(span.first as usize);
        if span.is_empty() {
            return TextRange::new(start, start);
        }
        TextRange::new(start, tokens.range(span.end as usize - 1).end)
    }

    /// The tokens of a span that count, as one spelling that white space and comments do not change.
    pub fn key(&self, span: Span) -> Vec<u8> {
        let mut key = Vec::new();
        for index in span.first..span.end {
            if self.token_kind(index as usize).is_trivia() {
                continue;
            }
            if !key.is_empty() {
                key.push(b' ');
            }
            key.extend_from_slice(self.token(index as usize));
        }
        key
    }

    /// Code with spaces only where words would grow together.
    pub fn spelled(&self, span: Span) -> Vec<u8> {
        let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        let mut text: Vec<u8> = Vec::new();
        for index in span.first..span.end {
            let token = self.token(index as usize);
            if self.token_kind(index as usize).is_trivia() {
                continue;
            }
            if text.last().copied().is_some_and(is_word) && token.first().copied().is_some_and(is_word) {
                text.push(b' ');
            }
            text.extend_from_slice(token);
        }
        text
    }
}

/// A run of tokens of the C file, as indices.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Span {
    /// First token.
    pub first: u32,
    /// One past the last one.
    pub end: u32,
}

impl Span {
    /// A run of one token.
    pub fn token(index: usize) -> Self {
        Self {
            first: index as u32,
            end: index as u32 + 1,
        }
    }

    /// Whether it holds no token.
    pub fn is_empty(self) -> bool {
        self.first >= self.end
    }

    /// The run from the begin of this one to the end of the other.
    pub fn to(self, other: Span) -> Span {
        Span {
            first: self.first.min(other.first),
            end: self.end.max(other.end),
        }
    }
}
