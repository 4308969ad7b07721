//! Facts about the repository around a tree: where it is, what is checked out, what differs.

use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use bstr::{BStr, BString, ByteSlice};
use git2::{ErrorCode, Repository, RepositoryOpenFlags, RepositoryState, Status, StatusOptions};

use super::FileMode;
use super::error::{ReadErrorKind, WorktreeError};
use super::listing::join;
use super::revision::Pool;

/// A repository that was found, and where the tree is in it.
pub struct Found {
    /// Ways into it.
    pub pool: Pool,
    /// Top of the checked-out files; `None` for a bare repository.
    pub top: Option<PathBuf>,
    /// The tree, from the top; empty when the tree is the top.
    pub prefix: BString,
}

/// Searches for a repository from `dir` upwards, as git does.
pub fn discover(dir: &Path) -> Result<Option<Found>, WorktreeError> {
    let ceilings = std::env::var_os("GIT_CEILING_DIRECTORIES").unwrap_or_default();
    let ceilings = std::env::split_paths(&ceilings).filter(|path| path.is_absolute());
    let flags = RepositoryOpenFlags::empty();
    let repository = match Repository::open_ext(dir, flags, ceilings) {
        Ok(repository) => repository,
        Err(error) if error.code() == ErrorCode::NotFound => return Ok(None),
        Err(error) => {
            return Err(WorktreeError::Repository {
                path: dir.to_path_buf(),
                reason: error.message().to_owned(),
            });
        }
    };
    let top = repository.workdir().filter(|_| !is_inside_bare(&repository, dir));
    let Some(top) = top.map(Path::to_path_buf) else {
        return Ok(Some(Found {
            pool: Pool::new(repository),
            top: None,
            prefix: BString::default(),
        }));
    };
    let Some(prefix) = prefix(dir, &top) else {
        return Ok(None);
    };
    if !prefix.is_empty() && !speaks_for(&repository, &prefix)? {
        return Ok(None);
    }
    Ok(Some(Found {
        pool: Pool::new(repository),
        top: Some(top),
        prefix,
    }))
}

/// Without `core.bare`, libgit2 takes the folder above any git directory for its files; git does so
/// only when the directory is called `.git`.
fn is_inside_bare(repository: &Repository, dir: &Path) -> bool {
    let git_dir = repository.path();
    let set = repository
        .config()
        .and_then(|config| config.get_bool("core.bare"));
    set.is_err() && git_dir.file_name() != Some(".git".as_ref()) && dir.starts_with(git_dir)
}

/// The path of `dir` from `top`; `None` when it is not among the checked-out files.
fn prefix(dir: &Path, top: &Path) -> Option<BString> {
    let dir = dir.canonicalize().ok()?;
    let top = top.canonicalize().ok()?;
    let prefix = dir.strip_prefix(&top).ok()?;
    let inside_git = prefix.components().any(|name| name.as_os_str() == ".git");
    (!inside_git).then(|| prefix.as_os_str().as_bytes().into())
}

/// A folder that the repository around it ignores, and of which it tracks nothing, is not part
/// of it: such are a kernel unpacked in a build folder, or in a home folder kept in git.
fn speaks_for(repository: &Repository, prefix: &BString) -> Result<bool, WorktreeError> {
    let check = || {
        let mut folder = prefix.to_vec();
        folder.push(b'/');
        let folder = BString::from(folder);
        match repository.index()?.find_prefix(folder.to_vec()) {
            Ok(_) => return Ok(true),
            Err(error) if error.code() == ErrorCode::NotFound => {}
            Err(error) => return Err(error),
        }
        Ok(!repository.is_path_ignored(folder.to_path_lossy())?)
    };
    check().map_err(|error: git2::Error| WorktreeError::Repository {
        path: repository.path().to_path_buf(),
        reason: error.message().to_owned(),
    })
}

/// The commit that HEAD means; `None` before the first commit.
pub fn head(pool: &Pool) -> Result<Option<String>, WorktreeError> {
    pool.with(|repository| match repository.head() {
        Ok(head) => Ok(Some(head.peel_to_commit()?.id().to_string())),
        Err(error) if matches!(error.code(), ErrorCode::UnbornBranch | ErrorCode::NotFound) => Ok(None),
        Err(error) => Err(error),
    })
    .map_err(|error| pool.error(error))
}

/// What git is in the middle of, in git's words.
pub fn in_progress(pool: &Pool) -> Result<Option<&'static str>, WorktreeError> {
    let state = pool.with(|repository| Ok(repository.state()));
    Ok(match state.map_err(|error| pool.error(error))? {
        RepositoryState::Clean => None,
        RepositoryState::Merge => Some("merge"),
        RepositoryState::Revert | RepositoryState::RevertSequence => Some("revert"),
        RepositoryState::CherryPick | RepositoryState::CherryPickSequence => Some("cherry-pick"),
        RepositoryState::Bisect => Some("bisect"),
        RepositoryState::Rebase | RepositoryState::RebaseInteractive | RepositoryState::RebaseMerge => {
            Some("rebase")
        }
        RepositoryState::ApplyMailbox | RepositoryState::ApplyMailboxOrRebase => Some("am"),
    })
}

/// The mode that the index has for a file of the tree, if git does not trust the one on disk.
pub fn mode_in_index(found: &Found, path: &BStr) -> Result<Option<FileMode>, ReadErrorKind> {
    let look = |repository: &Repository| {
        if repository.config()?.get_bool("core.filemode").unwrap_or(true) {
            return Ok(None);
        }
        let path = match found.prefix.is_empty() {
            true => path.into(),
            false => join(found.prefix.as_bstr(), path),
        };
        let entry = repository.index()?.get_path(&path.to_path_lossy(), 0);
        Ok(entry.and_then(|entry| FileMode::of(entry.mode)))
    };
    let error = |error: git2::Error| ReadErrorKind::Object(error.message().to_owned());
    found.pool.with(look).map_err(error)
}

/// The paths (below the tree) whose files differ from HEAD, in the index or in the folder.
///
/// Without `paths`, all tracked files are looked at; with them, these files alone, and then
/// an untracked or ignored one is dirty too, as git could not bring it back.
pub fn dirty(found: &Found, paths: Option<&[BString]>) -> Result<Vec<BString>, WorktreeError> {
    let prefix = found.prefix.as_bstr();
    let outer = |path: &BString| match prefix.is_empty() {
        true => path.clone(),
        false => join(prefix, path.as_bstr()),
    };
    let mut options = StatusOptions::new();
    options
        .include_unmodified(false)
        .exclude_submodules(true)
        .disable_pathspec_match(true)
        .include_untracked(paths.is_some())
        .recurse_untracked_dirs(paths.is_some())
        .include_ignored(paths.is_some())
        .recurse_ignored_dirs(paths.is_some());
    match paths {
        Some([]) => return Ok(Vec::new()),
        Some(paths) => {
            for path in paths {
                options.pathspec(outer(path).to_vec());
            }
        }
        None if !prefix.is_empty() => {
            options.pathspec(prefix.to_vec());
        }
        None => {}
    }
    let mut dirty = found
        .pool
        .with(|repository| {
            let statuses = repository.statuses(Some(&mut options))?;
            let changed = statuses.iter().filter(|entry| entry.status() != Status::CURRENT);
            Ok(changed
                .map(|entry| BString::from(entry.path_bytes()))
                .collect::<Vec<_>>())
        })
        .map_err(|error| found.pool.error(error))?;
    for path in &mut dirty {
        *path = inner(path.as_bstr(), prefix).into();
    }
    if let Some(paths) = paths {
        // libgit2 names the folder where all of it is untracked.
        let folders: Vec<BString> = std::mem::take(&mut dirty);
        dirty = paths
            .iter()
            .filter(|path| {
                folders.iter().any(|folder| {
                    let folder = folder.strip_suffix(b"/").unwrap_or(folder);
                    super::tracked::is_below(path.as_bstr(), folder.as_bstr())
                })
            })
            .cloned()
            .collect();
    }
    dirty.sort_unstable();
    dirty.dedup();
    Ok(dirty)
}

fn inner<'a>(path: &'a BStr, prefix: &BStr) -> &'a BStr {
    match prefix.is_empty() {
        true => path,
        false => path
            .strip_prefix(prefix.as_bytes())
            .and_then(|rest| rest.strip_prefix(b"/"))
            .map_or(path, BStr::new),
    }
}
