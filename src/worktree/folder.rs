//! Lists a folder as it stands: a walk that knows git's index and ignore rules.

use std::collections::BTreeMap;
use std::fs::File;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;

use bstr::{BStr, BString, ByteSlice};
use rayon::prelude::*;
use rustix::fs::{AtFlags, Dir, FileType};
use rustix::io::Errno;

use super::beneath;
use super::error::{ReadError, ReadErrorKind, WorktreeError};
use super::ignored::{FolderRules, IgnoreRoot};
use super::listing::{FileName, Folder, Listing, MAX_FILES, MAX_PATH, SkipReason, Skipped, join};
use super::tracked::{Tracked, TrackedFolder};
use crate::diagnostics::{Diagnostic, Severity};

/// Where a run that was killed keeps its journal when there is no git directory; no file of the tree.
pub(crate) const JOURNAL_FOLDER: &str = ".respin-journal";

/// What the walk knows of the repository around the tree.
pub struct Versioned {
    /// What the index tracks.
    pub tracked: Tracked,
    /// The ignore rules.
    pub rules: Arc<IgnoreRoot>,
    /// The tree, from the top of the repository; empty when it is the top.
    pub prefix: BString,
}

impl Versioned {
    /// A path of the tree, from the top of the repository.
    fn outer(&self, path: &BStr) -> BString {
        match path.is_empty() {
            true => self.prefix.clone(),
            false => join(self.prefix.as_bstr(), path),
        }
    }
}

/// One walk through a folder.
pub struct Walk<'a> {
    root: &'a OwnedFd,
    versioned: Option<&'a Versioned>,
}

/// A folder that is still to be read.
struct Job {
    path: BString,
    rules: Option<Arc<FolderRules>>,
}

/// What reading one folder gave.
#[derive(Default)]
struct Step {
    listing: Listing,
    jobs: Vec<Job>,
    tracked: usize,
}

impl<'a> Walk<'a> {
    /// A walk below `root`, which is open.
    pub fn new(root: &'a OwnedFd, versioned: Option<&'a Versioned>) -> Self {
        Self { root, versioned }
    }

    /// Lists all files at or below the paths, which are plain and disjoint.
    ///
    /// What the user names counts even if git ignores it.
    pub fn list(&self, under: &[BString]) -> Result<Listing, WorktreeError> {
        let mut listing = Listing::default();
        let mut single = BTreeMap::<&BStr, Vec<FileName>>::new();
        let mut jobs = Vec::new();
        let mut tracked = 0;
        for path in under {
            if self.is_file(path)? {
                let (folder, name) = beneath::split(path.as_bstr());
                let in_folder = self.tracked_in(folder);
                let known = in_folder.and_then(|in_folder| in_folder.find(name));
                tracked += usize::from(known.is_some());
                let files = single.entry(folder).or_default();
                files.push(file_name(name, in_folder, known));
            } else {
                jobs.push(self.start(path.clone()));
            }
        }
        let single = single.into_iter().map(|(path, files)| Folder {
            path: path.into(),
            files,
        });
        listing.folders.extend(single);
        // Folder by folder of one depth, not by recursion: the stack has to stay bounded.
        while !jobs.is_empty() {
            let steps: Vec<Step> = jobs.into_par_iter().map(|job| self.step(&job)).collect();
            jobs = Vec::new();
            for step in steps {
                listing.add(step.listing);
                jobs.extend(step.jobs);
                tracked += step.tracked;
            }
            if listing.len() + jobs.len() > MAX_FILES {
                return Err(WorktreeError::TooManyFiles { limit: MAX_FILES });
            }
        }
        listing.sort();
        self.find_missing(under, tracked, &mut listing);
        Ok(listing)
    }

    /// Looks at a path the user named: a file (true), a folder, or an error.
    fn is_file(&self, path: &BString) -> Result<bool, WorktreeError> {
        if path.is_empty() {
            return Ok(false);
        }
        let error = |errno| match errno {
            Errno::NOENT | Errno::NAMETOOLONG => WorktreeError::NoSuchPath { path: path.clone() },
            Errno::LOOP => WorktreeError::Linked { path: path.clone() },
            errno => WorktreeError::Unreadable {
                path: path.clone(),
                reason: std::io::Error::from(errno).to_string(),
            },
        };
        let (folder, name) = beneath::split(path.as_bstr());
        let folder = beneath::open_folder(self.root, folder).map_err(|errno| match errno {
            // Either a link or a file on the way; following links tells them apart.
            Errno::NOTDIR => {
                let stat = rustix::fs::statat(self.root, folder.as_bytes(), AtFlags::empty());
                let mode = stat.map_or(FileType::Unknown, |stat| FileType::from_raw_mode(stat.st_mode));
                match mode {
                    FileType::Directory => error(Errno::LOOP),
                    _ => error(Errno::NOENT),
                }
            }
            errno => error(errno),
        })?;
        let stat = rustix::fs::statat(folder, name.as_bytes(), AtFlags::SYMLINK_NOFOLLOW).map_err(error)?;
        match FileType::from_raw_mode(stat.st_mode) {
            FileType::RegularFile => Ok(true),
            FileType::Directory => Ok(false),
            FileType::Symlink => Err(WorktreeError::Linked { path: path.clone() }),
            _ => Err(WorktreeError::NotRegular { path: path.clone() }),
        }
    }

    fn start(&self, path: BString) -> Job {
        let rules = self
            .versioned
            .map(|versioned| FolderRules::start(&versioned.rules, versioned.outer(path.as_bstr()).as_bstr()));
        Job { path, rules }
    }

    fn tracked_in(&self, folder: &BStr) -> Option<TrackedFolder<'a>> {
        let versioned = self.versioned?;
        Some(versioned.tracked.folder(versioned.outer(folder).as_bstr()))
    }

    /// Reads one folder.
    fn step(&self, job: &Job) -> Step {
        let mut step = Step::default();
        if let Err(errno) = self.read_folder(job, &mut step) {
            let kind = ReadErrorKind::Io(errno.into());
            let place: &[u8] = if job.path.is_empty() { b"." } else { &job.path };
            let error = ReadError::new(place, kind);
            step.listing.diagnostics.push(error.diagnostic());
        }
        step
    }

    fn read_folder(&self, job: &Job, step: &mut Step) -> Result<(), Errno> {
        let mut dir = Dir::new(beneath::open_folder(self.root, job.path.as_bstr())?)?;
        let tracked = self.tracked_in(job.path.as_bstr());
        let mut folder = Folder {
            path: job.path.clone(),
            files: Vec::new(),
        };
        let mut is_repository = false;
        while let Some(entry) = dir.read() {
            let entry = entry?;
            let name = BStr::new(entry.file_name().to_bytes());
            if name == "." || name == ".." || name == JOURNAL_FOLDER {
                continue;
            }
            if name == ".git" {
                is_repository = true;
                continue;
            }
            match file_type(&dir, name, entry.file_type()) {
                FileType::RegularFile => {
                    let known = tracked.and_then(|tracked| tracked.find(name));
                    if known.is_some() {
                        step.tracked += 1;
                    } else if self.ignores(job, name, false) {
                        continue;
                    }
                    folder.files.push(file_name(name, tracked, known));
                }
                FileType::Directory => self.see_folder(job, name, step),
                FileType::Symlink => {
                    let known = tracked.and_then(|tracked| tracked.find(name));
                    step.tracked += usize::from(known.is_some());
                    step.skip(job, name, SkipReason::Symlink);
                }
                // It went away since the folder was read.
                FileType::Unknown => {}
                _ => step.skip(job, name, SkipReason::Special),
            }
        }
        if is_repository && self.is_foreign(job.path.as_bstr()) {
            *step = Step::default();
            step.listing.skipped.push(Skipped {
                path: job.path.clone(),
                reason: SkipReason::NestedRepository,
            });
            return Ok(());
        }
        folder.files.sort_unstable();
        step.listing.folders.push(folder);
        Ok(())
    }

    fn see_folder(&self, job: &Job, name: &BStr, step: &mut Step) {
        let path = join(job.path.as_bstr(), name);
        if path.len() > MAX_PATH {
            let mut diagnostic = Diagnostic::new(
                Severity::Warning,
                "path-too-long",
                "a folder is nested too deep to be read",
            );
            diagnostic.path = Some(job.path.clone());
            step.listing.diagnostics.push(diagnostic);
            return;
        }
        let rules = match (self.versioned, &job.rules) {
            (Some(versioned), Some(rules)) => {
                let outer = versioned.outer(path.as_bstr());
                if versioned.tracked.is_submodule(outer.as_bstr()) {
                    return step.skip(job, name, SkipReason::Submodule);
                }
                let tracked = versioned.tracked.has_folder(outer.as_bstr());
                if !tracked && rules.ignores(outer.as_bstr(), true) {
                    return;
                }
                Some(rules.enter(outer.as_bstr()))
            }
            _ => None,
        };
        step.jobs.push(Job { path, rules });
    }

    fn ignores(&self, job: &Job, name: &BStr, is_folder: bool) -> bool {
        match (self.versioned, &job.rules) {
            (Some(versioned), Some(rules)) => {
                let outer = join(versioned.outer(job.path.as_bstr()).as_bstr(), name);
                rules.ignores(outer.as_bstr(), is_folder)
            }
            _ => false,
        }
    }

    /// Whether a repository in `folder` is none of the outer one's business.
    fn is_foreign(&self, folder: &BStr) -> bool {
        self.versioned.is_some_and(|versioned| {
            let outer = versioned.outer(folder);
            !folder.is_empty() && !versioned.tracked.has_folder(outer.as_bstr())
        })
    }

    /// Names the tracked files that the walk did not meet; only looks when the count differs.
    fn find_missing(&self, under: &[BString], met: usize, listing: &mut Listing) {
        let Some(versioned) = self.versioned else {
            return;
        };
        let outer: Vec<BString> = under.iter().map(|path| versioned.outer(path.as_bstr())).collect();
        let tracked = || {
            let each = outer.iter();
            each.flat_map(|path| versioned.tracked.below(path.as_bstr()))
        };
        if tracked().count() == met {
            return;
        }
        let there = listing.files();
        let skip = match versioned.prefix.len() {
            0 => 0,
            length => length + 1,
        };
        listing.missing = tracked()
            .map(|path| path[skip..].as_bstr())
            .filter(|path| {
                let found = there.binary_search_by(|entry| entry.path.as_bstr().cmp(path));
                let link = listing
                    .skipped
                    .binary_search_by(|skipped| skipped.path.as_bstr().cmp(path));
                found.is_err() && link.is_err()
            })
            .map(BString::from)
            .collect();
        listing.missing.sort_unstable();
    }
}

impl Step {
    fn skip(&mut self, job: &Job, name: &BStr, reason: SkipReason) {
        self.listing.skipped.push(Skipped {
            path: join(job.path.as_bstr(), name),
            reason,
        });
    }
}

fn file_name(name: &BStr, tracked: Option<TrackedFolder<'_>>, known: Option<u32>) -> FileName {
    FileName {
        name: name.into(),
        blob: None,
        mode: tracked
            .zip(known)
            .and_then(|(tracked, number)| tracked.mode(number)),
    }
}

/// Some file systems do not tell the type while listing.
fn file_type(dir: &Dir, name: &BStr, listed: FileType) -> FileType {
    if listed != FileType::Unknown {
        return listed;
    }
    let stat = dir
        .fd()
        .and_then(|fd| rustix::fs::statat(fd, name.as_bytes(), AtFlags::SYMLINK_NOFOLLOW));
    stat.map_or(FileType::Unknown, |stat| FileType::from_raw_mode(stat.st_mode))
}

/// Reads one file of the tree.
pub fn read(root: impl AsFd, path: &BStr) -> Result<(Vec<u8>, std::fs::Metadata), ReadErrorKind> {
    if !beneath::is_plain(path) {
        return Err(ReadErrorKind::OutOfTree);
    }
    let file: File = beneath::open(root, path)?;
    beneath::read_whole(&file)
}
