//! The functions that stand in fault operations, whether they insert or not.

use std::collections::BTreeSet;

use bstr::BString;

use super::types::{CODE_TYPE, FAULT_RECORDS};
use crate::facts::Sources;
use crate::facts::file::{FileFacts, Function, Piece, UseAs};
use crate::facts::roles::{FAULT_MEMBERS, FunctionName};
use crate::passes::rename::other_program;

/// All of them that don't have the type of fault codes, by the file of their definition and their name.
pub(super) fn without_type(sources: &mut Sources<'_>) -> Vec<FunctionName> {
    sources.look_up(FAULT_RECORDS);
    let mut found = BTreeSet::new();
    let mut elsewhere = BTreeSet::new();
    for file in sources.files().filter(|file| other_program(&file.path).is_none()) {
        for name in named_in_operations(sources, file) {
            match defined_in(file, &name) {
                Some(function) if function.returns.name == CODE_TYPE => {}
                Some(_) => {
                    found.insert((file.path.clone(), name));
                }
                None => {
                    elsewhere.insert(name);
                }
            }
        }
    }
    sources.look_up(&elsewhere);
    for name in elsewhere {
        let mut files = sources.files().filter(|file| other_program(&file.path).is_none());
        let home = files.find_map(|file| {
            let function = defined_in(file, &name)?;
            (!function.is_static || file.is_header()).then_some((file, function))
        });
        if let Some((file, function)) = home
            && function.returns.name != CODE_TYPE
        {
            found.insert((file.path.clone(), name));
        }
    }
    found.into_iter().collect()
}

fn defined_in<'f>(file: &'f FileFacts, name: &BString) -> Option<&'f Function> {
    let mut known = file.functions_named(name).map(|(_, function)| function);
    known.find(|function| !function.is_macro)
}

/// What a file puts into the members of fault operations.
fn named_in_operations(sources: &Sources<'_>, file: &FileFacts) -> Vec<BString> {
    let is_fault = |record: Option<&BString>, member: &BString| {
        let place = record.and_then(|record| FAULT_RECORDS.iter().position(|known| record == known));
        place.is_some_and(|place| match place {
            0 => FAULT_MEMBERS.iter().any(|known| member == known),
            _ => member == FAULT_MEMBERS[0],
        })
    };
    let references = file
        .references
        .iter()
        .filter(|reference| match &reference.use_as {
            UseAs::Member { record, member } => is_fault(record.as_ref(), member),
            UseAs::Argument { callee, index } => sources
                .files()
                .flat_map(|other| &other.macro_bindings)
                .filter(|binding| binding.name == *callee && binding.value == [Piece::Parameter(*index)])
                .any(|binding| is_fault(binding.record.as_ref(), &binding.member)),
            UseAs::Other => false,
        });
    let words = file
        .macro_bindings
        .iter()
        .filter_map(|binding| match &binding.value[..] {
            [Piece::Word(word)] if is_fault(binding.record.as_ref(), &binding.member) => Some(word),
            _ => None,
        });
    let names = references.map(|reference| &reference.name).chain(words);
    // No function is called so; half of the tree would be searched for it.
    names.filter(|name| *name != "NULL").cloned().collect()
}
