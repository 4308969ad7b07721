//! Writes a commit's files into a folder of their own. The repository learns nothing of it, and nothing of its
//! configuration changes the bytes.

use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use bstr::{BString, ByteSlice};
use git2::{Oid, Repository};
use rayon::prelude::*;

use super::base::{is_safe, tree_of};
use super::error::{Error, ErrorKind, Result};
use super::quote;

/// A file or a link of a tree.
struct Entry {
    path: BString,
    id: Oid,
    mode: u32,
}

/// Writes the files of `commit` into the empty folder `target`.
///
/// libgit2 has this, too, but takes minutes for a kernel.
pub(super) fn check_out(repo: &Repository, commit: Oid, target: &Path) -> Result<()> {
    let failed = |error| Error::git("cannot read the base", error);
    let mut entries = Vec::new();
    let mut folders = vec![(BString::default(), tree_of(repo, commit)?.id())];
    while let Some((folder, id)) = folders.pop() {
        for entry in repo.find_tree(id).map_err(failed)?.iter() {
            let mut path = folder.clone();
            if !path.is_empty() {
                path.push(b'/');
            }
            path.extend_from_slice(entry.name_bytes());
            if !is_safe(path.as_bstr()) {
                let what = format!(
                    "the tree holds {}, which git would not write",
                    quote::path(path.as_bstr())
                );
                return Err(Error::new(ErrorKind::Repository, what));
            }
            match entry.filemode() as u32 {
                0o040_000 => {
                    fs::create_dir(target.join(path.to_path_lossy()))
                        .map_err(|error| written(&path, error))?;
                    folders.push((path, entry.id()));
                }
                // The commit of another repository is an empty folder.
                0o160_000 => {}
                mode => entries.push(Entry {
                    path,
                    id: entry.id(),
                    mode,
                }),
            }
        }
    }
    let is_link = |entry: &Entry| entry.mode & 0o170_000 == 0o120_000;
    // Links come last, so that no file is written through one.
    let (links, files): (Vec<Entry>, Vec<Entry>) = entries.into_iter().partition(is_link);
    let place = repo.path().to_owned();
    files.par_iter().try_for_each_init(
        || Repository::open(&place).map_err(|error| error.message().to_owned()),
        |repo, entry| {
            let repo = repo
                .as_ref()
                .map_err(|error| Error::new(ErrorKind::Repository, error.clone()))?;
            let blob = repo.find_blob(entry.id).map_err(failed)?;
            let path = target.join(entry.path.to_path_lossy());
            fs::write(&path, blob.content()).map_err(|error| written(&entry.path, error))?;
            match entry.mode & 0o100 {
                0 => Ok(()),
                _ => fs::set_permissions(&path, fs::Permissions::from_mode(0o755))
                    .map_err(|error| written(&entry.path, error)),
            }
        },
    )?;
    for entry in links {
        let blob = repo.find_blob(entry.id).map_err(failed)?;
        let to = std::ffi::OsStr::from_bytes(blob.content());
        symlink(to, target.join(entry.path.to_path_lossy())).map_err(|error| written(&entry.path, error))?;
    }
    Ok(())
}

fn written(path: &BString, error: io::Error) -> Error {
    let what = format!(
        "cannot write {} into a scratch folder",
        quote::path(path.as_bstr())
    );
    Error::new(ErrorKind::Output, what).caused_by(error)
}
