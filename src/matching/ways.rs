//! The ways through a function as rules see them: the flow graph, in which a jump passes the closing braces of the
//! blocks that it leaves.
//!
//! `f() { ... }` has to match a function that returns in its middle: such a return leads to a copy of each closing brace
//! on its way out, as spatch's own graphs (`--control-flow-to-file`) show it.

use std::cell::OnceCell;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::flow::{Detail, FlowId, Graph, NodeKind};
use crate::syntax::{NodeId, SyntaxKind, Tree};

use super::source::Source;

/// Index of a state.
pub type StateId = u32;

/// One step of a way.
#[derive(Clone, Copy, Debug)]
pub struct State {
    /// What it stands for.
    pub kind: StateKind,
    /// The statement, block, function or item.
    pub syntax: NodeId,
    /// Where what stands behind a compound statement begins.
    pub after: Option<StateId>,
}

/// What a state stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StateKind {
    /// A node of the flow graph.
    Flow(NodeKind),
    /// Something at the top of the file, or a directive.
    Item,
}

/// The ways through one function, or one item by itself.
#[derive(Debug)]
pub struct Ways {
    /// The states; the first one is where all begins.
    pub states: Vec<State>,
    next: Vec<Vec<StateId>>,
    closes: FxHashMap<NodeId, StateId>,
    /// The states that control comes to.
    reached: Vec<bool>,
    /// The states that have one before them.
    entered: Vec<bool>,
    /// The closing braces of blocks that end in a `goto`, where it passes them.
    by_goto: FxHashSet<StateId>,
    /// The begins of the arms of `if` that end in a jump.
    early: FxHashSet<StateId>,
    /// The closing braces that returns pass.
    by_return: FxHashSet<StateId>,
    /// For each state, when somebody asked: the expressions in it.
    pub(super) expressions: Vec<OnceCell<Box<[NodeId]>>>,
    /// For each state, when somebody asked: where control may have come from.
    before: OnceCell<Vec<Vec<StateId>>>,
}

impl Ways {
    /// The ways through a function.
    pub fn of_function(source: &Source, function: NodeId) -> Self {
        let graph = Graph::new(&source.tree, &source.text, function, Detail::STATEMENTS);
        let mut ways = Self {
            states: Vec::with_capacity(graph.len() + 8),
            next: vec![Vec::new(); graph.len()],
            closes: FxHashMap::default(),
            reached: Vec::new(),
            entered: Vec::new(),
            by_goto: FxHashSet::default(),
            early: FxHashSet::default(),
            by_return: FxHashSet::default(),
            expressions: Vec::new(),
            before: OnceCell::new(),
        };
        for id in graph.ids() {
            let node = graph.node(id);
            ways.states.push(State {
                kind: StateKind::Flow(node.kind),
                syntax: node.syntax,
                after: node.after.map(|after| after.index() as StateId),
            });
            if node.kind == NodeKind::Close {
                ways.closes.entry(node.syntax).or_insert(id.index() as StateId);
            }
        }
        for id in graph.ids() {
            for target in visible(&graph, id) {
                ways.edge(source, &graph, id, target);
            }
        }
        ways.early_arms(source);
        ways.single_turns(source);
        ways.reached = ways.reached_past(&[]);
        ways.entered = ways.enter();
        ways.expressions = vec![OnceCell::new(); ways.states.len()];
        ways
    }

    /// One item that has no ways.
    pub fn of_item(item: NodeId) -> Self {
        Self {
            states: vec![
                State {
                    kind: StateKind::Item,
                    syntax: item,
                    after: None,
                },
                State {
                    kind: StateKind::Flow(NodeKind::Exit),
                    syntax: item,
                    after: None,
                },
            ],
            next: vec![vec![1], Vec::new()],
            closes: FxHashMap::default(),
            reached: Vec::new(),
            entered: vec![false, true],
            by_goto: FxHashSet::default(),
            early: FxHashSet::default(),
            by_return: FxHashSet::default(),
            expressions: vec![OnceCell::new(); 2],
            before: OnceCell::new(),
        }
    }

    /// Where control may go next.
    pub fn next(&self, state: StateId) -> &[StateId] {
        self.next.get(state as usize).map_or(&[], |list| list)
    }

    /// Where control may have come from.
    pub fn before(&self, state: StateId) -> &[StateId] {
        let all = self.before.get_or_init(|| {
            let mut before = vec![Vec::new(); self.next.len()];
            for (from, targets) in self.next.iter().enumerate() {
                for &target in targets {
                    before[target as usize].push(from as StateId);
                }
            }
            before
        });
        &all[state as usize]
    }

    /// The closing brace that the end of a block leads to.
    pub fn close_of(&self, block: NodeId) -> Option<StateId> {
        self.closes.get(&block).copied()
    }

    /// Whether this is the closing brace of a block that ends in a `goto`, on the way of that.
    pub fn is_left_by_goto(&self, state: StateId) -> bool {
        self.by_goto.contains(&state)
    }

    /// Whether this is a closing brace on the way of a return.
    pub fn is_left_by_return(&self, state: StateId) -> bool {
        self.by_return.contains(&state)
    }

    /// Whether an arm of an `if` begins here that ends in a jump, whichever way is taken in it.
    pub fn is_early(&self, state: StateId) -> bool {
        self.early.contains(&state)
    }

    /// Whether some state leads to this one.
    pub fn is_entered(&self, state: StateId) -> bool {
        self.entered.get(state as usize).copied().unwrap_or(false)
    }

    /// Whether control may come to a state at all.
    pub fn is_reached(&self, state: StateId) -> bool {
        self.reached.get(state as usize).copied().unwrap_or(true)
    }

    /// The states that control comes to without passing any of these, which are sorted.
    pub fn reached_past(&self, closed: &[StateId]) -> Vec<bool> {
        let mut reached = vec![false; self.states.len()];
        let mut open: Vec<StateId> = vec![0];
        while let Some(state) = open.pop() {
            if closed.binary_search(&state).is_err()
                && let Some(known) = reached.get_mut(state as usize)
                && !std::mem::replace(known, true)
            {
                open.extend(self.next(state));
            }
        }
        reached
    }

    /// The states that a statement leads to, though it may itself never be reached.
    fn enter(&self) -> Vec<bool> {
        let ends = |state: &State| {
            use NodeKind::{After, Close, False, True};
            matches!(state.kind, StateKind::Flow(Close | After | True | False))
        };
        let statements = (0..self.states.len()).filter(|&state| !ends(&self.states[state]));
        let mut open: Vec<StateId> = statements.flat_map(|state| self.next[state].clone()).collect();
        let mut entered = vec![false; self.states.len()];
        while let Some(state) = open.pop() {
            let is_new = !std::mem::replace(&mut entered[state as usize], true);
            if is_new && ends(&self.states[state as usize]) {
                open.extend(self.next(state));
            }
        }
        entered
    }

    fn edge(&mut self, source: &Source, graph: &Graph, from: FlowId, to: FlowId) {
        let start = from.index();
        let jumps = matches!(
            graph.kind(from),
            NodeKind::Return | NodeKind::Break | NodeKind::Continue | NodeKind::Goto
        );
        let mut last = start as StateId;
        if jumps {
            let tree = &source.tree;
            let (here, there) = (graph.node(from).syntax, graph.node(to).syntax);
            let ends = graph.is_exit(to);
            let blocks: Vec<NodeId> = tree
                .ancestors(here)
                .take_while(|&up| up != graph.function())
                .filter(|&up| tree.kind(up) == SyntaxKind::Block && (ends || !tree.contains(up, there)))
                .collect();
            for block in blocks {
                let copy = self.states.len() as StateId;
                self.states.push(State {
                    kind: StateKind::Flow(NodeKind::Close),
                    syntax: block,
                    after: None,
                });
                self.next.push(Vec::new());
                match graph.kind(from) {
                    NodeKind::Return => {
                        self.by_return.insert(copy);
                    }
                    NodeKind::Goto if ends_in(tree, block, |kind| kind == SyntaxKind::GotoStmt) => {
                        self.by_goto.insert(copy);
                    }
                    _ => {}
                }
                self.next[last as usize].push(copy);
                last = copy;
            }
        }
        self.next[last as usize].push(to.index() as StateId);
    }

    fn early_arms(&mut self, source: &Source) {
        let tree = &source.tree;
        let is_early = |state: &State| {
            state.kind == StateKind::Flow(NodeKind::True)
                && tree.kind(state.syntax) == SyntaxKind::IfStmt
                && tree
                    .children(state.syntax)
                    .nth(1)
                    .is_some_and(|arm| ends_in(tree, arm, is_jump))
        };
        let states = self.states.iter().enumerate();
        self.early = states
            .filter(|(_, state)| is_early(state))
            .map(|(index, _)| index as StateId)
            .collect();
    }

    /// `do { … } while (0)` takes one turn.
    fn single_turns(&mut self, source: &Source) {
        for index in 0..self.next.len() {
            let state = self.states[index];
            if state.kind != StateKind::Flow(NodeKind::DoWhile) {
                continue;
            }
            let condition = source.tree.children(state.syntax).last();
            if condition.is_some_and(|condition| source.key(source.span(condition)) == b"0") {
                let states = &self.states;
                self.next[index]
                    .retain(|&next| states[next as usize].kind != StateKind::Flow(NodeKind::True));
            }
        }
    }
}

fn is_jump(kind: SyntaxKind) -> bool {
    use SyntaxKind::{BreakStmt, ContinueStmt, GotoStmt, ReturnStmt};
    matches!(kind, ReturnStmt | GotoStmt | BreakStmt | ContinueStmt)
}

/// Whether a statement ends in one of these, whichever way is taken.
fn ends_in(tree: &Tree, statement: NodeId, wanted: fn(SyntaxKind) -> bool) -> bool {
    match tree.kind(statement) {
        SyntaxKind::Block => tree
            .children(statement)
            .last()
            .is_some_and(|last| ends_in(tree, last, wanted)),
        SyntaxKind::IfStmt => {
            tree.own_token(statement, SyntaxKind::KwElse).is_some()
                && tree
                    .children(statement)
                    .skip(1)
                    .all(|branch| ends_in(tree, branch, wanted))
        }
        kind => wanted(kind),
    }
}

/// The next nodes that stand for code, directives passed over.
fn visible(graph: &Graph, from: FlowId) -> Vec<FlowId> {
    let mut list = Vec::new();
    let mut seen = Vec::new();
    let mut open: Vec<FlowId> = graph.successors(from).iter().rev().copied().collect();
    while let Some(id) = open.pop() {
        if seen.contains(&id) {
            continue;
        }
        seen.push(id);
        let passed = matches!(
            graph.kind(id),
            NodeKind::IfDirective
                | NodeKind::ElseDirective
                | NodeKind::EndifDirective
                | NodeKind::Inactive
                | NodeKind::Join
        );
        if passed {
            open.extend(graph.successors(id).iter().rev());
        } else {
            list.push(id);
        }
    }
    list
}
