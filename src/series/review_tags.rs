//! Tags that people gave to the patches of an earlier version: which of them still hold, and which are left out.

use std::collections::BTreeSet;

use super::incoming::Letter;
use super::range_diff::{self, FilePart};
use crate::diagnostics::{Diagnostic, Severity};

/// A patch of the new version, as the transform describes it.
pub(super) struct Candidate<'a> {
    pub(super) subject: &'a str,
    pub(super) trailers: &'a [String],
    pub(super) change: Vec<FilePart>,
}

/// What becomes of the tags.
#[derive(Default)]
pub(super) struct Carried {
    /// For each patch of the new version, those that it does not have of itself.
    pub(super) tags: Vec<Vec<String>>,
    /// One warning for each earlier patch whose tags are left out.
    pub(super) dropped: Vec<Diagnostic>,
}

/// Gives the tags of each earlier patch to the new one that changes the same.
pub(super) fn carry(name: &str, earlier: &[(Letter, Vec<FilePart>)], new: &[Candidate<'_>]) -> Carried {
    let mut carried = Carried {
        tags: vec![Vec::new(); new.len()],
        dropped: Vec::new(),
    };
    for (letter, parts) in earlier {
        let mut tags = given(letter);
        let same = new
            .iter()
            .position(|patch| range_diff::is_same_change(parts, &patch.change));
        match same {
            Some(index) => {
                let own = new[index].trailers;
                tags.retain(|tag| !has(own, tag) && !has(&carried.tags[index], tag));
                carried.tags[index].extend(tags);
            }
            None => {
                // What the transform writes itself was not given by a person.
                tags.retain(|tag| !new.iter().any(|patch| has(patch.trailers, tag)));
                if !tags.is_empty() {
                    carried.dropped.push(dropped(name, letter, parts, &tags, new));
                }
            }
        }
    }
    carried
}

fn has(tags: &[String], tag: &str) -> bool {
    tags.iter().any(|other| other.eq_ignore_ascii_case(tag))
}

fn dropped(
    name: &str,
    letter: &Letter,
    parts: &[FilePart],
    tags: &[String],
    new: &[Candidate<'_>],
) -> Diagnostic {
    let has_same_files = |patch: &&Candidate<'_>| headings(&patch.change) == headings(parts);
    let why = if new.iter().any(|patch| patch.subject == letter.subject) {
        "the change of the patch with this subject is another one".to_owned()
    } else if let Some(patch) = new.iter().find(has_same_files) {
        format!(
            "both subject and change are others; it is {:?} now",
            patch.subject
        )
    } else {
        "no patch has its subject or its change any more".to_owned()
    };
    let what = format!(
        "{} of {:?} ({} in {name}) is left out: {why}",
        tags.join(", "),
        letter.subject,
        letter.name
    );
    Diagnostic::new(Severity::Warning, "tags-dropped", what)
        .help("ask for it again, or add it to the patch by hand where it still holds")
}

fn headings(parts: &[FilePart]) -> BTreeSet<&[u8]> {
    parts.iter().map(|part| part.heading.as_slice()).collect()
}

/// What is new in the message of a patch that changes the same; `is_edited` says that the earlier mail is not as it was
/// written, so that tags in it came later.
pub(super) fn news(old: &Letter, new: &Letter, is_edited: bool) -> &'static str {
    let ((old_text, old_tags), (new_text, new_tags)) = (parted(&old.body), parted(&new.body));
    let is_same = (&old.subject, &old.author, old_text) == (&new.subject, &new.author, new_text);
    let lacks = |a: &[&str], b: &[&str]| b.iter().any(|tag| !a.contains(tag));
    let is_later = is_same && is_edited && !given(old).is_empty();
    let (added, removed) = (lacks(&old_tags, &new_tags), lacks(&new_tags, &old_tags));
    match (added || is_later, removed) {
        (true, false) if is_same => "tags added",
        (false, true) if is_same => "tags removed",
        (true, true) if is_same => "the tags only",
        (true, _) | (_, true) => "the message and its tags only",
        (false, false) if !is_same => "the message only",
        (false, false) if old_tags == new_tags => "none",
        (false, false) => "the order of the tags only",
    }
}

/// The tags in a message that people gave, and nobody's sign-off.
fn given(letter: &Letter) -> Vec<String> {
    let is_given = |line: &&str| {
        token(line).is_some_and(|token| {
            let token = token.to_ascii_lowercase();
            token.ends_with("-by") && token != "signed-off-by"
        })
    };
    let (_, trailers) = parted(&letter.body);
    trailers.into_iter().filter(is_given).map(str::to_owned).collect()
}

/// The paragraphs of a body, and the lines of those that hold nothing but trailers.
fn parted(body: &str) -> (Vec<&str>, Vec<&str>) {
    let is_of_tags = |paragraph: &&str| {
        paragraph.lines().any(|line| token(line).is_some()) && paragraph.lines().all(is_of_trailers)
    };
    let paragraphs = body.trim_end().split("\n\n");
    let (tags, text): (Vec<&str>, Vec<&str>) = paragraphs.partition(is_of_tags);
    let lines = tags.into_iter().flat_map(str::lines);
    let lines = lines.map(str::trim_end).filter(|line| !line.is_empty());
    (text, lines.collect())
}

/// A trailer, the rest of a long one, or a remark such as `[jo: what was changed]`.
fn is_of_trailers(line: &str) -> bool {
    token(line).is_some() || line.starts_with([' ', '\t', '[']) || line.trim().is_empty()
}

/// `Reviewed-by` of `Reviewed-by: Jo <jo@example.org>`.
fn token(line: &str) -> Option<&str> {
    let (token, value) = line.split_once(": ")?;
    let is_token = token
        .bytes()
        .all(|byte| byte.is_ascii_alphabetic() || byte == b'-');
    (is_token && !token.is_empty() && !value.trim().is_empty()).then_some(token)
}
