//! docs/reasons.md lists the codes that the passes give, and no others.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Words of that form in the passes that are codes of diagnostics.
const OF_DIAGNOSTICS: [&str; 5] = [
    "name-in-use",
    "no-definition",
    "no-staged-rename",
    "not-only-a-function",
    "outside-of-paths",
];

fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The sources below a folder that are no tests.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let is_test = path.file_stem().is_some_and(|stem| stem == "tests");
        if path.is_dir() && !is_test {
            sources(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") && !is_test {
            found.push(path);
        }
    }
}

/// String literals that consist of small letters and hyphens.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let is_word = |word: &&str| {
        !word.is_empty()
            && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
            && !word.starts_with('-')
            && !word.ends_with('-')
    };
    text.split('"').filter(is_word)
}

fn text_below(folder: &str) -> String {
    let mut files = Vec::new();
    sources(&project().join(folder), &mut files);
    let read = |file: &PathBuf| {
        let text = fs::read_to_string(file).expect("a source");
        let tests = text.find("#[cfg(test)]\nmod tests {").unwrap_or(text.len());
        text[..tests].to_owned()
    };
    files.iter().map(read).collect()
}

#[test]
fn every_code_is_documented_and_every_documented_code_exists() {
    let page = fs::read_to_string(project().join("docs/reasons.md")).expect("the page");
    let first_cells = page
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split('|').next());
    let documented: BTreeSet<&str> = first_cells
        .flat_map(|cell| cell.split('`'))
        .filter(|word| !word.is_empty() && !word.contains([' ', ',']))
        .collect();
    assert!(documented.len() > 50, "{documented:?}");
    let passes = text_below("src/passes");
    let codes: BTreeSet<&str> = words(&passes).filter(|word| word.contains('-')).collect();
    let lacking: Vec<_> = codes
        .iter()
        .filter(|code| !documented.contains(**code) && !OF_DIAGNOSTICS.contains(code))
        .collect();
    assert!(lacking.is_empty(), "docs/reasons.md lacks {lacking:?}");
    let all = text_below("src");
    let known: BTreeSet<&str> = words(&all).collect();
    let gone: Vec<_> = documented.difference(&known).collect();
    assert!(
        gone.is_empty(),
        "docs/reasons.md has {gone:?}, which nothing gives"
    );
}
