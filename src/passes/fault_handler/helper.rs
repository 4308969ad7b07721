//! A helper that gives its callers the errno of an insert, where all of them make a fault code of it.
//!
//! The helper then gives the code itself, and a call of it is rewritten in its callers as an insert is.

use bstr::{BString, ByteSlice};
use rustc_hash::FxHashMap;

use super::clean;
use super::eval::{RESULTS, Value, twin_code};
use super::rewrite::{View, edit};
use super::types::{Texts, position_of};
use crate::edit::{Edit, EditSet};
use crate::facts::Sources;
use crate::facts::file::FileFacts;
use crate::flow::functions;
use crate::syntax::{NodeId, SyntaxKind};

/// What became of a helper and its callers.
pub(super) struct Converted {
    /// Changes of behaviour, one sentence each.
    pub changes: Vec<String>,
    /// For the commit message.
    pub notes: Vec<String>,
}

/// Converts the function that is the `position`th of a file, with its callers; `None` if it is no such helper or a caller
/// does something else with the errno.
pub(super) fn convert(
    texts: &mut Texts,
    sources: &Sources<'_>,
    path: &BString,
    position: usize,
    pairs: &[(String, String)],
) -> Option<Converted> {
    let file = texts.file(sources, path)?;
    let function = functions(&file.tree).nth(position)?;
    let name = &file.functions.iter().find(|known| known.node == function)?.name;
    if !is_called_directly(&file, name) {
        return None;
    }
    let (edits, has_constants) = returns(&View::new(&file, function), pairs)?;
    texts.put(path, EditSet::new(edits).ok()?.apply(&file.text));
    let mut converted = Converted {
        changes: Vec::new(),
        notes: Vec::new(),
    };
    let mut count = 0;
    // Each call stays where it is in their order.
    while let Some((call, caller)) = nth_call(&*texts.file(sources, path)?, name, count) {
        count += 1;
        let file = texts.file(sources, path)?;
        if clean::has_dead_code(&file, caller) {
            return None;
        }
        let made = View::new(&file, caller)
            .rewrite(call, &name.to_str_lossy())
            .ok()?;
        let (text, notes) = clean::carry_out(&file, position_of(&file, caller)?, &made)?;
        texts.put(path, text);
        converted.notes.extend(notes);
        for change in made.changes {
            if !converted.changes.contains(&change) {
                converted.changes.push(change);
            }
        }
    }
    // What changes is said of the results of the insert, so it must not happen to constants as well.
    let is_named = converted.changes.is_empty() || !has_constants;
    (count > 0 && is_named).then_some(converted)
}

/// The edits with which all returns of a function give fault codes; `None` if one gives something else than the result of an
/// insert, or an errno that no insert gives. Also says whether a constant is among them.
fn returns(view: &View<'_>, pairs: &[(String, String)]) -> Option<(Vec<Edit>, bool)> {
    let tree = view.tree();
    let runner = view.runner(FxHashMap::default());
    let mut edits = Vec::new();
    let mut inserts = 0;
    for id in tree.descendants(view.function) {
        let pair = callee(view.file, id).and_then(|name| pairs.iter().find(|(from, _)| from == name));
        inserts += usize::from(pair.is_some());
        if tree.kind(id) != SyntaxKind::ReturnStmt {
            continue;
        }
        let result = tree.children(id).next()?;
        let pair = callee(view.file, result).and_then(|name| pairs.iter().find(|(from, _)| from == name));
        if let Some((_, to)) = pair {
            let text = view.call_text(id, result, &format!("return {to}("));
            edits.push((true, edit(tree.range(id), text)));
            continue;
        }
        let Value::Number(number) = runner.value(result) else {
            return None;
        };
        if !RESULTS.iter().any(|(_, known)| *known == number) {
            return None;
        }
        edits.push((false, edit(tree.range(result), twin_code(number))));
    }
    let returned = edits.iter().filter(|(is_insert, _)| *is_insert).count();
    let has_constants = returned < edits.len();
    let edits = edits.into_iter().map(|(_, edit)| edit).collect();
    (returned > 0 && returned == inserts).then_some((edits, has_constants))
}

/// Whether nobody but the functions of its file calls a function, and all by its name.
fn is_called_directly(file: &FileFacts, name: &BString) -> bool {
    let mut known = file.functions_named(name).map(|(_, known)| known);
    let only = known.next().filter(|_| known.next().is_none());
    only.is_some_and(|known| known.is_static && !known.is_macro && !file.is_header())
        && file.references_named(name).next().is_none()
}

/// The `index`th call of a function in the order of the text, with the function around it.
fn nth_call(file: &FileFacts, name: &BString, index: usize) -> Option<(NodeId, NodeId)> {
    let mut calls: Vec<(NodeId, NodeId)> = file
        .calls_named(name)
        .filter_map(|call| Some((call.node, file.functions[call.caller?].node)))
        .collect();
    calls.sort();
    calls.get(index).copied()
}

/// The name of the function that an expression calls.
fn callee(file: &FileFacts, expression: NodeId) -> Option<&str> {
    let tree = &file.tree;
    let name = match tree.kind(expression) {
        SyntaxKind::CallExpr => tree.children(expression).next()?,
        _ => return None,
    };
    tree.text(name, &file.text).trim_ascii().to_str().ok()
}
