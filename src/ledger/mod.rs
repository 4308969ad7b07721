//! The ledger: every occurrence of what a transform speaks of, each with exactly one verdict.
//!
//! The field names and values are the JSON contract `respin.run/1`; see ARCHITECTURE.md.

use bstr::BString;
use serde::{Serialize, Serializer};

use crate::text::TextRange;

/// What an occurrence is in the source.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SiteKind {
    /// A call of the function.
    Call,
    /// Its definition.
    Definition,
    /// A prototype.
    Declaration,
    /// `EXPORT_SYMBOL()` and its kin.
    Export,
    /// The name used as a value, for instance a function pointer.
    Reference,
    /// Inside the body of a `#define`.
    MacroBody,
    /// In a comment, kernel-doc included.
    Comment,
    /// In a string literal.
    String,
    /// In a file that is not C, under Documentation/.
    Documentation,
    /// A function that is retyped because it handles faults.
    Handler,
    /// A type that is retyped, for instance a function-pointer member.
    Type,
    /// A match of a semantic patch.
    Match,
}

/// What the function around a site is for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Reachable as `.mmap`.
    MmapHandler,
    /// Reachable as `.fault` and its kin.
    FaultHandler,
    /// Both of these.
    Both,
    /// The implementation of the interface itself.
    Core,
    /// Reachable in another known way.
    Other,
    /// Not known.
    #[default]
    Unknown,
}

/// Whether a rewrite keeps the behaviour.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Safety {
    /// The behaviour is the same for every input; an analysis shows it.
    Safe,
    /// The behaviour changes, or rests on an assumption; the reason names which.
    Unsafe,
}

/// What became of a site.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The text changes.
    Rewritten,
    /// The text stays, for the reason given.
    LeftAlone,
    /// The site lies in text that the reader could not parse.
    Unparsed,
}

/// A line that proves a reason.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
pub struct Place {
    /// File, relative to the tree.
    #[serde(serialize_with = "lossy")]
    pub path: BString,
    /// Line, from 1.
    pub line: u32,
    /// What is there, in a few words or as the line itself.
    #[serde(serialize_with = "lossy")]
    pub text: BString,
}

/// Why a verdict is as it is.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
pub struct Reason {
    /// Stable code from docs/reasons.md, for instance `two-bounds`.
    pub code: &'static str,
    /// One sentence for a person.
    pub text: String,
    /// The lines that prove it.
    pub at: Vec<Place>,
}

/// One occurrence of what the transform speaks of.
///
/// Sites order by path, then by place, so that a sorted ledger reads like the tree.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
pub struct Site {
    /// File, relative to the tree.
    #[serde(serialize_with = "lossy")]
    pub path: BString,
    /// Line, from 1.
    pub line: u32,
    /// Column in bytes, from 1.
    pub column: u32,
    /// The enclosing C function, empty outside of functions.
    pub function: String,
    /// The function the site speaks of.
    pub api: String,
    /// What the occurrence is.
    pub kind: SiteKind,
    /// What the enclosing function is for.
    pub role: Role,
    /// What became of it.
    pub verdict: Verdict,
    /// Only for rewrites, done or offered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub safety: Option<Safety>,
    /// Always there unless a safe rewrite needs no words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// Bytes of the occurrence in the file as it was before.
    #[serde(skip)]
    pub range: TextRange,
}

/// One occurrence in a survey, with what is recommended for it.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The occurrence; its reason is that of the recommendation.
    pub site: Site,
    /// The interface that serves it best; `None` where the function is only spoken of, or implemented.
    pub recommend: Option<String>,
}

/// Counts over a ledger.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Summary {
    /// All sites.
    pub sites: usize,
    /// Those rewritten.
    pub rewritten: usize,
    /// Those left alone.
    pub left_alone: usize,
    /// Those in text that could not be parsed.
    pub unparsed: usize,
    /// Functions that only take another type; none of the above.
    #[serde(skip_serializing_if = "is_zero")]
    pub retyped: usize,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde wants it so")]
fn is_zero(number: &usize) -> bool {
    *number == 0
}

impl Summary {
    /// Counts the verdicts.
    pub fn of(sites: &[Site]) -> Self {
        let is_retyped = |site: &&Site| site.kind == SiteKind::Handler;
        let occurrences = || sites.iter().filter(|site| !is_retyped(site));
        let count = |verdict| occurrences().filter(|site| site.verdict == verdict).count();
        Self {
            sites: occurrences().count(),
            rewritten: count(Verdict::Rewritten),
            left_alone: count(Verdict::LeftAlone),
            unparsed: count(Verdict::Unparsed),
            retyped: sites
                .iter()
                .filter(is_retyped)
                .filter(|site| site.verdict == Verdict::Rewritten)
                .count(),
        }
    }
}

/// Serialises bytes as text; what is not UTF-8 becomes U+FFFD, as JSON has no bytes.
pub fn lossy<S: Serializer>(bytes: &BString, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&String::from_utf8_lossy(bytes))
}
