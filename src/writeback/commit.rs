//! The steps of writing, of completing and of taking back.

use std::collections::BTreeSet;
use std::fs::{File, FileTimes, Metadata};
use std::io::{self, Write};
use std::os::fd::OwnedFd;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use bstr::{BStr, BString, ByteSlice};
use rustix::fs::{Access, AtFlags};

use super::error::WriteError;
use super::interrupt::Interrupt;
use super::journal::{self, Item, Mark};
use super::store::{self, Marker, Store, TEMPORARY, sync_folder};
use super::{Recovery, refuse};
use crate::plan::FileChange;
use crate::worktree::{
    ReadErrorKind, file_error, folder_error, join, open_file, open_folder, read_whole, split,
};

/// Called before each step that changes something; an error stands for a failure of that step. Tests
/// use it to fail or to stop anywhere.
pub type Hook<'a> = &'a mut dyn FnMut(&str) -> io::Result<()>;

/// The folder that the paths of a journal count from.
pub struct Anchor {
    root: OwnedFd,
}

impl Anchor {
    /// Opens it.
    pub fn open(path: &Path) -> Result<Self, WriteError> {
        let root = File::open(path).map_err(|error| WriteError::Unreadable {
            path: ".".into(),
            kind: ReadErrorKind::Io(error),
        })?;
        Ok(Self { root: root.into() })
    }

    fn folder(&self, path: &BStr) -> Result<OwnedFd, ReadErrorKind> {
        open_folder(&self.root, path).map_err(folder_error)
    }

    /// Reads a file, and gives the open folder that it is in.
    fn read(&self, path: &BStr) -> Result<(Vec<u8>, Metadata, OwnedFd), ReadErrorKind> {
        let (folder, name) = split(path);
        let folder = self.folder(folder)?;
        let file = File::from(open_file(&folder, name).map_err(file_error)?);
        let (text, metadata) = read_whole(&file)?;
        Ok((text, metadata, folder))
    }
}

/// The changes with paths from the anchor, sorted; those that change nothing are left out.
pub fn from_anchor<'a>(
    changes: &'a [FileChange],
    prefix: &BStr,
) -> Result<Vec<(BString, &'a FileChange)>, WriteError> {
    let refused = |path: &BString, reason| WriteError::Refused {
        path: path.clone(),
        reason,
    };
    let mut from_anchor = Vec::with_capacity(changes.len());
    for change in changes.iter().filter(|change| change.before != change.after) {
        // Checked before it is joined, as `..` must not lead out of a tree in a folder either.
        if let Some(reason) = refuse(change.path.as_bstr()) {
            return Err(refused(&change.path, reason));
        }
        let path = match prefix.is_empty() {
            true => change.path.clone(),
            false => join(prefix, change.path.as_bstr()),
        };
        from_anchor.push((path, change));
    }
    from_anchor.sort_by(|a, b| a.0.cmp(&b.0));
    match from_anchor.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        Some(pair) => Err(refused(&pair[0].1.path, "is to be changed twice")),
        None => Ok(from_anchor),
    }
}

/// Replaces the files: all of them, or none.
pub fn run(
    anchor: &Anchor,
    store: Store,
    changes: &[(BString, &FileChange)],
    interrupt: &Interrupt,
    hook: Hook<'_>,
) -> Result<(), WriteError> {
    let items: Vec<Item> = changes
        .iter()
        .map(|(path, change)| Item {
            path: path.clone(),
            before: Mark::of(&change.before),
            after: Mark::of(&change.after),
        })
        .collect();
    let prepared = check(anchor, &store, changes)
        .and_then(|metadata| prepare(&store, changes, &metadata, &items, interrupt, hook));
    if let Err(error) = prepared {
        // Should the journal not go away, then what it says has to be what is done.
        let removed = store.remove(Marker::Forward.name()).and_then(|()| store.sync());
        if let Err(source) = removed {
            return Err(WriteError::HalfWay { source });
        }
        let _ = store.clear();
        return Err(error);
    }
    match forward(anchor, &store, &items, OnChange::Fail, hook) {
        Ok(_) => {
            // All files are replaced: whatever fails from here on only leaves the journal behind, and
            // the next run finds nothing to do but to remove it.
            let _ = hook("mark as done")
                .and_then(|()| store.rename(Marker::Forward.name(), Marker::Done.name()))
                .and_then(|()| hook("clear"))
                .and_then(|()| store.clear());
            Ok(())
        }
        Err(error) => {
            turn_back(anchor, store, &items, hook)?;
            Err(error)
        }
    }
}

/// Makes sure that each file can be replaced and holds what it is thought to hold.
fn check(
    anchor: &Anchor,
    store: &Store,
    changes: &[(BString, &FileChange)],
) -> Result<Vec<Metadata>, WriteError> {
    let device = store.device().map_err(|source| prepare_error(store, source))?;
    let mut all = Vec::with_capacity(changes.len());
    for (path, change) in changes {
        let (text, metadata, folder) = anchor
            .read(path.as_bstr())
            .map_err(|kind| unreadable(path, kind))?;
        if *text != *change.before {
            return Err(WriteError::Changed { path: path.clone() });
        }
        let read_only = |source: io::Error| WriteError::ReadOnly {
            path: named(split(path.as_bstr()).0),
            source,
        };
        // Failing later is taken back too, but here nothing has been touched yet.
        rustix::fs::accessat(&folder, ".", Access::WRITE_OK | Access::EXEC_OK, AtFlags::EACCESS)
            .map_err(|errno| read_only(errno.into()))?;
        if store::device(&folder).map_err(read_only)? != device {
            return Err(WriteError::OtherFileSystem {
                path: path.clone(),
                journal: store.path.clone(),
            });
        }
        all.push(metadata);
    }
    Ok(all)
}

/// Writes old and new contents and then the journal; with its name, the change is decided.
fn prepare(
    store: &Store,
    changes: &[(BString, &FileChange)],
    metadata: &[Metadata],
    items: &[Item],
    interrupt: &Interrupt,
    hook: Hook<'_>,
) -> Result<(), WriteError> {
    let error = |source| prepare_error(store, source);
    let stop = || match interrupt.signal() {
        Some(signal) => Err(WriteError::Interrupted { signal }),
        None => Ok(()),
    };
    for (number, ((_, change), like)) in changes.iter().zip(metadata).enumerate() {
        stop()?;
        hook("write the new contents")
            .and_then(|()| write_like(store, &new(number), &change.after, like, false))
            .map_err(error)?;
        hook("write the old contents")
            .and_then(|()| write_like(store, &old(number), &change.before, like, true))
            .map_err(error)?;
    }
    // All are written before the first is waited for, so that the disk gets them together.
    for number in 0..changes.len() {
        stop()?;
        for name in [new(number), old(number)] {
            hook("wait for the disk")
                .and_then(|()| {
                    rustix::fs::fsync(open_file(&store.folder, name.as_str().into())?)?;
                    Ok(())
                })
                .map_err(error)?;
        }
    }
    hook("write the journal")
        .and_then(|()| {
            let mut file = store.create(TEMPORARY)?;
            file.write_all(&journal::write(items))?;
            file.sync_all()?;
            // The names of all that was prepared have to be on the disk before the journal's is.
            store.sync()
        })
        .map_err(error)?;
    stop()?;
    hook("decide")
        .and_then(|()| store.rename(TEMPORARY, Marker::Forward.name()))
        .map_err(error)
}

/// Writes a file that is to take the place of another.
fn write_like(store: &Store, name: &str, text: &[u8], like: &Metadata, times: bool) -> io::Result<()> {
    let mut file = store.create(name)?;
    file.write_all(text)?;
    let own = file.metadata()?;
    if (own.uid(), own.gid()) != (like.uid(), like.gid()) {
        // Only root may give files away; others then own what they wrote, as with any editor.
        let _ = std::os::unix::fs::fchown(&file, Some(like.uid()), Some(like.gid()));
    }
    let mode = like.permissions().mode() & 0o777;
    file.set_permissions(std::fs::Permissions::from_mode(mode))?;
    if times {
        // What is taken back should not look changed to make.
        let times = FileTimes::new().set_accessed(like.accessed()?);
        file.set_times(times.set_modified(like.modified()?))?;
    }
    Ok(())
}

/// What to do about a file that is neither as before nor as after.
#[derive(Clone, Copy, PartialEq, Eq)]
enum OnChange {
    Fail,
    Leave,
}

/// Replaces all files that are not replaced yet; gives back those that somebody else changed.
fn forward(
    anchor: &Anchor,
    store: &Store,
    items: &[Item],
    on_change: OnChange,
    hook: Hook<'_>,
) -> Result<Vec<BString>, WriteError> {
    let mut changed = Vec::new();
    for (number, item) in items.iter().enumerate() {
        let new = new(number);
        if !store.has(&new) {
            continue;
        }
        let replace_error = |source| WriteError::Replace {
            path: item.path.clone(),
            source,
        };
        match anchor.read(item.path.as_bstr()) {
            Ok((text, _, folder)) if Mark::of(&text) == item.before => {
                hook("replace a file")
                    .and_then(|()| store.move_out(&new, folder, split(item.path.as_bstr()).1))
                    .map_err(replace_error)?;
            }
            Ok((text, ..)) if Mark::of(&text) == item.after => {}
            Err(ReadErrorKind::Io(source)) => return Err(replace_error(source)),
            _ if on_change == OnChange::Leave => changed.push(item.path.clone()),
            Ok(_) => {
                return Err(WriteError::Changed {
                    path: item.path.clone(),
                });
            }
            Err(kind) => return Err(unreadable(&item.path, kind)),
        }
    }
    sync_folders(anchor, items, hook).map_err(|(path, source)| WriteError::Replace { path, source })?;
    Ok(changed)
}

/// Takes back what was replaced, durably: a run that is killed here is taken back by the next one.
fn turn_back(
    anchor: &Anchor,
    store: Store,
    items: &[Item],
    hook: Hook<'_>,
) -> Result<Vec<BString>, WriteError> {
    hook("decide to take back")
        .and_then(|()| store.rename(Marker::Forward.name(), Marker::Back.name()))
        .map_err(|source| WriteError::HalfWay { source })?;
    back(anchor, store, items, hook)
}

fn back(anchor: &Anchor, store: Store, items: &[Item], hook: Hook<'_>) -> Result<Vec<BString>, WriteError> {
    let half_way = |source| WriteError::HalfWay { source };
    let mut changed = Vec::new();
    for (number, item) in items.iter().enumerate() {
        let old = old(number);
        if store.has(&new(number)) || !store.has(&old) {
            continue;
        }
        if Mark::of(&store.read(&old)?) != item.before {
            return Err(store.bad(format!("{old} is damaged")));
        }
        match anchor.read(item.path.as_bstr()) {
            Ok((text, _, folder)) if Mark::of(&text) == item.after => {
                hook("put a file back")
                    .and_then(|()| store.move_out(&old, folder, split(item.path.as_bstr()).1))
                    .map_err(half_way)?;
            }
            Ok((text, ..)) if Mark::of(&text) == item.before => {}
            Err(ReadErrorKind::Io(source)) => return Err(half_way(source)),
            _ => changed.push(item.path.clone()),
        }
    }
    sync_folders(anchor, items, hook).map_err(|(_, source)| half_way(source))?;
    hook("mark as taken back")
        .and_then(|()| store.remove(Marker::Back.name()))
        .and_then(|()| store.sync())
        .map_err(half_way)?;
    let _ = hook("clear").and_then(|()| store.clear());
    Ok(changed)
}

/// Completes or takes back what is in the store.
pub fn recover(anchor: &Anchor, store: Store, hook: Hook<'_>) -> Result<Recovery, WriteError> {
    let recovery = match store.marker()? {
        None => {
            let begun = store.has(TEMPORARY) || store.has(&new(0));
            match begun {
                true => Recovery::TakenBack { changed: Vec::new() },
                false => Recovery::Nothing,
            }
        }
        Some(Marker::Done) => Recovery::Completed {
            files: items(&store, Marker::Done)?.len(),
            changed: Vec::new(),
        },
        Some(Marker::Back) => {
            let items = items(&store, Marker::Back)?;
            let changed = back(anchor, store, &items, hook)?;
            return Ok(Recovery::TakenBack { changed });
        }
        Some(Marker::Forward) => {
            let items = items(&store, Marker::Forward)?;
            if !is_intact(&store, &items) {
                let changed = turn_back(anchor, store, &items, hook)?;
                return Ok(Recovery::TakenBack { changed });
            }
            let changed = forward(anchor, &store, &items, OnChange::Leave, hook)?;
            hook("mark as done")
                .and_then(|()| store.rename(Marker::Forward.name(), Marker::Done.name()))
                .map_err(|source| WriteError::HalfWay { source })?;
            Recovery::Completed {
                files: items.len(),
                changed,
            }
        }
    };
    let _ = hook("clear").and_then(|()| store.clear());
    Ok(recovery)
}

fn items(store: &Store, marker: Marker) -> Result<Vec<Item>, WriteError> {
    journal::parse(&store.read(marker.name())?).map_err(|reason| store.bad(reason))
}

/// Whether all new contents that are left are what the journal says.
fn is_intact(store: &Store, items: &[Item]) -> bool {
    items.iter().enumerate().all(|(number, item)| {
        let new = new(number);
        !store.has(&new) || store.read(&new).is_ok_and(|text| Mark::of(&text) == item.after)
    })
}

/// Waits for the names in all folders; gives the folder that failed.
fn sync_folders(anchor: &Anchor, items: &[Item], hook: Hook<'_>) -> Result<(), (BString, io::Error)> {
    let folders: BTreeSet<&BStr> = items.iter().map(|item| split(item.path.as_bstr()).0).collect();
    for path in folders {
        // A folder that somebody removed meanwhile has no names to wait for.
        let Ok(folder) = anchor.folder(path) else {
            continue;
        };
        hook("wait for a folder")
            .and_then(|()| sync_folder(folder))
            .map_err(|source| (named(path), source))?;
    }
    Ok(())
}

fn new(number: usize) -> String {
    format!("{number}.new")
}

fn old(number: usize) -> String {
    format!("{number}.old")
}

/// The top of the tree has no name of its own.
fn named(folder: &BStr) -> BString {
    match folder.is_empty() {
        true => ".".into(),
        false => folder.into(),
    }
}

fn unreadable(path: &BString, kind: ReadErrorKind) -> WriteError {
    WriteError::Unreadable {
        path: path.clone(),
        kind,
    }
}

fn prepare_error(store: &Store, source: io::Error) -> WriteError {
    WriteError::Prepare {
        journal: store.path.clone(),
        source,
    }
}
