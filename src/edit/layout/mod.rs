//! The layout of renamed code: what a longer or shorter name does to the lines around it.
//!
//! Continuation lines that were aligned to an open parenthesis are aligned again, and lines that the new name takes past
//! 80 columns are wrapped in kernel style. Only white space changes; where no good layout is found, the line stays long.

mod columns;
mod comments;
mod headings;
mod lines;
mod sweep;
mod wrap;

pub use headings::lengthen_headings;

use super::{Edit, EditSet, EditSetBuilder};

/// What may be done.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Options {
    /// Align continuation lines again, and the backslashes of a macro.
    pub realign: bool,
    /// Wrap lines that become longer than `columns`.
    pub wrap: bool,
    /// Break behind a replaced token in front of a function's name, where nothing else makes the line fit: it is a type.
    pub types: bool,
    /// The longest line that is not wrapped.
    pub columns: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            realign: true,
            wrap: true,
            types: false,
            columns: 80,
        }
    }
}

/// Adds to the replacements of names in a C text what they demand of the layout.
///
/// The replacements must be of whole tokens, or lie inside of comments and strings, and hold no line break. Takes linear
/// time.
pub fn adjust(text: &[u8], renames: &EditSet, options: Options) -> EditSet {
    let mut sweep = sweep::Sweep::new(text, renames.edits(), options);
    sweep.run();
    let layout = sweep.into_edits();
    let mut all = EditSetBuilder::new();
    all.extend(renames.clone());
    for edit in layout {
        all.replace(edit.range, edit.text);
    }
    // The layout touches only white space, which no rename does; should they clash, the renames alone are right too.
    all.finish().unwrap_or_else(|_| renames.clone())
}

/// The text of a range after the renames.
fn renamed<'t>(text: &'t [u8], edits: &[Edit], range: crate::text::TextRange) -> std::borrow::Cow<'t, [u8]> {
    let first = edits.partition_point(|edit| edit.range.start < range.start);
    let inside = edits[first..]
        .iter()
        .take_while(|edit| edit.range.end <= range.end);
    let mut result = Vec::new();
    let mut done = range.start;
    for edit in inside {
        result.extend_from_slice(&text[done as usize..edit.range.start as usize]);
        result.extend_from_slice(&edit.text);
        done = edit.range.end;
    }
    if done == range.start && result.is_empty() {
        return range.slice(text).into();
    }
    result.extend_from_slice(&text[done as usize..range.end as usize]);
    result.into()
}

#[cfg(test)]
mod tests;
