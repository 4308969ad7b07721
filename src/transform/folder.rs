//! The folder of a transform: embedded in the binary, or on disk.

use std::io::Read;
use std::path::{Path, PathBuf};

use include_dir::{Dir, DirEntry};

use super::problem::Problem;

/// A transform is a few pages of text. What is larger, or endless like a device, is a mistake.
const LARGEST_FILE: u64 = 1 << 20;

/// The file that holds the rules of a transform with the pass `smpl`.
pub(super) const RULES_FILE: &str = "rule.cocci";

/// Where the files of a transform are.
#[derive(Clone, Debug)]
pub enum Folder {
    /// Part of the binary.
    Embedded(&'static Dir<'static>),
    /// A folder on disk.
    Disk(PathBuf),
    /// A file of rules by itself: a folder with nothing but a rule.cocci.
    Rules(PathBuf),
}

/// An entry of a folder.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) is_folder: bool,
}

impl Folder {
    /// The last part of the folder's path.
    pub fn name(&self) -> String {
        let path = match self {
            Folder::Embedded(dir) => dir.path().to_owned(),
            // `.` and `..` have a name only when they are resolved.
            Folder::Disk(path) => path.canonicalize().unwrap_or_else(|_| path.clone()),
            Folder::Rules(path) => path.with_extension(""),
        };
        path.file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default()
    }

    /// How messages name a file of this folder.
    pub fn shown(&self, file: &str) -> String {
        match self {
            Folder::Embedded(dir) => format!("transforms/{}/{file}", dir.path().display()),
            Folder::Disk(path) => path.join(file).display().to_string(),
            Folder::Rules(path) => path.display().to_string(),
        }
    }

    /// Contents of a file, `None` when there is none.
    pub fn read(&self, file: &str) -> Result<Option<Vec<u8>>, Problem> {
        match self {
            Folder::Embedded(dir) => Ok(dir
                .get_file(dir.path().join(file))
                .map(|file| file.contents().to_vec())),
            Folder::Disk(path) => read_disk(&path.join(file)),
            Folder::Rules(path) if file == RULES_FILE => read_disk(path),
            Folder::Rules(_) => Ok(None),
        }
    }

    /// The entries of a subfolder, sorted by name; nothing when there is no such folder.
    pub(super) fn entries(&self, subfolder: &str) -> Result<Vec<Entry>, Problem> {
        let mut entries = match self {
            Folder::Embedded(dir) => dir
                .get_dir(dir.path().join(subfolder))
                .map(|found| found.entries().iter().map(embedded_entry).collect())
                .unwrap_or_default(),
            Folder::Disk(path) => list_disk(&path.join(subfolder))?,
            Folder::Rules(_) => Vec::new(),
        };
        entries.sort();
        Ok(entries)
    }
}

fn embedded_entry(entry: &DirEntry<'_>) -> Entry {
    let name = entry.path().file_name().unwrap_or_default();
    Entry {
        name: name.to_string_lossy().into_owned(),
        is_folder: entry.as_dir().is_some(),
    }
}

fn read_disk(path: &Path) -> Result<Option<Vec<u8>>, Problem> {
    let failed = |error| io_problem("can't read", path, &error);
    let metadata = match std::fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    if !metadata.is_file() {
        return Err(Problem::new(
            "not-a-file",
            format!("{} is not a regular file", path.display()),
        ));
    }
    let mut contents = Vec::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(LARGEST_FILE + 1).read_to_end(&mut contents))
        .map_err(failed)?;
    if contents.len() as u64 > LARGEST_FILE {
        return Err(Problem::new(
            "file-too-large",
            format!("{} is larger than 1 MiB", path.display()),
        )
        .help("the files of a transform are manifests, messages and small tests"));
    }
    Ok(Some(contents))
}

fn list_disk(path: &Path) -> Result<Vec<Entry>, Problem> {
    let failed = |error| io_problem("can't list", path, &error);
    let listing = match std::fs::read_dir(path) {
        Ok(listing) => listing,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed(error)),
    };
    let mut entries = Vec::new();
    for entry in listing {
        let entry = entry.map_err(failed)?;
        let Ok(name) = entry.file_name().into_string() else {
            return Err(Problem::new(
                "not-utf8",
                format!("the file name {} is not UTF-8 text", entry.path().display()),
            ));
        };
        // Editors and version control leave hidden files behind; no file of a transform is hidden.
        if !name.starts_with('.') {
            // A symbolic link is listed as a file, so that following the listing always ends.
            let is_folder = entry.file_type().map_err(failed)?.is_dir();
            entries.push(Entry { name, is_folder });
        }
    }
    Ok(entries)
}

pub(super) fn io_problem(what: &str, path: &Path, error: &std::io::Error) -> Problem {
    Problem::new("io", format!("{what} {}: {error}", path.display()))
}
