//! Does a piece of pattern fit a piece of code? Trees are compared node by node.

use std::cell::Cell;
use std::string::String;

use bstr::ByteSlice;
use rustc_hash::FxHashMap;

use crate::smpl::pattern::{Element, Mark, Node, Token};
use crate::smpl::{MatchRule, VarId};
use crate::syntax::{Element as CElement, NodeId, SyntaxKind, SyntaxKind::*};

use super::engine::Conditions;
use super::hit::{Hit, Pair};
use super::miss::Watch;
use super::source::{Source, Span};
use super::types::Types;
use super::value::Value;

/// Compares patterns of one rule with the code of one file.
pub struct Fitter<'a> {
    /// The rule.
    pub rule: &'a MatchRule,
    /// The file.
    pub source: &'a Source,
    /// The types of its expressions.
    pub types: &'a Types<'a>,
    /// Isomorphisms that are switched off, or `all`.
    pub disabled: &'a [String],
    /// The regular expressions of the rules, compiled.
    pub regexes: &'a super::regexes::Regexes,
    /// All places that a position of another rule has in any environment.
    pub places: &'a FxHashMap<VarId, Vec<Value>>,
    /// What checks constraints that are scripts.
    pub conditions: &'a dyn Conditions,
    /// How many comparisons are left before the search is given up.
    pub budget: &'a Cell<u64>,
    /// Who wants to know what failed.
    pub watch: Option<&'a Watch>,
}

/// Ways to fit.
pub type Hits = Vec<Hit>;

/// More ways than this are not followed.
pub const MAX_HITS: usize = 500;

impl Fitter<'_> {
    /// Whether comparing may go on; counts one step.
    pub fn step(&self) -> bool {
        let left = self.budget.get();
        self.budget.set(left.saturating_sub(1));
        left > 0
    }

    /// Whether an isomorphism or a built-in liberty is switched off.
    pub fn is_disabled(&self, name: &str) -> bool {
        self.disabled.iter().any(|other| other == name || other == "all")
    }

    pub(super) fn c_kind(&self, id: NodeId) -> SyntaxKind {
        self.source.tree.kind(id)
    }

    /// The parts of a node of the code that count.
    pub fn parts(&self, id: NodeId) -> Vec<CElement> {
        self.source
            .tree
            .elements(id)
            .filter(|element| match element {
                CElement::Token(index) => !self.source.token_kind(*index).is_trivia(),
                CElement::Node(id) => !is_island(self.c_kind(*id)),
            })
            .collect()
    }

    /// The ways in which a pattern fits a node.
    pub fn node(&self, p: &Node, c: NodeId, hit: &Hit) -> Hits {
        if !self.step() {
            return Vec::new();
        }
        match p.kind {
            PatternLeaf => self.leaf(p, c, hit),
            PatternDisj if p.is_conjunction() => self.conjunction(p, hit, |p, hit| self.branch(p, c, hit)),
            PatternDisj => self.disjunction(p, hit, |p, hit| self.branch(p, c, hit)),
            PatternNest => self.nest(p, c, hit),
            PatternExpr | PatternBranch => match &p.elements[..] {
                [Element::Node(inner)] => self.node(inner, c, hit),
                _ => Vec::new(),
            },
            NameExpr if self.stands_for_expression(p) => self.leaf(p, c, hit),
            Param if self.c_kind(c) == NameExpr => self.type_argument(p, c, hit),
            Declaration | Field | Param | TypeName | Function => {
                if p.kind == self.c_kind(c) || p.kind == Function && self.c_kind(c) == MacroFunction {
                    self.declared(p, c, hit)
                } else {
                    Vec::new()
                }
            }
            Specifiers => {
                if self.c_kind(c) == Specifiers {
                    self.specifiers(Some(p), Some(c), None, hit)
                } else {
                    Vec::new()
                }
            }
            ArgList | ParamList | InitializerList | EnumeratorList if p.kind == self.c_kind(c) => {
                self.list(p, c, hit)
            }
            FieldList | Block if p.kind == self.c_kind(c) => self.sequence(p, c, hit),
            Literal if self.c_kind(c) == Literal => self.literal(p, c, hit),
            CompoundLiteral | CastExpr if p.kind == self.c_kind(c) => self.parts_fit(p, c, hit),
            AssignExpr if self.c_kind(c) == InitDeclarator => self.initialized(p, c, hit),
            BinaryExpr if let Some(chain) = open_chain(p) => self.chain(&chain, p, c, hit),
            kind if kind == self.c_kind(c) => self.parts_fit(p, c, hit),
            _ => {
                self.other_kind(p, self.source.span(c));
                Vec::new()
            }
        }
    }

    /// Tells who looks on that a piece of pattern is nothing like what stands at `span`.
    pub(super) fn other_kind(&self, p: &Node, span: Span) {
        if let Some(watch) = self.watch
            && let Some(token) = p.tokens().first()
        {
            watch.missed(self.rule, token, span, || {
                let words: Vec<_> = p.tokens().iter().map(|token| token.text.to_str_lossy()).collect();
                format!("the rule has `{}` here", words.join(" "))
            });
        }
    }

    /// Tells who looks on that a metavariable cannot hold what stands at `span`.
    fn not_bound(&self, token: &Token, var: VarId, span: Span, hit: &Hit) {
        if let Some(watch) = self.watch {
            watch.missed(self.rule, token, span, || {
                let name = &self.rule.vars[var as usize].name;
                match hit.env.value(var) {
                    Some(Value::Code(code)) => format!("`{name}` is `{}` already", code.text.to_str_lossy()),
                    _ => format!("this is nothing that `{name}` may stand for"),
                }
            });
        }
    }

    /// `a || ...`: some operand of a chain of `||`, which may be the only one.
    fn chain(&self, wanted: &[&Node], p: &Node, c: NodeId, hit: &Hit) -> Hits {
        let tokens = p.tokens();
        let (Some(operator), Some(dots)) = (p.own_tokens().next(), tokens.last()) else {
            return Vec::new();
        };
        let tree = &self.source.tree;
        let is_removed = |token: &Token| {
            let info = self.rule.tokens.get(token.info as usize);
            info.is_some_and(|info| info.mark == Mark::Minus)
        };
        let removed = tokens.iter().filter(|token| is_removed(token)).count();
        if is_removed(operator) && removed < tokens.len() {
            // What would stay of the chain is no expression, unless it has as many operands.
            return self.parts_fit(p, c, hit);
        }
        let continues =
            |id: NodeId| tree.kind(id) == BinaryExpr && tree.own_token(id, operator.kind).is_some();
        let mut operands = Vec::new();
        let mut open = vec![c];
        while let Some(id) = open.pop() {
            if continues(id) {
                open.extend(tree.children(id).collect::<Vec<_>>().into_iter().rev());
            } else {
                operands.push(id);
            }
        }
        let mut hits = vec![(hit.clone(), 0)];
        for wanted in wanted {
            let mut next = Vec::new();
            for (hit, from) in &hits {
                for (index, &operand) in operands.iter().enumerate().skip(*from) {
                    next.extend(
                        self.node(wanted, operand, hit)
                            .into_iter()
                            .map(|hit| (hit, index + 1)),
                    );
                }
            }
            next.truncate(MAX_HITS);
            hits = next;
        }
        let whole = is_removed(operator).then(|| self.source.span(c));
        let rest = |hit| match whole {
            Some(span) => self.recorded(dots, span, None, &hit),
            None => Some(hit),
        };
        hits.into_iter().filter_map(|(hit, _)| rest(hit)).collect()
    }

    fn branch(&self, p: &Node, c: NodeId, hit: &Hit) -> Hits {
        self.node(p, c, hit)
    }

    /// `x = e` also stands for the begin of a variable's life: `T x = e`.
    fn initialized(&self, p: &Node, c: NodeId, hit: &Hit) -> Hits {
        let parts = self.parts(c);
        let [
            CElement::Node(declarator),
            ..,
            CElement::Token(equals),
            CElement::Node(value),
        ] = parts[..]
        else {
            return Vec::new();
        };
        let [
            Element::Node(left),
            Element::Token(operator),
            Element::Node(right),
        ] = &p.elements[..]
        else {
            return Vec::new();
        };
        if self.source.token_kind(equals) != Eq || !matches!(operator.kind, Eq | MetaAssign) {
            return Vec::new();
        }
        let tree = &self.source.tree;
        let name = std::iter::once(declarator)
            .chain(tree.descendants(declarator))
            .find(|&id| tree.kind(id) == NameDeclarator)
            .and_then(|id| tree.own_token(id, Ident));
        let Some(name) = name else { return Vec::new() };
        let Some(hit) = self.declared_name(left, name, c, hit) else {
            return Vec::new();
        };
        let Some(hit) = self.token(operator, equals, &hit) else {
            return Vec::new();
        };
        self.node(right, value, &hit)
    }

    /// The left side of an assignment against the name in a declaration.
    fn declared_name(&self, p: &Node, name: usize, c: NodeId, hit: &Hit) -> Option<Hit> {
        let token = p.sole_token()?;
        let hit = match token.var {
            Some(var) => self.bind_declared(var, name, c, hit)?,
            None if *token.text == *self.source.token(name) => hit.clone(),
            None => return None,
        };
        self.recorded(token, Span::token(name), None, &hit)
    }

    /// A type metavariable as an argument: `f(T, …)`, where the code has the name of a type.
    fn type_argument(&self, p: &Node, c: NodeId, hit: &Hit) -> Hits {
        let Some(token) = p.sole_token().filter(|token| token.kind == MetaType) else {
            return Vec::new();
        };
        let Some(var) = token.var else { return Vec::new() };
        let span = self.source.span(c);
        let value = Value::Code(std::rc::Rc::new(self.code(span, 1)));
        self.bind_checked(var, value, None, hit)
            .and_then(|hit| self.recorded(token, span, Some(c), &hit))
            .into_iter()
            .collect()
    }

    /// Whether this is a name that is declared as standing for whatever fits.
    fn stands_for_expression(&self, p: &Node) -> bool {
        p.sole_token().and_then(|token| token.var).is_some_and(|var| {
            matches!(
                self.rule.vars[var as usize].kind,
                crate::smpl::MetaKind::Generic | crate::smpl::MetaKind::Expression(_)
            )
        })
    }

    /// The first branch that fits.
    pub fn disjunction(&self, p: &Node, hit: &Hit, fit: impl Fn(&Node, &Hit) -> Hits) -> Hits {
        let mut all = Vec::new();
        for branch in p.children() {
            let hits = fit(branch, hit);
            // An earlier branch that fits rules out the later ones under the same bindings.
            for new in hits {
                if all.iter().all(|old: &Hit| old.env != new.env) {
                    all.push(new);
                }
            }
            if !all.is_empty() {
                break;
            }
        }
        all
    }

    /// All branches at once.
    pub fn conjunction(&self, p: &Node, hit: &Hit, fit: impl Fn(&Node, &Hit) -> Hits) -> Hits {
        let mut hits = vec![hit.clone()];
        for branch in p.children() {
            hits = hits.iter().flat_map(|hit| fit(branch, hit)).collect();
        }
        hits
    }

    /// A metavariable or dots where a whole node stands.
    fn leaf(&self, p: &Node, c: NodeId, hit: &Hit) -> Hits {
        let Some(token) = p.sole_token() else {
            return Vec::new();
        };
        let kind = self.c_kind(c);
        let span = self.source.span(c);
        if token.kind == Dots {
            let fits = kind.is_expression() || matches!(kind, InitializerList | MacroArg | Param | Field);
            return fits
                .then(|| self.recorded(token, span, Some(c), hit))
                .flatten()
                .into_iter()
                .collect();
        }
        let Some(var) = token.var else { return Vec::new() };
        let Some(bound) = self.bind_node(var, c, hit) else {
            self.not_bound(token, var, span, hit);
            return Vec::new();
        };
        self.recorded(token, span, Some(c), &bound).into_iter().collect()
    }

    /// `<... … ...>` or `<+... … ...+>` as an expression.
    fn nest(&self, p: &Node, c: NodeId, hit: &Hit) -> Hits {
        let Some(inner) = p.children().next() else {
            return Vec::new();
        };
        if !self.c_kind(c).is_expression() {
            return Vec::new();
        }
        let needs_one = p
            .own_token(NestOpen)
            .is_some_and(|token| token.text.contains(&b'+'));
        let tree = &self.source.tree;
        let candidates: Vec<NodeId> = std::iter::once(c)
            .chain(tree.descendants(c))
            .filter(|&id| self.c_kind(id).is_expression())
            .collect();
        let mut results: Hits = Vec::new();
        for &first in &candidates {
            for start in self.node(inner, first, hit) {
                // The first one fixes the bindings; the others have to agree.
                let mut all = start;
                let mut last = first;
                for &other in candidates.iter().filter(|&&other| other != first) {
                    if tree.contains(last, other) {
                        continue;
                    }
                    if let Some(more) = self
                        .node(inner, other, &all)
                        .into_iter()
                        .find(|more| more.env == all.env)
                    {
                        all = more;
                        last = other;
                    }
                }
                if results.iter().all(|old| old.env != all.env) {
                    results.push(all);
                }
            }
            if !self.step() || results.len() > MAX_HITS {
                break;
            }
        }
        if results.is_empty() && !needs_one {
            results.push(hit.clone());
        }
        results
    }

    /// The parts of a node one by one.
    fn parts_fit(&self, p: &Node, c: NodeId, hit: &Hit) -> Hits {
        let parts = self.parts(c);
        self.elements(&p.elements, &parts, hit)
    }

    /// Elements one by one.
    pub fn elements(&self, pattern: &[Element], code: &[CElement], hit: &Hit) -> Hits {
        if pattern.len() != code.len() {
            return Vec::new();
        }
        // The tokens first: they refuse quickly.
        for (p, c) in pattern.iter().zip(code) {
            if let (Element::Token(p), CElement::Token(c)) = (p, c)
                && p.var.is_none()
                && !p.kind.is_pattern()
                && *p.text != *self.source.token(*c)
                && p.kind != self.source.token_kind(*c)
            {
                self.other_text(p, Span::token(*c));
                return Vec::new();
            }
        }
        let mut hits = vec![hit.clone()];
        for (p, &c) in pattern.iter().zip(code) {
            let mut next = Vec::new();
            for hit in &hits {
                next.extend(self.element(p, c, hit));
                if next.len() > MAX_HITS {
                    break;
                }
            }
            hits = next;
            if hits.is_empty() {
                break;
            }
        }
        hits
    }

    fn element(&self, p: &Element, c: CElement, hit: &Hit) -> Hits {
        match (p, c) {
            (Element::Node(p), CElement::Node(c)) => self.node(p, c, hit),
            (Element::Token(p), CElement::Token(c)) => self.token(p, c, hit).into_iter().collect(),
            (Element::Node(p), CElement::Token(c)) => self.name(p, c, hit),
            (Element::Token(_), CElement::Node(_)) => Vec::new(),
        }
    }

    /// A disjunction of names, or one name, where the code has a token.
    pub fn name(&self, p: &Node, c: usize, hit: &Hit) -> Hits {
        match p.kind {
            PatternDisj if p.is_conjunction() => self.conjunction(p, hit, |p, hit| self.name(p, c, hit)),
            PatternDisj => self.disjunction(p, hit, |p, hit| self.name(p, c, hit)),
            _ => match &p.elements[..] {
                [Element::Node(inner)] => self.name(inner, c, hit),
                [Element::Token(token)] => self.token(token, c, hit).into_iter().collect(),
                _ => Vec::new(),
            },
        }
    }

    /// One token.
    pub fn token(&self, p: &Token, c: usize, hit: &Hit) -> Option<Hit> {
        let span = Span::token(c);
        if let Some(var) = p.var {
            let Some(hit) = self.bind_token(var, c, hit) else {
                self.not_bound(p, var, span, hit);
                return None;
            };
            return self.recorded(p, span, None, &hit);
        }
        let same = *p.text == *self.source.token(c)
            || p.kind != Ident && is_fixed(p.kind) && p.kind == self.source.token_kind(c);
        if !same {
            self.other_text(p, span);
            return None;
        }
        self.recorded(p, span, None, hit)
    }

    fn other_text(&self, p: &Token, span: Span) {
        if let Some(watch) = self.watch {
            let text = || format!("the rule has `{}` here", p.text.to_str_lossy());
            watch.missed(self.rule, p, span, text);
        }
    }

    fn literal(&self, p: &Node, c: NodeId, hit: &Hit) -> Hits {
        let (Some(token), Some(code)) = (p.sole_token(), self.source.tree.own_tokens(c).next()) else {
            return Vec::new();
        };
        let text = self.source.token(code);
        let same = *token.text == *text
            || token.kind == Number
                && self.source.token_kind(code) == Number
                && !self.is_disabled("value_format")
                && number(&token.text).is_some_and(|value| number(text) == Some(value));
        if !same {
            self.other_text(token, Span::token(code));
            return Vec::new();
        }
        self.recorded(token, Span::token(code), Some(c), hit)
            .into_iter()
            .collect()
    }

    /// Notes what a token of the pattern stands for, and binds what is attached to it.
    pub fn recorded(&self, p: &Token, span: Span, node: Option<NodeId>, hit: &Hit) -> Option<Hit> {
        self.record(p, span, node, false, hit)
    }

    /// As [`Self::recorded`], with tokens that stay if `keep` is set.
    pub fn record(&self, p: &Token, span: Span, node: Option<NodeId>, keep: bool, hit: &Hit) -> Option<Hit> {
        let Some(info) = self
            .rule
            .tokens
            .get(p.info as usize)
            .filter(|info| info.is_marked())
        else {
            return Some(hit.clone());
        };
        if !info.is_marked() {
            return Some(hit.clone());
        }
        let mut hit = hit.clone();
        for &var in &info.attached {
            hit = self.attach(var, span, node, &hit)?;
        }
        if info.mark != Mark::Context || !info.before.is_empty() || !info.after.is_empty() {
            hit.trail = hit.trail.with(Pair {
                info: p.info,
                span,
                keep,
            });
        }
        Some(hit)
    }

    /// Elements of a list between commas.
    pub(super) fn list(&self, p: &Node, c: NodeId, hit: &Hit) -> Hits {
        let mut items: Vec<(&Node, Option<&Token>)> = Vec::new();
        let mut comma = None;
        let (mut open, mut close) = (None, None);
        for element in &p.elements {
            match element {
                Element::Node(node) => items.push((node, comma.take())),
                Element::Token(token) if token.kind == Comma => comma = Some(token),
                Element::Token(token) if open.is_none() => open = Some(token),
                Element::Token(token) => close = Some(token),
            }
        }
        let trailing = comma;
        let mut code: Vec<(NodeId, Option<usize>)> = Vec::new();
        let mut comma = None;
        let (mut c_open, mut c_close) = (None, None);
        for element in self.parts(c) {
            match element {
                CElement::Node(id) => code.push((id, comma.take())),
                CElement::Token(index) if self.source.token_kind(index) == Comma => comma = Some(index),
                CElement::Token(index) if c_open.is_none() => c_open = Some(index),
                CElement::Token(index) => c_close = Some(index),
            }
        }
        let c_trailing = comma;
        let hit = match (open, c_open) {
            (Some(open), Some(c_open)) => match self.token(open, c_open, hit) {
                Some(hit) => hit,
                None => return Vec::new(),
            },
            _ => hit.clone(),
        };
        let list = List {
            items: &items,
            code: &code,
            open: c_open,
            close: c_close,
        };
        let mut results = Vec::new();
        if p.kind == ParamList && is_void(self, &code) && !items.is_empty() && !list_is_void(&items) {
            // `(void)` has no parameters.
            let empty = List { code: &[], ..list };
            self.list_from(&empty, 0, 0, &hit, &mut results);
        } else if p.kind == InitializerList && items.iter().any(|(item, _)| item.kind == InitElement) {
            self.unordered(&list, &hit, &mut results);
        } else {
            self.list_from(&list, 0, 0, &hit, &mut results);
        }
        results
            .into_iter()
            .filter_map(|mut hit| {
                if let (Some(trailing), Some(c_trailing)) = (trailing, c_trailing) {
                    hit = self.token(trailing, c_trailing, &hit)?;
                }
                match (close, c_close) {
                    (Some(close), Some(c_close)) => self.token(close, c_close, &hit),
                    _ => Some(hit),
                }
            })
            .collect()
    }

    fn list_from(&self, list: &List, pi: usize, ci: usize, hit: &Hit, out: &mut Hits) {
        if out.len() > MAX_HITS || !self.step() {
            return;
        }
        let Some(&(item, comma)) = list.items.get(pi) else {
            match list.code.get(ci) {
                None => out.push(hit.clone()),
                Some(&(more, _)) => {
                    if let Some((last, _)) = list.items.last() {
                        self.other_length(last, self.source.span(more), "the rule has nothing more here");
                    }
                }
            }
            return;
        };
        if let Some(token) = self.repeats(item) {
            let max = list.code.len() - ci;
            // Dots take as few as they can, lists as many.
            let is_dots = token.kind == Dots;
            let counts: Box<dyn Iterator<Item = usize>> = if is_dots {
                Box::new(0..=max)
            } else {
                Box::new((0..=max).rev())
            };
            for count in counts {
                let hit = match comma.filter(|_| count > 0) {
                    Some(comma) => match list.code[ci].1 {
                        Some(c_comma) => match self.token(comma, c_comma, hit) {
                            Some(hit) => hit,
                            None => continue,
                        },
                        None => hit.clone(),
                    },
                    None => hit.clone(),
                };
                let span = list.span(self, ci, count);
                let bound = match token.var {
                    Some(var) => self.bind_list(var, span, count, list, ci, &hit),
                    None => Some(hit),
                };
                let Some(bound) = bound.and_then(|hit| self.recorded(token, span, None, &hit)) else {
                    continue;
                };
                self.list_from(list, pi + 1, ci + count, &bound, out);
            }
            return;
        }
        let Some(&(code, c_comma)) = list.code.get(ci) else {
            self.other_length(item, list.span(self, ci, 0), "the rule has one more here");
            return;
        };
        let hit = match (comma, c_comma) {
            (Some(comma), Some(c_comma)) => match self.token(comma, c_comma, hit) {
                Some(hit) => hit,
                None => return,
            },
            // A comma that separates nothing, as the list before it is empty.
            (Some(comma), None) => {
                let at = self.source.span(code).first;
                match self.recorded(comma, Span { first: at, end: at }, None, hit) {
                    Some(hit) => hit,
                    None => return,
                }
            }
            _ => hit.clone(),
        };
        for hit in self.node(item, code, &hit) {
            self.list_from(list, pi + 1, ci + 1, &hit, out);
        }
    }

    fn other_length(&self, p: &Node, span: Span, why: &str) {
        if let Some(watch) = self.watch
            && let Some(token) = p.tokens().first()
        {
            watch.missed(self.rule, token, span, || why.to_owned());
        }
    }

    /// The token of an item that stands for any number of elements.
    fn repeats<'n>(&self, item: &'n Node) -> Option<&'n Token> {
        if item.kind != PatternLeaf {
            return None;
        }
        let token = item.sole_token()?;
        match token.var {
            None => (token.kind == Dots).then_some(token),
            Some(var) => self.is_list(var).then_some(token),
        }
    }

    /// An initializer with designators: their order does not count.
    fn unordered(&self, list: &List, hit: &Hit, out: &mut Hits) {
        let has_dots = list.items.iter().any(|(item, _)| self.repeats(item).is_some());
        let wanted: Vec<_> = list
            .items
            .iter()
            .filter(|(item, _)| self.repeats(item).is_none())
            .collect();
        let plain = list
            .items
            .iter()
            .any(|(item, _)| item.kind != InitElement && self.repeats(item).is_none());
        if !has_dots && plain && wanted.len() != list.code.len() {
            return;
        }
        let mut hits = vec![(hit.clone(), vec![false; list.code.len()])];
        for (item, comma) in wanted {
            let mut next = Vec::new();
            for (hit, used) in &hits {
                for (index, &(code, c_comma)) in list.code.iter().enumerate() {
                    if used[index] || next.len() > MAX_HITS {
                        continue;
                    }
                    for fit in self.node(item, code, hit) {
                        let mut used = used.clone();
                        used[index] = true;
                        // The comma that goes with an element is the one behind it, else the one before it.
                        let behind = list.code.get(index + 1).and_then(|next| next.1);
                        let own = comma_behind(list, item).or(*comma);
                        let fit = match (own, behind.or(c_comma)) {
                            (Some(own), Some(c)) => self.token(own, c, &fit),
                            _ => Some(fit),
                        };
                        if let Some(fit) = fit {
                            next.push((fit, used));
                        }
                    }
                }
            }
            hits = next;
        }
        for (hit, used) in hits {
            // The dots stand for all others; where they are removed, all others go.
            let mut hit = Some(hit);
            for (item, _) in list.items {
                if let Some(token) = self.repeats(item).filter(|token| token.var.is_none()) {
                    for (index, &(code, _)) in list.code.iter().enumerate().filter(|(index, _)| !used[*index])
                    {
                        let _ = index;
                        hit = hit.and_then(|hit| self.recorded(token, self.source.span(code), None, &hit));
                    }
                }
            }
            out.extend(hit);
        }
    }

    /// Fields or statements one behind the other, without the flow of control.
    fn sequence(&self, p: &Node, c: NodeId, hit: &Hit) -> Hits {
        let parts = self.parts(c);
        let (Some(CElement::Token(c_open)), Some(CElement::Token(c_close))) = (parts.first(), parts.last())
        else {
            return Vec::new();
        };
        let (Some(Element::Token(open)), Some(Element::Token(close))) =
            (p.elements.first(), p.elements.last())
        else {
            return Vec::new();
        };
        let Some(hit) = self.token(open, *c_open, hit) else {
            return Vec::new();
        };
        let mut out = Vec::new();
        self.sequence_from(
            &p.elements[1..p.elements.len() - 1],
            &parts[1..parts.len() - 1],
            *c_open,
            &hit,
            &mut out,
        );
        out.iter()
            .filter_map(|hit| self.token(close, *c_close, hit))
            .collect()
    }

    fn sequence_from(&self, p: &[Element], c: &[CElement], before: usize, hit: &Hit, out: &mut Hits) {
        if out.len() > MAX_HITS || !self.step() {
            return;
        }
        let Some((first, rest)) = p.split_first() else {
            if c.is_empty() {
                out.push(hit.clone());
            }
            return;
        };
        let Element::Node(item) = first else { return };
        if let Some(token) = self.repeats(item) {
            for count in 0..=c.len() {
                let span = match (c.first(), c[..count].last()) {
                    (Some(first), Some(last)) => self.element_span(*first).to(self.element_span(*last)),
                    _ => Span {
                        first: before as u32 + 1,
                        end: before as u32 + 1,
                    },
                };
                let bound = match token.var {
                    Some(var) => self.bind_span(var, span, count, hit),
                    None => Some(hit.clone()),
                };
                let Some(bound) = bound.and_then(|hit| self.recorded(token, span, None, &hit)) else {
                    continue;
                };
                let last = c[..count]
                    .last()
                    .map_or(before, |last| self.element_span(*last).end as usize - 1);
                self.sequence_from(rest, &c[count..], last, &bound, out);
            }
            return;
        }
        let Some((CElement::Node(code), c_rest)) = c.split_first() else {
            return;
        };
        for hit in self.node(item, *code, hit) {
            self.sequence_from(rest, c_rest, self.source.span(*code).end as usize - 1, &hit, out);
        }
    }

    pub(super) fn element_span(&self, element: CElement) -> Span {
        match element {
            CElement::Node(id) => self.source.span(id),
            CElement::Token(index) => Span::token(index),
        }
    }

    /// Whether a metavariable stands for several elements.
    pub fn is_list(&self, var: VarId) -> bool {
        use crate::smpl::MetaKind;
        matches!(
            self.rule.vars[var as usize].kind,
            MetaKind::ExpressionList(_)
                | MetaKind::ParameterList(_)
                | MetaKind::FieldList(_)
                | MetaKind::InitializerList(_)
                | MetaKind::IdentifierList(_)
                | MetaKind::StatementList
        )
    }
}

/// A list of the code against a list of the pattern.
#[derive(Clone, Copy)]
pub(super) struct List<'l> {
    /// Each with the comma before it.
    pub items: &'l [(&'l Node, Option<&'l Token>)],
    pub code: &'l [(NodeId, Option<usize>)],
    open: Option<usize>,
    close: Option<usize>,
}

impl List<'_> {
    /// The tokens of `count` elements from `first` on; an empty span before the next token if there is none.
    fn span(&self, fitter: &Fitter, first: usize, count: usize) -> Span {
        if count > 0 {
            let begin = fitter.source.span(self.code[first].0);
            return begin.to(fitter.source.span(self.code[first + count - 1].0));
        }
        let at = match self.code.get(first) {
            Some(&(id, _)) => fitter.source.span(id).first,
            None => self.close.or(self.open.map(|open| open + 1)).unwrap_or(0) as u32,
        };
        Span { first: at, end: at }
    }
}

fn comma_behind<'l>(list: &List<'l>, item: &Node) -> Option<&'l Token> {
    let index = list
        .items
        .iter()
        .position(|(other, _)| std::ptr::eq(*other, item))?;
    list.items.get(index + 1)?.1
}

fn is_void(fitter: &Fitter, code: &[(NodeId, Option<usize>)]) -> bool {
    matches!(code, [(only, _)] if fitter.source.key(fitter.source.span(*only)) == b"void")
}

fn list_is_void(items: &[(&Node, Option<&Token>)]) -> bool {
    matches!(items, [(only, _)] if only.tokens().iter().map(|token| &*token.text).eq([&b"void"[..]]))
}

/// Directives and branches that are parsed by themselves stand between the parts of a node, but are none of them.
pub(super) fn is_island(kind: SyntaxKind) -> bool {
    kind.is_directive() || kind == InactiveBranch
}

/// The operands of `a || b || ...` or `a && b && ...` that are not dots.
fn open_chain(p: &Node) -> Option<Vec<&Node>> {
    let operator = p.own_tokens().next()?;
    let is_dots = |node: &Node| node.kind == PatternLeaf && node.own_token(Dots).is_some();
    if !matches!(operator.kind, PipePipe | AmpAmp) || !p.children().last().is_some_and(is_dots) {
        return None;
    }
    let mut operands = Vec::new();
    let mut at = p.children().next()?;
    while at.kind == BinaryExpr && at.own_token(operator.kind).is_some() {
        operands.push(at.children().nth(1)?);
        at = at.children().next()?;
    }
    operands.push(at);
    operands.reverse();
    operands
        .iter()
        .all(|operand| !is_dots(operand))
        .then_some(operands)
}

/// Kinds whose spellings all mean the same.
fn is_fixed(kind: SyntaxKind) -> bool {
    kind == KwInline || kind == KwAttribute || kind == KwAsm || kind == KwTypeof
}

/// The value of an integer literal.
pub(super) fn number(text: &[u8]) -> Option<u128> {
    let text = std::str::from_utf8(text).ok()?.to_ascii_lowercase();
    let digits = text.trim_end_matches(['u', 'l']);
    if digits.len() != text.len() {
        // A suffix is a type of its own.
        return None;
    }
    if let Some(hex) = digits.strip_prefix("0x") {
        u128::from_str_radix(hex, 16).ok()
    } else if let Some(binary) = digits.strip_prefix("0b") {
        u128::from_str_radix(binary, 2).ok()
    } else if digits.len() > 1 && digits.starts_with('0') {
        u128::from_str_radix(digits, 8).ok()
    } else {
        digits.parse().ok()
    }
}
