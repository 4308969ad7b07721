//! Isomorphisms: pieces of code that mean the same. A pattern in which one form stands is widened to all of them.
//!
//! The notation is that of Coccinelle's `.iso` files: a kind of code, a header with a name, metavariables, and forms
//! joined by `<=>` (both ways) or `=>` (only towards the right).

use std::string::String;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::syntax::{Goal, Names, SyntaxKind, SyntaxKind::*};
use crate::text::{LineIndex, TextRange};

use super::cursor::{Result, error};
use super::declare::{Declarations, declarations};
use super::lines::{self, BodyToken};
use super::pattern::{Element, Mark, Node, Token, TokenInfo, When};
use super::rule::{MatchRule, MetaKind, TypeSpec, VarId};
use super::{body, scan};

/// The isomorphisms that come with respin.
pub const STANDARD: &str = include_str!("standard.iso");

/// One isomorphism.
#[derive(Clone, Debug)]
pub struct Iso {
    /// Its name, by which rules switch it off.
    pub name: String,
    /// What it says of values that are not 0 or 1 only holds where a truth value is asked for, in the rule or in the code.
    test: bool,
    /// Only as an argument.
    argument: bool,
    vars: Vec<MetaKind>,
    /// The metavariable that only stands for a metavariable, as it is left out.
    pure: Option<VarId>,
    /// Its forms, and whether the form behind it leads back to it.
    forms: Vec<(Node, bool)>,
}

/// Reads a file of isomorphisms.
pub fn parse(text: &[u8]) -> std::result::Result<Vec<Iso>, Box<crate::diagnostics::Diagnostic>> {
    let line_index = LineIndex::new(text);
    let (preamble, raw) = scan::split(text)?;
    let mut kind = last_word(text, preamble);
    let mut list = Vec::new();
    for rule in raw {
        let mut cursor = super::cursor::Cursor::new(text, rule.header);
        let name = cursor.name("the name of an isomorphism")?.to_owned();
        let mut declared = Declarations::default();
        declarations(text, rule.declarations, &mut declared)?;
        let next = last_word(text, rule.body);
        let mut end = rule.body.end;
        if is_category(&next.0) {
            end = next.1;
        }
        let range = TextRange::new(rule.body.start, end);
        let mut tokens = lines::tokens(text, range, &declared, &line_index)?;
        for token in &mut tokens {
            // The first column has no meaning here.
            token.kind = match (token.kind, &token.text[..]) {
                (DisjOpen, b"(") => LParen,
                (DisjClose, b")") => RParen,
                (DisjOr, b"|") => Pipe,
                (DisjAnd, b"&") => Amp,
                (kind, _) => kind,
            };
        }
        let goal = match kind.0.as_str() {
            "Expression" | "ArgExpression" | "TestExpression" => Goal::Expression,
            "Type" => Goal::Type,
            _ => Goal::Any,
        };
        let names = body::names(&super::declare::Words::default(), &declared);
        let forms = forms(&tokens, goal, &names, rule.header)?;
        list.push(Iso {
            name,
            test: kind.0 == "TestExpression",
            argument: kind.0 == "ArgExpression",
            pure: declared.by_name.get("pure").copied(),
            vars: declared.vars.into_iter().map(|var| var.kind).collect(),
            forms,
        });
        kind = next;
    }
    Ok(list)
}

fn is_category(word: &str) -> bool {
    matches!(
        word,
        "Expression" | "ArgExpression" | "TestExpression" | "Statement" | "Type" | "Declaration" | "TopLevel"
    )
}

/// The last word of a range, and where it begins.
fn last_word(text: &[u8], range: TextRange) -> (String, u32) {
    let part = range.slice(text);
    let end = part.trim_ascii_end().len();
    let start = part[..end]
        .iter()
        .rposition(|byte| !byte.is_ascii_alphabetic())
        .map_or(0, |at| at + 1);
    (
        String::from_utf8_lossy(&part[start..end]).into_owned(),
        range.start + start as u32,
    )
}

fn forms(tokens: &[BodyToken], goal: Goal, names: &Names, at: TextRange) -> Result<Vec<(Node, bool)>> {
    let mut list = Vec::new();
    let mut start = 0;
    let mut index = 0;
    while index <= tokens.len() {
        let two = |first: SyntaxKind, second: SyntaxKind| {
            tokens.get(index).is_some_and(|token| token.kind == first)
                && tokens
                    .get(index + 1)
                    .is_some_and(|token| token.kind == second && !token.spaced)
        };
        let both = two(Le, Gt);
        if index == tokens.len() || both || two(Eq, Gt) {
            if start < index {
                let infos: Vec<TokenInfo> = tokens[start..index].iter().map(lines::plain_info).collect();
                let mut nodes = body::parse(&tokens[start..index], 0, &infos, goal, names)?;
                if nodes.len() != 1 {
                    return Err(error(
                        "bad-isomorphism",
                        at,
                        "a form of an isomorphism has to be one piece of code",
                    ));
                }
                let node = match nodes.remove(0) {
                    Node {
                        kind: PatternExpr,
                        mut elements,
                        ..
                    } if elements.len() == 1 => match elements.remove(0) {
                        Element::Node(inner) => inner,
                        token => Node::new(PatternExpr, vec![token], &infos),
                    },
                    node => node,
                };
                list.push((node, both));
            }
            index += 2;
            start = index;
            continue;
        }
        index += 1;
    }
    Ok(list)
}

/// How many nodes isomorphisms may add to one rule.
const MAX_ADDED: usize = 4000;

/// Widens the pattern of a rule by the isomorphisms that are not disabled.
pub fn widen(rule: &mut MatchRule, isos: &[Iso], disabled: &[String]) {
    let active: Vec<&Iso> = isos
        .iter()
        .filter(|iso| {
            !disabled
                .iter()
                .chain(&rule.disable)
                .any(|name| *name == iso.name || name == "all")
        })
        .collect();
    if active.is_empty() {
        return;
    }
    let mut widener = Widener {
        isos: &active,
        kinds: rule.vars.iter().map(|var| var.kind.clone()).collect(),
        kept: rule
            .plus
            .iter()
            .flat_map(|plus| plus.tokens.iter().filter_map(|token| token.var))
            .collect(),
        infos: &mut rule.tokens,
        added: 0,
        braces: !disabled
            .iter()
            .chain(&rule.disable)
            .any(|name| name == "braces" || name == "all"),
    };
    let pattern = std::mem::take(&mut rule.pattern);
    let pattern: Vec<Node> = pattern
        .into_iter()
        .map(|node| widener.node(node, Place::Other, 0))
        .collect();
    let mut whens = std::mem::take(&mut rule.whens);
    for when in &mut whens {
        let place = match when {
            When::NotTrue(_) | When::NotFalse(_) => Place::Test,
            _ => Place::Other,
        };
        if let When::Not(nodes) | When::Only(nodes) | When::NotTrue(nodes) | When::NotFalse(nodes) = when {
            let old = std::mem::take(nodes);
            *nodes = old.into_iter().map(|node| widener.node(node, place, 0)).collect();
        }
    }
    rule.pattern = pattern;
    rule.whens = whens;
}

/// What the code around asks for.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    Test,
    Argument,
    /// Where one statement stands, braces around it or not.
    Body,
    Other,
}

struct Widener<'i> {
    isos: &'i [&'i Iso],
    kinds: Vec<MetaKind>,
    /// The metavariables in added code, which are not left out.
    kept: FxHashSet<VarId>,
    infos: &'i mut Vec<TokenInfo>,
    added: usize,
    /// Braces around a single statement may be missing.
    braces: bool,
}

const MAX_DEPTH: u32 = 100;

impl Widener<'_> {
    fn node(&mut self, node: Node, place: Place, depth: u32) -> Node {
        if depth > MAX_DEPTH {
            return node;
        }
        let mut forms = vec![node];
        let is_candidate = forms[0].kind.is_expression() || forms[0].kind.is_statement();
        if is_candidate && self.added < MAX_ADDED {
            self.close(&mut forms, place);
        }
        let mut widened: Vec<Node> = forms
            .into_iter()
            .map(|form| self.children(form, place, depth))
            .collect();
        if widened.len() == 1 {
            return widened.remove(0);
        }
        self.disjunction(widened)
    }

    fn disjunction(&mut self, forms: Vec<Node>) -> Node {
        let mut elements = Vec::new();
        for form in forms {
            let branch = Node::new(PatternBranch, vec![Element::Node(form)], self.infos);
            elements.push(Element::Node(branch));
        }
        let mut node = Node::new(PatternDisj, elements, self.infos);
        node.derived = true;
        node
    }

    fn children(&mut self, node: Node, place: Place, depth: u32) -> Node {
        let kind = node.kind;
        let mut operands = 0;
        let is_logic = node
            .own_tokens()
            .any(|token| matches!(token.kind, AmpAmp | PipePipe));
        let negates = node.own_tokens().any(|token| token.kind == Bang);
        let elements = node
            .elements
            .into_iter()
            .map(|element| match element {
                Element::Node(child) => {
                    operands += 1;
                    let inner = match kind {
                        IfStmt | WhileStmt | DoStmt
                            if child.kind.is_expression() || child.kind == PatternDisj =>
                        {
                            Place::Test
                        }
                        BinaryExpr if is_logic => Place::Test,
                        PrefixExpr if negates => Place::Test,
                        ConditionalExpr if operands == 1 => Place::Test,
                        IfStmt | WhileStmt | ForStmt | MacroLoop | DoStmt if child.kind == Block => {
                            Place::Body
                        }
                        ForStmt => Place::Test,
                        ArgList => Place::Argument,
                        ParenExpr | PatternBranch | PatternDisj | PatternExpr => place,
                        CallExpr => Place::Other,
                        _ => Place::Other,
                    };
                    Element::Node(self.node(child, inner, depth + 1))
                }
                token => token,
            })
            .collect();
        let mut new = Node::new(kind, elements, self.infos);
        new.derived = node.derived;
        new.tested = node.tested;
        new
    }

    /// All forms that isomorphisms lead to from the first one.
    fn close(&mut self, forms: &mut Vec<Node>, place: Place) {
        if place == Place::Body && self.braces {
            self.unbraced(forms);
        }
        let mut seen: Vec<Vec<u8>> = vec![spelling(&forms[0])];
        // No isomorphism is used twice on the way to a form, else negations would pile up.
        let mut ways: Vec<Vec<&str>> = vec![Vec::new(); forms.len()];
        let mut at = 0;
        while at < forms.len() && forms.len() < 12 && self.added < MAX_ADDED {
            for index in 0..self.isos.len() {
                let iso = self.isos[index];
                if ways[at].contains(&iso.name.as_str()) {
                    continue;
                }
                if iso.argument && place != Place::Argument {
                    continue;
                }
                for (from, (form, _)) in iso.forms.iter().enumerate() {
                    let is_value = place != Place::Test && !forms[at].tested;
                    if iso.test && is_value && !is_truth_value(form) {
                        continue;
                    }
                    let mut bound = FxHashMap::default();
                    let mut own = Vec::new();
                    if !fits(form, &forms[at], iso, &self.kinds, &mut bound, &mut own) {
                        continue;
                    }
                    let is_missed = |var| self.kept.contains(&var);
                    let left_out = iso
                        .pure
                        .and_then(|var| bound.get(&var))
                        .and_then(|node| node.sole_token());
                    if left_out.and_then(|token| token.var).is_some_and(is_missed) {
                        continue;
                    }
                    if own.is_empty() && !self.is_plain(&forms[at]) {
                        continue;
                    }
                    // A form that is nothing but a metavariable has no words of its own to take the marks from.
                    let words = if own.is_empty() {
                        forms[at].tokens().into_iter().cloned().collect()
                    } else {
                        own
                    };
                    let Some(marks) = self.marks(&words) else { continue };
                    for (to, (other, _)) in iso.forms.iter().enumerate() {
                        let allowed = to > from || iso.forms[to..from].iter().all(|(_, both)| *both);
                        if to == from || !allowed {
                            continue;
                        }
                        let keeps = |text: &[u8]| other.tokens().iter().any(|token| *token.text == *text);
                        if !marks.attached.iter().all(|(text, _)| keeps(text)) {
                            continue;
                        }
                        let mut new = self.instance(other, &bound, &marks);
                        new.tested = forms[at].tested || iso.test && is_value && !is_truth_value(other);
                        let key = spelling(&new);
                        if !seen.contains(&key) {
                            seen.push(key);
                            self.added += 1;
                            forms.push(new);
                            let mut way = ways[at].clone();
                            way.push(&iso.name);
                            ways.push(way);
                        }
                    }
                }
            }
            at += 1;
        }
    }

    /// `{ S }` also stands for `S`.
    fn unbraced(&mut self, forms: &mut Vec<Node>) {
        let [Element::Token(open), Element::Node(only), Element::Token(close)] = &forms[0].elements[..]
        else {
            return;
        };
        let is_statement = only.kind.is_statement() && !matches!(only.kind, Declaration | Block);
        let is_meta = only.kind == PatternLeaf
            && only
                .sole_token()
                .and_then(|token| token.var)
                .is_some_and(|var| matches!(self.kinds.get(var as usize), Some(MetaKind::Statement)));
        if !is_statement && !is_meta {
            return;
        }
        let only = only.clone();
        let Some(marks) = self.marks(&[open.clone(), close.clone()]) else {
            return;
        };
        let inner_plus = |list: &[u32]| !list.is_empty();
        let (open, close) = (open.clone(), close.clone());
        let opened = self
            .infos
            .get(open.info as usize)
            .is_some_and(|info| inner_plus(&info.after));
        let closed = self
            .infos
            .get(close.info as usize)
            .is_some_and(|info| inner_plus(&info.before));
        if marks.mark == Some(Mark::Context) && (opened || closed) {
            return;
        }
        let node = self.copied(&only);
        let tokens: Vec<u32> = node.tokens().iter().map(|token| token.info).collect();
        if let (Some(&first), Some(&last)) = (tokens.first(), tokens.last()) {
            self.infos[first as usize]
                .before
                .extend(marks.before.iter().copied());
            self.infos[last as usize]
                .after
                .extend(marks.after.iter().copied());
        }
        let mut node = remark(node, self.infos);
        node.derived = true;
        self.added += 1;
        forms.push(node);
    }

    /// Whether nothing is added or attached to the tokens of a node.
    fn is_plain(&self, node: &Node) -> bool {
        node.tokens().iter().all(|token| {
            let info = self.infos.get(token.info as usize);
            info.is_some_and(|info| {
                info.before.is_empty() && info.after.is_empty() && info.attached.is_empty()
            })
        })
    }

    /// What the tokens that an isomorphism replaces have in common; `None` if they differ.
    fn marks(&self, own: &[Token]) -> Option<Marks> {
        let mut marks = Marks {
            mark: None,
            before: Vec::new(),
            after: Vec::new(),
            attached: Vec::new(),
        };
        for token in own {
            let info = self.infos.get(token.info as usize)?;
            if marks.mark.is_some_and(|mark| mark != info.mark) {
                return None;
            }
            if !info.attached.is_empty() {
                marks.attached.push((token.text.clone(), info.attached.clone()));
            }
            marks.mark = Some(info.mark);
            marks.before.extend(info.before.iter().copied());
            marks.after.extend(info.after.iter().copied());
        }
        Some(marks)
    }

    fn instance(&mut self, form: &Node, bound: &FxHashMap<VarId, Node>, marks: &Marks) -> Node {
        let mut node = self.built(form, bound, marks);
        let tokens: Vec<u32> = node.tokens().iter().map(|token| token.info).collect();
        if let (Some(&first), Some(&last)) = (tokens.first(), tokens.last()) {
            for &plus in &marks.before {
                self.infos[first as usize].before.push(plus);
            }
            for &plus in &marks.after {
                self.infos[last as usize].after.push(plus);
            }
        }
        node = remark(node, self.infos);
        node.derived = true;
        node
    }

    fn built(&mut self, form: &Node, bound: &FxHashMap<VarId, Node>, marks: &Marks) -> Node {
        if let Some(var) = whole_var(form)
            && let Some(node) = bound.get(&var)
        {
            return self.copied(node);
        }
        let elements = form
            .elements
            .iter()
            .map(|element| match element {
                Element::Node(child) => Element::Node(self.built(child, bound, marks)),
                Element::Token(token) => {
                    let attached = marks.attached.iter().find(|(text, _)| *text == token.text);
                    let info = TokenInfo {
                        mark: marks.mark.unwrap_or(Mark::Context),
                        attached: attached.map(|(_, vars)| vars.clone()).unwrap_or_default(),
                        ..blank()
                    };
                    self.infos.push(info);
                    Element::Token(Token {
                        info: self.infos.len() as u32 - 1,
                        ..token.clone()
                    })
                }
            })
            .collect();
        Node::new(form.kind, elements, self.infos)
    }

    /// A copy whose tokens are its own, so that what is attached to them can differ.
    fn copied(&mut self, node: &Node) -> Node {
        let elements = node
            .elements
            .iter()
            .map(|element| match element {
                Element::Node(child) => Element::Node(self.copied(child)),
                Element::Token(token) => {
                    let info = self.infos.get(token.info as usize).cloned().unwrap_or_else(blank);
                    self.infos.push(info);
                    Element::Token(Token {
                        info: self.infos.len() as u32 - 1,
                        ..token.clone()
                    })
                }
            })
            .collect();
        let mut new = Node::new(node.kind, elements, self.infos);
        new.derived = node.derived;
        new.tested = node.tested;
        new
    }
}

struct Marks {
    mark: Option<Mark>,
    before: Vec<u32>,
    after: Vec<u32>,
    /// What is attached to tokens that are replaced, by their spelling.
    attached: Vec<(Box<[u8]>, Vec<VarId>)>,
}

fn blank() -> TokenInfo {
    TokenInfo {
        mark: Mark::Context,
        optional: false,
        attached: Vec::new(),
        before: Vec::new(),
        after: Vec::new(),
        whens: Vec::new(),
        ends: 0,
        line: 0,
        column: 0,
        range: TextRange::default(),
    }
}

fn remark(node: Node, infos: &[TokenInfo]) -> Node {
    let elements = node
        .elements
        .into_iter()
        .map(|element| match element {
            Element::Node(child) => Element::Node(remark(child, infos)),
            token => token,
        })
        .collect();
    Node::new(node.kind, elements, infos)
}

/// The metavariable that a node of a form stands for as a whole.
fn whole_var(form: &Node) -> Option<VarId> {
    match form.kind {
        PatternLeaf | TypeName | Specifiers | TypeRef => form.sole_token().and_then(|token| token.var),
        _ => None,
    }
}

/// Whether a form of an isomorphism is what a pattern says; collects what its metavariables stand for, and the tokens
/// of the pattern that the form spells out.
fn fits(
    form: &Node,
    node: &Node,
    iso: &Iso,
    kinds: &[MetaKind],
    bound: &mut FxHashMap<VarId, Node>,
    own: &mut Vec<Token>,
) -> bool {
    if let Some(var) = whole_var(form) {
        let fits = match iso.vars.get(var as usize) {
            // What is said of pointers holds for metavariables that are declared as such.
            Some(MetaKind::Expression(Some(_))) => {
                node.sole_token().and_then(|token| token.var).is_some_and(|var| {
                    matches!(
                        kinds.get(var as usize),
                        Some(
                            MetaKind::Expression(Some(TypeSpec::Pointer(_)))
                                | MetaKind::IdExpression(_, Some(TypeSpec::Pointer(_)))
                        )
                    )
                })
            }
            Some(MetaKind::Expression(_)) => {
                node.kind.is_expression()
                    || matches!(node.kind, PatternDisj | PatternNest)
                    || node.kind == PatternLeaf
                        && node
                            .sole_token()
                            .is_some_and(|token| matches!(token.kind, MetaExpr | Dots))
            }
            // Only a metavariable may be dropped: code that is spelled out matters.
            Some(MetaKind::Type) => node.sole_token().is_some_and(|token| {
                token
                    .var
                    .is_some_and(|var| matches!(kinds.get(var as usize), Some(MetaKind::Type)))
            }),
            Some(MetaKind::Statement) if iso.pure == Some(var) => {
                // What the rule says twice (`if (x) S else S`) is not for nothing.
                let text = spelling(node);
                node.kind == PatternLeaf
                    && node.sole_token().is_some_and(|token| token.kind == MetaStmt)
                    && bound.values().all(|other| spelling(other) != text)
            }
            Some(MetaKind::Statement) => {
                node.kind.is_statement() || matches!(node.kind, PatternLeaf | PatternDisj | PatternExpr)
            }
            _ => false,
        };
        if !fits {
            return false;
        }
        // `if (…) S else pure`: what is left out has to be a metavariable.
        return match bound.get(&var) {
            Some(other) => spelling(other) == spelling(node),
            None => {
                bound.insert(var, node.clone());
                true
            }
        };
    }
    // What may be anything may be a negation.
    let is_dots = node.kind == PatternLeaf && node.own_token(Dots).is_some();
    if is_dots && form.kind == PrefixExpr && form.own_token(Bang).is_some() {
        return form
            .children()
            .all(|operand| fits(operand, node, iso, kinds, bound, own));
    }
    if form.kind != node.kind || form.elements.len() != node.elements.len() {
        return false;
    }
    form.elements
        .iter()
        .zip(&node.elements)
        .all(|(form, node)| match (form, node) {
            (Element::Node(form), Element::Node(node)) => fits(form, node, iso, kinds, bound, own),
            (Element::Token(form), Element::Token(node)) => {
                let same = form.text == node.text && form.kind == node.kind && node.var.is_none();
                if same {
                    own.push(node.clone());
                }
                same
            }
            _ => false,
        })
}

/// Whether an expression is 0 or 1, so that it is the same as a value and as a test.
fn is_truth_value(form: &Node) -> bool {
    form.own_tokens().any(|token| {
        matches!(
            token.kind,
            EqEq | Ne | Lt | Gt | Le | Ge | AmpAmp | PipePipe | Bang
        )
    })
}

fn spelling(node: &Node) -> Vec<u8> {
    let mut text = Vec::new();
    node.each_token(&mut |token| {
        text.extend_from_slice(&token.text);
        text.push(b' ');
    });
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_standard_ones_can_be_read() {
        let isos = parse(STANDARD.as_bytes()).expect("isomorphisms");
        let is_null = isos.iter().find(|iso| iso.name == "is_null").expect("is_null");
        assert_eq!(is_null.forms.len(), 3);
        assert!(
            isos.iter().all(|iso| iso.forms.len() > 1),
            "each has at least two forms"
        );
        assert!(isos.iter().any(|iso| iso.test) && isos.iter().any(|iso| iso.pure.is_some()));
    }
}
