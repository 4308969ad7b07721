//! Patches as somebody hands them in: a folder of mails, or the commits of a range. They are read as `git am` reads them,
//! and applied in memory, each hunk exactly where it says.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use bstr::{BStr, BString, ByteSlice};
use git2::{Oid, Repository};

use super::apply::{Section, sections};
use super::base::{is_safe, scratch};
use super::diff::Side;
use super::error::{Error, ErrorKind, Result};
use super::{Options, build, header, quote, replay};
use crate::worktree::{ReadErrorKind, Worktree};

/// A larger mail is none that a list takes.
const LARGEST: u64 = 256 << 20;
/// More files are no series.
const MOST: usize = 10_000;

/// A mail with a patch, or a cover letter.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Letter {
    /// The file below the folder, or the first digits of the commit.
    pub name: String,
    /// The folder inside of the folder, when there are several.
    pub posting: Option<String>,
    /// What stands in the brackets before the subject, such as `PATCH v2 1/3`.
    pub bracket: String,
    /// The subject without it.
    pub subject: String,
    /// The message below the subject, as it becomes part of the commit.
    pub body: String,
    /// The author as `Name <address>`.
    pub author: String,
    /// Who is in To and Cc, each as it was written; `None` for a commit.
    pub recipients: Option<[Vec<String>; 2]>,
    /// What `base-commit:` names.
    pub base: Option<String>,
    /// The mail as a whole.
    pub mail: Vec<u8>,
    patch: Vec<u8>,
}

impl Letter {
    /// From the line that ends the message on.
    pub(super) fn patch(&self) -> &[u8] {
        &self.patch
    }

    /// Whether there is no patch in it.
    pub fn is_cover(&self) -> bool {
        self.patch.find(b"diff --git ").is_none()
    }
}

/// A file on both sides of a patch; at least one side is there.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Touched {
    /// Relative to the tree.
    pub path: BString,
    /// Before; `None` for a new file.
    pub before: Option<Content>,
    /// After; `None` for one that goes.
    pub after: Option<Content>,
}

/// What a file holds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Content {
    /// As git writes it, for instance `0o100644`.
    pub mode: u32,
    /// The bytes.
    pub data: Arc<[u8]>,
}

/// The letters of a folder in their order: those in it, then those in its folders. Of several versions the last one counts.
pub fn read_folder(dir: &Path) -> Result<Vec<Letter>> {
    read_version(dir, usize::MAX)
}

/// The same, of the versions before one.
pub(super) fn read_version(dir: &Path, before: usize) -> Result<Vec<Letter>> {
    let mut letters = in_folder(dir, None, before)?;
    let mut folders: Vec<String> = names(dir)?
        .into_iter()
        .filter(|name| !name.starts_with('.') && dir.join(name).is_dir())
        .collect();
    folders.sort_unstable();
    for folder in folders {
        letters.extend(in_folder(&dir.join(&folder), Some(&folder), before)?);
    }
    if letters.is_empty() {
        let what = format!("there are no patches in {}", dir.display());
        return Err(Error::new(ErrorKind::Usage, what)
            .help("name a folder with files such as 0001-subject.patch, or a range such as HEAD~3..HEAD"));
    }
    Ok(letters)
}

fn in_folder(dir: &Path, posting: Option<&str>, before: usize) -> Result<Vec<Letter>> {
    let mut files: Vec<(usize, String)> = names(dir)?
        .into_iter()
        .filter(|name| name.ends_with(".patch") && !name.starts_with('.'))
        .map(|name| (version(&name), name))
        .filter(|(version, _)| *version < before)
        .collect();
    let last = files.iter().map(|(version, _)| *version).max().unwrap_or(1);
    files.retain(|(version, _)| *version == last);
    files.sort_unstable();
    let letter = |(_, name): (usize, String)| {
        let mail = read(&dir.join(&name))?;
        let shown = posting.map_or(name.clone(), |posting| format!("{posting}/{name}"));
        let mut letter = parse(&shown, mail).ok_or_else(|| {
            let path = dir.join(&name);
            Error::new(
                ErrorKind::Usage,
                format!("{} is no mail as `git format-patch` writes it", path.display()),
            )
            .help("one mail in a file, 8-bit or 7-bit text without MIME parts; base64 and quoted-printable are not read")
        })?;
        letter.posting = posting.map(str::to_owned);
        Ok(letter)
    };
    files.into_iter().map(letter).collect()
}

/// 2 of `v2-0001-x.patch`.
fn version(name: &str) -> usize {
    let number = name.strip_prefix('v').and_then(|rest| rest.split_once('-'));
    number.and_then(|(number, _)| number.parse().ok()).unwrap_or(1)
}

fn names(dir: &Path) -> Result<Vec<String>> {
    let failed = |error| {
        Error::new(
            ErrorKind::Usage,
            format!("cannot read the folder {}", dir.display()),
        )
        .caused_by(error)
    };
    let mut names = Vec::new();
    for entry in fs::read_dir(dir).map_err(failed)? {
        let name = entry.map_err(failed)?.file_name();
        if names.len() == MOST {
            let what = format!("{} holds more than {MOST} files", dir.display());
            return Err(Error::new(ErrorKind::Usage, what).help("name a folder that holds one series"));
        }
        match name.into_string() {
            Ok(name) => names.push(name),
            Err(name) if name.as_encoded_bytes().ends_with(b".patch") => {
                let what = format!("the name of {} in {} is not UTF-8", name.display(), dir.display());
                return Err(Error::new(ErrorKind::Usage, what).help("rename it: `git am` would take it"));
            }
            Err(_) => {}
        }
    }
    Ok(names)
}

fn read(path: &Path) -> Result<Vec<u8>> {
    let mut text = Vec::new();
    let is_file = fs::metadata(path).is_ok_and(|data| data.is_file());
    if !is_file {
        let what = format!("{} is no regular file", path.display());
        return Err(Error::new(ErrorKind::Usage, what));
    }
    let read = fs::File::open(path).and_then(|file| file.take(LARGEST).read_to_end(&mut text));
    read.map_err(|error| {
        Error::new(ErrorKind::Usage, format!("cannot read {}", path.display())).caused_by(error)
    })?;
    Ok(text)
}

/// The commits after `base` up to `tip` as letters.
pub fn read_range(dir: &Path, base: &str, tip: &str, options: &Options) -> Result<Vec<Letter>> {
    let mails = build::format_commits(dir, base, tip, options, None)?;
    let letters: Option<Vec<Letter>> = mails
        .into_iter()
        .map(|mail| {
            let id = mail
                .text
                .get(5..17)
                .unwrap_or_default()
                .to_str_lossy()
                .into_owned();
            parse(&id, mail.text).map(|letter| Letter {
                recipients: None,
                base: None,
                ..letter
            })
        })
        .collect();
    match letters {
        Some(letters) if letters.is_empty() => Err(Error::new(
            ErrorKind::Usage,
            format!("there are no commits in {base}..{tip}"),
        )
        .help("name the older revision first, for instance HEAD~3..HEAD")),
        Some(letters) => Ok(letters),
        None => Err(Error::new(
            ErrorKind::Repository,
            format!("a commit of {base}..{tip} cannot be written as a mail"),
        )),
    }
}

/// The full name of the commit that a revision names; `None` when the repository has none.
pub fn commit_of(dir: &Path, revision: &str) -> Option<String> {
    let repo = Repository::discover(dir).ok()?;
    let commit = repo.revparse_single(revision).ok()?.peel_to_commit().ok()?;
    Some(commit.id().to_string())
}

pub(super) fn parse(name: &str, mail: Vec<u8>) -> Option<Letter> {
    if holds_another(&mail) {
        return None;
    }
    let received = replay::read_mail(&mail)?;
    let (head, _) = mail.split_once_str("\n\n")?;
    let head = std::str::from_utf8(head).ok()?;
    let head = head.replace("\n ", " ").replace("\n\t", " ");
    let field = |name: &str| {
        let mut lines = head.lines().skip(1);
        lines
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
            .map(header::decode)
    };
    let subject = field("Subject")?;
    let bracket = subject
        .trim()
        .strip_prefix('[')
        .and_then(|rest| rest.split_once(']'));
    // The line is at the end; a message may speak of another one.
    let end = mail.rfind(b"\nbase-commit: ").map(|at| &mail[at + 14..]);
    let base = end
        .and_then(|rest| rest.lines().next())
        .and_then(|id| id.to_str().ok());
    let is_id = |id: &&str| id.len() >= 7 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    Some(Letter {
        name: name.to_owned(),
        posting: None,
        bracket: bracket.map_or(String::new(), |(inside, _)| inside.to_owned()),
        recipients: Some(["To", "Cc"].map(|name| addresses(&field(name).unwrap_or_default()))),
        base: base.filter(is_id).map(str::to_owned),
        subject: received.subject,
        body: received.body,
        author: received.author,
        patch: received.patch,
        mail,
    })
}

/// Whether a second mail begins behind the first line, as `git am` tells mails apart.
fn holds_another(mail: &[u8]) -> bool {
    mail.lines().skip(1).any(|line| {
        let words: Vec<&[u8]> = line.split(|&byte| byte == b' ').collect();
        let is_id = |word: &[u8]| word.len() == 40 && word.iter().all(u8::is_ascii_hexdigit);
        matches!(words[..], [b"From", id, _, _, _, _, year] if is_id(id) && year.len() == 4)
    })
}

/// The folders above a path, from the inside out.
fn folders(path: &BStr) -> impl Iterator<Item = &BStr> {
    std::iter::successors(Some(path), |path| Some(path[..path.rfind_byte(b'/')?].as_bstr())).skip(1)
}

/// The parts of a list of addresses; a comma in quotes divides nothing.
fn addresses(text: &str) -> Vec<String> {
    let mut all = vec![String::new()];
    let mut chars = text.chars();
    let mut quoted = false;
    while let Some(c) = chars.next() {
        match c {
            ',' if !quoted => {
                all.push(String::new());
                continue;
            }
            '"' => quoted = !quoted,
            _ => {}
        }
        if let Some(last) = all.last_mut() {
            last.push(c);
            if c == '\\' && quoted {
                last.extend(chars.next());
            }
        }
    }
    let trimmed = all.iter().map(|address| address.trim().to_owned());
    trimmed.filter(|address| !address.is_empty()).collect()
}

/// A tree with patches on top of it, all in memory.
pub struct Stack<'a> {
    base: &'a Worktree,
    now: BTreeMap<BString, Option<Content>>,
}

impl<'a> Stack<'a> {
    /// The tree without a patch.
    pub fn on(base: &'a Worktree) -> Self {
        Self {
            base,
            now: BTreeMap::new(),
        }
    }

    /// A file as the patches leave it; `None` when there is none.
    pub fn read(&self, path: &BStr) -> Option<Content> {
        match self.now.get(path) {
            Some(now) => now.clone(),
            None => {
                let (data, mode) = self.base.read_with_mode(path).ok()?;
                Some(Content {
                    mode: mode.bits(),
                    data: data.into(),
                })
            }
        }
    }

    /// Applies a patch, all of it or nothing; the error says which file it does not fit.
    pub fn apply(&mut self, letter: &Letter) -> Result<Vec<Touched>, String> {
        let broken = || "it is no patch as git writes it, or names a file that git cannot have".to_owned();
        let sections = sections(&letter.patch).ok_or_else(broken)?;
        if sections.is_empty() || !sections.iter().all(|section| is_safe(section.path.as_bstr())) {
            return Err(broken());
        }
        let scratch = scratch().map_err(|error| error.to_string())?;
        let mut touched: Vec<Touched> = Vec::new();
        for section in &sections {
            let change = self.change(section, &scratch)?;
            touched.push(change);
        }
        let left: BTreeSet<&BStr> = touched
            .iter()
            .filter(|change| change.after.is_some())
            .map(|change| change.path.as_bstr())
            .collect();
        for path in &left {
            if folders(path).any(|above| left.contains(above)) {
                return Err(format!("{} is below a file", quote::path(path)));
            }
        }
        for change in &touched {
            self.now.insert(change.path.clone(), change.after.clone());
        }
        touched.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(touched)
    }

    /// Whether nothing stands where a file would, and no link or file is in the way.
    fn is_free(&self, path: &BStr) -> Result<(), String> {
        let shown = || quote::path(path);
        for above in folders(path) {
            let is_file = match self.now.get(above) {
                Some(now) => now.is_some(),
                None => match self.base.read_with_mode(above) {
                    Ok(_) => true,
                    Err(error) => matches!(error.kind, ReadErrorKind::Symlink),
                },
            };
            if is_file {
                return Err(format!("{} is below a file or a symbolic link", shown()));
            }
        }
        if self.now.contains_key(path) {
            return Ok(());
        }
        match self.base.read_with_mode(path) {
            Err(error) if !matches!(error.kind, ReadErrorKind::NotFound) => {
                Err(format!("{}: it {}", shown(), error.kind))
            }
            _ => Ok(()),
        }
    }

    fn change(&self, section: &Section<'_>, scratch: &Repository) -> Result<Touched, String> {
        let path = &section.path;
        let before = self.read(path.as_bstr());
        if before.is_none() {
            self.is_free(path.as_bstr())?;
        }
        let side = before.as_ref().map(|content| Side {
            mode: content.mode,
            id: Oid::zero(),
            data: content.data.to_vec(),
        });
        let after = section.apply(scratch, side.as_ref()).ok_or_else(|| {
            let path = quote::path(path.as_bstr());
            match before {
                None => format!("it changes {path}, which is not there"),
                Some(_) if section.adds() => format!("it adds {path}, which is there already"),
                Some(_) => format!("it does not apply to {path} as it is then"),
            }
        })?;
        let after = after.map(|(mode, data)| Content {
            mode,
            data: data.into(),
        });
        Ok(Touched {
            path: path.clone(),
            before,
            after,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAIL: &str = "From 1234567890123 Mon Sep 17 00:00:00 2001\nFrom: A <a@b>\n\
        Subject: [PATCH v2 1/2] mm: a\n b\nTo: \"C, D\" <c@d>,\n e@f\n\nbody\n---\n x | 1 +\n\n\
        diff --git a/x b/x\nindex 1..2 100644\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-1\n+2\n-- \nv\n\nbase-commit: 0123456789\n";

    #[test]
    fn letters_have_their_parts() {
        let letter = parse("x", MAIL.into()).unwrap();
        assert_eq!(letter.bracket, "PATCH v2 1/2");
        assert_eq!(letter.subject, "mm: a b");
        let people = vec!["\"C, D\" <c@d>".to_owned(), "e@f".to_owned()];
        assert_eq!(letter.recipients, Some([people, Vec::new()]));
        assert_eq!(letter.base.as_deref(), Some("0123456789"));
        assert!(!letter.is_cover());
        assert_eq!(parse("x", b"nothing".to_vec()), None);
        assert_eq!((version("v3-0001-a.patch"), version("0001-v2-a.patch")), (3, 1));
    }

    #[test]
    fn patches_apply_one_on_top_of_the_other_or_say_where_they_do_not() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("x"), "1\n").unwrap();
        let tree = Worktree::open(dir.path(), None).unwrap();
        let mut stack = Stack::on(&tree);
        let first = parse("1", MAIL.into()).unwrap();
        let touched = stack.apply(&first).unwrap();
        assert_eq!(&touched[0].after.as_ref().unwrap().data[..], b"2\n");
        let why = stack.apply(&first).unwrap_err();
        assert!(why.contains("does not apply to x"), "{why}");
        let second = parse("2", MAIL.replace("-1\n+2", "-2\n+3").into_bytes()).unwrap();
        assert_eq!(
            &stack.apply(&second).unwrap()[0].before.as_ref().unwrap().data[..],
            b"2\n"
        );
        for (from, to) in [("a/x b/x", "a/../x b/../x"), ("/x", "/y")] {
            let text = MAIL
                .replace(from, to)
                .replace("--- a/x", "--- a/../x")
                .replace("+++ b/x", "+++ b/../x");
            let wrong = parse("3", text.into_bytes()).unwrap();
            assert!(stack.apply(&wrong).is_err());
        }
        assert_eq!(fs::read(dir.path().join("x")).unwrap(), b"1\n");
    }
}
