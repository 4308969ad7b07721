//! Native passes: from the files that hold the words to a plan.
//!
//! A pass is general and takes its parameters from a manifest; no pass knows the name of a transform.

pub mod fault_handler;
pub mod insert_loop;
pub mod rename;
pub mod survey;

use std::sync::Arc;

use bstr::BString;

use crate::facts::Sources;
use crate::facts::sources::Find;
use crate::ledger::Place;
use crate::syntax::Names;
use crate::text::{LineIndex, TextRange, is_behind_escape};

/// How a file is read by a pass.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Language {
    /// A translation unit of C.
    C,
    /// A header.
    Header,
    /// Assembler, with or without preprocessor.
    Assembler,
    /// Text for people.
    Documentation,
    /// Anything else.
    Other,
}

impl Language {
    /// Whether it is read as C.
    pub fn is_c(self) -> bool {
        matches!(self, Language::C | Language::Header)
    }
}

/// One file that holds a word the pass looks for.
#[derive(Clone, Debug)]
pub struct SourceFile {
    /// Relative to the tree.
    pub path: BString,
    /// All of it.
    pub text: Arc<[u8]>,
    /// What its name says it is.
    pub language: Language,
}

/// What the C files among `files` say; they are all that hold one of `names`, and `find` gives those with other words.
fn sources<'a>(
    files: &[SourceFile],
    names: impl IntoIterator<Item = BString>,
    find: Find<'a>,
) -> Sources<'a> {
    let mut sources = Sources::new(Names::new(), find);
    let code = files.iter().filter(|file| file.language.is_c());
    sources.add(code.map(|file| (file.path.clone(), file.text.clone())).collect());
    for name in names {
        sources.mark_searched(name);
    }
    sources
}

/// Whether a file is one of the paths or lies below one.
pub fn is_under(path: &BString, under: &[BString]) -> bool {
    under.is_empty()
        || under.iter().any(|folder| {
            let folder = folder.strip_suffix(b"/").unwrap_or(folder);
            folder == b"."
                || path
                    .strip_prefix(folder)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with(b"/"))
        })
}

/// The line at a place of a file, as proof of a reason.
pub fn place(path: &BString, text: &[u8], lines: &LineIndex, range: TextRange) -> Place {
    let line = lines.line_column(range.start).line;
    let content = lines.line_range(line).map_or(&b""[..], |line| line.slice(text));
    Place {
        path: path.clone(),
        line,
        text: shortened(content.trim_ascii()).into(),
    }
}

/// A line of a generated file can be as long as the file; nobody reads more of it than this.
fn shortened(line: &[u8]) -> &[u8] {
    &line[..line.len().min(200)]
}

/// Where `name` stands in `text` as a word of its own.
pub fn words<'a>(text: &'a [u8], name: &'a [u8]) -> impl Iterator<Item = u32> + 'a {
    let part_of_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    memchr::memmem::find_iter(text, name)
        .filter(move |&at| {
            let before = at.checked_sub(1).and_then(|at| text.get(at));
            let behind = text.get(at + name.len());
            let begins = !before.is_some_and(part_of_word) || is_behind_escape(text, at);
            begins && !behind.is_some_and(part_of_word)
        })
        .map(|at| at as u32)
}
