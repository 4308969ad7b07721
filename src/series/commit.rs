//! Commits as plain values, and the objects that make them.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use bstr::{BString, ByteSlice};
use git2::{ObjectType, OdbLookupFlags, Oid, Repository};

use super::driver::split;
use super::error::{Error, Result};
use super::identity::{Identity, Person, Time};
use crate::plan::FileChange;

/// A commit, as far as a mail tells of it.
#[derive(Clone, Debug)]
pub(super) struct Commit {
    pub(super) id: Oid,
    pub(super) author: Person,
    pub(super) author_time: Time,
    pub(super) committer: Person,
    pub(super) committer_time: Time,
    /// The first paragraph in one line.
    pub(super) subject: String,
    /// What follows it, with a line break at its end unless it is empty.
    pub(super) body: String,
}

impl Commit {
    /// Reads a commit; libgit2's own signatures lose characters that git keeps.
    pub(super) fn read(repo: &Repository, id: Oid) -> Result<Self> {
        let commit = repo
            .find_commit(id)
            .map_err(|error| Error::git(format!("cannot read commit {id}"), error))?;
        let header = commit.raw_header_bytes();
        let line = |field: &str| {
            let mut lines = header.lines();
            let found = lines.find_map(|line| line.strip_prefix(field.as_bytes()));
            signature(found.unwrap_or_default())
        };
        let (author, author_time) = line("author ");
        let (committer, committer_time) = line("committer ");
        let message = String::from_utf8_lossy(commit.message_bytes()).into_owned();
        let (subject, body) = split_message(&message);
        Ok(Self {
            id,
            author,
            author_time,
            committer,
            committer_time,
            subject,
            body,
        })
    }
}

/// `Name <address> SECONDS ZONE`
fn signature(line: &[u8]) -> (Person, Time) {
    let line = String::from_utf8_lossy(line);
    let (name, rest) = line.rsplit_once(" <").unwrap_or((&line, ""));
    let (email, time) = rest.split_once("> ").unwrap_or((rest, ""));
    let (seconds, zone) = time.split_once(' ').unwrap_or((time, "+0000"));
    let zone: i32 = zone.parse().unwrap_or_default();
    let person = Person {
        name: name.to_owned(),
        email: email.to_owned(),
    };
    let time = Time {
        seconds: seconds.parse().unwrap_or_default(),
        offset_minutes: zone / 100 * 60 + zone % 100,
    };
    (person, time)
}

/// Subject and body, without white space at the ends of lines and blank lines around.
fn split_message(message: &str) -> (String, String) {
    let mut lines = message
        .lines()
        .map(str::trim_ascii_end)
        .skip_while(|line| line.is_empty());
    let subject: Vec<&str> = lines.by_ref().take_while(|line| !line.is_empty()).collect();
    let body: Vec<&str> = lines.skip_while(|line| line.is_empty()).collect();
    let body = body.join("\n");
    let body = match body.trim_ascii_end() {
        "" => String::new(),
        text => format!("{text}\n"),
    };
    (subject.join(" "), body)
}

/// Makes commits one on the other, and remembers every object that is needed for them.
pub(super) struct Chain<'a> {
    repo: &'a Repository,
    identity: &'a Identity,
    /// The last commit.
    pub(super) tip: Oid,
    /// What was made, in an order in which each object comes after those it names.
    pub(super) made: Vec<Oid>,
}

impl<'a> Chain<'a> {
    pub(super) fn new(repo: &'a Repository, identity: &'a Identity, base: Oid) -> Self {
        Self {
            repo,
            identity,
            tip: base,
            made: Vec::new(),
        }
    }

    /// Commits the changes on top of the last commit.
    pub(super) fn commit(&mut self, files: &[FileChange], message: &str) -> Result<Oid> {
        self.add(files, message)
            .map_err(|error| Error::git("cannot build a commit in memory", error))
    }

    fn add(&mut self, files: &[FileChange], message: &str) -> Result<Oid, git2::Error> {
        let tree = self.tree(files)?;
        let signature = |person: &Person, time: Time| format!("{person} {} {}", time.seconds, time.zone());
        let author = signature(&self.identity.author, self.identity.author_time);
        let committer = signature(&self.identity.committer, self.identity.committer_time);
        let parent = self.tip;
        let text =
            format!("tree {tree}\nparent {parent}\nauthor {author}\ncommitter {committer}\n\n{message}");
        self.tip = self.store(ObjectType::Commit, text.as_bytes())?;
        Ok(self.tip)
    }

    /// The tree of the last commit with other contents in these files, which it has already.
    ///
    /// The trees are written here and not by libgit2, because that marks objects of the repository as used when they
    /// are written once more: making a series would change files.
    fn tree(&mut self, files: &[FileChange]) -> Result<Oid, git2::Error> {
        let before = self.repo.find_commit(self.tip)?.tree()?;
        let mut folders: BTreeMap<BString, BTreeMap<BString, Oid>> = BTreeMap::new();
        for change in files {
            let blob = self.store(ObjectType::Blob, &change.after)?;
            let (folder, name) = split(change.path.as_bstr());
            let folder = folders.entry(folder.to_owned()).or_default();
            folder.insert(name.into(), blob);
        }
        // A folder sorts before what is in it, so the last one has nothing below it that is left to do.
        while let Some((path, entries)) = folders.pop_last() {
            let old = match path.is_empty() {
                true => before.id(),
                false => before.get_path(Path::new(OsStr::from_bytes(&path)))?.id(),
            };
            let new = self.folder(old, &entries)?;
            if path.is_empty() {
                return Ok(new);
            }
            let (parent, name) = split(path.as_bstr());
            let parent = folders.entry(parent.to_owned()).or_default();
            parent.insert(name.into(), new);
        }
        Ok(before.id())
    }

    /// A tree with other objects under some of its names.
    fn folder(&mut self, old: Oid, entries: &BTreeMap<BString, Oid>) -> Result<Oid, git2::Error> {
        let mut data = Vec::new();
        let mut found = 0;
        for entry in self.repo.find_tree(old)?.iter() {
            let new = entries.get(entry.name_bytes().as_bstr());
            found += usize::from(new.is_some());
            data.extend_from_slice(format!("{:o} ", entry.filemode_raw()).as_bytes());
            data.extend_from_slice(entry.name_bytes());
            data.push(0);
            data.extend_from_slice(new.copied().unwrap_or(entry.id()).as_bytes());
        }
        if found != entries.len() {
            return Err(git2::Error::from_str("a file of the plan is not in the base"));
        }
        self.store(ObjectType::Tree, &data)
    }

    fn store(&mut self, kind: ObjectType, data: &[u8]) -> Result<Oid, git2::Error> {
        let odb = self.repo.odb()?;
        let id = Oid::hash_object(kind, data)?;
        if !odb.exists_ext(id, OdbLookupFlags::NO_REFRESH) {
            odb.write(kind, data)?;
        }
        self.made.push(id);
        Ok(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_split_as_git_splits_them() {
        let split = |text| split_message(text);
        assert_eq!(
            split("\n a\nb \n\n\nc  \n\n d\n\n"),
            (" a b".into(), "c\n\n d\n".into())
        );
        assert_eq!(split("only"), ("only".into(), String::new()));
        assert_eq!(split(""), (String::new(), String::new()));
    }

    #[test]
    fn signatures_keep_every_character() {
        let (person, time) = signature(b"A. B. <a@b> 12 -0130");
        assert_eq!((person.name.as_str(), person.email.as_str()), ("A. B.", "a@b"));
        assert_eq!((time.seconds, time.offset_minutes), (12, -90));
    }
}
