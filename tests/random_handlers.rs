//! Page-fault handlers written at random: each one is rewritten to the same meaning or with the change that is named, or left alone.
//!
//! `RESPIN_RANDOM_PROGRAMS` says how many (CI: 10000), `RESPIN_RANDOM_SEED` where the numbers begin.

mod random_support;

use std::collections::BTreeMap;
use std::sync::Arc;

use bstr::BString;
use rayon::prelude::*;

use random_support::handlers::frames::{SHAPES, handler};
use random_support::handlers::harness::{Change, Pair, changes, program};
use random_support::handlers::near_misses::{WAYS, near_miss};
use random_support::handlers::{Handler, Meaning};
use random_support::{Random, differences, from_environment};
use respin::ledger::{Safety, Site, SiteKind, Verdict};
use respin::passes::fault_handler::{self, Parameters};
use respin::passes::{Language, SourceFile};

/// The functions with their twins.
const PAIRS: [(&str, &str); 5] = [
    ("vm_insert_page", "vmf_insert_page"),
    ("vm_insert_mixed", "vmf_insert_mixed"),
    ("vm_insert_mixed_mkwrite", "vmf_insert_mixed_mkwrite"),
    ("vm_insert_pfn", "vmf_insert_pfn"),
    ("vm_insert_pfn_prot", "vmf_insert_pfn_prot"),
];

/// What became of a handler.
enum Became {
    /// All of its inserts, with what each changes.
    Rewritten { after: String, changes: Vec<Change> },
    /// The first one that was left alone.
    Left { code: &'static str, text: String },
}

fn rewrite(source: &str, include_unsafe: bool) -> Became {
    let parameters = Parameters {
        pairs: PAIRS.map(|(from, to)| (from.to_owned(), to.to_owned())).into(),
        have_interface: true,
        under: Vec::new(),
        include_unsafe,
        all_handlers: false,
        remove_unused: false,
    };
    let file = SourceFile {
        path: BString::from("a.c"),
        text: Arc::from(source.as_bytes()),
        language: Language::C,
    };
    let plan = fault_handler::run(&parameters, &[file], &|_| Vec::new()).expect("a plan");
    let inserts: Vec<&Site> = plan
        .sites
        .iter()
        .filter(|site| site.kind == SiteKind::Call)
        .collect();
    assert!(!inserts.is_empty(), "no insert in\n{source}");
    let mut changed: Vec<Change> = Vec::new();
    for site in &inserts {
        let reason = site.reason.as_ref();
        let text = reason.map_or("", |reason| reason.text.as_str());
        if site.verdict != Verdict::Rewritten {
            let code = reason.map_or("none", |reason| reason.code);
            return Became::Left {
                code,
                text: text.to_owned(),
            };
        }
        let named = match site.safety {
            Some(Safety::Safe) => Vec::new(),
            _ => changes(text).unwrap_or_else(|| panic!("`{text}` says nothing that a program understands")),
        };
        for change in named {
            if !changed.contains(&change) {
                changed.push(change);
            }
        }
    }
    Became::Rewritten {
        after: String::from_utf8(plan.total()[0].after.to_vec()).expect("text"),
        changes: changed,
    }
}

fn show(pair: &Pair, input: &str) -> String {
    format!(
        "--- before\n{}--- after\n{}--- differs for {input}; may differ: {:?}\n",
        pair.before, pair.after, pair.changes
    )
}

/// The first failures, and how many there are.
fn expect_none(failures: &[String]) {
    assert!(
        failures.is_empty(),
        "{} failures, the first ones:\n{}",
        failures.len(),
        failures.iter().take(8).cloned().collect::<Vec<_>>().join("\n")
    );
}

/// Of each kind many: exact ones, others, near-misses.
fn written(random: &mut Random, count: usize) -> Vec<Handler> {
    (0..count)
        .map(|number| match number % 5 {
            4 => near_miss(random, number / 5 % WAYS.len()),
            3 => handler(random, number / 5 % SHAPES.len(), Meaning::Differs),
            _ => handler(random, (number - number / 5 * 2) % SHAPES.len(), Meaning::Exact),
        })
        .collect()
}

#[test]
fn rewritten_handlers_do_what_they_did_but_for_what_is_named() {
    let count = from_environment("RESPIN_RANDOM_PROGRAMS", 1500) as usize;
    let mut random = Random::new(from_environment("RESPIN_RANDOM_SEED", 1) ^ 0xfa17);
    let handlers = written(&mut random, count);
    let became: Vec<Became> = handlers
        .par_iter()
        .map(|handler| {
            let became = rewrite(&handler.source, false);
            match (&became, handler.meaning) {
                // What is not offered as safe may be asked for.
                (Became::Left { .. }, Meaning::Differs | Meaning::NearMiss) => rewrite(&handler.source, true),
                _ => became,
            }
        })
        .collect();

    let mut failures = Vec::new();
    let mut shapes: BTreeMap<(&str, bool), (usize, usize)> = BTreeMap::new();
    let mut refused: BTreeMap<String, (usize, String)> = BTreeMap::new();
    let (mut pairs, mut origins) = (Vec::new(), Vec::new());
    for (handler, became) in handlers.iter().zip(became) {
        let is_exact = handler.meaning == Meaning::Exact;
        if handler.meaning != Meaning::NearMiss {
            let (all, done) = shapes.entry((handler.shape, is_exact)).or_default();
            *all += 1;
            *done += usize::from(matches!(became, Became::Rewritten { .. }));
        }
        match became {
            Became::Rewritten { after, changes } => {
                match handler.meaning {
                    Meaning::NearMiss => failures.push(format!(
                        "rewritten, though {}:\n{}--- after\n{after}",
                        handler.shape, handler.source
                    )),
                    Meaning::Differs if changes.is_empty() => {
                        failures.push(format!("called safe, though it differs:\n{}", handler.source));
                    }
                    _ => {}
                }
                pairs.push(Pair {
                    before: handler.source.clone(),
                    after,
                    changes,
                });
                origins.push(handler);
            }
            Became::Left { code, text } if handler.meaning != Meaning::NearMiss => {
                let what = if is_exact { "" } else { ", differs" };
                let known = refused
                    .entry(format!("{}{what} [{code}]", handler.shape))
                    .or_default();
                known.0 += 1;
                known.1 = format!("{text}\n{}", handler.source);
            }
            Became::Left { .. } => {}
        }
    }
    for ((found, pair), origin) in differences(&pairs, program).iter().zip(&pairs).zip(&origins) {
        if let Some(input) = found {
            failures.push(format!("{}\n{}", origin.shape, show(pair, input)));
        }
    }
    for ((shape, is_exact), (all, done)) in &shapes {
        let what = if *is_exact { "" } else { ", differs" };
        println!("{done:5} of {all:5} rewritten: {shape}{what}");
        if done * 100 < all * 95 {
            failures.push(format!("{done} of {all} rewritten: {shape}{what}"));
        }
    }
    for (what, (times, example)) in &refused {
        println!("{times} times left alone: {what}: {example}");
    }
    println!("{} handlers, {} compared", handlers.len(), pairs.len());
    expect_none(&failures);
}

/// Puts a fault into a rewritten handler, if it has a place for it.
type Fault = fn(&str) -> Option<String>;

/// Faults that a pass might make; the comparison has to find each of them.
const FAULTS: [(&str, Fault); 7] = [
    ("NOPAGE taken for 0", |after| {
        // A loop asks for errors only.
        if after.contains("VM_FAULT_ERROR") {
            return None;
        }
        called(after, |call| format!("({call} & ~VM_FAULT_NOPAGE)"))
    }),
    ("an error that is busy taken for SIGBUS", |after| {
        called(after, |call| {
            format!("(in.result == -EBUSY ? {call}, VM_FAULT_SIGBUS : {call})")
        })
    }),
    ("OOM taken for SIGBUS", |after| {
        called(after, |call| {
            format!("({call} == VM_FAULT_OOM ? VM_FAULT_SIGBUS : code_of(in.result))")
        })
    }),
    ("the next page", |after| {
        changed(after, "vmf->address,", "vmf->address + PAGE_SIZE,")
    }),
    ("a check is gone", |after| {
        // A second check of the same would make up for it.
        let is_only = after.matches("vmf->pgoff >= obj->count").count() == 1;
        let at = after
            .find("\tif (vmf->pgoff >= obj->count)\n\t\treturn VM_FAULT_OOM;\n")
            .filter(|_| is_only)?;
        let end = after[at..].find(";\n")? + at + 2;
        Some(format!("{}{}", &after[..at], &after[end..]))
    }),
    ("an unlock is gone", |after| {
        changed(after, "\tmutex_unlock(&obj->lock);\n", "")
    }),
    ("an unlock too many", |after| {
        changed(
            after,
            "\tmutex_unlock(&obj->lock);\n",
            "\tmutex_unlock(&obj->lock);\n\tmutex_unlock(&obj->lock);\n",
        )
    }),
];

fn changed(text: &str, from: &str, to: &str) -> Option<String> {
    text.contains(from).then(|| text.replacen(from, to, 1))
}

/// The handler with its first call of a twin written otherwise.
fn called(text: &str, change: impl Fn(&str) -> String) -> Option<String> {
    let start = text.find("vmf_insert_")?;
    let mut depth = 0;
    let end = text[start..].char_indices().find_map(|(at, c)| {
        depth += i32::from(c == '(') - i32::from(c == ')');
        (c == ')' && depth == 0).then_some(start + at + 1)
    })?;
    Some(format!(
        "{}{}{}",
        &text[..start],
        change(&text[start..end]),
        &text[end..]
    ))
}

#[test]
fn deliberate_faults_are_found() {
    let count = from_environment("RESPIN_RANDOM_PROGRAMS", 1500) as usize / 10;
    let mut random = Random::new(from_environment("RESPIN_RANDOM_SEED", 1) ^ 0x5eed);
    let handlers: Vec<Handler> = (0..count)
        .map(|number| handler(&mut random, number % SHAPES.len(), Meaning::Exact))
        .collect();
    let rewritten: Vec<(String, String)> = handlers
        .par_iter()
        .filter_map(|handler| match rewrite(&handler.source, false) {
            Became::Rewritten { after, .. } => Some((handler.source.clone(), after)),
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
                    changes: Vec::new(),
                })
            })
            .collect();
        assert!(pairs.len() > 5, "{fault}: only {} to try it on", pairs.len());
        for (pair, found) in pairs.iter().zip(differences(&pairs, program)) {
            assert!(
                found.is_some(),
                "{fault} was not found:\n{}",
                show(pair, "nothing")
            );
        }
    }
}

#[test]
fn a_change_that_is_not_named_is_found() {
    let count = from_environment("RESPIN_RANDOM_PROGRAMS", 1500) as usize / 10;
    let mut random = Random::new(from_environment("RESPIN_RANDOM_SEED", 1) ^ 0xd1ff);
    let mut pairs = Vec::new();
    for number in 0..count {
        let handler = handler(&mut random, number % SHAPES.len(), Meaning::Differs);
        if let Became::Rewritten { after, mut changes } = rewrite(&handler.source, true)
            && !changes.is_empty()
        {
            changes.remove(random.below(changes.len()));
            pairs.push(Pair {
                before: handler.source,
                after,
                changes,
            });
        }
    }
    assert!(pairs.len() > 5, "only {} to try it on", pairs.len());
    for (pair, found) in pairs.iter().zip(differences(&pairs, program)) {
        assert!(found.is_some(), "nothing was found:\n{}", show(pair, "nothing"));
    }
}
