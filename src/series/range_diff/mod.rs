//! Two versions of a series side by side, as `git range-diff` shows them.
//!
//! Both are read from mails, so the earlier one may be a folder whose commits nobody has any more. Which patch became which is
//! found as git finds it: the same change first, and for the rest the pairs whose changes differ least in sum.

mod assignment;

use std::collections::HashMap;

use bstr::{BStr, BString, ByteSlice};
use git2::{DiffOptions, Patch};

use super::apply::sections;
use super::error::{Error, Result};
use super::incoming::Letter;
use assignment::assign;

/// How much of a patch may be new before it counts as another one, in percent: what `git format-patch` takes.
const CREATION: i64 = 999;
/// What git takes for infinite.
const NEVER: i64 = 1 << 16;
/// As much of a heading as git shows, in bytes.
const HEADING: usize = 80;

/// A patch, as it is compared.
pub(super) struct Entry {
    id: String,
    subject: String,
    /// Author, message and change.
    text: Vec<u8>,
    /// Where the change begins in the text.
    change: usize,
}

/// What became of a patch.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Fate {
    /// It is new.
    New,
    /// It is the same as one of the earlier version.
    Same(usize),
    /// It differs from one of the earlier version.
    Changed(usize),
}

impl Entry {
    /// Reads a mail; `shorten` gives the form of a commit's name.
    pub(super) fn of(letter: &Letter, shorten: &dyn Fn(&str) -> String) -> Self {
        let id = letter.mail.strip_prefix(b"From ").unwrap_or_default();
        let id = id.split(|byte| *byte == b' ').next().unwrap_or_default();
        let mut text = format!(
            " ## Metadata ##\nAuthor: {}\n\n ## Commit message ##\n",
            letter.author
        );
        let message = format!("{}\n\n{}", letter.subject, letter.body);
        for line in message.trim_end().lines() {
            text += format!("    {}", without_tabs(line)).trim_end();
            text.push('\n');
        }
        let mut text = text.into_bytes();
        let change = text.len() + 1;
        for section in files(letter.patch()) {
            text.extend_from_slice(b"\n ## ");
            text.extend_from_slice(&section.heading);
            text.extend_from_slice(b" ##\n");
            for line in section.lines {
                text.extend_from_slice(&line);
                text.push(b'\n');
            }
        }
        Self {
            id: shorten(&id.to_str_lossy()),
            subject: letter.subject.clone(),
            change: change.min(text.len()),
            text,
        }
    }

    /// Whether both change the same, whatever their messages say.
    pub(super) fn has_change_of(&self, other: &Self) -> bool {
        self.change() == other.change()
    }

    fn change(&self) -> &[u8] {
        &self.text[self.change..]
    }

    fn size(&self) -> i64 {
        let lines = self.change().lines().filter(|line| !line.is_empty());
        lines.count() as i64
    }
}

/// Spaces for the tabs of a line of a message, as git shows it.
fn without_tabs(line: &str) -> String {
    let mut text = String::new();
    let mut column = 0;
    for c in line.chars() {
        let width = match c {
            '\t' => 8 - column % 8,
            _ => unicode_width::UnicodeWidthChar::width(c).unwrap_or(0),
        };
        match c {
            '\t' => text.push_str(&" ".repeat(width)),
            c => text.push(c),
        }
        column += width;
    }
    text
}

/// The part of a patch that changes one file.
pub(super) struct FilePart {
    /// The path, and what happens to the file as a whole.
    pub(super) heading: Vec<u8>,
    /// The lines of the hunks, whose headers have no numbers.
    pub(super) lines: Vec<Vec<u8>>,
}

/// The changes of a patch, file by file.
pub(super) fn files(patch: &[u8]) -> Vec<FilePart> {
    let mut parts = Vec::new();
    for section in sections(patch).unwrap_or_default() {
        let field = |name: &str| section.head().iter().find_map(|line| line.strip_prefix(name));
        let mut heading = section.path.to_vec();
        if field("new file mode ").is_some() {
            heading.extend_from_slice(b" (new)");
        } else if field("deleted file mode ").is_some() {
            heading.extend_from_slice(b" (deleted)");
        } else if let (Some(old), Some(new)) = (field("old mode "), field("new mode ")) {
            heading.extend_from_slice(format!(" (mode change {old} => {new})").as_bytes());
        }
        let lines = hunks(section.path.as_bstr(), section.body());
        parts.push(FilePart { heading, lines });
    }
    parts
}

/// The lines of hunks, without what stands behind them.
fn hunks(path: &BStr, body: &[u8]) -> Vec<Vec<u8>> {
    let mut result = Vec::new();
    if body.starts_with(b"GIT binary patch") {
        let line = [b" Binary files ".as_slice(), path, b" and ", path, b" differ"].concat();
        return vec![line];
    }
    let (mut old, mut new) = (0u64, 0u64);
    for line in body.split_str("\n") {
        if line.starts_with(b"\\") && !result.is_empty() {
            result.push([b" ", line].concat());
        } else if old == 0 && new == 0 {
            let Some(rest) = line.strip_prefix(b"@@ -") else {
                break;
            };
            let Some((numbers, behind)) = rest.split_once_str(" @@") else {
                break;
            };
            let mut counts = numbers.split_str(" +").map(count);
            (old, new) = (counts.next().unwrap_or(0), counts.next().unwrap_or(0));
            let mut header = b"@@".to_vec();
            if !behind.is_empty() {
                header.extend_from_slice(&[b" ".as_slice(), path, b":", behind].concat());
            }
            result.push(header);
        } else {
            match line.first() {
                Some(b'-') => old = old.saturating_sub(1),
                Some(b'+') => new = new.saturating_sub(1),
                _ => (old, new) = (old.saturating_sub(1), new.saturating_sub(1)),
            }
            result.push(line.to_vec());
        }
    }
    result
}

/// 7 of `12,7`, and 1 of `12`.
fn count(numbers: &[u8]) -> u64 {
    let count = numbers.split_once_str(",").map_or(&b"1"[..], |(_, count)| count);
    count
        .to_str()
        .ok()
        .and_then(|count| count.parse().ok())
        .unwrap_or(0)
}

/// What became of each patch of the new version.
pub(super) fn fates(old: &[Entry], new: &[Entry]) -> Result<Vec<Fate>> {
    let mut same: HashMap<&[u8], Vec<usize>> = HashMap::new();
    for (index, entry) in old.iter().enumerate().rev() {
        same.entry(entry.change()).or_default().push(index);
    }
    let exact: Vec<Option<usize>> = new
        .iter()
        .map(|entry| same.get_mut(entry.change()).and_then(Vec::pop))
        .collect();
    let size = old.len() + new.len();
    let mut costs = vec![0; size * size];
    for row in 0..size {
        for column in 0..size {
            let is_taken = exact.contains(&Some(row));
            costs[row * size + column] = match (old.get(row), new.get(column)) {
                (Some(_), Some(_)) if exact[column] == Some(row) => 0,
                (Some(a), Some(b)) if !is_taken && exact[column].is_none() => distance(a, b)?,
                (Some(_), Some(_)) => NEVER,
                (Some(_), None) if is_taken => NEVER,
                (None, Some(_)) if exact[column].is_some() => NEVER,
                (Some(entry), None) | (None, Some(entry)) => entry.size() * CREATION / 100,
                (None, None) => 0,
            };
        }
    }
    let columns = assign(size, &costs);
    let fate = |column: usize| {
        let row = columns.iter().position(|&other| other == column);
        match row.filter(|&row| row < old.len()) {
            None => Fate::New,
            Some(row) if old[row].text == new[column].text => Fate::Same(row),
            Some(row) => Fate::Changed(row),
        }
    };
    Ok((0..new.len()).map(fate).collect())
}

fn distance(a: &Entry, b: &Entry) -> Result<i64> {
    let mut options = DiffOptions::new();
    options.context_lines(3).interhunk_lines(0).force_text(true);
    let patch =
        Patch::from_buffers(a.change(), None, b.change(), None, Some(&mut options)).map_err(failed)?;
    let mut lines = 0;
    for hunk in 0..patch.num_hunks() {
        lines += 1 + patch.num_lines_in_hunk(hunk).map_err(failed)?;
    }
    Ok(lines as i64)
}

fn failed(error: git2::Error) -> Error {
    Error::git("cannot compare two versions of a patch", error)
}

/// The comparison as git prints it.
pub(super) fn render(old: &[Entry], new: &[Entry], fates: &[Fate]) -> Result<Vec<u8>> {
    let width = (1 + old.len().max(new.len())).to_string().len();
    let dashes = |entry: &Entry| "-".repeat(entry.id.len());
    let side = |index: usize, entry: &Entry| format!("{:>width$}:  {}", index + 1, entry.id);
    let nobody = |other: &Entry| format!("{:>width$}:  {}", "-", dashes(other));
    let row_of = |fate: &Fate| match fate {
        Fate::New => None,
        Fate::Same(row) | Fate::Changed(row) => Some(*row),
    };
    let is_gone = |row: usize| !fates.iter().any(|fate| row_of(fate) == Some(row));
    let mut text = Vec::new();
    let mut next = 0;
    let mut shown = vec![false; old.len()];
    let mut gone = |text: &mut Vec<u8>, shown: &[bool]| {
        while next < old.len() && (shown[next] || is_gone(next)) {
            if !shown[next] {
                let entry = &old[next];
                let line = format!("{} < {} {}\n", side(next, entry), nobody(entry), entry.subject);
                text.extend_from_slice(line.as_bytes());
            }
            next += 1;
        }
    };
    for (index, (entry, fate)) in new.iter().zip(fates).enumerate() {
        gone(&mut text, &shown);
        let (before, sign) = match fate {
            Fate::New => (nobody(entry), '>'),
            Fate::Same(row) => (side(*row, &old[*row]), '='),
            Fate::Changed(row) => (side(*row, &old[*row]), '!'),
        };
        // Of a pair, git names the earlier subject.
        let subject = row_of(fate).map_or(&entry.subject, |row| &old[row].subject);
        let line = format!("{before} {sign} {} {subject}\n", side(index, entry));
        text.extend_from_slice(line.as_bytes());
        if let Some(row) = row_of(fate) {
            shown[row] = true;
        }
        if let Fate::Changed(row) = fate {
            text.extend_from_slice(&difference(&old[*row].text, &entry.text)?);
        }
    }
    gone(&mut text, &shown);
    Ok(text)
}

/// The difference of two patches: hunks without numbers, four columns in.
fn difference(old: &[u8], new: &[u8]) -> Result<Vec<u8>> {
    let mut options = DiffOptions::new();
    options
        .context_lines(3)
        .interhunk_lines(0)
        .indent_heuristic(true)
        .force_text(true);
    let patch = Patch::from_buffers(old, None, new, None, Some(&mut options)).map_err(failed)?;
    let lines: Vec<&[u8]> = old.lines().collect();
    let mut text = Vec::new();
    for index in 0..patch.num_hunks() {
        let (hunk, count) = patch.hunk(index).map_err(failed)?;
        let above = (hunk.old_start() as usize).saturating_sub(1).min(lines.len());
        let heading = lines[..above].iter().rev().find_map(|line| heading(line));
        text.extend_from_slice(b"    @@");
        if let Some(heading) = heading {
            text.push(b' ');
            text.extend_from_slice(&heading);
        }
        text.push(b'\n');
        for line in 0..count {
            let line = patch.line_in_hunk(index, line).map_err(failed)?;
            if matches!(line.origin(), ' ' | '+' | '-') {
                text.extend_from_slice(b"    ");
                text.push(line.origin() as u8);
                text.extend_from_slice(line.content());
            }
        }
    }
    Ok(text)
}

/// What a hunk below a line is said to be in.
fn heading(line: &[u8]) -> Option<BString> {
    let part = line
        .strip_prefix(b" ## ")
        .and_then(|rest| rest.strip_suffix(b" ##"));
    let hunk = || {
        let signed = line.get(1..).and_then(|rest| rest.strip_prefix(b"@@ "));
        line.strip_prefix(b"@@ ").or(signed)
    };
    let shown = part.or_else(hunk)?.trim_end();
    Some(shown[..shown.len().min(HEADING)].trim_end().into())
}

/// Whether two patches have the same change, as `git patch-id` sees it: white space and line numbers do not count.
pub(super) fn is_same_change(a: &[FilePart], b: &[FilePart]) -> bool {
    let essence = |parts: &[FilePart]| -> Vec<u8> {
        let mut text = Vec::new();
        for part in parts {
            text.extend_from_slice(&part.heading);
            for line in part.lines.iter().filter(|line| !line.starts_with(b"@@")) {
                text.push(b'\n');
                text.extend(line.iter().filter(|byte| !byte.is_ascii_whitespace()));
            }
            text.push(0);
        }
        text
    };
    essence(a) == essence(b)
}
