//! Declarations, fields, parameters, type names and function heads: a type around a name.
//!
//! A type metavariable stands for the specifiers and for the stars that belong to the declarator, so these nodes are
//! not compared part by part.

use crate::smpl::pattern::{Element, Mark, Node, Token};
use crate::syntax::{Element as CElement, NodeId, SyntaxKind::*};

use super::fit::{Fitter, Hits};
use super::hit::{Hit, Pair};
use super::source::Span;
use super::specifiers::Around;
use super::types::is_declarator;

impl Fitter<'_> {
    /// A declaration, field, parameter, type name, or the head of a function.
    pub fn declared(&self, p: &Node, c: NodeId, hit: &Hit) -> Hits {
        match p.kind {
            Declaration | Field => self.declaration(p, c, hit),
            Function => self.function_head(p, c, hit),
            _ => self.single(p, c, hit),
        }
    }

    /// A parameter or a type name: specifiers and at most one declarator.
    fn single(&self, p: &Node, c: NodeId, hit: &Hit) -> Hits {
        let tree = &self.source.tree;
        let ps = p.child(Specifiers);
        let pd = p.children().find(|node| is_declarator(node.kind));
        let cs = tree.child(c, Specifiers);
        let cd = tree.children(c).find(|&id| is_declarator(tree.kind(id)));
        let hits = self.typed(ps, pd, cs, cd, hit);
        self.attributes(p, c, hits)
    }

    /// The attributes that stand behind declarators.
    pub(super) fn attributes(&self, p: &Node, c: NodeId, hits: Hits) -> Hits {
        let tree = &self.source.tree;
        let mut hits = hits;
        let mut rest: Vec<NodeId> = tree
            .children(c)
            .filter(|&id| tree.kind(id) == Attribute)
            .collect();
        for wanted in p.children().filter(|node| node.kind == Attribute) {
            let mut next = Vec::new();
            let mut used = None;
            for (index, &attribute) in rest.iter().enumerate() {
                for hit in &hits {
                    next.extend(self.attribute(wanted, attribute, hit));
                }
                if !next.is_empty() {
                    used = Some(index);
                    break;
                }
            }
            match used {
                Some(index) => drop(rest.remove(index)),
                None => return Vec::new(),
            }
            hits = next;
        }
        if !rest.is_empty() && self.is_disabled("optional_attributes") {
            return Vec::new();
        }
        hits
    }

    pub(super) fn attribute(&self, p: &Node, c: NodeId, hit: &Hit) -> Hits {
        if let Some(token) = p.sole_token()
            && let Some(var) = token.var
        {
            return self
                .bind_node(var, c, hit)
                .and_then(|hit| self.recorded(token, self.source.span(c), Some(c), &hit))
                .into_iter()
                .collect();
        }
        self.elements(&p.elements, &self.parts(c), hit)
    }

    fn declaration(&self, p: &Node, c: NodeId, hit: &Hit) -> Hits {
        let tree = &self.source.tree;
        let ps = p.child(Specifiers);
        let cs = tree.child(c, Specifiers);
        let p_items: Vec<&Node> = p.children().filter(|node| node.kind == InitDeclarator).collect();
        let c_items: Vec<NodeId> = tree
            .children(c)
            .filter(|&id| tree.kind(id) == InitDeclarator)
            .collect();
        let parts = self.parts(c);
        let semicolon = |hit: &Hit, keep: bool| match (p.own_token(Semicolon), last_token(&parts)) {
            (Some(p), Some(c)) if self.source.token_kind(c) == Semicolon => {
                self.record(p, Span::token(c), None, keep, hit)
            }
            (None, _) => Some(hit.clone()),
            // A macro that brings its semicolon along.
            (Some(p), _) => self.record(
                p,
                Span {
                    first: self.source.span(c).end,
                    end: self.source.span(c).end,
                },
                None,
                keep,
                hit,
            ),
        };
        if p_items.is_empty() {
            if !c_items.is_empty() {
                // The fields of a structure that a typedef names, too; not what is said of the declaration itself.
                let stays = p
                    .own_token(Semicolon)
                    .is_some_and(|token| self.rule.tokens[token.info as usize].mark == Mark::Context);
                let specs = ps.zip(cs).filter(|_| stays).and_then(|(ps, cs)| {
                    tree.own_token(cs, KwTypedef)?;
                    let wanted = ps
                        .children()
                        .find(|node| matches!(node.kind, StructSpec | UnionSpec))?;
                    Some((wanted, tree.child(cs, wanted.kind)?))
                });
                let Some((wanted, spec)) = specs else {
                    return Vec::new();
                };
                let hits = self.type_part(wanted, spec, hit);
                return hits.iter().filter_map(|hit| semicolon(hit, true)).collect();
            }
            let hits = self.typed(ps, None, cs, None, hit);
            return hits.iter().filter_map(|hit| semicolon(hit, false)).collect();
        }
        if p_items.len() > 1 {
            return self.several(ps, &p_items, cs, &c_items, p, &parts, hit);
        }
        let single = c_items.len() == 1;
        let mut all = Vec::new();
        for (index, &item) in c_items.iter().enumerate() {
            let hits = if single {
                self.item(ps, p_items[0], cs, item, hit)
            } else {
                self.one_of_many(ps, p_items[0], cs, &c_items, index, hit)
            };
            all.extend(hits.iter().filter_map(|hit| semicolon(hit, !single)));
        }
        all
    }

    /// `int a, b;` against a declaration of as many names.
    #[allow(clippy::too_many_arguments, reason = "the two sides of a comparison")]
    fn several(
        &self,
        ps: Option<&Node>,
        p_items: &[&Node],
        cs: Option<NodeId>,
        c_items: &[NodeId],
        p: &Node,
        parts: &[CElement],
        hit: &Hit,
    ) -> Hits {
        if p_items.len() != c_items.len() {
            return Vec::new();
        }
        let mut hits = self.specifiers(ps, cs, Around::default(), hit);
        for (p_item, &c_item) in p_items.iter().zip(c_items) {
            hits = hits
                .iter()
                .flat_map(|hit| self.declarator_item(p_item, c_item, hit))
                .collect();
        }
        let tokens = |kind| {
            let p: Vec<&Token> = p.own_tokens().filter(|token| token.kind == kind).collect();
            let c: Vec<usize> = parts
                .iter()
                .filter_map(|part| match part {
                    CElement::Token(index) if self.source.token_kind(*index) == kind => Some(*index),
                    _ => None,
                })
                .collect();
            (p, c)
        };
        for kind in [Comma, Semicolon] {
            let (p, c) = tokens(kind);
            for (p, c) in p.into_iter().zip(c) {
                hits = hits.iter().filter_map(|hit| self.token(p, c, hit)).collect();
            }
        }
        hits
    }

    /// A declarator with its initializer, the specifiers aside.
    fn declarator_item(&self, p: &Node, c: NodeId, hit: &Hit) -> Hits {
        let tree = &self.source.tree;
        let pd = p.children().find(|node| is_declarator(node.kind));
        let cd = tree.children(c).find(|&id| is_declarator(tree.kind(id)));
        let hits = self.declarator(pd, cd, hit);
        self.item_rest(p, c, hits)
    }

    /// Specifiers and one declarator with its initializer.
    fn item(&self, ps: Option<&Node>, p: &Node, cs: Option<NodeId>, c: NodeId, hit: &Hit) -> Hits {
        let tree = &self.source.tree;
        let pd = p.children().find(|node| is_declarator(node.kind));
        let cd = tree.children(c).find(|&id| is_declarator(tree.kind(id)));
        if pd.is_none() {
            return self.elements(&p.elements, &self.parts(c), hit);
        }
        let hits = self.typed(ps, pd, cs, cd, hit);
        self.item_rest(p, c, hits)
    }

    /// What stands behind a declarator: attributes, a bit field, `=` and an initializer.
    fn item_rest(&self, p: &Node, c: NodeId, hits: Hits) -> Hits {
        let tree = &self.source.tree;
        let hits = self.attributes(p, c, hits);
        let rest = |elements: Vec<Element>| -> Vec<Element> { elements };
        let p_rest: Vec<Element> = rest(
            p.elements
                .iter()
                .filter(|element| !matches!(element, Element::Node(node) if is_declarator(node.kind) || node.kind == Attribute))
                .cloned()
                .collect(),
        );
        let c_rest: Vec<CElement> = self
            .parts(c)
            .into_iter()
            .filter(|element| {
                !matches!(element, CElement::Node(id) if is_declarator(tree.kind(*id)) || tree.kind(*id) == Attribute)
            })
            .collect();
        if p_rest.is_empty() && !c_rest.is_empty() {
            let is_initializer =
                matches!(c_rest[0], CElement::Token(index) if self.source.token_kind(index) == Eq);
            return if is_initializer && self.may_begin(p) {
                hits
            } else {
                Vec::new()
            };
        }
        hits.iter()
            .flat_map(|hit| self.elements(&p_rest, &c_rest, hit))
            .collect()
    }

    /// `T x;` also stands for `T x = e;`, unless it is removed or its place is asked for.
    fn may_begin(&self, p: &Node) -> bool {
        !self.is_disabled("decl_init")
            && p.tokens().iter().all(|token| {
                self.rule
                    .tokens
                    .get(token.info as usize)
                    .is_none_or(|info| info.mark != Mark::Minus && info.attached.is_empty())
            })
    }

    /// One name of a declaration of several: what belongs to all of them stays.
    fn one_of_many(
        &self,
        ps: Option<&Node>,
        p: &Node,
        cs: Option<NodeId>,
        c_items: &[NodeId],
        index: usize,
        hit: &Hit,
    ) -> Hits {
        let item = c_items[index];
        let before = hit.trail.clone();
        self.item(ps, p, cs, item, hit)
            .into_iter()
            .map(|mut hit| {
                // What stands in the specifiers serves the other names, too.
                let shared = cs.map(|cs| self.source.span(cs));
                let known = before.iter().count();
                let mut added: Vec<Pair> = hit.trail.iter().collect();
                added.truncate(added.len() - known);
                hit.trail = before.clone();
                for mut pair in added.into_iter().rev() {
                    let own = shared.and_then(|shared| {
                        let overlaps = pair.span.first < shared.end && pair.span.end > shared.first;
                        overlaps.then(|| self.solid(shared.end, pair.span.end))
                    });
                    pair.keep |= own.is_some();
                    hit.trail = hit.trail.with(pair);
                    // The stars of a type belong to one name.
                    if let Some(Some(span)) = own {
                        hit.trail = hit.trail.with(Pair {
                            span,
                            keep: false,
                            ..pair
                        });
                    }
                }
                hit
            })
            .collect()
    }

    fn function_head(&self, p: &Node, c: NodeId, hit: &Hit) -> Hits {
        let tree = &self.source.tree;
        let pd = p.children().find(|node| is_declarator(node.kind));
        let cd = tree.children(c).find(|&id| is_declarator(tree.kind(id)));
        if tree.kind(c) == MacroFunction {
            return pd.map_or_else(Vec::new, |pd| self.untyped_function(p, pd, c, hit));
        }
        let hits = self.typed(p.child(Specifiers), pd, tree.child(c, Specifiers), cd, hit);
        let mut hits = self.attributes(p, c, hits);
        if let Some(token) = self.removed_as_a_whole(p) {
            // What the rule does not mention of the head goes with the function.
            let block = tree.child(c, Block).map(|block| self.source.span(block).first);
            let span = self.source.span(c);
            let head = Span {
                first: span.first,
                end: block.unwrap_or(span.end),
            };
            for hit in &mut hits {
                hit.trail = hit.trail.with(Pair {
                    info: token.info,
                    span: head,
                    keep: false,
                });
            }
        }
        hits
    }

    /// The first token of a function all tokens of which are removed.
    fn removed_as_a_whole<'n>(&self, p: &'n Node) -> Option<&'n Token> {
        let tokens = p.tokens();
        let removed = |token: &&Token| {
            self.rule
                .tokens
                .get(token.info as usize)
                .is_some_and(|info| info.mark == crate::smpl::pattern::Mark::Minus)
        };
        let (first, last) = (*tokens.first()?, *tokens.last()?);
        (removed(&first) && removed(&last)).then_some(first)
    }

    /// `main(int x) { … }`: without a type the code looks like a macro with a body.
    fn untyped_function(&self, p: &Node, pd: &Node, c: NodeId, hit: &Hit) -> Hits {
        let tree = &self.source.tree;
        let (Some(call), Some(name), Some(params)) = (
            tree.child(c, CallExpr),
            pd.child(NameDeclarator),
            pd.child(ParamList),
        ) else {
            return Vec::new();
        };
        let (Some(c_name), Some(list)) = (tree.child(call, NameExpr), tree.child(call, ArgList)) else {
            return Vec::new();
        };
        let Some(c_token) = tree.own_tokens(c_name).next() else {
            return Vec::new();
        };
        let is_macro = !self.source.token(c_token).iter().any(u8::is_ascii_lowercase);
        if p.child(Specifiers).is_some() || is_macro {
            return Vec::new();
        }
        self.elements(&name.elements, &[CElement::Token(c_token)], hit)
            .iter()
            .flat_map(|hit| self.list(params, list, hit))
            .collect()
    }

    /// Specifiers and a declarator on both sides.
    pub fn typed(
        &self,
        ps: Option<&Node>,
        pd: Option<&Node>,
        cs: Option<NodeId>,
        cd: Option<NodeId>,
        hit: &Hit,
    ) -> Hits {
        let tree = &self.source.tree;
        let has_type = ps.is_some_and(|ps| self.type_parts(ps).next().is_some());
        let type_var = ps.and_then(|ps| self.type_variable(ps));
        if has_type && type_var.is_none() {
            let hits = self.specifiers(ps, cs, Around::default(), hit);
            return hits.iter().flat_map(|hit| self.declarator(pd, cd, hit)).collect();
        }
        // Stars of the code may belong to the type that the metavariable stands for, or to a type that is not mentioned.
        let mut all = Vec::new();
        let mut at = cd;
        loop {
            let around = self.around(cd, at);
            for hit in self.declarator(pd, at, hit) {
                all.extend(self.specifiers(ps, cs, around, &hit));
            }
            // What stands around a name on both sides, as in an array or a pointer to a function.
            if type_var.is_some()
                && pd.is_none_or(|pd| pd.kind == NameDeclarator)
                && let (Some(outer), Some(inner)) = (cd, at)
                && let Some((split, name)) = self.object(inner)
            {
                let whole = self.source.span(outer);
                let names = match (pd, name) {
                    (None, None) => vec![hit.clone()],
                    _ => self.declarator(pd, name, hit),
                };
                let around = Around {
                    before: self.solid(whole.first, split.first),
                    behind: self.solid(split.end, whole.end),
                };
                for hit in names {
                    all.extend(self.specifiers(ps, cs, around, &hit));
                }
            }
            match at {
                Some(id) if tree.kind(id) == PointerDeclarator && tree.own_token(id, Star).is_some() => {
                    at = tree.children(id).find(|&child| is_declarator(tree.kind(child)));
                }
                _ => break,
            }
            if !self.step() {
                break;
            }
        }
        all
    }

    /// The tokens from `first` on without white space at the ends.
    fn solid(&self, first: u32, end: u32) -> Option<Span> {
        let is_solid = |at: &u32| !self.source.token_kind(*at as usize).is_trivia();
        let first = (first..end).find(is_solid)?;
        let last = (first..end).rfind(is_solid)?;
        Some(Span { first, end: last + 1 })
    }

    /// What of a declarator stands around `inner`, a part of it that begins behind stars.
    fn around(&self, whole: Option<NodeId>, inner: Option<NodeId>) -> Around {
        let before = whole.and_then(|whole| {
            let whole = self.source.span(whole);
            let end = inner.map_or(whole.end, |inner| self.source.span(inner).first);
            self.solid(whole.first, end)
        });
        Around { before, behind: None }
    }

    /// Where the name of an object is or would be in an array or in parentheses; not of a function.
    fn object(&self, declarator: NodeId) -> Option<(Span, Option<NodeId>)> {
        let tree = &self.source.tree;
        let mut at = declarator;
        let mut around = tree.kind(at);
        if !matches!(around, ArrayDeclarator | FunctionDeclarator | ParenDeclarator) {
            return None;
        }
        loop {
            let kind = tree.kind(at);
            if kind == NameDeclarator {
                return (around != FunctionDeclarator).then(|| (self.source.span(at), Some(at)));
            }
            if kind != ParenDeclarator {
                around = kind;
            }
            let Some(inner) = tree.children(at).find(|&child| is_declarator(tree.kind(child))) else {
                let span = self.source.span(at);
                let place = match kind {
                    PointerDeclarator => span.end,
                    ArrayDeclarator => span.first,
                    _ => return None,
                };
                let split = Span {
                    first: place,
                    end: place,
                };
                return Some((split, None));
            };
            at = inner;
        }
    }

    /// Declarators, from the outside in.
    pub fn declarator(&self, p: Option<&Node>, c: Option<NodeId>, hit: &Hit) -> Hits {
        let (p, c) = match (p, c) {
            (Some(p), Some(c)) => (p, c),
            (None, None) => return vec![hit.clone()],
            _ => return Vec::new(),
        };
        if !self.step() || p.kind != self.c_kind(c) {
            return Vec::new();
        }
        if p.kind == NameDeclarator {
            return self.elements(&p.elements, &self.parts(c), hit);
        }
        if p.kind == PointerDeclarator {
            return self.pointer(p, c, hit);
        }
        if p.kind == FunctionDeclarator || p.kind == ArrayDeclarator {
            return self.declarator_parts(p, c, hit);
        }
        self.declarator_parts(p, c, hit)
    }

    fn declarator_parts(&self, p: &Node, c: NodeId, hit: &Hit) -> Hits {
        let parts = self.parts(c);
        if p.elements.len() != parts.len() {
            return Vec::new();
        }
        let mut hits = vec![hit.clone()];
        for (p, c) in p.elements.iter().zip(parts) {
            hits = hits
                .iter()
                .flat_map(|hit| match (p, c) {
                    (Element::Node(p), CElement::Node(c)) if is_declarator(p.kind) => {
                        self.declarator(Some(p), Some(c), hit)
                    }
                    (Element::Node(p), CElement::Node(c)) => self.node(p, c, hit),
                    (Element::Token(p), CElement::Token(c)) => self.token(p, c, hit).into_iter().collect(),
                    _ => Vec::new(),
                })
                .collect();
        }
        hits
    }

    /// `*` with qualifiers and attributes that may be left out in the rule.
    fn pointer(&self, p: &Node, c: NodeId, hit: &Hit) -> Hits {
        let tree = &self.source.tree;
        let (Some(star), Some(c_star)) = (p.own_token(Star), tree.own_token(c, Star)) else {
            return Vec::new();
        };
        let Some(mut hit) = self.token(star, c_star, hit) else {
            return Vec::new();
        };
        for token in p.own_tokens().filter(|token| token.kind == KwQualifier) {
            let found = tree
                .own_tokens(c)
                .find(|&index| *self.source.token(index) == *token.text);
            match found.and_then(|found| self.token(token, found, &hit)) {
                Some(next) => hit = next,
                None => return Vec::new(),
            }
        }
        let is_said = |index: usize| {
            p.own_tokens()
                .any(|token| *token.text == *self.source.token(index))
        };
        let is_parameter = tree
            .enclosing(c, |kind| matches!(kind, Param | Declaration | Field | Function))
            .is_some_and(|around| tree.kind(around) == Param);
        let is_replaced = self.rule.tokens[star.info as usize].mark == Mark::Minus
            && !self.rule.plus.is_empty()
            && !is_parameter;
        if is_replaced
            && let Some(left) = tree
                .own_tokens(c)
                .find(|&index| self.source.token_kind(index) == KwQualifier && !is_said(index))
        {
            // It would say something of another type in the code that comes.
            if let Some(watch) = self.watch {
                let why = || "the rule replaces a pointer without this qualifier".to_owned();
                watch.missed(self.rule, star, Span::token(left), why);
            }
            return Vec::new();
        }
        let hits = self.attributes(p, c, vec![hit]);
        let pd = p.children().find(|node| is_declarator(node.kind));
        let cd = tree.children(c).find(|&id| is_declarator(tree.kind(id)));
        hits.iter().flat_map(|hit| self.declarator(pd, cd, hit)).collect()
    }
}

fn last_token(parts: &[CElement]) -> Option<usize> {
    match parts.last() {
        Some(CElement::Token(index)) => Some(*index),
        _ => None,
    }
}
