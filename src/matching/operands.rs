//! Parentheses around what takes the place of an operand.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::smpl::MatchRule;
use crate::smpl::pattern::{Mark, Node};
use crate::syntax::{NodeId, SyntaxKind::*};

use super::precedence::{ASSIGN, CONDITIONAL, POSTFIX, UNARY, binary, ends_operand, is_same_without, own};
use super::render::{Line, Word, joined, lexed};
use super::rewrite::{Change, Insert, Side, Writer};

/// Where expressions begin and end that a rule speaks of by themselves.
#[derive(Debug, Default)]
pub(super) struct Edges {
    /// What begins at a token.
    first: FxHashMap<usize, FxHashSet<Mention>>,
    /// Where each begins.
    starts: FxHashMap<Mention, Vec<usize>>,
    last: FxHashSet<(usize, Whole)>,
}

/// One of the rule's expressions in one match.
type Whole = (usize, usize);

/// A token of the rule in it.
type Mention = (Whole, u32);

impl Edges {
    /// `changes`: those that are carried out.
    pub fn of<'c>(rule: &MatchRule, changes: impl Iterator<Item = &'c Change>) -> Self {
        let mut owners: FxHashMap<u32, usize> = FxHashMap::default();
        let mut count = 0;
        for node in &rule.pattern {
            whole_expressions(rule, node, &mut count, &mut owners);
        }
        let mut edges = Self::default();
        if owners.is_empty() {
            return edges;
        }
        for change in changes {
            for pair in change.trail.iter() {
                let (first, end) = (pair.span.first as usize, pair.span.end as usize);
                if let Some(&owner) = owners.get(&pair.info).filter(|_| first < end) {
                    let whole = (owner, change.of);
                    let mention = (whole, pair.info);
                    edges.first.entry(first).or_default().insert(mention);
                    edges.starts.entry(mention).or_default().push(first);
                    edges.last.insert((end - 1, whole));
                }
            }
        }
        edges
    }

    /// Whether one of them begins and ends with these tokens.
    fn meet(&self, first: usize, last: usize) -> bool {
        let mentions = self.first.get(&first).into_iter().flatten();
        // A match may hold several of them side by side.
        let is_one = |mention: &Mention| {
            let starts = self.starts[mention].iter().collect::<FxHashSet<_>>();
            starts
                .into_iter()
                .filter(|at| (first..=last).contains(at))
                .count()
                == 1
        };
        mentions
            .filter(|mention| self.last.contains(&(last, mention.0)))
            .any(is_one)
    }
}

/// Notes for the tokens of each expression that stands by itself, and both ends of which change, which one it is.
fn whole_expressions(rule: &MatchRule, node: &Node, count: &mut usize, owners: &mut FxHashMap<u32, usize>) {
    if node.kind != PatternExpr {
        for child in node.children() {
            whole_expressions(rule, child, count, owners);
        }
        return;
    }
    let tokens = node.tokens();
    let changes = |info: u32| {
        let info = rule.tokens.get(info as usize);
        info.is_some_and(|info| info.mark == Mark::Minus || !info.before.is_empty() || !info.after.is_empty())
    };
    let (Some(first), Some(last)) = (tokens.first(), tokens.last()) else {
        return;
    };
    if changes(first.info) && changes(last.info) {
        *count += 1;
        owners.extend(tokens.iter().map(|token| (token.info, *count)));
    }
}

/// A part of the new text of an expression.
enum Part {
    Kept(usize),
    /// Which of the additions at a place.
    New((usize, Side), usize),
}

impl Writer<'_> {
    /// Puts parentheses around what takes the place of an expression where the code around it asks for them.
    pub(super) fn parentheses(&mut self, edges: &Edges) {
        if edges.last.is_empty() {
            return;
        }
        let tree = &self.source.tree;
        let mut done = 0;
        for id in tree.descendants(NodeId::ROOT) {
            let span = tree.token_span(id);
            if !tree.kind(id).is_expression() || span.is_empty() || span.start < done {
                continue;
            }
            let last = (span.start..span.end)
                .rev()
                .find(|&at| !self.kind(at).is_trivia());
            let Some(last) = last.filter(|&last| edges.meet(span.start, last)) else {
                continue;
            };
            done = last + 1;
            let parts = self.new_parts(span.start, last);
            let (Some(begin), Some(end)) = (parts.first(), parts.last()) else {
                continue;
            };
            let new = self.words(&parts);
            let old: Vec<Part> = (span.start..=last).map(Part::Kept).collect();
            let old = self.words(&old);
            if is_operand(&new) && own(&new) < own(&old) && self.is_taken_apart(id, &new) {
                self.enclose(begin, end);
            }
        }
    }

    /// What will stand in the place of the tokens from `first` to `last`.
    fn new_parts(&self, first: usize, last: usize) -> Vec<Part> {
        let mut parts = Vec::new();
        for at in first..=last {
            self.added_parts((at, Side::Before), at == first && !self.gone[at], &mut parts);
            if !self.gone[at] && !self.kind(at).is_trivia() {
                parts.push(Part::Kept(at));
            }
            self.added_parts((at, Side::After), at == last && !self.gone[at], &mut parts);
        }
        parts
    }

    /// What is added at a place, without whole lines, and without elements of lists beside an expression.
    fn added_parts(&self, place: (usize, Side), is_beside: bool, parts: &mut Vec<Part>) {
        let list = self.inserts.get(&place).into_iter().flatten().enumerate();
        let belongs = |insert: &Insert| {
            let (first, last) = (insert.lines.first(), insert.lines.last());
            let is_element = first.is_some_and(|line| line.text.starts_with(b","))
                || last.is_some_and(|line| line.text.ends_with(b","));
            !(insert.whole || is_beside && is_element)
        };
        parts.extend(
            list.filter(|(_, insert)| belongs(insert))
                .map(|(index, _)| Part::New(place, index)),
        );
    }

    fn words(&self, parts: &[Part]) -> Vec<Word> {
        let mut text = Vec::new();
        for part in parts {
            match part {
                Part::Kept(at) => text.extend_from_slice(self.text(*at)),
                Part::New(place, index) => text.extend(joined(&self.inserts[place][*index].lines)),
            }
            text.push(b' ');
        }
        let mut words = lexed(&text, (0, 0), false);
        words.retain(|word| word.kind != Comment);
        words
    }

    fn enclose(&mut self, begin: &Part, end: &Part) {
        match *begin {
            Part::Kept(at) => self
                .inserts
                .entry((at, Side::Before))
                .or_default()
                .push(bracket(b"(", at)),
            Part::New(place, index) => {
                if let Some(insert) = self.inserts.get_mut(&place).and_then(|list| list.get_mut(index))
                    && let Some(line) = insert.lines.first_mut()
                {
                    line.text.insert(0, b'(');
                }
            }
        }
        match *end {
            Part::Kept(at) => self
                .inserts
                .entry((at, Side::After))
                .or_default()
                .insert(0, bracket(b")", at)),
            Part::New(place, index) => {
                if let Some(insert) = self.inserts.get_mut(&place).and_then(|list| list.get_mut(index))
                    && let Some(line) = insert.lines.last_mut()
                {
                    line.text.push(b')');
                }
            }
        }
    }

    /// Whether the code around an expression would take apart what comes in its place.
    fn is_taken_apart(&self, id: NodeId, words: &[Word]) -> bool {
        let own = own(words);
        let tree = &self.source.tree;
        let Some(parent) = tree.parent(id) else {
            return false;
        };
        let (span, around) = (tree.token_span(id), tree.token_span(parent));
        let code = |at: &usize| !self.kind(*at).is_trivia();
        let stays = |at: &usize| !self.gone[*at];
        let before = (around.start..span.start)
            .rev()
            .find(code)
            .filter(stays)
            .map(|at| self.kind(at));
        let behind = (span.end..around.end)
            .find(code)
            .filter(stays)
            .map(|at| self.kind(at));
        let level = |kind| binary(kind).unwrap_or(0);
        match tree.kind(parent) {
            MacroBody => own < POSTFIX,
            PrefixExpr | CastExpr => before.is_some() && own < UNARY,
            SizeofExpr if before == Some(KwSizeof) => {
                own < UNARY || own == UNARY && words.first().is_some_and(|word| word.kind == LParen)
            }
            PostfixExpr | MemberExpr | IndexExpr | CallExpr => {
                behind.is_some() && before.is_none() && own < POSTFIX
            }
            ConditionalExpr => {
                behind == Some(Question) && own <= CONDITIONAL || before == Some(Colon) && own < CONDITIONAL
            }
            AssignExpr if before.is_none() => behind.is_some() && own < UNARY,
            AssignExpr | InitDeclarator | InitElement | Enumerator => before.is_some() && own < ASSIGN,
            ArgList | InitializerList => (before.is_some() || behind.is_some()) && own < ASSIGN,
            BinaryExpr => {
                behind.is_some_and(|kind| level(kind) > own)
                    || before.is_some_and(|kind| {
                        level(kind) > own || level(kind) == own && !is_same_without(kind, words)
                    })
            }
            _ => false,
        }
    }
}

fn bracket(text: &[u8], owner: usize) -> Insert {
    Insert {
        plus: u32::MAX,
        lines: vec![Line {
            depth: 0,
            text: text.to_vec(),
            directive: false,
        }],
        whole: false,
        owner,
        ends: 0,
        around: None,
    }
}

/// Whether words are an expression by themselves, as far as their ends tell.
fn is_operand(words: &[Word]) -> bool {
    let is_prefix = |kind| matches!(kind, Star | Amp | Minus | Plus);
    let begins = words
        .first()
        .is_some_and(|word| binary(word.kind).is_none() || is_prefix(word.kind));
    begins
        && words
            .last()
            .is_some_and(|word| ends_operand(word.kind) || word.kind == RBrace)
}
