//! An insert whose result nobody looks at, on the way to returns that all give the same code: the result is kept until then.

use super::eval::{RESULTS, Run, Value};
use super::rewrite::{Rewritten, View, edit};
use crate::flow::{Access, Definition, FlowId, NodeKind, Reach, VariableId, VariableKind, Write};
use crate::syntax::{NodeId, SyntaxKind};

impl View<'_> {
    /// Whether a call is a statement by itself.
    pub fn is_ignored(&self, statement: NodeId, call: NodeId) -> bool {
        self.tree().kind(statement) == SyntaxKind::ExprStmt && self.tree().parent(call) == Some(statement)
    }

    /// Keeps the code of the twin in a variable that is returned in the end.
    pub fn keep(&self, call: NodeId, to: &str, statement: NodeId) -> Option<Rewritten> {
        let tree = self.tree();
        let start = self.graph.at(tree, call)?;
        let ahead = self.graph.reachable(start, |_| false);
        let before = self.graph.predecessors(start);
        if before.iter().any(|at| ahead[at.index()]) {
            // It may be called again, and only the last code would be left.
            return None;
        }
        let on_the_way: Vec<FlowId> = self
            .graph
            .ids()
            .filter(|at| ahead[at.index()] && *at != start)
            .collect();
        let returns: Vec<NodeId> = on_the_way
            .iter()
            .filter(|&&at| self.graph.kind(at) == NodeKind::Return)
            .map(|&at| tree.children(self.graph.node(at).syntax).next())
            .collect::<Option<_>>()?;
        let first = *returns.first()?;
        if returns
            .iter()
            .any(|&result| self.text(result) != self.text(first))
        {
            return None;
        }
        let mut edits = Vec::new();
        let (code, name) = match self.locals.resolve(first) {
            Some(variable) => (self.code_at(variable, start, &on_the_way)?, self.name(variable)),
            None => {
                let Value::Code(code) = self.runner(Default::default()).value(first) else {
                    return None;
                };
                let name = self.free_name(&["ret", "fault", "code"], statement).ok()?;
                edits.push(self.declare(&name, Some(&code), statement).ok()?);
                edits.extend(
                    returns
                        .iter()
                        .map(|&result| edit(tree.range(result), name.as_str())),
                );
                (code, name)
            }
        };
        edits.push(edit(
            tree.range(statement),
            self.call_text(statement, call, &format!("{name} = {to}(")),
        ));
        let run = |&(name, number): &(&'static str, i64)| (name, number, Run::of(Value::Code(code.clone())));
        let runs: Vec<_> = RESULTS.iter().map(run).collect();
        Some(Rewritten {
            edits,
            changes: self.changes(&runs, statement, true).ok()?,
            ..Rewritten::default()
        })
    }

    /// The code that a variable holds at a place, if it keeps it from there on and nothing is decided by it.
    fn code_at(&self, variable: VariableId, at: FlowId, on_the_way: &[FlowId]) -> Option<String> {
        let is_own = self.locals.variable(variable).kind == VariableKind::Automatic;
        if !is_own || self.accesses.is_aliased(variable) {
            return None;
        }
        for &node in on_the_way {
            let mut accesses = self
                .accesses
                .of(node)
                .filter(|access| access.variable == variable);
            let kind = self.graph.kind(node);
            let changes_nothing =
                |access: &Access| access.writes == Write::No && (access.argument || kind == NodeKind::Return);
            if !accesses.all(changes_nothing) {
                return None;
            }
        }
        let reach = Reach {
            graph: &self.graph,
            locals: &self.locals,
            accesses: &self.accesses,
        };
        let runner = self.runner(Default::default());
        let mut codes = reach
            .definitions_before(variable, at)
            .into_iter()
            .map(|definition| {
                let Definition::At(node) = definition else {
                    return None;
                };
                let mut accesses = self
                    .accesses
                    .of(node)
                    .filter(|access| access.variable == variable);
                let access = accesses.find(|access| access.writes == Write::Must)?;
                let right = match self.tree().kind(access.name) {
                    SyntaxKind::InitDeclarator => self.tree().children(access.name).last(),
                    _ => runner
                        .assignment(self.tree().parent(access.name)?)
                        .map(|(_, right)| right),
                };
                match runner.value(right?) {
                    Value::Code(code) => Some(code),
                    _ => None,
                }
            });
        let first = codes.next()??;
        codes.all(|code| code.as_ref() == Some(&first)).then_some(first)
    }
}
