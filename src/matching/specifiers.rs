//! Specifiers: storage classes, qualifiers, attributes and the words of a type, in any order.

use std::rc::Rc;

use crate::smpl::pattern::{Element, Node, Token};
use crate::syntax::{Element as CElement, NodeId, SyntaxKind, SyntaxKind::*};

use super::fit::{Fitter, Hits};
use super::hit::{Hit, Pair};
use super::source::Span;
use super::types::canonical;
use super::value::{Code, Value};

impl Fitter<'_> {
    /// The metavariable that stands for the whole type.
    pub(super) fn type_variable<'n>(&self, ps: &'n Node) -> Option<&'n Token> {
        let mut parts = self.type_parts(ps);
        let only = parts.next()?;
        if parts.next().is_some() {
            return None;
        }
        match only {
            Element::Node(node) if node.kind == TypeRef => {
                node.sole_token().filter(|token| token.kind == MetaType)
            }
            _ => None,
        }
    }

    /// The parts of specifiers that make the type.
    pub(super) fn type_parts<'n>(&self, ps: &'n Node) -> impl Iterator<Item = &'n Element> {
        ps.elements.iter().filter(|element| match element {
            Element::Token(token) => matches!(token.kind, KwBuiltinType | KwAutoType | MetaType),
            Element::Node(node) => !matches!(node.kind, Attribute | AlignasSpec),
        })
    }

    /// Specifiers, and what of the declarator belongs to the type.
    pub(super) fn specifiers(
        &self,
        ps: Option<&Node>,
        cs: Option<NodeId>,
        around: Around,
        hit: &Hit,
    ) -> Hits {
        let Some(ps) = ps else { return vec![hit.clone()] };
        let tree = &self.source.tree;
        let parts: Vec<CElement> = cs.map(|cs| self.parts(cs)).unwrap_or_default();
        let token_kind = |part: &CElement| match part {
            CElement::Token(index) => Some(self.source.token_kind(*index)),
            CElement::Node(_) => None,
        };
        let mut hits = vec![hit.clone()];
        // Storage classes and qualifiers: those of the rule have to be there; others may.
        let mut optional_storage = !self.is_disabled("optional_storage");
        for element in &ps.elements {
            if let Element::Token(token) = element
                && matches!(
                    token.kind,
                    KwStorage | KwTypedef | KwInline | KwQualifier | KwExtension | Ident
                )
            {
                optional_storage &= token.kind == KwQualifier || token.kind == KwExtension;
                let found = parts.iter().find_map(|part| match part {
                    CElement::Token(index) if *self.source.token(*index) == *token.text => Some(*index),
                    _ => None,
                });
                let Some(found) = found else { return Vec::new() };
                hits = hits
                    .iter()
                    .filter_map(|hit| self.token(token, found, hit))
                    .collect();
            }
            if let Element::Node(wanted) = element
                && wanted.kind == Attribute
            {
                let mut next = Vec::new();
                for part in &parts {
                    if let CElement::Node(id) = part
                        && tree.kind(*id) == Attribute
                        && next.is_empty()
                    {
                        next = hits
                            .iter()
                            .flat_map(|hit| self.attribute(wanted, *id, hit))
                            .collect();
                    }
                }
                hits = next;
            }
        }
        let p_has = |kind: SyntaxKind| ps.own_token(kind).is_some();
        for part in &parts {
            match token_kind(part) {
                Some(KwTypedef) if !p_has(KwTypedef) => return Vec::new(),
                Some(KwStorage) if !p_has(KwStorage) && !optional_storage => return Vec::new(),
                Some(KwQualifier) if !p_has(KwQualifier) && self.is_disabled("optional_qualifier") => {
                    return Vec::new();
                }
                _ => {}
            }
        }
        // The type itself.
        let c_types: Vec<CElement> = parts
            .iter()
            .copied()
            .filter(|part| match part {
                CElement::Token(index) => {
                    matches!(self.source.token_kind(*index), KwBuiltinType | KwAutoType)
                }
                CElement::Node(id) => !matches!(tree.kind(*id), Attribute | AlignasSpec),
            })
            .collect();
        let p_types: Vec<&Element> = self.type_parts(ps).collect();
        if p_types.is_empty() {
            return hits;
        }
        hits.iter()
            .flat_map(|hit| self.type_words(ps, &p_types, cs, &c_types, around, hit))
            .collect()
    }

    fn type_words(
        &self,
        ps: &Node,
        p_types: &[&Element],
        cs: Option<NodeId>,
        c_types: &[CElement],
        around: Around,
        hit: &Hit,
    ) -> Hits {
        if let Some(token) = self.type_variable(ps)
            && let Some(var) = token.var
        {
            return self
                .whole_type(token, var, ps, cs, c_types, around, hit)
                .into_iter()
                .collect();
        }
        if let [Element::Node(disj)] = p_types
            && disj.kind == PatternDisj
        {
            return self.disjunction(disj, hit, |branch, hit| {
                let Some(name) = branch.children().next() else {
                    return Vec::new();
                };
                let inner = if name.kind == TypeName {
                    name.child(Specifiers)
                } else {
                    Some(name)
                };
                inner.map_or_else(Vec::new, |inner| {
                    let p_types: Vec<&Element> = self.type_parts(inner).collect();
                    self.type_words(inner, &p_types, cs, c_types, around, hit)
                })
            });
        }
        let words = |types: &[CElement]| -> Option<Vec<&[u8]>> {
            types
                .iter()
                .map(|part| match part {
                    CElement::Token(index) => Some(self.source.token(*index)),
                    CElement::Node(_) => None,
                })
                .collect()
        };
        // `unsigned T`: the metavariable takes the words that are left.
        if p_types.len() > 1
            && let Some(var_at) = p_types.iter().position(|part| is_type_variable(part))
        {
            return self.partial_type(p_types, var_at, c_types, hit);
        }
        let p_words: Option<Vec<&Token>> = p_types
            .iter()
            .map(|part| match part {
                Element::Token(token) if token.kind == KwBuiltinType => Some(token),
                _ => None,
            })
            .collect();
        if let (Some(p_words), Some(c_words)) = (p_words, words(c_types)) {
            let texts: Vec<&[u8]> = p_words.iter().map(|token| &*token.text).collect();
            if c_words.is_empty() || canonical(&texts) != canonical(&c_words) {
                return Vec::new();
            }
            return self.words_recorded(&p_words, c_types, hit).into_iter().collect();
        }
        if p_types.len() != c_types.len() {
            return Vec::new();
        }
        let pattern: Vec<Element> = p_types.iter().map(|part| (*part).clone()).collect();
        let mut hits = vec![hit.clone()];
        for (p, c) in pattern.iter().zip(c_types) {
            hits = hits
                .iter()
                .flat_map(|hit| match (p, c) {
                    (Element::Node(p), CElement::Node(c)) => self.type_part(p, *c, hit),
                    (Element::Token(p), CElement::Token(c)) => self.token(p, *c, hit).into_iter().collect(),
                    _ => Vec::new(),
                })
                .collect();
        }
        hits
    }

    pub(super) fn type_part(&self, p: &Node, c: NodeId, hit: &Hit) -> Hits {
        if p.kind == StructSpec
            && let Some(Element::Token(token)) = p.elements.first()
            && let Some(var) = token.var.filter(|_| token.kind == MetaType)
        {
            return self.record_of_type(p, token, var, c, hit);
        }
        let wanted_fields = p.child(FieldList).is_some() || p.child(EnumeratorList).is_some();
        let tree = &self.source.tree;
        let has_fields = tree.child(c, FieldList).is_some() || tree.child(c, EnumeratorList).is_some();
        if p.kind == self.c_kind(c)
            && matches!(p.kind, StructSpec | UnionSpec | EnumSpec)
            && wanted_fields == has_fields
        {
            return self.record_spec(p, c, hit);
        }
        self.node(p, c, hit)
    }

    /// `struct tag { … }` with attributes that may be left out in the rule.
    fn record_spec(&self, p: &Node, c: NodeId, hit: &Hit) -> Hits {
        let tree = &self.source.tree;
        let p_parts: Vec<Element> = p
            .elements
            .iter()
            .filter(|element| !matches!(element, Element::Node(node) if node.kind == Attribute))
            .cloned()
            .collect();
        let c_parts: Vec<CElement> = self
            .parts(c)
            .into_iter()
            .filter(|part| !matches!(part, CElement::Node(id) if tree.kind(*id) == Attribute))
            .collect();
        let hits = self.elements(&p_parts, &c_parts, hit);
        self.attributes(p, c, hits)
    }

    /// `T { … }`: the metavariable stands for `struct tag`.
    fn record_of_type(&self, p: &Node, token: &Token, var: crate::smpl::VarId, c: NodeId, hit: &Hit) -> Hits {
        let tree = &self.source.tree;
        if !matches!(tree.kind(c), StructSpec | UnionSpec | EnumSpec) {
            return Vec::new();
        }
        let (Some(fields), Some(c_fields)) = (p.child(FieldList), tree.child(c, FieldList)) else {
            return Vec::new();
        };
        let whole = self.source.span(c);
        let mut end = self.source.span(c_fields).first;
        while end > whole.first && self.source.token_kind(end as usize - 1).is_trivia() {
            end -= 1;
        }
        let span = Span {
            first: whole.first,
            end,
        };
        let code = self.code(span, 1);
        let Some(hit) = self
            .bind_checked(var, Value::Code(Rc::new(code)), None, hit)
            .and_then(|hit| self.recorded(token, span, None, &hit))
        else {
            return Vec::new();
        };
        self.node(fields, c_fields, &hit)
    }

    fn words_recorded(&self, p: &[&Token], c: &[CElement], hit: &Hit) -> Option<Hit> {
        let mut hit = hit.clone();
        let mut left: Vec<usize> = c
            .iter()
            .filter_map(|part| match part {
                CElement::Token(index) => Some(*index),
                CElement::Node(_) => None,
            })
            .collect();
        let mut last = None;
        for (index, token) in p.iter().enumerate() {
            let same = left.iter().position(|&c| *self.source.token(c) == *token.text);
            let span = match same {
                Some(at) => Span::token(left.remove(at)),
                None => {
                    let at = last.map_or(self.element_first(c), |last: Span| last.end);
                    Span { first: at, end: at }
                }
            };
            last = Some(span);
            hit = self.recorded(token, span, None, &hit)?;
            if index + 1 == p.len() {
                // Words that the rule leaves out, such as the `int` of `long int`, share the fate of the last one.
                for &more in &left {
                    hit = self.recorded_again(token, Span::token(more), &hit);
                }
            }
        }
        Some(hit)
    }

    fn element_first(&self, c: &[CElement]) -> u32 {
        match c.first() {
            Some(CElement::Token(index)) => *index as u32,
            Some(CElement::Node(id)) => self.source.span(*id).first,
            None => 0,
        }
    }

    /// Notes further tokens for one token of the pattern: only whether they are removed counts.
    pub(super) fn recorded_again(&self, token: &Token, span: Span, hit: &Hit) -> Hit {
        let info = &self.rule.tokens[token.info as usize];
        let mut hit = hit.clone();
        if info.mark != crate::smpl::pattern::Mark::Context {
            hit.trail = hit.trail.with(Pair {
                info: token.info,
                span,
                keep: false,
            });
        }
        hit
    }

    fn partial_type(&self, p: &[&Element], var_at: usize, c: &[CElement], hit: &Hit) -> Hits {
        let mut left: Vec<usize> = Vec::new();
        for part in c {
            match part {
                CElement::Token(index) => left.push(*index),
                CElement::Node(_) => return Vec::new(),
            }
        }
        let mut hit = hit.clone();
        for (index, part) in p.iter().enumerate() {
            if index == var_at {
                continue;
            }
            let Element::Token(token) = part else {
                return Vec::new();
            };
            let Some(at) = left.iter().position(|&c| *self.source.token(c) == *token.text) else {
                return Vec::new();
            };
            match self.recorded(token, Span::token(left.remove(at)), None, &hit) {
                Some(next) => hit = next,
                None => return Vec::new(),
            }
        }
        let Some(token) = type_variable_token(p[var_at]) else {
            return Vec::new();
        };
        let (Some(var), Some(&first), Some(&last)) = (token.var, left.first(), left.last()) else {
            return Vec::new();
        };
        let words: Vec<&[u8]> = left.iter().map(|&index| self.source.token(index)).collect();
        let mut code = Code::made(&canonical(&words));
        code.text = words.join(&b' ');
        let span = Span {
            first: first as u32,
            end: last as u32 + 1,
        };
        self.bind_checked(var, Value::Code(Rc::new(code)), None, &hit)
            .and_then(|hit| self.recorded(token, span, None, &hit))
            .into_iter()
            .collect()
    }

    /// A type with the attributes that stand right before it and behind it, which go where it goes.
    fn with_attributes(&self, span: Span, parts: &[CElement]) -> Span {
        let is_attribute =
            |part: &CElement| matches!(part, CElement::Node(id) if self.c_kind(*id) == Attribute);
        let before = parts
            .iter()
            .rev()
            .skip_while(|part| self.element_first(&[**part]) >= span.first);
        let behind = parts
            .iter()
            .skip_while(|part| self.element_first(&[**part]) < span.end);
        let mut span = span;
        for part in before
            .take_while(|part| is_attribute(part))
            .chain(behind.take_while(|part| is_attribute(part)))
        {
            span = span.to(self.element_span(*part));
        }
        span
    }

    /// A metavariable that stands for the whole type, with what belongs to it around the name.
    #[allow(clippy::too_many_arguments, reason = "the two sides of a comparison")]
    fn whole_type(
        &self,
        token: &Token,
        var: crate::smpl::VarId,
        ps: &Node,
        cs: Option<NodeId>,
        c_types: &[CElement],
        around: Around,
        hit: &Hit,
    ) -> Option<Hit> {
        let cs = cs?;
        let (first, last) = (c_types.first()?, c_types.last()?);
        let type_span = self.element_span(*first).to(self.element_span(*last));
        let parts = self.parts(cs);
        let own = self.with_attributes(type_span, &parts);
        let mut spans = vec![own];
        // Qualifiers before the type belong to it, unless the rule speaks of them.
        let mut qualifier = Vec::new();
        if ps.own_token(KwQualifier).is_none() {
            for part in &parts {
                if let CElement::Token(index) = *part
                    && self.source.token_kind(index) == KwQualifier
                {
                    spans.push(Span::token(index));
                    qualifier.extend_from_slice(self.source.token(index));
                    qualifier.push(b' ');
                }
            }
        }
        let words: Option<Vec<&[u8]>> = c_types
            .iter()
            .map(|part| match part {
                CElement::Token(index) => Some(self.source.token(*index)),
                CElement::Node(_) => None,
            })
            .collect();
        let name = match words {
            Some(words) => canonical(&words),
            None => self.source.key(type_span),
        };
        let mut key = qualifier.clone();
        key.extend_from_slice(&name);
        let mut text = qualifier;
        text.extend_from_slice(self.source.range(type_span).slice(&self.source.text));
        for part in parts
            .iter()
            .map(|part| self.element_span(*part))
            .filter(|part| part.first >= type_span.end && part.end <= own.end)
        {
            let word = self.source.range(part).slice(&self.source.text);
            if !word.contains(&b'(') && self.source.token_kind(part.first as usize) != KwQualifier {
                text.push(b' ');
                text.extend_from_slice(word);
            }
        }
        if let Some(before) = around.before {
            spans.push(before);
            key.push(b' ');
            key.extend_from_slice(&self.source.key(before));
            text.push(b' ');
            text.extend_from_slice(&self.source.spelled(before));
        }
        let mut suffix = Vec::new();
        if let Some(behind) = around.behind {
            key.push(b' ');
            key.extend_from_slice(&self.source.key(behind));
            suffix.extend_from_slice(self.source.range(behind).slice(&self.source.text));
        }
        let (span, rest) = self.gathered(own, spans);
        let code = Code {
            key,
            text,
            count: 1,
            span: Some(span),
            suffix,
            ty: None,
        };
        let mut hit = self
            .bind_checked(var, Value::Code(Rc::new(code)), None, hit)
            .and_then(|hit| self.recorded(token, span, None, &hit))?;
        for span in rest.into_iter().chain(around.behind) {
            hit = self.recorded_again(token, span, &hit);
        }
        Some(hit)
    }

    /// What of several spans is one with `own`, and the others.
    fn gathered(&self, own: Span, mut spans: Vec<Span>) -> (Span, Vec<Span>) {
        spans.sort_unstable();
        let mut list: Vec<Span> = Vec::new();
        for span in spans {
            match list.last_mut() {
                Some(last)
                    if (last.end..span.first).all(|at| self.source.token_kind(at as usize).is_trivia()) =>
                {
                    *last = last.to(span);
                }
                _ => list.push(span),
            }
        }
        let at = list
            .iter()
            .position(|span| span.first <= own.first && own.end <= span.end);
        let whole = at.map_or(own, |at| list.remove(at));
        (whole, list)
    }
}

/// What of a declarator belongs to the type that a metavariable stands for.
#[derive(Clone, Copy, Default)]
pub(super) struct Around {
    /// Before the name: `*const`, `(*`.
    pub before: Option<Span>,
    /// Behind it: `[3]`, `)(void)`.
    pub behind: Option<Span>,
}

fn is_type_variable(part: &Element) -> bool {
    type_variable_token(part).is_some()
}

fn type_variable_token(part: &Element) -> Option<&Token> {
    match part {
        Element::Token(token) if token.kind == MetaType => Some(token),
        Element::Node(node) if node.kind == TypeRef => {
            node.sole_token().filter(|token| token.kind == MetaType)
        }
        _ => None,
    }
}
