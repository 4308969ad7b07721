//! What both readers are boiled down to: a sorted list of constructs with their places.

use crate::syntax::SyntaxKind;
use crate::text::TextRange;
use crate::verify::second_reader::mask::Masked;

/// A construct. Operators are named by their token; `-` and `*` stand for one thing before and after an operand.
#[allow(
    missing_docs,
    reason = "each name is the C construct it stands for; a sentence would repeat it"
)]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Shape {
    Call,
    Index,
    Member(SyntaxKind),
    Postfix(SyntaxKind),
    Prefix(SyntaxKind),
    Cast,
    CompoundLiteral,
    Sizeof,
    Binary(SyntaxKind),
    Assign(SyntaxKind),
    Conditional,
    StmtExpr,
    Block,
    If,
    While,
    Do,
    For,
    /// A loop macro.
    MacroLoop,
    Switch,
    Case,
    Default,
    Label,
    Goto,
    Break,
    Continue,
    Return,
    Declaration,
}

/// A construct with its place in the function: from its first visible byte to its last one, without parentheses and
/// semicolons around it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Item {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
    /// What it is.
    pub shape: Shape,
}

/// The bytes that both readers see.
pub(super) struct View {
    /// The masked text with blanks for all that is not seen by both.
    text: Vec<u8>,
    /// For each offset the first visible byte at or behind it.
    ahead: Vec<u32>,
    /// For each offset one past the last visible byte before it.
    back: Vec<u32>,
}

impl View {
    pub(super) fn new(masked: &Masked) -> Self {
        let mut text = masked.text.clone();
        for range in &masked.hidden {
            text[range.start as usize..range.end as usize].fill(b' ');
        }
        for &at in &masked.added {
            text[at as usize] = b' ';
        }
        let length = text.len();
        let mut ahead = vec![length as u32; length + 1];
        let mut back = vec![0; length + 1];
        for at in (0..length).rev() {
            ahead[at] = if text[at].is_ascii_whitespace() {
                ahead[at + 1]
            } else {
                at as u32
            };
        }
        for at in 0..length {
            back[at + 1] = if text[at].is_ascii_whitespace() {
                back[at]
            } else {
                at as u32 + 1
            };
        }
        Self { text, ahead, back }
    }

    /// The visible part of a range without parentheses and semicolons at its borders; `None` when nothing is left.
    pub(super) fn snap(&self, start: u32, end: u32) -> Option<TextRange> {
        let limit = self.text.len() as u32;
        let (mut start, mut end) = (start.min(limit), end.min(limit));
        loop {
            start = self.ahead[start as usize];
            if start >= end || self.text[start as usize] != b'(' {
                break;
            }
            start += 1;
        }
        loop {
            end = self.back[end as usize];
            if end <= start || !matches!(self.text[end as usize - 1], b')' | b';' | b':') {
                break;
            }
            end -= 1;
        }
        (start < end).then(|| TextRange::new(start, end))
    }

    pub(super) fn sees(&self, start: u32, end: u32) -> bool {
        self.snap(start, end).is_some()
    }

    pub(super) fn item(&self, start: u32, end: u32, shape: Shape) -> Option<Item> {
        let range = self.snap(start, end)?;
        Some(Item {
            start: range.start,
            end: range.end,
            shape,
        })
    }
}
