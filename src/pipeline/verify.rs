//! Patches that somebody hands in, checked one after the other on top of their base.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bstr::{BString, ByteSlice};

use crate::diagnostics::Severity;
use crate::edit::unified::{self, LineKind};
use crate::plan::FileChange;
use crate::series::incoming::{self, Letter, Stack, Touched};
use crate::series::maintainers::{Maintainers, Query};
use crate::series::prefix::{Confidence, History, of_files};
use crate::series::recipients::{Mailbox, audience};
use crate::series::{Base, BaseLine, Disclosure, Environment, Options};
use crate::transform::Problem;
use crate::verify::checkpatch::{Change, Checkpatch, FILES};
use crate::verify::finding::Finding;
use crate::verify::letter;
use crate::worktree::Worktree;
use crate::writeback::Interrupt;

use super::build::{BuildOrder, build};
use super::series::{maintainers_of, problem};
use super::{Watch, Where, checks, is_c, on_threads};

/// What to check, and how.
#[derive(Clone, Debug)]
pub struct VerifyOrder {
    /// The tree; its revision is the base, if one is named.
    pub place: Where,
    /// The patches.
    pub what: Handed,
    /// Whether the tree's checkpatch.pl is run.
    pub with_checkpatch: bool,
    /// Whether it is compiled, and how.
    pub build: Option<BuildOrder>,
}

/// How patches are handed in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Handed {
    /// A folder with mails.
    Folder(PathBuf),
    /// The commits after the first revision up to the second.
    Range(String, String),
}

/// One kind of check.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Check {
    /// It applies to what the patches before it leave.
    Applies,
    /// Both readers of C take what they took before.
    Parses,
    /// checkpatch.pl has no new complaints.
    Checkpatch,
    /// Subject, text and tags.
    Message,
    /// To and Cc.
    Recipients,
    /// Each object that the patches touch compiles.
    Builds,
}

impl Check {
    /// All of them in the order of the table.
    pub const ALL: [Self; 6] = [
        Self::Applies,
        Self::Parses,
        Self::Checkpatch,
        Self::Message,
        Self::Recipients,
        Self::Builds,
    ];

    /// The word in the table and in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Applies => "applies",
            Self::Parses => "parses",
            Self::Checkpatch => "checkpatch",
            Self::Message => "message",
            Self::Recipients => "recipients",
            Self::Builds => "builds",
        }
    }
}

/// What came of one check of one patch.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Answer {
    /// It was done; what it found may be nothing.
    Done(Vec<Finding>),
    /// It was not done, and why.
    NotDone(String),
}

/// One patch or cover letter with what was found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Checked {
    /// The file below the folder, or the first digits of the commit.
    pub name: String,
    /// Its subject, without the brackets.
    pub subject: String,
    /// Whether it is a cover letter.
    pub is_cover: bool,
    /// What it touches, sorted.
    pub files: Vec<BString>,
    /// In the order of [`Check::ALL`], each at most once.
    pub answers: Vec<(Check, Answer)>,
}

/// Everything that was found.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Verified {
    /// The commit that the patches were applied to; `None` for a folder as it stands.
    pub base: Option<String>,
    /// The patches in order.
    pub patches: Vec<Checked>,
    /// What was not done for all of them, as sentences.
    pub not_done: Vec<String>,
    /// How many objects were compiled after each patch, if any were.
    pub built: Option<usize>,
    /// Whether something that was asked for was not done.
    pub is_incomplete: bool,
}

impl Verified {
    /// Notes that something was not done although it was asked for.
    pub(super) fn leave_out(&mut self, sentence: String) {
        self.not_done.push(sentence);
        self.is_incomplete = true;
    }
}

/// Checks patches.
pub fn verify(order: &VerifyOrder, interrupt: &Interrupt, watch: Watch<'_>) -> Result<Verified, Problem> {
    on_threads(order.place.jobs, || {
        // Programs that run, and scratch folders, end with this run, also when the user stops it.
        let _hold = interrupt.hold();
        watch("reading the patches");
        let mut verified = Verified::default();
        let tree = &order.place.tree;
        let letters = match &order.what {
            Handed::Folder(dir) => incoming::read_folder(dir),
            Handed::Range(base, tip) => incoming::read_range(tree, base, tip, &options()),
        };
        let letters = letters.map_err(problem)?;
        let revision = base_of(order, &letters, &mut verified.not_done);
        let worktree = Worktree::open(tree, revision.as_deref()).map_err(|error| error.diagnostic())?;
        verified.base = match worktree.revision() {
            Some(_) => worktree.base_commit().map_err(|error| error.diagnostic())?,
            None => None,
        };
        let scratch = tempfile::tempdir()
            .map_err(|error| Problem::new("io", format!("no scratch folder can be made: {error}")))?;
        let stop = || interrupt.signal().is_some();
        let checkpatch = checkpatch(order, &worktree, scratch.path(), &stop, &mut verified.not_done);
        let mut round = Round {
            stack: Stack::on(&worktree),
            people: maintainers_of(&worktree)?,
            history: History::default(),
            base: Base::of(&worktree).map_err(problem)?,
            checkpatch,
        };
        watch("checking");
        let mut applied = Vec::new();
        for letter in &letters {
            if stop() {
                break;
            }
            let (checked, touched) = round.check(letter)?;
            if !checked.is_cover {
                applied.push((verified.patches.len(), touched));
            }
            verified.patches.push(checked);
        }
        across(&letters, &mut verified);
        if let Some(order) = order.build.as_ref().filter(|_| !stop()) {
            watch("building");
            build(order, &round.base, &applied, &mut verified, &stop)?;
        }
        Ok(verified)
    })?
}

/// What `git format-patch` does without options, for commits that are looked at as mails.
fn options() -> Options {
    let disclosure = Disclosure {
        tool: "respin".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        input: String::new(),
        tested: String::new(),
    };
    Options {
        base: BaseLine::Omit,
        ..Options::new(disclosure, Environment::of_process())
    }
}

/// The revision that the patches are applied to: what the user names, what the first mail names, or HEAD.
fn base_of(order: &VerifyOrder, letters: &[Letter], not_done: &mut Vec<String>) -> Option<String> {
    let tree = &order.place.tree;
    if let Handed::Range(base, _) = &order.what {
        return Some(base.clone());
    }
    if let Some(revision) = &order.place.revision {
        return Some(revision.clone());
    }
    let named = letters.iter().find_map(|letter| letter.base.as_deref());
    if let Some(named) = named {
        if incoming::commit_of(tree, named).is_some() {
            return Some(named.to_owned());
        }
        not_done.push(format!(
            "The base commit {named} is not in the repository; the patches were applied to what is there."
        ));
    }
    let is_top = Worktree::open(tree, None).is_ok_and(|worktree| worktree.is_top_level());
    (is_top && incoming::commit_of(tree, "HEAD").is_some()).then(|| "HEAD".to_owned())
}

/// The script of the tree's folder, or of the revision when there is no folder.
fn checkpatch<'a>(
    order: &VerifyOrder,
    worktree: &Worktree,
    scratch: &'a Path,
    stop: &'a dyn Fn() -> bool,
    not_done: &mut Vec<String>,
) -> Option<Checkpatch<'a>> {
    if !order.with_checkpatch {
        not_done.push("checkpatch.pl was not run, as --no-checkpatch asks.".to_owned());
        return None;
    }
    let old = scratch.join("old");
    let make = std::fs::create_dir(&old);
    let folder = &order.place.tree;
    if make.is_ok() && folder.join(FILES[0]).is_file() {
        let folder = folder.canonicalize().unwrap_or_else(|_| folder.clone());
        return Some(Checkpatch::in_folder(&folder, scratch, stop));
    }
    let copy = scratch.join("tree");
    for path in FILES {
        let Ok(text) = worktree.read(path.into()) else {
            continue;
        };
        let target = copy.join(path);
        let folder = target.parent().map(std::fs::create_dir_all);
        if folder.is_some_and(|made| made.is_ok()) {
            // What is missing shows when the script runs.
            let _ = std::fs::write(target, text);
        }
    }
    if copy.join(FILES[0]).is_file() {
        return Some(Checkpatch::in_folder(&copy, scratch, stop));
    }
    not_done.push("checkpatch.pl was not run: the tree has no scripts/checkpatch.pl.".to_owned());
    None
}

/// What all patches are checked with.
struct Round<'a> {
    stack: Stack<'a>,
    people: Maintainers,
    history: History,
    base: Base<'a>,
    checkpatch: Option<Checkpatch<'a>>,
}

impl Round<'_> {
    fn check(&mut self, letter: &Letter) -> Result<(Checked, Option<Vec<Touched>>), Problem> {
        let parts = letter::Letter {
            subject: &letter.subject,
            body: &letter.body,
            author: &letter.author,
        };
        let mut checked = Checked {
            name: letter.name.clone(),
            subject: letter.subject.clone(),
            is_cover: letter.is_cover(),
            files: Vec::new(),
            answers: Vec::new(),
        };
        if checked.is_cover {
            checked.add(Check::Message, letter::check_cover(&parts));
            return Ok((checked, None));
        }
        let mut message = letter::check(&parts);
        let touched = match self.stack.apply(letter) {
            Ok(touched) => touched,
            Err(why) => {
                checked.add(Check::Applies, vec![Finding::problem("does-not-apply", why)]);
                checked.add(Check::Message, message);
                return Ok((checked, None));
            }
        };
        checked.files = touched.iter().map(|file| file.path.clone()).collect();
        checked.add(Check::Applies, white_space(&touched));
        checked.add(Check::Parses, parses(&touched));
        if let Some(checkpatch) = &self.checkpatch {
            let changes: Vec<Change<'_>> = touched.iter().map(change).collect();
            let answer = match checkpatch.check(&letter.mail, &changes) {
                Ok(findings) => Answer::Done(findings),
                Err(why) => Answer::NotDone(format!("checkpatch.pl: {why}")),
            };
            checked.answers.push((Check::Checkpatch, answer));
        }
        message.extend(self.prefix(letter, &checked.files)?);
        checked.add(Check::Message, message);
        if let Some(recipients) = &letter.recipients {
            let findings = self.recipients(recipients, &touched);
            checked.add(Check::Recipients, findings);
        }
        Ok((checked, Some(touched)))
    }

    /// Whether the prefix is the one that the subsystem uses, where its history is sure of that.
    fn prefix(&mut self, letter: &Letter, paths: &[BString]) -> Result<Option<Finding>, Problem> {
        self.history = self.base.history(paths).map_err(problem)?;
        let usual = of_files(paths, &self.history);
        let (Some(ours), Confidence::Sure) = (letter::prefix(&letter.subject), usual.confidence) else {
            return Ok(None);
        };
        let plain = |prefix: &str| prefix.trim_end_matches([':', ' ', '-']).to_owned();
        if plain(ours) == plain(&usual.text) {
            return Ok(None);
        }
        let what = format!(
            "the last commits there start with \"{}\": {}",
            usual.text, usual.because
        );
        Ok(Some(Finding::remark("prefix", what)))
    }

    fn recipients(&self, [to, cc]: &[Vec<String>; 2], touched: &[Touched]) -> Vec<Finding> {
        let mut findings = Vec::new();
        let mut keys = Vec::new();
        for address in to.iter().chain(cc) {
            match Mailbox::parse(address.as_bytes()) {
                Ok(mailbox) => keys.push(mailbox.key()),
                Err(why) => {
                    let what = format!("\"{}\" is no recipient: {why}", address.escape_debug());
                    findings.push(Finding::problem("recipient", what));
                }
            }
        }
        if to.is_empty() {
            let what = "nobody is in To; scripts/get_maintainer.pl says who should be";
            findings.push(Finding::problem("no-recipient", what));
        }
        let mut patch = Vec::new();
        for file in touched {
            let (before, after) = sides(file);
            patch.extend(unified::unified(
                file.path.as_bstr(),
                &before,
                &after,
                unified::Options::default(),
            ));
        }
        let read = |path: &bstr::BStr| self.stack.read(path).map(|content| content.data.to_vec());
        let (expected, _) = audience(&self.people, Query::Patch(&patch), &read);
        let missing: Vec<String> = expected
            .everybody()
            .filter(|recipient| !keys.contains(&recipient.mailbox.key()))
            .map(|recipient| format!("{} ({})", recipient.mailbox, recipient.role))
            .collect();
        if !missing.is_empty() && !keys.is_empty() {
            let what = format!("MAINTAINERS also names {}", missing.join(", "));
            findings.push(Finding::remark("recipient-missing", what));
        }
        findings
    }
}

impl Checked {
    fn add(&mut self, check: Check, findings: Vec<Finding>) {
        self.answers.push((check, Answer::Done(findings)));
    }
}

pub(super) fn sides(file: &Touched) -> (Arc<[u8]>, Arc<[u8]>) {
    let data = |content: &Option<incoming::Content>| match content {
        Some(content) => content.data.clone(),
        None => Arc::from(&b""[..]),
    };
    (data(&file.before), data(&file.after))
}

fn change(file: &Touched) -> Change<'_> {
    Change {
        path: file.path.as_bstr(),
        before: file.before.as_ref().map_or(&[], |content| &content.data[..]),
        after: file.after.as_ref().map_or(&[], |content| &content.data[..]),
    }
}

/// Runs of lines in which nothing but white space changes.
fn white_space(touched: &[Touched]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in touched {
        let (before, after) = sides(file);
        if before.is_empty() || after.is_empty() {
            continue;
        }
        for hunk in unified::hunks(&before, &after, unified::Options { context: 3 }) {
            let of_kind = |kind: LineKind| -> Vec<u8> {
                let lines = hunk.lines.iter().filter(|line| line.kind == kind);
                let bytes = lines.flat_map(|line| line.bytes.iter().copied());
                bytes.filter(|byte| !byte.is_ascii_whitespace()).collect()
            };
            if of_kind(LineKind::Removed) == of_kind(LineKind::Added) {
                let what = "only white space changes here";
                let line = hunk.new.start as u32 + 1;
                findings.push(Finding::remark("white-space", what).at(file.path.clone(), line));
            }
        }
    }
    findings
}

/// Whether both readers of C still take what they took.
fn parses(touched: &[Touched]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in touched.iter().filter(|file| is_c(file.path.as_bstr())) {
        let (before, after) = sides(file);
        if after.is_empty() {
            continue;
        }
        let change = FileChange {
            path: file.path.clone(),
            before,
            after,
        };
        for diagnostic in checks::still_parses(&change) {
            if diagnostic.severity == Severity::Error {
                findings.push(
                    Finding::problem(diagnostic.code, diagnostic.message.clone()).at(file.path.clone(), 0),
                );
            }
        }
    }
    findings
}

/// What is only seen of all patches together.
fn across(letters: &[Letter], verified: &mut Verified) {
    let mut postings: Vec<Option<&str>> = letters.iter().map(|letter| letter.posting.as_deref()).collect();
    postings.dedup();
    let mut subjects: Vec<&str> = Vec::new();
    for posting in postings {
        let range: Vec<usize> = (0..verified.patches.len())
            .filter(|&index| letters[index].posting.as_deref() == posting)
            .collect();
        let patches: Vec<usize> = range
            .iter()
            .copied()
            .filter(|&index| !letters[index].is_cover())
            .collect();
        for (number, &index) in patches.iter().enumerate() {
            let subject = letters[index].subject.as_str();
            if subjects.contains(&subject) {
                let what = "another patch of the series has the same subject";
                verified.patches[index].append(Finding::problem("subject-twice", what));
            }
            subjects.push(subject);
            let numbers = numbers(&letters[index].bracket);
            if numbers.is_some_and(|(own, of)| own != number + 1 || of != patches.len()) {
                let what = format!(
                    "it says [{}], and is number {} of {}",
                    letters[index].bracket,
                    number + 1,
                    patches.len()
                );
                verified.patches[index].append(Finding::problem("number", what));
            }
        }
        let is_mail = range
            .first()
            .is_some_and(|&index| letters[index].recipients.is_some());
        if let (true, 2.., Some(&first)) = (is_mail, patches.len(), patches.first())
            && patches.len() == range.len()
        {
            let what = "a series of more than one patch has a cover letter";
            verified.patches[first].append(Finding::remark("no-cover-letter", what));
        }
    }
}

impl Checked {
    /// Adds to what was found of the message.
    fn append(&mut self, finding: Finding) {
        let message = self
            .answers
            .iter_mut()
            .find(|(check, _)| *check == Check::Message);
        match message {
            Some((_, Answer::Done(findings))) => findings.push(finding),
            _ => self.add(Check::Message, vec![finding]),
        }
    }
}

/// 2 and 5 of `PATCH v3 2/5`.
fn numbers(bracket: &str) -> Option<(usize, usize)> {
    let (own, of) = bracket.split_whitespace().last()?.split_once('/')?;
    Some((own.parse().ok()?, of.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stand_last_in_the_brackets() {
        assert_eq!(numbers("PATCH v3 02/15"), Some((2, 15)));
        assert_eq!(numbers("PATCH"), None);
    }
}
