//! Which driver and which subsystem a file belongs to, as far as paths and Makefiles tell.

use std::collections::BTreeMap;

use bstr::{BStr, BString, ByteSlice};

/// Knows the drivers of a tree; reads each Makefile once.
pub(super) struct Drivers<'a> {
    read: &'a dyn Fn(&BStr) -> Option<Vec<u8>>,
    makefiles: BTreeMap<BString, Option<Makefile>>,
}

/// Which objects are parts of which module.
type Makefile = BTreeMap<BString, BString>;

impl<'a> Drivers<'a> {
    pub(super) fn new(read: &'a dyn Fn(&BStr) -> Option<Vec<u8>>) -> Self {
        Self {
            read,
            makefiles: BTreeMap::new(),
        }
    }

    /// The driver that `path` is part of, as `folder/name`.
    ///
    /// A folder's Makefile says which objects make up a module. A file that it does not list is
    /// taken for the whole folder: a header that several modules share, or one of a tree without
    /// Makefiles.
    pub(super) fn of(&mut self, path: &BStr) -> BString {
        let (folder, name) = split(path);
        let Some((stem, extension)) = name.rsplit_once_str(".") else {
            return folder.to_owned();
        };
        if !matches!(extension, b"c" | b"h" | b"S") {
            return folder.to_owned();
        }
        let makefile = self.makefile(folder);
        match makefile.as_ref().and_then(|parts| parts.get(stem.as_bstr())) {
            Some(module) => join(folder, module.as_bstr()),
            None => folder.to_owned(),
        }
    }

    fn makefile(&mut self, folder: &BStr) -> &Option<Makefile> {
        let read = self.read;
        self.makefiles.entry(folder.to_owned()).or_insert_with(|| {
            let text = ["Kbuild", "Makefile"]
                .iter()
                .find_map(|name| read(join(folder, name.as_bytes().as_bstr()).as_bstr()));
            text.map(|text| parse(&text))
        })
    }
}

/// Reads `module-y := a.o b.o`, `module-objs += c.o` and `obj-$(CONFIG_X) += d.o`.
fn parse(text: &[u8]) -> Makefile {
    let text = text.replace("\\\n", " ");
    let mut parts = Makefile::new();
    let mut alone = Vec::new();
    for line in text.lines() {
        let line = line.split(|&byte| byte == b'#').next().unwrap_or_default();
        let Some(at) = line.find_byte(b'=') else {
            continue;
        };
        let target = line[..at].trim_end_with(|c| matches!(c, ' ' | '\t' | ':' | '+' | '?'));
        let target = target.trim();
        let objects = line[at + 1..]
            .fields()
            .filter_map(|word| word.strip_suffix(b".o"));
        let Some((module, kind)) = target.rsplit_once_str("-") else {
            continue;
        };
        let is_list = matches!(kind, b"y" | b"m" | b"objs") || kind.starts_with(b"$(");
        if !is_list {
            continue;
        }
        for object in objects {
            if matches!(module, b"obj" | b"lib") {
                alone.push(BString::from(object));
            } else {
                parts.entry(object.into()).or_insert_with(|| module.into());
            }
        }
    }
    for object in alone {
        parts.entry(object.clone()).or_insert(object);
    }
    parts
}

/// The subsystem that a path lies in, where nobody knows better.
pub(super) fn subsystem(path: &BStr) -> String {
    let parts: Vec<&[u8]> = path.split_str("/").collect();
    let name: &[u8] = match parts.as_slice() {
        [b"drivers", b"gpu", b"drm", ..] => b"drm",
        [b"drivers", b"net", b"wireless", ..] => b"wireless",
        [b"drivers", b"net", ..] => b"net",
        [b"sound", b"soc", ..] => b"asoc",
        [b"drivers" | b"arch" | b"fs", name, _, ..] => name,
        [b"include", b"linux" | b"uapi", ..] => b"include",
        [first, _, ..] => first,
        _ => b"tree",
    };
    super::quote::path(name.as_bstr())
}

/// Folder and name; the folder of a file at the top is empty.
pub(super) fn split(path: &BStr) -> (&BStr, &[u8]) {
    match path.rfind_byte(b'/') {
        Some(at) => (path[..at].as_bstr(), &path[at + 1..]),
        None => (b"".as_bstr(), path),
    }
}

fn join(folder: &BStr, name: &BStr) -> BString {
    let mut path = folder.to_owned();
    if !path.is_empty() {
        path.push(b'/');
    }
    path.extend_from_slice(name);
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn makefiles_tell_drivers_apart() {
        let read = |path: &BStr| {
            (path == "drivers/x/Makefile").then(|| {
                b"obj-$(CONFIG_A) += one.o two.o \\\n\tthree.o # four.o\n\
                  two-y := two_main.o\ntwo-$(CONFIG_B) += two_b.o\nthree-objs = t.o\n"
                    .to_vec()
            })
        };
        let mut drivers = Drivers::new(&read);
        let mut of = |path: &str| drivers.of(path.into()).to_string();
        assert_eq!(of("drivers/x/one.c"), "drivers/x/one");
        assert_eq!(of("drivers/x/two_main.c"), "drivers/x/two");
        assert_eq!(of("drivers/x/two_b.c"), "drivers/x/two");
        assert_eq!(of("drivers/x/t.h"), "drivers/x/three");
        assert_eq!(of("drivers/x/four.c"), "drivers/x");
        assert_eq!(of("drivers/x/notes.txt"), "drivers/x");
        assert_eq!(of("drivers/y/a.c"), "drivers/y");
        assert_eq!(of("top.c"), "");
    }

    #[test]
    fn subsystems_follow_the_tree() {
        for (path, name) in [
            ("drivers/gpu/drm/udl/udl_gem.c", "drm"),
            ("drivers/net/a.c", "net"),
            ("drivers/char/mem.c", "char"),
            ("mm/memory.c", "mm"),
            ("arch/arm/mm/x.c", "arm"),
            ("drivers/x.c", "drivers"),
            ("README", "tree"),
        ] {
            assert_eq!(subsystem(path.into()), name, "{path}");
        }
    }
}
