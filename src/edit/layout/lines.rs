//! The lines of a text and what stands on them.

use std::ops::Range;

use crate::syntax::SyntaxKind::{self, *};
use crate::syntax::Tokens;
use crate::text::TextRange;

/// A token or a comment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Atom {
    pub(super) kind: SyntaxKind,
    pub(super) range: TextRange,
    /// It holds a line break.
    pub(super) multiline: bool,
}

/// A line; one that begins inside of a comment goes on the line where the comment begins.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) start: u32,
    /// Indices of the atoms on it.
    pub(super) atoms: Range<usize>,
    /// The backslash at its end.
    pub(super) backslash: Option<u32>,
    /// Its end, without the line break.
    pub(super) end: u32,
    /// A directive ends here.
    pub(super) ends_directive: bool,
}

/// Splits tokens into lines.
pub(super) fn split(text: &[u8], tokens: &Tokens) -> (Vec<Atom>, Vec<Line>) {
    let mut atoms = Vec::with_capacity(tokens.len() / 2);
    let mut lines = Vec::new();
    let mut start = 0;
    let mut first = 0;
    for index in 0..tokens.len() {
        let range = tokens.range(index);
        let bytes = range.slice(text);
        match tokens.kind(index) {
            kind @ (Whitespace | Newline) => {
                for at in memchr::memchr_iter(b'\n', bytes) {
                    let end = range.start + at as u32;
                    let before = text[start as usize..end as usize].trim_ascii_end();
                    let backslash = start + before.len() as u32;
                    lines.push(Line {
                        start,
                        atoms: first..atoms.len(),
                        backslash: (kind == Whitespace && backslash > range.start && before.ends_with(b"\\"))
                            .then(|| backslash - 1),
                        end,
                        ends_directive: kind == Newline,
                    });
                    start = end + 1;
                    first = atoms.len();
                }
            }
            kind => atoms.push(Atom {
                kind,
                range,
                multiline: bytes.contains(&b'\n'),
            }),
        }
    }
    lines.push(Line {
        start,
        atoms: first..atoms.len(),
        backslash: None,
        end: text.len() as u32,
        ends_directive: true,
    });
    (atoms, lines)
}
