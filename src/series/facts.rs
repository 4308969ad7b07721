//! What was really done, for the messages: facts that a template is filled with, and who fills it.

use std::collections::BTreeMap;

use bstr::{BStr, BString, ByteSlice};

use super::mail::Recipients;
use super::quote;
use crate::ledger::{Safety, Site, SiteKind, Verdict};
use crate::plan::{FileChange, Phase};

/// A rendered message: the subject without its prefix, and the text below it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PatchText {
    /// For instance `rename foo() to bar()`. Further lines say the same in fewer words, for where that does not fit.
    pub subject: String,
    /// Paragraphs between blank lines; they are wrapped later.
    pub body: String,
}

/// The failure of a renderer.
pub type RenderError = Box<dyn std::error::Error + Send + Sync>;

/// Fills the templates of a transform.
pub trait Messages {
    /// The message of one patch.
    fn patch(&self, facts: &PatchFacts) -> Result<PatchText, RenderError>;
    /// How the change of one patch was tested, as sentences; `None` where that is known of the whole series only.
    fn tested(&self, _files: &[FileChange]) -> Option<String> {
        None
    }
    /// The text of the cover letter.
    fn cover(&self, facts: &CoverFacts) -> Result<PatchText, RenderError>;
}

/// Knows the people and the habits of the subsystems.
pub trait Advisor {
    /// What subjects about these files start with, for instance `drm/udl`; may be empty.
    fn prefix(&self, paths: &[BString]) -> String;
    /// Who looks after these files, the most responsible first, as `Name <address>`.
    fn maintainers(&self, paths: &[BString]) -> Vec<String>;
    /// The subsystem of a file.
    fn subsystem(&self, path: &BStr) -> String {
        super::driver::subsystem(path)
    }
    /// Who gets which patch of a series, for each one; whoever gets one of them gets the cover letter.
    fn recipients(&self, patches: &[Addressed]) -> Vec<Recipients> {
        vec![Recipients::default(); patches.len()]
    }
}

/// A patch, as far as that decides who gets it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Addressed {
    /// Its subject, which no other patch of the series has.
    pub subject: String,
    /// The text below it, in which people may have words that they look for.
    pub body: String,
    /// What it touches, sorted.
    pub paths: Vec<BString>,
    /// Whether it adds what other patches use.
    pub introduces: bool,
}

/// Who made the change, and from what: every message and cover letter says so.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Disclosure {
    /// The tool's name.
    pub tool: String,
    /// Its version.
    pub version: String,
    /// What it was given, for instance `the transform rename with from=a and to=b`.
    pub input: String,
    /// How the result was tested, as sentences; empty when it was not.
    pub tested: String,
}

/// What a patch does.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PatchFacts {
    /// When it is applied; `None` when all patches of the series are of one phase.
    pub phase: Option<Phase>,
    /// What its subject will start with; added to the subject, so a template need not use it.
    pub prefix: String,
    /// The driver, folder, person or subsystem it is about; empty when it is about everything.
    pub unit: String,
    /// Its files as git prints them, sorted.
    pub files: Vec<String>,
    /// The functions that its sites lie in, in the order of the sites, each once.
    pub functions: Vec<String>,
    /// The functions that its sites speak of, sorted.
    pub apis: Vec<String>,
    /// How many sites of each kind it rewrites.
    pub kinds: BTreeMap<SiteKind, usize>,
    /// The sites that it rewrites in words, for instance `the export and 2 calls in a() and b()`.
    pub places: String,
    /// What the passes say of it, in the order of the files.
    pub notes: Vec<String>,
    /// How it changes behaviour, for each site where it does.
    pub changes: Vec<String>,
    /// What it leaves alone, and why.
    pub left_alone: Vec<LeftAlone>,
    /// Who made it.
    pub disclosure: Disclosure,
}

/// What a posting does.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CoverFacts {
    /// What its subject will start with.
    pub prefix: String,
    /// The subsystem it is for; empty when it holds the whole series.
    pub unit: String,
    /// The subjects of its patches.
    pub subjects: Vec<String>,
    /// Its files as git prints them, sorted.
    pub files: Vec<String>,
    /// The functions that its sites speak of, sorted.
    pub apis: Vec<String>,
    /// How many sites of each kind it rewrites.
    pub kinds: BTreeMap<SiteKind, usize>,
    /// What the passes say of it.
    pub notes: Vec<String>,
    /// How it changes behaviour.
    pub changes: Vec<String>,
    /// What the whole run left alone, and why.
    pub left_alone: Vec<LeftAlone>,
    /// What else the run says.
    pub remarks: Vec<String>,
    /// Whether the postings of one run have to be merged in their order.
    pub merge: String,
    /// Who made it.
    pub disclosure: Disclosure,
}

/// Sites that stay as they are for one reason.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LeftAlone {
    /// The reason's code, `unparsed` for text that the reader could not parse.
    pub code: String,
    /// The reason in words.
    pub reason: String,
    /// `path:line` with the function, in the order of the ledger.
    pub places: Vec<String>,
}

impl LeftAlone {
    /// Groups the sites that stay by reason; the reason with the most sites comes first.
    pub fn group<'a>(sites: impl IntoIterator<Item = &'a Site>) -> Vec<Self> {
        let mut groups: Vec<Self> = Vec::new();
        for site in sites {
            if site.verdict == Verdict::Rewritten {
                continue;
            }
            let (code, reason) = match &site.reason {
                Some(reason) => (reason.code, reason.text.as_str()),
                None if site.verdict == Verdict::Unparsed => {
                    ("unparsed", "the text around it could not be parsed")
                }
                None => ("", "no reason was given"),
            };
            let place = place(site);
            let same = |group: &&mut Self| group.code == code && group.reason == reason;
            match groups.iter_mut().find(same) {
                Some(group) => group.places.push(place),
                None => groups.push(Self {
                    code: code.to_owned(),
                    reason: reason.to_owned(),
                    places: vec![place],
                }),
            }
        }
        groups.sort_by_key(|group| std::cmp::Reverse(group.places.len()));
        groups
    }
}

fn place(site: &Site) -> String {
    let path = quote::path(site.path.as_bstr());
    match site.function.as_str() {
        "" => format!("{path}:{}", site.line),
        function => format!("{path}:{} ({})", site.line, called(function)),
    }
}

impl Disclosure {
    /// What every message says: by whom and from what it was written, and how it was tested.
    pub(super) fn paragraphs(&self, sites: usize, files: usize) -> [String; 2] {
        [self.tool(sites, files), self.testing()]
    }

    /// The tool and its version, its input, and what it wrote.
    pub(super) fn tool(&self, sites: usize, files: usize) -> String {
        let Self {
            tool, version, input, ..
        } = self;
        let extent = extent(sites, files);
        format!("{tool} {version} wrote the change and this text from {input}: {extent}.")
    }

    /// How the result was tested, or that it was not.
    pub(super) fn testing(&self) -> String {
        match self.tested.trim() {
            "" => "It was not compiled or run.".to_owned(),
            tested => tested.to_owned(),
        }
    }
}

impl PatchFacts {
    /// The number of sites it rewrites.
    pub fn sites(&self) -> usize {
        self.kinds.values().sum()
    }
}

impl CoverFacts {
    /// The number of sites it rewrites.
    pub fn sites(&self) -> usize {
        self.kinds.values().sum()
    }
}

/// How the behaviour of a rewritten site changes, if it does.
pub(super) fn change(site: &Site) -> Option<String> {
    let is_change = site.verdict == Verdict::Rewritten && site.safety == Some(Safety::Unsafe);
    let reason = site.reason.as_ref().filter(|_| is_change)?;
    let place = match site.function.as_str() {
        "" => place(site),
        function => called(function),
    };
    Some(format!("{place}: {}", reason.text))
}

/// A function as messages name it: `f()`. What a macro defines is named by the macro and its first argument.
pub(super) fn called(function: &str) -> String {
    match function.split_once('(') {
        None => format!("{function}()"),
        Some((name, rest)) => {
            let first = rest.split([',', ')']).next().unwrap_or_default();
            format!("{name}({})", first.trim())
        }
    }
}

/// `3 places in 1 file`; only the files where no place is counted.
pub(super) fn extent(sites: usize, files: usize) -> String {
    let files = counted(files, "file");
    match sites {
        0 => files,
        sites => format!("{} in {files}", counted(sites, "place")),
    }
}

/// `1 file`, `3 files`.
pub(super) fn counted(count: usize, noun: &str) -> String {
    match count {
        1 => format!("1 {noun}"),
        _ => format!("{count} {noun}s"),
    }
}

/// `a`, `a and b`, `a, b and c`.
pub(super) fn sentence(items: impl Iterator<Item = String>) -> String {
    let items: Vec<String> = items.collect();
    match items.split_last() {
        None => String::new(),
        Some((only, [])) => only.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_read_as_sentences() {
        let list = |items: &[&str]| sentence(items.iter().map(|item| item.to_string()));
        assert_eq!(list(&[]), "");
        assert_eq!(list(&["a"]), "a");
        assert_eq!(list(&["a", "b", "c"]), "a, b and c");
    }

    #[test]
    fn functions_that_macros_define_are_named_by_them() {
        assert_eq!(called("f"), "f()");
        assert_eq!(
            called("SYSCALL_DEFINE1(zero, unsigned long, addr)"),
            "SYSCALL_DEFINE1(zero)"
        );
    }
}
