//! Which writes reach a place, and whether a variable is live there.

use super::access::{Access, Accesses, Write};
use super::graph::{FlowId, Graph};
use super::locals::{Locals, VariableId, VariableKind};

/// Answers questions about one function; each takes time in proportion to the graph at most.
#[derive(Clone, Copy, Debug)]
pub struct Reach<'a> {
    /// The graph.
    pub graph: &'a Graph,
    /// Its variables.
    pub locals: &'a Locals,
    /// Who reads and writes them.
    pub accesses: &'a Accesses,
}

/// A write that reaches a place.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Definition {
    /// The value that the variable has when the function begins: a parameter's, or none.
    Entry,
    /// A node that writes it.
    At(FlowId),
}

impl<'a> Reach<'a> {
    fn access_of(&self, node: FlowId, variable: VariableId) -> impl DoubleEndedIterator<Item = &'a Access> {
        self.accesses
            .of(node)
            .filter(move |access| access.variable == variable)
    }

    /// Whether the value that `variable` has in front of `node` may be read: there or later.
    ///
    /// A variable whose address is taken, and one that is not automatic, is live everywhere.
    pub fn is_live_before(&self, variable: VariableId, node: FlowId) -> bool {
        self.is_live(variable, &[node])
    }

    /// Whether the value that `variable` has behind `node` may be read later.
    pub fn is_live_behind(&self, variable: VariableId, node: FlowId) -> bool {
        self.is_live(variable, self.graph.successors(node))
    }

    fn is_live(&self, variable: VariableId, from: &[FlowId]) -> bool {
        if self.accesses.is_aliased(variable) || self.locals.variable(variable).kind == VariableKind::Other {
            return true;
        }
        let mut seen = vec![false; self.graph.len()];
        let mut open = from.to_vec();
        while let Some(id) = open.pop() {
            if std::mem::replace(&mut seen[id.index()], true) {
                continue;
            }
            // The accesses of a node are only roughly in order, so one that reads counts before one that writes.
            let (mut reads, mut kills) = (false, false);
            for access in self.access_of(id, variable) {
                reads |= access.reads;
                kills |= access.writes == Write::Must;
            }
            if reads && !self.writes_first(id, variable) {
                return true;
            }
            if !kills {
                open.extend(self.graph.successors(id));
            }
        }
        false
    }

    /// Whether the first access of a node sets the variable without reading it.
    fn writes_first(&self, node: FlowId, variable: VariableId) -> bool {
        self.access_of(node, variable)
            .next()
            .is_some_and(|access| access.writes == Write::Must && !access.reads)
    }

    /// The writes whose value `variable` may have in front of `node`, in no special order.
    ///
    /// Writes through a pointer are not among them: ask [`Accesses::is_aliased`] first.
    pub fn definitions_before(&self, variable: VariableId, node: FlowId) -> Vec<Definition> {
        let mut found = self.definitions_behind(variable, self.graph.predecessors(node));
        if node == Graph::HEAD {
            found.push(Definition::Entry);
        }
        found
    }

    /// The writes whose value `variable` may have behind any of these nodes.
    pub fn definitions_behind(&self, variable: VariableId, nodes: &[FlowId]) -> Vec<Definition> {
        let mut found = Vec::new();
        let mut seen = vec![false; self.graph.len()];
        let mut at_entry = false;
        let mut open = nodes.to_vec();
        while let Some(id) = open.pop() {
            if std::mem::replace(&mut seen[id.index()], true) {
                continue;
            }
            let writes = self
                .access_of(id, variable)
                .map(|access| access.writes)
                .max()
                .unwrap_or(Write::No);
            if writes != Write::No {
                found.push(Definition::At(id));
            }
            if writes != Write::Must {
                at_entry |= id == Graph::HEAD;
                open.extend(self.graph.predecessors(id));
            }
        }
        if at_entry {
            found.push(Definition::Entry);
        }
        found
    }

    /// Which nodes lie on a way from behind `from` to behind one of `to`; `from` itself only if it can be run again.
    pub fn between(&self, from: FlowId, to: &[FlowId]) -> Vec<bool> {
        let mut ahead = vec![false; self.graph.len()];
        let mut open = self.graph.successors(from).to_vec();
        while let Some(id) = open.pop() {
            if !std::mem::replace(&mut ahead[id.index()], true) {
                open.extend(self.graph.successors(id));
            }
        }
        let mut between = vec![false; self.graph.len()];
        let mut open = to.to_vec();
        while let Some(id) = open.pop() {
            if ahead[id.index()] && !std::mem::replace(&mut between[id.index()], true) {
                open.extend(self.graph.predecessors(id));
            }
        }
        between
    }
}
