//! The regular expressions of constraints, each compiled once.

use std::cell::RefCell;

use regex::bytes::Regex;
use rustc_hash::FxHashMap;

use crate::smpl::compile_regex;

/// Compiled regular expressions.
#[derive(Debug, Default)]
pub struct Regexes(RefCell<FxHashMap<String, Option<Regex>>>);

impl Regexes {
    /// Whether a text fits; one that can't be compiled fits nothing.
    pub fn is_match(&self, regex: &str, text: &[u8]) -> bool {
        let mut known = self.0.borrow_mut();
        let compiled = known
            .entry(regex.to_owned())
            .or_insert_with(|| compile_regex(regex).ok());
        compiled.as_ref().is_some_and(|regex| regex.is_match(text))
    }
}
