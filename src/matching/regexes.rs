//! The regular expressions of constraints, each compiled once.

use std::cell::RefCell;

use regex::bytes::{Regex, RegexBuilder};
use rustc_hash::FxHashMap;

/// Compiled regular expressions.
#[derive(Debug, Default)]
pub struct Regexes(RefCell<FxHashMap<String, Option<Regex>>>);

impl Regexes {
    /// Whether a text fits; one that can't be compiled fits nothing.
    pub fn is_match(&self, regex: &str, text: &[u8]) -> bool {
        let mut known = self.0.borrow_mut();
        let compiled = known
            .entry(regex.to_owned())
            .or_insert_with(|| compile(regex).ok());
        compiled.as_ref().is_some_and(|regex| regex.is_match(text))
    }
}

/// Compiles one, with a bound on its size.
pub fn compile(regex: &str) -> Result<Regex, regex::Error> {
    // A string of SmPL escapes its quotes and backslashes as C does; `\|`, `\(` and `\)` are OCaml's operators.
    let unescaped = regex
        .replace("\\\\", "\\")
        .replace("\\\"", "\"")
        .replace("\\|", "|")
        .replace("\\(", "(")
        .replace("\\)", ")");
    RegexBuilder::new(&unescaped)
        .unicode(false)
        .size_limit(1 << 20)
        .nest_limit(100)
        .build()
}
