//! The prefix of a subject, as the subsystem writes it: mined from the history of the files, guessed without one.
//!
//! Separators, capitals and depth differ from folder to folder (`drm/i915:`, `Input: foo -`, `hwmon: (foo)`), so that the
//! only rule is to do as the others do. Each prefix says how sure it is; those that are not are shown to the user.

mod common;
mod guess;
mod history;
mod mined;
mod subject;
mod walk;

pub use history::{Commit, History};
pub use walk::{Limits, walk};

use bstr::{BStr, BString, ByteSlice};
use unicode_width::UnicodeWidthStr;

/// How far a prefix can be relied on.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Confidence {
    /// To be looked at by a person.
    Doubtful,
    /// What most would write.
    Fair,
    /// What the last commits there have.
    Sure,
}

/// A prefix with what stands behind it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Prefix {
    /// With its separator, without the space behind it, for instance `drm/i915:`.
    pub text: String,
    /// How far it can be relied on.
    pub confidence: Confidence,
    /// Where it comes from, in a few words.
    pub because: String,
}

impl Prefix {
    /// The whole subject.
    pub fn subject(&self, summary: &str) -> String {
        format!("{} {summary}", self.text)
    }
}

/// The prefix for a change of these files.
///
/// Without a history, or where it says nothing, the prefix comes from a table of folders.
///
/// A file may be called anything: where its name cannot start a subject, the prefix is that of changes all over the tree.
pub fn of_files(paths: &[BString], history: &History) -> Prefix {
    let found = common::of_files(paths, history);
    match can_start_subject(&found.text) {
        true => found,
        false => common::treewide("the names of the files cannot start a subject"),
    }
}

/// Whether `git am` keeps a prefix as it is, a terminal shows it as it is, and there is room behind it.
fn can_start_subject(prefix: &str) -> bool {
    let is_hidden =
        |c: char| matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}');
    let first = prefix.split([':', ',', '/']).next().unwrap_or_default();
    let lower = prefix.to_ascii_lowercase();
    !prefix.chars().any(|c| c.is_control() || is_hidden(c))
        && !prefix.starts_with(['[', ':', ' '])
        && !lower.starts_with("re:")
        && first.width() <= subject::MOST
}

/// The prefix for a change of one file.
pub fn of_file(path: &BStr, history: &History) -> Prefix {
    let guess = guess::guess(&path.to_str_lossy());
    let guessed = |because: &str| Prefix {
        text: guess.prefix.clone(),
        confidence: if guess.known {
            Confidence::Fair
        } else {
            Confidence::Doubtful
        },
        because: because.to_owned(),
    };
    let Some(mined) = mined::mined(path, history) else {
        return guessed("the folder, as there is no history of it");
    };
    let sure = (mined.on_file >= 3 && mined.share >= 50) || (mined.on_folder >= 10 && mined.share >= 75);
    let fair = mined.on_file + mined.on_folder >= 2 && mined.share >= 35;
    let because = format!(
        "{} commits on the file and {} on its folder, {} % of which agree",
        mined.on_file, mined.on_folder, mined.share
    );
    // Neighbours that do not agree say less than the table does.
    if mined.on_file == 0 && (mined.share < 60 && guess.known || !fair) {
        return guessed("the folder, as its history says too little");
    }
    let confidence = match (sure, fair || guess.prefix == mined.prefix) {
        (true, _) => Confidence::Sure,
        (false, true) => Confidence::Fair,
        (false, false) => Confidence::Doubtful,
    };
    Prefix {
        text: mined.prefix,
        confidence,
        because,
    }
}
