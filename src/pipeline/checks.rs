//! What every run checks of a rename, with means of its own: that no occurrence was overlooked, that nothing but the name
//! changed, and that a second reader of C still takes what it took before.

use std::collections::BTreeMap;

use bstr::{BStr, BString, ByteSlice};
use rayon::prelude::*;
use rustc_hash::FxHashSet;

use crate::diagnostics::{Diagnostic, Severity};
use crate::edit::unified::{self, LineKind};
use crate::edit::{EditSet, EditSetBuilder};
use crate::facts::names::learn;
use crate::ledger::Site;
use crate::passes::{SourceFile, is_under, rename};
use crate::plan::{FileChange, Plan};
use crate::syntax::{self, Names, NodeId, Tree};
use crate::text::{LineIndex, TextRange};
use crate::verify::edit_gate::{self, Function};
use crate::verify::proof::{self, token_proof};
use crate::verify::scan::{Surroundings, count_occurrences, words_in_text};
use crate::verify::second_reader::{Opinion, check_function};
use crate::verify::untouched;

use super::is_c;
use super::parse::{function_name, is_function};

/// What was checked, as far as it held.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Checked {
    /// Files whose tokens are the same before and after but for the name.
    pub proved: usize,
    /// Changed functions that the second reader takes after the change as before.
    pub read_twice: usize,
    /// Changed functions about which it has no opinion.
    pub read_once: usize,
}

impl Checked {
    /// The checks as sentences for a person; empty when nothing changed.
    pub fn sentences(&self) -> String {
        let mut text = match self.proved {
            0 => String::new(),
            1 => "The tokens of the changed file are the same before and after but for the name.".to_owned(),
            files => format!(
                "The tokens of all {files} changed files are the same before and after but for the name."
            ),
        };
        text += &match (self.read_twice, self.read_once) {
            (0, 0) => String::new(),
            (1, 0) => " A second parser of C took the changed function before and after.".to_owned(),
            (taken, 0) => {
                format!(" A second parser of C took all {taken} changed functions before and after.")
            }
            (taken, not) => format!(
                " A second parser of C took {taken} of the {} changed functions before and after.",
                taken + not
            ),
        };
        text.trim_start().to_owned()
    }
}

/// Checks a plan that changes calls, for the paths `under`, and says what does not hold.
pub(super) fn check_calls(
    plan: &Plan,
    files: &[SourceFile],
    under: &[BString],
    names: &[&str],
) -> (Checked, Vec<Diagnostic>) {
    let covered: Vec<&SourceFile> = files.iter().filter(|file| is_under(&file.path, under)).collect();
    let mut found = Vec::new();
    for &name in names {
        let sites: Vec<Site> = plan
            .sites
            .iter()
            .filter(|site| site.api == name)
            .cloned()
            .collect();
        found.extend(count_again(&sites, &covered, name.as_bytes(), true));
    }
    let results: Vec<(Checked, Vec<Diagnostic>)> = plan
        .total()
        .par_iter()
        .map(|change| {
            let (mut checked, mut found) = (Checked::default(), Vec::new());
            read_again(change, None, &mut checked, &mut found);
            (checked, found)
        })
        .collect();
    let mut checked = Checked::default();
    for (one, diagnostics) in results {
        checked.read_twice += one.read_twice;
        checked.read_once += one.read_once;
        found.extend(diagnostics);
    }
    (checked, found)
}

/// Checks `plan`, and says what does not hold.
pub(super) fn check(
    plan: &Plan,
    files: &[SourceFile],
    parameters: &rename::Parameters,
) -> (Checked, Vec<Diagnostic>) {
    let (from, to) = (&parameters.from, &parameters.to);
    let covered: Vec<&SourceFile> = files
        .iter()
        .filter(|file| is_under(&file.path, &parameters.under))
        .collect();
    let mut found = count_again(&plan.sites, &covered, from.as_bytes(), false);
    let changes = plan.total();
    let results: Vec<(Checked, Vec<Diagnostic>)> = changes
        .par_iter()
        .map(|change| check_file(change, from.as_bytes(), to.as_bytes()))
        .collect();
    let mut checked = Checked::default();
    for (one, diagnostics) in results {
        checked.proved += one.proved;
        checked.read_twice += one.read_twice;
        checked.read_once += one.read_once;
        found.extend(diagnostics);
    }
    (checked, found)
}

/// What holds of one patch of a series; `names` are those of a rename. A step on the way may change more than the name:
/// then nothing is said of its tokens.
pub(super) fn of_patch(changes: &[FileChange], names: Option<(&[u8], &[u8])>) -> Checked {
    let results: Vec<Checked> = changes
        .par_iter()
        .map(|change| match names {
            Some((from, to)) => check_file(change, from, to).0,
            None => check_change(change).0,
        })
        .collect();
    let mut sum = Checked::default();
    for one in results {
        sum.proved += one.proved;
        sum.read_twice += one.read_twice;
        sum.read_once += one.read_once;
    }
    if sum.proved < changes.len() {
        sum.proved = 0;
    }
    sum
}

/// Compares the ledger with a count that knows nothing of the parser.
///
/// With `code_only`, comments and strings don't count.
fn count_again(sites: &[Site], files: &[&SourceFile], name: &[u8], code_only: bool) -> Vec<Diagnostic> {
    let mut ledger = BTreeMap::<&BString, Vec<u32>>::new();
    for site in sites {
        ledger.entry(&site.path).or_default().push(site.range.start);
    }
    files
        .par_iter()
        .flat_map_iter(|file| {
            let mut listed = ledger.get(&file.path).cloned().unwrap_or_default();
            listed.sort_unstable();
            let counted: Vec<u32> = if is_c(file.path.as_bstr()) {
                let occurrences = count_occurrences(&file.text, name);
                occurrences
                    .into_iter()
                    .filter(|found| !code_only || found.surroundings == Surroundings::Code)
                    .map(|found| found.offset)
                    .collect()
            } else {
                words_in_text(&file.text, name).map(|at| at as u32).collect()
            };
            difference(file, &listed, &counted, name.len() as u32)
        })
        .collect()
}

/// Both lists are sorted.
fn difference(file: &SourceFile, listed: &[u32], counted: &[u32], length: u32) -> Option<Diagnostic> {
    if listed == counted {
        return None;
    }
    let label = |&start: &u32, text: &str| (TextRange::new(start, start + length), text.to_owned());
    let overlooked = counted.iter().filter(|at| listed.binary_search(at).is_err());
    let invented = listed.iter().filter(|at| counted.binary_search(at).is_err());
    let places = overlooked
        .map(|at| label(at, "not in the ledger"))
        .chain(invented.map(|at| label(at, "only in the ledger")));
    let message = format!(
        "the ledger has {} occurrences where an independent count finds {}",
        listed.len(),
        counted.len()
    );
    let mut diagnostic = Diagnostic::new(Severity::Error, "ledger-mismatch", message)
        .in_file(file.path.clone())
        .help("look at these places yourself, and report this as a bug of respin");
    for (range, text) in places {
        diagnostic = diagnostic.at(range, text);
    }
    Some(diagnostic)
}

fn check_file(change: &FileChange, from: &[u8], to: &[u8]) -> (Checked, Vec<Diagnostic>) {
    let mut checked = Checked::default();
    let mut found = Vec::new();
    let is_c = is_c(change.path.as_bstr());
    let language = if is_c {
        proof::Language::C
    } else {
        proof::Language::Text
    };
    match token_proof(&change.before, &change.after, from, to, language) {
        Ok(_) => checked.proved = 1,
        Err(mismatch) => {
            let lines = LineIndex::new(&change.before);
            let line = lines.line_range(mismatch.line_before as u32).unwrap_or_default();
            let message = format!("more than the name changed: {mismatch}");
            let diagnostic = Diagnostic::new(Severity::Error, "not-proved", message)
                .in_file(change.path.clone())
                .at(line, "")
                .help("don't use this change of the file, and report this as a bug of respin");
            found.push(diagnostic);
        }
    }
    if is_c {
        // Where more than the name changed, a function of the new name need not be the one that had the old one.
        let names = (checked.proved == 1).then_some((from, to));
        read_again(change, names, &mut checked, &mut found);
    }
    (checked, found)
}

/// Checks the change of one file that a semantic patch makes: that it can still be read.
pub(super) fn check_change(change: &FileChange) -> (Checked, Vec<Diagnostic>) {
    let (mut checked, mut found) = (Checked::default(), Vec::new());
    read_again(change, None, &mut checked, &mut found);
    (checked, found)
}

/// What the readers of C do not take any more that they took before the change.
pub(super) fn still_parses(change: &FileChange) -> Vec<Diagnostic> {
    let names = learn(&change.before);
    let edits = edits_between(&change.before, &change.after);
    let is_type = |name: &[u8]| names.is_type(name);
    let (old, new) = both_trees(change, &names);
    let mut found = newly_opaque(change, &old, &new, &edits);
    let old = functions(&old, &change.before);
    for function in functions(&new, &change.after) {
        let text = function.range.slice(&change.after);
        // A function that is new, or goes, has no other side to compare with.
        let before = old.iter().filter(|before| before.name == function.name);
        let Some(before) = before.map(|before| before.range.slice(&change.before)).next() else {
            continue;
        };
        if before == text || check_function(before, &is_type) != Opinion::Parses {
            continue;
        }
        if let Opinion::Fails { message, .. } = check_function(text, &is_type) {
            let name = &function.name;
            let what = format!("the second reader can't read {name}() any more: {message}");
            let diagnostic = Diagnostic::new(Severity::Error, "edit-gate", what);
            found.push(diagnostic.in_file(change.path.clone()));
        }
    }
    found
}

/// The trees before and after a change.
fn both_trees(change: &FileChange, names: &Names) -> (Tree, Tree) {
    (
        syntax::parse(&change.before, names),
        syntax::parse(&change.after, names),
    )
}

fn newly_opaque(change: &FileChange, before: &Tree, after: &Tree, edits: &EditSet) -> Vec<Diagnostic> {
    let lines = LineIndex::new(&change.after);
    let opaque = untouched::newly_opaque(before, after, edits);
    let diagnostic = |range: TextRange| {
        let line = lines.line_column(range.start).line;
        let message = format!("line {line} of the changed file can't be parsed any more");
        Diagnostic::new(Severity::Error, "not-parsed", message).in_file(change.path.clone())
    };
    opaque.into_iter().map(diagnostic).collect()
}

/// Lets the second reader compare the functions that are there before and after; `renamed` is what became of a name.
fn read_again(
    change: &FileChange,
    renamed: Option<(&[u8], &[u8])>,
    checked: &mut Checked,
    found: &mut Vec<Diagnostic>,
) {
    let edits = edits_between(&change.before, &change.after);
    let names = learn(&change.before);
    let (before, after) = both_trees(change, &names);
    let remaining: FxHashSet<BString> = functions(&after, &change.after)
        .into_iter()
        .map(|function| function.name)
        .collect();
    // Of a function that goes there is nothing to read.
    let remains = |function: &Function| {
        let name = function.name.as_bstr();
        let is_renamed = |(from, to): (&[u8], &[u8])| name == from && remaining.contains(to.as_bstr());
        remaining.contains(name) || renamed.is_some_and(is_renamed)
    };
    let touched: Vec<Function> = functions(&before, &change.before)
        .into_iter()
        .filter(|function| touches(&edits, function.range) && remains(function))
        .collect();
    found.extend(newly_opaque(change, &before, &after, &edits));
    let path: &BStr = change.path.as_bstr();
    let findings = edit_gate::edit_gate(path, &change.before, &edits, &touched, &|name| {
        names.is_type(name)
    });
    for function in &touched {
        let about = |finding: &&edit_gate::Finding| function.range.contains(finding.range.start);
        match findings.iter().find(about) {
            None => checked.read_twice += 1,
            Some(_) => checked.read_once += 1,
        }
    }
    let refused = findings.iter().filter(|finding| finding.is_refusal());
    found.extend(refused.map(edit_gate::Finding::to_diagnostic));
}

fn touches(edits: &EditSet, range: TextRange) -> bool {
    let first = edits
        .edits()
        .partition_point(|edit| edit.range.end <= range.start);
    let edit = edits.edits().get(first);
    edit.is_some_and(|edit| edit.range.start < range.end)
}

pub(super) fn functions(tree: &Tree, text: &[u8]) -> Vec<Function> {
    tree.descendants(NodeId::ROOT)
        .filter(|&node| is_function(tree.kind(node)))
        .map(|node| Function {
            name: function_name(tree, node, text),
            range: tree.range(node),
        })
        .collect()
}

/// The edits that lead from `before` to `after`: token by token where both have as many, as after a rename, so that no edit
/// reaches over the border of a function; else line by line.
fn edits_between(before: &[u8], after: &[u8]) -> EditSet {
    let (old, new) = (counting_tokens(before), counting_tokens(after));
    if old.len() != new.len() {
        return edits_of_lines(before, after);
    }
    let mut edits = EditSetBuilder::new();
    let (mut old_end, mut new_end) = (0, 0);
    let mut replace = |old: TextRange, new: TextRange| {
        if old.slice(before) != new.slice(after) {
            edits.replace(old, new.slice(after));
        }
    };
    for (&old, &new) in old.iter().zip(&new) {
        replace(
            TextRange::new(old_end, old.start),
            TextRange::new(new_end, new.start),
        );
        replace(old, new);
        (old_end, new_end) = (old.end, new.end);
    }
    replace(
        TextRange::new(old_end, before.len() as u32),
        TextRange::new(new_end, after.len() as u32),
    );
    // The tokens and the gaps between them are sorted and disjoint.
    edits.finish().unwrap_or_default()
}

fn counting_tokens(text: &[u8]) -> Vec<TextRange> {
    let tokens = syntax::lex(text);
    (0..tokens.len())
        .filter(|&token| !tokens.kind(token).is_trivia())
        .map(|token| tokens.range(token))
        .collect()
}

/// The edits that lead from `before` to `after`, line by line and without what the lines have in common.
fn edits_of_lines(before: &[u8], after: &[u8]) -> EditSet {
    let mut edits = EditSetBuilder::new();
    let lines = LineIndex::new(before);
    for hunk in unified::hunks(before, after, unified::Options { context: 0 }) {
        let of_kind = |kind| -> Vec<&[u8]> {
            let lines = hunk.lines.iter().filter(|line| line.kind == kind);
            lines.map(|line| line.bytes).collect()
        };
        let (removed, added) = (of_kind(LineKind::Removed), of_kind(LineKind::Added));
        let mut at = lines
            .line_range(hunk.old.start as u32 + 1)
            .map_or(before.len() as u32, |line| line.start);
        let pairs = if removed.len() == added.len() {
            removed
                .iter()
                .zip(&added)
                .map(|(old, new)| (old.to_vec(), new.to_vec()))
                .collect()
        } else {
            vec![(removed.concat(), added.concat())]
        };
        for (old, new) in pairs {
            let start = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
            let rest = old[start..].iter().rev().zip(new[start..].iter().rev());
            let end = rest.take_while(|(a, b)| a == b).count();
            let range = TextRange::new(at + start as u32, at + (old.len() - end) as u32);
            if old != new {
                edits.replace(range, &new[start..new.len() - end]);
            }
            at += old.len() as u32;
        }
    }
    // The hunks are sorted and disjoint.
    edits.finish().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_are_found_again() {
        for (before, after) in [
            ("a\nold(x);\nb\n", "a\nbrand_new(x);\nb\n"),
            ("a\nb\n", "x\na\nb\n"),
            ("a\nb\nc", "c"),
            ("old old\nold\n", "new old\nnew\n\n"),
            ("", "a\n"),
            ("a", ""),
        ] {
            let edits = edits_between(before.as_bytes(), after.as_bytes());
            assert_eq!(edits.apply(before.as_bytes()), after.as_bytes(), "{before:?}");
        }
        // An edit of one function reaches into no other one on its line.
        let edits = edits_between(
            b"int old(int x); int g(void) { old(1); }",
            b"int new(int x); int g(void) { new(1); }",
        );
        assert_eq!(edits.edits().len(), 2);
        let edits = edits_between(b"\treturn old(x);\n", b"\treturn new(x);\n");
        assert_eq!(edits.edits()[0].range, TextRange::new(8, 11));
    }

    fn file(text: &str) -> SourceFile {
        SourceFile {
            path: "a.c".into(),
            text: text.as_bytes().into(),
            language: crate::passes::Language::C,
        }
    }

    #[test]
    fn a_ledger_that_lacks_a_place_is_found_out() {
        let files = [file("old(old); /* old */ older();\n")];
        let files: Vec<&SourceFile> = files.iter().collect();
        let found = count_again(&[], &files, b"old", false);
        assert_eq!(found[0].code, "ledger-mismatch");
        let starts: Vec<u32> = found[0].labels.iter().map(|label| label.range.start).collect();
        assert_eq!(starts, [0, 4, 13]);
    }

    #[test]
    fn a_change_of_more_than_the_name_is_found_out() {
        let change = |after: &str| FileChange {
            path: "a.c".into(),
            before: b"int f(void)\n{\n\treturn old(1);\n}\n"[..].into(),
            after: after.as_bytes().into(),
        };
        let check = |after: &str| check_file(&change(after), b"old", b"new");
        let (checked, found) = check("int f(void)\n{\n\treturn new(1);\n}\n");
        assert_eq!((checked.proved, checked.read_twice), (1, 1));
        assert!(found.is_empty(), "{found:?}");
        let (checked, found) = check("int f(void)\n{\n\treturn new(2);\n}\n");
        assert_eq!((checked.proved, found[0].code), (0, "not-proved"));
        let (checked, found) = check("int f(void)\n{\n\treturn new(1;\n}\n");
        let codes: Vec<&str> = found.iter().map(|diagnostic| diagnostic.code).collect();
        assert_eq!(codes, ["not-proved", "not-parsed", "edit-gate"]);
        assert_eq!((checked.read_twice, checked.read_once), (0, 1));
    }

    #[test]
    fn a_patch_claims_what_holds_of_it_alone() {
        let change = |path: &str, before: &str, after: &str| FileChange {
            path: path.into(),
            before: before.as_bytes().into(),
            after: after.as_bytes().into(),
        };
        let said = |changes: &[FileChange], names| of_patch(changes, names).sentences();
        let names = Some((&b"old"[..], &b"new"[..]));
        let definition = change(
            "a.c",
            "int old(void)\n{\n\treturn 1;\n}\n",
            "int new(void)\n{\n\treturn 1;\n}\n",
        );
        let wrapper = "static inline int old(void)\n{\n\treturn new();\n}\n";
        let header = change("a.h", "int old(void);\n", &format!("int new(void);\n{wrapper}"));
        assert_eq!(
            said(std::slice::from_ref(&definition), names),
            "The tokens of the changed file are the same before and after but for the name. \
             A second parser of C took the changed function before and after."
        );
        assert_eq!(
            said(&[definition, header], names),
            "A second parser of C took the changed function before and after."
        );
        let removal = change("a.h", &format!("int new(void);\n{wrapper}"), "int new(void);\n");
        assert_eq!(said(&[removal], names), "");
        let call = change(
            "a.c",
            "int f(void)\n{\n\treturn 1;\n}\n",
            "int f(void)\n{\n\treturn 2;\n}\n",
        );
        assert_eq!(
            said(&[call], None),
            "A second parser of C took the changed function before and after."
        );
    }
}
