//! From a rendered template to a commit message: checked, wrapped, with the disclosure and the
//! trailers.

use std::collections::HashSet;

use unicode_width::UnicodeWidthStr;

use super::error::{Error, ErrorKind, Result};
use super::facts::PatchText;
use super::wrap::{self, COLUMNS};

/// The parts of a commit message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Message {
    pub(super) subject: String,
    /// Wrapped paragraphs without trailers and without a line break at the end.
    pub(super) body: String,
    /// `Token: value`, one a line, the sign-off last.
    pub(super) trailers: Vec<String>,
}

impl Message {
    /// What goes into the commit.
    pub(super) fn text(&self) -> String {
        let paragraphs = [self.subject.clone(), self.body.clone(), self.trailers.join("\n")];
        let paragraphs: Vec<String> = paragraphs
            .into_iter()
            .filter(|paragraph| !paragraph.is_empty())
            .collect();
        paragraphs.join("\n\n") + "\n"
    }

    /// Puts tags in front of the sign-off.
    pub(super) fn add_tags(&mut self, tags: Vec<String>) {
        let signoff = |line: &&String| line.starts_with("Signed-off-by: ");
        let at = self.trailers.len() - usize::from(self.trailers.last().filter(signoff).is_some());
        self.trailers.splice(at..at, tags);
    }
}

/// Wraps and checks a body, and adds the disclosure unless the template has it already.
pub(super) fn compose(
    subject: String,
    body: &str,
    disclosure: &[String],
    signoff: Option<String>,
) -> Result<Message> {
    check_subject(&subject)?;
    let (body, mut trailers) = split_trailers(body);
    let mut body = wrap::fill(&body);
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let said = words(&body);
    for paragraph in disclosure
        .iter()
        .filter(|paragraph| !said.contains(&words(paragraph)))
    {
        if !body.is_empty() {
            body.push_str("\n\n");
        }
        body.push_str(&wrap::fill(paragraph));
    }
    check_body(&subject, &body, &trailers)?;
    trailers.extend(signoff);
    Ok(Message {
        subject,
        body,
        trailers,
    })
}

/// Puts a prefix before a summary; a prefix alone says nothing.
fn with_prefix(prefix: &str, summary: &str) -> String {
    match summary {
        "" => String::new(),
        _ => format!("{}{summary}", separated(prefix)),
    }
}

/// A prefix with what stands between it and the summary: `Input: foo - ` and `hwmon: (foo) ` have no colon at their end.
fn separated(prefix: &str) -> String {
    match prefix {
        "" => String::new(),
        _ if prefix.ends_with(" -") || prefix.ends_with(')') => format!("{prefix} "),
        _ => format!("{prefix}: "),
    }
}

/// The wordings of a rendered subject, without the prefix that a template may have put there.
fn summaries(prefix: &str, subject: &str) -> Vec<String> {
    let summary = |line: &str| {
        let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
        let rest = line.strip_prefix(&separated(prefix));
        rest.unwrap_or(&line).to_owned()
    };
    let mut summaries: Vec<String> = subject.lines().map(summary).collect();
    summaries.retain(|summary| !summary.is_empty());
    if summaries.is_empty() {
        summaries.push(String::new());
    }
    summaries
}

/// The first subject that fits. A shorter wording is tried before a shorter prefix, which tells maintainers what is theirs.
/// Where nothing fits, it is the shortest one.
fn fitting(prefix: &str, summaries: &[String], end: &str) -> String {
    let mut shortest = String::new();
    for prefix in shorter_prefixes(prefix) {
        for summary in summaries {
            let subject = format!("{}{end}", with_prefix(prefix, summary));
            if fits(&subject) {
                return subject;
            }
            if shortest.is_empty() || subject.width() < shortest.width() {
                shortest = subject;
            }
        }
    }
    shortest
}

/// Prefixes to try for a subject that is too long: each without the last component of the one
/// before.
pub(super) fn shorter_prefixes(prefix: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(prefix), |prefix| {
        let cut = |at: &str| prefix.rsplit_once(at);
        let (shorter, _) = cut(": ").or_else(|| cut(", ")).or_else(|| cut("/"))?;
        Some(shorter)
    })
}

/// Whether a subject fits into the columns it may have.
pub(super) fn fits(subject: &str) -> bool {
    subject.width() <= COLUMNS
}

/// Makes a subject differ from those before it: by what the patch is about, or else by a number.
pub(super) fn unique(taken: &mut HashSet<String>, prefix: &str, unit: &str, text: &PatchText) -> String {
    let summaries = summaries(prefix, &text.subject);
    let plain = fitting(prefix, &summaries, "");
    let named_prefix = match (prefix, unit) {
        (_, "") => prefix.to_owned(),
        ("", unit) => unit.to_owned(),
        (prefix, unit) => format!("{}{unit}", separated(prefix)),
    };
    let named = summaries
        .iter()
        .map(|summary| with_prefix(&named_prefix, summary))
        .find(|subject| fits(subject))
        .unwrap_or_else(|| plain.clone());
    let numbered = (2..).map(|number| {
        let subject = format!("{named} ({number})");
        if fits(&subject) {
            return subject;
        }
        fitting(prefix, &summaries, &format!(" ({number})"))
    });
    let subject = [plain, named.clone()]
        .into_iter()
        .chain(numbered)
        .find(|subject| !taken.contains(subject))
        .unwrap_or_default();
    taken.insert(subject.clone());
    subject
}

fn check_subject(subject: &str) -> Result<()> {
    let lower = subject.to_ascii_lowercase();
    let why = if subject.is_empty() {
        "is empty"
    } else if subject.chars().any(char::is_control) {
        "holds a control character"
    } else if subject.starts_with(['[', ':']) || lower.starts_with("re:") {
        "starts with something that `git am` cuts off"
    } else {
        return Ok(());
    };
    Err(refused(format!("the subject {subject:?} {why}")))
}

/// Refuses what `git am` would not take as part of the message.
fn check_body(subject: &str, body: &str, trailers: &[String]) -> Result<()> {
    let in_body = |line: &str, what: &str| {
        refused(format!(
            "the message of {subject:?} has the line {line:?}, which {what}"
        ))
    };
    if let Some(line) = body.lines().next() {
        let lower = line.to_ascii_lowercase();
        let headers = ["from:", "date:", "subject:", "[patch]", ">from "];
        if headers.iter().any(|header| lower.starts_with(header)) {
            return Err(in_body(line, "`git am` takes for a header"));
        }
    }
    for line in body.lines().chain(trailers.iter().map(String::as_str)) {
        if line.chars().any(|c| c.is_control() && c != '\t') {
            return Err(in_body(line, "holds a control character"));
        }
        if starts_patch(line) {
            return Err(in_body(line, "`git am` takes for the start of the patch"));
        }
        if starts_mail(line) {
            return Err(in_body(line, "`git am` takes for the start of a mail"));
        }
        if is_scissors(line) {
            return Err(in_body(line, "`git am --scissors` cuts at"));
        }
    }
    let mut lines = body.lines().chain(trailers.iter().map(String::as_str));
    match lines.find(|line| is_claim(line)) {
        Some(line) => Err(in_body(line, "claims what only a person can say")),
        None => Ok(()),
    }
}

fn refused(message: String) -> Error {
    Error::new(ErrorKind::Message, message).help("change the template of the transform")
}

pub(super) fn starts_patch(line: &str) -> bool {
    let rest = match line.strip_prefix("---") {
        Some(rest) => rest,
        None => return line.starts_with("diff -") || line.starts_with("Index: "),
    };
    rest.trim().is_empty()
        || rest
            .strip_prefix(' ')
            .is_some_and(|name| !name.starts_with(char::is_whitespace))
}

/// Whether a line looks as the first line of a mail in a mailbox does: with a time of day in it.
fn starts_mail(line: &str) -> bool {
    let is_time =
        |window: &[u8]| window[1] == b':' && window[0].is_ascii_digit() && window[2].is_ascii_digit();
    line.starts_with("From ") && line.as_bytes().windows(3).any(is_time)
}

fn is_scissors(line: &str) -> bool {
    line.contains('-') && [">8", "8<", ">%", "%<"].iter().any(|mark| line.contains(mark)) && {
        // Only a line that consists mostly of them cuts.
        let marks = line.chars().filter(|c| "-><8% ".contains(*c)).count();
        marks * 3 > line.chars().count()
    }
}

/// A tag that a tool must not write: who reviewed, tested, suggested, or what it fixes.
fn is_claim(line: &str) -> bool {
    let Some((token, _)) = line.split_once(':') else {
        return false;
    };
    let token = token.to_ascii_lowercase();
    let is_token = token
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    is_token && (token.ends_with("-by") || token == "fixes")
}

/// Takes the last paragraph apart if it is one of trailers: these are never wrapped.
fn split_trailers(body: &str) -> (String, Vec<String>) {
    let body = body.trim();
    let (rest, last) = match body.rfind("\n\n") {
        Some(at) => (&body[..at], body[at..].trim()),
        None => ("", body),
    };
    let is_trailer = |line: &str| {
        let token = line.split_once(": ").map(|(token, _)| token.to_ascii_lowercase());
        token.is_some_and(|token| matches!(token.as_str(), "cc" | "link" | "closes")) || is_claim(line)
    };
    if last.is_empty() || !last.lines().all(is_trailer) {
        return (body.to_owned(), Vec::new());
    }
    let trailers = last.lines().map(|line| line.trim_end().to_owned());
    (rest.trim_end().to_owned(), trailers.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn composed(body: &str) -> Result<Message> {
        compose(
            "mm: x".into(),
            body,
            &["Written by a tool.".into()],
            Some("Signed-off-by: A <a@b>".into()),
        )
    }

    #[test]
    fn trailers_come_last_and_are_not_wrapped() {
        let link = format!("Link: https://example.org/{}", "x".repeat(90));
        let message = composed(&format!("text\n\n{link}\nCc: B <b@c>\n")).unwrap();
        assert_eq!(
            message.text(),
            format!("mm: x\n\ntext\n\nWritten by a tool.\n\n{link}\nCc: B <b@c>\nSigned-off-by: A <a@b>\n")
        );
    }

    #[test]
    fn a_template_may_place_the_disclosure() {
        let message = composed("Written by a\ntool.\n\nMore.").unwrap();
        assert_eq!(message.body, "Written by a tool.\n\nMore.");
    }

    #[test]
    fn nothing_in_a_body_can_end_it() {
        for hostile in [
            "a\n\n---\n\nb",
            "a\n\n--- x",
            "a\n\ndiff --git a/x b/x",
            "a\n\nIndex: x",
            "From: Mallory <m@x>\n\na",
            "Subject: b",
            "date: now",
            "a\n\nFrom 1234 Mon Sep 17 00:00:00 2001",
            "-- >8 --",
            "a\u{1b}[0m",
            "a\n\nReviewed-by: A <a@b>",
            "a\n\nFixes: 123",
            "a\n\nSigned-off-by: M <m@x>\n\nb",
        ] {
            assert!(composed(hostile).is_err(), "{hostile:?}");
        }
        for harmless in [
            "From 5.1 on: yes",
            "a -- b",
            "a\rb",
            "----- heading -----",
            "the size is > 80 - 8",
        ] {
            assert!(composed(harmless).is_ok(), "{harmless:?}");
        }
    }

    #[test]
    fn subjects_get_shorter_and_unique() {
        let text = PatchText {
            subject: "use  f()".into(),
            body: String::new(),
        };
        let mut taken = HashSet::new();
        assert_eq!(unique(&mut taken, "drm", "udl", &text), "drm: use f()");
        assert_eq!(unique(&mut taken, "drm", "udl", &text), "drm: udl: use f()");
        assert_eq!(unique(&mut taken, "drm", "udl", &text), "drm: udl: use f() (2)");
        assert_eq!(
            unique(&mut taken, "Input: foo -", "", &text),
            "Input: foo - use f()"
        );
        assert_eq!(
            unique(&mut taken, "hwmon: (foo)", "", &text),
            "hwmon: (foo) use f()"
        );
        let text_of = |subject: String| PatchText {
            subject,
            body: String::new(),
        };
        let two = text_of(format!("use {0}() instead of {0}()\nuse {0}()", "x".repeat(30)));
        assert_eq!(
            unique(&mut taken, "drm/udl", "", &two),
            format!("drm/udl: use {}()", "x".repeat(30))
        );
        let long = text_of("x".repeat(80));
        assert_eq!(
            unique(&mut taken, "net: a: b", "", &long),
            format!("net: {}", long.subject)
        );
        let summary = text_of("x".repeat(60));
        let subject = unique(&mut taken, "mm, lib/some_long_test", "", &summary);
        assert_eq!(subject, format!("mm: {}", summary.subject));
        let long = format!("media: {}: deep", "x".repeat(59));
        assert_eq!(
            unique(&mut taken, &long, "", &text),
            "media: use f()".replace("media", &format!("media: {}", "x".repeat(59)))
        );
        for bad in ["", "[PATCH] x", "Re: x", "a\u{7}"] {
            assert!(check_subject(bad).is_err(), "{bad:?}");
        }
    }
}
