//! Mail headers: folding, encoded words and dates, as git writes them.

use super::error::{Error, ErrorKind, Result};
use super::identity::{MONTHS, Person, Time, civil_from_days};

/// Columns of a header line of plain words.
const PLAIN: usize = 78;
/// Columns of a header line with encoded words, from RFC 2047.
const ENCODED: usize = 76;

/// Where an encoded word stands; a name allows fewer characters to stand for themselves.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Subject,
    Name,
}

/// `Subject: [PATCH 1/2] text`, folded.
pub(super) fn subject(bracket: &str, text: &str) -> String {
    let mut line = if bracket.is_empty() {
        "Subject: ".to_owned()
    } else {
        format!("Subject: [{bracket}] ")
    };
    if needs_encoding(text) {
        encode(&mut line, text, Place::Subject);
    } else {
        fold(&mut line, text);
    }
    line.push('\n');
    line
}

/// `From: Name <address>`, folded.
pub(super) fn from(person: &Person) -> String {
    let mut line = "From: ".to_owned();
    let width = name(&mut line, &person.name);
    if last_line(&line) + 3 + person.email.len() > width {
        line.push('\n');
    }
    line.push_str(&format!(" <{}>\n", person.email));
    line
}

/// `To:` or `Cc:` with one address a line.
///
/// ASCII goes as it was given, as git does it; a name beyond ASCII is encoded, where git would
/// leave 8-bit bytes in the header.
pub(super) fn addresses(field: &str, addresses: &[String]) -> Result<String> {
    let mut text = String::new();
    for (index, address) in addresses.iter().enumerate() {
        text.push_str(if index == 0 { field } else { "   " });
        text.push_str(if index == 0 { ": " } else { " " });
        text.push_str(&checked(address)?);
        let is_last = index + 1 == addresses.len();
        text.push_str(if is_last { "\n" } else { ",\n" });
    }
    Ok(text)
}

/// An address that can stand in a header: one line, with something like an address in it.
fn checked(address: &str) -> Result<String> {
    let bad = |why: &str| {
        Error::new(
            ErrorKind::Usage,
            format!("{address:?} cannot be a recipient: {why}"),
        )
        .help("write it as `Name <address@host>`")
    };
    let address = address.trim();
    if address.chars().any(char::is_control) {
        return Err(bad("it holds a control character"));
    }
    let (display, mailbox) = match address.rsplit_once('<') {
        Some((display, rest)) => match rest.strip_suffix('>') {
            Some(mailbox) => (display.trim(), mailbox),
            None => return Err(bad("it has `<` without `>`")),
        },
        None => ("", address),
    };
    if mailbox.is_empty()
        || !mailbox
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && byte != b',')
    {
        return Err(bad("it has no plain address"));
    }
    if display.is_ascii() {
        return Ok(address.to_owned());
    }
    let display = display.trim_matches('"').replace("\\\"", "\"");
    let mut line = String::new();
    encode(&mut line, &display, Place::Name);
    Ok(format!("{line} <{mailbox}>"))
}

/// A date as mail writes it, such as `Thu, 7 Apr 2005 22:13:13 +0200`.
pub(super) fn date(time: Time) -> String {
    let local = time.seconds + i64::from(time.offset_minutes) * 60;
    let (days, second) = (local.div_euclid(86_400), local.rem_euclid(86_400));
    let (year, month, day) = civil_from_days(days);
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    format!(
        "{}, {day} {} {year} {:02}:{:02}:{:02} {}",
        DAYS[days.rem_euclid(7) as usize],
        MONTHS[(month - 1) as usize],
        second / 3600,
        second / 60 % 60,
        second % 60,
        time.zone()
    )
}

/// Adds a name in the form it needs; the result is the width its line may have.
fn name(line: &mut String, name: &str) -> usize {
    if needs_encoding(name) {
        encode(line, name, Place::Name);
        return ENCODED;
    }
    if name.chars().any(|c| "()<>[]:;@,.\"\\".contains(c)) {
        let escaped = name.replace('\\', "\\\\").replace('"', "\\\"");
        fold(line, &format!("\"{escaped}\""));
    } else {
        fold(line, name);
    }
    PLAIN
}

fn needs_encoding(text: &str) -> bool {
    !text.is_ascii() || text.contains("=?") || text.contains('\n')
}

/// Adds words to a header line, and breaks it before a word that no longer fits.
fn fold(line: &mut String, text: &str) {
    let mut width = last_line(line);
    for (index, word) in text.split(' ').enumerate() {
        let space = usize::from(index > 0);
        if width + space + word.len() <= PLAIN {
            if index > 0 {
                line.push(' ');
            }
            width += space + word.len();
        } else {
            line.push_str("\n ");
            width = 1 + word.len();
        }
        line.push_str(word);
    }
}

/// Adds text as quoted-printable encoded words, none of which splits a character.
fn encode(line: &mut String, text: &str, place: Place) {
    const OPEN: &str = "=?UTF-8?q?";
    line.push_str(OPEN);
    let mut width = last_line(line);
    for c in text.chars() {
        let mut bytes = [0; 4];
        let bytes = c.encode_utf8(&mut bytes).as_bytes();
        let is_special = bytes.len() > 1 || is_special(bytes[0], place);
        let length = if is_special { 3 * bytes.len() } else { 1 };
        if width + length + 2 > ENCODED {
            line.push_str("?=\n ");
            line.push_str(OPEN);
            width = 1 + OPEN.len();
        }
        if is_special {
            line.extend(bytes.iter().map(|byte| format!("={byte:02X}")));
        } else {
            line.push(c);
        }
        width += length;
    }
    line.push_str("?=");
}

fn is_special(byte: u8, place: Place) -> bool {
    if !byte.is_ascii_graphic() || matches!(byte, b'=' | b'?' | b'_') {
        return true;
    }
    place == Place::Name
        && !(byte.is_ascii_alphanumeric() || matches!(byte, b'!' | b'*' | b'+' | b'-' | b'/'))
}

fn last_line(text: &str) -> usize {
    text.len() - text.rfind('\n').map_or(0, |at| at + 1)
}

/// Undoes [`encode`], folding included; other text stays as it is.
pub(super) fn decode(text: &str) -> String {
    let mut decoded = String::new();
    let mut rest = text;
    let mut after_word = false;
    while let Some(start) = rest.find("=?UTF-8?q?") {
        let before = &rest[..start];
        // White space between two encoded words is part of neither.
        if !(after_word && before.trim().is_empty()) {
            decoded.push_str(before);
        }
        let body = &rest[start + 10..];
        let Some(end) = body.find("?=") else {
            decoded.push_str(&rest[start..]);
            return decoded;
        };
        decoded.push_str(&decode_word(&body[..end]));
        rest = &body[end + 2..];
        after_word = true;
    }
    decoded.push_str(rest);
    decoded
}

fn decode_word(word: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = word.bytes();
    while let Some(byte) = rest.next() {
        let digits = || {
            let mut ahead = rest.clone();
            let high = char::from(ahead.next()?).to_digit(16)?;
            let low = char::from(ahead.next()?).to_digit(16)?;
            Some((high * 16 + low) as u8)
        };
        match (byte, digits()) {
            (b'=', Some(value)) => {
                bytes.push(value);
                rest.nth(1);
            }
            (b'_', _) => bytes.push(b' '),
            _ => bytes.push(byte),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(name: &str) -> Person {
        Person {
            name: name.into(),
            email: "a@example.org".into(),
        }
    }

    #[test]
    fn names_are_quoted_or_encoded() {
        assert_eq!(from(&person("A Hacker")), "From: A Hacker <a@example.org>\n");
        assert_eq!(
            from(&person("A. Hacker")),
            "From: \"A. Hacker\" <a@example.org>\n"
        );
        assert_eq!(
            from(&person("Jürgen (x)")),
            "From: =?UTF-8?q?J=C3=BCrgen=20=28x=29?= <a@example.org>\n"
        );
        let long = from(&person(&"name ".repeat(20)));
        assert!(long.lines().all(|line| line.len() <= 78), "{long}");
    }

    #[test]
    fn encoded_words_split_no_character() {
        let header = subject("PATCH 1/2", &"ä".repeat(60));
        assert!(header.lines().all(|line| line.len() <= 76));
        let unfolded = header.replace("\n ", " ");
        let text = decode(unfolded.trim_end());
        assert_eq!(text, format!("Subject: [PATCH 1/2] {}", "ä".repeat(60)));
    }

    #[test]
    fn addresses_stay_on_their_line() {
        let list = |items: &[&str]| {
            let items: Vec<String> = items.iter().map(|&item| item.into()).collect();
            addresses("To", &items)
        };
        assert_eq!(list(&["a@x", "B <b@x>"]).unwrap(), "To: a@x,\n    B <b@x>\n");
        assert_eq!(list(&["Jü <b@x>"]).unwrap(), "To: =?UTF-8?q?J=C3=BC?= <b@x>\n");
        assert_eq!(list(&[]).unwrap(), "");
        for hostile in [
            "a@x\nBcc: b@x",
            "a@x\rB: c",
            "<a@x",
            "",
            "A <>",
            "a b@x",
            "a@x, b@x",
        ] {
            assert!(list(&[hostile]).is_err(), "{hostile:?}");
        }
    }

    #[test]
    fn dates_are_those_of_mail() {
        let time = Time {
            seconds: 1_112_911_993,
            offset_minutes: -150,
        };
        assert_eq!(date(time), "Thu, 7 Apr 2005 19:43:13 -0230");
    }
}
