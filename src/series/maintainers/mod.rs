//! MAINTAINERS: whom a change concerns, as scripts/get_maintainer.pl says it.
//!
//! A kernel's own script decides who should be told, so this module gives what the script gives with `--nogit
//! --nogit-fallback`, oddities included: a pattern has no end, `N:` and `K:` are regular expressions of Perl, a section is as
//! specific as the last of its patterns that matched. The script breaks ties between sections at random; here the section
//! that comes first in the file goes first.

mod address;
mod in_file;
mod lookup;
mod parse;
mod pattern;
mod scan;

pub use lookup::{Contact, ContactKind, ListKind, Matched, Query};
pub use parse::{Dialect, Section};

use address::Mailmap;
use regex::bytes::RegexSet;
use std::sync::OnceLock;

/// A parsed MAINTAINERS file.
#[derive(Debug)]
pub struct Maintainers {
    sections: Vec<Section>,
    keywords: Vec<parse::Keyword>,
    mailmap: Mailmap,
    dialect: Dialect,
    /// All keywords at once, as they apply to lines in front of a patch and to lines of one.
    keyword_sets: OnceLock<[RegexSet; 2]>,
}

#[cfg(test)]
mod tests;
