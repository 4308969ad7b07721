//! A helper that gives its callers the errno of an insert, where all of them make a fault code of it.
//!
//! The helper then gives the code itself, and a call of it is rewritten in its callers as an insert is.

use bstr::{BString, ByteSlice};
use rustc_hash::FxHashMap;

use super::clean;
use super::eval::Value;
use super::rewrite::{Codes, View, edit};
use super::types::{Texts, position_of};
use crate::edit::{Edit, EditSet};
use crate::facts::Sources;
use crate::facts::file::FileFacts;
use crate::flow::{NodeKind, VariableId, VariableKind, Write, functions};
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
    // A constant means what the callers make of it.
    let (first, caller) = nth_call(&file, name, 0)?;
    let codes = View::new(&file, caller)
        .rewrite(first, &name.to_str_lossy(), &[])
        .ok()?
        .codes;
    let (edits, constants) = returns(&View::new(&file, function), pairs, &codes)?;
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
            .rewrite(call, &name.to_str_lossy(), &[])
            .ok()?;
        let means = |number| made.codes.iter().find(|(known, _)| *known == number);
        if constants
            .iter()
            .any(|constant| means(constant.0) != Some(constant))
        {
            return None;
        }
        let (text, notes) = clean::carry_out(&file, position_of(&file, caller)?, &made)?;
        texts.put(path, text);
        converted.notes.extend(notes);
        for change in made.changes {
            if !converted.changes.contains(&change) {
                converted.changes.push(change);
            }
        }
    }
    Some(converted)
}

/// The edits with which all returns of a function give fault codes; `None` if one gives something else than the result of an
/// insert, or an errno for which no code is known. Also gives the constants among them with their codes.
fn returns(view: &View<'_>, pairs: &[(String, String)], codes: &Codes) -> Option<(Vec<Edit>, Codes)> {
    let tree = view.tree();
    let runner = view.runner(FxHashMap::default());
    let mut edits = Vec::new();
    let mut inserts = 0;
    let mut returned = 0;
    let mut constants = Vec::new();
    let mut seen = Vec::new();
    let twin_of = |id| callee(view.file, id).and_then(|name| pairs.iter().find(|(from, _)| from == name));
    for id in tree.descendants(view.function) {
        inserts += usize::from(twin_of(id).is_some());
        if tree.kind(id) != SyntaxKind::ReturnStmt {
            continue;
        }
        let result = tree.children(id).next()?;
        // What a variable holds is returned as it is.
        let sources = match view.locals.resolve(result) {
            Some(variable) if seen.contains(&variable) => continue,
            Some(variable) => {
                seen.push(variable);
                view.written_to_be_returned(variable)?
            }
            None => vec![(id, result)],
        };
        for (statement, value) in sources {
            if let Some((_, to)) = twin_of(value) {
                let start = tree.range(statement).start as usize;
                let head = &view.file.text[start..tree.range(value).start as usize];
                let head = format!("{}{to}(", String::from_utf8_lossy(head));
                edits.push(edit(
                    tree.range(statement),
                    view.call_text(statement, value, &head),
                ));
                returned += 1;
                continue;
            }
            let Value::Number(number) = runner.value(value) else {
                return None;
            };
            let constant = codes.iter().find(|(known, _)| *known == number)?;
            edits.push(edit(tree.range(value), constant.1.as_str()));
            constants.push(constant.clone());
        }
    }
    (returned > 0 && returned == inserts).then_some((edits, constants))
}

impl View<'_> {
    /// The statements that give a variable its values, with those; `None` if it is read for anything but to be returned.
    fn written_to_be_returned(&self, variable: VariableId) -> Option<Vec<(NodeId, NodeId)>> {
        let tree = self.tree();
        if self.locals.variable(variable).kind != VariableKind::Automatic
            || self.accesses.is_aliased(variable)
        {
            return None;
        }
        let mut written = Vec::new();
        for (at, access) in self.accesses.of_variable(variable) {
            if access.reads {
                let holder = tree.parent(access.name)?;
                if access.writes != Write::No || tree.kind(holder) != SyntaxKind::ReturnStmt {
                    return None;
                }
            } else if access.writes != Write::No {
                let (statement, value) = match tree.kind(access.name) {
                    SyntaxKind::InitDeclarator => {
                        (tree.parent(access.name)?, tree.children(access.name).last()?)
                    }
                    _ => {
                        let assignment = tree.parent(access.name)?;
                        let (_, value) = self.runner(FxHashMap::default()).assignment(assignment)?;
                        (tree.parent(assignment)?, value)
                    }
                };
                let is_whole = tree.range(statement).end > tree.range(value).end
                    && matches!(
                        tree.kind(statement),
                        SyntaxKind::Declaration | SyntaxKind::ExprStmt
                    )
                    && self.graph.kind(at) == NodeKind::Simple;
                let behind =
                    &self.file.text[tree.range(value).end as usize..tree.range(statement).end as usize];
                if !is_whole || behind.trim_ascii() != b";" {
                    return None;
                }
                written.push((statement, value));
            }
        }
        Some(written)
    }
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
