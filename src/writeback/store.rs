//! Where the journal and the prepared files are, and who may touch them.
//!
//! The folder holds `lock`, for each file N of the journal `N.new` and `N.old`, and at most one
//! marker, which is the journal itself. Its name says how far the run is:
//!
//! | marker    | the tree                              | the next run             |
//! |-----------|---------------------------------------|--------------------------|
//! | none      | as before                             | removes what is there    |
//! | `journal` | is being replaced: `N.new` is left where N is not | completes    |
//! | `back`    | is being taken back: `N.old` is left where N is not | takes back |
//! | `done`    | as after                              | removes what is there    |

use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

use bstr::{BStr, ByteSlice};
use rustix::fs::{AtFlags, Dir, FlockOperation, Mode, OFlags};
use rustix::io::Errno;

use super::error::WriteError;
use crate::worktree::{JOURNAL_FOLDER, Worktree, open_file, open_folder, read_whole};

/// How far a run is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Marker {
    Forward,
    Back,
    Done,
}

impl Marker {
    pub const ALL: [Self; 3] = [Self::Forward, Self::Back, Self::Done];

    pub fn name(self) -> &'static str {
        match self {
            Self::Forward => "journal",
            Self::Back => "back",
            Self::Done => "done",
        }
    }
}

/// A place where a journal may be.
pub struct Place {
    /// The folder that holds it.
    pub parent: PathBuf,
    pub name: &'static str,
}

impl Place {
    /// All places for a tree, and the folder that the paths in their journals count from.
    ///
    /// The best place comes first: it must be possible to move files from there into the tree.
    pub fn all(worktree: &Worktree) -> Result<(PathBuf, Vec<Self>), WriteError> {
        let folder = worktree.folder().ok_or(WriteError::NotAFolder)?;
        let anchor = worktree.top().unwrap_or(folder).to_path_buf();
        let mut places = vec![Self {
            parent: anchor.clone(),
            name: JOURNAL_FOLDER,
        }];
        if let Some(git_dir) = worktree.git_dir() {
            let device = |path| std::fs::metadata(path).map(|metadata| metadata.dev()).ok();
            let place = Self {
                parent: git_dir.to_path_buf(),
                name: "respin-journal",
            };
            let best = device(git_dir) == device(&anchor);
            places.insert(if best { 0 } else { 1 }, place);
        }
        Ok((anchor, places))
    }

    pub fn path(&self) -> PathBuf {
        self.parent.join(self.name)
    }

    /// Whether there is anything.
    pub fn exists(&self) -> bool {
        std::fs::symlink_metadata(self.path()).is_ok()
    }
}

/// The folder of the journal, with the lock held.
pub struct Store {
    pub path: PathBuf,
    parent: OwnedFd,
    name: &'static str,
    pub folder: OwnedFd,
    _lock: Lock,
}

impl Store {
    /// Makes the folder if there is none, and takes the lock.
    pub fn open(place: &Place) -> Result<Self, WriteError> {
        let error = |source: io::Error| WriteError::Prepare {
            journal: place.path(),
            source,
        };
        // A run that ends removes folder and lock; whoever waited for them has to start anew.
        for _ in 0..100 {
            let parent: OwnedFd = File::open(&place.parent).map_err(error)?.into();
            match rustix::fs::mkdirat(&parent, place.name, Mode::RWXU) {
                Ok(()) | Err(Errno::EXIST) => {}
                Err(errno) => return Err(error(errno.into())),
            }
            let folder = match open_folder(&parent, place.name.into()) {
                Ok(folder) => folder,
                Err(Errno::NOENT) => continue,
                Err(Errno::LOOP | Errno::NOTDIR) => {
                    return Err(WriteError::BadJournal {
                        journal: place.path(),
                        reason: "it is a link or a file".into(),
                    });
                }
                Err(errno) => return Err(error(errno.into())),
            };
            let Some(lock) = lock(&folder).map_err(|failure| failure.unwrap_or_error(error))? else {
                continue;
            };
            return Ok(Self {
                path: place.path(),
                parent,
                name: place.name,
                folder,
                _lock: Lock(lock),
            });
        }
        Err(WriteError::Locked { pid: None })
    }

    /// Which marker there is.
    pub fn marker(&self) -> Result<Option<Marker>, WriteError> {
        let mut found = None;
        for marker in Marker::ALL {
            if self.has(marker.name()) {
                if found.is_some() {
                    return Err(self.bad("it is at two stages at once"));
                }
                found = Some(marker);
            }
        }
        Ok(found)
    }

    /// Whether a file is there, of whatever kind.
    pub fn has(&self, name: &str) -> bool {
        rustix::fs::statat(&self.folder, name, AtFlags::SYMLINK_NOFOLLOW).is_ok()
    }

    /// Reads a file of the store. Links are not followed.
    pub fn read(&self, name: &str) -> Result<Vec<u8>, WriteError> {
        let file = open_file(&self.folder, name.into()).map_err(|errno| self.bad(errno))?;
        let (text, _) = read_whole(&File::from(file)).map_err(|kind| self.bad(format!("{name} {kind}")))?;
        Ok(text)
    }

    /// Makes a new file. One that is there is a leftover and goes first.
    pub fn create(&self, name: &str) -> io::Result<File> {
        self.remove(name)?;
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mode = Mode::RUSR | Mode::WUSR;
        Ok(rustix::fs::openat(&self.folder, name, flags, mode)?.into())
    }

    /// Moves a file of the store to another name in it.
    pub fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        rustix::fs::renameat(&self.folder, from, &self.folder, to)?;
        self.sync()
    }

    /// Moves a file of the store over one in an open folder.
    pub fn move_out(&self, from: &str, folder: impl AsFd, name: &BStr) -> io::Result<()> {
        Ok(rustix::fs::renameat(&self.folder, from, folder, name.as_bytes())?)
    }

    /// Removes a file, if there is one.
    pub fn remove(&self, name: &str) -> io::Result<()> {
        match rustix::fs::unlinkat(&self.folder, name, AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => Ok(()),
            Err(errno) => Err(errno.into()),
        }
    }

    /// Waits until the names in the folder are on the disk.
    pub fn sync(&self) -> io::Result<()> {
        sync_folder(&self.folder)
    }

    /// Which file system it is on.
    pub fn device(&self) -> io::Result<u64> {
        device(&self.folder)
    }

    /// Removes everything of ours: `done` after what was prepared, so that a run that is killed
    /// meanwhile still knows that it was complete. What others put there stays.
    pub fn clear(self) -> io::Result<()> {
        let mut names = Vec::new();
        let mut dir = Dir::read_from(&self.folder)?;
        while let Some(entry) = dir.read() {
            let entry = entry?;
            let name = entry.file_name().to_bytes();
            let number = name.strip_suffix(b".new").or_else(|| name.strip_suffix(b".old"));
            if number.is_some_and(|number| !number.is_empty() && number.iter().all(u8::is_ascii_digit)) {
                names.push(entry.file_name().to_owned());
            }
        }
        for name in &names {
            rustix::fs::unlinkat(&self.folder, name, AtFlags::empty())?;
        }
        self.remove(TEMPORARY)?;
        self.remove(Marker::Done.name())?;
        self.remove(LOCK)?;
        // It stays when it holds something that is not ours.
        let _ = rustix::fs::unlinkat(&self.parent, self.name, AtFlags::REMOVEDIR);
        Ok(())
    }

    /// An error about what is in the folder.
    pub fn bad(&self, reason: impl ToString) -> WriteError {
        WriteError::BadJournal {
            journal: self.path.clone(),
            reason: reason.to_string(),
        }
    }
}

/// The journal until it is complete.
pub const TEMPORARY: &str = "journal.tmp";
const LOCK: &str = "lock";

/// A lock that ends with the process, however it ends, so that a stale one holds nobody up.
struct Lock(File);

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing is not enough while a process that is just being started still has a copy.
        let _ = rustix::fs::flock(&self.0, FlockOperation::Unlock);
    }
}

enum LockFailure {
    Held(Option<u32>),
    Io(io::Error),
}

impl LockFailure {
    fn unwrap_or_error(self, error: impl Fn(io::Error) -> WriteError) -> WriteError {
        match self {
            Self::Held(pid) => WriteError::Locked { pid },
            Self::Io(source) => error(source),
        }
    }
}

/// Takes the lock; `None` when its file was removed at the same moment.
fn lock(folder: &OwnedFd) -> Result<Option<File>, LockFailure> {
    let io = |errno: Errno| LockFailure::Io(errno.into());
    let flags = OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = match rustix::fs::openat(folder, LOCK, flags, Mode::RUSR | Mode::WUSR) {
        Ok(file) => file,
        // The folder was removed.
        Err(Errno::NOENT) => return Ok(None),
        Err(errno) => return Err(io(errno)),
    };
    let mut file = File::from(file);
    match rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => {}
        Err(Errno::WOULDBLOCK) => {
            let mut text = String::new();
            let _ = file.take(20).read_to_string(&mut text);
            return Err(LockFailure::Held(text.trim().parse().ok()));
        }
        Err(errno) => return Err(io(errno)),
    }
    let own = rustix::fs::fstat(&file).map_err(io)?;
    match rustix::fs::statat(folder, LOCK, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(named) if (named.st_dev, named.st_ino) == (own.st_dev, own.st_ino) => {}
        _ => return Ok(None),
    }
    // The number is for people; on a full disk the lock holds without it.
    let _ = file
        .set_len(0)
        .and_then(|()| file.rewind())
        .and_then(|()| writeln!(file, "{}", std::process::id()));
    Ok(Some(file))
}

/// Which file system something open is on.
pub fn device(open: impl AsFd) -> io::Result<u64> {
    let file = File::from(open.as_fd().try_clone_to_owned()?);
    Ok(file.metadata()?.dev())
}

/// Waits until the names in a folder are on the disk. Some file systems can't be asked.
pub fn sync_folder(folder: impl AsFd) -> io::Result<()> {
    match rustix::fs::fsync(folder) {
        Ok(()) | Err(Errno::INVAL | Errno::NOTSUP) => Ok(()),
        Err(errno) => Err(errno.into()),
    }
}
