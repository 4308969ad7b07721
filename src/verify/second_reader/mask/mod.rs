//! Masking: C that no preprocessor has touched becomes C that lang-c can read, of the same length.
//!
//! Whatever lang-c can't read gives way to blanks or to a short stand-in, so each place of the masked text is the same
//! place of the source. The rules look at the shape of the code and know next to no names; they are driven by the
//! lexer alone, so that a fault of the parser can't hide from the second reader.

mod branches;
mod declarations;
mod expressions;
mod header;
mod statements;
mod tokens;

use rustc_hash::FxHashSet;

use super::limits::{self, TooMuch};
use crate::syntax::SyntaxKind::{self, *};
use crate::text::TextRange;

/// How a function is masked; each way hides something else.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Way<'a> {
    /// Hide the function's header behind a plain one.
    pub plain_header: bool,
    /// Take the last branch of each `#if` and not the first one.
    pub last_branches: bool,
    /// Places that should be seen, sorted: a branch that holds one of them is taken.
    pub focus: &'a [u32],
}

/// A function that lang-c can read, byte for byte as long as the source.
#[derive(Clone, Debug)]
pub struct Masked {
    /// The text; ASCII only.
    pub text: Vec<u8>,
    /// Names that stand for types in it, sorted.
    pub types: Vec<Vec<u8>>,
    /// A name for `int` that the function doesn't use.
    pub int_name: u8,
    /// Ranges of the source that lang-c doesn't see as they are, sorted and disjoint.
    pub hidden: Vec<TextRange>,
    /// Bytes that stand where the source has a blank, sorted.
    pub added: Vec<u32>,
    /// Where a `while` or an `if` stands for a loop macro, sorted.
    pub loops: Vec<u32>,
    /// What was taken for granted, and where; sorted.
    pub liberties: Vec<(u32, Liberty)>,
}

/// Something that was taken for granted, since only a macro can make it right.
///
/// Masking would make good many an error by them; so after an edit there must not be more of them than before.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Liberty {
    /// A semicolon is missing behind a macro.
    Semicolon,
    /// An argument is empty, or no expression and no type.
    Argument,
    /// A word stands where C has none: an attribute, or a macro with an operator or a string in it.
    Word,
    /// A macro begins a loop or stands for a type or a declaration.
    Macro,
}

impl Liberty {
    /// What is wrong if it is not a macro's doing.
    pub fn describe(self) -> &'static str {
        match self {
            Liberty::Semicolon => "a semicolon is missing",
            Liberty::Argument => "an argument is empty or no expression",
            Liberty::Word => "a word stands where none is expected",
            Liberty::Macro => "a call stands where none is expected",
        }
    }
}

/// Why a function can't be masked.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Unmaskable {
    /// No way through the `#if`s gives matching brackets.
    #[error("its brackets don't match")]
    Brackets,
    /// There is no body.
    #[error("it has no body")]
    NoBody,
    /// Every short name is taken.
    #[error("it uses every one-letter name")]
    NoName,
    /// It is too big or too deep.
    #[error("{0}")]
    TooMuch(#[from] TooMuch),
}

/// Masks the text of one function; `is_type` says which names the tree knows as types.
pub fn mask(source: &[u8], is_type: &dyn Fn(&[u8]) -> bool, way: Way<'_>) -> Result<Masked, Unmaskable> {
    limits::check_length(source)?;
    let mut masker = Masker::read(source, is_type, way)?;
    masker.simplify();
    masker.match_brackets()?;
    masker.find_variables();
    let body = masker.header(way.plain_header)?;
    masker.block(body);
    Ok(masker.finish())
}

/// A token of the active branches, without trivia.
#[derive(Clone, Copy, Debug)]
struct Token {
    /// `Tombstone` when it is hidden.
    kind: SyntaxKind,
    start: u32,
    end: u32,
    /// The bracket that belongs to this one; the token's own index for anything else.
    mate: usize,
    /// Nothing but white space stands before it on its line.
    first_on_line: bool,
    /// The indentation of its line, in columns.
    indentation: u32,
}

struct Masker<'s> {
    out: Vec<u8>,
    tokens: Vec<Token>,
    is_type: &'s dyn Fn(&[u8]) -> bool,
    /// Names found in the place of a type.
    types: FxHashSet<Vec<u8>>,
    /// Names that the tree knows as types, and that this function uses for something else.
    variables: FxHashSet<Vec<u8>>,
    int_name: u8,
    hidden: Vec<TextRange>,
    added: Vec<u32>,
    loops: Vec<u32>,
    liberties: Vec<(u32, Liberty)>,
}

impl Masker<'_> {
    fn finish(mut self) -> Masked {
        self.hidden.sort_unstable();
        self.hidden.dedup_by(|next, before| {
            let joined = next.start <= before.end;
            if joined {
                before.end = before.end.max(next.end);
            }
            joined
        });
        self.added.sort_unstable();
        self.loops.sort_unstable();
        self.liberties.sort_unstable();
        let mut types: Vec<_> = self.types.into_iter().collect();
        types.sort_unstable();
        Masked {
            text: self.out,
            types,
            int_name: self.int_name,
            hidden: self.hidden,
            added: self.added,
            loops: self.loops,
            liberties: self.liberties,
        }
    }

    fn kind(&self, index: usize) -> SyntaxKind {
        self.tokens.get(index).map_or(Eof, |token| token.kind)
    }

    fn is(&self, index: usize, kind: SyntaxKind) -> bool {
        self.kind(index) == kind
    }

    /// The next token that is not hidden; the number of tokens when there is none.
    fn next(&self, index: usize) -> usize {
        let mut index = index + 1;
        while self.kind(index) == Tombstone {
            index += 1;
        }
        index.min(self.tokens.len())
    }

    /// The token before, if any, that is not hidden.
    fn before(&self, index: usize) -> Option<usize> {
        (0..index).rev().find(|&index| self.kind(index) != Tombstone)
    }

    fn mate(&self, index: usize) -> usize {
        self.tokens.get(index).map_or(index, |token| token.mate)
    }

    /// The first token behind the group that `open` begins.
    fn behind(&self, open: usize) -> usize {
        self.next(self.mate(open).max(open))
    }

    fn bytes(&self, index: usize) -> &[u8] {
        match self.tokens.get(index) {
            Some(token) => &self.out[token.start as usize..token.end as usize],
            None => &[],
        }
    }

    /// Puts blanks in the place of bytes; line breaks stay.
    fn blank(&mut self, start: u32, end: u32) {
        for byte in &mut self.out[start as usize..end as usize] {
            if *byte != b'\n' {
                *byte = b' ';
            }
        }
    }

    fn write(&mut self, start: u32, text: &[u8]) {
        self.out[start as usize..][..text.len()].copy_from_slice(text);
    }

    /// Hides the tokens from `first` up to but not including `end`.
    fn hide(&mut self, first: usize, end: usize) {
        let end = end.min(self.tokens.len());
        if first >= end {
            return;
        }
        let (start, stop) = (self.tokens[first].start, self.tokens[end - 1].end);
        self.blank(start, stop);
        self.hidden.push(TextRange::new(start, stop));
        for token in &mut self.tokens[first..end] {
            token.kind = Tombstone;
        }
    }

    /// Hides tokens behind a shorter text, which becomes one token of the given kind.
    fn stand_in(&mut self, first: usize, end: usize, text: &[u8], kind: SyntaxKind) -> bool {
        let end = end.min(self.tokens.len());
        if first >= end || ((self.tokens[end - 1].end - self.tokens[first].start) as usize) < text.len() {
            return false;
        }
        self.hide(first, end);
        let start = self.tokens[first].start;
        self.write(start, text);
        self.tokens[first].kind = kind;
        self.tokens[first].end = start + text.len() as u32;
        self.tokens[first].mate = first;
        true
    }

    fn take(&mut self, liberty: Liberty, index: usize) {
        if let Some(token) = self.tokens.get(index) {
            self.liberties.push((token.start, liberty));
        }
    }

    /// Hides words that are not C without the preprocessor.
    fn hide_word(&mut self, first: usize, end: usize) {
        if first < end {
            self.take(Liberty::Word, first);
        }
        self.hide(first, end);
    }

    fn hide_macro(&mut self, first: usize, end: usize) {
        self.take(Liberty::Macro, first);
        self.hide(first, end);
    }

    fn replace_macro(&mut self, first: usize, end: usize, text: &[u8], kind: SyntaxKind) -> bool {
        self.take(Liberty::Macro, first);
        self.stand_in(first, end, text, kind)
    }

    fn replace_argument(&mut self, first: usize, end: usize, text: &[u8]) {
        self.take(Liberty::Argument, first);
        self.stand_in(first, end, text, Number);
    }

    fn add_semicolon(&mut self, index: usize) {
        self.take(Liberty::Semicolon, index);
        self.insert_behind(index, b';');
    }

    /// Writes one byte into the blanks behind a token; a line break gives way only if there is nothing else.
    fn insert_behind(&mut self, index: usize, byte: u8) -> bool {
        let Some(token) = self.tokens.get(index) else {
            return false;
        };
        let start = token.end as usize;
        let limit = self
            .tokens
            .get(index + 1)
            .map_or(self.out.len(), |next| next.start as usize);
        let gap = &self.out[start..limit];
        let blank = gap.iter().position(|&byte| byte == b' ' || byte == b'\t');
        let Some(at) = blank.or_else(|| gap.iter().position(u8::is_ascii_whitespace)) else {
            return false;
        };
        self.out[start + at] = byte;
        self.added.push((start + at) as u32);
        true
    }

    /// The commas and borders of a bracket group: each pair of neighbours holds one piece between them.
    fn separators(&self, open: usize, separator: SyntaxKind) -> Vec<usize> {
        let close = self.mate(open);
        let mut found = vec![open];
        let mut at = self.next(open);
        while at < close {
            if self.is(at, separator) {
                found.push(at);
            }
            at = self.behind(at);
        }
        found.push(close);
        found
    }

    /// The first token of one of these kinds outside of brackets; else the closing bracket around them, or `end`.
    fn find(&self, from: usize, end: usize, kinds: &[SyntaxKind]) -> usize {
        let mut at = from;
        while at < end
            && !kinds.contains(&self.kind(at))
            && !matches!(self.kind(at), RParen | RBrace | RBracket)
        {
            at = self.behind(at);
        }
        at.min(end)
    }

    /// Whether nothing but white space stands before a token on its line.
    fn first_on_line(&self, index: usize) -> bool {
        self.tokens.get(index).is_some_and(|token| token.first_on_line)
    }

    /// The indentation of the line that a token stands on, in columns.
    fn indentation(&self, index: usize) -> u32 {
        self.tokens.get(index).map_or(0, |token| token.indentation)
    }

    /// Whether a name stands for a type, as far as the tree, this function or the spelling tells.
    fn names_type(&self, index: usize) -> bool {
        let name = self.bytes(index);
        let known = || (self.is_type)(name) && !self.variables.contains(name);
        self.is(index, Ident) && (spelled_like_type(name) || self.types.contains(name) || known())
    }

    /// Finds the names that some other file may use for a type, but this function for a variable: one that is declared
    /// here, or that an operator follows.
    fn find_variables(&mut self) {
        for index in 0..self.tokens.len() {
            if self.is(index, Ident) && self.is_used_as_value(index) && (self.is_type)(self.bytes(index)) {
                self.variables.insert(self.bytes(index).to_vec());
            }
        }
    }

    fn is_used_as_value(&self, index: usize) -> bool {
        let behind = self.kind(self.next(index));
        let before = self.before(index);
        let declared = before.is_some_and(|before| match self.kind(before) {
            Star | KwBuiltinType => true,
            Ident => !self.names_attribute(before),
            _ => false,
        });
        match behind {
            Semicolon | Comma | LBracket | RParen => declared,
            Arrow | Dot | PlusPlus | MinusMinus | EqEq | Ne | Lt | Gt | Le | Ge | Plus | Minus | Slash
            | Percent | Pipe | PipePipe | Caret | Question | Shl | Shr => true,
            kind => kind.is_assignment(),
        }
    }

    /// Whether a name looks like one of the kernel's macros for attributes: `__user`, `__maybe_unused`.
    fn names_attribute(&self, index: usize) -> bool {
        let name = self.bytes(index);
        self.is(index, Ident)
            && name.starts_with(b"__")
            && name.get(2).is_some_and(u8::is_ascii_lowercase)
            && !self.names_type(index)
    }

    /// Whether a name is written in capitals, as macros are.
    fn is_shouted(&self, index: usize) -> bool {
        let name = self.bytes(index);
        self.is(index, Ident)
            && name.len() > 1
            && !name.iter().any(u8::is_ascii_lowercase)
            && !self.names_type(index)
    }
}

/// `foo_t`, `u8`, `__le32`, `bool`.
fn spelled_like_type(name: &[u8]) -> bool {
    let bare = name.strip_prefix(b"__").unwrap_or(name);
    let word = bare.trim_ascii_end();
    let sized = |prefix: &[u8]| {
        word.strip_prefix(prefix)
            .is_some_and(|size| matches!(size, b"8" | b"16" | b"32" | b"64"))
    };
    word.len() > 2 && word.ends_with(b"_t")
        || word == b"bool"
        || [&b"u"[..], b"s", b"le", b"be"].into_iter().any(sized)
}
