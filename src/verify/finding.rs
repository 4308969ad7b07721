//! What a check of a patch found.

use bstr::BString;

/// How much a finding weighs.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Weight {
    /// A person should look at it.
    Remark,
    /// A maintainer would not take it so.
    Problem,
}

/// One thing that a check found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// How much it weighs.
    pub weight: Weight,
    /// A stable word for it, for instance `long-subject`.
    pub code: &'static str,
    /// One sentence without a final period.
    pub message: String,
    /// The file it speaks of, and a line in it, or 0.
    pub place: Option<(BString, u32)>,
}

impl Finding {
    /// Something that a maintainer would not take.
    pub fn problem(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            weight: Weight::Problem,
            code,
            message: message.into(),
            place: None,
        }
    }

    /// Something to look at.
    pub fn remark(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            weight: Weight::Remark,
            ..Self::problem(code, message)
        }
    }

    /// Says where.
    pub fn at(mut self, path: impl Into<BString>, line: u32) -> Self {
        self.place = Some((path.into(), line));
        self
    }
}
