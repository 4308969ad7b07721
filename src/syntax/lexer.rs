//! The lexer: bytes to tokens, lossless, trivia included.
//!
//! Tokens follow the phases of translation 3 and 4 of C11 (5.1.1.2) on text that no preprocessor has touched: a line
//! break ends a directive, `\` before a line break is white space, and a literal that is not closed ends with its line.

use memchr::{memchr, memchr2, memchr3};

use super::kind::SyntaxKind::{self, *};
use crate::text::TextRange;

/// One token; it ends where the next one starts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Token {
    /// What it is.
    pub kind: SyntaxKind,
    /// Its first byte.
    pub start: u32,
}

/// The tokens of one text, closed by one of the kind `Eof`.
///
/// Invariant: the first token starts at 0, starts never go down, and the last one is the length of the text, so that
/// the tokens' bytes joined are the text.
#[derive(Clone, Debug)]
pub struct Tokens {
    list: Vec<Token>,
}

impl Tokens {
    /// Takes tokens that were made elsewhere. Sorts nothing: they have to keep the invariant but for the closing token,
    /// which is added.
    pub fn from_list(mut list: Vec<Token>, len: u32) -> Self {
        list.push(Token {
            kind: Eof,
            start: len,
        });
        Self { list }
    }

    /// Number of tokens without the closing one.
    pub fn len(&self) -> usize {
        self.list.len() - 1
    }

    /// Whether the text was empty.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Kind of a token; `Eof` past the end.
    pub fn kind(&self, index: usize) -> SyntaxKind {
        self.list.get(index).map_or(Eof, |token| token.kind)
    }

    /// Bytes of a token; an empty range past the end.
    pub fn range(&self, index: usize) -> TextRange {
        let end = self.list[self.len()].start;
        match (self.list.get(index), self.list.get(index + 1)) {
            (Some(token), Some(next)) => TextRange::new(token.start, next.start),
            _ => TextRange::new(end, end),
        }
    }

    /// Where a token starts; the length of the text past the end.
    pub fn start(&self, index: usize) -> u32 {
        self.list[index.min(self.len())].start
    }

    /// The token that holds the byte at `offset`; the closing one past the end.
    pub fn at_offset(&self, offset: u32) -> usize {
        self.list
            .partition_point(|token| token.start <= offset)
            .saturating_sub(1)
    }

    /// All tokens, the closing one included.
    pub fn as_slice(&self) -> &[Token] {
        &self.list
    }
}

/// Splits `text` into tokens. Takes linear time and never fails; text past 4 GiB is the caller's to refuse.
pub fn lex(text: &[u8]) -> Tokens {
    let mut lexer = Lexer {
        text,
        pos: 0,
        list: Vec::with_capacity(text.len() / 5 + 16),
        line_start: true,
        directive: Directive::No,
    };
    lexer.run();
    Tokens { list: lexer.list }
}

/// How far into a directive the lexer is.
#[derive(Clone, Copy, PartialEq)]
enum Directive {
    No,
    /// Behind the `#`.
    Name,
    /// Behind `#include`.
    Include,
    /// Anywhere else in it.
    Body,
}

struct Lexer<'t> {
    text: &'t [u8],
    pos: usize,
    list: Vec<Token>,
    /// Nothing but white space and comments since the last line break.
    line_start: bool,
    directive: Directive,
}

impl Lexer<'_> {
    fn run(&mut self) {
        while self.pos < self.text.len() {
            let start = self.pos;
            let kind = self.token();
            self.list.push(Token {
                kind,
                start: start as u32,
            });
        }
        self.list.push(Token {
            kind: Eof,
            start: self.text.len() as u32,
        });
    }

    #[inline]
    fn peek(&self, ahead: usize) -> u8 {
        self.text.get(self.pos + ahead).copied().unwrap_or(0)
    }

    #[inline]
    fn token(&mut self) -> SyntaxKind {
        let byte = self.text[self.pos];
        let class = CLASS[byte as usize];
        if class == Class::Space {
            return self.space();
        }
        if byte == b'/' {
            match self.peek(1) {
                b'*' => return self.block_comment(),
                b'/' => return self.line_comment(),
                _ => {}
            }
        }
        if byte == b'\\' && self.continues_line(0).is_some() {
            return self.space();
        }
        let line_start = std::mem::replace(&mut self.line_start, false);
        if line_start && byte == b'#' && self.directive == Directive::No {
            self.directive = Directive::Name;
            self.pos += 1;
            return Hash;
        }
        match self.directive {
            Directive::No | Directive::Body => {}
            Directive::Name => {
                if class == Class::Word {
                    return self.directive_name();
                }
                self.directive = Directive::Body;
            }
            Directive::Include => {
                self.directive = Directive::Body;
                if byte == b'<' {
                    let line = &self.text[self.pos..];
                    if let Some(end) = memchr2(b'>', b'\n', line)
                        && line[end] == b'>'
                    {
                        self.pos += end + 1;
                        return HeaderName;
                    }
                }
            }
        }
        match class {
            Class::Word => self.identifier(),
            Class::Digit => self.number(),
            Class::Quote => self.literal(byte),
            Class::Punct => self.punct(byte),
            Class::Space | Class::Other => {
                self.pos += 1;
                Unknown
            }
        }
    }

    /// Length of a line continuation at `pos + ahead`: a backslash, blanks (as gcc allows), a line break.
    fn continues_line(&self, ahead: usize) -> Option<usize> {
        let rest = &self.text[self.pos + ahead..];
        if rest.first() != Some(&b'\\') {
            return None;
        }
        let blanks = rest[1..]
            .iter()
            .take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r'))
            .count();
        (rest.get(1 + blanks) == Some(&b'\n')).then_some(blanks + 2)
    }

    fn space(&mut self) -> SyntaxKind {
        let start = self.pos;
        loop {
            match self.text.get(self.pos) {
                Some(b'\n') => {
                    if self.directive != Directive::No {
                        if self.pos > start {
                            return Whitespace;
                        }
                        self.directive = Directive::No;
                        self.line_start = true;
                        self.pos += 1;
                        return Newline;
                    }
                    self.line_start = true;
                    self.pos += 1;
                }
                Some(&byte) if CLASS[byte as usize] == Class::Space => self.pos += 1,
                Some(b'\\') => match self.continues_line(0) {
                    Some(len) => self.pos += len,
                    None => return Whitespace,
                },
                _ => return Whitespace,
            }
        }
    }

    fn block_comment(&mut self) -> SyntaxKind {
        let mut at = self.pos + 2;
        loop {
            match self.text.get(at..).and_then(|rest| memchr(b'/', rest)) {
                Some(slash) => {
                    let slash = at + slash;
                    at = slash + 1;
                    if slash >= self.pos + 3 && self.text[slash - 1] == b'*' {
                        break;
                    }
                }
                None => {
                    at = self.text.len();
                    break;
                }
            }
        }
        self.pos = at;
        Comment
    }

    fn line_comment(&mut self) -> SyntaxKind {
        loop {
            let Some(end) = memchr(b'\n', &self.text[self.pos..]) else {
                self.pos = self.text.len();
                return Comment;
            };
            let line = &self.text[self.pos..self.pos + end];
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            if line.last() == Some(&b'\\') {
                self.pos += end + 1;
                continue;
            }
            self.pos += end;
            return Comment;
        }
    }

    #[inline]
    fn word(&mut self) -> &[u8] {
        let start = self.pos;
        let rest = &self.text[start..];
        let len = rest
            .iter()
            .position(|&byte| !CONTINUES_WORD[byte as usize])
            .unwrap_or(rest.len());
        self.pos += len;
        &self.text[start..start + len]
    }

    fn identifier(&mut self) -> SyntaxKind {
        let word = self.word();
        if let Some(kind) = SyntaxKind::keyword(word) {
            return kind;
        }
        if matches!(word, b"L" | b"u" | b"U" | b"u8") && matches!(self.peek(0), b'"' | b'\'') {
            let quote = self.peek(0);
            return self.literal(quote);
        }
        Ident
    }

    fn directive_name(&mut self) -> SyntaxKind {
        let word = self.word();
        match word {
            b"include" | b"include_next" | b"import" => self.directive = Directive::Include,
            b"if" | b"ifdef" | b"ifndef" | b"elif" | b"else" | b"endif" | b"define" | b"undef" | b"line"
            | b"pragma" | b"ident" => self.directive = Directive::Body,
            _ => {
                self.rest_of_directive();
                return DirectiveText;
            }
        }
        Ident
    }

    /// Moves to the line break that ends the directive: what stands there need not be C.
    fn rest_of_directive(&mut self) {
        self.directive = Directive::Body;
        while self.pos < self.text.len() {
            match memchr2(b'\n', b'\\', &self.text[self.pos..]) {
                None => self.pos = self.text.len(),
                Some(len) => {
                    self.pos += len;
                    if self.text[self.pos] == b'\n' {
                        return;
                    }
                    self.pos += self.continues_line(0).unwrap_or(1);
                }
            }
        }
    }

    /// A preprocessing number (C11 6.4.8), for instance `0x1f`, `1e-3` or `802_3`.
    fn number(&mut self) -> SyntaxKind {
        let hex = self.peek(0) == b'0' && matches!(self.peek(1), b'x' | b'X');
        self.pos += 1;
        while let Some(&byte) = self.text.get(self.pos) {
            let exponent = match byte {
                b'e' | b'E' => !hex,
                b'p' | b'P' => hex,
                _ => false,
            };
            if exponent && matches!(self.peek(1), b'+' | b'-') {
                self.pos += 2;
            } else if CONTINUES_WORD[byte as usize] || byte == b'.' {
                self.pos += 1;
            } else {
                break;
            }
        }
        Number
    }

    fn literal(&mut self, quote: u8) -> SyntaxKind {
        self.pos += 1;
        while let Some(len) = memchr3(quote, b'\\', b'\n', &self.text[self.pos..]) {
            self.pos += len;
            match self.text[self.pos] {
                b'\\' => match self.continues_line(0) {
                    Some(len) => self.pos += len,
                    None if self.peek(1) == b'\n' || self.pos + 1 >= self.text.len() => self.pos += 1,
                    None => self.pos += 2,
                },
                b'\n' => return Unknown,
                _ => {
                    self.pos += 1;
                    return if quote == b'"' { String } else { Char };
                }
            }
        }
        self.pos = self.text.len();
        Unknown
    }

    #[inline]
    fn punct(&mut self, byte: u8) -> SyntaxKind {
        let (next, third) = (self.peek(1), self.peek(2));
        let (kind, len) = match byte {
            b'(' => (LParen, 1),
            b')' => (RParen, 1),
            b'{' => (LBrace, 1),
            b'}' => (RBrace, 1),
            b'[' => (LBracket, 1),
            b']' => (RBracket, 1),
            b';' => (Semicolon, 1),
            b',' => (Comma, 1),
            b':' => (Colon, 1),
            b'?' => (Question, 1),
            b'~' => (Tilde, 1),
            b'.' => match (next, third) {
                (b'.', b'.') => (Ellipsis, 3),
                (b'0'..=b'9', _) => return self.number(),
                _ => (Dot, 1),
            },
            b'#' => one_or_double(next, b'#', HashHash, Hash),
            b'=' => one_or_double(next, b'=', EqEq, Eq),
            b'!' => one_or_double(next, b'=', Ne, Bang),
            b'*' => one_or_double(next, b'=', StarEq, Star),
            b'/' => one_or_double(next, b'=', SlashEq, Slash),
            b'%' => one_or_double(next, b'=', PercentEq, Percent),
            b'^' => one_or_double(next, b'=', CaretEq, Caret),
            b'+' => match next {
                b'+' => (PlusPlus, 2),
                b'=' => (PlusEq, 2),
                _ => (Plus, 1),
            },
            b'-' => match next {
                b'-' => (MinusMinus, 2),
                b'=' => (MinusEq, 2),
                b'>' => (Arrow, 2),
                _ => (Minus, 1),
            },
            b'&' => match next {
                b'&' => (AmpAmp, 2),
                b'=' => (AmpEq, 2),
                _ => (Amp, 1),
            },
            b'|' => match next {
                b'|' => (PipePipe, 2),
                b'=' => (PipeEq, 2),
                _ => (Pipe, 1),
            },
            b'<' => match (next, third) {
                (b'<', b'=') => (ShlEq, 3),
                (b'<', _) => (Shl, 2),
                (b'=', _) => (Le, 2),
                _ => (Lt, 1),
            },
            b'>' => match (next, third) {
                (b'>', b'=') => (ShrEq, 3),
                (b'>', _) => (Shr, 2),
                (b'=', _) => (Ge, 2),
                _ => (Gt, 1),
            },
            _ => (Unknown, 1),
        };
        self.pos += len;
        kind
    }
}

fn one_or_double(next: u8, second: u8, double: SyntaxKind, one: SyntaxKind) -> (SyntaxKind, usize) {
    if next == second { (double, 2) } else { (one, 1) }
}

#[derive(Clone, Copy, PartialEq)]
enum Class {
    Space,
    Word,
    Digit,
    Quote,
    Punct,
    Other,
}

/// What a token that begins with a byte is. Bytes past ASCII are letters, as gcc takes UTF-8 identifiers.
const CLASS: [Class; 256] = {
    let mut table = [Class::Other; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = match byte as u8 {
            b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c => Class::Space,
            b'a'..=b'z' | b'A'..=b'Z' | b'_' | b'$' | 0x80.. => Class::Word,
            b'0'..=b'9' => Class::Digit,
            b'"' | b'\'' => Class::Quote,
            b'(' | b')' | b'{' | b'}' | b'[' | b']' | b';' | b',' | b':' | b'?' | b'~' | b'.' | b'#'
            | b'=' | b'!' | b'*' | b'/' | b'%' | b'^' | b'+' | b'-' | b'&' | b'|' | b'<' | b'>' => {
                Class::Punct
            }
            _ => Class::Other,
        };
        byte += 1;
    }
    table
};

/// Bytes that go on an identifier or a number.
const CONTINUES_WORD: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = matches!(CLASS[byte], Class::Word | Class::Digit);
        byte += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, kinds: &[SyntaxKind]) {
        let tokens = lex(text.as_bytes());
        let got: Vec<_> = tokens.as_slice().iter().map(|token| token.kind).collect();
        assert_eq!(got, [kinds, &[Eof]].concat(), "{text:?}");
    }

    #[test]
    fn operators_take_the_longest_match() {
        check("a<<=b>>c->d", &[Ident, ShlEq, Ident, Shr, Ident, Arrow, Ident]);
        check("x...y..", &[Ident, Ellipsis, Ident, Dot, Dot]);
        check("a+++b", &[Ident, PlusPlus, Plus, Ident]);
    }

    #[test]
    fn numbers_are_preprocessing_numbers() {
        check("802_3", &[Number]);
        check("1000baseT", &[Number]);
        check("1e-3", &[Number]);
        check("0xe+1", &[Number, Plus, Number]);
        check(".5f", &[Number]);
    }

    #[test]
    fn a_line_break_ends_a_directive_and_only_there_is_a_token() {
        check(
            "#define A 1\nb",
            &[Hash, Ident, Whitespace, Ident, Whitespace, Number, Newline, Ident],
        );
        check(
            "#define A \\\n 1\n",
            &[Hash, Ident, Whitespace, Ident, Whitespace, Number, Newline],
        );
        check(
            "# if /* a\n b */ X\n",
            &[
                Hash, Whitespace, Ident, Whitespace, Comment, Whitespace, Ident, Newline,
            ],
        );
        check("a # b", &[Ident, Whitespace, Hash, Whitespace, Ident]);
    }

    #[test]
    fn directive_text_need_not_be_c() {
        check("#error don't\nx", &[Hash, DirectiveText, Newline, Ident]);
        check(
            "#include <a/b.h>\n",
            &[Hash, Ident, Whitespace, HeaderName, Newline],
        );
        check(
            "#if a <b\n",
            &[Hash, Ident, Whitespace, Ident, Whitespace, Lt, Ident, Newline],
        );
    }

    #[test]
    fn literals_end_with_their_line() {
        check("\"a\\\"b\" 'c'", &[String, Whitespace, Char]);
        check("don't\nx", &[Ident, Unknown, Whitespace, Ident]);
        check("L\"x\" u8\"y\"", &[String, Whitespace, String]);
        check("\"a\\\nb\"", &[String]);
    }

    #[test]
    fn comments() {
        check(
            "/**/a/*/ b */c//d\ne",
            &[Comment, Ident, Comment, Ident, Comment, Whitespace, Ident],
        );
        check("/* open", &[Comment]);
    }

    proptest::proptest! {
        #[test]
        fn tokens_joined_are_the_text(text in "[ -~\t\n\r\\x00\\x80-\\xff]{0,200}") {
            let text = text.as_bytes();
            let tokens = lex(text);
            let mut end = 0;
            for index in 0..tokens.len() {
                let range = tokens.range(index);
                assert_eq!(range.start, end);
                assert!(!range.is_empty());
                end = range.end;
            }
            assert_eq!(end as usize, text.len());
        }
    }
}
