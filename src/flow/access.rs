//! Which node of a graph reads or writes which local variable.

use super::graph::{FlowId, Graph};
use super::locals::{Locals, VariableId};
use crate::syntax::{NodeId, SyntaxKind, Tree};

/// How surely an access writes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Write {
    /// It does not.
    No,
    /// It may, or it writes a part.
    May,
    /// It sets the whole variable whenever its node is run.
    Must,
}

/// One mention of a variable.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Access {
    /// The variable.
    pub variable: VariableId,
    /// The name, or the declarator that initialises it.
    pub name: NodeId,
    /// Whether the value from before counts.
    pub reads: bool,
    /// Whether it gets a new value.
    pub writes: Write,
    /// Its address escapes here: from now on, others may read and write it.
    pub address: bool,
    /// It is an argument by itself, as in `f(x)`: read by a function, but a macro may do anything to it.
    pub argument: bool,
}

/// The accesses of each node of a graph, in about the order in which they happen.
#[derive(Clone, Debug)]
pub struct Accesses {
    /// Sorted by node.
    list: Vec<(FlowId, Access)>,
    starts: Vec<u32>,
    aliased: Vec<bool>,
}

impl Accesses {
    /// Reads the nodes of a graph, which should be made with [`Detail::DATA`](super::Detail::DATA).
    pub fn new(tree: &Tree, graph: &Graph, locals: &Locals) -> Self {
        let mut list = Vec::new();
        let mut starts = Vec::with_capacity(graph.len() + 1);
        let mut aliased: Vec<bool> = locals
            .variables()
            .iter()
            .map(|variable| variable.is_unclear)
            .collect();
        for id in graph.ids() {
            starts.push(list.len() as u32);
            if let Some(part) = graph.node(id).part {
                let mut reader = Reader {
                    tree,
                    graph,
                    locals,
                    found: Vec::new(),
                };
                reader.part(part);
                for access in reader.found {
                    aliased[access.variable.index()] |= access.address;
                    list.push((id, access));
                }
            }
        }
        starts.push(list.len() as u32);
        Self {
            list,
            starts,
            aliased,
        }
    }

    /// The accesses of one node.
    pub fn of(&self, node: FlowId) -> impl DoubleEndedIterator<Item = &Access> {
        let range = self.starts[node.index()] as usize..self.starts[node.index() + 1] as usize;
        self.list[range].iter().map(|(_, access)| access)
    }

    /// All accesses of a variable, with their nodes.
    pub fn of_variable(&self, variable: VariableId) -> impl Iterator<Item = (FlowId, &Access)> {
        self.list
            .iter()
            .filter(move |(_, access)| access.variable == variable)
            .map(|(node, access)| (*node, access))
    }

    /// Whether others than the statements that name a variable may read or write it, as its address is taken somewhere.
    pub fn is_aliased(&self, variable: VariableId) -> bool {
        self.aliased[variable.index()]
    }
}

/// How an expression is used by the one around it.
#[derive(Clone, Copy, PartialEq)]
enum Use {
    Value,
    Assigned {
        reads: bool,
    },
    /// A member or element of it is read.
    PartRead,
    /// A member or element of it is assigned.
    PartAssigned,
    Address,
    Argument,
}

struct Reader<'a> {
    tree: &'a Tree,
    graph: &'a Graph,
    locals: &'a Locals,
    found: Vec<Access>,
}

/// Work that is left to do; the newest is done first.
enum Task {
    Visit(NodeId, Use, bool),
    Found(Access),
}

impl Reader<'_> {
    /// Reads what one node evaluates.
    fn part(&mut self, part: NodeId) {
        let mut tasks = vec![Task::Visit(part, Use::Value, false)];
        while let Some(task) = tasks.pop() {
            match task {
                Task::Found(access) => self.found.push(access),
                Task::Visit(id, usage, maybe) => {
                    let from = tasks.len();
                    self.visit(id, usage, maybe, id == part, &mut tasks);
                    // Tasks are pushed in their order and taken from the end.
                    tasks[from..].reverse();
                }
            }
        }
    }

    fn visit(&mut self, id: NodeId, usage: Use, maybe: bool, is_root: bool, tasks: &mut Vec<Task>) {
        let tree = self.tree;
        // What has a node of its own is read there.
        if !is_root && self.graph.has_part(id) {
            return;
        }
        let mut visit = |id, usage| tasks.push(Task::Visit(id, usage, maybe));
        match tree.kind(id) {
            SyntaxKind::NameExpr => {
                if let Some(access) = self.access(id, usage, maybe) {
                    tasks.push(Task::Found(access));
                }
            }
            SyntaxKind::AssignExpr => {
                let mut sides = tree.children(id);
                let (left, right) = (sides.next(), sides.next());
                let reads = tree.own_token(id, SyntaxKind::Eq).is_none();
                right.into_iter().for_each(|right| visit(right, Use::Value));
                left.into_iter()
                    .for_each(|left| visit(left, Use::Assigned { reads }));
            }
            SyntaxKind::PostfixExpr => tree
                .children(id)
                .for_each(|operand| visit(operand, Use::Assigned { reads: true })),
            SyntaxKind::PrefixExpr => {
                let usage = match tree.own_tokens(id).next().map(|token| tree.tokens().kind(token)) {
                    Some(SyntaxKind::PlusPlus | SyntaxKind::MinusMinus) => Use::Assigned { reads: true },
                    Some(SyntaxKind::Amp) => Use::Address,
                    Some(SyntaxKind::KwExtension) => usage,
                    _ => Use::Value,
                };
                tree.children(id).for_each(|operand| visit(operand, usage));
            }
            SyntaxKind::ParenExpr => tree.children(id).for_each(|inner| visit(inner, usage)),
            SyntaxKind::MemberExpr => {
                let is_dot = tree.own_token(id, SyntaxKind::Dot).is_some();
                let usage = if is_dot { part_of(usage) } else { Use::Value };
                tree.children(id).for_each(|operand| visit(operand, usage));
            }
            SyntaxKind::IndexExpr => {
                let mut children = tree.children(id);
                if let Some(base) = children.next() {
                    // A pointer's element is no part of the pointer.
                    let usage = if self.is_array(base) {
                        part_of(usage)
                    } else {
                        Use::Value
                    };
                    visit(base, usage);
                }
                children.for_each(|index| visit(index, Use::Value));
            }
            SyntaxKind::CallExpr => {
                let mut children = tree.children(id);
                children
                    .next()
                    .into_iter()
                    .for_each(|callee| visit(callee, Use::Value));
                for list in children {
                    tree.children(list)
                        .for_each(|argument| visit(argument, Use::Argument));
                }
            }
            SyntaxKind::BinaryExpr => {
                let is_short = tree.own_tokens(id).any(|token| {
                    matches!(
                        tree.tokens().kind(token),
                        SyntaxKind::AmpAmp | SyntaxKind::PipePipe
                    )
                });
                for (position, operand) in tree.children(id).enumerate() {
                    let maybe = maybe || (is_short && position > 0);
                    tasks.push(Task::Visit(operand, Use::Value, maybe));
                }
            }
            SyntaxKind::ConditionalExpr => {
                for (position, operand) in tree.children(id).enumerate() {
                    let usage = if position == 0 { Use::Value } else { usage };
                    tasks.push(Task::Visit(operand, usage, maybe || position > 0));
                }
            }
            SyntaxKind::InitDeclarator => {
                let mut has_value = false;
                for child in tree.children(id) {
                    let kind = tree.kind(child);
                    has_value |= kind.is_expression() || kind == SyntaxKind::InitializerList;
                    visit(child, Use::Value);
                }
                if has_value && let Some(variable) = self.locals.declared_by(id) {
                    tasks.push(Task::Found(Access {
                        variable,
                        name: id,
                        reads: false,
                        writes: if maybe { Write::May } else { Write::Must },
                        address: false,
                        argument: false,
                    }));
                }
            }
            SyntaxKind::AsmStmt => tree
                .children(id)
                .for_each(|operand| visit(operand, Use::PartAssigned)),
            SyntaxKind::InactiveBranch => {
                for child in tree.children(id) {
                    tasks.push(Task::Visit(child, usage, true));
                }
            }
            // Not evaluated.
            SyntaxKind::SizeofExpr | SyntaxKind::TypeofSpec | SyntaxKind::Function => {}
            _ => tree.children(id).for_each(|child| visit(child, Use::Value)),
        }
    }

    fn is_array(&self, base: NodeId) -> bool {
        match self.tree.kind(base) {
            SyntaxKind::NameExpr => self
                .locals
                .resolve(base)
                .is_some_and(|variable| self.locals.variable(variable).is_array),
            // `s.member[i]`: the member may be an array.
            SyntaxKind::MemberExpr | SyntaxKind::IndexExpr | SyntaxKind::ParenExpr => true,
            _ => false,
        }
    }

    fn access(&self, id: NodeId, usage: Use, maybe: bool) -> Option<Access> {
        let variable = self.locals.resolve(id)?;
        let is_array = self.locals.variable(variable).is_array;
        let must = if maybe { Write::May } else { Write::Must };
        let (reads, writes, address) = match usage {
            // The name of an array is its address, wherever it goes.
            Use::Value | Use::Argument => (true, Write::No, is_array),
            Use::PartRead => (true, Write::No, false),
            Use::Assigned { reads } => (reads, must, false),
            Use::PartAssigned => (true, Write::May, false),
            Use::Address => (true, Write::May, true),
        };
        Some(Access {
            variable,
            name: id,
            reads,
            writes,
            address,
            argument: usage == Use::Argument,
        })
    }
}

/// How the whole is used when a part of it is used so.
fn part_of(usage: Use) -> Use {
    match usage {
        Use::Assigned { .. } | Use::PartAssigned => Use::PartAssigned,
        Use::Address => Use::Address,
        // Reading an element of an array does not give its address away.
        Use::Value | Use::Argument | Use::PartRead => Use::PartRead,
    }
}
