//! The context and minus code of a rule as a tree that owns its nodes, so that isomorphisms can rewrite it.

use crate::syntax::{Element as CElement, NodeId, SyntaxKind, Tree};

use super::rule::VarId;

/// A node of the pattern.
#[derive(Clone, Debug)]
pub struct Node {
    /// Its kind, as in the tree of C code.
    pub kind: SyntaxKind,
    /// What it is made of.
    pub elements: Vec<Element>,
    /// Whether something in it is removed, added, starred, or has a place to remember.
    pub marked: bool,
    /// Made by an isomorphism, so its tokens may have nothing to stand for.
    pub derived: bool,
    /// Fits only where a truth value is asked for.
    pub tested: bool,
}

/// A part of a node.
#[derive(Clone, Debug)]
pub enum Element {
    /// A node.
    Node(Node),
    /// A token.
    Token(Token),
}

/// A token of the pattern.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Token {
    /// Its kind.
    pub kind: SyntaxKind,
    /// Its spelling.
    pub text: Box<[u8]>,
    /// Index into the rule's list of what is known of each token.
    pub info: u32,
    /// The metavariable it stands for.
    pub var: Option<VarId>,
}

/// How a line is marked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mark {
    /// Not at all.
    Context,
    /// `-`
    Minus,
    /// `*`
    Star,
}

/// What is known of a token besides its spelling.
#[derive(Clone, Debug)]
pub struct TokenInfo {
    /// How its line is marked.
    pub mark: Mark,
    /// Its line is marked with `?`.
    pub optional: bool,
    /// Metavariables attached with `@`.
    pub attached: Vec<VarId>,
    /// Added code before it; indices into the rule's list.
    pub before: Vec<u32>,
    /// Added code behind it.
    pub after: Vec<u32>,
    /// The `when` clauses of dots; indices into the rule's list.
    pub whens: Vec<u32>,
    /// How many statements end with it whose last part is a body: added code behind it stands behind all of them.
    pub ends: u32,
    /// Its line, from 1.
    pub line: u32,
    /// Its column, from 0.
    pub column: u32,
    /// Where it stands in the file of rules.
    pub range: crate::text::TextRange,
}

impl TokenInfo {
    /// Whether it changes something or has a place to remember.
    pub fn is_marked(&self) -> bool {
        self.mark != Mark::Context
            || !self.before.is_empty()
            || !self.after.is_empty()
            || !self.attached.is_empty()
    }
}

/// A condition on what dots stand for.
#[derive(Clone, Debug)]
pub enum When {
    /// `when != …`
    Not(Vec<Node>),
    /// `when == …`: nothing but this.
    Only(Vec<Node>),
    /// The longest way too.
    Any,
    /// Ways that end early count too.
    Strict,
    /// One way is enough.
    Exists,
    /// All ways have to match.
    Forall,
    /// `when != true e`
    NotTrue(Vec<Node>),
    /// `when != false e`
    NotFalse(Vec<Node>),
}

impl Node {
    /// Makes a node, its mark derived from its elements.
    pub fn new(kind: SyntaxKind, elements: Vec<Element>, infos: &[TokenInfo]) -> Self {
        let marked = elements.iter().any(|element| match element {
            Element::Node(node) => node.marked,
            Element::Token(token) => infos[token.info as usize].is_marked(),
        });
        Self {
            kind,
            elements,
            marked,
            derived: false,
            tested: false,
        }
    }

    /// The children that are nodes.
    pub fn children(&self) -> impl Iterator<Item = &Node> {
        self.elements.iter().filter_map(|element| match element {
            Element::Node(node) => Some(node),
            Element::Token(_) => None,
        })
    }

    /// The first child of a kind.
    pub fn child(&self, kind: SyntaxKind) -> Option<&Node> {
        self.children().find(|child| child.kind == kind)
    }

    /// The node's own tokens.
    pub fn own_tokens(&self) -> impl Iterator<Item = &Token> {
        self.elements.iter().filter_map(|element| match element {
            Element::Token(token) => Some(token),
            Element::Node(_) => None,
        })
    }

    /// The first of the node's own tokens of a kind.
    pub fn own_token(&self, kind: SyntaxKind) -> Option<&Token> {
        self.own_tokens().find(|token| token.kind == kind)
    }

    /// Calls `visit` for each token, in order.
    pub fn each_token<'n>(&'n self, visit: &mut impl FnMut(&'n Token)) {
        for element in &self.elements {
            match element {
                Element::Node(node) => node.each_token(visit),
                Element::Token(token) => visit(token),
            }
        }
    }

    /// All tokens, in order.
    pub fn tokens(&self) -> Vec<&Token> {
        let mut list = Vec::new();
        self.each_token(&mut |token| list.push(token));
        list
    }

    /// The only token, if there is just one.
    pub fn sole_token(&self) -> Option<&Token> {
        match &self.elements[..] {
            [Element::Token(token)] => Some(token),
            [Element::Node(node)] => node.sole_token(),
            _ => None,
        }
    }

    /// The branches of a disjunction or conjunction.
    pub fn branches(&self) -> Vec<&Node> {
        self.children().collect()
    }

    /// Whether this is a conjunction.
    pub fn is_conjunction(&self) -> bool {
        self.kind == SyntaxKind::PatternDisj && self.own_token(SyntaxKind::DisjAnd).is_some()
    }

    /// The tree as text, one line per node: for tests and `--parse-cocci`.
    pub fn dump(&self, depth: usize, out: &mut String) {
        use std::fmt::Write;
        let _ = write!(out, "{:indent$}{:?}", "", self.kind, indent = depth * 2);
        for token in self.own_tokens() {
            let _ = write!(out, " {}", String::from_utf8_lossy(&token.text));
        }
        out.push('\n');
        for child in self.children() {
            child.dump(depth + 1, out);
        }
    }
}

/// Takes a tree over; `token` gives the token of the pattern that a token of the tree is.
pub(super) fn own(tree: &Tree, id: NodeId, infos: &[TokenInfo], token: &impl Fn(usize) -> Token) -> Node {
    let mut elements = Vec::new();
    for element in tree.elements(id) {
        match element {
            CElement::Node(child) => elements.push(Element::Node(own(tree, child, infos, token))),
            CElement::Token(index) if !tree.tokens().kind(index).is_trivia() => {
                elements.push(Element::Token(token(index)));
            }
            CElement::Token(_) => {}
        }
    }
    Node::new(tree.kind(id), elements, infos)
}
