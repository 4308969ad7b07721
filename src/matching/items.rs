//! Items, heads of compound statements, directives and mentions of types: what states compare with.

use std::rc::Rc;

use crate::smpl::MetaKind;
use crate::smpl::pattern::{Element, Node, Token};
use crate::syntax::{Element as CElement, NodeId, SyntaxKind, SyntaxKind::*};

use super::fit::{Fitter, Hits};
use super::hit::Hit;
use super::source::Span;
use super::specifiers::Around;
use super::value::Value;

impl Fitter<'_> {
    /// A statement without statements in it, a declaration, an item or a directive.
    pub fn item_fits(&self, p: &Node, c: NodeId, hit: &Hit) -> Hits {
        let kind = self.c_kind(c);
        if p.kind == ExprStmt && matches!(kind, MacroItem | MacroStmt) {
            return self.macro_item(p, c, hit);
        }
        if p.kind.is_directive() {
            return if kind.is_directive() {
                self.directive(p, c, hit)
            } else {
                Vec::new()
            };
        }
        self.node(p, c, hit)
    }

    /// `NAME(…);` where the semicolon may be missing.
    fn macro_item(&self, p: &Node, c: NodeId, hit: &Hit) -> Hits {
        let parts = self.parts(c);
        let (Some(Element::Node(call)), Some(CElement::Node(c_call))) = (p.elements.first(), parts.first())
        else {
            return Vec::new();
        };
        let hits = self.node(call, *c_call, hit);
        let ends = match (p.elements.get(1), parts.get(1)) {
            (Some(Element::Token(token)), Some(CElement::Token(end))) if parts.len() == 2 => {
                Some((token, Span::token(*end)))
            }
            (Some(Element::Token(token)), None) => {
                let end = self.source.span(c).end;
                Some((token, Span { first: end, end }))
            }
            _ => None,
        };
        let Some((token, span)) = ends else {
            return Vec::new();
        };
        hits.iter()
            .filter_map(|hit| self.recorded(token, span, None, hit))
            .collect()
    }

    /// The head of an `if` or a loop.
    pub fn header(&self, p: &Node, c: NodeId, hit: &Hit) -> Hits {
        if p.kind != self.c_kind(c) {
            return Vec::new();
        }
        let body = |kind: SyntaxKind| {
            kind.is_statement() && kind != Declaration
                || matches!(kind, PatternLeaf | PatternDisj | PatternNest | PatternExpr)
        };
        let p_bodies: Vec<*const Node> = super::node::bodies(p)
            .into_iter()
            .map(std::ptr::from_ref)
            .collect();
        let p_parts: Vec<Element> = p
            .elements
            .iter()
            .filter(|element| !matches!(element, Element::Node(node) if p_bodies.contains(&std::ptr::from_ref(node))))
            .cloned()
            .collect();
        let tree = &self.source.tree;
        let c_parts: Vec<CElement> = self
            .parts(c)
            .into_iter()
            .filter(|part| !matches!(part, CElement::Node(id) if body(tree.kind(*id))))
            .collect();
        if p.kind == ForStmt {
            return self.for_header(&p_parts, &c_parts, hit);
        }
        self.elements(&p_parts, &c_parts, hit)
    }

    /// `for (…; …; …)`: dots also stand for parts that are missing.
    fn for_header(&self, p: &[Element], c: &[CElement], hit: &Hit) -> Hits {
        let p_slots = slots(p, |element| match element {
            Element::Token(token) => Some(token.kind),
            Element::Node(node) => node.elements.last().and_then(|last| match last {
                Element::Token(token) if node.kind == Declaration => Some(token.kind),
                _ => None,
            }),
        });
        let c_slots = slots(c, |element| match element {
            CElement::Token(index) => Some(self.source.token_kind(*index)),
            CElement::Node(id) if self.c_kind(*id) == Declaration => Some(Semicolon),
            CElement::Node(_) => None,
        });
        if p_slots.len() != c_slots.len() {
            return Vec::new();
        }
        let mut hits = vec![hit.clone()];
        for (p, c) in p_slots.iter().zip(&c_slots) {
            hits = hits.iter().flat_map(|hit| self.slot(p, c, hit)).collect();
        }
        hits
    }

    fn slot(&self, p: &[Element], c: &[CElement], hit: &Hit) -> Hits {
        if let [Element::Node(node), p_rest @ ..] = p
            && let Some(token) = node.sole_token().filter(|token| token.kind == Dots)
        {
            if c.len() == p_rest.len() {
                let at = match c.first() {
                    Some(CElement::Token(index)) => *index as u32,
                    _ => 0,
                };
                let span = Span { first: at, end: at };
                return match self.recorded(token, span, None, hit) {
                    Some(hit) => self.elements(p_rest, c, &hit),
                    None => Vec::new(),
                };
            }
            // A declaration brings its semicolon along.
            if let [CElement::Node(id)] = c
                && self.c_kind(*id) == Declaration
            {
                let span = self.source.span(*id);
                let end = span.end - 1;
                let Some(hit) = self.recorded(
                    token,
                    Span {
                        first: span.first,
                        end,
                    },
                    None,
                    hit,
                ) else {
                    return Vec::new();
                };
                return self.elements(p_rest, &[CElement::Token(end as usize)], &hit);
            }
        }
        self.elements(p, c, hit)
    }

    /// A type wherever one is mentioned.
    pub fn type_fits_at(&self, p: &Node, c: NodeId, hit: &Hit) -> Hits {
        let Some(name) = p.children().next() else {
            return Vec::new();
        };
        let kind = self.c_kind(c);
        if name.kind == PatternDisj {
            return self.disjunction(name, hit, |branch, hit| self.type_fits_at(branch, c, hit));
        }
        let has_declarator = name
            .children()
            .any(|child| super::types::is_declarator(child.kind));
        match kind {
            Specifiers if !has_declarator => {
                let inner = name.child(Specifiers);
                if let Some([Element::Node(disj)]) = inner.map(|inner| &inner.elements[..])
                    && disj.kind == PatternDisj
                {
                    return self.disjunction(disj, hit, |branch, hit| self.type_fits_at(branch, c, hit));
                }
                self.specifiers(inner, Some(c), Around::default(), hit)
            }
            TypeName if has_declarator => self.node(name, c, hit),
            Declaration | Param | Field | Function if has_declarator => self.pointer_type(name, c, hit),
            _ => Vec::new(),
        }
    }

    /// `T *` where the star belongs to a declarator with a name.
    fn pointer_type(&self, name: &Node, c: NodeId, hit: &Hit) -> Hits {
        let tree = &self.source.tree;
        let ps = name.child(Specifiers);
        let cs = tree.child(c, Specifiers);
        let mut declarators: Vec<NodeId> = tree
            .children(c)
            .filter(|&id| tree.kind(id) == InitDeclarator)
            .filter_map(|item| {
                tree.children(item)
                    .find(|&id| super::types::is_declarator(tree.kind(id)))
            })
            .collect();
        declarators.extend(
            tree.children(c)
                .find(|&id| super::types::is_declarator(tree.kind(id))),
        );
        let mut all = Vec::new();
        for declarator in declarators {
            let mut p = name
                .children()
                .find(|child| super::types::is_declarator(child.kind));
            let mut at = Some(declarator);
            let mut stars: Vec<(Token, usize)> = Vec::new();
            while let Some(node) = p {
                let found =
                    at.filter(|&id| node.kind == PointerDeclarator && tree.kind(id) == PointerDeclarator);
                let (Some(id), Some(star)) = (found, node.own_token(Star)) else {
                    stars.clear();
                    break;
                };
                let Some(c_star) = tree.own_token(id, Star) else {
                    break;
                };
                stars.push((star.clone(), c_star));
                p = node
                    .children()
                    .find(|child| super::types::is_declarator(child.kind));
                at = tree
                    .children(id)
                    .find(|&child| super::types::is_declarator(tree.kind(child)));
            }
            if stars.is_empty() {
                continue;
            }
            for hit in self.specifiers(ps, cs, Around::default(), hit) {
                let mut hit = Some(hit);
                for (star, c_star) in &stars {
                    hit = hit.and_then(|hit| self.token(star, *c_star, &hit));
                }
                all.extend(hit);
            }
        }
        all
    }

    /// `#include`, `#define` and other directives.
    pub fn directive(&self, p: &Node, c: NodeId, hit: &Hit) -> Hits {
        if p.kind != self.c_kind(c) {
            return Vec::new();
        }
        let tree = &self.source.tree;
        if p.kind == DefineDirective {
            return self.define(p, c, hit);
        }
        let parts: Vec<usize> = tree.own_tokens(c).collect();
        let tokens = p.tokens();
        let mut hit = hit.clone();
        for (index, token) in tokens.iter().enumerate() {
            if token.kind == Dots && index + 1 == tokens.len() {
                let (Some(&first), Some(&last)) = (parts.get(index), parts.last()) else {
                    return Vec::new();
                };
                let span = Span::token(first).to(Span::token(last));
                return self.recorded(token, span, None, &hit).into_iter().collect();
            }
            if let Some(var) = token.var
                && matches!(self.rule.vars[var as usize].kind, MetaKind::PragmaInfo)
                && let (Some(&first), Some(&last)) = (parts.get(index), parts.last())
            {
                let span = Span::token(first).to(Span::token(last));
                return self
                    .bind_checked(var, Value::Code(Rc::new(self.code(span, 1))), None, &hit)
                    .and_then(|hit| self.recorded(token, span, None, &hit))
                    .into_iter()
                    .collect();
            }
            let Some(&part) = parts.get(index) else {
                return Vec::new();
            };
            match self.token(token, part, &hit) {
                Some(next) => hit = next,
                None => return Vec::new(),
            }
        }
        if tokens.len() == parts.len() {
            vec![hit]
        } else {
            Vec::new()
        }
    }

    fn define(&self, p: &Node, c: NodeId, hit: &Hit) -> Hits {
        let tree = &self.source.tree;
        let p_own: Vec<&Token> = p.own_tokens().collect();
        let c_own: Vec<usize> = tree.own_tokens(c).take(3).collect();
        if p_own.len() < 3 || c_own.len() < 3 {
            return Vec::new();
        }
        let mut hit = hit.clone();
        for (token, &c) in p_own.iter().zip(&c_own) {
            match self.token(token, c, &hit) {
                Some(next) => hit = next,
                None => return Vec::new(),
            }
        }
        let (params, c_params) = (p.child(MacroParams), tree.child(c, MacroParams));
        let hits = match (params, c_params) {
            (None, None) => vec![hit],
            (Some(params), Some(c_params)) => self.macro_params(params, c_params, &hit),
            _ => return Vec::new(),
        };
        match (p.child(MacroBody), tree.child(c, MacroBody)) {
            (None, None) => hits,
            (Some(body), Some(c_body)) => hits
                .iter()
                .flat_map(|hit| self.macro_body(body, c_body, hit))
                .collect(),
            _ => Vec::new(),
        }
    }

    fn macro_params(&self, p: &Node, c: NodeId, hit: &Hit) -> Hits {
        let p: Vec<&Token> = p.tokens();
        let c: Vec<usize> = self
            .source
            .tree
            .token_span(c)
            .filter(|&index| !self.source.token_kind(index).is_trivia())
            .collect();
        let mut hit = hit.clone();
        // `(...)` and a list of names take all that is there.
        if let [open, all, close] = p[..]
            && (all.kind == Dots || all.var.is_some_and(|var| self.is_list(var)))
            && let (Some(&first), Some(&last)) = (c.first(), c.last())
        {
            let span = Span {
                first: first as u32 + 1,
                end: last as u32,
            };
            let count = c
                .iter()
                .filter(|&&index| self.source.token_kind(index) == Ident)
                .count();
            let bound = match all.var {
                Some(var) => self.bind_span(var, span, count, &hit),
                None => Some(hit),
            };
            return bound
                .and_then(|hit| self.token(open, first, &hit))
                .and_then(|hit| self.recorded(all, span, None, &hit))
                .and_then(|hit| self.token(close, last, &hit))
                .into_iter()
                .collect();
        }
        if p.len() != c.len() {
            return Vec::new();
        }
        for (token, c) in p.into_iter().zip(c) {
            match self.token(token, c, &hit) {
                Some(next) => hit = next,
                None => return Vec::new(),
            }
        }
        vec![hit]
    }

    fn macro_body(&self, p: &Node, c: NodeId, hit: &Hit) -> Hits {
        let unwrap = |node: &Node| match (&node.elements[..], node.kind) {
            ([Element::Node(inner)], PatternExpr) => Element::Node(inner.clone()),
            _ => Element::Node(node.clone()),
        };
        let tree = &self.source.tree;
        if let [Element::Node(only)] = &p.elements[..]
            && only.kind == PatternLeaf
            && let Some(token) = only.sole_token().filter(|token| token.kind == Dots)
        {
            return self
                .recorded(token, self.source.span(c), None, hit)
                .into_iter()
                .collect();
        }
        let parts: Vec<CElement> = self
            .parts(c)
            .into_iter()
            .map(|part| match part {
                // A macro body that is an expression may be read as a statement.
                CElement::Node(id) if tree.kind(id) == ExprStmt => {
                    tree.children(id).next().map_or(part, CElement::Node)
                }
                _ => part,
            })
            .collect();
        let wanted: Vec<Element> = p.children().map(unwrap).collect();
        self.elements(&wanted, &parts, hit)
    }
}

/// The parts of a `for` head, each with the semicolon that ends it.
fn slots<T: Clone>(parts: &[T], kind: impl Fn(&T) -> Option<SyntaxKind>) -> Vec<Vec<T>> {
    let mut list: Vec<Vec<T>> = vec![Vec::new()];
    for part in parts {
        let ends = kind(part) == Some(Semicolon);
        if let Some(last) = list.last_mut() {
            last.push(part.clone());
        }
        if ends {
            list.push(Vec::new());
        }
    }
    list
}
