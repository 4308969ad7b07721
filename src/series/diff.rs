//! The change of one file as `git format-patch` writes it.
//!
//! The hunks are libgit2's, whose diff engine is git's own; what stands around them is written
//! here, because libgit2 formats it for people and not byte for byte as git does.

use bstr::{BString, ByteSlice};
use git2::{DiffOptions, Oid, Patch};

use super::abbreviation::Abbreviation;
use super::attributes::DiffAttribute;
use super::error::{Error, Result};
use super::function_line::{Driver, FunctionLines};
use super::quote;

/// As many bytes as git looks at to tell binary from text.
const LOOKED_AT: usize = 8000;

/// A file on one side of a change.
#[derive(Clone, Debug)]
pub(super) struct Side {
    pub(super) mode: u32,
    pub(super) id: Oid,
    pub(super) data: Vec<u8>,
}

/// The change of one file; at least one side is there.
#[derive(Clone, Debug)]
pub(super) struct Delta {
    pub(super) path: BString,
    pub(super) old: Option<Side>,
    pub(super) new: Option<Side>,
}

/// The text of a change, and its size for the diffstat.
pub(super) struct FileDiff {
    pub(super) text: Vec<u8>,
    pub(super) size: Size,
}

/// How much of a file changes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Size {
    /// Lines added and deleted.
    Lines(usize, usize),
    /// Bytes before and after of a binary file.
    Bytes(usize, usize),
}

impl Delta {
    fn old_data(&self) -> &[u8] {
        self.old.as_ref().map_or(&[], |side| &side.data)
    }

    fn new_data(&self) -> &[u8] {
        self.new.as_ref().map_or(&[], |side| &side.data)
    }

    fn is_binary(&self, attribute: &DiffAttribute) -> bool {
        let has_nul = |data: &[u8]| data[..data.len().min(LOOKED_AT)].contains(&0);
        match attribute {
            DiffAttribute::Binary => true,
            DiffAttribute::Text => false,
            _ => has_nul(self.old_data()) || has_nul(self.new_data()),
        }
    }

    /// The text that `git apply` takes.
    pub(super) fn render(
        &self,
        attribute: &DiffAttribute,
        abbreviation: &Abbreviation<'_>,
    ) -> Result<FileDiff> {
        let is_binary = self.is_binary(attribute);
        let mut text = self.head(is_binary, abbreviation);
        let (body, size) = if is_binary {
            let (old, new) = (self.old_data(), self.new_data());
            let size = match old == new {
                true => Size::Bytes(0, 0),
                false => Size::Bytes(old.len(), new.len()),
            };
            (self.binary()?, size)
        } else {
            let (hunks, added, deleted) = self.hunks(Driver::of(attribute))?;
            (hunks, Size::Lines(added, deleted))
        };
        if !is_binary && !body.is_empty() {
            text.extend_from_slice(&self.names());
        }
        text.extend_from_slice(&body);
        Ok(FileDiff { text, size })
    }

    /// From `diff --git` to the `index` line.
    fn head(&self, is_binary: bool, abbreviation: &Abbreviation<'_>) -> Vec<u8> {
        let path = self.path.as_bstr();
        let mut text = format!(
            "diff --git {} {}\n",
            quote::with_prefix("a/", path),
            quote::with_prefix("b/", path)
        );
        let mut same_mode = String::new();
        match (&self.old, &self.new) {
            (None, Some(new)) => text += &format!("new file mode {:06o}\n", new.mode),
            (Some(old), None) => text += &format!("deleted file mode {:06o}\n", old.mode),
            (Some(old), Some(new)) if old.mode != new.mode => {
                text += &format!("old mode {:06o}\nnew mode {:06o}\n", old.mode, new.mode);
            }
            (Some(old), Some(_)) => same_mode = format!(" {:06o}", old.mode),
            (None, None) => {}
        }
        let id = |side: &Option<Side>| side.as_ref().map_or(Oid::zero(), |side| side.id);
        let (old, new) = (id(&self.old), id(&self.new));
        if old != new {
            let name = |id: Oid| match is_binary {
                true => id.to_string(),
                false => abbreviation.of(id),
            };
            text += &format!("index {}..{}{same_mode}\n", name(old), name(new));
        }
        text.into_bytes()
    }

    /// The `---` and `+++` lines; git ends a name that has a space with a tab.
    fn names(&self) -> Vec<u8> {
        let name = |side: &Option<Side>, prefix| match side {
            Some(_) => quote::with_prefix(prefix, self.path.as_bstr()),
            None => "/dev/null".to_owned(),
        };
        let line = |sign: &str, name: String| {
            let tab = if name.contains(' ') { "\t" } else { "" };
            format!("{sign} {name}{tab}\n")
        };
        let old = line("---", name(&self.old, "a/"));
        (old + &line("+++", name(&self.new, "b/"))).into_bytes()
    }

    /// The hunks, and how many lines they add and delete.
    fn hunks(&self, driver: Driver) -> Result<(Vec<u8>, usize, usize)> {
        let mut options = DiffOptions::new();
        options
            .context_lines(3)
            .interhunk_lines(0)
            .indent_heuristic(true)
            .force_text(true);
        let patch = self.patch(&mut options)?;
        let mut functions = FunctionLines::new(self.old_data(), driver);
        let (mut text, mut added, mut deleted) = (Vec::new(), 0, 0);
        for index in 0..patch.num_hunks() {
            let (hunk, lines) = patch.hunk(index).map_err(failed)?;
            let function = match hunk.old_lines() {
                0 => &[],
                _ => functions.above(hunk.old_start() as usize),
            };
            let old = place('-', hunk.old_start(), hunk.old_lines());
            let new = place('+', hunk.new_start(), hunk.new_lines());
            text.extend_from_slice(format!("@@ {old} {new} @@").as_bytes());
            if !function.is_empty() {
                text.push(b' ');
                text.extend_from_slice(function);
            }
            text.push(b'\n');
            for line in 0..lines {
                let line = patch.line_in_hunk(index, line).map_err(failed)?;
                match line.origin() {
                    '+' => added += 1,
                    '-' => deleted += 1,
                    _ => {}
                }
                if matches!(line.origin(), ' ' | '+' | '-') {
                    text.push(line.origin() as u8);
                }
                // The note on a missing line break comes as a line of its own.
                text.extend_from_slice(line.content());
            }
        }
        Ok((text, added, deleted))
    }

    fn binary(&self) -> Result<Vec<u8>> {
        if self.old_data() == self.new_data() {
            return Ok(Vec::new());
        }
        let mut options = DiffOptions::new();
        options.force_binary(true).show_binary(true);
        let text = self.patch(&mut options)?.to_buf().map_err(failed)?;
        let start = text.find("GIT binary patch\n").unwrap_or(text.len());
        Ok(text[start..].to_vec())
    }

    fn patch(&self, options: &mut DiffOptions) -> Result<Patch<'_>> {
        Patch::from_buffers(self.old_data(), None, self.new_data(), None, Some(options)).map_err(failed)
    }
}

fn failed(error: git2::Error) -> Error {
    Error::git("cannot compare two versions of a file", error)
}

/// One half of a hunk header; git leaves out a length of one line.
fn place(sign: char, start: u32, lines: u32) -> String {
    match lines {
        1 => format!("{sign}{start}"),
        _ => format!("{sign}{start},{lines}"),
    }
}
