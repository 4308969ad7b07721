//! recipients.toml: what respin found, what a person made of it, and how the next run tells one from the other.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde::Deserialize;

use super::{Audience, Distribution, Mailbox, Recipient, one_line};
use crate::diagnostics::{Diagnostic, Severity};
use crate::text::TextRange;

/// The file's name, and what its diagnostics speak of.
const NAME: &str = "recipients.toml";

/// The largest file that is read.
const MOST: usize = 8 << 20;

/// What becomes of a distribution and its file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Merged {
    /// With what a person added, removed and moved.
    pub distribution: Distribution,
    /// The new text of recipients.toml.
    pub text: String,
    /// What a person should know.
    pub diagnostics: Vec<Diagnostic>,
}

/// The file as it is written.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(default)]
    to: Vec<String>,
    #[serde(default)]
    cc: Vec<String>,
    #[serde(default)]
    never: Vec<String>,
    #[serde(default)]
    patch: Vec<PatchEntry>,
    found: Option<FoundEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PatchEntry {
    about: String,
    #[serde(default)]
    to: Vec<String>,
    #[serde(default)]
    cc: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct FoundEntry {
    #[serde(default)]
    all: BTreeSet<String>,
    #[serde(default)]
    patches: BTreeMap<String, BTreeSet<String>>,
}

/// What a file says of one mail: people, and those that respin had put there.
struct Edited {
    audience: Audience,
    before: BTreeSet<String>,
}

/// What recipients.toml of the last run says.
pub struct Edits {
    all: Edited,
    patches: BTreeMap<String, Edited>,
    never: Vec<Mailbox>,
}

impl Edits {
    /// Reads the text of the file, if there is one.
    ///
    /// A file that cannot be read is an error: to go on would undo somebody's work.
    pub fn read(text: Option<&str>) -> Result<Self, Diagnostic> {
        let document = text.map_or(Ok(Document::default()), read)?;
        let never = document.never.iter().map(|text| mailbox(text, "never"));
        let mut before = document.found.unwrap_or_default();
        let mut patches = BTreeMap::new();
        for entry in document.patch {
            let edited = Edited {
                audience: audience(&entry.to, &entry.cc, &entry.about)?,
                before: before.patches.remove(&entry.about).unwrap_or_default(),
            };
            patches.insert(entry.about, edited);
        }
        Ok(Self {
            all: Edited {
                audience: audience(&document.to, &document.cc, "every patch")?,
                before: before.all,
            },
            patches,
            never: never.collect::<Result<_, _>>()?,
        })
    }

    fn keep_out(&self, audience: &mut Audience) {
        let never: BTreeSet<String> = self.never.iter().map(Mailbox::key).collect();
        let wanted = |recipient: &Recipient| !never.contains(&recipient.mailbox.key());
        audience.to.retain(wanted);
        audience.cc.retain(wanted);
    }

    /// Applies the edits to what was found, and writes the file anew.
    ///
    /// Who was taken out of the file stays out, who was added stays, and who was moved between To and Cc stays there.
    pub fn merged(&self, found: &Distribution) -> Merged {
        let mut result = Distribution::default();
        let mut record = FoundEntry::default();
        (result.all, record.all) = merge(&found.all, Some(&self.all));
        for (name, own) in &found.patches {
            let (own, keys) = merge(own, self.patches.get(name));
            result.patches.push((name.clone(), own));
            record.patches.insert(name.clone(), keys);
        }
        let known: BTreeSet<&String> = found.patches.iter().map(|(name, _)| name).collect();
        let gone: Vec<(&String, &Edited)> = self
            .patches
            .iter()
            .filter(|(name, edited)| !known.contains(name) && edited.audience.keys() != edited.before)
            .collect();
        for (name, edited) in &gone {
            record.patches.insert((*name).clone(), edited.before.clone());
        }
        let kept = gone
            .iter()
            .map(|(name, edited)| (name.as_str(), &edited.audience));
        let text = render(&result, kept, &self.never, &record);
        self.keep_out(&mut result.all);
        for (_, own) in &mut result.patches {
            self.keep_out(own);
        }
        Merged {
            distribution: result,
            text,
            diagnostics: gone.iter().map(|(name, _)| without_patch(name)).collect(),
        }
    }
}

/// [`Edits::read`] and [`Edits::merged`] in one.
pub fn merged(found: &Distribution, text: Option<&str>) -> Result<Merged, Diagnostic> {
    Ok(Edits::read(text)?.merged(found))
}

fn read(text: &str) -> Result<Document, Diagnostic> {
    let error = |message: String| {
        Diagnostic::new(Severity::Error, "recipients-file", message)
            .in_file(NAME)
            .help("correct the file, or remove it to start from what respin finds")
    };
    if text.len() > MOST {
        return Err(error(format!("{NAME} is larger than {} MiB", MOST >> 20)));
    }
    toml::from_str(text).map_err(|problem| {
        let message = format!("{NAME} cannot be read: {}", one_line(problem.message()));
        let diagnostic = error(message);
        match problem.span() {
            // A file is at most 8 MiB, so that offsets fit.
            Some(span) => diagnostic.at(TextRange::new(span.start as u32, span.end as u32), ""),
            None => diagnostic,
        }
    })
}

fn mailbox(text: &str, place: &str) -> Result<Mailbox, Diagnostic> {
    Mailbox::parse(text.as_bytes()).map_err(|why| {
        let message = format!("{text:?} in {NAME} ({}) is no recipient: {why}", one_line(place));
        Diagnostic::new(Severity::Error, "recipients-file", message)
            .in_file(NAME)
            .help("write it as `Name <address@host>`")
    })
}

fn audience(to: &[String], cc: &[String], place: &str) -> Result<Audience, Diagnostic> {
    let all = |list: &[String]| -> Result<Vec<Mailbox>, Diagnostic> {
        list.iter().map(|text| mailbox(text, place)).collect()
    };
    Ok(Audience::of(all(to)?, all(cc)?))
}

/// Applies the edits to what was found; the keys are those that respin answers for, whether they are in or taken out.
fn merge(found: &Audience, edited: Option<&Edited>) -> (Audience, BTreeSet<String>) {
    let mut keys = found.keys();
    let Some(edited) = edited else {
        return (found.clone(), keys);
    };
    let present = edited.audience.keys();
    let removed: BTreeSet<String> = edited.before.difference(&present).cloned().collect();
    let place = |list: &[Recipient], key: &str| -> Option<Mailbox> {
        let entry = list.iter().find(|recipient| recipient.mailbox.key() == key);
        entry.map(|recipient| recipient.mailbox.clone())
    };
    let mut result = Audience::default();
    let lists = [(true, &found.to), (false, &found.cc)];
    for (is_to, recipient) in lists
        .into_iter()
        .flat_map(|(is_to, list)| list.iter().map(move |recipient| (is_to, recipient)))
    {
        let key = recipient.mailbox.key();
        if removed.contains(&key) {
            continue;
        }
        let role = recipient.role.clone();
        let (is_to, mailbox) = match (place(&edited.audience.to, &key), place(&edited.audience.cc, &key)) {
            (Some(mailbox), _) => (true, mailbox),
            (None, Some(mailbox)) => (false, mailbox),
            (None, None) => (is_to, recipient.mailbox.clone()),
        };
        if is_to {
            result.add_to(Recipient { mailbox, role });
        } else {
            result.add_cc(Recipient { mailbox, role });
        }
    }
    // Who is neither found now nor was found before was added by hand.
    let added = |recipient: &&Recipient| {
        let key = recipient.mailbox.key();
        !edited.before.contains(&key) && !keys.contains(&key)
    };
    for recipient in edited.audience.to.iter().filter(added) {
        result.add_to(recipient.clone());
    }
    for recipient in edited.audience.cc.iter().filter(added) {
        result.add_cc(recipient.clone());
    }
    keys.extend(removed);
    (result, keys)
}

fn without_patch(name: &str) -> Diagnostic {
    Diagnostic::new(
        Severity::Note,
        "recipients-without-patch",
        format!(
            "{NAME} has changes for \"{}\", which is no longer in the series; they are kept for when it is",
            one_line(name)
        ),
    )
    .in_file(NAME)
    .help("to have them for every patch, move them to `to`, `cc` or `never` at the top of the file")
}

const HEAD: &str = "\
# Who gets this series. Change it as you like: the next run keeps who you add, and leaves out who you take out.
# Whoever gets one of the patches gets the cover letter, too.

# Who gets every mail, and who gets none whatever respin finds.
";

const FOUND: &str = "\
# What respin found, by which the next run tells your changes from its own work. Leave it as it is.
[found]
";

fn render<'a>(
    distribution: &'a Distribution,
    kept: impl Iterator<Item = (&'a str, &'a Audience)>,
    never: &[Mailbox],
    record: &FoundEntry,
) -> String {
    let mut text = HEAD.to_owned();
    list(&mut text, "to", &distribution.all.to);
    list(&mut text, "cc", &distribution.all.cc);
    let never: Vec<Recipient> = never
        .iter()
        .map(|mailbox| Recipient {
            mailbox: mailbox.clone(),
            role: String::new(),
        })
        .collect();
    list(&mut text, "never", &never);
    let patches = distribution
        .patches
        .iter()
        .map(|(name, audience)| (name.as_str(), audience));
    let mut written = BTreeSet::new();
    for (name, audience) in patches.chain(kept) {
        if written.insert(name) {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "\n[[patch]]\nabout = {}", quoted(name));
            list(&mut text, "to", &audience.to);
            list(&mut text, "cc", &audience.cc);
        }
    }
    text.push('\n');
    text.push_str(FOUND);
    keys(&mut text, "all", &record.all);
    text.push_str("\n[found.patches]\n");
    for (name, found) in &record.patches {
        keys(&mut text, &quoted(name), found);
    }
    text
}

/// A list with one person a line, and why they are in it.
fn list(text: &mut String, name: &str, recipients: &[Recipient]) {
    if recipients.is_empty() {
        let _ = writeln!(text, "{name} = []");
        return;
    }
    let _ = writeln!(text, "{name} = [");
    for recipient in recipients {
        let mailbox = quoted(&recipient.mailbox.to_string());
        let space = if recipient.role.is_empty() { "" } else { " # " };
        let _ = writeln!(text, "    {mailbox},{space}{}", one_line(&recipient.role));
    }
    text.push_str("]\n");
}

fn keys(text: &mut String, name: &str, keys: &BTreeSet<String>) {
    let keys: Vec<String> = keys.iter().map(|key| quoted(key)).collect();
    let _ = writeln!(text, "{name} = [{}]", keys.join(", "));
}

/// A basic string of TOML.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            _ if c.is_control() => {
                let _ = write!(out, "\\u{:04X}", c as u32);
            }
            _ => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn people(list: &[&str]) -> Vec<Mailbox> {
        list.iter()
            .map(|text| Mailbox::parse(text.as_bytes()).expect(text))
            .collect()
    }

    fn series(patches: &[(&str, &[&str], &[&str])]) -> Distribution {
        Distribution {
            all: Audience::default(),
            patches: patches
                .iter()
                .map(|(name, to, cc)| ((*name).to_owned(), Audience::of(people(to), people(cc))))
                .collect(),
        }
    }

    fn shown(audience: &Audience) -> (Vec<String>, Vec<String>) {
        let show = |list: &[Recipient]| list.iter().map(|one| one.mailbox.to_string()).collect();
        (show(&audience.to), show(&audience.cc))
    }

    fn run(found: &Distribution, text: Option<&str>) -> Merged {
        merged(found, text).expect("a file that can be read")
    }

    fn of(merged: &Merged, index: usize) -> (Vec<String>, Vec<String>) {
        shown(&merged.distribution.patches[index].1)
    }

    #[test]
    fn what_was_found_is_written_and_read_again() {
        let found = series(&[
            ("a: x", &["Ann <ann@x>"], &["list@x", "\"B, O\" <bo@x>"]),
            ("b: \"y\" \\", &["zoë <z@x>"], &[]),
        ]);
        let first = run(&found, None);
        assert_eq!(first.distribution, found);
        assert!(first.text.contains("    \"Ann <ann@x>\",\n"), "{}", first.text);
        let second = run(&found, Some(&first.text));
        assert_eq!(second, first);
    }

    #[test]
    fn roles_are_comments() {
        let mut found = series(&[("a", &["ann@x"], &[])]);
        found.patches[0].1.to[0].role = "maintainer:X\n[found]".to_owned();
        let first = run(&found, None);
        assert!(
            first.text.contains("\"ann@x\", # maintainer:X [found]\n"),
            "{}",
            first.text
        );
    }

    #[test]
    fn who_is_taken_out_stays_out_and_who_is_added_stays() {
        let found = series(&[("a", &["ann@x"], &["list@x", "bo@x"])]);
        let first = run(&found, None);
        let edited = first
            .text
            .replace("    \"bo@x\",\n", "    \"New One <new@x>\",\n");
        assert_ne!(edited, first.text);
        let second = run(&found, Some(&edited));
        let expected = (
            vec!["ann@x".to_owned()],
            vec!["list@x".to_owned(), "New One <new@x>".to_owned()],
        );
        assert_eq!(of(&second, 0), expected);
        // And again, and when MAINTAINERS changes.
        let third = run(&found, Some(&second.text));
        assert_eq!(third, second);
        let changed = series(&[("a", &["ann@x", "cy@x"], &["bo@x"])]);
        let fourth = run(&changed, Some(&third.text));
        assert_eq!(
            of(&fourth, 0),
            (
                vec!["ann@x".to_owned(), "cy@x".to_owned()],
                vec!["New One <new@x>".to_owned()]
            )
        );
    }

    #[test]
    fn who_is_moved_or_renamed_stays_so() {
        let found = series(&[("a", &["ann@x"], &["list@x"])]);
        let first = run(&found, None);
        let edited = first.text.replace(
            "to = [\n    \"ann@x\",\n]\ncc = [\n    \"list@x\",\n]",
            "to = [\"List <LIST@x>\"]\ncc = [\"ann@x\"]",
        );
        assert_ne!(edited, first.text);
        let second = run(&found, Some(&edited));
        assert_eq!(
            of(&second, 0),
            (vec!["List <LIST@x>".to_owned()], vec!["ann@x".to_owned()])
        );
        assert_eq!(run(&found, Some(&second.text)), second);
    }

    #[test]
    fn the_whole_series_has_its_lists() {
        let found = series(&[("a", &["ann@x"], &["list@x"]), ("b", &["bo@x"], &["list@x"])]);
        let first = run(&found, None);
        let edited = first
            .text
            .replacen("to = []", "to = [\"boss@x\"]", 1)
            .replace("never = []", "never = [\"LIST@x\"]");
        let second = run(&found, Some(&edited));
        let shown = |index| shown(&second.distribution.of_patch(index));
        assert_eq!(shown(0), (vec!["boss@x".to_owned(), "ann@x".to_owned()], vec![]));
        assert_eq!(shown(1), (vec!["boss@x".to_owned(), "bo@x".to_owned()], vec![]));
        assert_eq!(run(&found, Some(&second.text)), second);
    }

    #[test]
    fn changes_of_a_patch_that_is_gone_are_kept() {
        let found = series(&[("a", &["ann@x"], &[]), ("b", &["bo@x"], &[])]);
        let edited = run(&found, None).text.replace("\"bo@x\",", "\"other@x\",");
        let only_a = series(&[("a", &["ann@x"], &[])]);
        let second = run(&only_a, Some(&edited));
        assert_eq!(second.diagnostics[0].code, "recipients-without-patch");
        assert_eq!(second.distribution.patches.len(), 1);
        let third = run(&found, Some(&second.text));
        assert_eq!(of(&third, 1).0, ["other@x"]);
        // Without changes nothing is kept, and nothing said.
        let quiet = run(&only_a, Some(&run(&found, None).text));
        assert_eq!((quiet.diagnostics.len(), quiet.text.contains("bo@x")), (0, false));
    }

    #[test]
    fn without_the_record_all_people_count_as_added() {
        let found = series(&[("a", &["ann@x"], &["list@x"])]);
        let text = "[[patch]]\nabout = \"a\"\nto = [\"me@x\"]\n";
        let merged = run(&found, Some(text));
        assert_eq!(
            of(&merged, 0),
            (
                vec!["ann@x".to_owned(), "me@x".to_owned()],
                vec!["list@x".to_owned()]
            )
        );
    }

    #[test]
    fn what_cannot_be_read_is_an_error_with_its_place() {
        let found = series(&[]);
        for (text, word) in [
            ("to = [", "cannot be read"),
            ("who = []", "unknown field"),
            ("[[patch]]\nto = []", "about"),
            ("to = [\"nobody\"]", "\"nobody\""),
            ("to = [\"A\\nBcc: <x y@z>\"]", "no recipient"),
            ("[[patch]]\nabout = \"p\\n\"\ncc = [\"-x@y\"]", "option"),
        ] {
            let error = merged(&found, Some(text)).expect_err(text);
            assert!(error.message.contains(word), "{error:?}");
            assert!(!error.message.contains('\n') && error.help.is_some(), "{error:?}");
        }
        assert!(merged(&found, Some(&"#".repeat(MOST + 1))).is_err());
        assert!(merged(&found, Some(&format!("to = {}", "[".repeat(100_000)))).is_err());
    }

    #[test]
    fn strange_names_of_patches_stay_in_their_quotes() {
        let name = "a\n[found]\r\u{7f}\u{1b}\"\\ é";
        let found = series(&[(name, &["ann@x"], &[])]);
        let first = run(&found, None);
        assert_eq!(run(&found, Some(&first.text)), first);
        assert_eq!(first.text.matches("\n[found]\n").count(), 1);
    }
}
