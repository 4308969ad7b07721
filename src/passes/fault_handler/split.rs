//! A variable that holds errors at first and then what a handler returns: the errors get a variable of their own.

use std::sync::Arc;

use bstr::{BString, ByteSlice};
use rustc_hash::FxHashMap;

use super::eval::{ERRORS, Value, truth};
use super::rewrite::{View, edit};
use super::types::{CODE_TYPE, Texts, is_fault};
use crate::edit::{Edit, added};
use crate::facts::file::FileFacts;
use crate::facts::roles::FAULT_MEMBERS;
use crate::flow::{Definition, FlowId, NodeKind, Reach, VariableId, VariableKind, Write};
use crate::syntax::{NodeId, SyntaxKind};
use crate::text::TextRange;

/// No function has more such variables.
const ROUNDS: usize = 4;

/// Splits the variables of the functions of a name; gives the file as it is then.
pub(super) fn apart(
    texts: &mut Texts,
    file: &Arc<FileFacts>,
    name: &BString,
    twins: &[BString],
) -> Arc<FileFacts> {
    let mut file = file.clone();
    for _ in 0..ROUNDS {
        let edits = file
            .functions_named(name)
            .filter(|(_, known)| !known.is_macro && known.returns.name == "int")
            .find_map(|(_, known)| {
                let view = View::new(&file, known.node);
                view.locals
                    .ids()
                    .find_map(|variable| Split::of(&view, variable, twins)?.edits())
            });
        let Some(edits) = edits else { break };
        texts.edit(&file, edits);
        match texts.changed.get(&file.path) {
            Some(changed) => file = changed.clone(),
            None => break,
        }
    }
    file
}

/// What a write puts into the variable.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    /// 0, which is no error and no fault code.
    Nothing,
    /// Something that is never returned, unless it is 0.
    Error,
    Code,
}

impl View<'_> {
    /// The nodes that may read a number that a node writes, in the order of the text.
    pub fn readers(&self, variable: VariableId, from: FlowId, number: i64) -> Vec<FlowId> {
        let graph = &self.graph;
        let runner = self.runner([(variable, Value::Number(number))].into_iter().collect());
        let mut read = Vec::new();
        let mut seen = vec![false; graph.len()];
        let mut open = graph.successors(from).to_vec();
        while let Some(at) = open.pop() {
            if std::mem::replace(&mut seen[at.index()], true) {
                continue;
            }
            let own = || self.accesses.of(at).filter(|access| access.variable == variable);
            if own().any(|access| access.reads) {
                read.push(at);
            }
            if own().any(|access| access.writes == Write::Must) {
                continue;
            }
            let node = graph.node(at);
            let asked = node.part.map_or(Value::Unknown, |part| runner.value(part));
            let decides = matches!(
                node.kind,
                NodeKind::If | NodeKind::While | NodeKind::DoWhile | NodeKind::For
            );
            match (decides, truth(&asked)) {
                (true, Some(holds)) => {
                    let wanted = if holds { NodeKind::True } else { NodeKind::False };
                    let ways = graph.successors(at).iter();
                    open.extend(ways.filter(|&&way| graph.kind(way) == wanted));
                }
                _ if node.kind == NodeKind::Switch => match runner.case(at, node.part, node.syntax) {
                    Ok(label) => open.push(label),
                    Err(_) => open.extend(graph.successors(at)),
                },
                _ => open.extend(graph.successors(at)),
            }
        }
        read.sort();
        read
    }
}

struct Split<'v, 'f> {
    view: &'v View<'f>,
    variable: VariableId,
    /// The nodes that write it, each with the name or declarator.
    writes: FxHashMap<FlowId, (NodeId, Kind)>,
}

impl<'v, 'f> Split<'v, 'f> {
    /// Looks at a variable; `None` if there is nothing to split.
    fn of(view: &'v View<'f>, variable: VariableId, twins: &[BString]) -> Option<Self> {
        let tree = view.tree();
        let known = view.locals.variable(variable);
        let is_own = known.kind == VariableKind::Automatic && !known.is_array && !known.is_unclear;
        let returned = |used: NodeId| {
            tree.ancestors(used)
                .take_while(|&outer| tree.kind(outer) != SyntaxKind::Block)
                .any(|outer| tree.kind(outer) == SyntaxKind::ReturnStmt)
        };
        if !is_own
            || view.accesses.is_aliased(variable)
            || view.int_token(known.declaration).is_none()
            || !view.locals.uses(variable).any(returned)
        {
            return None;
        }
        let mut split = Self {
            view,
            variable,
            writes: FxHashMap::default(),
        };
        let runner = view.runner(FxHashMap::default());
        for (node, access) in view.accesses.of_variable(variable) {
            if access.writes == Write::No {
                continue;
            }
            // What is read where it is written has to be read before.
            let mut own = view.accesses.of(node).filter(|own| own.variable == variable);
            let is_statement = view.graph.kind(node) == NodeKind::Simple
                && tree.parent(access.name).and_then(|outer| tree.parent(outer))
                    == Some(view.graph.node(node).syntax);
            if own.any(|own| own.reads) && !is_statement {
                return None;
            }
            let value = match tree.kind(access.name) {
                SyntaxKind::InitDeclarator => tree.children(access.name).last(),
                _ => runner
                    .assignment(tree.parent(access.name)?)
                    .map(|(_, right)| right),
            };
            let kind = split.kind(value.filter(|_| access.writes == Write::Must)?, node, twins);
            if split.writes.insert(node, (access.name, kind)).is_some() {
                return None;
            }
        }
        let holds = |wanted| split.writes.values().any(|(_, kind)| *kind == wanted);
        (holds(Kind::Error) && holds(Kind::Code)).then_some(split)
    }

    fn kind(&self, value: NodeId, node: FlowId, twins: &[BString]) -> Kind {
        let (tree, view) = (self.view.tree(), self.view);
        // A function that is handed the fault itself gives a code.
        let is_given_fault = |call: NodeId| {
            let list = tree.child(call, SyntaxKind::ArgList);
            let mut arguments = list.into_iter().flat_map(|list| tree.children(list));
            arguments.any(|argument| is_fault(view, argument))
        };
        let is_code = |id: NodeId| match tree.kind(id) {
            SyntaxKind::NameExpr => view.text(id).starts_with(b"VM_FAULT_"),
            SyntaxKind::CallExpr => {
                let callee = tree
                    .children(id)
                    .next()
                    .map_or(&b""[..], |callee| view.text(callee));
                let member = callee.rsplit(|byte| matches!(byte, b'.' | b'>')).next();
                let gives_code = view
                    .file
                    .functions_named(callee)
                    .any(|(_, known)| known.returns.name == CODE_TYPE);
                callee.starts_with(b"vmf_")
                    || gives_code
                    || twins.iter().any(|twin| twin == callee)
                    || member
                        .is_some_and(|member| FAULT_MEMBERS.iter().any(|known| known.as_bytes() == member))
                    || is_given_fault(id)
            }
            _ => false,
        };
        if self.view.runner(FxHashMap::default()).value(value) == Value::Number(0) {
            return Kind::Nothing;
        }
        if std::iter::once(value).chain(tree.descendants(value)).any(is_code) {
            return Kind::Code;
        }
        match self
            .read_with_value(node)
            .iter()
            .any(|&used| self.is_returned(used))
        {
            true => Kind::Code,
            false => Kind::Error,
        }
    }

    fn is_returned(&self, node: FlowId) -> bool {
        self.view.graph.kind(node) == NodeKind::Return
    }

    /// The nodes that may read what a node writes, if that is not 0.
    fn read_with_value(&self, from: FlowId) -> Vec<FlowId> {
        let numbers = ERRORS.iter().map(|(_, number)| -number).chain([-9999, 1]);
        let mut read: Vec<FlowId> = numbers
            .flat_map(|number| self.view.readers(self.variable, from, number))
            .collect();
        read.sort();
        read.dedup();
        read
    }

    fn reach(&self) -> Reach<'_> {
        Reach {
            graph: &self.view.graph,
            locals: &self.view.locals,
            accesses: &self.view.accesses,
        }
    }

    /// Whether the fault code is 0 where an error is written.
    fn is_nothing_before(&self, node: FlowId, depth: usize) -> bool {
        depth < 16
            && self.reach().definitions_before(self.variable, node).iter().all(
                |definition| match definition {
                    Definition::Entry => false,
                    Definition::At(at) => match self.writes.get(at) {
                        Some((_, Kind::Nothing)) => true,
                        Some((_, Kind::Error)) => self.is_nothing_before(*at, depth + 1),
                        _ => false,
                    },
                },
            )
    }

    /// The edits; `None` where errors and codes are read in one place.
    fn edits(&self) -> Option<Vec<Edit>> {
        let (view, tree) = (self.view, self.view.tree());
        let known = view.locals.variable(self.variable);
        let at = known.declaration;
        let error = view.free_name(&["err", "error"], at).ok()?;
        let mut edits = Vec::new();
        let mut starts_with_nothing = false;
        for (node, access) in view
            .accesses
            .of_variable(self.variable)
            .filter(|(_, access)| access.reads)
        {
            let mut kinds = Vec::new();
            for definition in self.reach().definitions_before(self.variable, node) {
                let Definition::At(write) = definition else {
                    continue;
                };
                kinds.push((write, self.writes.get(&write)?.1));
            }
            let holds = |wanted| kinds.iter().any(|(_, kind)| *kind == wanted);
            if !holds(Kind::Error) {
                continue;
            }
            if holds(Kind::Code) || self.is_returned(node) {
                let stays_nothing = |&(write, kind): &(FlowId, Kind)| {
                    kind != Kind::Error
                        || (!self.read_with_value(write).contains(&node) && self.is_nothing_before(write, 0))
                };
                if !kinds.iter().all(stays_nothing) {
                    return None;
                }
                continue;
            }
            for (write, kind) in &kinds {
                if *kind == Kind::Nothing {
                    // That one belongs to both.
                    let declares = tree.kind(self.writes.get(write)?.0) == SyntaxKind::InitDeclarator;
                    if !declares {
                        return None;
                    }
                    starts_with_nothing = true;
                }
            }
            edits.push(edit(tree.range(access.name), error.as_str()));
        }
        let mut declared = format!("int {error}{};", if starts_with_nothing { " = 0" } else { "" });
        for (name, kind) in self.writes.values() {
            if *kind != Kind::Error {
                continue;
            }
            if tree.kind(*name) == SyntaxKind::InitDeclarator {
                edits.push(edit(view.name_range(known.name), error.as_str()));
                declared = format!("{CODE_TYPE} {};", view.name(self.variable));
            } else {
                edits.push(edit(tree.range(*name), error.as_str()));
            }
        }
        let text = &view.file.text[..];
        let range = tree.range(at);
        let indentation = added::indentation(text, range.start as usize)
            .to_str_lossy()
            .into_owned();
        let end = added::line_end(text, range.end as usize) as u32;
        edits.push(edit(
            TextRange::new(end, end),
            format!("{indentation}{declared}\n"),
        ));
        edits.sort_by_key(|edit| (edit.range.start, edit.range.end));
        Some(edits)
    }
}
