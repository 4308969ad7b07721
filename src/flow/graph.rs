//! The graph itself: data and ways to walk it.

use rustc_hash::FxHashMap;

use crate::syntax::{NodeId, Tree};

/// A node of one graph.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct FlowId(pub(super) u32);

impl FlowId {
    /// Position in the graph's list of nodes, from 0.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// What a node of the graph stands for.
///
/// Edges carry no labels: where a condition decides, the two ways begin with a [`True`](NodeKind::True) and a
/// [`False`](NodeKind::False) node.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum NodeKind {
    /// The head of the function, where every run begins. It leads to the brace of its body.
    Head,
    /// `{` of a block; [`Node::syntax`] is the block. Where the block is the body of a `switch`, it leads to the labels.
    Open,
    /// `}` of a block. That of the function's body leads to [`Exit`](NodeKind::Exit).
    Close,
    /// A declaration in a block, or a nested function.
    Declaration,
    /// An expression, `asm`, empty or macro statement, or one that could not be parsed.
    Simple,
    /// `return`; leads to [`Exit`](NodeKind::Exit), or to [`ErrorExit`](NodeKind::ErrorExit) if it is early.
    Return,
    /// `break`; leads to the after node of what it leaves.
    Break,
    /// `continue`; leads to the next turn.
    Continue,
    /// `goto`; leads to its label, or to [`Exit`](NodeKind::Exit) if the function has no such label. A computed one leads to
    /// [`Dispatch`](NodeKind::Dispatch).
    Goto,
    /// Where all computed gotos meet; leads to each label whose address is taken.
    Dispatch,
    /// `name:`
    Label,
    /// `case x:`, entered from the head of the switch or from the statement before it.
    Case,
    /// `default:`
    Default,
    /// `if (…)`, the condition being its part; leads to True and False.
    If,
    /// The keyword `else`, behind the False node of its `if`.
    Else,
    /// `while (…)`; leads to True and False.
    While,
    /// The keyword `do`; leads to the body.
    Do,
    /// `while (…)` behind the body of a `do`; True leads back to the `do`.
    DoWhile,
    /// The first part of a `for`, if it has one: a declaration or an expression.
    ForInit,
    /// The head of a `for`, its condition being the part, if it has one; leads to True and False.
    For,
    /// The third part of a `for`; leads back to the head, whether there is such a part or not.
    ForStep,
    /// The head of a loop by a macro; leads to True (a turn) and False (the end). Its part is the call.
    MacroLoop,
    /// `switch (…)`; leads to its body's brace, and to False when it has no `default`.
    Switch,
    /// The condition holds, or a loop takes a turn.
    True,
    /// The condition does not hold, a loop ends, or no label of a switch fits.
    False,
    /// What stands behind an `if`, a loop or a switch begins here: all ways out of it meet, except those that leave
    /// by `return` or `goto`.
    After,
    /// `#if` between statements: leads to the first statement of each branch, and to its `#endif` if no `#else` is there.
    IfDirective,
    /// `#elif` or `#else`: begins a branch, and is entered from the `#if`.
    ElseDirective,
    /// `#endif`, where the branches meet.
    EndifDirective,
    /// A branch that is parsed by itself, as it is no sequence of whole statements. Unless an `#if` in the same list of
    /// statements holds it, it is a way that may be taken or not.
    Inactive,
    /// Where [`Inactive`](NodeKind::Inactive) statements and those of a macro's argument end.
    Join,
    /// Statements that are the argument of a macro: may be run any number of times before the statement around them.
    MacroArgument,
    /// The normal end of the function.
    Exit,
    /// The end by an early return: one that stands in an arm of an `if`.
    ErrorExit,
}

/// One node.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Node {
    /// What it stands for.
    pub kind: NodeKind,
    /// The statement, block or function it belongs to.
    pub syntax: NodeId,
    /// What is evaluated here: the statement itself if it is simple, the condition of a head. Statement expressions in
    /// it have nodes of their own, which come before.
    pub part: Option<NodeId>,
    /// For the head of an `if`, loop or switch, and for `do` and what comes first in a `for`: what stands behind it.
    pub after: Option<FlowId>,
}

/// How finely a graph is made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Detail {
    /// The three parts of a `for` are nodes of their own; else [`NodeKind::For`] stands for all of them.
    pub split_for: bool,
    /// Statement expressions and statements in macro arguments have nodes; else they are part of the statement around.
    pub embedded: bool,
    /// A way is left out that a literal condition rules out: `while (1)`, `do { … } while (0)`.
    pub literal_conditions: bool,
}

impl Detail {
    /// For questions about data.
    pub const DATA: Detail = Detail {
        split_for: true,
        embedded: true,
        literal_conditions: true,
    };
    /// For matching statements as they are written.
    pub const STATEMENTS: Detail = Detail {
        split_for: false,
        embedded: false,
        literal_conditions: false,
    };
}

/// The control-flow graph of one function.
///
/// Invariants: node 0 is the head; every node but the exits has a successor; there are no more edges than a small
/// multiple of the nodes. Code that can't be reached has nodes too, without a way to them from the head.
#[derive(Clone, Debug)]
pub struct Graph {
    pub(super) nodes: Vec<Node>,
    pub(super) successors: Adjacency,
    pub(super) predecessors: Adjacency,
    pub(super) by_part: FxHashMap<NodeId, FlowId>,
    pub(super) function: NodeId,
    pub(super) exit: FlowId,
    pub(super) error_exit: FlowId,
    pub(super) has_split_branches: bool,
}

/// Lists of neighbours, one behind the other.
#[derive(Clone, Debug)]
pub(super) struct Adjacency {
    starts: Vec<u32>,
    targets: Vec<FlowId>,
}

impl Adjacency {
    /// Sorts edges by their source, keeping their order otherwise.
    pub fn new(nodes: usize, edges: impl Iterator<Item = (FlowId, FlowId)> + Clone) -> Self {
        let mut starts = vec![0u32; nodes + 1];
        for (from, _) in edges.clone() {
            starts[from.index() + 1] += 1;
        }
        for index in 0..nodes {
            starts[index + 1] += starts[index];
        }
        let mut next = starts.clone();
        let mut targets = vec![FlowId(0); starts[nodes] as usize];
        for (from, to) in edges {
            let slot = &mut next[from.index()];
            targets[*slot as usize] = to;
            *slot += 1;
        }
        Self { starts, targets }
    }

    fn of(&self, id: FlowId) -> &[FlowId] {
        &self.targets[self.starts[id.index()] as usize..self.starts[id.index() + 1] as usize]
    }
}

impl Graph {
    /// The head of the function.
    pub const HEAD: FlowId = FlowId(0);

    /// Number of nodes.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// A graph has a head, so this is never true.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// All nodes, in the order of the text as far as they stand for text.
    pub fn ids(&self) -> impl Iterator<Item = FlowId> + use<> {
        (0..self.nodes.len() as u32).map(FlowId)
    }

    /// A node.
    pub fn node(&self, id: FlowId) -> &Node {
        &self.nodes[id.index()]
    }

    /// What a node stands for.
    pub fn kind(&self, id: FlowId) -> NodeKind {
        self.node(id).kind
    }

    /// Where control may go next. Of a head with two ways, the one behind True comes first.
    pub fn successors(&self, id: FlowId) -> &[FlowId] {
        self.successors.of(id)
    }

    /// Where control may come from.
    pub fn predecessors(&self, id: FlowId) -> &[FlowId] {
        self.predecessors.of(id)
    }

    /// The function.
    pub fn function(&self) -> NodeId {
        self.function
    }

    /// The normal end.
    pub fn exit(&self) -> FlowId {
        self.exit
    }

    /// The end of early returns.
    pub fn error_exit(&self) -> FlowId {
        self.error_exit
    }

    /// Whether a node is an end.
    pub fn is_exit(&self, id: FlowId) -> bool {
        id == self.exit || id == self.error_exit
    }

    /// Whether a branch of an `#if` had to be parsed by itself among the statements, so that the graph only comes near
    /// to what the preprocessor leaves.
    pub fn has_split_branches(&self) -> bool {
        self.has_split_branches
    }

    /// The node that evaluates a piece of the tree: the innermost one that `syntax` is part of.
    pub fn at(&self, tree: &Tree, syntax: NodeId) -> Option<FlowId> {
        std::iter::once(syntax)
            .chain(tree.ancestors(syntax))
            .take_while(|&id| id != self.function)
            .find_map(|id| self.by_part.get(&id).copied())
    }

    /// Whether a piece of the tree has a node of its own.
    pub(super) fn has_part(&self, syntax: NodeId) -> bool {
        self.by_part.contains_key(&syntax)
    }

    /// The nodes that can be reached from `from`, itself included, without passing through a node that `stop` names;
    /// such a node is itself still reached.
    pub fn reachable(&self, from: FlowId, stop: impl Fn(FlowId) -> bool) -> Vec<bool> {
        walk(&self.successors, self.len(), [from], stop)
    }

    /// The nodes from which `to` can be reached, itself included, without passing through a node that `stop` names.
    pub fn reaching(&self, to: FlowId, stop: impl Fn(FlowId) -> bool) -> Vec<bool> {
        walk(&self.predecessors, self.len(), [to], stop)
    }
}

pub(super) fn walk(
    edges: &Adjacency,
    nodes: usize,
    from: impl IntoIterator<Item = FlowId>,
    stop: impl Fn(FlowId) -> bool,
) -> Vec<bool> {
    let mut seen = vec![false; nodes];
    let mut open: Vec<FlowId> = Vec::new();
    for start in from {
        if !std::mem::replace(&mut seen[start.index()], true) {
            open.push(start);
        }
    }
    while let Some(id) = open.pop() {
        if stop(id) {
            continue;
        }
        for &next in edges.of(id) {
            if !std::mem::replace(&mut seen[next.index()], true) {
                open.push(next);
            }
        }
    }
    seen
}
