//! Edits of one file: replacements of byte ranges, disjoint and sorted.

use crate::text::TextRange;

/// One replacement.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Edit {
    /// The bytes that go.
    pub range: TextRange,
    /// What comes in their place.
    pub text: Vec<u8>,
}

/// Edits of one file.
///
/// Invariant: sorted by range and disjoint; two insertions at the same place keep their order.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct EditSet {
    edits: Vec<Edit>,
}

/// Two edits want to change the same bytes.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("two edits overlap at bytes {}..{}", .0.start, .0.end)]
pub struct Overlap(pub TextRange);
