//! A new version of a series beside an earlier one: what changed, and which tags still hold.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use bstr::{BString, ByteSlice};
use git2::{ObjectType, Oid};

use super::abbreviation::Abbreviation;
use super::attributes::{Attributes, DiffAttribute};
use super::base::{Base, Footing, Ground};
use super::diff::{Delta, Side};
use super::error::{Error, ErrorKind, Result};
use super::folder;
use super::incoming::{self, Content, Letter, Stack};
use super::mail::Mail;
use super::message::Message;
use super::range_diff::{self, Entry, Fate, FilePart};
use super::review_tags::{self, Candidate, Carried};
use super::{Options, Patch};
use crate::plan::FileChange;

/// The patches of an earlier version, each with its change.
pub(super) struct Earlier {
    name: String,
    patches: Vec<(Letter, Vec<FilePart>)>,
    /// The names of the mails that were edited since they were written.
    edited: BTreeSet<String>,
}

/// The earlier versions that the options name.
#[derive(Default)]
pub(super) struct Reroll {
    range_diff: Option<Earlier>,
    interdiff: Option<Earlier>,
}

impl Reroll {
    /// Reads what `--range-diff` and `--interdiff` name.
    pub(super) fn read(base: &Base<'_>, ground: &Ground<'_>, options: &Options) -> Result<Self> {
        let read = |flag: &str, name: &Option<String>| {
            let name = name.as_deref();
            name.map(|name| Earlier::read(flag, name, base, ground, options))
                .transpose()
        };
        Ok(Self {
            range_diff: read("--range-diff", &options.range_diff)?,
            interdiff: read("--interdiff", &options.interdiff)?,
        })
    }

    fn any(&self) -> Option<&Earlier> {
        self.range_diff.as_ref().or(self.interdiff.as_ref())
    }

    /// What becomes of the tags that people gave to the earlier version, with the message and the changes of each new patch.
    pub(super) fn tags<'a>(
        &self,
        patches: impl Iterator<Item = (&'a Message, &'a [FileChange])>,
    ) -> Result<Carried> {
        let candidate = |(message, files): (&'a Message, &[FileChange])| {
            Ok(Candidate {
                subject: &message.subject,
                trailers: &message.trailers,
                change: change_of(files)?,
            })
        };
        let Some(earlier) = self.any() else {
            return Ok(Carried::default());
        };
        let new: Vec<Candidate<'a>> = patches.map(candidate).collect::<Result<_>>()?;
        Ok(review_tags::carry(&earlier.name, &earlier.patches, &new))
    }

    /// Writes into the mails of a posting what became of the earlier version.
    pub(super) fn annotate(
        &self,
        posting: &mut [Mail],
        folder: Option<&str>,
        options: &Options,
        context: &mut Context<'_, '_, '_>,
    ) -> Result<()> {
        let Some(any) = self.any() else {
            return Ok(());
        };
        let abbreviation = context.abbreviation;
        let shorten = |id: &str| Oid::from_str(id).map_or(id.to_owned(), |id| abbreviation.of(id));
        let letters: Option<Vec<Letter>> = posting
            .iter()
            .map(|mail| incoming::parse(&mail.name, mail.text.clone()))
            .collect();
        let letters = letters.unwrap_or_default();
        let covers = usize::from(letters.first().is_some_and(Letter::is_cover));
        let patches = letters.get(covers..).unwrap_or_default();
        if covers == 0 && patches.len() != 1 {
            return Err(Error::new(
                ErrorKind::Usage,
                "--range-diff and --interdiff stand in the cover letter, and there is none",
            ));
        }
        let new: Vec<Entry> = patches.iter().map(|letter| Entry::of(letter, &shorten)).collect();
        let gap = if covers == 0 { "\n" } else { "" };
        let mut text = Vec::new();
        if let Some(earlier) = &self.interdiff {
            text.extend_from_slice(format!("{gap}{}", title("Interdiff", options)).as_bytes());
            text.extend_from_slice(&earlier.interdiff(folder, covers == 0, context)?);
        }
        let (old, fates) = any.compared(folder, &new, &shorten)?;
        if self.range_diff.is_some() {
            text.extend_from_slice(format!("{gap}{}", title("Range-diff", options)).as_bytes());
            text.extend_from_slice(&range_diff::render(&old, &new, &fates)?);
        }
        let first = &mut posting[0].text;
        let at = end_of_content(first);
        first.splice(at..at, text);
        if let Some(version) = &options.reroll_count {
            let earlier: Vec<&Letter> = any.of_posting(folder).collect();
            let patches = patches.iter().zip(new.iter().zip(&fates));
            for (mail, (letter, (entry, fate))) in posting[covers..].iter_mut().zip(patches) {
                let news = match *fate {
                    Fate::New => None,
                    Fate::Changed(row) if !entry.has_change_of(&old[row]) => Some("see the range-diff"),
                    Fate::Same(row) | Fate::Changed(row) => {
                        let old = earlier[row];
                        Some(review_tags::news(old, letter, any.edited.contains(&old.name)))
                    }
                };
                let line = changelog(version, news);
                let at = letter.mail.len() - letter.patch().len() + "---\n".len();
                mail.text.splice(at..at, line.into_bytes());
            }
        }
        Ok(())
    }
}

/// What the comparison of a posting needs to know.
pub(super) struct Context<'c, 'b, 'w> {
    pub(super) base: &'c Base<'b>,
    pub(super) abbreviation: &'c Abbreviation<'w>,
    pub(super) attributes: &'c mut Attributes<'w>,
    /// The patches up to the last one of the posting, and where the posting begins.
    pub(super) patches: &'c [Patch],
    pub(super) start: usize,
}

/// Where a mail's own text ends, and its base and signature begin.
fn end_of_content(mail: &[u8]) -> usize {
    let end = mail.rfind(b"\n-- \n").map_or(mail.len(), |at| at + 1);
    match mail[..end].rfind(b"\n\n") {
        Some(at) if mail[at + 1..].starts_with(b"\nbase-commit: ") => at + 1,
        _ => end,
    }
}

/// `Range-diff against v1:` for version 2, as git has it.
fn title(what: &str, options: &Options) -> String {
    let version = options
        .reroll_count
        .as_deref()
        .and_then(|count| count.parse::<i32>().ok());
    match version {
        Some(version) if version >= 1 => format!("{what} against v{}:\n", version - 1),
        _ => format!("{what}:\n"),
    }
}

/// The line under `---` that says what is new in a patch, and the blank line behind it.
fn changelog(version: &str, news: Option<&str>) -> String {
    match news {
        None => format!("New in v{version}.\n\n"),
        Some(news) => format!("Changes in v{version}: {news}.\n\n"),
    }
}

/// The change of files as a mail would show it.
fn change_of(files: &[FileChange]) -> Result<Vec<FilePart>> {
    let abbreviation =
        Abbreviation::new(None, None, []).map_err(|error| Error::git("cannot count objects", error))?;
    let mut patch = b"---\n\n".to_vec();
    for file in files {
        let side = |data: &Arc<[u8]>| Side {
            mode: 0o100_644,
            id: Oid::zero(),
            data: data.to_vec(),
        };
        let delta = Delta {
            path: file.path.clone(),
            old: Some(side(&file.before)),
            new: Some(side(&file.after)),
        };
        patch.extend_from_slice(&delta.render(&DiffAttribute::default(), &abbreviation)?.text);
    }
    Ok(range_diff::files(&patch))
}

impl Earlier {
    fn read(flag: &str, name: &str, base: &Base<'_>, ground: &Ground<'_>, options: &Options) -> Result<Self> {
        let mut edited = BTreeSet::new();
        let letters = match Path::new(name) {
            folder if folder.is_dir() => {
                edited = folder::edited(folder)?;
                let version = options
                    .reroll_count
                    .as_deref()
                    .and_then(|count| count.parse().ok());
                incoming::read_version(folder, version.unwrap_or(usize::MAX))?
            }
            _ => Self::commits(flag, name, base, ground, options)?,
        };
        let patches = letters.into_iter().filter(|letter| !letter.is_cover());
        Ok(Self {
            name: name.to_owned(),
            edited,
            patches: patches
                .map(|letter| {
                    let parts = range_diff::files(letter.patch());
                    (letter, parts)
                })
                .collect(),
        })
    }

    fn commits(
        flag: &str,
        name: &str,
        base: &Base<'_>,
        ground: &Ground<'_>,
        options: &Options,
    ) -> Result<Vec<Letter>> {
        let wrong = |why: &str| {
            Error::new(ErrorKind::Usage, format!("{flag}={name} {why}"))
                .help("name the folder of the earlier version, its branch, or a range such as base..branch")
        };
        let repo = base
            .repository()
            .ok_or_else(|| wrong("names no folder, and there is no repository"))?;
        let (start, tip) = match name.split_once("..") {
            Some((start, tip)) => (start.to_owned(), tip),
            None if ground.footing == Footing::Commit => (ground.commit.to_string(), name),
            None => return Err(wrong("names no folder, and the series stands on no commit")),
        };
        for revision in [start.as_str(), tip] {
            if repo.revparse_single(revision).is_err() {
                return Err(wrong("names neither a folder nor commits"));
            }
        }
        let plain = Options::new(options.disclosure.clone(), options.environment.clone());
        incoming::read_range(repo.path(), &start, tip, &plain)
    }

    /// The patches that a posting is compared with: those in the folder of the same subsystem, if there are folders.
    fn of_posting(&self, folder: Option<&str>) -> impl Iterator<Item = &Letter> {
        let letters = self.patches.iter().map(|(letter, _)| letter);
        letters.filter(move |letter| is_of_posting(letter, folder))
    }

    fn compared(
        &self,
        folder: Option<&str>,
        new: &[Entry],
        shorten: &dyn Fn(&str) -> String,
    ) -> Result<(Vec<Entry>, Vec<Fate>)> {
        let old: Vec<Entry> = self
            .of_posting(folder)
            .map(|letter| Entry::of(letter, shorten))
            .collect();
        let fates = range_diff::fates(&old, new)?;
        Ok((old, fates))
    }

    /// The difference between what both versions make of the base.
    fn interdiff(
        &self,
        folder: Option<&str>,
        is_inset: bool,
        context: &mut Context<'_, '_, '_>,
    ) -> Result<Vec<u8>> {
        let mut before = Stack::on(context.base.worktree());
        let mut paths: Vec<BString> = Vec::new();
        let last = self
            .patches
            .iter()
            .rposition(|(letter, _)| is_of_posting(letter, folder));
        // A posting may need those before it, and what it gives is shown without those behind it.
        for (letter, _) in self.patches.iter().take(last.map_or(0, |last| last + 1)) {
            let touched = before.apply(letter).map_err(|why| {
                Error::new(
                    ErrorKind::Usage,
                    format!(
                        "{} of the earlier version does not apply any more: {why}",
                        letter.name
                    ),
                )
                .help("--range-diff compares versions that stand on different trees")
            })?;
            let is_own = is_of_posting(letter, folder);
            paths.extend(touched.into_iter().filter(|_| is_own).map(|touched| touched.path));
        }
        let changes = context.patches.iter().flat_map(|patch| &patch.files);
        let own = context.patches[context.start..]
            .iter()
            .flat_map(|patch| &patch.files);
        paths.extend(own.map(|change| change.path.clone()));
        paths.sort_unstable();
        paths.dedup();
        let unpatched = Stack::on(context.base.worktree());
        let mut text = Vec::new();
        for path in paths {
            let old = before.read(path.as_bstr());
            let mut new = unpatched.read(path.as_bstr());
            if let (Some(content), Some(change)) =
                (&mut new, changes.clone().rfind(|change| change.path == path))
            {
                content.data = change.after.clone();
            }
            if old == new {
                continue;
            }
            let attribute = context.attributes.of(path.as_bstr());
            let delta = Delta {
                path,
                old: old.map(side).transpose()?,
                new: new.map(side).transpose()?,
            };
            for line in delta
                .render(&attribute, context.abbreviation)?
                .text
                .lines_with_terminator()
            {
                if is_inset {
                    text.extend_from_slice(b"  ");
                }
                text.extend_from_slice(line);
            }
        }
        Ok(text)
    }
}

fn is_of_posting(letter: &Letter, folder: Option<&str>) -> bool {
    // The number in front may be another one.
    let subsystem = |folder: &str| {
        folder
            .split_once('-')
            .map_or(folder.to_owned(), |(_, name)| name.to_owned())
    };
    match (letter.posting.as_deref(), folder) {
        (Some(earlier), Some(folder)) => subsystem(earlier) == subsystem(folder),
        _ => true,
    }
}

fn side(content: Content) -> Result<Side> {
    let id = Oid::hash_object(ObjectType::Blob, &content.data);
    Ok(Side {
        mode: content.mode,
        id: id.map_err(|error| Error::git("cannot name the contents of a file", error))?,
        data: content.data.to_vec(),
    })
}
