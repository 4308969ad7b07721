//! Words that a file must hold for a transform to have anything to do there.

use bstr::{BString, ByteSlice};
use memchr::memmem::Finder;

use crate::text::is_behind_escape;

/// A conjunction of disjunctions of identifiers: of each clause, at least one must occur.
///
/// It is a filter on bytes that may let a file pass that holds the words in other places than the
/// transform means, but never holds one back that has them. (A word that a backslash and a line
/// break cut in two is not seen; nobody writes that.)
#[derive(Clone, Debug, Default)]
pub struct RequiredWords {
    clauses: Vec<Clause>,
}

#[derive(Clone, Debug)]
struct Clause {
    finders: Vec<Finder<'static>>,
}

impl RequiredWords {
    /// Any file will do.
    pub fn none() -> Self {
        Self::default()
    }

    /// Files that hold at least one of the words.
    pub fn any_of<W: AsRef<[u8]>>(words: impl IntoIterator<Item = W>) -> Self {
        Self::none().and_any_of(words)
    }

    /// Files that hold what is required so far and at least one of these words.
    ///
    /// A clause with something that is no identifier is dropped, as it can't be looked for.
    pub fn and_any_of<W: AsRef<[u8]>>(mut self, words: impl IntoIterator<Item = W>) -> Self {
        let mut words: Vec<BString> = words.into_iter().map(|word| word.as_ref().into()).collect();
        words.sort_unstable();
        words.dedup();
        if words.iter().all(|word| is_identifier(word)) {
            let finders = words.iter().map(|word| Finder::new(word.as_bytes()).into_owned());
            self.clauses.push(Clause {
                finders: finders.collect(),
            });
            // The first clause is looked for first: long words are rare ones.
            self.clauses
                .sort_by_key(|clause| std::cmp::Reverse(clause.shortest()));
        }
        self
    }

    /// Whether any file will do.
    pub fn is_empty(&self) -> bool {
        self.clauses.is_empty()
    }

    /// Whether a file with this text has to be looked at.
    pub fn match_text(&self, text: &[u8]) -> bool {
        self.clauses.iter().all(|clause| clause.occurs(text))
    }

    /// Whether the first clause may occur in a file of which this is a part: a word at the edge
    /// may go on beyond it, so that the whole file has to decide.
    pub(super) fn match_part(&self, part: &[u8]) -> bool {
        self.clauses.first().is_none_or(|clause| clause.occurs(part))
    }

    /// How many bytes the parts of a file have to overlap, so that no word falls between them.
    pub(super) fn overlap(&self) -> usize {
        self.clauses.first().map_or(0, Clause::longest) + 1
    }
}

impl Clause {
    fn lengths(&self) -> impl Iterator<Item = usize> {
        self.finders.iter().map(|finder| finder.needle().len())
    }

    fn shortest(&self) -> usize {
        self.lengths().min().unwrap_or(0)
    }

    fn longest(&self) -> usize {
        self.lengths().max().unwrap_or(0)
    }

    /// Whether one of the words stands in the text; its edges end a word.
    fn occurs(&self, text: &[u8]) -> bool {
        self.finders.iter().any(|finder| {
            let length = finder.needle().len();
            finder.find_iter(text).any(|at| {
                let before = at.checked_sub(1).map(|at| text[at]);
                let after = text.get(at + length).copied();
                // Bytes from 128 up end a word here, so that nothing is held back that a reader
                // may take for an identifier.
                let ends = |byte: Option<u8>| byte.is_none_or(|byte| !is_word_byte(byte));
                (ends(before) || is_behind_escape(text, at)) && ends(after)
            })
        })
    }
}

fn is_word_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn is_identifier(word: &[u8]) -> bool {
    word.iter().all(|&byte| is_word_byte(byte)) && word.first().is_some_and(|b| !b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_whole_identifiers() {
        let words = RequiredWords::any_of(["foo"]);
        for text in [
            "foo",
            "a foo;",
            "foo()",
            "*foo",
            "(foo)",
            "/*foo*/",
            "\u{e4}foo\u{e4}",
            "xfoo foo",
        ] {
            assert!(words.match_text(text.as_bytes()), "{text}");
            assert!(words.match_part(text.as_bytes()), "{text}");
        }
        for text in ["", "fo", "foo_", "_foo", "foo1", "xfoo foox"] {
            assert!(!words.match_text(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn of_each_clause_one_word_must_occur() {
        let words = RequiredWords::any_of(["a", "b"]).and_any_of(["c", "long_word"]);
        assert!(words.match_text(b"c + b"));
        assert!(words.match_text(b"long_word(a)"));
        assert!(!words.match_text(b"a + b"));
        assert!(!words.match_text(b"c"));
        assert!(!words.match_text(b""));
    }

    #[test]
    fn a_clause_that_cannot_be_looked_for_is_dropped() {
        let words = RequiredWords::any_of(["a", "->"]).and_any_of(["b"]);
        assert!(words.match_text(b"b"));
        assert!(!words.match_text(b"a"));
        assert!(RequiredWords::any_of([""]).is_empty());
        assert!(RequiredWords::none().match_text(b""));
        assert!(!RequiredWords::any_of([""; 0]).match_text(b"a"));
    }
}
