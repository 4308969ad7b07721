//! Which functions, variables and prototypes take the type of fault codes when one function does.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bstr::{BString, ByteSlice};

use super::rewrite::{View, edit, int_token};
use super::{split, vmf_error};
use crate::edit::{Edit, EditSet, added, layout};
use crate::facts::Sources;
use crate::facts::file::{FileFacts, Function, UseAs};
use crate::facts::roles::{FAULT_MEMBERS, FunctionName};
use crate::facts::types;
use crate::flow::{Write, functions};
use crate::ledger::{Place, Reason};
use crate::plan::FileChange;
use crate::syntax::{Names, NodeId, SyntaxKind};

/// The type of fault codes.
pub(super) const CODE_TYPE: &str = "vm_fault_t";

/// More functions than this are not retyped for the sake of one.
const MAX_CONNECTED: usize = 60;

/// Why types can't be made to fit.
#[derive(Clone, Debug)]
pub(super) struct Misfit {
    pub code: &'static str,
    pub text: String,
    pub at: Vec<Place>,
}

impl Misfit {
    pub fn reason(&self) -> Reason {
        Reason {
            code: self.code,
            text: self.text.clone(),
            at: self.at.clone(),
        }
    }
}

/// What a longer type does to the lines around it.
pub(super) const LAYOUT: layout::Options = layout::Options {
    realign: true,
    wrap: true,
    types: true,
    columns: added::WIDTH as u32,
};

/// What takes the type of fault codes.
enum Item {
    /// A function, by its file and name.
    Function(BString, BString),
    /// A member that points to functions, by the tag of its struct and its name.
    Member(BString, BString),
}

/// Structs with pointers to fault handlers; those of the first have the type since it exists.
pub(super) const FAULT_RECORDS: [&str; 2] = ["vm_operations_struct", "vm_special_mapping"];

/// The files as they are after the rewrites so far.
#[derive(Clone, Default)]
pub(super) struct Texts {
    /// Those that changed.
    pub changed: BTreeMap<BString, Arc<FileFacts>>,
    /// Functions that were retyped: the file of a static one, and the name.
    pub retyped: BTreeSet<(Option<BString>, BString)>,
}

impl Texts {
    pub fn file(&self, sources: &Sources<'_>, path: &BString) -> Option<Arc<FileFacts>> {
        let changed = self.changed.get(path).cloned();
        changed.or_else(|| sources.file(path.as_bstr()).cloned())
    }

    pub fn all(&self, sources: &Sources<'_>) -> Vec<Arc<FileFacts>> {
        sources
            .files()
            .map(|file| self.changed.get(&file.path).unwrap_or(file).clone())
            .collect()
    }

    /// Applies edits to a file; types in it are laid out again.
    pub fn edit(&mut self, file: &FileFacts, edits: Vec<Edit>) {
        let Ok(set) = EditSet::new(edits) else { return };
        let text = layout::adjust(&file.text, &set, LAYOUT).apply(&file.text);
        self.put(&file.path, text);
    }

    /// The files that are not as they were.
    pub fn changes_since(&self, before: &Texts) -> Vec<BString> {
        let differs = |path: &&BString| match (self.changed.get(*path), before.changed.get(*path)) {
            (Some(now), Some(before)) => now.text != before.text,
            (now, _) => now.is_some(),
        };
        self.changed.keys().filter(differs).cloned().collect()
    }

    /// What has become of those files.
    pub fn against(&self, before: &Texts, sources: &Sources<'_>, paths: &[BString]) -> Vec<FileChange> {
        let change = |path: &BString| {
            let before = before.file(sources, path)?.text.clone();
            let after = self.changed.get(path)?.text.clone();
            (before != after).then(|| FileChange {
                path: path.clone(),
                before,
                after,
            })
        };
        paths.iter().filter_map(change).collect()
    }

    /// What has got the type of fault codes in those files, one note each: functions, and members of structs.
    pub fn retyped_since(&self, before: &Texts, sources: &Sources<'_>, paths: &[BString]) -> Vec<String> {
        let mut functions = Vec::new();
        let mut members = Vec::new();
        for path in paths {
            let (Some(before), Some(after)) = (before.file(sources, path), self.changed.get(path)) else {
                continue;
            };
            for function in after.functions.iter().filter(|function| !function.is_macro) {
                let had_it =
                    |known: &Function| known.name == function.name && known.returns.name == CODE_TYPE;
                if function.returns.name == CODE_TYPE && !before.functions.iter().any(had_it) {
                    functions.push(format!("{}(): return {CODE_TYPE}", function.name));
                }
            }
            for member in FAULT_MEMBERS {
                let ints = |file: &FileFacts| -> Vec<BString> {
                    fields(file, member.as_bytes())
                        .into_iter()
                        .filter(|(_, field)| int_token(file, *field).is_some())
                        .map(|(record, _)| record)
                        .collect()
                };
                let left = ints(after);
                let retyped = ints(&before).into_iter().filter(|record| !left.contains(record));
                members.extend(
                    retyped.map(|record| format!("{member}() of struct {record}: return {CODE_TYPE}")),
                );
            }
        }
        functions.extend(members);
        functions
    }

    pub fn put(&mut self, path: &BString, text: Vec<u8>) {
        let facts = FileFacts::new(path.clone(), text.into(), &Names::new());
        self.changed.insert(path.clone(), Arc::new(facts));
    }
}

/// Gives a function the type of fault codes, and all that is connected with it.
pub(super) fn retype(
    texts: &mut Texts,
    sources: &mut Sources<'_>,
    (path, name): FunctionName,
    twins: &[BString],
) -> Result<(), Misfit> {
    let mut open = vec![Item::Function(path, name)];
    let mut count = 0;
    while let Some(item) = open.pop() {
        count += 1;
        if count > MAX_CONNECTED {
            return Err(Misfit {
                code: "connected-too-far",
                text: "too many functions would have to take the type of fault codes with it".into(),
                at: Vec::new(),
            });
        }
        let (path, name) = match item {
            Item::Function(path, name) => (path, name),
            Item::Member(record, member) => {
                retype_member(texts, sources, &record, &member, &mut open)?;
                continue;
            }
        };
        let Some(file) = texts.file(sources, &path) else {
            continue;
        };
        let is_static = file
            .functions_named(&name)
            .any(|(_, function)| function.is_static && !file.is_header());
        let key = (is_static.then(|| path.clone()), name.clone());
        if !texts.retyped.insert(key) {
            continue;
        }
        if !is_static {
            sources.look_up([&name]);
        }
        let files = if is_static {
            vec![file]
        } else {
            let all = texts.all(sources);
            let hides = |file: &FileFacts| {
                file.functions_named(&name)
                    .any(|(_, function)| function.is_static && !file.is_header())
            };
            all.into_iter().filter(|file| !hides(file)).collect()
        };
        for file in files {
            fits_pointers(&file, &name, &mut open)?;
            let file = split::apart(texts, &file, &name, twins);
            let mut edits = Vec::new();
            for (_, function) in file.functions_named(&name).filter(|(_, known)| !known.is_macro) {
                if function.returns.name == CODE_TYPE {
                    continue;
                }
                let view = View::new(&file, function.node);
                body(&view, texts, sources, twins, &mut open, &mut edits)?;
                let token = int_token(&file, function.node).filter(|_| function.returns.pointers == 0);
                let Some(token) = token else {
                    return Err(misfit(
                        &file,
                        function.node,
                        "type-differs",
                        "it does not return an int",
                    ));
                };
                edits.push(edit(token, CODE_TYPE));
                edits.extend(vmf_error::calls(&view));
            }
            edits.extend(prototypes(&file, &name));
            callers(&file, &name, false, &mut open);
            if !edits.is_empty() {
                edits.sort_by_key(|edit| (edit.range.start, edit.range.end));
                edits.dedup();
                texts.edit(&file, edits);
            }
        }
    }
    Ok(())
}

/// Gives a member the type, and with it all functions that it points to and those that return what it gives.
fn retype_member(
    texts: &mut Texts,
    sources: &mut Sources<'_>,
    record: &BString,
    member: &BString,
    open: &mut Vec<Item>,
) -> Result<(), Misfit> {
    if !texts.retyped.insert((Some(record.clone()), member.clone())) {
        return Ok(());
    }
    sources.look_up([record]);
    for file in texts.all(sources) {
        let mut edits = Vec::new();
        for (tag, field) in fields(&file, member) {
            if tag != *record {
                continue;
            }
            match int_token(&file, field) {
                Some(token) => edits.push(edit(token, CODE_TYPE)),
                None if memchr::memmem::find(file.tree.text(field, &file.text), CODE_TYPE.as_bytes())
                    .is_some() =>
                {
                    return Ok(());
                }
                None => {
                    return Err(misfit(
                        &file,
                        field,
                        "pointer-type",
                        "the member does not return an int",
                    ));
                }
            }
        }
        let holds = |use_as: &UseAs| {
            matches!(use_as, UseAs::Member { record: Some(known), member: name }
                if known == record && name == member)
        };
        let is_function = |name: &BString| {
            file.prototypes.contains(name) || file.functions_named(name).any(|(_, known)| !known.is_macro)
        };
        for reference in file
            .references
            .iter()
            .filter(|reference| holds(&reference.use_as))
        {
            if !is_function(&reference.name) {
                // NULL, or a parameter.
                continue;
            }
            open.push(Item::Function(file.path.clone(), reference.name.clone()));
        }
        if memchr::memmem::find(&file.text, record).is_some() {
            callers(&file, member, true, open);
        }
        if !edits.is_empty() {
            texts.edit(&file, edits);
        }
    }
    Ok(())
}

/// The fields of a name, each with the tag of its struct.
pub(super) fn fields(file: &FileFacts, name: &[u8]) -> Vec<(BString, NodeId)> {
    let tree = &file.tree;
    let mut found = Vec::new();
    for record in &file.records {
        for member in record.members.iter().filter(|member| member.name == name) {
            let node = tree.node_at_offset(member.range.start);
            let field = tree.enclosing(node, |kind| {
                matches!(kind, SyntaxKind::Field | SyntaxKind::Declaration)
            });
            found.extend(field.map(|field| (record.tag.clone(), field)));
        }
    }
    found
}

fn misfit(file: &FileFacts, at: NodeId, code: &'static str, text: &str) -> Misfit {
    Misfit {
        code,
        text: text.to_owned(),
        at: vec![file.place(file.tree.range(at))],
    }
}

/// Pointers to the function have to be those of fault operations.
fn fits_pointers(file: &FileFacts, name: &BString, open: &mut Vec<Item>) -> Result<(), Misfit> {
    for reference in file.references_named(name) {
        let fits = match &reference.use_as {
            UseAs::Member { record, member } => {
                if let Some(record) = record.as_ref().filter(|record| *record == FAULT_RECORDS[1]) {
                    open.push(Item::Member(record.clone(), member.clone()));
                }
                FAULT_MEMBERS.iter().any(|known| member == known)
                    && record
                        .as_ref()
                        .is_none_or(|record| FAULT_RECORDS.iter().any(|known| record == known))
            }
            UseAs::Argument { callee, .. } => callee.starts_with(b"EXPORT_"),
            UseAs::Other => false,
        };
        if !fits {
            return Err(Misfit {
                code: "pointer-type",
                text: "a pointer to the function is kept where the type is that of an int function".into(),
                at: vec![file.place(reference.range)],
            });
        }
    }
    Ok(())
}

/// The declarations of a function that are no definitions.
pub(super) fn prototype_places(file: &FileFacts, name: &[u8]) -> Vec<NodeId> {
    let tree = &file.tree;
    if !file.prototypes.iter().any(|known| known == name) {
        return Vec::new();
    }
    let declares = |declaration: &NodeId| {
        let declared = tree
            .child(*declaration, SyntaxKind::InitDeclarator)
            .and_then(|item| types::declared_name(tree, item));
        declared.is_some_and(|declared| {
            tree.text(declared, &file.text).trim_ascii() == name
                && tree.parent(declared).map(|outer| tree.kind(outer)) == Some(SyntaxKind::FunctionDeclarator)
        })
    };
    tree.descendants(NodeId::ROOT)
        .filter(|&id| tree.kind(id) == SyntaxKind::Declaration)
        .filter(declares)
        .collect()
}

/// The edits of prototypes of a function.
fn prototypes(file: &FileFacts, name: &BString) -> Vec<Edit> {
    prototype_places(file, name)
        .into_iter()
        .filter_map(|declaration| int_token(file, declaration))
        .map(|token| edit(token, CODE_TYPE))
        .collect()
}

/// The functions that return what the function gives them, or keep it.
fn callers(file: &FileFacts, name: &BString, through_member: bool, open: &mut Vec<Item>) {
    let tree = &file.tree;
    for call in file
        .calls_named(name)
        .filter(|call| call.through_member == through_member)
    {
        let Some(caller) = call.caller.map(|caller| &file.functions[caller]) else {
            continue;
        };
        let kept = tree
            .ancestors(call.node)
            .find(|&outer| {
                !matches!(
                    tree.kind(outer),
                    SyntaxKind::ParenExpr | SyntaxKind::ConditionalExpr
                )
            })
            .is_some_and(|outer| {
                matches!(
                    tree.kind(outer),
                    SyntaxKind::ReturnStmt | SyntaxKind::AssignExpr | SyntaxKind::InitDeclarator
                )
            });
        if kept && caller.returns.name != CODE_TYPE && !caller.is_macro {
            open.push(Item::Function(file.path.clone(), caller.name.clone()));
        }
    }
}

/// All that the function returns has to be a fault code; the variables that hold it are retyped.
fn body(
    view: &View<'_>,
    texts: &Texts,
    sources: &mut Sources<'_>,
    twins: &[BString],
    open: &mut Vec<Item>,
    edits: &mut Vec<Edit>,
) -> Result<(), Misfit> {
    let tree = view.tree();
    let mut variables = BTreeSet::new();
    let mut wanted: Vec<NodeId> = tree
        .descendants(view.function)
        .filter(|&id| tree.kind(id) == SyntaxKind::ReturnStmt)
        .filter_map(|id| tree.children(id).next())
        .collect();
    while let Some(expression) = wanted.pop() {
        let text = view.text(expression);
        let unsuited = |why: &str| {
            let code = String::from_utf8_lossy(text);
            let words: Vec<&str> = code.split_whitespace().collect();
            let text = format!("{why}: `{}`", words.join(" "));
            Err(misfit(view.file, expression, "mixed-result", &text))
        };
        match tree.kind(expression) {
            SyntaxKind::ParenExpr => wanted.extend(tree.children(expression)),
            SyntaxKind::ConditionalExpr => wanted.extend(tree.children(expression).skip(1)),
            SyntaxKind::BinaryExpr => wanted.extend(tree.children(expression)),
            SyntaxKind::NameExpr if text.starts_with(b"VM_FAULT_") => {}
            SyntaxKind::Literal if text == b"0" => {}
            SyntaxKind::NameExpr => {
                let Some(variable) = view.locals.resolve(expression) else {
                    return unsuited("it may return something else than a fault code");
                };
                if !variables.insert(variable.index()) {
                    continue;
                }
                if view.accesses.is_aliased(variable) {
                    return unsuited("others may write what it returns");
                }
                let known = view.locals.variable(variable);
                if tree.kind(known.declaration) != SyntaxKind::Declaration {
                    return unsuited("it returns a parameter");
                }
                for (_, access) in view.accesses.of_variable(variable) {
                    if access.writes == Write::No {
                        continue;
                    }
                    match tree.kind(access.name) {
                        SyntaxKind::InitDeclarator => wanted.extend(tree.children(access.name).last()),
                        _ => {
                            let outer = tree
                                .parent(access.name)
                                .filter(|&outer| tree.kind(outer) == SyntaxKind::AssignExpr);
                            let Some(outer) = outer else {
                                return unsuited("it counts with what it returns");
                            };
                            wanted.extend(tree.children(outer).nth(1));
                        }
                    }
                }
                edits.extend(retyped_variable(view, known.declaration, known.declarator)?);
            }
            SyntaxKind::CallExpr => {
                let Some(callee) = tree.children(expression).next() else {
                    return unsuited("it is not clear what it returns");
                };
                let name = view.text(callee);
                if tree.kind(callee) == SyntaxKind::MemberExpr {
                    let member = name.rsplit(|byte| matches!(byte, b'.' | b'>')).next();
                    if member
                        .is_some_and(|member| FAULT_MEMBERS.iter().any(|known| known.as_bytes() == member))
                    {
                        continue;
                    }
                    return unsuited("it returns what a pointer gives");
                }
                // Functions of the core that are named so give fault codes, whatever their type is called so far.
                let is_core = name.starts_with(b"vmf_") || name.starts_with(b"VM_FAULT_");
                if is_core || twins.iter().any(|twin| twin == name) {
                    continue;
                }
                let is_named_so = |word: &&str| memchr::memmem::find(name, word.as_bytes()).is_some();
                let may_search =
                    speaks_of_fault(view, expression) || ["fault", "mkwrite"].iter().any(is_named_so);
                match returns(view.file, texts, sources, name, may_search) {
                    Some((_, true)) => {}
                    Some((path, false)) => open.push(Item::Function(path, name.into())),
                    None => return unsuited("it is not known what this returns"),
                }
            }
            _ => return unsuited("it may return something else than a fault code"),
        }
    }
    Ok(())
}

/// Whether a call speaks of the fault; one that does not gives no fault code, and is not worth a search.
fn speaks_of_fault(view: &View<'_>, call: NodeId) -> bool {
    let mut names = view.tree().descendants(call);
    names.any(|name| is_fault(view, name))
}

/// Whether a name stands for the description of a fault.
pub(super) fn is_fault(view: &View<'_>, name: NodeId) -> bool {
    let tree = view.tree();
    view.locals.resolve(name).is_some_and(|variable| {
        let known = view.locals.variable(variable);
        let specifiers = types::specifiers(tree, known.declaration);
        let ty = types::declared(tree, &view.file.text, specifiers, known.declarator);
        ty.tag().is_some_and(|tag| tag == b"vm_fault")
    })
}

/// Where a function is defined, and whether it gives a fault code already.
fn returns(
    file: &FileFacts,
    texts: &Texts,
    sources: &mut Sources<'_>,
    name: &[u8],
    may_search: bool,
) -> Option<(BString, bool)> {
    let found = |file: &FileFacts, own: bool| {
        file.functions_named(name)
            .find(|(_, function)| !function.is_macro && (own || !function.is_static || file.is_header()))
            .map(|(_, function)| (file.path.clone(), function.returns.name == CODE_TYPE))
    };
    if let Some(known) = found(file, true) {
        return Some(known);
    }
    if may_search {
        sources.look_up([name]);
    }
    texts.all(sources).iter().find_map(|file| found(file, false))
}

/// `int ret;` becomes `vm_fault_t ret;`, out of a list too.
pub(super) fn retyped_variable(
    view: &View<'_>,
    declaration: NodeId,
    declarator: NodeId,
) -> Result<Vec<Edit>, Misfit> {
    let (tree, text) = (view.tree(), &view.file.text[..]);
    let ty = types::declared(tree, text, types::specifiers(tree, declaration), declarator);
    if ty.name == CODE_TYPE {
        return Ok(Vec::new());
    }
    let Some(token) = view.int_token(declaration).filter(|_| ty.pointers == 0) else {
        let text = "what it returns is kept in a variable of another type";
        return Err(misfit(view.file, declaration, "type-differs", text));
    };
    let items: Vec<NodeId> = tree
        .children(declaration)
        .filter(|&item| tree.kind(item) == SyntaxKind::InitDeclarator)
        .collect();
    if items.len() == 1 {
        return Ok(vec![edit(token, CODE_TYPE)]);
    }
    let position = items.iter().position(|&item| item == declarator).unwrap_or(0);
    let range = |item: NodeId| tree.range(item);
    // With its comma: that in front, or behind for the first one.
    let cut = if position == 0 {
        let next = range(items[1]).start;
        crate::text::TextRange::new(range(declarator).start, next)
    } else {
        crate::text::TextRange::new(range(items[position - 1]).end, range(declarator).end)
    };
    let start = range(declaration).start as usize;
    let indentation = String::from_utf8_lossy(added::indentation(text, start)).into_owned();
    let line_end = added::line_end(text, range(declaration).end as usize) as u32;
    let own = String::from_utf8_lossy(view.text(declarator)).into_owned();
    let line = format!("{indentation}{CODE_TYPE} {own};\n");
    Ok(vec![
        edit(cut, Vec::new()),
        edit(crate::text::TextRange::new(line_end, line_end), line),
    ])
}

/// The position of a function among those of its text that have a body.
pub(super) fn position_of(file: &FileFacts, function: NodeId) -> Option<usize> {
    functions(&file.tree).position(|known| known == function)
}
