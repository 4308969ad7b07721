//! Paths as git prints them: quoted as in C as soon as they hold anything unusual.

use bstr::BStr;

/// A path as git prints it with `core.quotePath` on: plain, or in quotes with escapes.
///
/// What comes out is ASCII without control characters, so it cannot end a line or a header.
pub fn path(path: &BStr) -> String {
    with_prefix("", path)
}

/// The same with `a/` or `b/` in front; the quotes go around both.
pub(super) fn with_prefix(prefix: &str, path: &BStr) -> String {
    if !path.iter().any(|&byte| is_unusual(byte)) {
        return path.iter().fold(prefix.to_owned(), |mut text, &byte| {
            text.push(byte as char);
            text
        });
    }
    let mut text = format!("\"{prefix}");
    for &byte in path.iter() {
        match escape(byte) {
            Some(letter) => text.extend(['\\', letter]),
            None if is_unusual(byte) => text.push_str(&format!("\\{byte:03o}")),
            None => text.push(byte as char),
        }
    }
    text.push('"');
    text
}

/// Reads what [`with_prefix`] wrote; `None` when it is not well formed.
pub(super) fn unquote(text: &[u8]) -> Option<Vec<u8>> {
    let Some(inner) = text.strip_prefix(b"\"") else {
        return Some(text.to_vec());
    };
    let inner = inner.strip_suffix(b"\"")?;
    let mut bytes = Vec::new();
    let mut rest = inner.iter().copied();
    while let Some(byte) = rest.next() {
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        let next = rest.next()?;
        if let Some(plain) = (0..=u8::MAX).find(|&plain| escape(plain) == Some(next as char)) {
            bytes.push(plain);
            continue;
        }
        let digits = [next, rest.next()?, rest.next()?];
        let value = digits.iter().try_fold(0_u32, |value, &digit| {
            matches!(digit, b'0'..=b'7').then(|| value * 8 + u32::from(digit - b'0'))
        })?;
        bytes.push(u8::try_from(value).ok()?);
    }
    Some(bytes)
}

fn is_unusual(byte: u8) -> bool {
    !(b' '..0x7f).contains(&byte) || byte == b'"' || byte == b'\\'
}

fn escape(byte: u8) -> Option<char> {
    Some(match byte {
        0x07 => 'a',
        0x08 => 'b',
        b'\t' => 't',
        b'\n' => 'n',
        0x0b => 'v',
        0x0c => 'f',
        b'\r' => 'r',
        b'"' => '"',
        b'\\' => '\\',
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_quoted_as_git_quotes_them() {
        assert_eq!(path("mm/memory.c".into()), "mm/memory.c");
        assert_eq!(path("a b".into()), "a b");
        assert_eq!(with_prefix("a/", "x\ny".into()), "\"a/x\\ny\"");
        assert_eq!(path("ä\u{1}\"".into()), "\"\\303\\244\\001\\\"\"");
    }

    #[test]
    fn quoting_goes_there_and_back() {
        let all: Vec<u8> = (1..=255).collect();
        let quoted = path(all.as_slice().into());
        assert!(quoted.bytes().all(|byte| (b' '..0x7f).contains(&byte)));
        assert_eq!(unquote(quoted.as_bytes()).as_deref(), Some(&all[..]));
        for wrong in ["\"a", "\"\\x\"", "\"\\777\"", "\"\\1\""] {
            assert_eq!(unquote(wrong.as_bytes()), None, "{wrong}");
        }
    }
}
