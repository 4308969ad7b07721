//! Whether a tree holds the result of a rename already: then the new name is in use because of the rename itself.

use bstr::{BString, ByteSlice};

use crate::diagnostics::Diagnostic;
use crate::facts::names::learn;
use crate::passes::SourceFile;
use crate::syntax;
use crate::transform::RenameParameters;
use crate::verify::proof::{self, token_proof};
use crate::verify::scan::words_in_text;
use crate::worktree::Worktree;

use super::checks::functions;
use super::{Where, is_c};

/// Tells a new name that was in use before from one that the tree got by this rename; `found` is why it cannot be made.
pub(super) fn told(
    mut found: Vec<Diagnostic>,
    worktree: &Worktree,
    place: &Where,
    parameters: &RenameParameters,
    files: &[SourceFile],
) -> Vec<Diagnostic> {
    if found.iter().any(|diagnostic| diagnostic.code != "name-in-use") {
        return found;
    }
    let paths: Vec<&BString> = found
        .iter()
        .filter_map(|diagnostic| diagnostic.path.as_ref())
        .collect();
    let used: Vec<&SourceFile> = files.iter().filter(|file| paths.contains(&&file.path)).collect();
    let (how, help) = if is_uncommitted(worktree, place, parameters, &used) {
        (
            " as a change that is not committed",
            "`series` and `diff` read the tree as it was with `--rev HEAD`, or once `git stash` has put the change aside",
        )
    } else if is_redefined(parameters, files) {
        (
            "",
            "`series` and `diff` read the tree as it was with `--rev` and a commit before the change",
        )
    } else {
        return found;
    };
    found.truncate(1);
    for diagnostic in &mut found {
        diagnostic.message = format!("the tree holds `{}` already{how}", parameters.to);
        diagnostic.help = Some(format!("{help}; for another change, choose another name"));
    }
    found
}

/// Whether the files that use the new name are those of the last commit with the name changed.
fn is_uncommitted(
    worktree: &Worktree,
    place: &Where,
    parameters: &RenameParameters,
    used: &[&SourceFile],
) -> bool {
    let (from, to) = (parameters.from.as_bytes(), parameters.to.as_bytes());
    if worktree.folder().is_none() || used.is_empty() {
        return false;
    }
    let Ok(committed) = Worktree::open(&place.tree, Some("HEAD")) else {
        return false;
    };
    used.iter().all(|file| {
        committed.read(file.path.as_bstr()).is_ok_and(|before| {
            words_in_text(&before, to).next().is_none()
                && token_proof(&before, &file.text, from, to, proof::Language::C).is_ok()
        })
    })
}

/// Whether the tree defines a function of the new name, and none of the old one.
fn is_redefined(parameters: &RenameParameters, files: &[SourceFile]) -> bool {
    let (mut has_old, mut has_new) = (false, false);
    for file in files.iter().filter(|file| is_c(file.path.as_bstr())) {
        for function in functions(&syntax::parse(&file.text, &learn(&file.text)), &file.text) {
            has_old |= function.name == parameters.from.as_bytes();
            has_new |= function.name == parameters.to.as_bytes();
        }
    }
    has_new && !has_old
}
