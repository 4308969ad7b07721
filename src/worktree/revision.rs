//! Lists and reads a git revision out of the object database; nothing is checked out.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use bstr::{BStr, BString, ByteSlice};
use git2::{ErrorCode, ObjectType, Oid, Repository, Tree};
use rayon::prelude::*;

use super::FileMode;
use super::beneath::{self, SIZE_LIMIT};
use super::error::{ReadErrorKind, WorktreeError};
use super::listing::{FileName, Folder, Listing, MAX_FILES, MAX_PATH, SkipReason, Skipped, join};
use crate::diagnostics::{Diagnostic, Severity};

/// Open handles of one repository: libgit2's may not be shared between threads, so each
/// borrower gets one of its own.
pub struct Pool {
    git_dir: PathBuf,
    idle: Mutex<Vec<Repository>>,
}

impl Pool {
    /// A pool that starts with one handle.
    pub fn new(repository: Repository) -> Self {
        // Like git, libgit2 need not hash each object that it reads: that would take half of the
        // time, and a damaged one is found by zlib's checksum.
        git2::opts::strict_hash_verification(false);
        Self {
            git_dir: repository.path().to_path_buf(),
            idle: Mutex::new(vec![repository]),
        }
    }

    /// Runs `work` with a handle.
    pub fn with<T>(
        &self,
        work: impl FnOnce(&Repository) -> Result<T, git2::Error>,
    ) -> Result<T, git2::Error> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let repository = match idle {
            Some(repository) => repository,
            None => Repository::open(&self.git_dir)?,
        };
        let result = work(&repository);
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.push(repository);
        result
    }

    /// The git directory.
    pub fn git_dir(&self) -> &PathBuf {
        &self.git_dir
    }

    /// A failure of libgit2 as an error of the tree.
    pub fn error(&self, error: git2::Error) -> WorktreeError {
        WorktreeError::Repository {
            path: self.git_dir.clone(),
            reason: error.message().to_owned(),
        }
    }
}

/// The tree of a revision.
pub struct Revision {
    /// As the user named it.
    pub name: String,
    /// The commit it means.
    pub commit: Oid,
    tree: Oid,
}

/// A folder that is still to be read.
struct Job {
    path: BString,
    tree: Oid,
}

impl Revision {
    /// Finds the commit that `name` means, and the tree at `prefix` in it.
    pub fn resolve(pool: &Pool, name: &str, prefix: &BStr) -> Result<Self, WorktreeError> {
        let bad = |error: git2::Error| WorktreeError::BadRevision {
            revision: name.to_owned(),
            reason: error.message().to_owned(),
        };
        pool.with(|repository| {
            let found = repository
                .revparse_single(name)
                .and_then(|object| object.peel_to_commit());
            let commit = match found {
                Ok(commit) => commit,
                Err(error) => return Ok(Err(bad(error))),
            };
            let top = commit.tree()?;
            let tree = match prefix.is_empty() {
                true => Some(top.id()),
                false => find(repository, top, prefix)?
                    .filter(|found| found.kind == Some(ObjectType::Tree))
                    .map(|found| found.id),
            };
            Ok(match tree {
                Some(tree) => Ok(Self {
                    name: name.to_owned(),
                    commit: commit.id(),
                    tree,
                }),
                None => Err(WorktreeError::NoFolderInRevision {
                    revision: name.to_owned(),
                    folder: prefix.into(),
                }),
            })
        })
        .map_err(|error| pool.error(error))?
    }

    /// Lists all files at or below the paths, which are plain and disjoint.
    pub fn list(&self, pool: &Pool, under: &[BString]) -> Result<Listing, WorktreeError> {
        let mut listing = Listing::default();
        let mut jobs = Vec::new();
        for path in under {
            self.start(pool, path, &mut listing, &mut jobs)?;
        }
        // Level by level, not by recursion: the stack has to stay bounded.
        while !jobs.is_empty() {
            let steps: Vec<_> = jobs
                .par_iter()
                .map(|job| pool.with(|repository| read_tree(repository, job)))
                .collect();
            let mut next = Vec::new();
            for (step, job) in steps.into_iter().zip(&jobs) {
                match step {
                    Ok((part, more)) => {
                        listing.add(part);
                        next.extend(more);
                    }
                    Err(error) => listing.diagnostics.push(unreadable(job, &error)),
                }
            }
            jobs = next;
            if listing.len() + jobs.len() > MAX_FILES {
                return Err(WorktreeError::TooManyFiles { limit: MAX_FILES });
            }
        }
        listing.sort();
        Ok(listing)
    }

    fn start(
        &self,
        pool: &Pool,
        path: &BString,
        listing: &mut Listing,
        jobs: &mut Vec<Job>,
    ) -> Result<(), WorktreeError> {
        let mut job = Job {
            path: path.clone(),
            tree: self.tree,
        };
        if !path.is_empty() {
            let found = pool
                .with(|repository| find(repository, repository.find_tree(self.tree)?, path.as_bstr()))
                .map_err(|error| pool.error(error))?
                .ok_or_else(|| WorktreeError::NoSuchPath { path: path.clone() })?;
            match (found.kind, FileMode::of(found.mode)) {
                (Some(ObjectType::Tree), _) => job.tree = found.id,
                (Some(ObjectType::Blob), Some(mode)) => {
                    let (folder, name) = beneath::split(path.as_bstr());
                    listing.folders.push(Folder {
                        path: folder.into(),
                        files: vec![FileName {
                            name: name.into(),
                            blob: Some(found.id),
                            mode: Some(mode),
                        }],
                    });
                    return Ok(());
                }
                (Some(ObjectType::Blob), None) => {
                    return Err(WorktreeError::Linked { path: path.clone() });
                }
                _ => return Err(WorktreeError::NotRegular { path: path.clone() }),
            }
        }
        jobs.push(job);
        Ok(())
    }

    /// Finds a file by its path.
    pub fn blob(&self, pool: &Pool, path: &BStr) -> Result<(Oid, FileMode), ReadErrorKind> {
        if !beneath::is_plain(path) {
            return Err(ReadErrorKind::OutOfTree);
        }
        let found = pool
            .with(|repository| find(repository, repository.find_tree(self.tree)?, path))
            .map_err(|error| ReadErrorKind::Object(error.message().to_owned()))?
            .ok_or(ReadErrorKind::NotFound)?;
        match (found.kind, FileMode::of(found.mode)) {
            (Some(ObjectType::Blob), Some(mode)) => Ok((found.id, mode)),
            (Some(ObjectType::Blob), None) => Err(ReadErrorKind::Symlink),
            _ => Err(ReadErrorKind::NotRegular),
        }
    }
}

/// Gives the contents of a blob to `use_text` without a copy.
pub fn with_blob<T>(pool: &Pool, id: Oid, use_text: impl FnOnce(&[u8]) -> T) -> Result<T, ReadErrorKind> {
    let mut use_text = Some(use_text);
    let result = pool.with(|repository| {
        // The size is asked for first, as reading allocates all of it.
        let (size, _) = repository.odb()?.read_header(id)?;
        if size as u64 > SIZE_LIMIT {
            return Ok(None);
        }
        let blob = repository.find_blob(id)?;
        Ok(use_text.take().map(|use_text| use_text(blob.content())))
    });
    result
        .map_err(|error| ReadErrorKind::Object(error.message().to_owned()))?
        .ok_or(ReadErrorKind::TooLarge)
}

struct Found {
    id: Oid,
    kind: Option<ObjectType>,
    mode: u32,
}

/// Goes down a path, name by name; `None` when it does not exist.
fn find<'r>(
    repository: &'r Repository,
    mut tree: Tree<'r>,
    path: &BStr,
) -> Result<Option<Found>, git2::Error> {
    let mut names = path.split(|&byte| byte == b'/').peekable();
    while let Some(name) = names.next() {
        let Some(entry) = tree.iter().find(|entry| entry.name_bytes() == name) else {
            return Ok(None);
        };
        let found = Found {
            id: entry.id(),
            kind: entry.kind(),
            mode: entry.filemode_raw() as u32,
        };
        drop(entry);
        if names.peek().is_none() {
            return Ok(Some(found));
        }
        tree = match repository.find_tree(found.id) {
            Ok(tree) => tree,
            // The name before the last one is a file.
            Err(_) if found.kind != Some(ObjectType::Tree) => return Ok(None),
            Err(error) => return Err(error),
        };
    }
    Ok(None)
}

fn read_tree(repository: &Repository, job: &Job) -> Result<(Listing, Vec<Job>), git2::Error> {
    let tree = repository.find_tree(job.tree)?;
    let mut listing = Listing::default();
    let mut jobs = Vec::new();
    let mut folder = Folder {
        path: job.path.clone(),
        files: Vec::new(),
    };
    for entry in tree.iter() {
        let name = BStr::new(entry.name_bytes());
        let path = join(job.path.as_bstr(), name);
        // git refuses to check such names out, but an object can hold them.
        if !beneath::is_plain(name) || name.eq_ignore_ascii_case(b".git") || path.len() > MAX_PATH {
            let text = "the revision holds a name that git would not check out";
            listing
                .diagnostics
                .push(Diagnostic::new(Severity::Warning, "bad-name", text).in_file(job.path.clone()));
            continue;
        }
        let skip = match (entry.kind(), FileMode::of(entry.filemode_raw() as u32)) {
            (Some(ObjectType::Tree), _) => {
                jobs.push(Job {
                    path,
                    tree: entry.id(),
                });
                continue;
            }
            (Some(ObjectType::Blob), Some(mode)) => {
                folder.files.push(FileName {
                    name: name.into(),
                    blob: Some(entry.id()),
                    mode: Some(mode),
                });
                continue;
            }
            (Some(ObjectType::Commit), _) => SkipReason::Submodule,
            (Some(ObjectType::Blob), None) => SkipReason::Symlink,
            _ => SkipReason::Special,
        };
        listing.skipped.push(Skipped { path, reason: skip });
    }
    folder.files.sort_unstable();
    listing.folders.push(folder);
    Ok((listing, jobs))
}

fn unreadable(job: &Job, error: &git2::Error) -> Diagnostic {
    let help = match error.code() {
        ErrorCode::NotFound => "a partial clone may have to fetch it: git fetch --refetch",
        _ => "`git fsck` tells more",
    };
    let place: &[u8] = if job.path.is_empty() { b"." } else { &job.path };
    Diagnostic::new(
        Severity::Error,
        "unreadable-object",
        format!(
            "{} can't be read from the repository: {}",
            BStr::new(place),
            error.message()
        ),
    )
    .in_file(place)
    .help(help)
}
