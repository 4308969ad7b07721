//! A second tokenizer, on purpose not the one of `syntax`: what is proven with it doesn't rest on the parser.
//!
//! It knows just enough of C to tell words, numbers, literals, comments, operators and the ends of directives apart.

use std::ops::Range;

use memchr::{memchr, memmem};

use crate::text::is_behind_escape;

/// What a lexeme is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Class {
    /// An identifier or a keyword.
    Word,
    /// A preprocessing number.
    Number,
    /// A string or a character constant; one that is not closed ends with its line.
    Literal,
    /// `/* … */` or `// …`.
    Comment,
    /// An operator, a bracket, or a byte that C does not know.
    Punct,
    /// The text behind `#error`, `#warning` and their kin, which need not be C.
    Message,
    /// The line break that ends a directive.
    LineEnd,
}

/// A piece of the text; what lies between two of them is white space.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Lexeme {
    /// What it is.
    pub(crate) class: Class,
    /// Its bytes.
    pub(crate) range: Range<usize>,
}

/// The lexemes of a text in their order.
pub(crate) struct Scanner<'text> {
    text: &'text [u8],
    at: usize,
    fresh_line: bool,
    in_directive: bool,
    names_directive: bool,
}

impl<'text> Scanner<'text> {
    /// Scans C.
    pub(crate) fn new(text: &'text [u8]) -> Self {
        Self {
            text,
            at: 0,
            fresh_line: true,
            in_directive: false,
            names_directive: false,
        }
    }

    fn rest(&self) -> &'text [u8] {
        &self.text[self.at..]
    }

    /// Length of `\` and the line break behind it, blanks between them included; 0 for anything else.
    fn splice(rest: &[u8]) -> usize {
        if rest.first() != Some(&b'\\') {
            return 0;
        }
        let blanks = rest[1..]
            .iter()
            .take_while(|byte| b" \t\r".contains(byte))
            .count();
        if rest.get(1 + blanks) == Some(&b'\n') {
            blanks + 2
        } else {
            0
        }
    }

    /// Length up to the end of the line, spliced lines included.
    fn line(rest: &[u8]) -> usize {
        let mut length = 0;
        loop {
            let Some(end) = memchr(b'\n', &rest[length..]) else {
                return rest.len();
            };
            let line = &rest[length..length + end];
            length += end;
            if !line.strip_suffix(b"\r").unwrap_or(line).ends_with(b"\\") {
                return length;
            }
            length += 1;
        }
    }

    fn literal(rest: &[u8]) -> usize {
        let mut length = 1;
        while let Some(&byte) = rest.get(length) {
            length += match byte {
                b'\n' => return length,
                b'\\' => Self::splice(&rest[length..]).max(if rest.get(length + 1) == Some(&b'\n') {
                    1
                } else {
                    2
                }),
                byte if byte == rest[0] => return length + 1,
                _ => 1,
            };
        }
        rest.len()
    }

    fn number(rest: &[u8]) -> usize {
        let hex = rest.starts_with(b"0x") || rest.starts_with(b"0X");
        let exponent: &[u8] = if hex { b"pP" } else { b"eE" };
        let mut length = 1;
        while let Some(&byte) = rest.get(length) {
            let signed = exponent.contains(&byte) && matches!(rest.get(length + 1), Some(b'+' | b'-'));
            match byte {
                _ if signed => length += 2,
                b'.' => length += 1,
                byte if is_word_byte(byte) => length += 1,
                _ => break,
            }
        }
        length
    }

    fn lexeme(&mut self) -> (Class, usize) {
        let rest = self.rest();
        let names_directive = std::mem::take(&mut self.names_directive);
        match rest[0] {
            b'/' if rest.get(1) == Some(&b'*') => {
                self.names_directive = names_directive;
                let end = memmem::find(&rest[2..], b"*/");
                (Class::Comment, end.map_or(rest.len(), |end| end + 4))
            }
            b'/' if rest.get(1) == Some(&b'/') => (Class::Comment, Self::line(rest)),
            b'"' | b'\'' => (Class::Literal, Self::literal(rest)),
            b'#' if self.fresh_line && !self.in_directive => {
                self.in_directive = true;
                self.names_directive = true;
                (Class::Punct, 1)
            }
            b'0'..=b'9' => (Class::Number, Self::number(rest)),
            b'.' if rest.get(1).is_some_and(u8::is_ascii_digit) => (Class::Number, Self::number(rest)),
            byte if is_word_byte(byte) => {
                let length = rest.iter().take_while(|&&byte| is_word_byte(byte)).count();
                let word = &rest[..length];
                if names_directive && !DIRECTIVES.contains(&word) {
                    return (Class::Message, Self::line(rest));
                }
                let prefixes = matches!(word, b"L" | b"u" | b"U" | b"u8");
                match rest.get(length) {
                    Some(b'"' | b'\'') if prefixes => {
                        (Class::Literal, length + Self::literal(&rest[length..]))
                    }
                    _ => (Class::Word, length),
                }
            }
            _ => (
                Class::Punct,
                OPERATORS
                    .iter()
                    .find(|operator| rest.starts_with(operator))
                    .map_or(1, |o| o.len()),
            ),
        }
    }
}

impl Iterator for Scanner<'_> {
    type Item = Lexeme;

    fn next(&mut self) -> Option<Lexeme> {
        loop {
            let rest = self.rest();
            let start = self.at;
            match *rest.first()? {
                b'\n' => {
                    self.at += 1;
                    self.fresh_line = true;
                    self.names_directive = false;
                    if std::mem::take(&mut self.in_directive) {
                        let class = Class::LineEnd;
                        return Some(Lexeme {
                            class,
                            range: start..self.at,
                        });
                    }
                }
                b' ' | b'\t' | b'\r' | 0x0b | 0x0c => self.at += 1,
                b'\\' if Self::splice(rest) > 0 => self.at += Self::splice(rest),
                _ => {
                    let (class, length) = self.lexeme();
                    self.at += length.min(rest.len());
                    if class != Class::Comment {
                        self.fresh_line = false;
                    }
                    return Some(Lexeme {
                        class,
                        range: start..self.at,
                    });
                }
            }
        }
    }
}

/// Operators of more than one byte, the longer ones first.
const OPERATORS: [&[u8]; 22] = [
    b"...", b"<<=", b">>=", b"->", b"++", b"--", b"<<", b">>", b"<=", b">=", b"==", b"!=", b"&&", b"||",
    b"+=", b"-=", b"*=", b"/=", b"%=", b"&=", b"|=", b"^=",
];

/// Directives with C behind them; behind any other one stands text.
const DIRECTIVES: [&[u8]; 14] = [
    b"if",
    b"ifdef",
    b"ifndef",
    b"elif",
    b"else",
    b"endif",
    b"define",
    b"undef",
    b"include",
    b"include_next",
    b"import",
    b"line",
    b"pragma",
    b"ident",
];

/// Bytes of identifiers; those past ASCII are letters, as gcc takes UTF-8 in identifiers.
pub(crate) fn is_word_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | 0x80..)
}

/// Where an occurrence of a name stands.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Surroundings {
    /// Among the tokens of C, directives included.
    Code,
    /// In a comment.
    Comment,
    /// In a string or a character constant.
    String,
    /// In text behind a directive such as `#error`.
    Message,
}

/// One occurrence of a name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Occurrence {
    /// Its first byte.
    pub offset: u32,
    /// Where it stands.
    pub surroundings: Surroundings,
}

/// Every occurrence of `name` as a word of its own in C, in their order.
///
/// In comments and literals a byte past ASCII ends a word: quotation marks of other languages stand there.
pub fn count_occurrences(text: &[u8], name: &[u8]) -> Vec<Occurrence> {
    let mut found = Vec::new();
    if name.is_empty() || memmem::find(text, name).is_none() {
        return found;
    }
    for Lexeme { class, range } in Scanner::new(text) {
        let surroundings = match class {
            Class::Word => {
                if &text[range.clone()] == name {
                    let offset = range.start as u32;
                    found.push(Occurrence {
                        offset,
                        surroundings: Surroundings::Code,
                    });
                }
                continue;
            }
            Class::Number | Class::Punct | Class::LineEnd => continue,
            Class::Comment => Surroundings::Comment,
            Class::Literal => Surroundings::String,
            Class::Message => Surroundings::Message,
        };
        let start = range.start;
        let words = words_in_text(&text[range], name);
        found.extend(words.map(|at| Occurrence {
            offset: (start + at) as u32,
            surroundings,
        }));
    }
    found
}

/// Where `name` stands as a word of its own in text that is not C, in their order.
pub fn words_in_text<'a>(text: &'a [u8], name: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
    memmem::find_iter(text, name).filter(move |&at| {
        let before = at.checked_sub(1).and_then(|before| text.get(before));
        (!goes_on(before) || is_behind_escape(text, at)) && starts_with_word(&text[at..], name)
    })
}

/// Whether `text` begins with `name` as a word that ends there.
pub(crate) fn starts_with_word(text: &[u8], name: &[u8]) -> bool {
    text.starts_with(name) && !goes_on(text.get(name.len()))
}

fn goes_on(byte: Option<&u8>) -> bool {
    byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn scan(text: &str) -> Vec<(Class, &str)> {
        Scanner::new(text.as_bytes())
            .map(|lexeme| (lexeme.class, &text[lexeme.range]))
            .collect()
    }

    #[test]
    fn lexemes_are_told_apart() {
        use Class::*;
        assert_eq!(
            scan("#define A(x) x##1e+3 \\\n\t'\\'' /* \" */\n\"s\\\"\" >>= 802_3 // c\n"),
            [
                (Punct, "#"),
                (Word, "define"),
                (Word, "A"),
                (Punct, "("),
                (Word, "x"),
                (Punct, ")"),
                (Word, "x"),
                (Punct, "#"),
                (Punct, "#"),
                (Number, "1e+3"),
                (Literal, "'\\''"),
                (Comment, "/* \" */"),
                (LineEnd, "\n"),
                (Literal, "\"s\\\"\""),
                (Punct, ">>="),
                (Number, "802_3"),
                (Comment, "// c"),
            ]
        );
        assert_eq!(
            scan("#error don't\n x")[1..],
            [(Message, "error don't"), (LineEnd, "\n"), (Word, "x")]
        );
        assert_eq!(scan("don't\nx"), [(Word, "don"), (Literal, "'t"), (Word, "x")]);
        assert_eq!(scan("/* open"), [(Comment, "/* open")]);
    }

    #[test]
    fn occurrences_are_words_of_their_own() {
        let text = "f ff _f f1 /* f, \u{201c}f\u{201d} gf */ \"f %s\" 'f' #f\n#warning f\n1f x.f";
        let found: Vec<_> = count_occurrences(text.as_bytes(), b"f")
            .iter()
            .map(|o| o.surroundings)
            .collect();
        use Surroundings::*;
        assert_eq!(
            found,
            [Code, Comment, Comment, String, String, Code, Message, Code]
        );
    }

    proptest! {
        #[test]
        fn only_white_space_lies_between_lexemes(text in "[ -~\t\r\n\\\\/*#\"']{0,120}") {
            let bytes = text.as_bytes();
            let mut end = 0;
            let blank = |range: Range<usize>| {
                bytes[range].iter().all(|byte| b" \t\r\n\\\x0b\x0c".contains(byte))
            };
            for lexeme in Scanner::new(bytes) {
                prop_assert!(lexeme.range.start < lexeme.range.end);
                prop_assert!(blank(end..lexeme.range.start));
                end = lexeme.range.end;
            }
            prop_assert!(blank(end..bytes.len()));
        }
    }
}
