//! Why a call is left alone, or rests on an assumption.

use crate::syntax::NodeId;

/// A condition that a call does not meet.
#[derive(Clone, Debug)]
pub struct Miss {
    /// From docs/reasons.md.
    pub code: &'static str,
    /// One sentence.
    pub text: String,
    /// What shows it.
    pub at: Vec<NodeId>,
}

impl Miss {
    pub fn new(code: &'static str, text: impl Into<String>, at: impl IntoIterator<Item = NodeId>) -> Self {
        Self {
            code,
            text: text.into(),
            at: at.into_iter().collect(),
        }
    }

    /// Which of several misses says most: a low number goes first.
    pub fn rank(&self) -> usize {
        ORDER
            .iter()
            .position(|&code| code == self.code)
            .unwrap_or(ORDER.len())
    }
}

/// The codes from the one that says most to the one that says least.
const ORDER: [&str; 22] = [
    "implementation",
    "fault-handler",
    "macro-loop",
    "preprocessor",
    "error-ignored",
    "partial-result",
    "address-shared",
    "page-computed",
    "page-from-list",
    "page-from-structs",
    "same-page",
    "two-bounds",
    "bound-varies",
    "step-not-page",
    "index-used",
    "other-effect",
    "part-of-page",
    "no-bound",
    "irregular-loop",
    "narrow-type",
    "error-before",
    "unclear",
];
