//! What a series is made on: a commit, or a tree that no commit holds.
//!
//! New objects go to a store in memory that lies in front of the repository's own, so that nothing of the
//! repository is written before somebody asks for a branch.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::Arc;

use bstr::{BStr, BString, ByteSlice};
use git2::build::TreeUpdateBuilder;
use git2::{FileMode, ObjectType, Odb, Oid, Repository};

use super::check_out::check_out;
use super::error::{Error, ErrorKind, Result};
use super::prefix::{History, Limits, walk};
use super::quote;
use crate::plan::Plan;
use crate::worktree::Worktree;

/// Where libgit2 looks first: the packs and loose objects of a repository have 2 and 1.
const BEFORE_THE_DISK: i32 = 1000;

/// The tree that a series starts from.
pub struct Base<'a> {
    worktree: &'a Worktree,
    repo: Option<Repository>,
    start: Start,
}

/// What the series may stand on.
enum Start {
    /// This commit and nothing else.
    Commit(Oid),
    /// This commit, as long as the files of the plan lie in the folder as committed.
    Head(Oid),
    /// The tree by itself.
    Tree,
}

/// What a series stands on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Footing {
    /// A commit of the repository.
    Commit,
    /// No commit has it as its tree: the folder is no top of a git repository, or has changes in the files of the
    /// series that are not committed.
    Tree,
}

/// A base with its commit: one of the repository, or one that exists in memory only.
pub(super) struct Ground<'a> {
    pub(super) repo: RepoRef<'a>,
    pub(super) commit: Oid,
    pub(super) footing: Footing,
    /// Where the files are read that no commit in reach has.
    files: Option<&'a Worktree>,
}

/// The repository that new objects are put in.
pub(super) enum RepoRef<'a> {
    Given(&'a Repository),
    Scratch(Repository),
}

impl std::ops::Deref for RepoRef<'_> {
    type Target = Repository;

    fn deref(&self) -> &Repository {
        match self {
            Self::Given(repo) => repo,
            Self::Scratch(repo) => repo,
        }
    }
}

impl<'a> Base<'a> {
    /// The tree that a plan was made from.
    ///
    /// A revision of a repository stands on its commit. The top of a git work tree stands on `HEAD` as long as the
    /// files of the plan are as committed. Anything else stands on itself: such a series has no base commit.
    pub fn of(worktree: &'a Worktree) -> Result<Self> {
        let failed = |error| Error::git("cannot open the git repository", error);
        let repo = worktree
            .git_dir()
            .map(Repository::open)
            .transpose()
            .map_err(failed)?;
        let Some(repo) = repo else {
            return Ok(Self {
                worktree,
                repo: None,
                start: Start::Tree,
            });
        };
        put_memory_in_front(&repo)?;
        let commit = worktree
            .base_commit()
            .map_err(|error| Error::new(ErrorKind::Repository, "cannot read HEAD").caused_by(error))?;
        let commit = commit
            .map(|name| Oid::from_str(&name))
            .transpose()
            .map_err(failed)?;
        let start = match (commit, worktree.revision()) {
            _ if !worktree.is_top_level() => Start::Tree,
            (Some(commit), Some(_)) => Start::Commit(commit),
            (Some(commit), None) => Start::Head(commit),
            (None, _) => Start::Tree,
        };
        Ok(Self {
            worktree,
            repo: Some(repo),
            start,
        })
    }

    /// The commits that say how subjects are written around some files; none for a tree that stands on itself.
    pub fn history(&self, paths: &[BString]) -> Result<History> {
        match (&self.start, &self.repo) {
            (Start::Commit(commit) | Start::Head(commit), Some(repo)) => {
                walk(repo, *commit, paths, Limits::default())
                    .map_err(|error| Error::git("cannot read the history", error))
            }
            _ => Ok(History::default()),
        }
    }

    /// Writes the tree of the commit into an empty folder, without a word in the repository.
    pub fn check_out(&self, folder: &Path) -> Result<()> {
        let (Start::Commit(commit) | Start::Head(commit), Some(repo)) = (&self.start, &self.repo) else {
            return Err(Error::new(ErrorKind::Repository, "the tree is no git repository"));
        };
        check_out(repo, *commit, folder)
    }

    /// The tree as it was read.
    pub(super) fn worktree(&self) -> &'a Worktree {
        self.worktree
    }

    /// The repository around the tree, when there is one.
    pub(super) fn repository(&self) -> Option<&Repository> {
        self.repo.as_ref()
    }

    /// The tree, from the top of the repository around it; nothing when it is the top, or no repository has it.
    pub(super) fn below(&self) -> Option<&BStr> {
        let prefix = self.worktree.prefix();
        (!prefix.is_empty()).then_some(prefix)
    }

    /// Files in the folder that differ from `HEAD`; none when the series was not made from a folder.
    pub(super) fn uncommitted(&self) -> Result<Vec<BString>> {
        self.worktree.dirty(None).map_err(|error| {
            Error::new(ErrorKind::Repository, "cannot compare the folder with HEAD").caused_by(error)
        })
    }

    /// Decides what to stand on, and checks that it holds what the plan was made from.
    pub(super) fn ground(&self, plan: &Plan) -> Result<Ground<'_>> {
        let befores = befores(plan)?;
        match (&self.start, &self.repo) {
            (Start::Commit(commit), Some(repo)) => {
                if let Some(path) = uncommitted(repo, *commit, &befores)? {
                    return Err(stale(path.as_bstr()));
                }
                Ok(Ground::of_commit(repo, *commit))
            }
            (Start::Head(commit), Some(repo)) if uncommitted(repo, *commit, &befores)?.is_none() => {
                Ok(Ground::of_commit(repo, *commit))
            }
            _ => self.in_memory(&befores),
        }
    }

    /// A commit in memory that holds the files of the plan as they lie in the tree. The other files cannot show up
    /// in a patch, so they need not be read.
    fn in_memory(&self, befores: &Befores<'_>) -> Result<Ground<'_>> {
        let repo = scratch()?;
        let failed = |error| Error::git("cannot build the base in memory", error);
        let mut update = TreeUpdateBuilder::new();
        for (path, before) in befores {
            let (data, mode) = self.worktree.read_with_mode(path.as_bstr()).map_err(|error| {
                let what = format!("cannot read {} again", quote::path(path.as_bstr()));
                Error::new(ErrorKind::Repository, what).caused_by(error)
            })?;
            if data != before.as_ref() {
                return Err(stale(path.as_bstr()));
            }
            let id = repo.blob(before).map_err(failed)?;
            update.upsert(path.as_slice(), id, file_mode(mode.bits()));
        }
        let empty = repo
            .treebuilder(None)
            .and_then(|builder| builder.write())
            .and_then(|id| repo.find_tree(id))
            .map_err(failed)?;
        let tree = update.create_updated(&repo, &empty).map_err(failed)?;
        drop(empty);
        let root = format!(
            "tree {tree}\nauthor base <base@localhost> 0 +0000\n\
             committer base <base@localhost> 0 +0000\n\nThe tree as it stands.\n"
        );
        let commit = repo
            .odb()
            .and_then(|odb| odb.write(ObjectType::Commit, root.as_bytes()))
            .map_err(failed)?;
        Ok(Ground {
            repo: RepoRef::Scratch(repo),
            commit,
            footing: Footing::Tree,
            files: Some(self.worktree),
        })
    }
}

impl<'a> Ground<'a> {
    /// A commit of a repository.
    pub(super) fn of_commit(repo: &'a Repository, commit: Oid) -> Self {
        Self {
            repo: RepoRef::Given(repo),
            commit,
            footing: Footing::Commit,
            files: None,
        }
    }

    /// A file of the base, also one that the plan does not touch; `None` when there is none.
    pub(super) fn read(&self, path: &BStr) -> Option<Vec<u8>> {
        if let Some(files) = self.files {
            return files.read(path).ok();
        }
        if !is_safe(path) {
            return None;
        }
        let tree = tree_of(&self.repo, self.commit).ok()?;
        let entry = tree.get_path(Path::new(OsStr::from_bytes(path))).ok()?;
        let blob = self.repo.find_blob(entry.id()).ok()?;
        Some(blob.content().to_vec())
    }
}

type Befores<'a> = BTreeMap<&'a BString, Arc<[u8]>>;

/// The contents that the plan starts from, file by file.
fn befores(plan: &Plan) -> Result<Befores<'_>> {
    let mut befores = Befores::new();
    let mut atoms: Vec<_> = plan.atoms.iter().collect();
    atoms.sort_by_key(|atom| atom.phase);
    for change in atoms.into_iter().flat_map(|atom| &atom.files) {
        if !is_safe(change.path.as_bstr()) {
            let path = quote::path(change.path.as_bstr());
            let what = format!("git can have no file {path}, so no patch can change it");
            return Err(Error::new(ErrorKind::Repository, what));
        }
        let before = || change.before.clone();
        befores.entry(&change.path).or_insert_with(before);
    }
    Ok(befores)
}

/// The first file whose contents in `commit` are not those that the plan starts from.
fn uncommitted(repo: &Repository, commit: Oid, befores: &Befores<'_>) -> Result<Option<BString>> {
    let tree = tree_of(repo, commit)?;
    for (path, before) in befores {
        let entry = tree.get_path(Path::new(OsStr::from_bytes(path))).ok();
        let id = Oid::hash_object(ObjectType::Blob, before)
            .map_err(|error| Error::git("cannot hash a file", error))?;
        // A link has its target as contents; it is no file that a patch may write to.
        let is_same =
            |entry: &git2::TreeEntry<'_>| entry.id() == id && entry.filemode() & 0o170_000 == 0o100_000;
        if !entry.is_some_and(|entry| is_same(&entry)) {
            return Ok(Some((*path).clone()));
        }
    }
    Ok(None)
}

fn stale(path: &BStr) -> Error {
    let what = format!("{} changed while it was read", quote::path(path));
    Error::new(ErrorKind::Stale, what).help("run the command again")
}

/// Whether a path stays inside of its tree and can be a path in git.
pub(super) fn is_safe(path: &BStr) -> bool {
    let is_safe = |part: &[u8]| !matches!(part, b"" | b"." | b"..") && !part.eq_ignore_ascii_case(b".git");
    !path.contains(&0) && path.split(|&byte| byte == b'/').all(is_safe)
}

pub(super) fn tree_of(repo: &Repository, commit: Oid) -> Result<git2::Tree<'_>> {
    repo.find_commit(commit)
        .and_then(|commit| commit.tree())
        .map_err(|error| Error::git(format!("cannot read the tree of commit {commit}"), error))
}

fn file_mode(mode: u32) -> FileMode {
    match mode & 0o100 {
        0 => FileMode::Blob,
        _ => FileMode::BlobExecutable,
    }
}

pub(super) fn scratch() -> Result<Repository> {
    let failed = |error| Error::git("cannot make a repository in memory", error);
    let repo = Odb::new().and_then(Repository::from_odb).map_err(failed)?;
    put_memory_in_front(&repo)?;
    Ok(repo)
}

fn put_memory_in_front(repo: &Repository) -> Result<()> {
    repo.odb()
        .and_then(|odb| odb.add_new_mempack_backend(BEFORE_THE_DISK).map(drop))
        .map_err(|error| Error::git("cannot open the repository's objects", error))
}
