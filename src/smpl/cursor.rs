//! Walks over the tokens of a header or of declarations.

use crate::diagnostics::{Diagnostic, Severity};
use crate::syntax::{SyntaxKind, lex};
use crate::text::TextRange;

/// What parsing gives: the value, or the one message about why not.
pub(super) type Result<T> = std::result::Result<T, Box<Diagnostic>>;

/// A message about a place in the file of rules.
pub(super) fn error(code: &'static str, range: TextRange, message: impl Into<String>) -> Box<Diagnostic> {
    Box::new(Diagnostic::new(Severity::Error, code, message).at(range, ""))
}

/// The word that `word` was probably meant to be.
pub(super) fn nearest<'w>(word: &str, known: &[&'w str]) -> Option<&'w str> {
    known
        .iter()
        .map(|&known| (strsim::damerau_levenshtein(word, known), known))
        .filter(|&(distance, known)| distance <= 2 && distance < known.len())
        .min()
        .map(|(_, known)| known)
}

pub(super) struct Cursor<'t> {
    pub text: &'t [u8],
    tokens: Vec<(SyntaxKind, TextRange)>,
    at: usize,
    end: TextRange,
}

impl<'t> Cursor<'t> {
    /// A cursor over the tokens of `text` in `range`, trivia left out.
    pub fn new(text: &'t [u8], range: TextRange) -> Self {
        let tokens = lex(range.slice(text));
        let tokens = (0..tokens.len())
            .filter(|&index| !tokens.kind(index).is_trivia())
            .map(|index| {
                let part = tokens.range(index);
                let range = TextRange::new(part.start + range.start, part.end + range.start);
                (tokens.kind(index), range)
            })
            .collect();
        Self {
            text,
            tokens,
            at: 0,
            end: TextRange::new(range.end, range.end),
        }
    }

    pub fn at_end(&self) -> bool {
        self.at >= self.tokens.len()
    }

    pub fn kind(&self) -> SyntaxKind {
        self.nth_kind(0)
    }

    pub fn nth_kind(&self, ahead: usize) -> SyntaxKind {
        self.tokens
            .get(self.at + ahead)
            .map_or(SyntaxKind::Eof, |token| token.0)
    }

    pub fn range(&self) -> TextRange {
        self.tokens.get(self.at).map_or(self.end, |token| token.1)
    }

    pub fn word(&self) -> &'t str {
        self.nth(0)
    }

    pub fn nth(&self, ahead: usize) -> &'t str {
        self.tokens
            .get(self.at + ahead)
            .and_then(|token| std::str::from_utf8(token.1.slice(self.text)).ok())
            .unwrap_or("")
    }

    pub fn bump(&mut self) -> &'t str {
        let word = self.word();
        self.at += 1;
        word
    }

    pub fn eat(&mut self, word: &str) -> bool {
        let found = self.word() == word && !self.at_end();
        if found {
            self.at += 1;
        }
        found
    }

    pub fn expect(&mut self, word: &str) -> Result<()> {
        if self.eat(word) {
            return Ok(());
        }
        let found = self.shown();
        Err(error(
            "expected-token",
            self.range(),
            format!("expected `{word}`, found {found}"),
        ))
    }

    /// The next token as a message shows it.
    pub fn shown(&self) -> String {
        if self.at_end() {
            "the end".to_owned()
        } else {
            format!("`{}`", self.word())
        }
    }

    /// A name. Keywords of C may be names here, too: `expression int;` is nonsense, but `retry` or `auto` are met.
    pub fn name(&mut self, what: &str) -> Result<&'t str> {
        if self.kind() == SyntaxKind::Ident || self.is_wordlike() {
            return Ok(self.bump());
        }
        let found = self.shown();
        Err(error(
            "expected-name",
            self.range(),
            format!("expected {what}, found {found}"),
        ))
    }

    pub fn is_wordlike(&self) -> bool {
        self.word()
            .starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
    }

    /// The contents of a string literal.
    pub fn string(&mut self) -> Result<String> {
        let word = self.word();
        match word.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
            Some(inner) => {
                self.bump();
                Ok(inner.to_owned())
            }
            None => Err(error(
                "expected-string",
                self.range(),
                format!("expected a string, found {}", self.shown()),
            )),
        }
    }

    pub fn position(&self) -> usize {
        self.at
    }

    pub fn go_to(&mut self, position: usize) {
        self.at = position;
    }
}
