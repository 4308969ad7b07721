//! One turn of a loop: what it does in which order, and where it may leave.

use super::context::Context;
use super::entry::Point;
use crate::flow::{FlowId, NodeKind, VariableId, Write};
use crate::syntax::{NodeId, SyntaxKind};

/// Something that a turn does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    /// Evaluates a statement or a part of a head.
    Run(NodeId),
    /// Leaves the loop if a condition has this truth.
    Leave {
        /// The condition.
        condition: NodeId,
        /// The truth with which it leaves.
        truth: bool,
        /// The node of the condition.
        node: FlowId,
        /// Where control goes when it leaves.
        exit: FlowId,
    },
}

/// A loop that does the same in each turn.
#[derive(Clone, Debug)]
pub struct Turn {
    /// The loop statement.
    pub syntax: NodeId,
    /// Where a turn begins.
    pub first: FlowId,
    /// The nodes outside of it behind which it begins.
    pub entry: Point,
    /// By node: whether it belongs to the loop, so that control may come back from it.
    pub inside: Vec<bool>,
    /// What a turn does.
    pub steps: Vec<Step>,
    /// The local variables that it writes.
    pub changed: Vec<VariableId>,
}

/// Why a loop can't be described so.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Irregular {
    /// It is a macro's.
    Macro(NodeId),
    /// Lines of it depend on the configuration.
    Preprocessor(NodeId),
    /// Something is done in some turns only.
    Branch(NodeId),
    /// Control comes into it from outside, or goes round in it in another way.
    Jump(NodeId),
    /// It never comes back.
    Once(NodeId),
}

/// The innermost loop around a node, within the function.
pub fn loop_around(cx: &Context<'_>, node: NodeId) -> Option<NodeId> {
    cx.tree()
        .ancestors(node)
        .take_while(|&outer| outer != cx.function)
        .find(|&outer| {
            matches!(
                cx.tree().kind(outer),
                SyntaxKind::ForStmt | SyntaxKind::WhileStmt | SyntaxKind::DoStmt | SyntaxKind::MacroLoop
            )
        })
}

impl Turn {
    /// Describes a loop.
    pub fn new(cx: &Context<'_>, syntax: NodeId) -> Result<Turn, Irregular> {
        let (tree, graph) = (cx.tree(), &cx.graph);
        if tree.kind(syntax) == SyntaxKind::MacroLoop {
            return Err(Irregular::Macro(syntax));
        }
        let conditional = tree
            .descendants(syntax)
            .find(|&id| tree.kind(id).is_directive() || tree.kind(id) == SyntaxKind::InactiveBranch);
        if let Some(directive) = conditional {
            return Err(Irregular::Preprocessor(directive));
        }
        let belongs = |id: FlowId| {
            let node = graph.node(id);
            let is_edge = node.syntax == syntax
                && matches!(node.kind, NodeKind::After | NodeKind::False | NodeKind::ForInit);
            tree.contains(syntax, node.syntax) && !is_edge
        };
        let first = first_node(cx, syntax, &belongs).ok_or(Irregular::Once(syntax))?;
        let mut inside = vec![false; graph.len()];
        let mut open: Vec<FlowId> = Vec::new();
        let mut entry = Vec::new();
        for &before in graph.predecessors(first) {
            if belongs(before) {
                open.push(before);
            } else {
                entry.push(before);
            }
        }
        if open.is_empty() {
            return Err(Irregular::Once(syntax));
        }
        inside[first.index()] = true;
        while let Some(id) = open.pop() {
            if std::mem::replace(&mut inside[id.index()], true) {
                continue;
            }
            for &before in graph.predecessors(id) {
                if !belongs(before) {
                    return Err(Irregular::Jump(graph.node(id).syntax));
                }
                open.push(before);
            }
        }
        let mut turn = Turn {
            syntax,
            first,
            entry,
            inside,
            steps: Vec::new(),
            changed: Vec::new(),
        };
        turn.walk(cx)?;
        turn.find_changed(cx);
        Ok(turn)
    }

    fn walk(&mut self, cx: &Context<'_>) -> Result<(), Irregular> {
        let graph = &cx.graph;
        let mut at = self.first;
        for _ in 0..graph.len() {
            let node = graph.node(at);
            let next: Vec<FlowId> = graph
                .successors(at)
                .iter()
                .copied()
                .filter(|next| self.inside[next.index()])
                .collect();
            let [next] = next[..] else {
                return Err(Irregular::Branch(node.part.unwrap_or(node.syntax)));
            };
            match node.kind {
                NodeKind::If | NodeKind::While | NodeKind::For | NodeKind::DoWhile if node.part.is_some() => {
                    self.leave(cx, at, next);
                }
                NodeKind::Declaration | NodeKind::Simple | NodeKind::ForStep => {
                    self.steps.extend(node.part.map(Step::Run));
                }
                NodeKind::Open
                | NodeKind::Close
                | NodeKind::True
                | NodeKind::False
                | NodeKind::After
                | NodeKind::Else
                | NodeKind::Do
                | NodeKind::For
                | NodeKind::Continue
                | NodeKind::Break
                | NodeKind::Label
                | NodeKind::Goto => {}
                _ => return Err(Irregular::Branch(node.syntax)),
            }
            if next == self.first {
                return Ok(());
            }
            at = next;
        }
        Err(Irregular::Jump(self.syntax))
    }

    fn leave(&mut self, cx: &Context<'_>, at: FlowId, next: FlowId) {
        let graph = &cx.graph;
        let Some(condition) = graph.node(at).part else {
            return;
        };
        // A literal condition has one way only.
        if let &[holds, fails] = graph.successors(at) {
            self.steps.push(Step::Leave {
                condition,
                truth: next == fails,
                node: at,
                exit: if next == fails { holds } else { fails },
            });
        }
    }

    fn find_changed(&mut self, cx: &Context<'_>) {
        for id in cx.graph.ids().filter(|id| self.inside[id.index()]) {
            for access in cx.accesses.of(id) {
                if access.writes != Write::No && !self.changed.contains(&access.variable) {
                    self.changed.push(access.variable);
                }
            }
        }
    }
}

/// Where a turn begins: what the back edges lead to.
fn first_node(cx: &Context<'_>, syntax: NodeId, belongs: &impl Fn(FlowId) -> bool) -> Option<FlowId> {
    let graph = &cx.graph;
    let heads = |id: &FlowId| {
        let node = graph.node(*id);
        node.syntax == syntax
            && matches!(
                node.kind,
                NodeKind::For | NodeKind::While | NodeKind::Do | NodeKind::DoWhile | NodeKind::MacroLoop
            )
    };
    let head = graph.ids().find(heads)?;
    if graph.kind(head) == NodeKind::Do {
        return Some(head);
    }
    // Statement expressions in the condition are evaluated before it.
    let mut first = head;
    while let &[before] = graph.predecessors(first)
        && belongs(before)
        && before < first
    {
        first = before;
    }
    Some(first)
}
