//! Unified diffs of file contents: hunks as data, and the text that `git apply` and `patch` take.
//!
//! Contents are bytes: CRLF, NUL, other encodings and a missing final newline pass through unchanged.

mod changes;

use std::ops::Range;

use bstr::BStr;

use changes::{Change, changes};

/// How a diff is made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Options {
    /// Unchanged lines around a change.
    pub context: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { context: 3 }
    }
}

/// What a line of a hunk is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LineKind {
    /// In both contents.
    Context,
    /// Only in the old contents.
    Removed,
    /// Only in the new contents.
    Added,
}

/// One line of a hunk.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct HunkLine<'text> {
    /// What it is.
    pub kind: LineKind,
    /// Its bytes with the line break, if it has one.
    pub bytes: &'text [u8],
}

/// A run of changes with the lines around it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Hunk<'text> {
    /// The lines of the old contents it covers, counted from 0.
    pub old: Range<usize>,
    /// The lines of the new contents it covers, counted from 0.
    pub new: Range<usize>,
    /// What stands behind the second `@@`: the nearest line above that looks like the start of a function.
    pub section: Option<&'text [u8]>,
    /// Its lines in the order in which a diff shows them.
    pub lines: Vec<HunkLine<'text>>,
}

/// The hunks that lead from `before` to `after`, sorted.
pub fn hunks<'text>(before: &'text [u8], after: &'text [u8], options: Options) -> Vec<Hunk<'text>> {
    if before == after {
        return Vec::new();
    }
    let (old, new) = (split(before), split(after));
    let mut section = None;
    let mut searched = 0;
    group(&changes(&old, &new), options.context)
        .into_iter()
        .map(|changes| {
            let hunk = hunk(&old, &new, changes, options.context);
            let above = &old[searched..hunk.old.start];
            section = above.iter().rev().find_map(|line| heading(line)).or(section);
            searched = hunk.old.start;
            Hunk { section, ..hunk }
        })
        .collect()
}

/// The diff of one file as text; empty when the contents are the same.
pub fn unified(path: &BStr, before: &[u8], after: &[u8], options: Options) -> Vec<u8> {
    let hunks = hunks(before, after, options);
    let mut text = Vec::new();
    if hunks.is_empty() {
        return text;
    }
    // A tab ends a name with spaces; without it `patch` would take the rest of the line for a date.
    let tab: &[u8] = if path.contains(&b' ') { b"\t" } else { b"" };
    let (a, b) = (quoted(b"a/", path), quoted(b"b/", path));
    for part in [
        b"diff --git ",
        &a[..],
        b" ",
        &b,
        b"\n--- ",
        &a,
        tab,
        b"\n+++ ",
        &b,
        tab,
        b"\n",
    ] {
        text.extend_from_slice(part);
    }
    for hunk in &hunks {
        write_hunk(&mut text, hunk);
    }
    text
}

fn write_hunk(text: &mut Vec<u8>, hunk: &Hunk<'_>) {
    let header = format!("@@ -{} +{} @@", position(&hunk.old), position(&hunk.new));
    text.extend_from_slice(header.as_bytes());
    if let Some(section) = hunk.section {
        text.push(b' ');
        text.extend_from_slice(section);
    }
    text.push(b'\n');
    for line in &hunk.lines {
        text.push(match line.kind {
            LineKind::Context => b' ',
            LineKind::Removed => b'-',
            LineKind::Added => b'+',
        });
        text.extend_from_slice(line.bytes);
        if !line.bytes.ends_with(b"\n") {
            text.extend_from_slice(b"\n\\ No newline at end of file\n");
        }
    }
}

/// The range of a hunk header: an empty one names the line above it, and a length of one is left out.
fn position(range: &Range<usize>) -> String {
    match range.len() {
        0 => format!("{},0", range.start),
        1 => format!("{}", range.start + 1),
        length => format!("{},{length}", range.start + 1),
    }
}

fn split(text: &[u8]) -> Vec<&[u8]> {
    let mut lines = Vec::with_capacity(text.len() / 24);
    let mut start = 0;
    for at in memchr::memchr_iter(b'\n', text) {
        lines.push(&text[start..=at]);
        start = at + 1;
    }
    if start < text.len() {
        lines.push(&text[start..]);
    }
    lines
}

/// Puts changes into one hunk whose context would touch or overlap.
fn group(changes: &[Change], context: usize) -> Vec<&[Change]> {
    changes
        .chunk_by(|before, after| after.old.start - before.old.end <= context.saturating_mul(2))
        .collect()
}

fn hunk<'text>(old: &[&'text [u8]], new: &[&'text [u8]], changes: &[Change], context: usize) -> Hunk<'text> {
    let (first, last) = (&changes[0], &changes[changes.len() - 1]);
    let above = context.min(first.old.start);
    let below = context.min(old.len() - last.old.end);
    let mut lines = Vec::new();
    let mut push = |kind, source: &[&'text [u8]]| {
        lines.extend(source.iter().map(|&bytes| HunkLine { kind, bytes }));
    };
    let mut at = first.old.start - above;
    for change in changes {
        push(LineKind::Context, &old[at..change.old.start]);
        push(LineKind::Removed, &old[change.old.clone()]);
        push(LineKind::Added, &new[change.new.clone()]);
        at = change.old.end;
    }
    push(LineKind::Context, &old[at..at + below]);
    Hunk {
        old: first.old.start - above..last.old.end + below,
        new: first.new.start - above..last.new.end + below,
        section: None,
        lines,
    }
}

/// The part of a line that git shows as heading of a hunk: it begins with a letter, `_` or `$`, and is cut to 80 bytes.
fn heading(line: &[u8]) -> Option<&[u8]> {
    let first = *line.first()?;
    if !(first.is_ascii_alphabetic() || first == b'_' || first == b'$') {
        return None;
    }
    Some(line[..line.len().min(80)].trim_ascii_end())
}

/// A path as git writes it: in quotes with escapes when it holds control bytes, quotes, backslashes or bytes over 127.
fn quoted(prefix: &[u8], path: &BStr) -> Vec<u8> {
    let plain = |byte: &u8| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\');
    if path.iter().all(plain) {
        return [prefix, path].concat();
    }
    let mut text = vec![b'"'];
    text.extend_from_slice(prefix);
    for &byte in path.iter() {
        match byte {
            b'"' | b'\\' => text.extend([b'\\', byte]),
            0x07 => text.extend(b"\\a"),
            0x08 => text.extend(b"\\b"),
            b'\t' => text.extend(b"\\t"),
            b'\n' => text.extend(b"\\n"),
            0x0b => text.extend(b"\\v"),
            0x0c => text.extend(b"\\f"),
            b'\r' => text.extend(b"\\r"),
            byte if plain(&byte) => text.push(byte),
            byte => text.extend(format!("\\{byte:03o}").bytes()),
        }
    }
    text.push(b'"');
    text
}

#[cfg(test)]
mod tests;
