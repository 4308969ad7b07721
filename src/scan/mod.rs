//! Finds the files that a transform has to look at, by their bytes alone.
//!
//! Most of the time of a run over a whole tree is spent here, in opening and reading tens of
//! thousands of files. So files are opened relative to their open folder, read without a look at
//! their size into one buffer per thread, and only those that hold the words are kept. They are not
//! mapped, as a mapped file that shrinks kills the program.

mod kind;
#[cfg(test)]
mod tests;
mod words;

use std::cell::Cell;
use std::fs::File;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;

use bstr::{BStr, BString, ByteSlice};
use rayon::prelude::*;
use rustix::buffer::spare_capacity;

pub use kind::FileKind;
pub use words::RequiredWords;

use crate::diagnostics::{Diagnostic, Severity};
use crate::worktree::{
    BlobId, FileMode, FileName, Folder, ReadError, ReadErrorKind, SIZE_LIMIT, Skipped, Worktree,
    WorktreeError, file_error, folder_error, mode_of, open_file, open_folder, read_whole,
};

/// A file that a transform has to look at.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Candidate {
    /// Relative to the tree.
    pub path: BString,
    /// All of it, as it was at one moment.
    pub text: Arc<[u8]>,
    /// Whether it is executable.
    pub mode: FileMode,
}

/// What a scan found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Scan<T = Candidate> {
    /// One for each candidate, sorted by path.
    pub candidates: Vec<T>,
    /// Files and folders that could not be read, and the like; sorted by path.
    pub diagnostics: Vec<Diagnostic>,
    /// Links, submodules and special files that were met; sorted by path.
    pub skipped: Vec<Skipped>,
    /// How many files were looked into.
    pub files: usize,
    /// How many bytes they hold; of a binary file, only its beginning counts.
    pub bytes: u64,
}

/// Reads all wanted files below the paths `under` and keeps those that hold the words.
///
/// A binary file is not kept, unless it is C or documentation by its name.
pub fn candidates(
    worktree: &Worktree,
    under: &[BString],
    words: &RequiredWords,
    wanted: impl Fn(&BStr) -> bool + Sync,
) -> Result<Scan, WorktreeError> {
    visit(worktree, under, words, wanted, |candidate| candidate)
}

/// The same, but `each` candidate is made into something smaller as soon as it is read, so that
/// the texts of a whole tree need not be in memory.
pub fn visit<T: Send>(
    worktree: &Worktree,
    under: &[BString],
    words: &RequiredWords,
    wanted: impl Fn(&BStr) -> bool + Sync,
    each: impl Fn(Candidate) -> T + Sync,
) -> Result<Scan<T>, WorktreeError> {
    let mut listing = worktree.list(under)?;
    let mut diagnostics = std::mem::take(&mut listing.diagnostics);
    diagnostics.extend(not_checked_out(&listing.missing));
    let job = Job {
        worktree,
        words,
        wanted,
        each,
    };
    let mut parts: Vec<Part<T>> = shares(&listing.folders)
        .into_par_iter()
        .map(|(folder, files)| job.run(folder, files))
        .collect();
    let mut scan = Scan {
        candidates: Vec::new(),
        diagnostics,
        skipped: listing.skipped,
        files: 0,
        bytes: 0,
    };
    let mut found = Vec::new();
    for part in &mut parts {
        found.append(&mut part.found);
        scan.diagnostics.append(&mut part.diagnostics);
        scan.files += part.files;
        scan.bytes += part.bytes;
    }
    found.sort_by(|a, b| a.0.cmp(&b.0));
    scan.candidates = found.into_iter().map(|(_, made)| made).collect();
    scan.diagnostics.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(scan)
}

/// Tracked files that are not in the folder are not searched; that is said once.
fn not_checked_out(missing: &[BString]) -> Option<Diagnostic> {
    let first = missing.first()?;
    let text = match missing.len() {
        1 => format!("{first} is tracked by git but not in the folder, so it was not searched"),
        count => format!(
            "{count} files are tracked by git but not in the folder, so they were not searched; \
             the first is {first}"
        ),
    };
    Some(
        Diagnostic::new(Severity::Warning, "not-checked-out", text)
            .help("`git status` lists them; `git sparse-checkout disable` checks all files out"),
    )
}

/// Cuts the folders into shares that are small enough to be spread evenly.
fn shares(folders: &[Folder]) -> Vec<(&Folder, &[FileName])> {
    const FILES: usize = 32;
    let mut shares = Vec::new();
    for folder in folders {
        shares.extend(folder.files.chunks(FILES).map(|files| (folder, files)));
    }
    shares
}

/// What all shares have in common.
struct Job<'a, W, E> {
    worktree: &'a Worktree,
    words: &'a RequiredWords,
    wanted: W,
    each: E,
}

/// The result of one share.
struct Part<T> {
    found: Vec<(BString, T)>,
    diagnostics: Vec<Diagnostic>,
    files: usize,
    bytes: u64,
}

impl<T, W: Fn(&BStr) -> bool, E: Fn(Candidate) -> T> Job<'_, W, E> {
    fn run(&self, folder: &Folder, files: &[FileName]) -> Part<T> {
        let mut part = Part {
            found: Vec::new(),
            diagnostics: Vec::new(),
            files: 0,
            bytes: 0,
        };
        let mut path = folder.path.clone();
        if !path.is_empty() {
            path.push(b'/');
        }
        let start = path.len();
        // It is opened for the first file that is wanted.
        let mut open = None;
        for file in files {
            path.truncate(start);
            path.extend_from_slice(&file.name);
            if !(self.wanted)(path.as_bstr()) {
                continue;
            }
            part.files += 1;
            let result = match (file.blob, self.worktree.root()) {
                (Some(blob), _) => self.search_blob(blob, path.as_bstr(), &mut part.bytes),
                (None, Some(root)) => {
                    let open = open.get_or_insert_with(|| open_folder(root, folder.path.as_bstr()));
                    match open {
                        Ok(open) => self.search_file(open.as_fd(), file, path.as_bstr(), &mut part.bytes),
                        Err(error) => Err(folder_error(*error)),
                    }
                }
                (None, None) => Err(ReadErrorKind::NotFound),
            };
            match result {
                Ok(None) => {}
                Ok(Some((text, mode))) => {
                    let mode = file.mode.or(mode).unwrap_or(FileMode::Regular);
                    let candidate = Candidate {
                        path: path.clone(),
                        text,
                        mode,
                    };
                    part.found.push((path.clone(), (self.each)(candidate)));
                }
                Err(kind) => {
                    let error = ReadError {
                        path: path.clone(),
                        kind,
                    };
                    part.diagnostics.push(error.diagnostic());
                }
            }
        }
        part
    }

    /// Looks into a file of a folder; gives it back when it holds the words.
    fn search_file(
        &self,
        folder: BorrowedFd<'_>,
        file: &FileName,
        path: &BStr,
        bytes: &mut u64,
    ) -> Result<Option<Found>, ReadErrorKind> {
        let open = open_file(folder, file.name.as_bstr()).map_err(file_error)?;
        if !self.words.is_empty() {
            let other = FileKind::of(path) == FileKind::Other;
            let mut buffer = BUFFER.take();
            let mut read = 0;
            let passed = passes(open.as_fd(), self.words, other, &mut buffer, &mut read);
            BUFFER.set(buffer);
            if !passed? {
                *bytes += read;
                return Ok(None);
            }
        }
        let (text, metadata) = read_whole(&File::from(open))?;
        *bytes += text.len() as u64;
        Ok(self
            .keep(&text, path)
            .then(|| (text.into(), Some(mode_of(&metadata)))))
    }

    /// Looks into a file of a revision.
    fn search_blob(
        &self,
        blob: BlobId,
        path: &BStr,
        bytes: &mut u64,
    ) -> Result<Option<Found>, ReadErrorKind> {
        self.worktree.with_blob(blob, |text| {
            *bytes += text.len() as u64;
            self.keep(text, path).then(|| (text.into(), None))
        })
    }

    fn keep(&self, text: &[u8], path: &BStr) -> bool {
        self.words.match_text(text) && !(is_binary(text) && FileKind::of(path) == FileKind::Other)
    }
}

type Found = (Arc<[u8]>, Option<FileMode>);

/// Small enough to stay in the processor's cache together with what the kernel copies it from.
const BUFFER_SIZE: usize = 128 << 10;

thread_local! {
    /// The one buffer that a thread reads into.
    static BUFFER: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// Whether the first clause of the words may stand in a file.
fn passes(
    file: BorrowedFd<'_>,
    words: &RequiredWords,
    refuse_binary: bool,
    buffer: &mut Vec<u8>,
    read: &mut u64,
) -> Result<bool, ReadErrorKind> {
    buffer.clear();
    buffer.reserve(BUFFER_SIZE.max(4 * words.overlap()));
    loop {
        let some = rustix::io::retry_on_intr(|| rustix::io::read(file, spare_capacity(buffer)));
        let some = some.map_err(|error| match error {
            rustix::io::Errno::ISDIR => ReadErrorKind::NotRegular,
            error => ReadErrorKind::Io(error.into()),
        })?;
        if some == 0 {
            return Ok(false);
        }
        if *read == 0 && refuse_binary && is_binary(buffer) {
            *read = some as u64;
            return Ok(false);
        }
        *read += some as u64;
        if *read > SIZE_LIMIT {
            return Err(ReadErrorKind::TooLarge);
        }
        if words.match_part(buffer) {
            return Ok(true);
        }
        if buffer.len() == buffer.capacity() {
            buffer.drain(..buffer.len() - words.overlap());
        }
    }
}

/// git's own rule: a NUL byte near the beginning.
fn is_binary(text: &[u8]) -> bool {
    memchr::memchr(0, &text[..text.len().min(8000)]).is_some()
}
