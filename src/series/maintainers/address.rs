//! Addresses as the script reads and writes them: `Name <address>`, lists of those, and .mailmap.

use std::collections::HashMap;

use bstr::{BStr, BString, ByteSlice};

use super::scan::Scanner;

/// A name, quoted where it has to be, and an address; either may be empty.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Address {
    pub name: BString,
    pub address: BString,
}

impl Address {
    /// Reads `Name <address>`, `<address>` or `address`; what cannot be read is empty.
    pub(super) fn parse(text: &[u8]) -> Self {
        let (name, address) = named(text)
            .or_else(|| bracketed(text).map(|address| (&b""[..], address)))
            .or_else(|| bare(text).map(|address| (&b""[..], address)))
            .unwrap_or_default();
        Self {
            name: quoted(unquoted(name.trim_ascii())),
            address: address.trim_ascii().into(),
        }
    }

    /// Writes it as one line; without a name only the address.
    pub(super) fn format(&self) -> BString {
        let name = quoted(unquoted(self.name.trim_ascii()));
        let address = self.address.trim_ascii();
        if name.is_empty() {
            return address.into();
        }
        bstr::concat([name.as_slice(), b" <", address, b">"]).into()
    }
}

/// `Name <address>`: the name goes up to the first `<`, the address up to the last `>`.
fn named(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let open = text.find_byte(b'<').filter(|at| *at > 0)?;
    Some((&text[..open], closed(&text[open + 1..])?))
}

fn bracketed(text: &[u8]) -> Option<&[u8]> {
    let text = text.trim_ascii_start().strip_prefix(b"<")?;
    closed(text).filter(|address| {
        let at = address.rfind_byte(b'@').unwrap_or_default();
        !address[at..].iter().any(u8::is_ascii_whitespace)
    })
}

/// What stands before the last `>` that has an `@` before it.
fn closed(text: &[u8]) -> Option<&[u8]> {
    let address = &text[..text.rfind_byte(b'>')?];
    (address.find_byte(b'@')? > 0 || address.rfind_byte(b'@')? > 0).then_some(address)
}

/// Everything up to the white space after the last `@`.
fn bare(text: &[u8]) -> Option<&[u8]> {
    let at = text.rfind_byte(b'@').filter(|at| *at > 0)?;
    let length = text[at..]
        .iter()
        .take_while(|byte| !byte.is_ascii_whitespace())
        .count();
    Some(&text[..at + length])
}

fn unquoted(name: &[u8]) -> &[u8] {
    let name = name.strip_prefix(b"\"").unwrap_or(name);
    name.strip_suffix(b"\"").unwrap_or(name)
}

/// Puts a name in quotes when it holds more than letters, digits, spaces and hyphens.
fn quoted(name: &[u8]) -> BString {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"_ -".contains(byte);
    if name.iter().all(plain) {
        return name.into();
    }
    let mut out = BString::from("\"");
    let mut before = b' ';
    for &byte in name {
        if byte == b'"' && before != b'\\' {
            out.push(b'\\');
        }
        out.push(byte);
        before = byte;
    }
    out.push(b'"');
    out
}

/// Splits the value of an `M:` or `R:` line.
///
/// It is a list only when every part of it is an address by RFC 822; otherwise it is one, as most names with a dot are.
pub(super) fn split_list(value: &[u8]) -> Vec<BString> {
    let text = without_comments(value);
    let mut scanner = Scanner::new(&text);
    let mut parts = Vec::new();
    loop {
        let start = scanner.at();
        if scanner.address() {
            parts.push(BString::from(&text[start..scanner.at()]));
        }
        if scanner.is_at_end() {
            break;
        }
        if !scanner.byte(b',') {
            return vec![value.into()];
        }
    }
    if parts.len() < 2 && !text.contains(&b',') {
        return vec![value.into()];
    }
    parts
}

/// Replaces comments in parentheses, the innermost first, by a space; those in quotes stay.
fn without_comments(value: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(value.len());
    let mut opened = Vec::new();
    let mut in_quotes = false;
    let mut bytes = value.iter().copied();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' => {
                out.push(byte);
                out.extend(bytes.next());
                continue;
            }
            b'"' if opened.is_empty() => in_quotes = !in_quotes,
            b'(' if !in_quotes => opened.push(out.len()),
            b')' if !in_quotes => {
                if let Some(start) = opened.pop() {
                    out.truncate(start);
                    out.push(b' ');
                    continue;
                }
            }
            _ => {}
        }
        out.push(byte);
    }
    out
}

/// Who is who: .mailmap as the script reads it.
#[derive(Debug, Default)]
pub(super) struct Mailmap {
    names: HashMap<BString, BString>,
    addresses: HashMap<BString, BString>,
}

impl Mailmap {
    /// Reads the file; lines of no known form are skipped.
    pub(super) fn parse(text: &[u8]) -> Self {
        let mut map = Self::default();
        for line in text.lines() {
            let line = line.split_str("#").next().unwrap_or_default().trim_ascii();
            map.line(line.as_bstr());
        }
        map
    }

    fn line(&mut self, line: &BStr) -> Option<()> {
        let body = line.strip_suffix(b">")?;
        let (before, last) = body.split_at(body.rfind_byte(b'<')?);
        let last = &last[1..];
        if last.is_empty() || last.contains(&b'>') {
            return None;
        }
        if before.trim_ascii().is_empty() {
            return None;
        }
        // One pair of brackets only: a name for an address.
        if !before.contains(&b'<') {
            let real = Address::parse(line);
            self.names.insert(real.address, real.name);
            return Some(());
        }
        let close = before.rfind_byte(b'>')?;
        let open = before[..close].rfind_byte(b'<')?;
        let real_name = before[..open].trim_ascii_end();
        let wrong_name = &before[close + 1..];
        if wrong_name.trim_ascii().is_empty() {
            if real_name.is_empty() {
                let real = before[open + 1..close].into();
                self.addresses.insert(last.into(), real);
                return Some(());
            }
            let real = Address::parse(&before[..close + 1]);
            self.names.insert(last.into(), real.name);
            self.addresses.insert(last.into(), real.address);
            return Some(());
        }
        if real_name.is_empty() {
            return None;
        }
        let real = Address::parse(&before[..close + 1]);
        let wrong = Address::parse(&line[close + 1..]).format();
        self.names.insert(wrong.clone(), real.name);
        self.addresses.insert(wrong, real.address);
        Some(())
    }

    /// The name and address that a person wants to be known by.
    pub(super) fn real(&self, address: Address) -> Address {
        let formatted = address.format();
        let by_both = self.names.contains_key(&formatted) || self.addresses.contains_key(&formatted);
        let key = if by_both { &formatted } else { &address.address };
        Address {
            name: self.names.get(key).unwrap_or(&address.name).clone(),
            address: self.addresses.get(key).unwrap_or(&address.address).clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn formatted(text: &str) -> String {
        Address::parse(text.as_bytes()).format().to_string()
    }

    #[test]
    fn addresses_go_there_and_back() {
        for (text, expected) in [
            ("A B <a@b.c>", "A B <a@b.c>"),
            ("H. P. A <h@z.org>", "\"H. P. A\" <h@z.org>"),
            ("\"H. P. A\" <h@z.org>", "\"H. P. A\" <h@z.org>"),
            ("Zoë <z@x>", "\"Zoë\" <z@x>"),
            ("A \"B\" C <a@b>", "\"A \\\"B\\\" C\" <a@b>"),
            ("<a@b.c>", "a@b.c"),
            ("a@b.c trailing", "a@b.c"),
            ("A <a@b> (words)", "A <a@b>"),
            ("A <not an address>", ""),
            ("nobody", ""),
            ("", ""),
        ] {
            assert_eq!(formatted(text), expected, "{text}");
        }
    }

    #[test]
    fn only_valid_lists_are_split() {
        let split = |text: &str| -> Vec<String> {
            split_list(text.as_bytes())
                .iter()
                .map(|part| part.trim_ascii().as_bstr().to_string())
                .collect()
        };
        assert_eq!(split("A <a@b>, C <c@d>"), ["A <a@b>", "C <c@d>"]);
        assert_eq!(split("a@b,c@d"), ["a@b", "c@d"]);
        assert_eq!(split("\"X, Y\" <a@b>"), ["\"X, Y\" <a@b>"]);
        // The dot makes the whole no list, so it is one address, however odd.
        assert_eq!(split("A. B <a@b>, C <c@d>"), ["A. B <a@b>, C <c@d>"]);
        assert_eq!(split("a@b, (a comment) c@d"), ["a@b", "c@d"]);
        assert_eq!(split("nonsense"), ["nonsense"]);
    }

    #[test]
    fn mailmap_has_four_forms() {
        let map = Mailmap::parse(
            b"# comment\n\
              Real One <one@x>\n\
              <two@new> <two@old>\n\
              Three <three@new> <three@old> # why\n\
              Four <four@new> Wrong Name <four@old>\n\
              nonsense\n<only@one>\n> <\n",
        );
        let real = |text: &str| map.real(Address::parse(text.as_bytes())).format().to_string();
        assert_eq!(real("Any <one@x>"), "Real One <one@x>");
        assert_eq!(real("Two <two@old>"), "Two <two@new>");
        assert_eq!(real("X <three@old>"), "Three <three@new>");
        assert_eq!(real("Wrong Name <four@old>"), "Four <four@new>");
        assert_eq!(real("Other <four@old>"), "Other <four@old>");
        assert_eq!(real("X <nobody@x>"), "X <nobody@x>");
    }

    #[test]
    fn long_and_strange_input_is_read_in_time() {
        for text in ["(", "\"", "<", "a@", "a@b,", "\\", "((a)", "a b "] {
            let long = text.repeat(200_000);
            let _ = Address::parse(long.as_bytes()).format();
            let _ = split_list(long.as_bytes());
            let _ = Mailmap::parse(long.as_bytes());
        }
    }
}
