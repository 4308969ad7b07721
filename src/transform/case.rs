//! The tests beside a transform: small trees before and after, as folders or as blocks of README.md.

use std::collections::BTreeMap;
use std::sync::Arc;

use toml::de::{DeTable, DeValue};

use super::folder::{Entry, Folder};
use super::nearest::nearest;
use super::problem::{Problem, Problems, Reader};
use super::readme;

/// The files of a small tree by their path.
pub type Files = BTreeMap<String, Arc<[u8]>>;

/// What has to come out of a test.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Expectation {
    /// These files change as given, the others stay.
    After(Files),
    /// No byte changes.
    MustStay,
}

/// One test of a transform.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Case {
    /// Its folder, or the heading above its block.
    pub name: String,
    /// The folder, or the README with the line of the block.
    pub place: String,
    /// Parameters, as with `--set`.
    pub sets: Vec<(String, String)>,
    /// Whether rewrites that change behaviour are made too.
    pub include_unsafe: bool,
    /// The tree before.
    pub before: Files,
    /// What has to come out.
    pub expectation: Expectation,
    /// Codes of the reasons that the ledger has to give, each at least once.
    pub reasons: Vec<String>,
    /// Code of the diagnostic with which the run has to be refused.
    pub refused: Option<String>,
}

impl Case {
    pub(super) fn new(name: String, place: String) -> Self {
        Self {
            name,
            place,
            sets: Vec::new(),
            include_unsafe: false,
            before: Files::new(),
            expectation: Expectation::MustStay,
            reasons: Vec::new(),
            refused: None,
        }
    }

    /// All tests of a transform: first those of README.md, then the folders under tests/, by name.
    pub(super) fn load_all(folder: &Folder) -> Result<Vec<Case>, Problems> {
        let mut cases = Vec::new();
        let mut problems = Vec::new();
        if let Some(text) = folder.read("README.md")? {
            match readme::cases(&folder.shown("README.md"), &text) {
                Ok(found) => cases.extend(found),
                Err(Problems(found)) => problems.extend(found),
            }
        }
        for entry in folder.entries("tests")? {
            match load(folder, &entry) {
                Ok(case) => cases.push(case),
                Err(Problems(found)) => problems.extend(found),
            }
        }
        if problems.is_empty() {
            Ok(cases)
        } else {
            Err(Problems(problems))
        }
    }
}

const LAYOUT: &str =
    "a test is a folder with before.c and after.c, or must-stay.c, or folders of these names";

fn load(folder: &Folder, entry: &Entry) -> Result<Case, Problems> {
    let base = format!("tests/{}", entry.name);
    let place = folder.shown(&base);
    let wrong = |message: String| Problems::from(Problem::new("test-layout", message).help(LAYOUT));
    if !entry.is_folder {
        return Err(wrong(format!("{place} is not a folder")));
    }
    let mut case = Case::new(entry.name.clone(), place.clone());
    let mut after = None;
    let mut must_stay = None;
    let mut before = None;
    for part in folder.entries(&base)? {
        let path = format!("{base}/{}", part.name);
        let (stem, extension) = match part.name.split_once('.') {
            Some((stem, extension)) if !part.is_folder => (stem, Some(extension)),
            _ => (part.name.as_str(), None),
        };
        let slot = match stem {
            _ if part.name == "test.toml" => {
                let text = folder.read(&path)?.unwrap_or_default();
                read_settings(&folder.shown(&path), &text, &mut case)?;
                continue;
            }
            "before" => &mut before,
            "after" => &mut after,
            "must-stay" => &mut must_stay,
            _ => return Err(wrong(format!("{} has no meaning", folder.shown(&path)))),
        };
        let files = match (part.is_folder, extension) {
            (true, _) => read_tree(folder, &path)?,
            (false, Some(extension)) => {
                let contents = folder.read(&path)?.unwrap_or_default();
                Files::from([(format!("{}.{extension}", entry.name), contents.into())])
            }
            (false, None) => {
                return Err(wrong(format!("{} has no ending such as .c", folder.shown(&path))));
            }
        };
        if slot.replace(files).is_some() {
            return Err(wrong(format!("{place} has `{stem}` twice")));
        }
    }
    match (before, after, must_stay) {
        (Some(before), Some(after), None) => {
            case.before = before;
            case.expectation = Expectation::After(after);
        }
        (None, None, Some(files)) => case.before = files,
        _ => {
            return Err(wrong(format!(
                "{place} has neither `before` and `after` nor `must-stay` alone"
            )));
        }
    }
    Ok(case)
}

/// All files below a folder, by their path in it.
fn read_tree(folder: &Folder, base: &str) -> Result<Files, Problem> {
    let mut files = Files::new();
    let mut pending = vec![String::new()];
    while let Some(inner) = pending.pop() {
        for entry in folder.entries(&format!("{base}/{inner}"))? {
            let path = format!("{inner}{}", entry.name);
            if entry.is_folder {
                pending.push(path + "/");
            } else if let Some(contents) = folder.read(&format!("{base}/{path}"))? {
                files.insert(path, contents.into());
            }
        }
    }
    Ok(files)
}

const SETTINGS: [&str; 4] = ["set", "unsafe", "reasons", "refused"];

/// Reads test.toml into `case`.
fn read_settings(path: &str, text: &[u8], case: &mut Case) -> Result<(), Problems> {
    let mut reader = Reader::new(path, text);
    let Some(text) = reader.utf8() else {
        return Err(Problems(reader.problems));
    };
    let document = match DeTable::parse(&text) {
        Ok(document) => document.into_inner(),
        Err(error) => {
            let at = error.span().unwrap_or(0..0);
            reader.report("test-syntax", error.message(), at, "");
            return Err(Problems(reader.problems));
        }
    };
    for (key, value) in &document {
        let expected = match (key.get_ref().as_ref(), value.get_ref()) {
            ("set", DeValue::Table(table)) => {
                for (name, value) in table {
                    match plain(value.get_ref()) {
                        Some(text) => case.sets.push((name.get_ref().to_string(), text)),
                        None => {
                            let message = "a parameter is a string, true or false";
                            reader.report("wrong-type", message, value.span(), "");
                        }
                    }
                }
                continue;
            }
            ("unsafe", DeValue::Boolean(on)) => {
                case.include_unsafe = *on;
                continue;
            }
            ("reasons", DeValue::Array(codes)) if codes.iter().all(|code| is_text(code.get_ref())) => {
                case.reasons = codes.iter().filter_map(|code| plain(code.get_ref())).collect();
                continue;
            }
            ("refused", DeValue::String(code)) => {
                case.refused = Some(code.to_string());
                continue;
            }
            ("set", _) => "a table of parameters",
            ("unsafe", _) => "true or false",
            ("reasons", _) => "a list of reason codes",
            ("refused", _) => "the code of a message",
            (word, _) => {
                let label =
                    nearest(word, SETTINGS).map_or(String::new(), |known| format!("did you mean `{known}`?"));
                let message = format!("unknown key `{}`", word.escape_debug());
                reader.report("unknown-key", message, key.span(), &label);
                continue;
            }
        };
        let message = format!("expected {expected}");
        reader.report("wrong-type", message, value.span(), "");
    }
    if reader.problems.is_empty() {
        Ok(())
    } else {
        Err(Problems(reader.problems))
    }
}

fn is_text(value: &DeValue<'_>) -> bool {
    matches!(value, DeValue::String(_))
}

fn plain(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Boolean(on) => Some(on.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn write(folder: &Path, file: &str, text: &str) {
        let path = folder.join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn load_from(files: &[(&str, &str)]) -> Result<Vec<Case>, Problems> {
        let scratch = tempfile::tempdir().unwrap();
        for (file, text) in files {
            write(scratch.path(), file, text);
        }
        Case::load_all(&Folder::Disk(scratch.path().to_owned()))
    }

    #[test]
    fn a_pair_of_files_a_pair_of_folders_or_one_that_stays() {
        let cases = load_from(&[
            ("tests/a/before.c", "x"),
            ("tests/a/after.c", "y"),
            (
                "tests/a/test.toml",
                "unsafe = true\nreasons = [\"r\"]\n[set]\nfrom = \"x\"\n",
            ),
            ("tests/b/before/lib/x.c", "x"),
            ("tests/b/after/lib/x.c", "y"),
            ("tests/c/must-stay.h", "x"),
        ])
        .unwrap();
        let paths: Vec<_> = cases.iter().flat_map(|case| case.before.keys()).collect();
        assert_eq!(paths, ["a.c", "lib/x.c", "c.h"]);
        assert!(cases[0].include_unsafe);
        assert_eq!(cases[0].sets, [("from".to_owned(), "x".to_owned())]);
        assert_eq!(cases[0].reasons, ["r"]);
        assert_eq!(cases[2].expectation, Expectation::MustStay);
    }

    #[test]
    fn what_has_no_meaning_is_refused() {
        for files in [
            &[("tests/a/before.c", "x")][..],
            &[
                ("tests/a/before.c", "x"),
                ("tests/a/after.c", "x"),
                ("tests/a/must-stay.c", "x"),
            ],
            &[("tests/a/befor.c", "x")],
            &[("tests/a.c", "x")],
            &[
                ("tests/a/must-stay.c", "x"),
                ("tests/a/test.toml", "unsfe = true"),
            ],
            &[("tests/a/must-stay.c", "x"), ("tests/a/test.toml", "unsafe = 1")],
        ] {
            assert!(load_from(files).is_err(), "{files:?}");
        }
    }
}
