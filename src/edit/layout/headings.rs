//! Lines under and over the headings of reStructuredText: docutils wants them at least as long as the heading.

use std::collections::BTreeMap;

use crate::edit::{Bias, EditSet, EditSetBuilder};
use crate::text::TextRange;

/// `edits` of a document, and what makes the lines of the headings they lengthen as long as these.
///
/// Source: docutils, reStructuredText Markup Specification, "Sections".
pub fn lengthen_headings(text: &[u8], edits: &EditSet) -> EditSet {
    let after = edits.apply(text);
    // The line under one heading can be the line over the next.
    let mut missing = BTreeMap::<u32, usize>::new();
    let mut done = None;
    for edit in edits.edits() {
        let title = line_at(text, edit.range.start);
        if done.replace(title) == Some(title) {
            continue;
        }
        let renamed = TextRange::new(
            edits.map_offset(title.start, Bias::Before),
            edits.map_offset(title.end, Bias::After),
        );
        for line in adornments(text, title) {
            let wanted = width(renamed.slice(&after)).saturating_sub(width(line.slice(text)));
            let most = missing.entry(line.end).or_default();
            *most = wanted.max(*most);
        }
    }
    let mut result = EditSetBuilder::new();
    result.extend(edits.clone());
    for (end, signs) in missing {
        result.insert(end, vec![text[end as usize - 1]; signs]);
    }
    // The lines of headings hold no name, so no other edit touches them.
    result.finish().unwrap_or_else(|_| edits.clone())
}

/// The lines that make a heading of `title`: one under it, or one over and one under it.
fn adornments(text: &[u8], title: TextRange) -> Vec<TextRange> {
    let rest = &text[title.end as usize..];
    let Some(line_break) = memchr::memchr(b'\n', rest).filter(|at| at + 1 < rest.len()) else {
        return Vec::new();
    };
    let under = line_at(text, title.end + line_break as u32 + 1);
    let Some(sign) = adornment(under.slice(text)) else {
        return Vec::new();
    };
    if width(under.slice(text)) < width(title.slice(text)) {
        return Vec::new();
    }
    let over = (title.start > 0).then(|| line_at(text, title.start - 1));
    let over = over.filter(|over| adornment(over.slice(text)) == Some(sign) && over.len() == under.len());
    let is_indented = title.slice(text).starts_with(b" ");
    match over {
        Some(over) => vec![over, under],
        None if is_indented => Vec::new(),
        None => vec![under],
    }
}

/// The sign that a line consists of.
fn adornment(line: &[u8]) -> Option<u8> {
    let &sign = line.first()?;
    (sign.is_ascii_punctuation() && line.len() >= 3 && line.iter().all(|byte| *byte == sign)).then_some(sign)
}

/// The line around an offset, without its break and the white space before that.
fn line_at(text: &[u8], offset: u32) -> TextRange {
    let offset = offset as usize;
    let start = memchr::memrchr(b'\n', &text[..offset]).map_or(0, |at| at + 1);
    let end = memchr::memchr(b'\n', &text[offset..]).map_or(text.len(), |at| offset + at);
    let line = text[start..end].trim_ascii_end();
    TextRange::new(start as u32, (start + line.len()) as u32)
}

/// Letters, not bytes.
fn width(text: &[u8]) -> usize {
    text.iter().filter(|byte| !matches!(byte, 0x80..=0xbf)).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn renames(before: &str, after: &str) {
        let mut edits = EditSetBuilder::new();
        for (at, name) in before.match_indices("f()") {
            edits.replace(TextRange::new(at as u32, (at + name.len()) as u32), "longer()");
        }
        let edits = edits.finish().unwrap();
        let result = lengthen_headings(before.as_bytes(), &edits).apply(before.as_bytes());
        assert_eq!(String::from_utf8_lossy(&result), after);
    }

    #[test]
    fn the_lines_of_a_heading_grow_with_it() {
        renames(
            "Use of f()\n==========\n\nf()\n",
            "Use of longer()\n===============\n\nlonger()\n",
        );
        renames("----\nf()\n----\n", "--------\nlonger()\n--------\n");
        renames(
            "f() and f()\r\n~~~~~~~~~~~\r\n",
            "longer() and longer()\r\n~~~~~~~~~~~~~~~~~~~~~\r\n",
        );
        renames("f()\n===\nf()\n===\n", "longer()\n========\nlonger()\n========\n");
        renames("f() \n---", "longer() \n--------");
        renames("über f()\n********\n", "über longer()\n*************\n");
    }

    #[test]
    fn what_is_long_enough_or_no_heading_stays() {
        renames("f()\n============\n", "longer()\n============\n");
        renames("text f()\n---\n", "text longer()\n---\n");
        renames("  f()\n  ===\n", "  longer()\n  ===\n");
        renames(
            "===  ===\nf()  b\n===  ===\n",
            "===  ===\nlonger()  b\n===  ===\n",
        );
        renames("f()", "longer()");
        renames("f()\n", "longer()\n");
    }
}
