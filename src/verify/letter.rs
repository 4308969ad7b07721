//! What stands around a diff: subject, text and tags, held against what lists expect.

use unicode_width::UnicodeWidthStr;

use super::finding::Finding;

/// The most columns of a subject and of a line of text.
const COLUMNS: usize = 75;

/// The parts of a message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Letter<'a> {
    /// The subject without the brackets before it.
    pub subject: &'a str,
    /// The text below it, tags included.
    pub body: &'a str,
    /// The author as `Name <address>`.
    pub author: &'a str,
}

/// Checks the message of a patch.
pub fn check(letter: &Letter<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    subject(letter.subject, &mut findings);
    let (text, tags) = split(letter.body);
    body(&text, &mut findings);
    check_tags(&tags, letter.author, &mut findings);
    findings
}

/// Checks a cover letter.
pub fn check_cover(letter: &Letter<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    subject(letter.subject, &mut findings);
    if letter.subject.contains("SUBJECT HERE") || letter.body.contains("*** BLURB HERE ***") {
        findings.push(Finding::problem(
            "placeholder",
            "the cover letter is not written: git's placeholders are in it",
        ));
    }
    findings
}

fn subject(subject: &str, findings: &mut Vec<Finding>) {
    let columns = subject.width();
    if columns > COLUMNS {
        let what = format!("the subject has {columns} columns, {COLUMNS} are the most");
        findings.push(Finding::problem("long-subject", what));
    }
    let prefix = prefix(subject);
    let summary = subject.get(prefix.map_or(0, str::len)..).unwrap_or_default();
    let summary = summary.trim_start_matches([':', ' ', '-']);
    if prefix.is_none_or(|prefix| prefix.trim().is_empty()) {
        let what = "the subject has no prefix that names the subsystem";
        findings.push(Finding::problem("no-prefix", what));
    }
    if summary.is_empty() {
        findings.push(Finding::problem("no-summary", "the subject says nothing"));
    }
    if subject.ends_with('.') {
        findings.push(Finding::remark(
            "subject-period",
            "the subject ends with a period",
        ));
    }
    let is_file = |word: &str| {
        [".c", ".h", ".S", ".rst"]
            .iter()
            .any(|end| word.len() > 2 && word.ends_with(end))
    };
    if let Some(word) = subject.split([' ', ':', ',']).find(|word| is_file(word)) {
        let what = format!("the subject names the file {word}; say what changes instead");
        findings.push(Finding::remark("file-in-subject", what));
    }
}

/// What stands before the summary: `drm/i915`, `Input: foo`, `hwmon: (foo)`.
pub fn prefix(subject: &str) -> Option<&str> {
    let colon = subject.rfind(": ");
    let dash = subject
        .rfind(" - ")
        .filter(|at| colon.is_some_and(|colon| colon < *at));
    let end = dash.or(colon)?;
    // A colon far behind is part of the summary.
    let before = subject.get(..end)?;
    let rest = subject.get(end..)?;
    if rest.starts_with(": (") {
        let close = rest.find(')')?;
        return subject.get(..end + close + 1);
    }
    Some(before)
}

/// The text and the tags at its end, each a line.
fn split(body: &str) -> (String, Vec<String>) {
    let body = body.trim();
    let (text, last) = match body.rfind("\n\n") {
        Some(at) => (&body[..at], body[at..].trim()),
        None => ("", body),
    };
    let tags = last.lines().filter(|line| is_tag(line)).count();
    // As git has it, a paragraph counts when it has a tag that git writes, or nothing but tags.
    let has_signoff = last.lines().any(|line| line.starts_with("Signed-off-by: "));
    if tags == 0 || (tags < last.lines().count() && !has_signoff) {
        return (body.to_owned(), Vec::new());
    }
    (
        text.trim_end().to_owned(),
        last.lines().map(str::to_owned).collect(),
    )
}

fn is_tag(line: &str) -> bool {
    let Some((token, _)) = line.split_once(": ") else {
        return false;
    };
    let plain = token
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    plain && (token.contains('-') || ["Cc", "Link", "Closes", "Fixes"].contains(&token))
}

fn body(text: &str, findings: &mut Vec<Finding>) {
    if text.trim().is_empty() {
        let what = "there is no text below the subject: say what the problem is, and how it is solved";
        findings.push(Finding::problem("no-text", what));
        return;
    }
    let may_be_long = |line: &str| {
        line.starts_with([' ', '\t', '>', '|'])
            || line.contains("://")
            || !line.trim().contains(' ')
            || is_tag(line)
    };
    let long = text
        .lines()
        .filter(|line| line.width() > COLUMNS && !may_be_long(line))
        .count();
    if long > 0 {
        let lines = if long == 1 { "line has" } else { "lines have" };
        let what = format!("{long} {lines} more than {COLUMNS} columns");
        findings.push(Finding::problem("long-line", what));
    }
    let lower = text.to_lowercase();
    for (words, why) in [
        ("this patch", "say what the change does, in the imperative"),
        ("this commit", "say what the change does, in the imperative"),
        (
            "changes since v",
            "what changed since the last version goes below the line ---",
        ),
        (
            "as in v1",
            "what changed since the last version goes below the line ---",
        ),
    ] {
        if lower.contains(words) {
            findings.push(Finding::remark(
                "wording",
                format!("the text says \"{words}\": {why}"),
            ));
        }
    }
}

fn check_tags(tags: &[String], author: &str, findings: &mut Vec<Finding>) {
    let mut seen: Vec<&str> = Vec::new();
    for line in tags {
        if !is_tag(line) {
            let what = format!(
                "\"{}\" stands among the tags, and is none; tags are never wrapped",
                shown(line)
            );
            findings.push(Finding::problem("broken-tag", what));
            continue;
        }
        if seen.contains(&line.as_str()) {
            findings.push(Finding::remark(
                "tag-twice",
                format!("the tag \"{}\" is there twice", shown(line)),
            ));
        }
        seen.push(line);
        let (token, value) = line.split_once(": ").unwrap_or((line, ""));
        let is_person = token.ends_with("-by") || token == "Cc";
        if is_person && !has_address(value) {
            let what = format!("the tag \"{}\" has no address", shown(line));
            findings.push(Finding::problem("tag-address", what));
        }
        if token == "Fixes" && !is_reference(value) {
            let what = "Fixes: takes 12 or more digits of a commit and (\"subject\")";
            findings.push(Finding::problem("fixes", what));
        }
    }
    let signoffs: Vec<&str> = tags
        .iter()
        .filter_map(|line| line.strip_prefix("Signed-off-by: "))
        .collect();
    match signoffs.last() {
        None => findings.push(Finding::problem(
            "no-sign-off",
            "there is no Signed-off-by, which says that it may be used; `-s` adds the submitter's",
        )),
        Some(_) if !signoffs.iter().any(|who| address(who) == address(author)) => {
            let what = format!("the author {} has not signed it off", shown(author));
            findings.push(Finding::problem("no-sign-off", what));
        }
        Some(_)
            if !tags
                .last()
                .is_some_and(|line| line.starts_with("Signed-off-by: ")) =>
        {
            let what = "the last tag is not the Signed-off-by of who sends it";
            findings.push(Finding::remark("tag-order", what));
        }
        Some(_) => {}
    }
}

fn has_address(value: &str) -> bool {
    let address = address(value);
    let at = address.split_once('@');
    at.is_some_and(|(name, host)| !name.is_empty() && !host.is_empty() && !address.contains([' ', '<', '>']))
}

fn address(value: &str) -> String {
    let value = value.split(" #").next().unwrap_or_default().trim();
    let inside = value
        .rsplit_once('<')
        .map_or(value, |(_, rest)| rest.split('>').next().unwrap_or_default());
    inside.to_ascii_lowercase()
}

fn is_reference(value: &str) -> bool {
    let Some((id, subject)) = value.split_once(' ') else {
        return false;
    };
    let is_id = id.len() >= 12 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_id && subject.starts_with("(\"") && subject.ends_with("\")")
}

/// Without what a terminal would obey.
fn shown(text: &str) -> String {
    let plain = |c: char| if c.is_control() { ' ' } else { c };
    text.chars().take(100).map(plain).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(subject: &str, body: &str) -> Vec<&'static str> {
        let letter = Letter {
            subject,
            body,
            author: "A <a@b>",
        };
        check(&letter).iter().map(|finding| finding.code).collect()
    }

    const GOOD: &str = "f() is not g().\n\nCall g().\n\nCc: B <b@c>\nSigned-off-by: A <A@b>\n";

    #[test]
    fn a_message_as_it_should_be_has_no_findings() {
        for subject in [
            "mm: call g()",
            "Input: foo - call g()",
            "hwmon: (foo) call g()",
            "net/x, y: call g()",
        ] {
            assert_eq!(codes(subject, GOOD), [""; 0], "{subject}");
        }
        let link = format!(
            "Text.\n\nLink: https://example.org/{}\n{}",
            "x".repeat(80),
            "Signed-off-by: A <a@b>"
        );
        assert_eq!(codes("mm: x", &link), [""; 0]);
    }

    #[test]
    fn what_lists_do_not_take_is_found() {
        let long = "x ".repeat(40);
        for (subject, body, expected) in [
            (format!("mm: {long}").as_str(), GOOD, "long-subject"),
            ("call g()", GOOD, "no-prefix"),
            ("mm: ", GOOD, "no-summary"),
            ("mm: call g().", GOOD, "subject-period"),
            ("mm: change memory.c", GOOD, "file-in-subject"),
            ("mm: x", "Signed-off-by: A <a@b>", "no-text"),
            ("mm: x", "text", "no-sign-off"),
            ("mm: x", "text\n\nSigned-off-by: C <c@d>", "no-sign-off"),
            (
                "mm: x",
                "text\n\nSigned-off-by: A <a@b>\nCc: B <b@c>",
                "tag-order",
            ),
            (
                "mm: x",
                "text\n\nCc: nobody\nSigned-off-by: A <a@b>",
                "tag-address",
            ),
            (
                "mm: x",
                "text\n\nFixes: 1234 (\"x\")\nSigned-off-by: A <a@b>",
                "fixes",
            ),
            (
                "mm: x",
                "text\n\nCc: B\n <b@c>\nSigned-off-by: A <a@b>",
                "broken-tag",
            ),
            (
                "mm: x",
                "text\n\nCc: B <b@c>\nCc: B <b@c>\nSigned-off-by: A <a@b>",
                "tag-twice",
            ),
            (
                "mm: x",
                "In this patch we x.\n\nSigned-off-by: A <a@b>",
                "wording",
            ),
            ("mm: x", &format!("{long}\n\nSigned-off-by: A <a@b>"), "long-line"),
        ] {
            let found = codes(subject, body);
            assert!(found.contains(&expected), "{expected} is not in {found:?}");
        }
        assert!(codes("mm: x", &format!("a\n\n    {long}\n\nSigned-off-by: A <a@b>")).is_empty());
    }

    #[test]
    fn prefixes_end_before_the_summary() {
        for (subject, expected) in [
            ("mm: x", Some("mm")),
            ("net: a: b: x", Some("net: a: b")),
            ("Input: foo - x", Some("Input: foo")),
            ("hwmon: (foo) x", Some("hwmon: (foo)")),
            ("x", None),
        ] {
            assert_eq!(prefix(subject), expected, "{subject}");
        }
    }
}
