//! The journal's text: which files are replaced, and how to tell the old contents from the new.

use bstr::{BStr, BString, ByteSlice};

use super::refuse;

/// What identifies the contents of a file. It guards against accidents, not against forgery.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Mark {
    length: u64,
    hash: u64,
}

impl Mark {
    /// The mark of some contents.
    pub fn of(text: &[u8]) -> Self {
        Self {
            length: text.len() as u64,
            hash: hash(text),
        }
    }
}

/// FNV-1a over words of eight bytes: std's hashers may change with the compiler, and a journal may
/// be read by a later version.
fn hash(text: &[u8]) -> u64 {
    const PRIME: u64 = 0x0100_0000_01b3;
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut words = text.chunks_exact(8);
    for word in &mut words {
        let word = word.iter().fold(0, |sum, &byte| sum << 8 | u64::from(byte));
        hash = (hash ^ word).wrapping_mul(PRIME).rotate_left(29);
    }
    for &byte in words.remainder() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(PRIME);
    }
    hash
}

/// One file that is replaced.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Item {
    /// From the anchor.
    pub path: BString,
    /// Its contents before.
    pub before: Mark,
    /// Its contents after.
    pub after: Mark,
}

const TITLE: &str = "respin journal 1\n";

/// The text of a journal: a title, a line for each file that ends with NUL and a line break, and a
/// hash of all that.
pub fn write(items: &[Item]) -> Vec<u8> {
    let mut text = TITLE.as_bytes().to_vec();
    for item in items {
        let (before, after) = (item.before, item.after);
        let marks = format!(
            "{} {:016x} {} {:016x} ",
            before.length, before.hash, after.length, after.hash
        );
        text.extend_from_slice(marks.as_bytes());
        text.extend_from_slice(&item.path);
        text.extend_from_slice(b"\0\n");
    }
    let end = format!("end {:016x}\n", hash(&text));
    text.extend_from_slice(end.as_bytes());
    text
}

/// Reads a journal. Whoever can write to the folder may have written it, so no path in it is
/// believed.
pub fn parse(text: &[u8]) -> Result<Vec<Item>, String> {
    let damaged = || "it is damaged".to_owned();
    let at = text.rfind(b"end ").ok_or_else(damaged)?;
    let (lines, end) = text.split_at(at);
    if end != format!("end {:016x}\n", hash(lines)).as_bytes() {
        return Err(damaged());
    }
    let Some(mut lines) = lines.strip_prefix(TITLE.as_bytes()) else {
        return Err("another version of respin wrote it".to_owned());
    };
    let mut items: Vec<Item> = Vec::new();
    while !lines.is_empty() {
        let (line, rest) = lines.split_once_str("\0\n").ok_or_else(damaged)?;
        let item = parse_item(line).ok_or_else(damaged)?;
        if let Some(reason) = refuse(item.path.as_bstr()) {
            return Err(format!("it names {}, which {reason}", item.path));
        }
        if items.last().is_some_and(|last| last.path >= item.path) {
            return Err(damaged());
        }
        items.push(item);
        lines = rest;
    }
    Ok(items)
}

fn parse_item(line: &[u8]) -> Option<Item> {
    let mut fields = line.splitn_str(5, " ");
    let mut mark = || {
        let length = fields.next()?.to_str().ok()?.parse().ok()?;
        let hash = u64::from_str_radix(fields.next()?.to_str().ok()?, 16).ok()?;
        Some(Mark { length, hash })
    };
    let (before, after) = (mark()?, mark()?);
    Some(Item {
        path: BStr::new(fields.next()?).into(),
        before,
        after,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(path: &[u8]) -> Item {
        Item {
            path: path.into(),
            before: Mark::of(b"before"),
            after: Mark::of(b"after, and more than a word"),
        }
    }

    #[test]
    fn what_is_written_is_read() {
        for items in [
            vec![],
            vec![item(b"a.c")],
            vec![item(b"a b/\n c\xff.c"), item(b"end 0")],
        ] {
            assert_eq!(parse(&write(&items)).unwrap(), items);
        }
    }

    #[test]
    fn a_cut_or_changed_journal_is_damaged() {
        let text = write(&[item(b"a.c"), item(b"b.c")]);
        for at in 0..text.len() {
            assert!(parse(&text[..at]).is_err(), "cut at {at}");
            let mut changed = text.clone();
            changed[at] ^= 1;
            assert!(parse(&changed).is_err(), "changed at {at}");
        }
    }

    #[test]
    fn paths_out_of_the_tree_are_not_believed() {
        for path in [
            "../x",
            "/etc/passwd",
            "a/../../x",
            "",
            ".git/hooks/pre-commit",
            "a/.GIT/config",
            ".respin-journal/lock",
        ] {
            let error = parse(&write(&[item(path.as_bytes())])).unwrap_err();
            assert!(error.contains("it names"), "{path}: {error}");
        }
    }

    #[test]
    fn marks_tell_contents_apart() {
        let texts: [&[u8]; 6] = [
            b"",
            b"\0",
            b"12345678",
            b"12345679",
            b"87654321",
            b"1234567812345678",
        ];
        for (number, text) in texts.iter().enumerate() {
            for (other_number, other) in texts.iter().enumerate() {
                assert_eq!(Mark::of(text) == Mark::of(other), number == other_number);
            }
        }
    }
}
