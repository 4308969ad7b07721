//! The proof of a rename: the token streams before and after are equal but for the name.

use std::borrow::Cow;

use super::scan::{Class, Lexeme, Scanner, starts_with_word, words_in_text};

/// What kind of text a file holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Language {
    /// C, headers included.
    C,
    /// Anything else; its tokens are what stands between white space.
    Text,
}

/// What a proof found.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Proof {
    /// Tokens compared; a comment counts as one.
    pub tokens: usize,
    /// Occurrences of the old name that became the new one, those in comments and strings included.
    pub renamed: usize,
    /// Occurrences of the old name that stayed.
    pub kept: usize,
}

/// The first place where the streams differ by more than the name.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("line {line} has {} where line {line_before} had {}", shown(.after), shown(.before))]
pub struct Mismatch {
    /// Line of the new text, from 1.
    pub line: usize,
    /// Line of the old text, from 1.
    pub line_before: usize,
    /// The token of the old text; `None` when the text is over.
    pub before: Option<String>,
    /// The token of the new text; `None` when the text is over.
    pub after: Option<String>,
}

fn shown(token: &Option<String>) -> Cow<'_, str> {
    match token.as_deref() {
        None => "the end".into(),
        Some("\n") => "the end of a directive".into(),
        Some(token) => format!("`{token}`").into(),
    }
}

/// Proves that `after` is `before` with some or all occurrences of `from` renamed to `to`.
///
/// Lines of signs under the headings of a document may become longer. White space and the layout of comments don't count, except where C gives them a meaning: the line break at the end
/// of a directive, and the blank between the name of a macro and a parenthesis.
pub fn token_proof(
    before: &[u8],
    after: &[u8],
    from: &[u8],
    to: &[u8],
    language: Language,
) -> Result<Proof, Mismatch> {
    let mut proof = Proof::default();
    let mut old = Stream::new(before, language);
    let mut new = Stream::new(after, language);
    loop {
        let (a, b) = (old.next(), new.next());
        let (Some(a), Some(b)) = (&a, &b) else {
            return match (a, b) {
                (None, None) => Ok(proof),
                (a, b) => Err(mismatch(&old, &new, a.as_ref(), b.as_ref())),
            };
        };
        let (a_text, b_text) = (&before[a.range.clone()], &after[b.range.clone()]);
        let renamed = match a.class {
            _ if a.class != b.class => None,
            Class::Comment => flowing(a_text, b_text, from, to),
            Class::Literal | Class::Message => within(a_text, b_text, from, to),
            Class::Word if language == Language::Text && is_longer_line(a_text, b_text) => Some((0, 0)),
            Class::Word if language == Language::Text => within(a_text, b_text, from, to),
            Class::Word if a_text == from && b_text == to => Some((1, 0)),
            _ if a_text == b_text => Some((0, usize::from(a.class == Class::Word && a_text == from))),
            _ => None,
        };
        let Some((renamed, kept)) = renamed else {
            return Err(mismatch(&old, &new, Some(a), Some(b)));
        };
        if old.takes_arguments(a) != new.takes_arguments(b) {
            return Err(mismatch(&old, &new, Some(a), Some(b)));
        }
        proof.tokens += 1;
        proof.renamed += renamed;
        proof.kept += kept;
    }
}

/// Whether both are lines under or over a heading, of which the new one is as long or longer.
fn is_longer_line(before: &[u8], after: &[u8]) -> bool {
    let line = |text: &[u8]| {
        let &sign = text.first()?;
        let is_line = text.len() >= 3 && sign.is_ascii_punctuation() && text.iter().all(|byte| *byte == sign);
        is_line.then_some(sign)
    };
    line(before).is_some() && line(before) == line(after) && before.len() <= after.len()
}

fn mismatch(old: &Stream<'_>, new: &Stream<'_>, a: Option<&Lexeme>, b: Option<&Lexeme>) -> Mismatch {
    let token = |stream: &Stream<'_>, lexeme: Option<&Lexeme>| {
        let text = String::from_utf8_lossy(&stream.text[lexeme?.range.clone()]).into_owned();
        // A long comment would hide the rest of the message.
        Some(match text.char_indices().nth(60) {
            Some((end, _)) => format!("{}…", &text[..end]),
            None => text,
        })
    };
    Mismatch {
        line: new.line(b),
        line_before: old.line(a),
        before: token(old, a),
        after: token(new, b),
    }
}

/// The tokens of one text.
struct Stream<'text> {
    text: &'text [u8],
    source: Source<'text>,
    /// The words of the current directive so far; the second one behind `define` is a macro's name.
    directive: Option<usize>,
    defines: bool,
}

enum Source<'text> {
    C(Scanner<'text>),
    Text(usize),
}

impl<'text> Stream<'text> {
    fn new(text: &'text [u8], language: Language) -> Self {
        let source = match language {
            Language::C => Source::C(Scanner::new(text)),
            Language::Text => Source::Text(0),
        };
        Self {
            text,
            source,
            directive: None,
            defines: false,
        }
    }

    fn next(&mut self) -> Option<Lexeme> {
        let lexeme = match &mut self.source {
            Source::C(scanner) => scanner.next()?,
            Source::Text(at) => {
                let blanks = self.text[*at..]
                    .iter()
                    .take_while(|byte| byte.is_ascii_whitespace())
                    .count();
                let start = *at + blanks;
                let word = self.text[start..]
                    .iter()
                    .take_while(|byte| !byte.is_ascii_whitespace())
                    .count();
                *at = start + word;
                if word == 0 {
                    return None;
                }
                return Some(Lexeme {
                    class: Class::Word,
                    range: start..*at,
                });
            }
        };
        let text = &self.text[lexeme.range.clone()];
        match (lexeme.class, self.directive) {
            (Class::LineEnd, _) => (self.directive, self.defines) = (None, false),
            // Only the `#` of a directive can be told from the operator by what comes before it, so every `#` starts
            // the count; a `define` behind the operator would be no valid C.
            (Class::Punct, _) if text == b"#" => self.directive = Some(0),
            (Class::Word, Some(words)) => {
                self.directive = Some(words + 1);
                self.defines = words == 0 && text == b"define" || words > 0 && self.defines;
            }
            (Class::Comment, _) => {}
            _ => self.directive = self.directive.map(|words| words + 2),
        }
        Some(lexeme)
    }

    /// Whether `lexeme` is the name of a macro that a parenthesis follows at once.
    fn takes_arguments(&self, lexeme: &Lexeme) -> bool {
        self.defines
            && self.directive == Some(2)
            && lexeme.class == Class::Word
            && self.text.get(lexeme.range.end) == Some(&b'(')
    }

    fn line(&self, lexeme: Option<&Lexeme>) -> usize {
        let at = lexeme.map_or(self.text.len(), |lexeme| lexeme.range.start);
        memchr::memchr_iter(b'\n', &self.text[..at]).count() + 1
    }
}

/// Counts of renamed and kept occurrences if `after` is `before` but for the name, byte for byte.
fn within(before: &[u8], after: &[u8], from: &[u8], to: &[u8]) -> Option<(usize, usize)> {
    let (mut renamed, mut kept) = (0, 0);
    let (mut old, mut new) = (0, 0);
    for at in words_in_text(before, from) {
        let same = at - old;
        if after.get(new..new + same)? != &before[old..at] {
            return None;
        }
        new += same;
        let rest = &after[new..];
        // `to` may begin with `from` or the other way round, so the whole word decides.
        if starts_with_word(rest, to) {
            renamed += 1;
            new += to.len();
        } else if starts_with_word(rest, from) {
            kept += 1;
            new += from.len();
        } else {
            return None;
        }
        old = at + from.len();
    }
    (before[old..] == after[new..]).then_some((renamed, kept))
}

/// The same for comments, whose words may stand on other lines.
fn flowing(before: &[u8], after: &[u8], from: &[u8], to: &[u8]) -> Option<(usize, usize)> {
    let mut sum = (0, 0);
    let (mut old, mut new) = (comment_words(before), comment_words(after));
    loop {
        match (old.next(), new.next()) {
            (None, None) => return Some(sum),
            (Some(a), Some(b)) => {
                let (renamed, kept) = within(a, b, from, to)?;
                sum = (sum.0 + renamed, sum.1 + kept);
            }
            _ => return None,
        }
    }
}

/// The words of a comment without the `*` that its lines begin with.
fn comment_words(comment: &[u8]) -> impl Iterator<Item = &[u8]> {
    comment
        .split(|&byte| byte == b'\n')
        .enumerate()
        .flat_map(|(number, line)| {
            let line = line.trim_ascii_start();
            let leader = number > 0 && line.first() == Some(&b'*') && line.get(1) != Some(&b'/');
            let words = if leader { &line[1..] } else { line };
            words
                .split(u8::is_ascii_whitespace)
                .filter(|word| !word.is_empty())
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prove(before: &str, after: &str) -> Result<Proof, Mismatch> {
        token_proof(
            before.as_bytes(),
            after.as_bytes(),
            b"old_name",
            b"a_new_name",
            Language::C,
        )
    }

    #[track_caller]
    fn counts(before: &str, after: &str, renamed: usize, kept: usize) {
        let proof = prove(before, after).unwrap();
        assert_eq!((proof.renamed, proof.kept), (renamed, kept));
    }

    #[test]
    fn names_may_change_and_white_space_may_move() {
        counts(
            "r = old_name(a,\n\t     b); /* old_name()\n * here */ p(\"old_name: %d\");",
            "r = a_new_name(a,\n\t       b); /* a_new_name() here\n */ p(\"a_new_name: %d\");",
            3,
            0,
        );
        counts("old_name: goto old_name;", "old_name: goto a_new_name;", 1, 1);
        counts("#define X old_name(1)\n", "#define X \\\n\ta_new_name(1)\n", 1, 0);
        counts("#error old_name isn't\n", "#error a_new_name isn't\n", 1, 0);
    }

    #[test]
    fn anything_else_is_a_mismatch() {
        for (before, after) in [
            ("f(a, b);", "f(b, a);"),
            ("f(a);", "f(a)"),
            ("f(a)", "f(a);"),
            ("x = a+ +b;", "x = a++b;"),
            ("old_name_2();", "a_new_name_2();"),
            ("p(\"a b\");", "p(\"a  b\");"),
            ("p(\"old_name\");", "p(\"a_new_name \");"),
            ("/* a b */", "/* a c */"),
            ("/* a b */", "/* a */ /* b */"),
            ("/** a */", "/* a */"),
            ("#define X a\nb\n", "#define X\na b\n"),
            ("#define X (a)\n", "#define X(a)\n"),
            ("a_new_name();", "old_name();"),
            ("old_name();", "other();"),
        ] {
            assert!(prove(before, after).is_err(), "{before:?} {after:?}");
        }
    }

    #[test]
    fn a_new_name_may_hold_the_old_one() {
        let proof = token_proof(
            b"/* f() f */ f();",
            b"/* f_f() f */ f_f();",
            b"f",
            b"f_f",
            Language::C,
        );
        assert_eq!(proof.map(|proof| (proof.renamed, proof.kept)), Ok((2, 1)));
        let proof = token_proof(b"say f, f!", b"say f->x, f!", b"f", b"f->x", Language::Text);
        assert_eq!(proof.map(|proof| proof.renamed), Ok(1));
    }

    #[test]
    fn a_mismatch_names_its_place() {
        let mismatch = prove("a;\nb;\nold_name();\n", "a;\n\nb;\nother();\n").unwrap_err();
        assert_eq!((mismatch.line, mismatch.line_before), (4, 3));
        assert_eq!(
            mismatch.to_string(),
            "line 4 has `other` where line 3 had `old_name`"
        );
        assert_eq!(
            prove("a;", "a").unwrap_err().to_string(),
            "line 1 has the end where line 1 had `;`"
        );
    }

    #[test]
    fn text_that_is_not_c_is_compared_word_by_word() {
        let text = |after: &[u8]| {
            token_proof(
                b"Don't use\nold_name().",
                after,
                b"old_name",
                b"new",
                Language::Text,
            )
        };
        assert!(text(b"Don't use new().").is_ok());
        assert!(text(b"Do use\nnew().").is_err());
        let heading = |after: &[u8]| token_proof(b"f\n---\n", after, b"f", b"longer", Language::Text);
        assert!(heading(b"longer\n------\n").is_ok());
        for wrong in [&b"longer\n--\n"[..], b"longer\n======\n", b"longer\n---x\n"] {
            assert!(heading(wrong).is_err());
        }
    }
}
