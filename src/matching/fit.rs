//! Does a piece of pattern fit a piece of code? Trees are compared node by node.

use std::cell::Cell;
use std::string::String;

use bstr::ByteSlice;
use rustc_hash::FxHashMap;

use crate::smpl::pattern::{Element, Mark, Node, Token};
use crate::smpl::{MatchRule, VarId};
use crate::syntax::{Element as CElement, NodeId, SyntaxKind, SyntaxKind::*};

use super::chain::open_chain;
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
    /// Metavariables that are not known fit anything of their kind and stay unknown: what does not fit then never fits.
    pub scouts: bool,
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
        if !self.step() || p.tested && !self.is_tested(c) {
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
                    self.specifiers(Some(p), Some(c), super::specifiers::Around::default(), hit)
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

    /// Whether the code around an expression asks for its truth value.
    fn is_tested(&self, c: NodeId) -> bool {
        let tree = &self.source.tree;
        let mut inner = c;
        while let Some(outer) = tree.parent(inner) {
            let position = tree.children(outer).position(|child| child == inner);
            return match tree.kind(outer) {
                ParenExpr => {
                    inner = outer;
                    continue;
                }
                IfStmt | WhileStmt | DoStmt => tree.kind(inner).is_expression(),
                ForStmt => crate::flow::for_header(tree, outer)[1] == Some(inner),
                BinaryExpr => [AmpAmp, PipePipe]
                    .iter()
                    .any(|&kind| tree.own_token(outer, kind).is_some()),
                PrefixExpr => tree.own_token(outer, Bang).is_some(),
                ConditionalExpr => position == Some(0),
                _ => false,
            };
        }
        false
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
        if !self.stays_assignment(p, left, operator) {
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

    /// Whether what becomes of an assignment is one, too, so that it can stand in a declaration.
    fn stays_assignment(&self, p: &Node, left: &Node, operator: &Token) -> bool {
        let is_changed = |info: u32| {
            let info = &self.rule.tokens[info as usize];
            info.mark == Mark::Minus || !info.before.is_empty() || !info.after.is_empty()
        };
        let mut changes = is_changed(operator.info);
        left.each_token(&mut |token| changes |= is_changed(token.info));
        let mut added = Vec::new();
        p.each_token(&mut |token| {
            let info = &self.rule.tokens[token.info as usize];
            added.extend(info.before.iter().chain(&info.after).copied());
        });
        let assigns = |&plus: &u32| {
            matches!(
                &self.rule.plus[plus as usize].tokens[..],
                [name, equals, _, ..] if name.kind != Star && equals.kind == Eq
            )
        };
        !changes || !added.is_empty() && added.iter().all(assigns)
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
    pub(super) fn parts_fit(&self, p: &Node, c: NodeId, hit: &Hit) -> Hits {
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
        let hit = self.attached(p, span, node, hit)?;
        Some(self.noted(p, span, keep, hit))
    }

    /// Binds what is attached to a token of the pattern.
    pub fn attached(&self, p: &Token, span: Span, node: Option<NodeId>, hit: &Hit) -> Option<Hit> {
        let Some(info) = self
            .rule
            .tokens
            .get(p.info as usize)
            .filter(|info| info.is_marked())
        else {
            return Some(hit.clone());
        };
        let mut hit = hit.clone();
        for &var in &info.attached {
            hit = self.attach(var, span, node, &hit)?;
        }
        Some(hit)
    }

    /// Notes what a token of the pattern stands for, if that changes anything.
    pub fn noted(&self, p: &Token, span: Span, keep: bool, mut hit: Hit) -> Hit {
        let info = self.rule.tokens.get(p.info as usize);
        if info.is_some_and(|info| {
            info.mark != Mark::Context || !info.before.is_empty() || !info.after.is_empty()
        }) {
            hit.trail = hit.trail.with(Pair {
                info: p.info,
                span,
                keep,
            });
        }
        hit
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

/// Directives and branches that are parsed by themselves stand between the parts of a node, but are none of them.
pub(super) fn is_island(kind: SyntaxKind) -> bool {
    kind.is_directive() || kind == InactiveBranch
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
