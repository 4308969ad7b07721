//! Rules and files that nobody wrote: what the tests have, torn apart and put together again. Nothing may panic or take
//! long. `RESPIN_FUZZ_SECONDS` says how long each test goes on (2 seconds if it is not set), and `RESPIN_FUZZ_SEED`
//! where it begins; a failure prints both the seed and what was run.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use respin::matching::{Engine, NoScripts};
use respin::smpl;

/// What one rule on one file may take, in a debug build on a busy machine.
const ONE: Duration = Duration::from_secs(20);

/// Pieces that a mutation puts somewhere.
const PIECES: &[&str] = &[
    "...",
    "<...",
    "...>",
    "<+...",
    "...+>",
    "(",
    ")",
    "{",
    "}",
    "[",
    "]",
    "\\(",
    "\\|",
    "\\)",
    "\\&",
    "\n(\n",
    "\n|\n",
    "\n)\n",
    "\n&\n",
    "@@",
    "@r@",
    "@p",
    ";",
    ",",
    "when != x",
    "when any",
    "when strict",
    "when exists",
    "\n-",
    "\n+",
    "\n++",
    "\n*",
    "\n?",
    "if (x)",
    "else",
    "while (x)",
    "for (;;)",
    "do",
    "switch (x)",
    "case 1:",
    "return",
    "int",
    "struct s",
    "const",
    "*",
    "&",
    "->",
    ".",
    "=",
    "==",
    "!=",
    "x",
    "y",
    "E",
    "S",
    "T",
    "f",
    "0",
    "\"%d\"",
    "'c'",
    "#define X",
    "#include <a.h>",
    "\n#if A\n",
    "\n#endif\n",
    "//",
    "/*",
    "*/",
    "expression E;",
    "statement S;",
    "identifier f =~ \"a\";",
    "type T;",
    "position p;",
    "expression list[n] es;",
    "depends on r",
    "extends r",
    "disable all",
    "fresh identifier z = \"a\" ## x;",
    "static",
    "__init",
    "sizeof",
    "\0",
    "\u{e9}",
];

struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, count: usize) -> usize {
        (self.next() % count.max(1) as u64) as usize
    }
}

/// Rules and the texts they are for.
fn seeds() -> Vec<(Vec<u8>, Vec<u8>)> {
    include_str!("../testdata/smpl/layout.txt")
        .split("=== ")
        .skip(1)
        .filter_map(|case| {
            let mut parts = case.split_once('\n')?.1.split("%%\n");
            Some((parts.next()?.into(), parts.next()?.into()))
        })
        .collect()
}

fn mutate(random: &mut Random, text: &mut Vec<u8>, other: &[u8]) {
    let place = |random: &mut Random, len: usize| random.below(len + 1);
    match random.below(7) {
        // A piece is put in.
        0 | 1 => {
            let at = place(random, text.len());
            let piece = PIECES[random.below(PIECES.len())].as_bytes();
            text.splice(at..at, piece.iter().copied());
        }
        // A range goes, or is there twice.
        2 => {
            let at = place(random, text.len());
            let end = (at + random.below(20)).min(text.len());
            text.drain(at..end);
        }
        3 => {
            let at = place(random, text.len());
            let end = (at + random.below(60)).min(text.len());
            let piece = text[at..end].to_vec();
            let to = place(random, text.len());
            text.splice(to..to, piece);
        }
        // A piece of another text.
        4 => {
            let at = place(random, other.len());
            let end = (at + random.below(80)).min(other.len());
            let to = place(random, text.len());
            text.splice(to..to, other[at..end].iter().copied());
        }
        // A line goes elsewhere.
        5 => {
            let mut lines: Vec<Vec<u8>> = text.split(|&byte| byte == b'\n').map(<[u8]>::to_vec).collect();
            let from = random.below(lines.len());
            let line = lines.remove(from);
            let to = place(random, lines.len());
            lines.insert(to, line);
            *text = lines.join(&b'\n');
        }
        _ => {
            if !text.is_empty() {
                let at = random.below(text.len());
                text[at] = random.next() as u8;
            }
        }
    }
}

/// Runs `body` on one input after the other until the time is over.
fn fuzz(first: u64, body: impl Fn(&mut Random, &[(Vec<u8>, Vec<u8>)]) -> (Vec<u8>, Vec<u8>)) {
    let number = |name: &str| {
        std::env::var(name)
            .ok()
            .and_then(|value| value.parse::<u64>().ok())
    };
    let time = Duration::from_secs(number("RESPIN_FUZZ_SECONDS").unwrap_or(2));
    let seeds = seeds();
    assert!(seeds.len() > 40);
    let started = Instant::now();
    let mut seed = number("RESPIN_FUZZ_SEED").unwrap_or(first);
    while started.elapsed() < time {
        let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        let (rules, code) = body(&mut random, &seeds);
        let tell = || {
            format!(
                "RESPIN_FUZZ_SEED={seed}\n--- rules\n{}\n--- code\n{}",
                String::from_utf8_lossy(&rules),
                String::from_utf8_lossy(&code)
            )
        };
        let begun = Instant::now();
        let result = catch_unwind(AssertUnwindSafe(|| {
            if let Ok(patch) = smpl::parse(&rules) {
                let engine = Engine::new(patch, [], [], &[]);
                let outcome = engine.run("fuzz.c", Arc::from(&code[..]), &mut NoScripts);
                if let Some(text) = outcome.text {
                    assert_ne!(text, code, "a change that changes nothing");
                }
            }
        }));
        assert!(result.is_ok(), "{}", tell());
        assert!(begun.elapsed() < ONE, "it took {:?}\n{}", begun.elapsed(), tell());
        seed += 1;
    }
}

#[test]
fn rules_that_nobody_wrote() {
    fuzz(1, |random, seeds| {
        let (mut rules, code) = seeds[random.below(seeds.len())].clone();
        let other = &seeds[random.below(seeds.len())].0;
        for _ in 0..=random.below(12) {
            mutate(random, &mut rules, other);
        }
        (rules, code)
    });
}

#[test]
fn rules_on_files_that_nobody_wrote() {
    fuzz(1_000_000, |random, seeds| {
        let (mut rules, own) = seeds[random.below(seeds.len())].clone();
        let mut code = own;
        for _ in 0..random.below(4) {
            code.extend_from_slice(&seeds[random.below(seeds.len())].1);
        }
        let other = seeds[random.below(seeds.len())].1.clone();
        for _ in 0..random.below(12) {
            mutate(random, &mut code, &other);
        }
        for _ in 0..random.below(3) {
            mutate(random, &mut rules, &other);
        }
        (rules, code)
    });
}
