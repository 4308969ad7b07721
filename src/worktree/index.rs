//! Reads the paths and modes out of git's index file.
//!
//! libgit2 reads all of an index, checks its hash and builds tables for changing it, which takes as
//! long as listing a kernel's folders. The walk only needs the names, so it reads them itself
//! (gitformat-index(5), versions 2 to 4) and leaves whatever is unusual to libgit2.

use std::ops::Range;

/// The entries of an index, in its order: sorted by path.
#[derive(Default)]
pub struct IndexEntries {
    /// All paths, one after the other.
    names: Vec<u8>,
    entries: Vec<(Range<u32>, u32)>,
}

impl IndexEntries {
    /// Adds an entry with its mode.
    pub fn push(&mut self, path: &[u8], mode: u32) {
        let start = self.names.len() as u32;
        self.names.extend_from_slice(path);
        self.entries.push((start..self.names.len() as u32, mode));
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// A path and its mode.
    pub fn get(&self, number: usize) -> (&[u8], u32) {
        let (range, mode) = &self.entries[number];
        (&self.names[range.start as usize..range.end as usize], *mode)
    }
}

const HEADER: usize = 12;
const HASH: usize = 20;
/// Where the mode, the flags and the path are in an entry.
const MODE: usize = 24;
const FLAGS: usize = 60;
const PATH: usize = 62;
const EXTENDED: u16 = 0x4000;

/// The entries of an index file; `None` when it is not one of the usual kind.
pub fn parse(file: &[u8]) -> Option<IndexEntries> {
    let end = file.len().checked_sub(HASH)?;
    if end > u32::MAX as usize || file.get(..4)? != b"DIRC" {
        return None;
    }
    let version = number(file, 4)?;
    let count = number(file, 8)? as usize;
    if !(2..=4).contains(&version) || count > end / PATH {
        return None;
    }
    let mut entries = IndexEntries::default();
    entries.entries.reserve(count);
    let mut at = HEADER;
    let mut path = Vec::new();
    for _ in 0..count {
        let mode = number(file, at + MODE)?;
        let flags = u16::from_be_bytes(*file.get(at + FLAGS..)?.first_chunk()?);
        let extended = version >= 3 && flags & EXTENDED != 0;
        let mut name = at + PATH + if extended { 2 } else { 0 };
        if version == 4 {
            let (strip, next) = offset(file, name)?;
            path.truncate(path.len().checked_sub(strip)?);
            name = next;
        } else {
            path.clear();
        }
        let length = memchr::memchr(0, file.get(name..end)?)?;
        path.extend_from_slice(&file[name..name + length]);
        at = if version == 4 {
            name + length + 1
        } else {
            // Entries are padded to eight bytes, with one NUL at least.
            at + ((name - at + length) / 8 + 1) * 8
        };
        if path.is_empty() {
            return None;
        }
        entries.push(&path, mode);
    }
    only_optional_extensions(file.get(at..end)?).then_some(entries)
}

/// Extensions that begin with a capital may be ignored; others change what the entries mean.
fn only_optional_extensions(mut rest: &[u8]) -> bool {
    while let Some(signature) = rest.first() {
        let Some(size) = number(rest, 4).filter(|_| signature.is_ascii_uppercase()) else {
            return false;
        };
        let Some(next) = rest.get(8 + size as usize..) else {
            return false;
        };
        rest = next;
    }
    true
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(*bytes.get(at..)?.first_chunk()?))
}

/// A number in the encoding of pack offsets, and where the next byte is.
fn offset(bytes: &[u8], mut at: usize) -> Option<(usize, usize)> {
    let mut byte = *bytes.get(at)?;
    let mut value = usize::from(byte & 0x7f);
    while byte & 0x80 != 0 {
        at += 1;
        byte = *bytes.get(at)?;
        value = value
            .checked_add(1)?
            .checked_mul(128)?
            .checked_add(usize::from(byte & 0x7f))?;
    }
    Some((value, at + 1))
}
