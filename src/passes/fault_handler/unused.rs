//! Takes interfaces out of the tree that nobody uses any more.

use std::collections::BTreeMap;

use bstr::{BString, ByteSlice};

use super::rewrite::edit;
use super::types::{Texts, prototype_places};
use crate::edit::{Edit, added};
use crate::facts::Sources;
use crate::facts::file::{FileFacts, Function};
use crate::ledger::SiteKind;
use crate::passes::rename::{named, other_program};
use crate::syntax::{NodeId, SyntaxKind};
use crate::text::TextRange;

/// Who uses an interface.
pub(super) enum Use {
    /// The tree does not have it.
    Missing,
    /// Nobody, or the twin alone.
    None,
    /// These files.
    By(Vec<BString>),
}

/// Looks for users of `from` other than its twin.
pub(super) fn users(texts: &Texts, sources: &Sources<'_>, from: &str, to: &str) -> Use {
    let mut users = Vec::new();
    let mut is_defined = false;
    for file in texts.all(sources) {
        if other_program(&file.path).is_some() {
            continue;
        }
        let mut uses = false;
        for name in named(&file.path, &file.tree, &file.text, &file.lines, from) {
            match name.kind {
                SiteKind::Definition => is_defined = true,
                SiteKind::Declaration | SiteKind::Export => {}
                _ if name.function == to => {}
                _ => uses |= name.other.is_none() || name.unparsed,
            }
        }
        if uses {
            users.push(file.path.clone());
        }
    }
    match (is_defined, users.is_empty()) {
        (false, _) => Use::Missing,
        (true, true) => Use::None,
        (true, false) => Use::By(users),
    }
}

/// Removes prototype, definitions and exports of `from`. Where the twin is made of it, the function stays as a part of the
/// file that defines it, and the twin moves there.
pub(super) fn remove(texts: &mut Texts, sources: &Sources<'_>, from: &str, to: &str) -> Option<String> {
    let files = texts.all(sources);
    let kernel = || files.iter().filter(|file| other_program(&file.path).is_none());
    let twin = kernel().find_map(|file| Some((file.clone(), call_inside(file, from, to)?.clone())));
    // A wrapper in a header serves every configuration, so it goes into each file that defines the function.
    let wrapper = twin
        .as_ref()
        .filter(|(file, function)| file.is_header() && function.is_static);
    let mut edits: BTreeMap<BString, Vec<Edit>> = BTreeMap::new();
    for file in kernel() {
        let mut list = Vec::new();
        for declaration in prototype_places(file, from.as_bytes()) {
            list.push(lines_of(file, file.tree.range(declaration)));
        }
        let is_part = |function: &Function| {
            let is_home = twin.as_ref().is_some_and(|(home, _)| home.path == file.path);
            !function.is_static && (wrapper.is_some() || is_home)
        };
        let mut stays = false;
        for (_, function) in file.functions_named(from.as_bytes()) {
            if is_part(function) {
                stays = true;
                let start = file.tree.range(function.node).start;
                list.push(edit(TextRange::new(start, start), "static "));
                if let Some((home, twin)) = wrapper
                    && !exports(file, from).any(|_| true)
                {
                    let end = file.tree.range(function.node).end;
                    list.push(edit(
                        TextRange::new(end, end),
                        format!("\n\n{}", outside(home, twin)?),
                    ));
                }
            } else {
                list.push(lines_of(file, with_comment(file, function.node)));
            }
        }
        for export in exports(file, from) {
            let range = file.tree.range(export);
            match wrapper.filter(|_| stays) {
                Some((home, twin)) => {
                    let line = String::from_utf8_lossy(range.slice(&file.text)).replace(from, to);
                    list.push(edit(
                        range,
                        format!("\n{}\n{}", outside(home, twin)?, line.trim()),
                    ));
                }
                None => list.push(whole_lines(file, range)),
            }
        }
        if let Some((home, twin)) = wrapper.filter(|(home, _)| home.path == file.path) {
            let range = file.tree.range(twin.node);
            list.push(edit(range, format!("{};", head(home, twin)?)));
        }
        if !list.is_empty() {
            edits.insert(file.path.clone(), list);
        }
    }
    for (path, mut list) in edits {
        let file = texts.file(sources, &path)?;
        list.sort_by_key(|edit| (edit.range.start, edit.range.end));
        list.dedup();
        texts.edit(&file, list);
    }
    Some(match twin.is_some() {
        true => format!("make {from}() a part of {to}()"),
        false => format!("remove {from}()"),
    })
}

/// The twin, if it calls the function in this file.
fn call_inside<'f>(file: &'f FileFacts, from: &str, to: &str) -> Option<&'f Function> {
    let mut callers = file.calls_named(from.as_bytes()).filter_map(|call| call.caller);
    let caller = callers.find(|&caller| file.functions[caller].name == to)?;
    Some(&file.functions[caller])
}

fn exports<'f>(file: &'f FileFacts, name: &str) -> impl Iterator<Item = NodeId> + 'f {
    let name = name.to_owned();
    let tree = &file.tree;
    tree.children(NodeId::ROOT).filter(move |&id| {
        let text = tree.text(id, &file.text).trim_ascii();
        let inside = text
            .strip_prefix(b"EXPORT_SYMBOL")
            .and_then(|rest| rest.split_once_str("("))
            .map(|(_, rest)| rest);
        inside.is_some_and(|rest| {
            rest.trim_ascii_start()
                .strip_prefix(name.as_bytes())
                .is_some_and(|rest| {
                    rest.first()
                        .is_none_or(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_')
                })
        })
    })
}

/// A wrapper without what made it one of a header.
fn outside(file: &FileFacts, function: &Function) -> Option<String> {
    let body = file.tree.child(function.node, SyntaxKind::Block)?;
    let body = file.tree.range(body).slice(&file.text);
    Some(format!(
        "{}\n{}",
        head(file, function)?,
        String::from_utf8_lossy(body)
    ))
}

/// The head of a function without `static inline`.
fn head(file: &FileFacts, function: &Function) -> Option<String> {
    let body = file.tree.child(function.node, SyntaxKind::Block)?;
    let whole = file.tree.range(function.node);
    let head = TextRange::new(whole.start, file.tree.range(body).start);
    let text = String::from_utf8_lossy(head.slice(&file.text)).into_owned();
    let (before, list) = text.trim_end().split_once('(')?;
    let words: Vec<&str> = before
        .split_whitespace()
        .filter(|word| !matches!(*word, "static" | "inline" | "__always_inline"))
        .collect();
    let list = list.strip_suffix(')')?;
    let arguments: Vec<String> = list
        .split(',')
        .map(|argument| argument.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect();
    Some(added::call("", &format!("{}(", words.join(" ")), &arguments, ")"))
}

/// A definition with the comment that ends on the line above.
pub(super) fn with_comment(file: &FileFacts, definition: NodeId) -> TextRange {
    let range = file.tree.range(definition);
    let above = file.text[..range.start as usize].trim_ascii_end();
    let is_next = file.text[above.len()..range.start as usize]
        .iter()
        .filter(|&&byte| byte == b'\n')
        .count()
        == 1;
    match above.rfind("/*") {
        Some(start) if is_next && above.ends_with(b"*/") => TextRange::new(start as u32, range.end),
        _ => range,
    }
}

fn whole_lines(file: &FileFacts, range: TextRange) -> Edit {
    let start = added::line_start(&file.text, range.start as usize);
    let end = added::line_end(&file.text, range.end as usize);
    edit(TextRange::new(start as u32, end as u32), Vec::new())
}

/// Removes lines, with the blank line in front if another one follows, or with the one behind where the text begins.
pub(super) fn lines_of(file: &FileFacts, range: TextRange) -> Edit {
    let mut whole = whole_lines(file, range);
    let text = &file.text[..];
    let (start, end) = (whole.range.start as usize, whole.range.end as usize);
    let follows = added::line_end(text, end.min(text.len()));
    let exported = text[end..follows].starts_with(b"EXPORT_SYMBOL");
    let behind = if exported { follows } else { end };
    let blank_behind = behind >= text.len()
        || text[behind..added::line_end(text, behind)]
            .trim_ascii()
            .is_empty();
    if start > 0 && blank_behind {
        let before = added::line_start(text, start - 1);
        if text[before..start].trim_ascii().is_empty() {
            whole.range.start = before as u32;
        }
    }
    if start == 0 && blank_behind {
        whole.range.end = added::line_end(text, end) as u32;
    }
    whole
}
