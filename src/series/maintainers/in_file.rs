//! Addresses inside of a file, which the script looks for in the bindings.

use std::sync::LazyLock;

use regex::bytes::Regex;

use super::address::Address;

/// Something like a name, and something like an address. What older scripts take for letters are the bytes of UTF-8 that
/// their range, written in that encoding, holds; today's take any letter, for which any byte of one stands here.
static CANDIDATE: LazyLock<[Option<Regex>; 2]> = LazyLock::new(|| {
    ["c3", "ff"].map(|last| {
        super::pattern::compile(&format!(
            r#"[A-Za-z\x80-\x{last}"' ,.+-]*\s*,*\s*[(<{{]?[A-Za-z0-9_.+-]+@[A-Za-z0-9.-]+\.[A-Za-z0-9]+[)>}}]?"#,
        ))
        .ok()
    })
});

/// The address in a candidate, for instance in `(a@b.c)`.
static ADDRESS: LazyLock<Option<Regex>> =
    LazyLock::new(|| super::pattern::compile(r"[(<{]?([A-Za-z0-9_.+-]+@[A-Za-z0-9.-]+)[)>}]?").ok());

/// Everybody that the script would find; `tidy` is how today's cleans a name.
pub(super) fn addresses(text: &[u8], tidy: bool) -> Vec<Address> {
    let (Some(candidate), Some(address)) = (&CANDIDATE[usize::from(tidy)], &*ADDRESS) else {
        return Vec::new();
    };
    candidate
        .find_iter(text)
        .map(|found| cleaned(&address.replace_all(found.as_bytes(), &b"<$1>"[..]), tidy))
        .collect()
}

/// Leaves of a sentence what can be a name: two words, or three with an initial among them.
fn cleaned(text: &[u8], tidy: bool) -> Address {
    let Address { mut name, address } = Address::parse(text);
    if tidy && name.len() > 1 && name.starts_with(b"\"") && name.ends_with(b"\"") {
        name = name[1..name.len() - 1].into();
    }
    let whole = name.clone();
    let words = words(&whole, tidy);
    if let [.., first, middle, last] = &words[..] {
        let initial = |word: &[u8], letter: bool| match word {
            [byte] => !letter || byte.is_ascii_alphabetic(),
            [_, b'.'] => true,
            _ => false,
        };
        name = if initial(first, true) || initial(middle, false) {
            bstr::join(" ", [first, middle, last]).into()
        } else {
            bstr::join(" ", [middle, last]).into()
        };
    } else if tidy {
        name = bstr::join(" ", &words).into();
    }
    if matches!(name.last(), Some(b',' | b'.')) {
        name.pop();
    } else if let [.., b',' | b'.', b'"'] = name[..] {
        let end = name.len() - 2;
        name.truncate(end);
        name.push(b'"');
    }
    match &name[..] {
        [b',' | b'.', rest @ ..] => name = rest.into(),
        [b'"', b',' | b'.', rest @ ..] => name = bstr::concat([&b"\""[..], rest]).into(),
        _ => {}
    }
    Address::parse(&Address { name, address }.format())
}

/// Words as Perl splits them: a separator at the start makes an empty word, those at the end do not.
fn words(name: &[u8], tidy: bool) -> Vec<&[u8]> {
    let last = if tidy { 0xff } else { 0xc3 };
    let separates =
        |byte: &u8| !(byte.is_ascii_alphabetic() || (0x80..=last).contains(byte) || b"',.+-".contains(byte));
    let mut words: Vec<&[u8]> = name.split(separates).collect();
    while words.last().is_some_and(|word| word.is_empty()) {
        words.pop();
    }
    if tidy {
        words.retain(|word| !matches!(word, [b'\'' | b',' | b'.' | b'+' | b'-']));
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str, tidy: bool) -> Vec<String> {
        addresses(text.as_bytes(), tidy)
            .iter()
            .map(|address| address.format().to_string())
            .collect()
    }

    #[test]
    fn people_of_a_binding_are_found() {
        let text = "maintainers:\n  - Ann Other <ann@x.org>\n  - Bob B. Last <b@y.org>\n  - Zoë <z@x.org>\n";
        for (tidy, last) in [(false, "\"- Zoë\" <z@x.org>"), (true, "\"Zoë\" <z@x.org>")] {
            assert_eq!(
                found(text, tidy),
                ["Ann Other <ann@x.org>", "\"Bob B. Last\" <b@y.org>", last]
            );
            assert_eq!(found("no address, a@b, @x.y", tidy), [""; 0]);
            assert_eq!(found("write to bob@x.org.", tidy), ["write to <bob@x.org>"]);
        }
    }

    #[test]
    fn long_input_is_read_in_time() {
        for text in ["a", "a@", "a ", ",\n", "<a@b.c> "] {
            let _ = addresses(text.repeat(100_000).as_bytes(), true);
        }
    }
}
