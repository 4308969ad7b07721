//! Functions that are written at random together with what they mean, and the comparison of two programs by what they do.

#![allow(
    dead_code,
    reason = "every test binary compiles this module and uses its own part of it"
)]

pub mod handlers;
pub mod loops;

use std::path::Path;
use std::process::Command;

use rayon::prelude::*;

/// So many pairs are compiled at once.
const BATCH: usize = 250;

/// A number from the environment.
pub fn from_environment(name: &str, otherwise: u64) -> u64 {
    match std::env::var(name) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{name} is no number")),
        Err(_) => otherwise,
    }
}

/// Compares all pairs in batches, on all cores; `program` writes the C program that compares some.
///
/// The program prints `NUMBER what differs` for each pair that differs, and `end`.
pub fn differences<T: Sync>(pairs: &[T], program: impl Fn(&[T]) -> String + Sync) -> Vec<Option<String>> {
    pairs
        .par_chunks(BATCH)
        .flat_map_iter(|batch| {
            let folder = tempfile::tempdir().unwrap();
            compare(folder.path(), &program(batch), batch.len())
        })
        .collect()
}

fn compare(folder: &Path, text: &str, count: usize) -> Vec<Option<String>> {
    let source = folder.join("pairs.c");
    let program = folder.join("pairs");
    std::fs::write(&source, text).unwrap();
    let made = Command::new("gcc")
        .args(["-std=gnu11", "-O0", "-fwrapv", "-o"])
        .arg(&program)
        .arg(&source)
        .output()
        .unwrap();
    assert!(
        made.status.success(),
        "gcc does not take what was written:\n{}",
        errors(&made.stderr)
    );
    let output = Command::new(&program).output().unwrap();
    assert!(output.status.success(), "the comparison itself failed");
    let mut found: Vec<Option<String>> = vec![None; count];
    let lines = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut ended = false;
    for line in lines.lines() {
        match line.split_once(' ') {
            Some((index, input)) => found[index.parse::<usize>().unwrap()] = Some(input.to_owned()),
            None => ended = line == "end",
        }
    }
    assert!(ended, "the comparison did not come to its end");
    found
}

/// The first errors, without the warnings around them.
fn errors(messages: &[u8]) -> String {
    let text = String::from_utf8_lossy(messages);
    let lines: Vec<&str> = text.lines().collect();
    let starts = (0..lines.len()).filter(|&at| lines[at].contains("error:"));
    let shown: Vec<String> = starts
        .take(8)
        .map(|at| lines[at..(at + 2).min(lines.len())].join("\n"))
        .collect();
    shown.join("\n")
}

/// SplitMix64: the same numbers on every machine.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound.max(1) as u64) as usize
    }

    pub fn chance(&mut self, of_a_hundred: usize) -> bool {
        self.below(100) < of_a_hundred
    }

    pub fn pick<'a, T: ?Sized>(&mut self, list: &[&'a T]) -> &'a T {
        list[self.below(list.len())]
    }
}
