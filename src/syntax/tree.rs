//! The tree: flat, lossless, read-only.
//!
//! Nodes stand in one array in the order in which they begin (pre-order). A node covers a run of tokens; the tokens
//! that no child covers are its own. Trivia between two children belong to the parent.

use super::kind::SyntaxKind::{self, *};
use super::lexer::Tokens;
use crate::text::TextRange;

/// A node of one tree.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct NodeId(pub(super) u32);

impl NodeId {
    /// The root of every tree.
    pub const ROOT: NodeId = NodeId(0);

    /// Position in pre-order, from 0.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    pub kind: SyntaxKind,
    pub parent: u32,
    /// First token.
    pub first: u32,
    /// One past the last token.
    pub end: u32,
    /// One past the last node below this one.
    pub next: u32,
}

/// A child node, or a token between child nodes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Element {
    /// A node.
    Node(NodeId),
    /// Index of a token, trivia included.
    Token(usize),
}

/// The tree of one text.
///
/// Invariants: its depth is at most [`Tree::MAX_DEPTH`], so that recursion over it is bounded; the root covers all
/// tokens; children are disjoint and inside of their parent.
#[derive(Debug)]
pub struct Tree {
    pub(super) tokens: Tokens,
    pub(super) nodes: Vec<Node>,
}

impl Tree {
    /// What lies deeper is one opaque node.
    pub const MAX_DEPTH: usize = 2000;

    /// All tokens of the text.
    pub fn tokens(&self) -> &Tokens {
        &self.tokens
    }

    /// Number of nodes.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// A tree has a root, so this is never true.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.index()]
    }

    /// Kind of a node.
    pub fn kind(&self, id: NodeId) -> SyntaxKind {
        self.node(id).kind
    }

    /// The node around a node; `None` for the root.
    pub fn parent(&self, id: NodeId) -> Option<NodeId> {
        (id != NodeId::ROOT).then(|| NodeId(self.node(id).parent))
    }

    /// The nodes around a node, from the inside out, without itself.
    pub fn ancestors(&self, id: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        std::iter::successors(self.parent(id), |&id| self.parent(id))
    }

    /// The nearest node of a kind around a node, or itself.
    pub fn enclosing(&self, id: NodeId, kind: impl Fn(SyntaxKind) -> bool) -> Option<NodeId> {
        std::iter::once(id)
            .chain(self.ancestors(id))
            .find(|&id| kind(self.kind(id)))
    }

    /// The children that are nodes.
    pub fn children(&self, id: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        let end = self.node(id).next;
        let first = id.0 + 1;
        std::iter::successors((first < end).then_some(first), move |&child| {
            let next = self.nodes[child as usize].next;
            (next < end).then_some(next)
        })
        .map(NodeId)
    }

    /// The first child of a kind.
    pub fn child(&self, id: NodeId, kind: SyntaxKind) -> Option<NodeId> {
        self.children(id).find(|&child| self.kind(child) == kind)
    }

    /// All nodes below a node in pre-order, without itself.
    pub fn descendants(&self, id: NodeId) -> impl Iterator<Item = NodeId> + use<> {
        (id.0 + 1..self.node(id).next).map(NodeId)
    }

    /// The node at a position in pre-order.
    pub fn get(&self, index: usize) -> Option<NodeId> {
        (index < self.nodes.len()).then_some(NodeId(index as u32))
    }

    /// Whether `inner` lies below `outer` or is it.
    pub fn contains(&self, outer: NodeId, inner: NodeId) -> bool {
        outer <= inner && inner.0 < self.node(outer).next
    }

    /// The tokens a node covers, as indices.
    pub fn token_span(&self, id: NodeId) -> std::ops::Range<usize> {
        let node = self.node(id);
        node.first as usize..node.end as usize
    }

    /// The bytes a node covers.
    pub fn range(&self, id: NodeId) -> TextRange {
        let span = self.token_span(id);
        TextRange::new(self.tokens.start(span.start), self.tokens.start(span.end))
    }

    /// The text of a node.
    pub fn text<'t>(&self, id: NodeId, text: &'t [u8]) -> &'t [u8] {
        self.range(id).slice(text)
    }

    /// The children and the tokens between them, in order.
    pub fn elements(&self, id: NodeId) -> impl Iterator<Item = Element> + '_ {
        let span = self.token_span(id);
        let mut token = span.start;
        let mut children = self.children(id).peekable();
        std::iter::from_fn(move || {
            if let Some(&child) = children.peek()
                && self.node(child).first as usize <= token
            {
                children.next();
                token = self.node(child).end as usize;
                return Some(Element::Node(child));
            }
            (token < span.end).then(|| {
                token += 1;
                Element::Token(token - 1)
            })
        })
    }

    /// The node's own tokens that are no trivia, in order.
    pub fn own_tokens(&self, id: NodeId) -> impl Iterator<Item = usize> + '_ {
        self.elements(id).filter_map(|element| match element {
            Element::Token(token) if !self.tokens.kind(token).is_trivia() => Some(token),
            _ => None,
        })
    }

    /// The first of the node's own tokens of a kind.
    pub fn own_token(&self, id: NodeId, kind: SyntaxKind) -> Option<usize> {
        self.own_tokens(id).find(|&token| self.tokens.kind(token) == kind)
    }

    /// The innermost node that covers a token.
    pub fn node_at_token(&self, token: usize) -> NodeId {
        // In pre-order nodes are sorted by their first token, and what begins behind the innermost node lies behind the
        // token, too. So the last node that begins in time is the innermost one or lies below it.
        let behind = self.nodes.partition_point(|node| node.first as usize <= token);
        let mut at = NodeId(behind.saturating_sub(1) as u32);
        while self.token_span(at).end <= token
            && let Some(parent) = self.parent(at)
        {
            at = parent;
        }
        at
    }

    /// The innermost node that covers the byte at `offset`.
    pub fn node_at_offset(&self, offset: u32) -> NodeId {
        self.node_at_token(self.tokens.at_offset(offset))
    }

    /// One line per node, indented, with the node's own tokens: for tests and `respin parse --dump`.
    pub fn dump(&self, text: &[u8]) -> std::string::String {
        use std::fmt::Write;
        let mut out = std::string::String::new();
        let mut depth = Vec::new();
        for index in 0..self.nodes.len() as u32 {
            let id = NodeId(index);
            while depth.last().is_some_and(|&end| end <= index) {
                depth.pop();
            }
            let own: Vec<_> = self
                .own_tokens(id)
                .map(|token| std::string::String::from_utf8_lossy(self.tokens.range(token).slice(text)))
                .collect();
            let _ = write!(out, "{:indent$}{:?}", "", self.kind(id), indent = depth.len() * 2);
            if !own.is_empty() {
                let _ = write!(out, " {}", own.join(" "));
            }
            out.push('\n');
            depth.push(self.nodes[index as usize].next);
        }
        out
    }

    /// Whether there is an opaque node at or below `id`.
    pub fn has_opaque(&self, id: NodeId) -> bool {
        self.kind(id) == Opaque || self.descendants(id).any(|id| self.kind(id) == Opaque)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::{Names, parse};

    #[test]
    fn the_innermost_node_is_found() {
        let text =
            b"#if X\nint a(void)\n{\n\tif (b(c, d))\n#else\nint a(int e)\n{\n#endif\n\t\treturn ;\n}\n\
            #define F(x) do { g(x); } while (0)\n#if Y\n}}\n#else\n((\n#endif\n/* end */";
        let tree = parse(text, &Names::new());
        for token in 0..tree.tokens().len() {
            let covers = |id: &NodeId| tree.token_span(*id).contains(&token);
            let innermost = tree.descendants(NodeId::ROOT).filter(covers).last();
            assert_eq!(
                tree.node_at_token(token),
                innermost.unwrap_or(NodeId::ROOT),
                "{token}"
            );
        }
        assert_eq!(tree.node_at_token(usize::MAX), NodeId::ROOT);
    }
}
