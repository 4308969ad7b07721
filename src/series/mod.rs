//! From a plan to a git patch series: grouping, messages, commits, mail.
//!
//! [`build`] makes everything in memory: the commits on top of a [`Base`], and the files that
//! `git format-patch` would write for them. It hands a series out only after each file, read back
//! as `git am` reads it, has given the commit it came from. [`write()`] and [`commit_branch`] then
//! put it somewhere.

mod abbreviation;
mod apply;
mod attributes;
mod base;
mod branch;
mod build;
mod check_out;
mod commit;
mod diff;
mod diffstat;
mod driver;
mod environment;
mod error;
mod facts;
mod folder;
mod function_line;
mod grouping;
mod header;
mod identity;
pub mod incoming;
mod items;
mod left_alone;
mod mail;
pub mod maintainers;
mod message;
mod places;
mod posting;
pub mod prefix;
mod quote;
mod range_diff;
pub mod recipients;
mod replay;
mod reroll;
mod review_tags;
mod templates;
mod tree_diff;
mod wrap;

use std::ops::Range;

use bstr::BString;

use crate::diagnostics::Diagnostic;
use crate::plan::{FileChange, Phase};
use crate::transform::Split;

pub use base::{Base, Footing};
pub use branch::commit_branch;
pub use build::{build, format_commits};
pub use environment::Environment;
pub use error::{Error, ErrorKind, Result};
pub use facts::{
    Addressed, Advisor, CoverFacts, Disclosure, LeftAlone, Messages, PatchFacts, PatchText, RenderError,
};
pub use folder::{RECIPIENTS, read_recipients, write};
pub use identity::{Identity, Person, Time};
pub use mail::{Mail, Recipients, Thread};
pub use quote::path as quoted_path;
pub use replay::{Received, read_mail};
pub use templates::Templates;

/// What the user asked for; the names are those of `git format-patch` where it has them.
#[derive(Clone, Debug)]
pub struct Options {
    /// How conversions are split into patches.
    pub split: Split,
    /// `-v`: the version of the series, for instance `2`.
    pub reroll_count: Option<String>,
    /// `-s`: the committer signs off.
    pub signoff: bool,
    /// `--cover-letter`; without a word, a series of more than one patch has one.
    pub cover_letter: Option<bool>,
    /// `--base`.
    pub base: BaseLine,
    /// `--subject-prefix`, usually `PATCH`.
    pub subject_prefix: String,
    /// `--rfc`.
    pub rfc: bool,
    /// `--to` and `--cc`, for every mail.
    pub recipients: Recipients,
    /// `--thread`.
    pub thread: Option<Thread>,
    /// `--start-number`, at least 1.
    pub start_number: usize,
    /// `--range-diff`: an earlier version to compare with, a folder or commits.
    pub range_diff: Option<String>,
    /// `--interdiff`: the same, as one difference of what both versions lead to.
    pub interdiff: Option<String>,
    /// The most patches that are sent at once.
    pub most: usize,
    /// Who made it, for messages, cover letters and the last line of each mail.
    pub disclosure: Disclosure,
    /// Variables, configuration and clock.
    pub environment: Environment,
}

/// What a posting says of its base.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum BaseLine {
    /// The commit it was made on, if there is one.
    #[default]
    Automatic,
    /// Nothing.
    Omit,
    /// This commit, and the patches between it and the one the series was made on.
    Commit(String),
}

impl Options {
    /// What `git format-patch` does without options.
    pub fn new(disclosure: Disclosure, environment: Environment) -> Self {
        Self {
            split: Split::None,
            reroll_count: None,
            signoff: false,
            cover_letter: None,
            base: BaseLine::Automatic,
            subject_prefix: "PATCH".to_owned(),
            rfc: false,
            recipients: Recipients::default(),
            thread: None,
            start_number: 1,
            range_diff: None,
            interdiff: None,
            most: 15,
            disclosure,
            environment,
        }
    }
}

/// One patch of a series.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Patch {
    /// When it is applied.
    pub phase: Phase,
    /// The first line of the message.
    pub subject: String,
    /// The text below it, wrapped, without the trailers.
    pub body: String,
    /// `Token: value`, the sign-off last.
    pub trailers: Vec<String>,
    /// What it changes, sorted by path.
    pub files: Vec<FileChange>,
    /// Indices into the sites of the plan of those it rewrites.
    pub sites: Vec<usize>,
    /// Who gets it.
    pub recipients: Recipients,
    /// The name of its commit.
    pub commit: String,
}

/// What is sent at once.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Posting {
    /// The folder inside of the output folder; `None` when there is one posting only.
    pub folder: Option<String>,
    /// Its patches, as indices into [`Series::patches`].
    pub patches: Range<usize>,
    /// The cover letter, if any, and the patches.
    pub mails: Vec<Mail>,
}

/// A finished series: plain values, with the objects that its commits need.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Series {
    /// What it stands on.
    pub footing: Footing,
    /// The commit it was made on; `None` for a folder as it stands.
    pub base: Option<String>,
    /// Where the repository has the tree, if that is not its top.
    pub below: Option<BString>,
    /// In the order in which they apply; empty when the plan changes nothing.
    pub patches: Vec<Patch>,
    /// What is sent at once, in order.
    pub postings: Vec<Posting>,
    /// What a person should know, such as a subject that is too long.
    pub diagnostics: Vec<Diagnostic>,
    objects: Vec<branch::Object>,
}

impl Series {
    /// What `git am` has to be told to take it: a file with CRLF needs `--keep-cr`, a tree that is a folder of its
    /// repository `--directory`.
    pub fn am_options(&self) -> Vec<String> {
        let mut options = Vec::new();
        let mut files = self.patches.iter().flat_map(|patch| &patch.files);
        let has_crlf = |text: &[u8]| memchr::memmem::find(text, b"\r\n").is_some();
        if files.any(|file| has_crlf(&file.before) || has_crlf(&file.after)) {
            options.push("--keep-cr".to_owned());
        }
        if let Some(folder) = &self.below {
            options.push(format!("--directory={folder}"));
        }
        options
    }
}
