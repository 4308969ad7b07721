//! A person's or a list's address that can stand in a header, whatever it was read from.

use std::fmt;

use bstr::ByteSlice;

/// The longest address by RFC 5321, and the longest name that is believed to be one.
const MOST: usize = 254;

/// A name and an address.
///
/// Invariant: neither holds a control character or a line break; the address is one word of ASCII that starts with a letter,
/// a digit or an underscore, so that no mail program takes it for an option.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Mailbox {
    name: String,
    address: String,
}

impl Mailbox {
    /// Reads `Name <address>`, `"Name, with comma" <address>` or `address`; the error says what is wrong.
    ///
    /// A name is cleaned, since a strange one is no reason not to tell somebody; an address is taken as it is or not at all.
    pub fn parse(text: &[u8]) -> Result<Self, String> {
        let text = text.trim_ascii();
        let (name, address) = match text.rfind_byte(b'<') {
            Some(at) => {
                let rest = &text[at + 1..];
                let address = rest
                    .strip_suffix(b">")
                    .ok_or("it has `<` without `>` at the end")?;
                (&text[..at], address)
            }
            None => (&b""[..], text),
        };
        Ok(Self {
            name: clean_name(&decoded(name)),
            address: checked_address(address)?,
        })
    }

    /// The name without quotes; may be empty.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The address without brackets.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// What tells two mailboxes apart: the address in small letters.
    pub fn key(&self) -> String {
        self.address.to_ascii_lowercase()
    }
}

impl fmt::Display for Mailbox {
    /// As it stands in a file or, once names beyond ASCII are encoded, in a header.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.name.is_empty() {
            return f.write_str(&self.address);
        }
        if self.name.contains(|c: char| "()<>[]:;@,.\"\\".contains(c)) {
            let escaped = self.name.replace('\\', "\\\\").replace('"', "\\\"");
            return write!(f, "\"{escaped}\" <{}>", self.address);
        }
        write!(f, "{} <{}>", self.name, self.address)
    }
}

/// Text of bytes that should be UTF-8, and are Latin-1 where they are not.
fn decoded(bytes: &[u8]) -> String {
    match bytes.to_str() {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|byte| char::from(*byte)).collect(),
    }
}

/// One line of visible characters; what was in quotes is no longer.
fn clean_name(name: &str) -> String {
    let name = name.trim();
    let inner = name.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let mut plain = String::new();
    let mut escaped = false;
    for c in inner.unwrap_or(name).chars() {
        if c == '\\' && inner.is_some() && !escaped {
            escaped = true;
            continue;
        }
        escaped = false;
        // Among them those that turn the direction of writing, or are not seen at all.
        let hidden = matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{ad}');
        if c.is_control() || hidden || matches!(c, '<' | '>' | '\u{2028}' | '\u{2029}') {
            plain.push(' ');
        } else {
            plain.push(c);
        }
    }
    let name = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    // What looks like an encoded word would be decoded into something else.
    let name = name.replace("=?", "= ?");
    if name.len() > MOST { String::new() } else { name }
}

fn checked_address(bytes: &[u8]) -> Result<String, String> {
    let text = bytes
        .to_str()
        .ok()
        .filter(|text| text.is_ascii())
        .ok_or("its address is not ASCII")?;
    if text.len() > MOST {
        return Err(format!("its address is longer than {MOST} characters"));
    }
    let (local, domain) = text.rsplit_once('@').ok_or("it has no address with `@`")?;
    let local_part = |c: char| c.is_ascii_alphanumeric() || "._+-=~'#&%!*^?{}$/".contains(c);
    if local.is_empty() || !local.chars().all(local_part) {
        return Err("what stands before `@` is no plain word".to_owned());
    }
    if !local.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_') {
        return Err("its address starts with a character that could be an option".to_owned());
    }
    let label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && label
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
    };
    if !domain.split('.').all(label) {
        return Err("what stands after `@` is no host".to_owned());
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Result<String, String> {
        Mailbox::parse(text.as_bytes()).map(|mailbox| mailbox.to_string())
    }

    #[test]
    fn names_go_there_and_back() {
        for (text, expected) in [
            ("a@b.c", "a@b.c"),
            ("<a@b.c>", "a@b.c"),
            (" A B  <a@b.c> ", "A B <a@b.c>"),
            ("H. P. A <h@z.org>", "\"H. P. A\" <h@z.org>"),
            ("\"H. P. A\" <h@z.org>", "\"H. P. A\" <h@z.org>"),
            ("\"A \\\"B\\\" C\" <a@b>", "\"A \\\"B\\\" C\" <a@b>"),
            ("O'Neil, Ann <a@b>", "\"O'Neil, Ann\" <a@b>"),
            ("Zoë Ø <z@x>", "Zoë Ø <z@x>"),
            ("robh+dt@kernel.org", "robh+dt@kernel.org"),
        ] {
            let once = shown(text).expect(text);
            assert_eq!(once, expected);
            assert_eq!(shown(&once).expect(text), once, "again");
        }
    }

    #[test]
    fn names_are_cleaned() {
        for (text, expected) in [
            ("A\nBcc: x@y <a@b>", "\"A Bcc: x@y\" <a@b>"),
            ("A\r\u{0}B <a@b>", "A B <a@b>"),
            ("\u{202e}evil\u{202c} <a@b>", "evil <a@b>"),
            ("=?UTF-8?q?x?= <a@b>", "= ?UTF-8?q?x?= <a@b>"),
            ("\u{2028}A <a@b>", "A <a@b>"),
            ("A <x@y> B <a@b>", "\"A x@y B\" <a@b>"),
        ] {
            assert_eq!(shown(text).as_deref(), Ok(expected));
        }
        assert_eq!(
            shown(&format!("{} <a@b>", "x".repeat(1 << 20))).as_deref(),
            Ok("a@b")
        );
        let latin = Mailbox::parse(b"J\xfcrgen <j@x>").expect("a mailbox");
        assert_eq!(latin.name(), "Jürgen");
    }

    #[test]
    fn addresses_are_plain_or_refused() {
        for text in [
            "",
            "a",
            "@b",
            "a@",
            "a b@c",
            "a@b c",
            "a@b,c@d",
            "a@b\nc",
            "A <a@b> x",
            "A <a@b",
            "-oX@b",
            "a@-b",
            "a@b..c",
            "\"a\"@b",
            "a@[1.2.3.4]",
            "ä@b",
            "a@ä",
            "|sh@b",
            "`x`@b",
            "a@b;c",
            "A <a@b>\nBcc: <c@d\n>",
            "<<a@b>>",
        ] {
            assert!(shown(text).is_err(), "{text:?}: {:?}", shown(text));
        }
        assert!(shown(&format!("{}@b", "a".repeat(300))).is_err());
        assert!(Mailbox::parse(b"\xff\xfe@b").is_err());
    }
}
