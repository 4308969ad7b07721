//! Where the prefix of a commit's subject ends: `Input: foo - `, `hwmon: (foo) `, `drm/i915: `.

/// The longest prefix that is taken for one; the rest of a subject needs the room.
pub(super) const MOST: usize = 44;

/// Words that begin a sentence, not a prefix.
const VERBS: &[&str] = &[
    "add",
    "added",
    "adding",
    "adds",
    "allow",
    "avoid",
    "change",
    "clean",
    "cleanup",
    "convert",
    "correct",
    "delete",
    "disable",
    "do",
    "don't",
    "drop",
    "enable",
    "ensure",
    "fix",
    "fixed",
    "fixes",
    "fixup",
    "handle",
    "implement",
    "improve",
    "initial",
    "introduce",
    "make",
    "merge",
    "move",
    "prevent",
    "provide",
    "reduce",
    "remove",
    "rename",
    "replace",
    "restore",
    "revert",
    "reapply",
    "rework",
    "simplify",
    "switch",
    "update",
    "use",
];

/// The prefix of a subject, with its separator and without the space behind it; `None` when it has none.
pub(super) fn prefix(subject: &str) -> Option<&str> {
    let start = leading_brackets(subject);
    let text = &subject[start..];
    if text.chars().any(char::is_control) {
        return None;
    }
    let mut end = 0;
    while let Some((component, _)) = text[end..].split_once(": ") {
        if !is_component(component, end == 0) {
            break;
        }
        end += component.len() + 2;
    }
    if end == 0 || end > MOST {
        return None;
    }
    let rest = &text[end..];
    if let Some(length) = in_parentheses(rest).or_else(|| before_hyphen(rest))
        && end + length <= MOST
    {
        return Some(&text[..end + length]);
    }
    Some(text[..end].trim_end())
}

/// The length of `[PATCH 1/2] ` and its kin.
fn leading_brackets(subject: &str) -> usize {
    let mut rest = subject.trim_start();
    while let Some((_, after)) = rest.strip_prefix('[').and_then(|inner| inner.split_once(']')) {
        rest = after.trim_start();
    }
    subject.len() - rest.len()
}

fn is_component(text: &str, first: bool) -> bool {
    let words = text.split(' ').count();
    let verb = |word: &str| VERBS.contains(&word.to_ascii_lowercase().as_str());
    let strange =
        |character: char| !character.is_ascii_alphanumeric() && !" /_-+,.{}[]()*&".contains(character);
    !text.is_empty()
        && words <= if first { 3 } else { 1 }
        && !text.contains(strange)
        && !text.ends_with("()")
        && !text.split(' ').any(verb)
}

/// `(foo) ` after a colon, as hwmon writes it.
fn in_parentheses(rest: &str) -> Option<usize> {
    let (inner, after) = rest.strip_prefix('(')?.split_once(')')?;
    let word = !inner.is_empty() && !inner.contains([' ', '(']);
    (word && after.starts_with(' ')).then_some(inner.len() + 2)
}

/// `foo - ` after a colon, as input and crypto write it.
fn before_hyphen(rest: &str) -> Option<usize> {
    let (word, _) = rest.split_once(" - ")?;
    (!word.is_empty() && !word.contains([' ', ':'])).then_some(word.len() + 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_end_where_people_end_them() {
        for (subject, expected) in [
            ("drm/i915: fix the thing", Some("drm/i915:")),
            ("net: phy: foo: add this: that", Some("net: phy: foo:")),
            ("hwmon: (foo) fix", Some("hwmon: (foo)")),
            ("hwmon: (foo bar) fix", Some("hwmon:")),
            ("Input: foo - fix", Some("Input: foo -")),
            ("Input: fix foo - or not", Some("Input:")),
            ("crypto: a/b - use c", Some("crypto: a/b -")),
            ("Drivers: hv: vmbus: x", Some("Drivers: hv: vmbus:")),
            ("PM / devfreq: foo: x", Some("PM / devfreq: foo:")),
            ("dm crypt: x", Some("dm crypt:")),
            ("[PATCH v2 1/3] [media] a: b", Some("a:")),
            ("can: foo(): fix", Some("can:")),
            ("mm, slub: x", Some("mm, slub:")),
            ("EDAC/{a,b}: x", Some("EDAC/{a,b}:")),
            ("Fix foo: bar", None),
            ("foo, fix this: bar", None),
            ("Revert \"drm: x\"", None),
            ("Linux 6.1", None),
            ("a sentence with a colon: here", None),
            ("x:y", None),
            ("a\rb: c", None),
            (": x", None),
            ("", None),
        ] {
            assert_eq!(prefix(subject), expected, "{subject}");
        }
    }

    #[test]
    fn long_subjects_are_no_trouble() {
        for text in ["a: ", "[", "[]", "(", "a - ", "é: "] {
            let _ = prefix(&text.repeat(100_000));
        }
        assert_eq!(prefix(&format!("{}: x", "a".repeat(80))), None);
    }
}
