//! Opens and reads files below a folder without ever following a symbolic link.

use std::fs::{File, Metadata};
use std::io::{Read, Seek};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::MetadataExt;

use bstr::{BStr, ByteSlice};
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;

use super::error::ReadErrorKind;

/// Larger files are not read: no source file is near this size, and memory has to stay bounded.
pub const SIZE_LIMIT: u64 = 64 << 20;

/// Opening a FIFO or a terminal must neither block nor make it the controlling terminal.
const FILE: OFlags = OFlags::RDONLY
    .union(OFlags::NOFOLLOW)
    .union(OFlags::NONBLOCK)
    .union(OFlags::NOCTTY)
    .union(OFlags::CLOEXEC);

const FOLDER: OFlags = OFlags::RDONLY
    .union(OFlags::DIRECTORY)
    .union(OFlags::NOFOLLOW)
    .union(OFlags::CLOEXEC);

/// Whether `path` names something below a folder: relative, without `.` and `..`.
pub fn is_plain(path: &BStr) -> bool {
    !path.contains(&0)
        && path
            .split(|&byte| byte == b'/')
            .all(|name| !name.is_empty() && name != b"." && name != b"..")
}

/// Splits a path into its folder (empty for the top) and its last name.
pub fn split(path: &BStr) -> (&BStr, &BStr) {
    match path.rfind_byte(b'/') {
        Some(at) => (path[..at].as_bstr(), path[at + 1..].as_bstr()),
        None => (b"".as_bstr(), path),
    }
}

/// Opens the folder at a plain path; the empty path is `root` itself.
pub fn open_folder(root: impl AsFd, path: &BStr) -> Result<OwnedFd, Errno> {
    if path.is_empty() {
        return rustix::fs::openat(root, ".", FOLDER, Mode::empty());
    }
    #[cfg(target_os = "linux")]
    {
        use rustix::fs::ResolveFlags;
        let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
        match rustix::fs::openat2(&root, path.as_bytes(), FOLDER, Mode::empty(), resolve) {
            // Old kernels do not know the call, and old sandboxes forbid it.
            Err(Errno::NOSYS | Errno::PERM) => {}
            result => return result,
        }
    }
    open_folder_by_steps(root, path)
}

/// The same where the system has no `openat2`: one open for each name.
fn open_folder_by_steps(root: impl AsFd, path: &BStr) -> Result<OwnedFd, Errno> {
    let mut folder = rustix::fs::openat(root, ".", FOLDER, Mode::empty())?;
    for name in path.split(|&byte| byte == b'/') {
        folder = rustix::fs::openat(&folder, name, FOLDER, Mode::empty())?;
    }
    Ok(folder)
}

/// Opens the file `name` in an open folder for reading.
pub fn open_file(folder: impl AsFd, name: &BStr) -> Result<OwnedFd, Errno> {
    rustix::fs::openat(folder, name.as_bytes(), FILE, Mode::empty())
}

/// Opens the regular file at a plain path below `root`.
pub fn open(root: impl AsFd, path: &BStr) -> Result<File, ReadErrorKind> {
    let (folder, name) = split(path);
    let folder = open_folder(root, folder).map_err(folder_error)?;
    Ok(File::from(open_file(folder, name).map_err(file_error)?))
}

/// What a failure to open a folder on the way means.
pub fn folder_error(error: Errno) -> ReadErrorKind {
    match error {
        Errno::LOOP | Errno::NOTDIR => ReadErrorKind::LinkedFolder,
        other => file_error(other),
    }
}

/// What a failure to open the file itself means.
pub fn file_error(error: Errno) -> ReadErrorKind {
    match error {
        Errno::NOENT => ReadErrorKind::NotFound,
        Errno::LOOP => ReadErrorKind::Symlink,
        Errno::NXIO | Errno::NODEV => ReadErrorKind::NotRegular,
        other => ReadErrorKind::Io(other.into()),
    }
}

/// Reads all of an open file, such that the bytes are those of one moment.
pub fn read_whole(mut file: &File) -> Result<(Vec<u8>, Metadata), ReadErrorKind> {
    let look = || {
        let metadata = file.metadata().map_err(ReadErrorKind::Io)?;
        if !metadata.is_file() {
            return Err(ReadErrorKind::NotRegular);
        }
        Ok((stamp(&metadata), metadata))
    };
    let read = |metadata: &Metadata| {
        if metadata.len() > SIZE_LIMIT {
            return Err(ReadErrorKind::TooLarge);
        }
        file.rewind().map_err(ReadErrorKind::Io)?;
        // One byte more, so that the end is seen without growing the buffer.
        let mut text = Vec::with_capacity(metadata.len() as usize + 1);
        file.take(SIZE_LIMIT + 1)
            .read_to_end(&mut text)
            .map_err(ReadErrorKind::Io)?;
        match text.len() as u64 > SIZE_LIMIT {
            true => Err(ReadErrorKind::TooLarge),
            false => Ok(text),
        }
    };
    read_unchanged(look, read)
}

/// Reads again, a few times, when what `look` sees after reading is not what it saw before.
fn read_unchanged<S: PartialEq, M, T>(
    mut look: impl FnMut() -> Result<(S, M), ReadErrorKind>,
    mut read: impl FnMut(&M) -> Result<T, ReadErrorKind>,
) -> Result<(T, M), ReadErrorKind> {
    const ATTEMPTS: usize = 4;
    let (mut before, mut metadata) = look()?;
    for _ in 0..ATTEMPTS {
        let text = read(&metadata)?;
        let (after, latest) = look()?;
        if before == after {
            return Ok((text, latest));
        }
        (before, metadata) = (after, latest);
    }
    Err(ReadErrorKind::Changing)
}

/// What differs when a file was written to. The time of the last status change is not
/// among it, as linking or renaming the file changes that too.
fn stamp(metadata: &Metadata) -> (u64, i64, i64) {
    (metadata.len(), metadata.mtime(), metadata.mtime_nsec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_paths() {
        for path in ["a", "a/b", "...", "a/.b", "\u{fc}"] {
            assert!(is_plain(path.into()), "{path}");
        }
        for path in ["", "/a", "a/", "a//b", ".", "a/..", "../a", "a/./b", "a\0"] {
            assert!(!is_plain(path.into()), "{path}");
        }
    }

    #[test]
    fn a_file_that_is_written_to_is_read_again_and_then_given_up() {
        let run = |changes: usize| {
            let (mut looks, mut reads) = (0, 0);
            let look = || {
                looks += 1;
                Ok((looks.min(changes), ()))
            };
            let read = |_: &()| {
                reads += 1;
                Ok(())
            };
            let result = read_unchanged(look, read);
            (result.map_err(|kind| kind.to_string()), reads)
        };
        assert_eq!(run(1), (Ok(((), ())), 1));
        assert_eq!(run(3), (Ok(((), ())), 3));
        assert_eq!(run(99), (Err("changed while it was read".into()), 4));
    }

    #[test]
    fn both_ways_to_open_a_folder_refuse_links() {
        let scratch = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(scratch.path().join("a/b")).unwrap();
        std::os::unix::fs::symlink("b", scratch.path().join("a/link")).unwrap();
        std::fs::write(scratch.path().join("a/file"), "").unwrap();
        let root = File::open(scratch.path()).unwrap();
        for open in [open_folder, open_folder_by_steps] {
            assert!(open(&root, "a/b".into()).is_ok());
            for path in ["a/link", "a/link/..", "a/file"] {
                let error = open(&root, path.into()).unwrap_err();
                assert!(
                    matches!(folder_error(error), ReadErrorKind::LinkedFolder),
                    "{path}: {error}"
                );
            }
            assert_eq!(open(&root, "a/none".into()).unwrap_err(), Errno::NOENT);
        }
    }
}
