//! What a rewritten insert leaves behind: code that nobody reaches any more, and errors that always meant the same code.

use rustc_hash::FxHashMap;

use super::eval::Value;
use super::rewrite::{Rewritten, View, edit};
use crate::edit::{Edit, EditSet, added, dead_locals};
use crate::facts::file::FileFacts;
use crate::flow::{Graph, NodeKind, VariableId, Write, functions};
use crate::syntax::{Names, NodeId, SyntaxKind};
use crate::text::TextRange;

/// Each round removes something, so this many are enough.
const ROUNDS: usize = 40;

/// Whether a function has statements that can't be reached; then what is dead was so before, too.
pub(super) fn has_dead_code(file: &FileFacts, function: NodeId) -> bool {
    let view = View::new(file, function);
    !dead(&view).is_empty()
}

/// Carries the rewrite of one call out, in the function that is the `position`th of the text, and cleans up behind it; with
/// notes for the commit message.
pub(super) fn carry_out(
    file: &FileFacts,
    position: usize,
    made: &Rewritten,
) -> Option<(Vec<u8>, Vec<String>)> {
    let set = EditSet::new(made.edits.clone()).ok()?;
    let parse = |text: &[u8]| FileFacts::new(file.path.clone(), text.into(), &Names::new());
    let mut text = set.apply(&file.text);
    let note = |comment: &String| format!("drop a comment with its code: {comment}");
    let mut notes: Vec<String> = made.comments.iter().map(note).collect();
    for name in made.touched.iter().map(|name| Some(name.as_str())).chain([None]) {
        let (cleaned, comments) = clean(text, position, name, parse);
        text = cleaned;
        notes.extend(comments.iter().map(note));
    }
    let removed = dead_locals::remove(&text, &Names::new(), position, &made.touched);
    Some((removed.text, notes))
}

/// Cleans the function that is the `position`th of the text; gives the text and the comments that went.
fn clean(
    mut text: Vec<u8>,
    position: usize,
    variable: Option<&str>,
    parse: impl Fn(&[u8]) -> FileFacts,
) -> (Vec<u8>, Vec<String>) {
    let mut comments = Vec::new();
    for _ in 0..ROUNDS {
        let file = parse(&text);
        let Some(function) = functions(&file.tree).nth(position) else {
            break;
        };
        let view = View::new(&file, function);
        let edits = round(&view, variable, &mut comments);
        let Ok(set) = EditSet::new(edits) else { break };
        if set.is_empty() {
            break;
        }
        text = set.apply(&file.text);
    }
    (text, comments)
}

fn round(view: &View<'_>, variable: Option<&str>, comments: &mut Vec<String>) -> Vec<Edit> {
    let lists = dead(view);
    if let Some(run) = lists.first() {
        return remove(view, run, comments);
    }
    if let Some(label) = unused_label(view) {
        return remove(view, &[label], comments);
    }
    let Some(variable) = variable.and_then(|name| named(view, name)) else {
        return Vec::new();
    };
    constant_jump(view, variable)
        .or_else(|| constant_mapping(view, variable))
        .unwrap_or_default()
}

fn named(view: &View<'_>, name: &str) -> Option<VariableId> {
    let mut ids = view.locals.ids().filter(|&id| view.name(id) == name);
    match (ids.next(), ids.next()) {
        (Some(only), None) if !view.accesses.is_aliased(only) => Some(only),
        _ => None,
    }
}

/// Runs of statements in a block that can't be reached.
fn dead(view: &View<'_>) -> Vec<Vec<NodeId>> {
    let tree = view.tree();
    let reached = view.graph.reachable(Graph::HEAD, |_| false);
    let nodes: Vec<(NodeId, bool)> = view
        .graph
        .ids()
        .filter(|&id| {
            !view.graph.is_exit(id)
                && !matches!(
                    view.graph.kind(id),
                    NodeKind::After | NodeKind::Close | NodeKind::Head
                )
        })
        .map(|id| (view.graph.node(id).syntax, reached[id.index()]))
        .collect();
    let is_dead = |statement: NodeId| {
        let mut inside = nodes
            .iter()
            .filter(|(node, _)| tree.contains(statement, *node))
            .peekable();
        inside.peek().is_some() && inside.all(|(_, reached)| !reached)
    };
    let mut lists = Vec::new();
    let blocks = tree
        .descendants(view.function)
        .filter(|&id| tree.kind(id) == SyntaxKind::Block);
    for block in blocks {
        let mut list: Vec<NodeId> = Vec::new();
        for child in tree.children(block) {
            if tree.kind(child).is_statement() && is_dead(child) {
                list.push(child);
            } else if !list.is_empty() {
                lists.push(std::mem::take(&mut list));
            }
        }
        if !list.is_empty() {
            lists.push(list);
        }
    }
    lists
}

/// A label that no goto names.
fn unused_label(view: &View<'_>) -> Option<NodeId> {
    let tree = view.tree();
    let named: Vec<&[u8]> = tree
        .descendants(view.function)
        .filter(|&id| matches!(tree.kind(id), SyntaxKind::GotoStmt | SyntaxKind::LabelAddress))
        .filter_map(|id| tree.own_token(id, SyntaxKind::Ident))
        .map(|token| tree.tokens().range(token).slice(&view.file.text))
        .collect();
    tree.descendants(view.function)
        .filter(|&id| tree.kind(id) == SyntaxKind::Label)
        .find(|&id| {
            let name = tree.own_token(id, SyntaxKind::Ident);
            name.is_some_and(|token| !named.contains(&tree.tokens().range(token).slice(&view.file.text)))
        })
}

/// Deletes the lines of statements, with the comments right above and blank lines that would be too many.
fn remove(view: &View<'_>, statements: &[NodeId], comments: &mut Vec<String>) -> Vec<Edit> {
    let (Some(&first), Some(&last)) = (statements.first(), statements.last()) else {
        return Vec::new();
    };
    let (tree, text) = (view.tree(), &view.file.text[..]);
    let (from, to) = (tree.range(first).start as usize, tree.range(last).end as usize);
    let mut start = added::line_start(text, from);
    let mut end = added::line_end(text, to);
    if !text[start..from].trim_ascii().is_empty() || !text[to..end].trim_ascii().is_empty() {
        return vec![edit(TextRange::new(from as u32, to as u32), Vec::new())];
    }
    let floor = tree
        .parent(first)
        .map_or(0, |block| tree.range(block).start as usize + 1);
    // A comment right above speaks of what goes.
    while start > floor {
        let above = added::line_start(text, start - 1);
        let line = text[above..start].trim_ascii();
        let is_comment = line.starts_with(b"/*") || line.starts_with(b"*") || line.starts_with(b"//");
        if above < floor || !is_comment {
            break;
        }
        start = above;
    }
    for token in 0..tree.tokens().len() {
        let range = tree.tokens().range(token);
        if tree.tokens().kind(token) == SyntaxKind::Comment
            && range.start as usize >= start
            && range.end as usize <= end
        {
            let words = String::from_utf8_lossy(range.slice(text)).into_owned();
            comments.push(words.split_whitespace().collect::<Vec<_>>().join(" "));
        }
    }
    let blank_line = |at: usize| text[at..added::line_end(text, at)].trim_ascii().is_empty();
    let before = start
        .checked_sub(1)
        .filter(|&at| at > floor)
        .map(|at| added::line_start(text, at));
    if let Some(before) = before
        && before > floor
        && blank_line(before)
    {
        let closes = text[end..].trim_ascii_start().starts_with(b"}");
        if closes {
            start = before;
        } else if end < text.len() && blank_line(end) {
            end = added::line_end(text, end);
        }
    }
    vec![edit(TextRange::new(start as u32, end as u32), Vec::new())]
}

/// `err = -EINVAL; goto out;` where all that follows is the choice of a code.
fn constant_jump(view: &View<'_>, variable: VariableId) -> Option<Vec<Edit>> {
    let tree = view.tree();
    let runner = view.runner(FxHashMap::default());
    for (at, access) in view.accesses.of_variable(variable) {
        if access.writes != Write::Must {
            continue;
        }
        let Some(assignment) = tree.parent(access.name) else {
            continue;
        };
        let Some((_, right)) = runner.assignment(assignment) else {
            continue;
        };
        let Some(statement) = tree
            .parent(assignment)
            .filter(|&outer| tree.kind(outer) == SyntaxKind::ExprStmt)
        else {
            continue;
        };
        let block = tree.parent(statement)?;
        let next = tree.children(block).find(|&next| next > statement);
        let Some(jump) = next.filter(|&next| tree.kind(next) == SyntaxKind::GotoStmt) else {
            continue;
        };
        let value = runner.value(right);
        if !matches!(value, Value::Number(_)) {
            continue;
        }
        let known = [(variable, value)].into_iter().collect();
        let Ok(run) = view.runner(known).run(at) else {
            continue;
        };
        let (Value::Code(code), true) = (run.value, run.effects.is_empty()) else {
            continue;
        };
        let range = TextRange::new(tree.range(statement).start, tree.range(jump).end);
        return Some(vec![edit(range, format!("return {code};"))]);
    }
    None
}

/// A choice of a code by a variable that is a constant now.
fn constant_mapping(view: &View<'_>, variable: VariableId) -> Option<Vec<Edit>> {
    let tree = view.tree();
    let mut writes = view
        .accesses
        .of_variable(variable)
        .filter(|(_, access)| access.writes != Write::No);
    let ((_, only), None) = (writes.next()?, writes.next()) else {
        return None;
    };
    if tree.kind(only.name) != SyntaxKind::InitDeclarator {
        return None;
    }
    let value = view
        .runner(FxHashMap::default())
        .value(tree.children(only.name).last()?);
    if !matches!(value, Value::Number(_)) {
        return None;
    }
    let decision = view
        .accesses
        .of_variable(variable)
        .filter(|(_, access)| access.reads)
        .map(|(at, _)| at)
        .min()?;
    let statement = view.graph.node(decision).syntax;
    if !matches!(tree.kind(statement), SyntaxKind::IfStmt | SyntaxKind::SwitchStmt) {
        return None;
    }
    let before = view.graph.predecessors(decision).first().copied()?;
    let known = [(variable, value)].into_iter().collect();
    let run = view.runner(known).run(before).ok()?;
    let (Value::Code(code), true) = (run.value, run.effects.is_empty()) else {
        return None;
    };
    let text = &view.file.text[..];
    let start = tree.range(statement).start as usize;
    let indentation = String::from_utf8_lossy(added::indentation(text, start)).into_owned();
    let at = added::line_start(text, start) as u32;
    Some(vec![edit(
        TextRange::new(at, at),
        format!("{indentation}return {code};\n"),
    )])
}
