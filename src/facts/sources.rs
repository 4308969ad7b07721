//! The files that were looked at so far, and the way to more of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use bstr::{BStr, BString};
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::file::FileFacts;
use crate::syntax::Names;

/// Gives all C files of the tree that hold at least one of the words, with their texts.
pub type Find<'a> = &'a (dyn Fn(&[BString]) -> Vec<(BString, Arc<[u8]>)> + Sync);

/// The parsed files of a tree, as far as somebody asked for a word in them.
pub struct Sources<'a> {
    find: Find<'a>,
    names: Names,
    files: BTreeMap<BString, Arc<FileFacts>>,
    searched: FxHashSet<BString>,
    /// Texts that a search found and that the next one for the same words will want.
    kept: FxHashMap<BString, Texts>,
}

type Texts = Vec<(BString, Arc<[u8]>)>;

/// Texts of more bytes than this are searched for again instead of kept.
const MAX_KEPT: usize = 16 << 20;

impl<'a> Sources<'a> {
    /// Knows no file yet.
    pub fn new(names: Names, find: Find<'a>) -> Self {
        Self {
            find,
            names,
            files: BTreeMap::new(),
            searched: FxHashSet::default(),
            kept: FxHashMap::default(),
        }
    }

    /// Takes files in that are at hand already.
    pub fn add(&mut self, texts: Vec<(BString, Arc<[u8]>)>) {
        let new: Vec<_> = texts
            .into_iter()
            .filter(|(path, _)| !self.files.contains_key(path))
            .collect();
        let names = &self.names;
        let parsed: Vec<_> = new
            .into_par_iter()
            .map(|(path, text)| {
                let facts = FileFacts::new(path.clone(), text, names);
                (path, Arc::new(facts))
            })
            .collect();
        self.files.extend(parsed);
    }

    /// Notes that all files with this word are in already.
    pub fn mark_searched(&mut self, word: impl Into<BString>) {
        self.searched.insert(word.into());
    }

    /// Makes sure that all files of the tree that hold one of the words are in, in one search.
    pub fn look_up<W: AsRef<[u8]>>(&mut self, words: impl IntoIterator<Item = W>) {
        let mut new: Vec<BString> = words
            .into_iter()
            .map(|word| BString::from(word.as_ref()))
            .filter(|word| !self.searched.contains(word))
            .collect();
        new.sort();
        new.dedup();
        if !new.is_empty() {
            let found = (self.find)(&new);
            self.searched.extend(new);
            self.add(found);
        }
    }

    /// The same for functions and for members that hold pointers to functions: of the latter, files count that call
    /// through them, and a member that more than `limit` files call through is left out.
    pub fn look_up_callers(&mut self, functions: &[BString], members: &[BString], limit: usize) {
        let new = |words: &[BString]| -> Vec<BString> {
            let words = words.iter().filter(|&word| !self.searched.contains(word));
            words.cloned().collect()
        };
        let (functions, members) = (new(functions), new(members));
        let words: Vec<BString> = functions.iter().chain(&members).cloned().collect();
        if words.is_empty() {
            return;
        }
        let found: Vec<Caller> = (self.find)(&words)
            .into_par_iter()
            .map(|(path, text)| {
                let named = functions.iter().any(|name| holds_word(&text, name));
                let called = (0..members.len())
                    .filter(|&index| calls_member(&text, &members[index]))
                    .collect();
                Caller {
                    path,
                    text,
                    named,
                    called,
                }
            })
            .collect();
        let mut counts = vec![0; members.len()];
        for &member in found.iter().flat_map(|caller| &caller.called) {
            counts[member] += 1;
        }
        self.searched.extend(words);
        let wanted = found
            .into_iter()
            .filter(|caller| caller.named || caller.called.iter().any(|&member| counts[member] <= limit))
            .map(|caller| (caller.path, caller.text));
        self.add(wanted.collect());
    }

    /// Takes in those files with one of the words whose text passes a filter; they don't count as all files with it.
    pub fn look_up_if<W: AsRef<[u8]>>(
        &mut self,
        words: impl IntoIterator<Item = W>,
        filter: impl Fn(&[u8]) -> bool + Sync,
    ) {
        let (words, key) = words_and_key(words);
        if let Some(kept) = self.kept.remove(&key) {
            self.searched.insert(key);
            self.add(kept);
        } else if self.searched.insert(key) {
            let found = (self.find)(&words);
            self.add(found.into_par_iter().filter(|(_, text)| filter(text)).collect());
        }
    }

    /// Takes in those files with one of the words whose text passes the filter `now`, and keeps at hand what `look_up_if` takes in
    /// for the same words and the filter `then`, so that the tree is searched once for both.
    pub fn look_up_in_turn<W: AsRef<[u8]>>(
        &mut self,
        words: impl IntoIterator<Item = W>,
        now: impl Fn(&[u8]) -> bool + Sync,
        then: impl Fn(&[u8]) -> bool + Sync,
    ) {
        let (words, key) = words_and_key(words);
        if self.searched.contains(&key) || self.kept.contains_key(&key) {
            return;
        }
        let found = (self.find)(&words);
        let (now, rest): (Texts, Texts) = found.into_par_iter().partition(|(_, text)| now(text));
        self.add(now);
        let kept: Texts = rest.into_par_iter().filter(|(_, text)| then(text)).collect();
        if kept.iter().map(|(_, text)| text.len()).sum::<usize>() <= MAX_KEPT {
            self.kept.insert(key, kept);
        }
    }

    /// A file that is in.
    pub fn file(&self, path: &BStr) -> Option<&Arc<FileFacts>> {
        self.files.get(path)
    }

    /// All files that are in, sorted by path.
    pub fn files(&self) -> impl Iterator<Item = &Arc<FileFacts>> {
        self.files.values()
    }
}

/// A file that was found for its callers.
struct Caller {
    path: BString,
    text: Arc<[u8]>,
    /// Whether it names one of the functions.
    named: bool,
    /// The members that it calls through.
    called: Vec<usize>,
}

/// Whether a name stands in a text as a word of its own.
fn holds_word(text: &[u8], word: &[u8]) -> bool {
    occurrences(text, word).next().is_some()
}

fn occurrences<'t>(text: &'t [u8], word: &'t [u8]) -> impl Iterator<Item = usize> + 't {
    let part_of_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    memchr::memmem::find_iter(text, word).filter(move |&at| {
        let before = at.checked_sub(1).and_then(|at| text.get(at));
        let behind = text.get(at + word.len());
        !before.is_some_and(part_of_word) && !behind.is_some_and(part_of_word)
    })
}

/// Whether a text calls through a member: `->member(`, `.member(`, `->member)(`.
fn calls_member(text: &[u8], member: &[u8]) -> bool {
    occurrences(text, member).any(|at| {
        let before = text[..at].trim_ascii_end();
        let behind = text[at + member.len()..].trim_ascii_start();
        (before.ends_with(b"->") || before.ends_with(b".")) && matches!(behind.first(), Some(b'(' | b')'))
    })
}

/// Words, and how a search for them is remembered.
fn words_and_key<W: AsRef<[u8]>>(words: impl IntoIterator<Item = W>) -> (Vec<BString>, BString) {
    let words: Vec<BString> = words
        .into_iter()
        .map(|word| BString::from(word.as_ref()))
        .collect();
    let mut key = BString::from("\0");
    for word in &words {
        key.extend_from_slice(word);
        key.push(0);
    }
    (words, key)
}
