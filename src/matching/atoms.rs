//! What holds at one state by itself, and where the structure of the code leads from it.

use std::rc::Rc;

use crate::flow::NodeKind;
use crate::smpl::VarId;
use crate::smpl::pattern::Token;
use crate::syntax::{Element as CElement, NodeId, SyntaxKind, SyntaxKind::*};

use super::fit::{Fitter, Hits};
use super::formula::{Atom, Compiled, Jump};
use super::hit::Hit;
use super::source::Span;
use super::value::{Code, Value};
use super::ways::{StateId, StateKind, Ways};

/// The states of a function, and the fitter that looks at them.
pub(super) struct States<'a> {
    pub fitter: &'a Fitter<'a>,
    pub ways: &'a Ways,
    pub compiled: &'a Compiled,
}

impl States<'_> {
    pub(super) fn target(&self, jump: Jump, state: StateId) -> Option<StateId> {
        use NodeKind::*;
        let here = &self.ways.states[state as usize];
        let StateKind::Flow(kind) = here.kind else {
            return matches!(jump, Jump::End).then_some(state);
        };
        let next = |state: StateId| self.ways.next(state).first().copied();
        match jump {
            Jump::Then => {
                match kind {
                    If | While | For | MacroLoop => {
                        let arm =
                            self.ways.next(state).iter().copied().find(|&next| {
                                self.ways.states[next as usize].kind == StateKind::Flow(True)
                            })?;
                        next(arm)
                    }
                    Switch | Do => next(state),
                    _ => None,
                }
            }
            Jump::Else => {
                let arm = self
                    .ways
                    .next(state)
                    .iter()
                    .copied()
                    .find(|&next| self.ways.states[next as usize].kind == StateKind::Flow(False))?;
                let first = next(arm)?;
                match self.ways.states[first as usize].kind {
                    StateKind::Flow(Else) => next(first),
                    _ => None,
                }
            }
            Jump::End => match kind {
                Open => self.ways.close_of(here.syntax),
                // Nothing comes behind a statement all of whose arms jump.
                If | Switch => here.after.filter(|&after| self.ways.is_entered(after)),
                While | For | ForInit | MacroLoop | Do => here.after,
                _ => Some(state),
            },
            Jump::BlockEnd => {
                let tree = &self.fitter.source.tree;
                let block = if kind == Close {
                    Some(here.syntax)
                } else {
                    tree.parent(here.syntax)
                };
                block.and_then(|block| self.ways.close_of(block))
            }
        }
    }

    pub(super) fn atom(&self, atom: &Atom, state: StateId, hit: &Hit) -> Hits {
        let here = self.ways.states[state as usize];
        let fitter = self.fitter;
        let nodes = &self.compiled.nodes;
        if let Some(watch) = fitter.watch
            && let Atom::Statement(node) | Atom::Header(node) | Atom::Function(node) = atom
        {
            let span = fitter.source.span(here.syntax);
            watch.begin(fitter.rule, &nodes[*node], span);
            fitter.other_kind(&nodes[*node], span);
        }
        match atom {
            Atom::Statement(node) => match here.kind {
                StateKind::Item => fitter.item_fits(&nodes[*node], here.syntax, hit),
                StateKind::Flow(
                    NodeKind::Declaration
                    | NodeKind::Simple
                    | NodeKind::Return
                    | NodeKind::Break
                    | NodeKind::Continue
                    | NodeKind::Goto
                    | NodeKind::Label
                    | NodeKind::Case
                    | NodeKind::Default,
                ) => fitter.item_fits(&nodes[*node], here.syntax, hit),
                StateKind::Flow(_) => Vec::new(),
            },
            Atom::FallsOff(node) => {
                let tree = &fitter.source.tree;
                let ends = here.kind == StateKind::Flow(NodeKind::Close)
                    && self.ways.close_of(here.syntax) == Some(state)
                    && self.ways.is_reached(state)
                    && tree
                        .parent(here.syntax)
                        .is_some_and(|up| tree.kind(up) == Function);
                let brace = tree.own_token(here.syntax, RBrace).filter(|_| ends);
                let Some(brace) = brace else { return Vec::new() };
                // The return that is not written stands where the brace is, which stays; marked, it shows.
                let noted = Span {
                    first: brace as u32,
                    end: brace as u32 + u32::from(fitter.rule.starred),
                };
                let mut hit = Some(hit.clone());
                for token in nodes[*node].tokens() {
                    hit = hit
                        .and_then(|hit| fitter.attached(token, Span::token(brace), None, &hit))
                        .map(|hit| fitter.noted(token, noted, false, hit));
                }
                hit.into_iter().collect()
            }
            Atom::Expression(node) => {
                let mut hits = Vec::new();
                let p = &nodes[*node];
                for &candidate in self.ways.expressions(&fitter.source.tree, state) {
                    if let Some(watch) = fitter.watch {
                        watch.begin(fitter.rule, p, fitter.source.span(candidate));
                    }
                    hits.extend(fitter.node(p, candidate, hit));
                }
                hits
            }
            Atom::Type(node) => {
                let mut hits = Vec::new();
                for root in self.ways.roots(&fitter.source.tree, state) {
                    for id in std::iter::once(root).chain(fitter.source.tree.descendants(root)) {
                        hits.extend(fitter.type_fits_at(&nodes[*node], id, hit));
                    }
                }
                hits
            }
            Atom::Header(node) => match here.kind {
                StateKind::Flow(
                    NodeKind::If
                    | NodeKind::While
                    | NodeKind::For
                    | NodeKind::ForInit
                    | NodeKind::MacroLoop
                    | NodeKind::Switch
                    | NodeKind::Do,
                ) => fitter.header(&nodes[*node], here.syntax, hit),
                _ => Vec::new(),
            },
            Atom::Function(node) => match here.kind {
                StateKind::Flow(NodeKind::Head) => fitter.node(&nodes[*node], here.syntax, hit),
                _ => Vec::new(),
            },
            Atom::Open(token, label) => self
                .brace(NodeKind::Open, LBrace, token, *label, state, hit)
                .into_iter()
                .collect(),
            Atom::Close(token, label) => self
                .brace(NodeKind::Close, RBrace, token, *label, state, hit)
                .into_iter()
                .collect(),
            Atom::Enter(label) => {
                let tree = &fitter.source.tree;
                let alone = fitter.c_kind(here.syntax) != Block
                    && tree.parent(here.syntax).is_some_and(|up| tree.kind(up) != Block);
                if !alone {
                    return Vec::new();
                }
                let value = Value::Code(Rc::new(Code::made(&(here.syntax.index() as u32).to_le_bytes())));
                let env = hit.env.bind(*label, &value);
                env.map(|env| Hit {
                    env,
                    trail: hit.trail.clone(),
                })
                .into_iter()
                .collect()
            }
            Atom::Leave(label) => {
                let Some(inside) = self.labelled(hit, *label) else {
                    return Vec::new();
                };
                let is_after = here.kind == StateKind::Flow(NodeKind::After) && here.syntax == inside;
                let leaves = is_after || !self.is_within(state, inside);
                leaves.then(|| hit.clone()).into_iter().collect()
            }
            Atom::Strays(label, with_goto) => {
                let Some(inside) = self.labelled(hit, *label) else {
                    return Vec::new();
                };
                let strays = match fitter.c_kind(inside) {
                    GotoStmt => false,
                    Block => {
                        here.kind == StateKind::Flow(NodeKind::Close)
                            && here.syntax == inside
                            && !self.ways.is_left_by_return(state)
                            && !(*with_goto && self.ways.is_left_by_goto(state))
                    }
                    _ => !self.is_within(state, inside),
                };
                strays.then(|| hit.clone()).into_iter().collect()
            }
            Atom::Meta(token) => self.meta(token, state, hit).into_iter().collect(),
            Atom::MetaList(token, var) => self.meta_list(token, *var, state, hit).into_iter().collect(),
            Atom::Removed(token) => {
                let mut hit = hit.clone();
                for span in self.own_spans(state) {
                    match fitter.recorded(token, span, None, &hit) {
                        Some(next) => hit = next,
                        None => return Vec::new(),
                    }
                }
                vec![hit]
            }
            Atom::Start => {
                let tree = &fitter.source.tree;
                let starts = here.kind == StateKind::Flow(NodeKind::Open)
                    && tree
                        .parent(here.syntax)
                        .is_some_and(|up| matches!(tree.kind(up), Function | MacroFunction));
                if starts { vec![hit.clone()] } else { Vec::new() }
            }
            Atom::Left => {
                let leaves = here.kind == StateKind::Flow(NodeKind::Close)
                    && self.ways.close_of(here.syntax) != Some(state);
                if leaves { vec![hit.clone()] } else { Vec::new() }
            }
            Atom::Leaves(label) => {
                let tree = &fitter.source.tree;
                let inside = self.labelled(hit, *label);
                let is_left = |&up: &NodeId| match tree.kind(up) {
                    WhileStmt | ForStmt | DoStmt | MacroLoop => true,
                    kind => kind == SwitchStmt && fitter.c_kind(here.syntax) == BreakStmt,
                };
                let left = tree.ancestors(here.syntax).find(is_left);
                let leaves = left.is_some() && inside.and_then(|body| tree.parent(body)) == left;
                leaves.then(|| hit.clone()).into_iter().collect()
            }
            Atom::Jumps => match here.kind {
                StateKind::Flow(NodeKind::Goto | NodeKind::Break) => vec![hit.clone()],
                _ => Vec::new(),
            },
            Atom::Turns => match here.kind {
                StateKind::Flow(NodeKind::Continue) => vec![hit.clone()],
                _ => Vec::new(),
            },
            Atom::End => match here.kind {
                StateKind::Flow(NodeKind::Exit | NodeKind::ErrorExit) => vec![hit.clone()],
                _ => Vec::new(),
            },
            Atom::Arm(node, truth) => {
                let wanted = if *truth { NodeKind::True } else { NodeKind::False };
                if here.kind != StateKind::Flow(wanted) || fitter.c_kind(here.syntax) != IfStmt {
                    return Vec::new();
                }
                let condition = fitter.source.tree.children(here.syntax).next();
                condition.map_or_else(Vec::new, |condition| fitter.node(&nodes[*node], condition, hit))
            }
        }
    }

    /// The node that a label stands for.
    fn labelled(&self, hit: &Hit, label: VarId) -> Option<NodeId> {
        let value = hit.env.value(label)?;
        let index = u32::from_le_bytes(value.key().try_into().ok()?);
        self.fitter.source.tree.get(index as usize)
    }

    fn is_within(&self, state: StateId, node: NodeId) -> bool {
        let here = self.ways.states[state as usize].syntax;
        self.fitter.source.tree.contains(node, here)
    }

    fn brace(
        &self,
        kind: NodeKind,
        token_kind: SyntaxKind,
        token: &Token,
        label: VarId,
        state: StateId,
        hit: &Hit,
    ) -> Option<Hit> {
        let here = self.ways.states[state as usize];
        if here.kind != StateKind::Flow(kind) || self.fitter.c_kind(here.syntax) != Block {
            return None;
        }
        let brace = self.fitter.source.tree.own_token(here.syntax, token_kind)?;
        let value = Value::Code(Rc::new(Code::made(&(here.syntax.index() as u32).to_le_bytes())));
        let env = hit.env.bind(label, &value)?;
        let hit = Hit {
            env,
            trail: hit.trail.clone(),
        };
        self.fitter.recorded(token, Span::token(brace), None, &hit)
    }

    fn meta(&self, token: &Token, state: StateId, hit: &Hit) -> Option<Hit> {
        use NodeKind as N;
        let var = token.var?;
        let here = self.ways.states[state as usize];
        let starts = match here.kind {
            StateKind::Item => true,
            StateKind::Flow(kind) => matches!(
                kind,
                N::Open
                    | N::Declaration
                    | N::Simple
                    | N::Return
                    | N::Break
                    | N::Continue
                    | N::Goto
                    | N::If
                    | N::While
                    | N::Do
                    | N::For
                    | N::ForInit
                    | N::MacroLoop
                    | N::Switch
            ),
        };
        let tree = &self.fitter.source.tree;
        let is_body = here.kind == StateKind::Flow(N::Open)
            && tree
                .parent(here.syntax)
                .is_some_and(|up| matches!(tree.kind(up), Function | MacroFunction));
        if !starts || is_body {
            return None;
        }
        let hit = self.fitter.bind_node(var, here.syntax, hit)?;
        self.fitter.recorded(
            token,
            self.fitter.source.span(here.syntax),
            Some(here.syntax),
            &hit,
        )
    }

    fn meta_list(&self, token: &Token, var: VarId, state: StateId, hit: &Hit) -> Option<Hit> {
        let here = self.ways.states[state as usize];
        let tree = &self.fitter.source.tree;
        let closes = here.kind == StateKind::Flow(NodeKind::Close);
        let block = if closes {
            here.syntax
        } else {
            tree.parent(here.syntax)?
        };
        if tree.kind(block) != Block {
            return None;
        }
        let children: Vec<NodeId> = tree.children(block).collect();
        if !closes && children.first() != Some(&here.syntax) {
            return None;
        }
        let span = match (children.first(), children.last()) {
            (Some(&first), Some(&last)) => self.fitter.source.span(first).to(self.fitter.source.span(last)),
            _ => {
                let close = tree.own_token(block, RBrace)? as u32;
                Span {
                    first: close,
                    end: close,
                }
            }
        };
        let hit = self.fitter.bind_span(var, span, children.len(), hit)?;
        self.fitter.recorded(token, span, None, &hit)
    }

    /// The tokens that are removed with a state.
    fn own_spans(&self, state: StateId) -> Vec<Span> {
        use NodeKind as N;
        let here = self.ways.states[state as usize];
        let source = self.fitter.source;
        let tree = &source.tree;
        let StateKind::Flow(kind) = here.kind else {
            return vec![source.span(here.syntax)];
        };
        match kind {
            N::Declaration
            | N::Simple
            | N::Return
            | N::Break
            | N::Continue
            | N::Goto
            | N::Label
            | N::Case
            | N::Default => {
                vec![source.span(here.syntax)]
            }
            N::Open => tree
                .own_token(here.syntax, LBrace)
                .map(Span::token)
                .into_iter()
                .collect(),
            N::Close => tree
                .own_token(here.syntax, RBrace)
                .map(Span::token)
                .into_iter()
                .collect(),
            N::Else => tree
                .own_token(here.syntax, KwElse)
                .map(Span::token)
                .into_iter()
                .collect(),
            N::If | N::While | N::For | N::MacroLoop | N::Switch => {
                let mut spans = Vec::new();
                for element in tree.elements(here.syntax) {
                    match element {
                        CElement::Token(index) if source.token_kind(index) == KwElse => {}
                        CElement::Token(index) if source.token_kind(index).is_trivia() => {}
                        CElement::Token(index) => spans.push(Span::token(index)),
                        CElement::Node(id)
                            if tree.kind(id).is_statement() && tree.kind(id) != Declaration => {}
                        CElement::Node(id) => spans.push(source.span(id)),
                    }
                }
                spans
            }
            _ => Vec::new(),
        }
    }
}
