//! What a file is, judged by its path: the one place that knows.

use bstr::{BStr, ByteSlice};

/// What a file of a kernel tree is to a transform.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum FileKind {
    /// A translation unit: `*.c`, also under Documentation/.
    C,
    /// A header: `*.h`, also under Documentation/.
    Header,
    /// Text for people: all else in a folder named Documentation, and `*.rst`, `*.md` and
    /// README files anywhere. `*.txt` elsewhere is not: those are often tables that programs read.
    Documentation,
    /// Everything else: assembler, Rust, Kconfig, Makefiles, scripts.
    Other,
}

impl FileKind {
    /// The kind of the file at a path of the tree.
    pub fn of(path: &BStr) -> Self {
        let (folder, name) = path.as_bytes().rsplit_once_str("/").unwrap_or((b"", path));
        if name.ends_with(b".c") {
            Self::C
        } else if name.ends_with(b".h") {
            Self::Header
        } else if name.ends_with(b".rst")
            || name.ends_with(b".md")
            || name.starts_with(b"README")
            || folder
                .split(|&byte| byte == b'/')
                .any(|name| name == b"Documentation")
        {
            Self::Documentation
        } else {
            Self::Other
        }
    }

    /// Whether the reader of C reads it.
    pub fn is_c(self) -> bool {
        matches!(self, Self::C | Self::Header)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds() {
        for (path, kind) in [
            ("mm/memory.c", FileKind::C),
            ("include/linux/mm.h", FileKind::Header),
            ("Documentation/x/y.c", FileKind::C),
            ("Documentation/core-api/mm-api.rst", FileKind::Documentation),
            ("Documentation/vm/mmap.txt", FileKind::Documentation),
            ("tools/perf/Documentation/x", FileKind::Documentation),
            ("drivers/README", FileKind::Documentation),
            ("README.md", FileKind::Documentation),
            ("arch/x86/lib/x86-opcode-map.txt", FileKind::Other),
            ("MyDocumentation/x", FileKind::Other),
            ("arch/x86/entry/entry.S", FileKind::Other),
            ("mm/Kconfig", FileKind::Other),
            ("c", FileKind::Other),
        ] {
            assert_eq!(FileKind::of(path.into()), kind, "{path}");
        }
    }
}
