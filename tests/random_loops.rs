//! Loops written at random: each one is rewritten to the same meaning, or left alone.
//!
//! `RESPIN_RANDOM_PROGRAMS` says how many (CI: 10000), `RESPIN_RANDOM_SEED` where the numbers begin.

mod random_support;

use std::collections::BTreeMap;
use std::sync::Arc;

use bstr::BString;
use rayon::prelude::*;

use random_support::loops::harness::{Inputs, Pair, program};
use random_support::loops::near_misses::{WAYS, near_miss};
use random_support::loops::shapes::{SHAPES, equivalent};
use random_support::loops::{DECLARATIONS, Meaning, Program};
use random_support::{Random, from_environment};
use respin::ledger::{Safety, Verdict};
use respin::passes::insert_loop::{self, Argument, Parameters};
use respin::passes::{Language, SourceFile};

/// What became of a program.
enum Became {
    Rewritten { after: String, is_safe: bool },
    Left { code: String, text: String },
}

fn rewrite(source: &str, include_unsafe: bool) -> Became {
    rewrite_with(source, &range(include_unsafe))
}

fn range(include_unsafe: bool) -> Parameters {
    Parameters {
        from: "vm_insert_page".into(),
        to: "vm_insert_range".into(),
        arguments: vec![Argument::Vma, Argument::Address, Argument::Pages, Argument::Count],
        at_start: None,
        equivalents: Vec::new(),
        interface: None,
        add_interface: false,
        have_interface: true,
        under: Vec::new(),
        include_unsafe,
    }
}

fn rewrite_with(source: &str, parameters: &Parameters) -> Became {
    let text = format!("{DECLARATIONS}{source}");
    let file = SourceFile {
        path: BString::from("a.c"),
        text: Arc::from(text.as_bytes()),
        language: Language::C,
    };
    let plan = insert_loop::run(parameters, &[file], &|_| Vec::new()).expect("a plan");
    let [site] = &plan.sites[..] else {
        panic!("{} sites in\n{source}", plan.sites.len())
    };
    if site.verdict != Verdict::Rewritten {
        let reason = site.reason.as_ref();
        return Became::Left {
            code: reason.map_or("none", |reason| reason.code).to_owned(),
            text: reason.map_or(String::new(), |reason| reason.text.clone()),
        };
    }
    let after = String::from_utf8(plan.total()[0].after.to_vec()).expect("text");
    let after = after
        .strip_prefix(DECLARATIONS)
        .expect("the declarations as they were");
    Became::Rewritten {
        after: after.to_owned(),
        is_safe: site.safety == Some(Safety::Safe),
    }
}

fn differences(pairs: &[Pair], inputs: Inputs) -> Vec<Option<String>> {
    random_support::differences(pairs, |batch| program(batch, inputs))
}

fn show(source: &str, after: &str, input: &str) -> String {
    format!("--- before\n{source}--- after\n{after}--- differs for {input}\n")
}

#[test]
fn rewritten_loops_do_what_they_did() {
    let count = from_environment("RESPIN_RANDOM_PROGRAMS", 1500) as usize;
    let mut random = Random::new(from_environment("RESPIN_RANDOM_SEED", 1));
    let programs: Vec<Program> = (0..count)
        .map(|number| match number % 5 {
            4 => near_miss(&mut random, number / 5 % WAYS.len()),
            _ => equivalent(&mut random, (number - number / 5) % SHAPES.len()),
        })
        .collect();
    let became: Vec<Became> = programs
        .par_iter()
        .map(|program| rewrite(&program.source, false))
        .collect();

    let mut failures = Vec::new();
    let mut shapes: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let mut refused: BTreeMap<String, (usize, String)> = BTreeMap::new();
    let (mut pairs, mut origins) = (Vec::new(), Vec::new());
    for (program, became) in programs.iter().zip(&became) {
        let rewritten = matches!(became, Became::Rewritten { .. });
        match program.meaning {
            Meaning::NearMiss if rewritten => {
                failures.push(format!(
                    "rewritten, though {}:\n{}",
                    program.shape, program.source
                ));
            }
            Meaning::Assuming if rewritten => {
                failures.push(format!(
                    "rewritten, though it assumes something:\n{}",
                    program.source
                ));
            }
            Meaning::NearMiss | Meaning::Assuming => {}
            Meaning::Equivalent => {
                let (all, done) = shapes.entry(program.shape).or_default();
                *all += 1;
                *done += usize::from(rewritten);
            }
        }
        match became {
            Became::Rewritten { after, is_safe } => {
                assert!(
                    is_safe,
                    "an unsafe rewrite that nobody asked for:\n{}",
                    program.source
                );
                pairs.push(Pair {
                    before: program.source.clone(),
                    after: after.clone(),
                });
                origins.push(program);
            }
            Became::Left { code, text } if program.meaning == Meaning::Equivalent => {
                let known = refused.entry(format!("{} [{code}]", program.shape)).or_default();
                known.0 += 1;
                known.1 = format!("{text}\n{}", program.source);
            }
            Became::Left { .. } => {}
        }
    }
    for ((found, pair), origin) in differences(&pairs, Inputs::All).iter().zip(&pairs).zip(&origins) {
        if let Some(input) = found {
            failures.push(format!(
                "{}\n{}",
                origin.shape,
                show(&pair.before, &pair.after, input)
            ));
        }
    }
    for (shape, (all, done)) in &shapes {
        println!("{done:5} of {all:5} rewritten: {shape}");
        if done * 100 < all * 95 {
            failures.push(format!("{done} of {all} rewritten: {shape}"));
        }
    }
    for (what, (times, example)) in &refused {
        println!("{times} times left alone: {what}: {example}");
    }
    println!("{} programs, {} compared", programs.len(), pairs.len());
    assert!(
        failures.is_empty(),
        "{} failures, the first ones:\n{}",
        failures.len(),
        failures.iter().take(8).cloned().collect::<Vec<_>>().join("\n")
    );
}

#[test]
fn unsafe_rewrites_do_what_they_did_where_their_assumption_holds() {
    let count = from_environment("RESPIN_RANDOM_PROGRAMS", 1500) as usize / 20;
    let mut random = Random::new(from_environment("RESPIN_RANDOM_SEED", 1) ^ 0xa55);
    let mut pairs = Vec::new();
    for _ in 0..count {
        let program = equivalent(&mut random, SHAPES.len() - 1);
        assert!(program.meaning == Meaning::Assuming);
        match rewrite(&program.source, true) {
            Became::Rewritten { after, is_safe } => {
                assert!(!is_safe, "it assumes something:\n{}", program.source);
                pairs.push(Pair {
                    before: program.source,
                    after,
                });
            }
            Became::Left { code, text } => panic!("[{code}] {text}:\n{}", program.source),
        }
    }
    for (found, pair) in differences(&pairs, Inputs::Plain).iter().zip(&pairs) {
        if let Some(input) = found {
            panic!("{}", show(&pair.before, &pair.after, input));
        }
    }
}

#[test]
fn calls_that_check_the_array_refuse_nothing_new() {
    let count = from_environment("RESPIN_RANDOM_PROGRAMS", 1500) as usize / 5;
    let mut random = Random::new(from_environment("RESPIN_RANDOM_SEED", 1) ^ 0xc4ec);
    let parameters = Parameters {
        to: "vm_map_pages".into(),
        at_start: Some("vm_map_pages_zero".into()),
        arguments: vec![Argument::Vma, Argument::Array, Argument::Total],
        ..range(false)
    };
    let (mut pairs, mut of_whole) = (Vec::new(), (0, 0));
    for number in 0..count {
        let program = match number % 8 {
            0 => near_miss(&mut random, number / 8 % WAYS.len()),
            1..=4 => equivalent(&mut random, SHAPES.len() - 2),
            _ => equivalent(&mut random, number % SHAPES.len()),
        };
        of_whole.0 += usize::from(program.shape == SHAPES[SHAPES.len() - 2]);
        if let Became::Rewritten { after, is_safe } = rewrite_with(&program.source, &parameters) {
            assert!(
                is_safe && program.meaning == Meaning::Equivalent,
                "{}",
                program.source
            );
            of_whole.1 += usize::from(program.shape == SHAPES[SHAPES.len() - 2]);
            pairs.push(Pair {
                before: program.source,
                after,
            });
        }
    }
    for (found, pair) in differences(&pairs, Inputs::All).iter().zip(&pairs) {
        if let Some(input) = found {
            panic!("{}", show(&pair.before, &pair.after, input));
        }
    }
    println!(
        "{} of {} whole VMAs rewritten, {} compared",
        of_whole.1,
        of_whole.0,
        pairs.len()
    );
    assert!(
        of_whole.1 * 100 >= of_whole.0 * 70,
        "only {} of {}",
        of_whole.1,
        of_whole.0
    );
}

/// Puts a fault into a rewritten function, if it has a place for it.
type Fault = fn(&str) -> Option<String>;

/// Faults that a pass might make; the comparison has to find each of them.
const FAULTS: [(&str, Fault); 5] = [
    ("one page less", |after| {
        count_of(after, |count| format!("{count} - 1"))
    }),
    ("one page more", |after| {
        count_of(after, |count| format!("{count} + 1"))
    }),
    ("the array from its second page on", |after| {
        argument_of(after, 2, |pages| format!("{pages} + 1"))
    }),
    ("a page further", |after| {
        argument_of(after, 1, |address| format!("{address} + PAGE_SIZE"))
    }),
    ("a check is gone", |after| {
        let at = after
            .find("\tif (")
            .filter(|&at| Some(at) < after.find("vm_insert_range"))?;
        let head = after[at..].find("\n")?;
        let branch = after[at + head + 1..].find("\n")?;
        let check = &after[at..at + head + 1 + branch];
        check
            .contains("return -E")
            .then(|| after.replacen(check, "\t;", 1))
    }),
];

fn count_of(after: &str, change: impl Fn(&str) -> String) -> Option<String> {
    argument_of(after, 3, |count| change(&format!("({count})")))
}

/// The function with one argument of the call changed.
fn argument_of(after: &str, which: usize, change: impl Fn(&str) -> String) -> Option<String> {
    let name = "vm_insert_range(";
    let start = after.find(name)? + name.len();
    let (mut depth, mut from, mut number) = (0, start, 0);
    for (at, c) in after[start..].char_indices().map(|(at, c)| (start + at, c)) {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' if depth > 0 => depth -= 1,
            ',' | ')' if depth == 0 => {
                if number == which {
                    let changed = change(after[from..at].trim());
                    return Some(format!("{} {changed}{}", &after[..from], &after[at..]));
                }
                number += 1;
                from = at + 1;
            }
            _ => {}
        }
    }
    None
}

#[test]
fn deliberate_faults_are_found() {
    let count = from_environment("RESPIN_RANDOM_PROGRAMS", 1500) as usize / 20;
    let mut random = Random::new(from_environment("RESPIN_RANDOM_SEED", 1) ^ 0x5eed);
    let programs: Vec<Program> = (0..count)
        .map(|number| equivalent(&mut random, number % SHAPES.len()))
        .collect();
    let rewritten: Vec<(String, String)> = programs
        .par_iter()
        .filter_map(|program| match rewrite(&program.source, false) {
            Became::Rewritten { after, .. } => Some((program.source.clone(), after)),
            Became::Left { .. } => None,
        })
        .collect();
    for (fault, put_in) in FAULTS {
        let pairs: Vec<Pair> = rewritten
            .iter()
            .filter_map(|(before, after)| {
                Some(Pair {
                    before: before.clone(),
                    after: put_in(after)?,
                })
            })
            .collect();
        assert!(pairs.len() > 5, "{fault}: only {} to try it on", pairs.len());
        let found = differences(&pairs, Inputs::All);
        for (pair, found) in pairs.iter().zip(&found) {
            assert!(
                found.is_some(),
                "{fault} was not found:\n{}",
                show(&pair.before, &pair.after, "nothing")
            );
        }
    }
}
