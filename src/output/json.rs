//! The JSON object of a run: the schema `respin.run/1`. Keys are only ever added to it.

use std::io::{self, Write};

use bstr::{BStr, BString, ByteSlice};
use serde::Serialize;

use crate::diagnostics::{Diagnostic, Severity};
use crate::ledger::{Site, Summary};

/// One run, as `--json` prints it.
#[derive(Serialize)]
pub struct Run<'a> {
    /// Name and version of the schema.
    pub schema: &'static str,
    /// The transform's name.
    pub transform: &'a str,
    /// The ledger.
    pub sites: &'a [Site],
    /// The changed files.
    pub files: Vec<File>,
    /// Counts over the ledger.
    pub summary: Summary,
    /// The patch series, when one was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub series: Option<Series<'a>>,
    /// Whether something was not done that should have been (exit code 3).
    pub incomplete: bool,
    /// What went wrong or was not done.
    pub diagnostics: Vec<Message<'a>>,
}

/// The name and version of the schema of [`Run`].
pub const RUN_SCHEMA: &str = "respin.run/1";

/// One changed file.
#[derive(Serialize)]
pub struct File {
    /// Its path in the tree.
    #[serde(serialize_with = "crate::ledger::lossy")]
    pub path: BString,
    /// Its unified diff; bytes that are not UTF-8 become U+FFFD.
    #[serde(serialize_with = "crate::ledger::lossy")]
    pub diff: BString,
}

/// A patch series.
#[derive(Serialize)]
pub struct Series<'a> {
    /// The commit it stands on; `null` for a folder as it stands.
    pub base: Option<&'a str>,
    /// The branch that has its commits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub branch: Option<&'a str>,
    /// Its patches in order.
    pub patches: Vec<Patch<'a>>,
    /// The files that were written, cover letters among them.
    pub mails: Vec<String>,
    /// What a person should look at before it is sent, such as a prefix that is a guess.
    pub remarks: Vec<Message<'a>>,
}

/// One patch of a series.
#[derive(Serialize)]
pub struct Patch<'a> {
    /// The first line of its message.
    pub subject: &'a str,
    /// Its commit.
    pub commit: &'a str,
    /// The paths that it changes.
    pub files: Vec<String>,
    /// `introduce`, `convert` or `retire`.
    pub phase: &'static str,
    /// How many places it rewrites.
    pub places: usize,
    /// The folder of what is sent together with it; `null` when all is sent at once.
    pub posting: Option<&'a str>,
    /// Its number in what is sent at once, from 1.
    pub number: usize,
    /// Of how many.
    pub of: usize,
    /// Who should act on it.
    pub to: &'a [String],
    /// Who should know of it.
    pub cc: &'a [String],
}

/// One diagnostic.
#[derive(Serialize)]
pub struct Message<'a> {
    /// Its stable code.
    pub code: &'a str,
    /// `error`, `warning` or `note`.
    pub severity: &'static str,
    /// One sentence.
    pub message: &'a str,
    /// The file it speaks of.
    #[serde(serialize_with = "lossy_option", skip_serializing_if = "Option::is_none")]
    pub path: Option<&'a BStr>,
    /// The next step.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<&'a str>,
}

impl<'a> From<&'a Diagnostic> for Message<'a> {
    fn from(diagnostic: &'a Diagnostic) -> Self {
        Self {
            code: diagnostic.code,
            severity: match diagnostic.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Note => "note",
            },
            message: &diagnostic.message,
            path: diagnostic.path.as_ref().map(|path| path.as_bstr()),
            help: diagnostic.help.as_deref(),
        }
    }
}

/// Writes one object on one line.
pub fn write(out: &mut dyn Write, value: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *out, value).map_err(io::Error::from)?;
    out.write_all(b"\n")
}

fn lossy_option<S: serde::Serializer>(bytes: &Option<&BStr>, serializer: S) -> Result<S::Ok, S::Error> {
    match bytes {
        Some(bytes) => serializer.serialize_str(&bytes.to_str_lossy()),
        None => serializer.serialize_none(),
    }
}
