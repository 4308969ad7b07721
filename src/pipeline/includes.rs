//! The headers that files include, for the types in them; nothing else of them is looked at.

use std::collections::{HashMap, HashSet, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::matching::{Declarations, Headers, declarations};

/// Which of a file's headers are read.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Depth {
    /// None.
    #[default]
    None,
    /// Those in quotation marks.
    Local,
    /// All that it names.
    All,
    /// And what they include.
    Recursive,
}

/// Reads headers, each once.
#[derive(Debug)]
pub struct Includes {
    depth: Depth,
    folders: Vec<PathBuf>,
    known: Mutex<HashMap<PathBuf, Option<Arc<Header>>>>,
}

#[derive(Debug)]
struct Header {
    declarations: Arc<Declarations>,
    includes: Vec<Include>,
}

/// A line `#include`.
#[derive(Debug)]
struct Include {
    name: String,
    is_local: bool,
}

/// How many headers are read for one file.
const MAX_HEADERS: usize = 3000;

/// How large a header may be, in bytes.
const MAX_SIZE: u64 = 8 << 20;

impl Includes {
    /// `folders` are those of `-I`; `None` if no headers are wanted.
    pub fn new(depth: Depth, folders: &[PathBuf]) -> Option<Self> {
        (depth != Depth::None).then(|| Self {
            depth,
            folders: folders.to_vec(),
            known: Mutex::default(),
        })
    }

    fn read(&self, path: &Path) -> Option<Arc<Header>> {
        let lock = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let known = lock().get(path).cloned();
        if let Some(known) = known {
            return known;
        }
        let is_readable = std::fs::metadata(path).is_ok_and(|data| data.is_file() && data.len() <= MAX_SIZE);
        let text = is_readable.then(|| std::fs::read(path).ok()).flatten();
        let header = text.map(|text| {
            let includes = includes(&text);
            let declarations = Arc::new(declarations(&path.to_string_lossy(), text.into()));
            Arc::new(Header {
                declarations,
                includes,
            })
        });
        lock().insert(path.to_owned(), header.clone());
        header
    }

    /// The first place where a header is found: beside the file that names it in quotation marks, then in the folders.
    fn find(&self, include: &Include, beside: &Path) -> Option<(PathBuf, Arc<Header>)> {
        let own = include.is_local.then_some(beside);
        own.into_iter()
            .chain(self.folders.iter().map(PathBuf::as_path))
            .map(|folder| folder.join(&include.name))
            .find_map(|path| self.read(&path).map(|header| (path, header)))
    }
}

impl Headers for Includes {
    fn of(&self, path: &str, text: &[u8]) -> Vec<Arc<Declarations>> {
        let folder = |path: &Path| path.parent().map_or_else(PathBuf::new, Path::to_path_buf);
        let wanted = |include: &&Include| self.depth != Depth::Local || include.is_local;
        let mut open: VecDeque<(PathBuf, Arc<Header>)> = VecDeque::new();
        let own = folder(Path::new(path));
        for include in includes(text).iter().filter(wanted) {
            open.extend(self.find(include, &own));
        }
        let mut seen: HashSet<PathBuf> = HashSet::new();
        let mut list = Vec::new();
        while let Some((path, header)) = open.pop_front() {
            if list.len() == MAX_HEADERS || !seen.insert(path.clone()) {
                continue;
            }
            list.push(header.declarations.clone());
            if self.depth == Depth::Recursive {
                let own = folder(&path);
                for include in &header.includes {
                    open.extend(self.find(include, &own));
                }
            }
        }
        list
    }
}

/// The headers that a text names.
fn includes(text: &[u8]) -> Vec<Include> {
    let lines = text.split(|&byte| byte == b'\n');
    lines
        .filter_map(|line| {
            let rest = line.trim_ascii_start().strip_prefix(b"#")?.trim_ascii_start();
            let rest = rest.strip_prefix(b"include")?.trim_ascii_start();
            let (is_local, end) = match rest.first()? {
                b'"' => (true, b'"'),
                b'<' => (false, b'>'),
                _ => return None,
            };
            let name = rest[1..].split(|&byte| byte == end).next()?;
            let name = std::str::from_utf8(name).ok()?.to_owned();
            Some(Include { name, is_local })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_named_in_two_ways() {
        let found =
            includes(b"#include <a/b.h>\n # include\t\"c.h\" /* \" */\n#include MACRO\nint include;\n");
        let names: Vec<(&str, bool)> = found
            .iter()
            .map(|one| (one.name.as_str(), one.is_local))
            .collect();
        assert_eq!(names, [("a/b.h", false), ("c.h", true)]);
    }
}
