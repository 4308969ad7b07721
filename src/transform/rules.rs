//! A file of rules that stands by itself: what its comment says becomes name, summary and messages.

/// Longer rules are not repeated in a message.
const MOST_LINES: usize = 60;

/// The name that a file's name makes, in the characters that names have.
pub(super) fn name(stem: &str) -> String {
    let name: String = stem
        .to_ascii_lowercase()
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || c == '_' {
                c
            } else {
                '-'
            }
        })
        .take(64)
        .collect();
    let name = name.trim_matches('-');
    if name.is_empty() {
        "rules".to_owned()
    } else {
        name.to_owned()
    }
}

/// One line about the rules.
pub(super) fn summary(stem: &str, rules: &[u8]) -> String {
    paragraphs(rules).into_iter().next().map_or_else(
        || format!("run the rules in {stem}.cocci"),
        |first| first.replace(char::is_control, " "),
    )
}

/// The templates of the commit message and of the cover letter.
pub(super) fn templates(stem: &str, rules: &[u8]) -> (String, String) {
    let mut paragraphs = paragraphs(rules).into_iter();
    let first = paragraphs
        .next()
        .unwrap_or_else(|| format!("Apply {stem}.cocci."));
    let subject = first
        .split(". ")
        .next()
        .unwrap_or(&first)
        .trim_end_matches('.')
        .to_owned();
    let mut body = vec![escaped(&first)];
    body.extend(paragraphs.map(|paragraph| escaped(&paragraph)));
    let text = String::from_utf8_lossy(rules);
    let code = code(&text);
    let said = if code.lines().count() <= MOST_LINES {
        let lines: Vec<String> = code.lines().map(|line| escaped(&format!("  {line}"))).collect();
        format!(
            "The semantic patch that makes this change:\n\n{}\n\n",
            lines.join("\n")
        )
    } else {
        format!(
            "The change is that of the semantic patch {}.\n\n",
            escaped(&format!("{stem}.cocci"))
        )
    };
    let subject = escaped(&shortened(&subject, stem));
    let body = body.join("\n\n");
    (
        format!("{subject}\n\n{body}\n\n{said}{{testing}}\n\n{{tool}}\n"),
        format!(
            "{subject}\n\n{body}\n\nIt changes {{extent}}.\n\n{{left-alone}}\n\n{{testing}}\n\n{{tool}}\n"
        ),
    )
}

/// A subject has its verb in lower case, and fits a line.
fn shortened(subject: &str, stem: &str) -> String {
    let mut chars = subject.chars();
    let first: String = chars
        .next()
        .map(|c| c.to_lowercase().collect())
        .unwrap_or_default();
    let rest = chars.as_str();
    // A name in capital letters stays as it is.
    let is_name = rest.starts_with(|c: char| c.is_uppercase() || c == '_' || c == '(');
    let subject = if is_name { subject.to_owned() } else { first + rest };
    if subject.len() <= 65 {
        return subject;
    }
    format!("apply {stem}.cocci")
}

fn escaped(text: &str) -> String {
    text.replace('{', "{{").replace('}', "}}")
}

/// The paragraphs of the comment at the head: lines with `///`, or else those with `//`.
fn paragraphs(rules: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(rules);
    let head: Vec<&str> = text
        .lines()
        .map(str::trim)
        .take_while(|line| line.is_empty() || line.starts_with("//"))
        .collect();
    let marked: Vec<&str> = head.iter().filter_map(|line| line.strip_prefix("///")).collect();
    let lines: Vec<&str> = if marked.is_empty() {
        let is_told = |line: &&str| {
            let line = line.trim();
            !line.starts_with('#')
                && ![
                    "SPDX",
                    "Copyright",
                    "Confidence",
                    "URL",
                    "Comments",
                    "Options",
                    "Keywords",
                    "<smpl>",
                    "</smpl>",
                ]
                .iter()
                .any(|word| line.starts_with(word))
        };
        head.iter()
            .filter_map(|line| line.strip_prefix("//"))
            .filter(is_told)
            .collect()
    } else {
        marked
    };
    lines
        .split(|line| line.trim().is_empty())
        .map(|lines| lines.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" "))
        .filter(|paragraph| !paragraph.is_empty())
        .collect()
}

/// The rules without the comment at their head.
fn code(text: &str) -> String {
    let mut lines: Vec<&str> = text
        .lines()
        .skip_while(|line| line.trim().is_empty() || line.trim_start().starts_with("//"))
        .collect();
    while lines.last().is_some_and(|line| line.trim().is_empty()) {
        lines.pop();
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_becomes_a_message() {
        let rules = b"// SPDX-License-Identifier: GPL-2.0\n/// Use b() instead of a(). It is {better}.\n///\n/// More.\n\n@@\nexpression e;\n@@\n- a(e)\n+ b(e)\n";
        let (commit, cover) = templates("x", rules);
        assert!(
            commit.starts_with(
                "use b() instead of a()\n\nUse b() instead of a(). It is {{better}}.\n\nMore.\n\n"
            )
        );
        assert!(commit.contains("  - a(e)\n  + b(e)\n\n{testing}"), "{commit}");
        assert!(cover.contains("{left-alone}"));
        assert_eq!(summary("x", rules), "Use b() instead of a(). It is {better}.");
        assert_eq!(summary("x", b"@@ @@\n- a\n"), "run the rules in x.cocci");
        assert_eq!(name("My rule!"), "my-rule");
    }

    #[test]
    fn a_plain_comment_serves_without_its_formal_lines() {
        let rules = b"// Copyright: us\n// NULL is not tested twice\n// Confidence: High\n@@ @@\n- a\n";
        let (commit, _) = templates("x", rules);
        assert!(commit.starts_with("NULL is not tested twice\n\n"), "{commit}");
    }
}
