//! Comments over several lines.

use super::columns::{advance, indentation};
use super::renamed;
use crate::edit::Edit;
use crate::text::TextRange;

/// Moves the inner lines of a comment along with its first one.
pub(super) fn follow(text: &[u8], comment: TextRange, old: u32, new: u32) -> Vec<Edit> {
    if old == new {
        return Vec::new();
    }
    let inner = lines(text, comment).skip(1);
    inner
        .filter_map(|line| {
            let bytes = line.slice(text);
            let white = bytes
                .iter()
                .take_while(|byte| matches!(byte, b' ' | b'\t'))
                .count();
            let column = advance(0, &bytes[..white]);
            // A line further left than the comment is not laid out by it.
            let beside = column
                .checked_sub(old)
                .filter(|_| white < bytes.trim_ascii_end().len())?;
            Some(Edit {
                range: TextRange::new(line.start, line.start + white as u32),
                text: indentation(new + beside),
            })
        })
        .collect()
}

/// The lines of a comment without their line breaks.
fn lines(text: &[u8], comment: TextRange) -> impl Iterator<Item = TextRange> {
    let mut start = comment.start;
    comment.slice(text).split(|&byte| byte == b'\n').map(move |line| {
        let range = TextRange::new(start, start + line.len() as u32);
        start = range.end + 1;
        range
    })
}

/// A line ` * text` of a comment.
struct Prose<'t> {
    /// Everything up to the text.
    leader: &'t [u8],
    /// The text as it will be.
    text: std::borrow::Cow<'t, [u8]>,
    /// The text as it was.
    old: TextRange,
    /// It is further in than the text of the comment, as an item of a list or an example is.
    is_inset: bool,
}

impl<'t> Prose<'t> {
    /// A line that is laid out like ordinary prose; a table, a list or an example is none.
    fn read(text: &'t [u8], renames: &[Edit], line: TextRange) -> Option<Self> {
        let bytes = line.slice(text);
        let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
        let white = bytes
            .iter()
            .take_while(|byte| matches!(byte, b' ' | b'\t'))
            .count();
        let body = bytes[white..].strip_prefix(b"* ")?;
        let inset = body.iter().take_while(|byte| **byte == b' ').count();
        let (white, body) = (white + inset, &body[inset..]);
        let plain = body.first().is_some_and(|byte| byte.is_ascii_graphic())
            && !body.contains(&b'\t')
            && !body.windows(2).any(|pair| pair == b"  ")
            && !body.ends_with(b"*/")
            && (inset == 0 || !body.iter().any(|byte| b";{}=".contains(byte)));
        if !plain {
            return None;
        }
        let start = line.start + white as u32 + 2;
        let old = TextRange::new(start, start + body.len() as u32);
        Some(Self {
            leader: &bytes[..white + 2],
            text: renamed(text, renames, old),
            old,
            is_inset: inset > 0,
        })
    }

    fn width(&self) -> u32 {
        advance(advance(0, self.leader), &self.text)
    }

    /// Whether the line goes on with the sentences of the one before, and does not begin a list or a section.
    fn continues(&self, leader: &[u8]) -> bool {
        self.leader == leader
            && self
                .text
                .first()
                .is_some_and(|byte| byte.is_ascii_lowercase() || *byte == b'(')
            && !self.text.ends_with(b":")
    }
}

/// Moves the last words of lines that became too long to the next line, or to a new one.
///
/// Only lines with ` * ` and plain prose are touched, and never the first one of a kernel-doc comment, as it is the heading
/// of its documentation.
pub(super) fn wrap(
    text: &[u8],
    renames: &[Edit],
    comment: TextRange,
    in_place: bool,
    columns: u32,
) -> Vec<Edit> {
    let first = renames.partition_point(|edit| edit.range.start < comment.start);
    let touched = renames
        .get(first)
        .is_some_and(|edit| edit.range.end <= comment.end);
    if !touched || !in_place {
        return Vec::new();
    }
    let kernel_doc = comment.slice(text).starts_with(b"/**");
    let lines: Vec<TextRange> = lines(text, comment).collect();
    let mut edits = Vec::new();
    let mut index = if kernel_doc { 2 } else { 1 };
    while index < lines.len() {
        let line = lines[index];
        index += 1;
        let Some(prose) = Prose::read(text, renames, line) else {
            continue;
        };
        let old_width = advance(advance(0, prose.leader), prose.old.slice(text));
        if prose.width() <= columns || old_width > columns {
            continue;
        }
        let Some(words) = overflow(&prose, columns) else {
            continue;
        };
        let moved = &prose.text[words..];
        // The place of the blank in the old text: what is moved must be the same there, or hold a renamed word.
        let Some(blank) = old_offset(renames, prose.old, words) else {
            continue;
        };
        let next = lines
            .get(index)
            .and_then(|&next| Prose::read(text, renames, next));
        let eol: &[u8] = if line.slice(text).ends_with(b"\r") {
            b"\r\n"
        } else {
            b"\n"
        };
        let continued = next.filter(|next| next.continues(prose.leader));
        match continued {
            Some(next) if next.width() + advance(0, moved) < columns => {
                let broken = [eol, prose.leader].concat();
                edits.push(Edit {
                    range: TextRange::new(blank, blank + 1),
                    text: broken,
                });
                edits.push(Edit {
                    range: TextRange::new(prose.old.end, next.old.start),
                    text: vec![b' '],
                });
                // The next line is part of this one now.
                index += 1;
            }
            // What stands further in may be an example, unless it goes on as prose does.
            None if prose.is_inset => {}
            _ => edits.push(Edit {
                range: TextRange::new(blank, blank + 1),
                text: [eol, prose.leader].concat(),
            }),
        }
    }
    edits
}

/// Gives a comment of one line, which has that line for itself, three lines or more.
pub(super) fn spread(
    text: &[u8],
    renames: &[Edit],
    comment: TextRange,
    white: &[u8],
    columns: u32,
) -> Vec<Edit> {
    let bytes = comment.slice(text);
    let inner = bytes
        .strip_prefix(b"/* ")
        .and_then(|rest| rest.strip_suffix(b" */"));
    let is_plain = |inner: &&[u8]| inner.first().is_some_and(u8::is_ascii_graphic) && !inner.contains(&b'\t');
    if inner.filter(is_plain).is_none() {
        return Vec::new();
    }
    let eol: &[u8] = match text.get(comment.end as usize) {
        Some(b'\r') => b"\r\n",
        _ => b"\n",
    };
    let leader = [white, b" * "].concat();
    let old = TextRange::new(comment.start + 3, comment.end - 3);
    let prose = Prose {
        leader: &leader,
        text: renamed(text, renames, old),
        old,
        is_inset: false,
    };
    let mut edits = vec![Edit {
        range: TextRange::new(old.start - 1, old.start),
        text: [eol, &leader].concat(),
    }];
    if prose.width() > columns {
        let Some(blank) = overflow(&prose, columns).and_then(|words| old_offset(renames, old, words)) else {
            return Vec::new();
        };
        edits.push(Edit {
            range: TextRange::new(blank, blank + 1),
            text: [eol, &leader].concat(),
        });
    }
    edits.push(Edit {
        range: TextRange::new(old.end, old.end + 1),
        text: [eol, white, b" "].concat(),
    });
    edits
}

/// Where the words begin that don't fit; at least one word stays.
fn overflow(prose: &Prose<'_>, columns: u32) -> Option<usize> {
    let room = columns.checked_sub(advance(0, prose.leader))?;
    let mut blanks = memchr::memchr_iter(b' ', &prose.text);
    let fits = blanks.rfind(|&at| advance(0, &prose.text[..at]) <= room)?;
    let rest = &prose.text[fits + 1..];
    (advance(0, rest) <= room).then_some(fits + 1)
}

/// The offset in the old text of the blank in front of an offset of the new text.
fn old_offset(renames: &[Edit], old: TextRange, new: usize) -> Option<u32> {
    let target = new as i64 - 1;
    let first = renames.partition_point(|edit| edit.range.start < old.start);
    let mut shift = 0i64;
    for edit in renames[first..]
        .iter()
        .take_while(|edit| edit.range.end <= old.end)
    {
        let start = i64::from(edit.range.start - old.start) + shift;
        if target < start {
            break;
        }
        if target < start + edit.text.len() as i64 {
            return None;
        }
        shift += edit.text.len() as i64 - i64::from(edit.range.len());
    }
    u32::try_from(i64::from(old.start) + target - shift).ok()
}
