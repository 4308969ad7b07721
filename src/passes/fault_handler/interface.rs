//! Adds what a tree lacks: the type of fault codes, and the twins.

use std::collections::BTreeMap;
use std::sync::Arc;

use bstr::{BString, ByteSlice};

use super::rewrite::{edit, int_token};
use super::types::{CODE_TYPE, FAULT_RECORDS, LAYOUT};
use super::vmf_error;
use crate::diagnostics::{Diagnostic, Severity};
use crate::edit::{Edit, EditSet, added, layout};
use crate::facts::Sources;
use crate::facts::file::FileFacts;
use crate::facts::roles::FAULT_MEMBERS;
use crate::passes::insert_loop::has_interface;
use crate::passes::rename::other_program;
use crate::plan::FileChange;
use crate::syntax::SyntaxKind;
use crate::text::TextRange;

/// Whether a text defines the type of fault codes.
fn defines_type(text: &[u8]) -> bool {
    let definition = format!(" {CODE_TYPE};");
    text.lines()
        .any(|line| line.starts_with(b"typedef ") && line.trim_ascii_end().ends_with(definition.as_bytes()))
}

/// The changes that add the type, those of `pairs` whose twins are missing, and what makes a code of an errno if that is needed
/// and missing; with a note for each. `all` are the pairs that the tree may have.
pub(super) fn add(
    sources: &mut Sources<'_>,
    pairs: &[(String, String)],
    all: &[(String, String)],
    needs_error: bool,
) -> Result<(Vec<FileChange>, Vec<String>), Diagnostic> {
    let mut edits: BTreeMap<BString, (Arc<FileFacts>, Vec<Edit>)> = BTreeMap::new();
    let mut notes = Vec::new();
    let mut add = |file: &Arc<FileFacts>, more: Vec<Edit>| {
        let (_, list) = edits
            .entry(file.path.clone())
            .or_insert_with(|| (file.clone(), Vec::new()));
        list.extend(more);
    };
    let defines_record = |text: &[u8], record: &str| text.contains_str(format!("struct {record} {{"));
    sources.look_up_if([CODE_TYPE].into_iter().chain(FAULT_RECORDS), |text| {
        defines_type(text) || FAULT_RECORDS.iter().any(|record| defines_record(text, record))
    });
    let has_type = sources
        .files()
        .any(|file| file.is_header() && defines_type(&file.text));
    let types = type_edits(sources, has_type);
    if types.is_none() && !has_type {
        return Err(missing(CODE_TYPE, "struct vm_operations_struct"));
    }
    for (file, list) in types.into_iter().flatten().filter(|(_, list)| !list.is_empty()) {
        add(&file, list);
        let note = match has_type {
            true => format!("give fault operations the type {CODE_TYPE}"),
            false => format!("add {CODE_TYPE}, and give fault operations that type"),
        };
        if !notes.contains(&note) {
            notes.push(note);
        }
    }
    for (from, to) in pairs {
        if has_interface(sources, to) {
            continue;
        }
        let missing = || missing(to, from);
        let parameters = sources
            .files()
            .filter(|file| other_program(&file.path).is_none())
            .find_map(|file| parameters(file, from))
            .ok_or_else(missing)?;
        let (file, at) = sources
            .files()
            .filter(|file| file.is_header() && other_program(&file.path).is_none())
            .find_map(|file| Some((file.clone(), behind_prototypes(file, from)?)))
            .ok_or_else(missing)?;
        add(
            &file,
            vec![edit(TextRange::new(at, at), twin(from, to, &parameters))],
        );
        notes.push(format!("add {to}()"));
    }
    if needs_error && !has_interface(sources, vmf_error::NAME) {
        let place = |(from, _): &(String, String)| {
            let mut headers = sources
                .files()
                .filter(|file| file.is_header() && other_program(&file.path).is_none());
            headers.find_map(|file| Some((file.clone(), behind_prototypes(file, from)?)))
        };
        let (file, at) = all
            .iter()
            .find_map(place)
            .ok_or_else(|| missing(vmf_error::NAME, "prototype of an insert"))?;
        add(&file, vec![edit(TextRange::new(at, at), vmf_error::DEFINITION)]);
        notes.push(format!("add {}()", vmf_error::NAME));
    }
    let changes = edits
        .into_values()
        .filter_map(|(file, list)| {
            let set = laid_out(&file, list)?;
            Some(FileChange {
                path: file.path.clone(),
                before: file.text.clone(),
                after: Arc::from(set.apply(&file.text)),
            })
        })
        .collect();
    Ok((changes, notes))
}

/// Types make their lines longer; what is added between lines is laid out already.
fn laid_out(file: &FileFacts, edits: Vec<Edit>) -> Option<EditSet> {
    let (types, additions): (Vec<Edit>, Vec<Edit>) = edits
        .into_iter()
        .partition(|edit| edit.text == CODE_TYPE.as_bytes());
    let types = layout::adjust(&file.text, &EditSet::new(types).ok()?, LAYOUT);
    EditSet::new([types.edits(), &additions].concat()).ok()
}

fn missing(what: &str, where_to: &str) -> Diagnostic {
    Diagnostic::new(
        Severity::Error,
        "no-interface",
        format!("{what} can't be added: the tree has no {where_to} to put it next to"),
    )
    .help("add it by hand first, or run the transform on a tree that has it")
}

/// The type in front of the first struct that has pointers to fault handlers, if it is missing, and in the fault operations.
fn type_edits(sources: &Sources<'_>, has_type: bool) -> Option<Vec<(Arc<FileFacts>, Vec<Edit>)>> {
    let headers = || {
        let files = sources.files();
        files.filter(|file| file.is_header() && other_program(&file.path).is_none())
    };
    let record_in = |file: &FileFacts, name: &str| {
        let record = file.records.iter().find(|record| record.tag == name)?;
        Some(record.range.start)
    };
    let operations = headers().find(|file| record_in(file, FAULT_RECORDS[0]).is_some())?;
    // The header of the special mapping is included by that of the operations.
    let special = headers().find(|file| record_in(file, FAULT_RECORDS[1]).is_some());
    let home = special.unwrap_or(operations);
    let first = FAULT_RECORDS
        .iter()
        .filter_map(|name| record_in(home, name))
        .min()?;
    let mut at = added::line_start(&home.text, first as usize);
    while at > 0 {
        let above = added::line_start(&home.text, at - 1);
        if home.text[above..at].trim_ascii().is_empty() {
            break;
        }
        at = above;
    }
    let at = at as u32;
    let text = format!("/* VM_FAULT_* codes, or 0 */\ntypedef int {CODE_TYPE};\n\n");
    let mut members = Vec::new();
    for name in FAULT_MEMBERS {
        let fields = super::types::fields(operations, name.as_bytes());
        let own = fields.iter().filter(|(tag, _)| tag == FAULT_RECORDS[0]);
        members.extend(own.filter_map(|(_, field)| int_token(operations, *field)));
    }
    members.sort_by_key(|range| range.start);
    members.dedup();
    let members = members.into_iter().map(|token| edit(token, CODE_TYPE)).collect();
    let definition = match has_type {
        true => Vec::new(),
        false => vec![edit(TextRange::new(at, at), text)],
    };
    Some(vec![(home.clone(), definition), (operations.clone(), members)])
}

/// The parameters of the definition, with their names.
fn parameters(file: &Arc<FileFacts>, name: &str) -> Option<Vec<(String, String)>> {
    let (_, function) = file
        .functions_named(name.as_bytes())
        .find(|(_, known)| !known.is_macro && !known.is_static)?;
    let tree = &file.tree;
    let list = tree
        .descendants(function.node)
        .find(|&id| tree.kind(id) == SyntaxKind::ParamList)?;
    let texts: Vec<String> = tree
        .children(list)
        .filter(|&id| tree.kind(id) == SyntaxKind::Param)
        .map(|id| {
            let text = String::from_utf8_lossy(tree.text(id, &file.text)).into_owned();
            text.split_whitespace().collect::<Vec<_>>().join(" ")
        })
        .collect();
    let names = function
        .parameters
        .iter()
        .map(|(name, _)| String::from_utf8_lossy(name).into_owned());
    Some(texts.into_iter().zip(names).collect())
}

/// Behind the paragraph of prototypes in which the function is declared.
fn behind_prototypes(file: &FileFacts, name: &str) -> Option<u32> {
    let text = &file.text[..];
    if !file.prototypes.iter().any(|known| known == name) {
        return None;
    }
    let declared = super::types::prototype_places(file, name.as_bytes());
    let mut at = added::line_end(text, file.tree.range(*declared.first()?).end as usize);
    while at < text.len() {
        let end = added::line_end(text, at);
        if text[at..end].trim_ascii().is_empty() || text[at..].starts_with(b"#") {
            break;
        }
        at = end;
    }
    Some(at as u32)
}

fn twin(from: &str, to: &str, parameters: &[(String, String)]) -> String {
    let head = format!("static inline {CODE_TYPE} {to}(");
    let list: Vec<String> = parameters.iter().map(|(text, _)| text.clone()).collect();
    let names: Vec<&str> = parameters.iter().map(|(_, name)| name.as_str()).collect();
    let first = added::call("", &head, &list, ")");
    let names = names.join(", ");
    format!(
        "\n{first}\n{{\n\tint err = {from}({names});\n\n\tif (err == -ENOMEM)\n\t\treturn VM_FAULT_OOM;\n\
\tif (err < 0 && err != -EBUSY)\n\t\treturn VM_FAULT_SIGBUS;\n\n\treturn VM_FAULT_NOPAGE;\n}}\n"
    )
}
