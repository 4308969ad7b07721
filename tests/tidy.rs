//! The house rules that a compiler does not check: who may use whom, where I/O and certain crates may appear, how long
//! a file is, and what no tracked file may hold.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

#[path = "tidy/markdown.rs"]
mod markdown;
#[path = "tidy/rust.rs"]
mod rust;

use markdown::link_errors;
use rust::{code_of, edges, module_path};

/// Each module and the modules it may use, in reading order. The whole architecture is this table.
const MODULES: &[(&str, &[&str])] = &[
    ("text", &[]),
    ("diagnostics", &["text"]),
    ("ledger", &["text"]),
    ("plan", &["diagnostics", "ledger", "text"]),
    ("worktree", &["diagnostics", "text"]),
    ("scan", &["diagnostics", "text", "worktree"]),
    ("syntax", &["diagnostics", "text"]),
    ("facts", &["diagnostics", "ledger", "syntax", "text"]),
    ("flow", &["diagnostics", "syntax", "text"]),
    (
        "edit",
        &["diagnostics", "flow", "ledger", "plan", "syntax", "text"],
    ),
    ("smpl", &["diagnostics", "syntax", "text"]),
    (
        "matching",
        &[
            "diagnostics",
            "edit",
            "facts",
            "flow",
            "ledger",
            "smpl",
            "syntax",
            "text",
        ],
    ),
    (
        "passes",
        &[
            "diagnostics",
            "edit",
            "facts",
            "flow",
            "ledger",
            "matching",
            "plan",
            "smpl",
            "syntax",
            "text",
        ],
    ),
    ("script", &["diagnostics", "smpl", "text"]),
    ("transform", &["diagnostics", "ledger", "plan", "text"]),
    (
        "verify",
        &["diagnostics", "edit", "ledger", "plan", "syntax", "text"],
    ),
    ("writeback", &["diagnostics", "plan", "worktree"]),
    (
        "series",
        &[
            "diagnostics",
            "edit",
            "ledger",
            "plan",
            "text",
            "transform",
            "worktree",
        ],
    ),
    ("output", &["diagnostics", "edit", "ledger", "plan", "text"]),
    (
        "pipeline",
        &[
            "diagnostics",
            "edit",
            "facts",
            "flow",
            "ledger",
            "matching",
            "passes",
            "plan",
            "scan",
            "script",
            "series",
            "smpl",
            "syntax",
            "text",
            "transform",
            "verify",
            "worktree",
            "writeback",
        ],
    ),
    (
        "cli",
        &[
            "diagnostics",
            "edit",
            "ledger",
            "output",
            "passes",
            "pipeline",
            "plan",
            "scan",
            "series",
            "syntax",
            "text",
            "transform",
            "verify",
            "worktree",
            "writeback",
        ],
    ),
];

/// Modules that take values and give values.
const PURE: &[&str] = &[
    "text",
    "diagnostics",
    "ledger",
    "plan",
    "syntax",
    "facts",
    "flow",
    "smpl",
    "matching",
    "passes",
    "edit",
];

/// How a module would reach the outside world.
const IO: &[&str] = &[
    "std::fs",
    "std::process",
    "std::net",
    "std::env",
    "std::io",
    "std::os",
    "eprint",
    "print!",
    "println!",
    "tempfile::",
    "ignore::",
];

/// Crates that only some modules may use.
const CRATES: &[(&str, &[&str])] = &[
    ("clap", &["cli"]),
    ("clap_complete", &["cli"]),
    ("clap_mangen", &["cli"]),
    ("similar", &["edit"]),
    ("lang_c", &["verify"]),
    ("git2", &["worktree", "series"]),
];

/// The longest file; longer ones have more than one subject.
const MOST_LINES: usize = 800;

/// Folders that differ from machine to machine.
const MACHINE_PATHS: &[&str] = &[
    concat!("/", "work/"),
    concat!("/", "root/"),
    concat!("/", "home/"),
];

/// Words that say how a text came about, or that something is left to do; what counts is what it says.
const FORBIDDEN_WORDS: &[&str] = &[
    concat!("sess", "ion"),
    concat!("sess", "ions"),
    concat!("sub", "agent"),
    concat!("L", "LM"),
    concat!("chat", "bot"),
    concat!("FIX", "ME"),
    concat!("X", "XX"),
];

/// A tracked file: its path with `/`, and its text, with U+FFFD for what is not UTF-8.
struct Tracked {
    path: String,
    text: String,
}

fn tracked() -> Vec<Tracked> {
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files: Vec<Tracked> = ignore::WalkBuilder::new(project)
        .hidden(false)
        .parents(false)
        .filter_entry(|entry| entry.file_name() != ".git")
        .build()
        .map(|entry| entry.expect("a readable entry"))
        .filter(|entry| entry.file_type().is_some_and(|kind| kind.is_file()))
        .map(|entry| Tracked {
            path: entry
                .path()
                .strip_prefix(project)
                .expect("below the project")
                .to_string_lossy()
                .replace('\\', "/"),
            text: String::from_utf8_lossy(&fs::read(entry.path()).expect("a readable file")).into_owned(),
        })
        .collect();
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

/// Everything that a list of source files does against the table, one line each.
fn edge_errors(files: &[Tracked], table: &[(&str, &[&str])]) -> Vec<String> {
    let allowed: BTreeMap<&str, &[&str]> = table.iter().copied().collect();
    let mut errors = Vec::new();
    for file in files {
        let Some(names) = module_path(&file.path) else {
            continue;
        };
        // The root and the binary only name the modules; what lies in them is checked there.
        let Some(&module) = names.first() else {
            continue;
        };
        let Some(may) = allowed.get(module) else {
            errors.push(format!(
                "{}: the module `{module}` is not in the table of tests/tidy.rs",
                file.path
            ));
            continue;
        };
        for (line, used) in edges(&file.path, &code_of(&file.text)) {
            if used != module && allowed.contains_key(used.as_str()) && !may.contains(&used.as_str()) {
                errors.push(format!("{}:{line}: `{module}` may not use `{used}`", file.path));
            }
        }
    }
    errors
}

/// A table has no cycle when each module only uses modules that come before it in some order.
fn cycle(table: &[(&str, &[&str])]) -> Option<Vec<String>> {
    let mut done = BTreeSet::new();
    loop {
        let before = done.len();
        for (module, uses) in table {
            if uses.iter().all(|used| done.contains(used)) {
                done.insert(*module);
            }
        }
        if done.len() == table.len() {
            return None;
        }
        if done.len() == before {
            let stuck = table.iter().map(|(module, _)| *module);
            return Some(
                stuck
                    .filter(|module| !done.contains(module))
                    .map(str::to_owned)
                    .collect(),
            );
        }
    }
}

/// Whether `word` stands in `line` as a whole word.
fn has_word(line: &str, word: &str) -> bool {
    let part = |character: char| character.is_alphanumeric() || character == '_';
    line.match_indices(word).any(|(at, _)| {
        !line[..at].chars().next_back().is_some_and(part)
            && !line[at + word.len()..].chars().next().is_some_and(part)
    })
}

/// I/O in pure modules and crates in the wrong place.
fn use_errors(files: &[Tracked]) -> Vec<String> {
    let mut errors = Vec::new();
    for file in files {
        let Some(names) = module_path(&file.path) else {
            continue;
        };
        let module = names.first().copied().unwrap_or_default();
        for (number, line) in code_of(&file.text).lines().enumerate() {
            let mut complain = |text: String| {
                errors.push(format!("{}:{}: {text}", file.path, number + 1));
            };
            if PURE.contains(&module) {
                for io in IO.iter().filter(|io| line.contains(**io)) {
                    complain(format!("`{module}` does no I/O, but this is `{io}`"));
                }
                if has_word(line, "std") && line.contains("std::{") {
                    complain(format!(
                        "`{module}` names each part of std in a line of its own, so that I/O is seen"
                    ));
                }
            }
            for (name, homes) in CRATES {
                if has_word(line, name) && line.contains(&format!("{name}::")) && !homes.contains(&module) {
                    complain(format!("`{name}` belongs into {homes:?} only"));
                }
            }
        }
    }
    errors
}

fn word_errors(files: &[Tracked]) -> Vec<String> {
    let mut errors = Vec::new();
    for file in files {
        for (number, line) in file.text.lines().enumerate() {
            let place = format!("{}:{}", file.path, number + 1);
            for path in MACHINE_PATHS.iter().filter(|path| absolute(line, path)) {
                errors.push(format!("{place}: {path} is a folder of one machine"));
            }
            for word in FORBIDDEN_WORDS.iter().filter(|word| has_word(line, word)) {
                errors.push(format!("{place}: the word {word:?} does not belong here"));
            }
        }
    }
    errors
}

/// Whether `path` begins a path in `line`, and is not the middle of one.
fn absolute(line: &str, path: &str) -> bool {
    line.match_indices(path).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(|character| character.is_alphanumeric() || "_.-~}$".contains(character))
    })
}

fn assert_none(errors: Vec<String>) {
    assert!(errors.is_empty(), "{}", errors.join("\n"));
}

#[test]
fn modules_use_only_what_the_table_says() {
    assert_none(edge_errors(&tracked(), MODULES));
}

#[test]
fn the_table_has_no_cycle_and_no_unknown_name() {
    assert_eq!(cycle(MODULES), None);
    for (module, uses) in MODULES {
        for used in *uses {
            assert!(
                MODULES.iter().any(|(name, _)| name == used),
                "`{module}` may use `{used}`, which is no module"
            );
        }
    }
}

#[test]
fn pure_modules_do_no_io_and_crates_stay_at_home() {
    assert_none(use_errors(&tracked()));
}

#[test]
fn files_have_one_subject() {
    let files = tracked();
    let long = files.iter().filter(|file| file.path.ends_with(".rs"));
    let long = long.map(|file| (file.text.lines().count(), &file.path));
    let long = long.filter(|(lines, _)| *lines > MOST_LINES);
    assert_none(
        long.map(|(lines, path)| format!("{path} has {lines} lines, split it"))
            .collect(),
    );
}

#[test]
fn no_file_speaks_of_one_machine_or_of_how_it_was_written() {
    assert_none(word_errors(&tracked()));
}

#[test]
fn links_in_documents_point_to_something() {
    assert_none(link_errors(&tracked()));
}

#[test]
fn documents_that_the_code_speaks_of_exist() {
    let files = tracked();
    for file in files.iter().filter(|file| file.path.starts_with("src/")) {
        for (at, _) in file.text.match_indices("docs/") {
            let name: String = file.text[at..]
                .chars()
                .take_while(|&character| character.is_alphanumeric() || "/-_.".contains(character))
                .collect();
            let name = name.trim_end_matches('.');
            let known = files.iter().any(|known| known.path == name);
            assert!(
                known || !name.ends_with(".md"),
                "{}: there is no {name}",
                file.path
            );
        }
    }
}

#[test]
fn crates_come_from_the_public_registry() {
    let files = tracked();
    let lock = files
        .iter()
        .find(|file| file.path == "Cargo.lock")
        .expect("Cargo.lock");
    for line in lock.text.lines().filter(|line| line.starts_with("source = ")) {
        assert_eq!(
            line,
            "source = \"registry+https://github.com/rust-lang/crates.io-index\""
        );
    }
}

/// The checks themselves, on files made for them.
mod checks {
    use super::*;

    fn file(path: &str, text: &str) -> Tracked {
        Tracked {
            path: path.to_owned(),
            text: text.to_owned(),
        }
    }

    #[test]
    fn an_edge_outside_the_table_is_found_however_it_is_written() {
        for text in [
            "use crate::cli::Flags;",
            "use crate::{text::TextRange, cli};",
            "fn f() { crate::cli::run() }",
            "use super::cli;",
            "use\n    crate::{\n    text::{TextRange, LineIndex},\n    cli::{self, Flags},\n};",
        ] {
            let errors = edge_errors(&[file("src/edit/mod.rs", text)], MODULES);
            assert_eq!(errors.len(), 1, "{text}: {errors:?}");
            assert!(errors[0].contains("`edit` may not use `cli`"), "{errors:?}");
        }
        let deeper = [file(
            "src/edit/diff/hunk.rs",
            "use super::super::super::cli::Flags;",
        )];
        assert_eq!(edge_errors(&deeper, MODULES).len(), 1);
    }

    #[test]
    fn what_is_no_edge_is_not_found() {
        for text in [
            "// use crate::cli::Flags;\n/* crate::cli */",
            "const HELP: &str = \"crate::cli\"; const RAW: &str = r#\"\"crate::cli\"#;",
            "#[cfg(test)]\nmod tests {\n    use crate::cli::Flags;\n}",
            "use super::text::TextRange; fn f<'a>(x: &'a str) -> char { '\"' }",
            "use mycrate::cli;",
        ] {
            let errors = edge_errors(&[file("src/edit/mod.rs", text)], MODULES);
            assert!(errors.is_empty(), "{text}: {errors:?}");
        }
        let inner = [file("src/edit/diff.rs", "use super::cli;")];
        assert!(edge_errors(&inner, MODULES).is_empty());
    }

    #[test]
    fn a_module_that_nobody_entered_is_found() {
        assert_eq!(edge_errors(&[file("src/novel/mod.rs", "")], MODULES).len(), 1);
    }

    #[test]
    fn a_cycle_is_found() {
        let table: &[(&str, &[&str])] = &[("a", &["b"]), ("b", &["c"]), ("c", &["a"]), ("d", &[])];
        assert_eq!(cycle(table), Some(vec!["a".into(), "b".into(), "c".into()]));
    }

    #[test]
    fn io_and_strange_crates_are_found() {
        let errors = |path, text| use_errors(&[file(path, text)]).len();
        assert_eq!(errors("src/syntax/mod.rs", "let x = std::fs::read(p);"), 1);
        assert_eq!(errors("src/syntax/mod.rs", "use std::{fs, io};"), 1);
        assert_eq!(errors("src/worktree/mod.rs", "let x = std::fs::read(p);"), 0);
        assert_eq!(errors("src/series/mod.rs", "use similar::TextDiff;"), 1);
        assert_eq!(errors("src/edit/diff.rs", "use similar::TextDiff;"), 0);
        assert_eq!(errors("src/pipeline.rs", "use git2::Repository;"), 1);
        assert_eq!(errors("src/syntax/mod.rs", "// std::fs\nlet dissimilar = 1;"), 0);
    }

    #[test]
    fn machine_paths_and_words_are_found() {
        let errors = |text: &str| word_errors(&[file("a.md", text)]).len();
        assert_eq!(errors(&format!("in {}x", MACHINE_PATHS[0])), 1);
        assert_eq!(errors(&format!("in frame{}x", MACHINE_PATHS[0])), 0);
        assert_eq!(errors(FORBIDDEN_WORDS[0]), 1);
        assert_eq!(errors(&format!("pos{}", FORBIDDEN_WORDS[0])), 0);
    }

    #[test]
    fn dead_links_are_found() {
        let files = [
            file(
                "docs/a.md",
                "# One thing\n[b](b.md) [c](../c.md#two) [d](#one-thing) [e](https://x)",
            ),
            file("c.md", "# Two"),
        ];
        let errors = link_errors(&files);
        assert_eq!(errors, ["docs/a.md:2: b.md points to nothing"]);
        let anchor = [file("a.md", "# One\n[x](#two)")];
        assert_eq!(link_errors(&anchor).len(), 1);
    }
}
