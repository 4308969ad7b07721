//! From the tree of a function to its graph, in one walk.
//!
//! The walk recurses with the nesting of statements only, which the tree bounds. Where control goes on is one node at
//! most, as ways that meet have a node for it, so that edges stay in proportion to nodes.

use rustc_hash::FxHashMap;

use super::graph::{Adjacency, Detail, FlowId, Graph, Node, NodeKind};
use super::parts::{for_header, parts};
use crate::syntax::{NodeId, SyntaxKind, Tree};

impl Graph {
    /// Makes the graph of a function, a macro body, or any other node whose children are statements.
    pub fn new(tree: &Tree, text: &[u8], function: NodeId, detail: Detail) -> Graph {
        let mut builder = Builder {
            tree,
            text,
            detail,
            nodes: Vec::new(),
            edges: Vec::new(),
            by_part: FxHashMap::default(),
            current: None,
            breakable: Vec::new(),
            switches: Vec::new(),
            arms: 0,
            labels: FxHashMap::default(),
            gotos: Vec::new(),
            asm_gotos: Vec::new(),
            computed: Vec::new(),
            returns: Vec::new(),
            embedded: Vec::new(),
            addressed: Vec::new(),
            has_split_branches: false,
        };
        builder.survey(function);
        builder.push(NodeKind::Head, function, None);
        match tree.child(function, SyntaxKind::Block) {
            Some(block) if tree.kind(function) != SyntaxKind::Block => builder.block(block),
            _ => builder.list(&mut tree.children(function)),
        }
        builder.finish(function)
    }
}

struct Builder<'t> {
    tree: &'t Tree,
    text: &'t [u8],
    detail: Detail,
    nodes: Vec<Node>,
    edges: Vec<(FlowId, FlowId)>,
    by_part: FxHashMap<NodeId, FlowId>,
    /// Where control goes on from; `None` behind a jump.
    current: Option<FlowId>,
    breakable: Vec<Breakable>,
    switches: Vec<Switch>,
    /// How many arms of `if` are around.
    arms: u32,
    labels: FxHashMap<&'t [u8], FlowId>,
    gotos: Vec<(FlowId, &'t [u8])>,
    /// Like gotos, but a name that is no label means nothing.
    asm_gotos: Vec<(FlowId, &'t [u8])>,
    computed: Vec<FlowId>,
    /// Returns, and whether each is early.
    returns: Vec<(FlowId, bool)>,
    /// Expressions and arguments with statements in them, in pre-order.
    embedded: Vec<NodeId>,
    /// Labels whose address is taken.
    addressed: Vec<&'t [u8]>,
    has_split_branches: bool,
}

/// A statement that `break` leaves.
struct Breakable {
    breaks: Vec<FlowId>,
    /// `None` for a switch, which `continue` does not mean.
    continues: Option<Vec<FlowId>>,
}

struct Switch {
    /// What leads to the labels: the brace of the body, or the head.
    dispatch: FlowId,
    has_label: bool,
    has_default: bool,
}

/// An `#if` whose branches stand in one list.
struct Group {
    fork: FlowId,
    ends: Vec<FlowId>,
    has_else: bool,
}

impl<'t> Builder<'t> {
    /// Finds what is needed before the walk.
    fn survey(&mut self, function: NodeId) {
        let tree = self.tree;
        for id in tree.descendants(function) {
            match tree.kind(id) {
                SyntaxKind::StmtExpr => self.embedded.push(id),
                SyntaxKind::MacroArg if tree.children(id).any(|child| tree.kind(child).is_statement()) => {
                    self.embedded.push(id);
                }
                SyntaxKind::Block
                    if tree.parent(id).map(|outer| tree.kind(outer)) == Some(SyntaxKind::ArgList) =>
                {
                    self.embedded.push(id);
                }
                SyntaxKind::LabelAddress => self.addressed.extend(self.name_in(id)),
                _ => {}
            }
        }
    }

    fn finish(mut self, function: NodeId) -> Graph {
        let exit = self.push(NodeKind::Exit, function, None);
        self.current = None;
        let error_exit = self.push(NodeKind::ErrorExit, function, None);
        for (id, early) in std::mem::take(&mut self.returns) {
            self.edges.push((id, if early { error_exit } else { exit }));
        }
        for (id, label) in std::mem::take(&mut self.gotos) {
            let target = self.labels.get(label).copied();
            self.edges.push((id, target.unwrap_or(exit)));
        }
        for (id, label) in std::mem::take(&mut self.asm_gotos) {
            self.edges
                .extend(self.labels.get(label).map(|&target| (id, target)));
        }
        if !self.computed.is_empty() {
            self.current = None;
            let dispatch = self.push(NodeKind::Dispatch, function, None);
            for id in std::mem::take(&mut self.computed) {
                self.edges.push((id, dispatch));
            }
            let mut targets: Vec<FlowId> = std::mem::take(&mut self.addressed)
                .into_iter()
                .filter_map(|label| self.labels.get(label).copied())
                .collect();
            targets.sort();
            targets.dedup();
            if targets.is_empty() {
                targets.push(exit);
            }
            self.edges
                .extend(targets.into_iter().map(|target| (dispatch, target)));
        }
        let nodes = self.nodes.len();
        Graph {
            successors: Adjacency::new(nodes, self.edges.iter().copied()),
            predecessors: Adjacency::new(nodes, self.edges.iter().map(|&(from, to)| (to, from))),
            nodes: self.nodes,
            by_part: self.by_part,
            function,
            exit,
            error_exit,
            has_split_branches: self.has_split_branches,
        }
    }

    // Nodes.

    /// Adds a node without an edge to it.
    fn add(&mut self, kind: NodeKind, syntax: NodeId, part: Option<NodeId>) -> FlowId {
        let id = FlowId(self.nodes.len() as u32);
        self.nodes.push(Node {
            kind,
            syntax,
            part,
            after: None,
        });
        if let Some(part) = part {
            self.by_part.insert(part, id);
        }
        id
    }

    /// Adds a node behind the current one, which it becomes.
    fn push(&mut self, kind: NodeKind, syntax: NodeId, part: Option<NodeId>) -> FlowId {
        let id = self.add(kind, syntax, part);
        self.edges.extend(self.current.map(|from| (from, id)));
        self.current = Some(id);
        id
    }

    /// Adds a node behind `from`, as the current one.
    fn push_behind(&mut self, from: Option<FlowId>, kind: NodeKind, syntax: NodeId) -> FlowId {
        self.current = from;
        self.push(kind, syntax, None)
    }

    fn join(&mut self, ends: impl IntoIterator<Item = FlowId>, to: FlowId) {
        self.edges.extend(ends.into_iter().map(|from| (from, to)));
    }

    /// The node that will be added next: where control enters what is built next.
    fn next_id(&self) -> FlowId {
        FlowId(self.nodes.len() as u32)
    }

    /// Adds a node that evaluates `part`, behind the statements in it.
    fn evaluate(&mut self, kind: NodeKind, syntax: NodeId, part: NodeId) -> FlowId {
        if self.detail.embedded && tree_has_parts(self.tree.kind(part)) {
            self.embedded_in(part);
        }
        self.push(kind, syntax, Some(part))
    }

    /// The head of a statement, whose condition may be missing.
    fn head(&mut self, kind: NodeKind, syntax: NodeId, condition: Option<NodeId>) -> FlowId {
        match condition {
            Some(condition) => self.evaluate(kind, syntax, condition),
            None => self.push(kind, syntax, None),
        }
    }

    fn embedded_in(&mut self, part: NodeId) {
        let tree = self.tree;
        let mut at = self.embedded.partition_point(|&id| id < part);
        while let Some(&id) = self.embedded.get(at)
            && tree.contains(part, id)
        {
            match tree.kind(id) {
                SyntaxKind::StmtExpr => self.list(&mut tree.children(id)),
                _ => {
                    let start = self.push(NodeKind::MacroArgument, id, None);
                    self.list(&mut tree.children(id));
                    let end = self.push(NodeKind::Join, id, None);
                    self.edges.push((end, start));
                    self.current = Some(start);
                }
            }
            at = self
                .embedded
                .partition_point(|&other| other < id || tree.contains(id, other));
        }
    }

    // Lists.

    fn block(&mut self, block: NodeId) {
        self.push(NodeKind::Open, block, None);
        self.list(&mut self.tree.children(block));
        self.push(NodeKind::Close, block, None);
    }

    fn list(&mut self, items: &mut dyn Iterator<Item = NodeId>) {
        let mut groups: Vec<Group> = Vec::new();
        for item in items {
            match self.tree.kind(item) {
                SyntaxKind::IfDirective => {
                    let fork = self.push(NodeKind::IfDirective, item, None);
                    groups.push(Group {
                        fork,
                        ends: Vec::new(),
                        has_else: false,
                    });
                }
                SyntaxKind::ElseDirective => {
                    let is_last = self.name_in(item) == Some(b"else");
                    if let Some(group) = groups.last_mut() {
                        group.ends.extend(self.current);
                        group.has_else |= is_last;
                        self.current = Some(group.fork);
                        self.push(NodeKind::ElseDirective, item, None);
                    }
                }
                SyntaxKind::EndifDirective => {
                    if let Some(group) = groups.pop() {
                        let end = self.push(NodeKind::EndifDirective, item, None);
                        self.close_group(group, end);
                    }
                }
                SyntaxKind::InactiveBranch => self.inactive(item, groups.is_empty()),
                _ => self.statement(item),
            }
        }
        // An `#if` whose `#endif` stands in another list: its branches meet here at the latest.
        while let Some(group) = groups.pop() {
            if !group.ends.is_empty() {
                self.has_split_branches = true;
                let syntax = self.nodes[group.fork.index()].syntax;
                let end = self.push(NodeKind::Join, syntax, None);
                self.join(group.ends, end);
            }
        }
    }

    fn close_group(&mut self, group: Group, end: FlowId) {
        let skip = (!group.has_else && self.current_is_not_only(group.fork, end)).then_some(group.fork);
        self.join(group.ends.into_iter().chain(skip), end);
    }

    /// Whether the way from `fork` to `end` is not there already, as for an empty branch.
    fn current_is_not_only(&self, fork: FlowId, end: FlowId) -> bool {
        self.edges.last() != Some(&(fork, end))
    }

    fn inactive(&mut self, item: NodeId, optional: bool) {
        self.has_split_branches = true;
        let before = self.current;
        self.push(NodeKind::Inactive, item, None);
        self.list(&mut self.tree.children(item));
        let end = self.push(NodeKind::Join, item, None);
        if optional {
            self.join(before, end);
        }
    }

    // Statements.

    fn statement(&mut self, id: NodeId) {
        match self.tree.kind(id) {
            SyntaxKind::Block => self.block(id),
            SyntaxKind::IfStmt => self.if_statement(id),
            SyntaxKind::WhileStmt => self.while_statement(id),
            SyntaxKind::DoStmt => self.do_statement(id),
            SyntaxKind::ForStmt => self.for_statement(id),
            SyntaxKind::MacroLoop => self.macro_loop(id),
            SyntaxKind::SwitchStmt => self.switch_statement(id),
            SyntaxKind::CaseLabel => self.case(id, NodeKind::Case),
            SyntaxKind::DefaultLabel => self.case(id, NodeKind::Default),
            SyntaxKind::Label => {
                let label = self.push(NodeKind::Label, id, Some(id));
                if let Some(name) = self.name_in(id) {
                    self.labels.entry(name).or_insert(label);
                }
            }
            SyntaxKind::GotoStmt => self.goto(id),
            SyntaxKind::BreakStmt => {
                let jump = self.push(NodeKind::Break, id, Some(id));
                match self.breakable.last_mut() {
                    Some(around) => around.breaks.push(jump),
                    None => self.returns.push((jump, false)),
                }
                self.current = None;
            }
            SyntaxKind::ContinueStmt => {
                let jump = self.push(NodeKind::Continue, id, Some(id));
                let around = self
                    .breakable
                    .iter_mut()
                    .rev()
                    .find_map(|around| around.continues.as_mut());
                match around {
                    Some(continues) => continues.push(jump),
                    None => self.returns.push((jump, false)),
                }
                self.current = None;
            }
            SyntaxKind::ReturnStmt => {
                let jump = self.evaluate(NodeKind::Return, id, id);
                self.returns.push((jump, self.arms > 0));
                self.current = None;
            }
            SyntaxKind::AsmStmt => {
                let node = self.evaluate(NodeKind::Simple, id, id);
                if self.tree.own_token(id, SyntaxKind::KwGoto).is_some() {
                    let names = self.names_in(id);
                    self.asm_gotos.extend(names.into_iter().map(|name| (node, name)));
                }
            }
            SyntaxKind::Declaration => {
                self.evaluate(NodeKind::Declaration, id, id);
            }
            SyntaxKind::Function => {
                self.push(NodeKind::Declaration, id, Some(id));
            }
            kind if kind.is_directive() => {}
            _ => {
                self.evaluate(NodeKind::Simple, id, id);
            }
        }
    }

    fn goto(&mut self, id: NodeId) {
        if self.tree.own_token(id, SyntaxKind::Star).is_some() {
            let jump = self.evaluate(NodeKind::Goto, id, id);
            self.computed.push(jump);
        } else {
            let jump = self.push(NodeKind::Goto, id, Some(id));
            match self.name_in(id) {
                Some(name) => self.gotos.push((jump, name)),
                None => self.returns.push((jump, false)),
            }
        }
        self.current = None;
    }

    fn if_statement(&mut self, id: NodeId) {
        let parts = parts(self.tree, id);
        let head = self.head(NodeKind::If, id, parts.condition);
        let ways = self.ways(parts.condition);
        self.arms += 1;
        self.push_behind(ways.0.then_some(head), NodeKind::True, id);
        self.list(&mut parts.body.into_iter());
        let then_end = self.current;
        self.push_behind(ways.1.then_some(head), NodeKind::False, id);
        if let Some(otherwise) = parts.otherwise {
            self.push(NodeKind::Else, id, None);
            self.list(&mut otherwise.into_iter());
        }
        self.arms -= 1;
        let after = self.push(NodeKind::After, id, None);
        self.join(then_end, after);
        self.nodes[head.index()].after = Some(after);
    }

    fn while_statement(&mut self, id: NodeId) {
        let parts = parts(self.tree, id);
        let start = self.next_id();
        let head = self.head(NodeKind::While, id, parts.condition);
        let ways = self.ways(parts.condition);
        self.push_behind(ways.0.then_some(head), NodeKind::True, id);
        let ended = self.loop_body(parts.body);
        let end = self.current;
        self.join(end.into_iter().chain(ended.continues.unwrap_or_default()), start);
        self.leave(id, ways.1.then_some(head), ended.breaks, &[head]);
    }

    fn do_statement(&mut self, id: NodeId) {
        let parts = parts(self.tree, id);
        let start = self.push(NodeKind::Do, id, None);
        let ended = self.loop_body(parts.body);
        let next = self.next_id();
        let head = self.head(NodeKind::DoWhile, id, parts.condition);
        self.join(ended.continues.unwrap_or_default(), next);
        let ways = self.ways(parts.condition);
        let again = self.push_behind(ways.0.then_some(head), NodeKind::True, id);
        self.edges.push((again, start));
        self.leave(id, ways.1.then_some(head), ended.breaks, &[start, head]);
    }

    fn for_statement(&mut self, id: NodeId) {
        let [init, condition, step] = for_header(self.tree, id);
        let body = parts(self.tree, id).body;
        if !self.detail.split_for {
            let head = self.push(NodeKind::For, id, None);
            for part in [init, condition, step].into_iter().flatten() {
                self.by_part.insert(part, head);
            }
            self.push_behind(Some(head), NodeKind::True, id);
            let ended = self.loop_body(body);
            let end = self.current;
            self.join(end.into_iter().chain(ended.continues.unwrap_or_default()), head);
            self.leave(id, Some(head), ended.breaks, &[head]);
            return;
        }
        let first = init.map(|init| self.evaluate(NodeKind::ForInit, id, init));
        let start = self.next_id();
        let head = self.head(NodeKind::For, id, condition);
        let ways = match condition {
            Some(_) => self.ways(condition),
            None => (true, false),
        };
        self.push_behind(ways.0.then_some(head), NodeKind::True, id);
        let ended = self.loop_body(body);
        let next = self.next_id();
        self.head(NodeKind::ForStep, id, step);
        self.join(ended.continues.unwrap_or_default(), next);
        let end = self.current;
        self.join(end, start);
        self.leave(
            id,
            ways.1.then_some(head),
            ended.breaks,
            &[first.unwrap_or(head), head],
        );
    }

    fn macro_loop(&mut self, id: NodeId) {
        let mut children = self.tree.children(id);
        let call = children.next();
        let start = self.next_id();
        let head = self.head(NodeKind::MacroLoop, id, call);
        self.push_behind(Some(head), NodeKind::True, id);
        let ended = self.loop_body(children.collect());
        let end = self.current;
        self.join(end.into_iter().chain(ended.continues.unwrap_or_default()), start);
        self.leave(id, Some(head), ended.breaks, &[head]);
    }

    fn loop_body(&mut self, body: Vec<NodeId>) -> Breakable {
        self.breakable.push(Breakable {
            breaks: Vec::new(),
            continues: Some(Vec::new()),
        });
        self.list(&mut body.into_iter());
        self.breakable.pop().unwrap_or(Breakable {
            breaks: Vec::new(),
            continues: None,
        })
    }

    /// The False way out of a loop, and the node behind it.
    fn leave(&mut self, id: NodeId, head: Option<FlowId>, breaks: Vec<FlowId>, heads: &[FlowId]) {
        self.push_behind(head, NodeKind::False, id);
        // The False node of an endless loop must not look like a way on.
        let after = self.push(NodeKind::After, id, None);
        self.join(breaks, after);
        for head in heads {
            self.nodes[head.index()].after = Some(after);
        }
    }

    fn switch_statement(&mut self, id: NodeId) {
        let parts = parts(self.tree, id);
        let head = self.head(NodeKind::Switch, id, parts.condition);
        let is_block = matches!(parts.body[..], [body] if self.tree.kind(body) == SyntaxKind::Block);
        self.breakable.push(Breakable {
            breaks: Vec::new(),
            continues: None,
        });
        let dispatch = if is_block { self.next_id() } else { head };
        self.switches.push(Switch {
            dispatch,
            has_label: false,
            has_default: false,
        });
        if is_block {
            let block = parts.body[0];
            self.push(NodeKind::Open, block, None);
            self.current = None;
            self.list(&mut self.tree.children(block));
            self.push(NodeKind::Close, block, None);
        } else {
            self.current = None;
            self.list(&mut parts.body.into_iter());
        }
        let end = self.current;
        let breaks = self.breakable.pop().map_or(Vec::new(), |around| around.breaks);
        let ended = self.switches.pop();
        let has_default = ended.as_ref().is_some_and(|switch| switch.has_default);
        let skipped = ended.filter(|switch| !switch.has_label && switch.dispatch != head);
        self.push_behind((!has_default).then_some(head), NodeKind::False, id);
        let no_label = skipped.map(|switch| switch.dispatch);
        let after = self.push(NodeKind::After, id, None);
        self.join(end.into_iter().chain(breaks).chain(no_label), after);
        self.nodes[head.index()].after = Some(after);
    }

    fn case(&mut self, id: NodeId, kind: NodeKind) {
        let label = self.push(kind, id, Some(id));
        if let Some(switch) = self.switches.last_mut() {
            switch.has_label = true;
            switch.has_default |= kind == NodeKind::Default;
            self.edges.push((switch.dispatch, label));
        }
    }

    /// Which of the two ways of a condition are open: (holds, does not hold).
    fn ways(&self, condition: Option<NodeId>) -> (bool, bool) {
        let Some(condition) = condition.filter(|_| self.detail.literal_conditions) else {
            return (true, true);
        };
        match (self.tree.kind(condition), self.tree.text(condition, self.text)) {
            (SyntaxKind::Literal, b"0") | (SyntaxKind::NameExpr, b"false") => (false, true),
            (SyntaxKind::Literal, b"1") | (SyntaxKind::NameExpr, b"true") => (true, false),
            _ => (true, true),
        }
    }

    /// The first identifier among a node's own tokens.
    fn name_in(&self, id: NodeId) -> Option<&'t [u8]> {
        let token = self.tree.own_token(id, SyntaxKind::Ident)?;
        Some(self.tree.tokens().range(token).slice(self.text))
    }

    /// All identifiers below a node.
    fn names_in(&self, id: NodeId) -> Vec<&'t [u8]> {
        self.tree
            .token_span(id)
            .filter(|&token| self.tree.tokens().kind(token) == SyntaxKind::Ident)
            .map(|token| self.tree.tokens().range(token).slice(self.text))
            .collect()
    }
}

/// Whether statements may be embedded below a node of this kind.
fn tree_has_parts(kind: SyntaxKind) -> bool {
    !matches!(kind, SyntaxKind::NameExpr | SyntaxKind::Literal)
}
