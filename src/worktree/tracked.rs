//! What git's index tracks, by folder.

use bstr::{BStr, BString, ByteSlice};
use git2::Repository;
use rustc_hash::{FxHashMap, FxHashSet};

use super::FileMode;
use super::beneath::split;
use super::index::{self, IndexEntries};

const KIND: u32 = 0o170_000;
const GITLINK: u32 = 0o160_000;

/// The tracked files of one repository; paths count from its top.
#[derive(Default)]
pub struct Tracked {
    entries: IndexEntries,
    /// For each folder with something tracked below it, its own files as numbers of entries, sorted
    /// by name.
    folders: FxHashMap<BString, Vec<u32>>,
    submodules: FxHashSet<BString>,
    /// Whether the modes are to be taken from here, as git does not trust those in the folder.
    use_modes: bool,
}

impl Tracked {
    /// Reads the index of a repository.
    pub fn load(repository: &Repository, use_modes: bool) -> Result<Self, git2::Error> {
        let path = repository.path().join("index");
        let parsed = std::fs::read(path).ok().and_then(|file| index::parse(&file));
        let entries = match parsed {
            Some(entries) => entries,
            // It also has the words for what is wrong, and an index that does not exist is empty.
            None => {
                let mut entries = IndexEntries::default();
                for entry in repository.index()?.iter() {
                    entries.push(&entry.path, entry.mode);
                }
                entries
            }
        };
        Ok(Self::of(entries, use_modes))
    }

    fn of(entries: IndexEntries, use_modes: bool) -> Self {
        let mut folders = FxHashMap::<BString, Vec<u32>>::default();
        let mut submodules = FxHashSet::default();
        let mut previous: &[u8] = b"";
        // Files of one folder mostly stand together, so they are collected before they are added.
        let mut folder = BStr::new(b"");
        let mut files = Vec::new();
        for number in 0..entries.len() {
            let (path, mode) = entries.get(number);
            // A conflict has up to three entries for one path.
            if path == previous {
                continue;
            }
            previous = path;
            let own = split(path.as_bstr()).0;
            if own != folder {
                add_files(&mut folders, folder, &mut files);
                folder = own;
            }
            if mode & KIND == GITLINK {
                submodules.insert(path.into());
            } else {
                files.push(number as u32);
            }
        }
        add_files(&mut folders, folder, &mut files);
        Self {
            entries,
            folders,
            submodules,
            use_modes,
        }
    }

    fn path(&self, number: u32) -> &BStr {
        self.entries.get(number as usize).0.as_bstr()
    }

    /// Whether something below the folder is tracked.
    pub fn has_folder(&self, folder: &BStr) -> bool {
        self.folders.contains_key(folder)
    }

    /// Whether git keeps another repository at this path.
    pub fn is_submodule(&self, path: &BStr) -> bool {
        !self.submodules.is_empty() && self.submodules.contains(path)
    }

    /// The tracked files of one folder.
    pub fn folder(&self, folder: &BStr) -> TrackedFolder<'_> {
        TrackedFolder {
            tracked: self,
            skip: match folder.len() {
                0 => 0,
                length => length + 1,
            },
            files: self.folders.get(folder).map_or(&[], Vec::as_slice),
        }
    }

    /// The tracked files below a folder (or the file itself), in no order.
    pub fn below<'a>(&'a self, path: &'a BStr) -> impl Iterator<Item = &'a BStr> {
        let numbers = self.folders.values().flatten();
        numbers
            .map(|&number| self.path(number))
            .filter(move |file| is_below(file, path))
    }
}

/// Adds the files to a folder, and the folder to those above it.
fn add_files(folders: &mut FxHashMap<BString, Vec<u32>>, folder: &BStr, files: &mut Vec<u32>) {
    match folders.get_mut(folder) {
        Some(known) => known.append(files),
        None => {
            folders.insert(folder.into(), std::mem::take(files));
            let mut above = folder;
            while !above.is_empty() {
                above = split(above).0;
                if folders.contains_key(above) {
                    break;
                }
                folders.insert(above.into(), Vec::new());
            }
        }
    }
}

/// Whether `path` is `folder` or lies in it.
pub fn is_below(path: &BStr, folder: &BStr) -> bool {
    folder.is_empty()
        || path
            .strip_prefix(folder.as_bytes())
            .is_some_and(|rest| rest.is_empty() || rest[0] == b'/')
}

/// The tracked files of one folder.
#[derive(Clone, Copy)]
pub struct TrackedFolder<'a> {
    tracked: &'a Tracked,
    /// Length of the folder's path with the slash.
    skip: usize,
    files: &'a [u32],
}

impl TrackedFolder<'_> {
    /// The number of the file `name` of this folder, if it is tracked.
    pub fn find(&self, name: &BStr) -> Option<u32> {
        self.files
            .binary_search_by(|&file| self.tracked.path(file)[self.skip..].cmp(name))
            .ok()
            .map(|at| self.files[at])
    }

    /// The mode in the index, when git does not trust the one in the folder.
    pub fn mode(&self, number: u32) -> Option<FileMode> {
        if !self.tracked.use_modes {
            return None;
        }
        FileMode::of(self.tracked.entries.get(number as usize).1)
    }
}
