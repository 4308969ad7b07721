//! From what was found to the new text of the file.
//!
//! Tokens of the code are kept or go, and added code stands before or behind them. White space is only touched in the
//! gaps between kept tokens in which something goes or comes.

use std::ops::Range;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::smpl::MatchRule;
use crate::smpl::pattern::Mark;
use crate::syntax::{NodeId, SyntaxKind, SyntaxKind::*};

use super::hit::Trail;
use super::operands::Edges;
use super::remains::Order;
use super::render::{Line, render};
use super::source::Source;
use super::torn::{TORN, tears};
use super::value::Env;

/// Something that a match changes.
#[derive(Clone, Debug)]
pub struct Change {
    /// Tokens of the pattern and what they stand for.
    pub trail: Trail,
    /// What the metavariables hold.
    pub env: Env,
    /// The number of the match: all of its changes are carried out, or none.
    pub of: usize,
}

/// The new text, and what could not be done.
#[derive(Debug, Default)]
pub struct Rewritten {
    /// The new text; `None` if nothing changes.
    pub text: Option<Vec<u8>>,
    /// Lines (from 1) at which matches wanted to add other code than one before them, and were left out.
    pub conflicts: Vec<u32>,
    /// Lines at which a name could not be taken out of a declaration of several, and why.
    pub refused: Vec<(u32, &'static str)>,
    /// Lines (from 1) at which nothing is done, and why.
    pub left_alone: Vec<(u32, &'static str)>,
    /// Where the tokens that stay are in the new text.
    pub offsets: Offsets,
}

/// Old and new places of tokens, sorted.
#[derive(Debug, Default)]
pub struct Offsets {
    starts: Vec<(u32, u32)>,
    ends: Vec<(u32, u32)>,
}

impl Offsets {
    /// Where the token is now that began at this byte.
    pub fn token(&self, start: u32) -> Option<u32> {
        find(&self.starts, start)
    }

    /// Moves all new places.
    pub(super) fn moved(&mut self, to: impl Fn(u32) -> u32) {
        for (_, new) in self.starts.iter_mut().chain(self.ends.iter_mut()) {
            *new = to(*new);
        }
    }

    /// Where the token ends now that ended at this byte.
    pub fn end(&self, end: u32) -> Option<u32> {
        find(&self.ends, end)
    }
}

fn find(list: &[(u32, u32)], old: u32) -> Option<u32> {
    list.binary_search_by_key(&old, |entry| entry.0)
        .ok()
        .map(|index| list[index].1)
}

/// On which side of a token code is added.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub(super) enum Side {
    Before,
    After,
}

#[derive(Clone, Debug)]
pub(super) struct Insert {
    pub plus: u32,
    pub lines: Vec<Line>,
    pub whole: bool,
    /// The first token of the code that it was put next to.
    pub owner: usize,
    /// Behind how many statements that end with this code.
    pub ends: u32,
    /// A brace around the body that is this statement.
    pub around: Option<NodeId>,
}

/// Carries out the changes that matches of one rule ask for.
pub fn rewrite(rule: &MatchRule, source: &Source, changes: &[Change]) -> Rewritten {
    let mut changes = changes.to_vec();
    let mut left_alone = Vec::new();
    loop {
        let (mut result, refused) = attempt(rule, source, &changes);
        if refused.is_empty() {
            left_alone.sort_unstable();
            left_alone.dedup();
            result.left_alone = left_alone;
            return result;
        }
        let mut matches: FxHashSet<usize> = FxHashSet::default();
        for refusal in refused {
            matches.extend(refusal.matches);
            left_alone.push((refusal.line, refusal.why));
        }
        let before = changes.len();
        changes.retain(|change| !matches.contains(&change.of));
        if changes.len() == before {
            // Whose place it is can't be said: better nothing than something wrong.
            changes.clear();
        }
    }
}

/// Matches that are not carried out.
struct Refusal {
    matches: Vec<usize>,
    line: u32,
    why: &'static str,
}

fn attempt(rule: &MatchRule, source: &Source, changes: &[Change]) -> (Rewritten, Vec<Refusal>) {
    let mut left_out = Vec::new();
    let line_of = |token: usize| source.lines.line_column(source.tree.tokens().start(token)).line;
    let count = source.tree.tokens().len();
    let mut gone = vec![false; count];
    let mut inserts: FxHashMap<(usize, Side), Vec<Insert>> = FxHashMap::default();
    let mut seen: FxHashSet<(u32, usize, Side, Vec<Line>)> = FxHashSet::default();
    let mut result = Rewritten::default();
    let mut any = false;
    let mut hidden = hidden(rule, changes);
    let order = Order::of(rule, source, changes, &hidden);
    let mut refused: FxHashSet<usize> = FxHashSet::default();
    for &(change, why) in &order.refused {
        refused.insert(changes[change].of);
        let start = changes[change].trail.iter().map(|pair| pair.span.first).min();
        let start = source.tree.tokens().start(start.unwrap_or(0) as usize);
        result.refused.push((source.lines.line_column(start).line, why));
    }
    for (hidden, change) in hidden.iter_mut().zip(changes) {
        *hidden |= refused.contains(&change.of);
    }
    let mut list: Vec<usize> = (0..changes.len()).filter(|&index| !hidden[index]).collect();
    list.sort_by_key(|&index| changes[index].of);
    for group in list.chunk_by(|&a, &b| changes[a].of == changes[b].of) {
        let mut news: Vec<((usize, Side), Insert)> = Vec::new();
        let mut removed: Vec<Range<usize>> = Vec::new();
        let mut conflict = None;
        for &index in group {
            let change = &changes[index];
            let mut pairs: Vec<_> = change.trail.iter().collect();
            pairs.reverse();
            let mut placed: FxHashSet<(u32, Side)> = FxHashSet::default();
            for pair in pairs {
                let info = &rule.tokens[pair.info as usize];
                let (first, end) = (pair.span.first as usize, (pair.span.end as usize).min(count));
                if info.mark == Mark::Minus && !pair.keep && first < end {
                    removed.push(first..end);
                }
                let before = info.before.iter().map(|plus| (*plus, Side::Before));
                let after = info.after.iter().map(|plus| (*plus, Side::After));
                for (plus, side) in before.chain(after) {
                    if !placed.insert((plus, side)) {
                        continue;
                    }
                    let code = &rule.plus[plus as usize];
                    if tears(rule, code, &change.env) {
                        let start = change.trail.iter().map(|pair| pair.span.first as usize).min();
                        left_out.push(Refusal {
                            matches: vec![change.of],
                            line: line_of(start.unwrap_or(first).min(count.saturating_sub(1))),
                            why: TORN,
                        });
                        continue;
                    }
                    let Some(lines) = render(rule, code, &change.env) else {
                        left_out.push(Refusal {
                            matches: vec![change.of],
                            line: line_of(first.min(count.saturating_sub(1))),
                            why: "a metavariable in the added code stands for nothing here",
                        });
                        continue;
                    };
                    let place = place(source, (first, end), side, code.lines);
                    let beside = order.place(source, index, place.0).filter(|_| code.lines);
                    let place = beside.unwrap_or(place);
                    if !seen.insert((plus, place.0, place.1, lines.clone())) {
                        continue;
                    }
                    let others = news.iter().filter(|(at, _)| *at == place).map(|(_, new)| new);
                    let known = inserts.get(&place).into_iter().flatten();
                    let is_known = known.chain(others).any(|other| other.plus == plus);
                    if is_known && !code.many && !(code.lines && is_shared(source, place.0)) {
                        conflict = Some(place.0);
                    }
                    let insert = Insert {
                        plus,
                        lines,
                        whole: code.lines,
                        owner: first,
                        ends: info.ends,
                        around: None,
                    };
                    news.push((place, insert));
                }
            }
        }
        if let Some(token) = conflict {
            for (place, insert) in news {
                seen.remove(&(insert.plus, place.0, place.1, insert.lines));
            }
            let start = source.tree.tokens().start(token);
            result.conflicts.push(source.lines.line_column(start).line);
            continue;
        }
        any |= !removed.is_empty() || !news.is_empty();
        for range in removed {
            gone[range].fill(true);
        }
        for (place, insert) in news {
            inserts.entry(place).or_default().push(insert);
        }
    }
    if !any || !left_out.is_empty() {
        return (result, left_out);
    }
    let mut writer = Writer {
        source,
        gone,
        inserts,
        unit: unit(&source.text),
        out: Vec::with_capacity(source.text.len() + 256),
        offsets: Offsets::default(),
        shift: vec![0; count],
        body_shift: FxHashMap::default(),
        closes_body: FxHashSet::default(),
        ends_head: false,
        fresh: Vec::new(),
    };
    let edges = Edges::of(rule, list.iter().map(|&index| &changes[index]));
    writer.parentheses(&edges);
    writer.prototypes();
    writer.commas();
    writer.shared_declarations();
    writer.specifiers_alone();
    for range in writer.torn() {
        let matches = tearing(rule, changes, &range);
        if left_out
            .last()
            .is_some_and(|last: &Refusal| last.matches == matches)
        {
            continue;
        }
        left_out.push(Refusal {
            matches,
            line: line_of(range.start),
            why: TORN,
        });
    }
    if !left_out.is_empty() {
        return (result, left_out);
    }
    for (node, why) in writer.braces() {
        let span = source.span(node);
        left_out.push(Refusal {
            matches: touching(rule, changes, span.first..span.end),
            line: line_of(span.first as usize),
            why,
        });
    }
    if !left_out.is_empty() {
        return (result, left_out);
    }
    writer.find_bodies();
    writer.find_shifts();
    writer.run();
    writer.wrap();
    if writer.out != *source.text {
        result.text = Some(writer.out);
        result.offsets = writer.offsets;
    }
    (result, left_out)
}

/// The matches that take away the first and the last one of these tokens; else those that change something there.
fn tearing(rule: &MatchRule, changes: &[Change], tokens: &Range<usize>) -> Vec<usize> {
    let takes = |change: &Change, token: usize| {
        change.trail.iter().any(|pair| {
            let is_gone = rule.tokens[pair.info as usize].mark == Mark::Minus && !pair.keep;
            is_gone && (pair.span.first as usize..pair.span.end as usize).contains(&token)
        })
    };
    let both = |change: &&Change| takes(change, tokens.start) && takes(change, tokens.end - 1);
    let matches: Vec<usize> = changes.iter().filter(both).map(|change| change.of).collect();
    match matches.is_empty() {
        true => touching(rule, changes, tokens.start as u32..tokens.end as u32),
        false => matches,
    }
}

/// The matches that change something within a run of tokens, or beside it.
fn touching(rule: &MatchRule, changes: &[Change], tokens: Range<u32>) -> Vec<usize> {
    let changes_there = |change: &&Change| {
        change.trail.iter().any(|pair| {
            let info = &rule.tokens[pair.info as usize];
            let does =
                info.mark == Mark::Minus && !pair.keep || !info.before.is_empty() || !info.after.is_empty();
            does && pair.span.first < tokens.end && pair.span.end >= tokens.start
        })
    };
    changes
        .iter()
        .filter(changes_there)
        .map(|change| change.of)
        .collect()
}

/// The token next to which code is added for these tokens, and the side of it.
fn place(source: &Source, (first, end): (usize, usize), side: Side, whole: bool) -> (usize, Side) {
    let here = first.min(source.tree.tokens().len().saturating_sub(1));
    match side {
        Side::Before if whole => (item_start(source, here), Side::Before),
        Side::Before => (here, Side::Before),
        Side::After if end > first => (end - 1, Side::After),
        // Behind a return that is not written: at the end of the function.
        Side::After if whole && closes_block(source, here) => (here, Side::Before),
        Side::After => match (0..first).rev().find(|&at| !source.token_kind(at).is_trivia()) {
            Some(at) => (at, Side::After),
            None => (first, Side::Before),
        },
    }
}

fn closes_block(source: &Source, token: usize) -> bool {
    let tree = &source.tree;
    source.token_kind(token) == RBrace && tree.kind(tree.node_at_token(token)) == Block
}

/// Whether a token belongs to a declaration of several names, each of which may have been matched.
fn is_shared(source: &Source, token: usize) -> bool {
    let tree = &source.tree;
    tree.enclosing(tree.node_at_token(token), |kind| {
        matches!(kind, Declaration | Field)
    })
    .is_some_and(|id| {
        tree.children(id)
            .filter(|&child| tree.kind(child) == InitDeclarator)
            .count()
            > 1
    })
}

/// Changes that lie within what another one removes: only the outer one is done.
fn hidden(rule: &MatchRule, changes: &[Change]) -> Vec<bool> {
    let removed: Vec<Option<(u32, u32, u32)>> = changes
        .iter()
        .map(|change| {
            let mut all: Option<(u32, u32, u32)> = None;
            for pair in change.trail.iter() {
                let is_minus = rule.tokens[pair.info as usize].mark == Mark::Minus;
                if !is_minus || pair.keep || pair.span.is_empty() {
                    continue;
                }
                let len = pair.span.end - pair.span.first;
                all = Some(match all {
                    None => (pair.span.first, pair.span.end, len),
                    Some((first, end, sum)) => {
                        (first.min(pair.span.first), end.max(pair.span.end), sum + len)
                    }
                });
            }
            all
        })
        .collect();
    let mut order: Vec<usize> = (0..changes.len())
        .filter(|&index| removed[index].is_some())
        .collect();
    order.sort_by_key(|&index| removed[index].map(|(first, end, _)| (first, std::cmp::Reverse(end))));
    let mut hidden = vec![false; changes.len()];
    let mut outer: Option<(u32, u32)> = None;
    for index in order {
        let Some((first, end, _)) = removed[index] else {
            continue;
        };
        match outer {
            Some((from, to)) if from <= first && end <= to && (from, to) != (first, end) => {
                hidden[index] = true
            }
            // Only what is removed without a gap hides what lies inside.
            _ => {
                let solid = covers(rule, &changes[index].trail, first, end);
                if solid {
                    outer = Some((first, end));
                }
            }
        }
    }
    hidden
}

/// Whether a change removes all tokens from `first` to `end`, white space between them aside.
fn covers(rule: &MatchRule, trail: &Trail, first: u32, end: u32) -> bool {
    let mut spans: Vec<(u32, u32)> = trail
        .iter()
        .filter(|pair| rule.tokens[pair.info as usize].mark == Mark::Minus && !pair.keep)
        .map(|pair| (pair.span.first, pair.span.end))
        .collect();
    spans.sort_unstable();
    let mut at = first;
    for (from, to) in spans {
        // A gap of one token is white space.
        if from > at + 1 {
            return false;
        }
        at = at.max(to);
    }
    at >= end
}

/// Where what is added before a token goes: before the whole function if the token stands in its head.
fn item_start(source: &Source, token: usize) -> usize {
    let tree = &source.tree;
    let around = tree.enclosing(tree.node_at_token(token), |kind| {
        matches!(
            kind,
            Function | Declaration | Block | Param | ArgList | FieldList | InitializerList
        )
    });
    match around {
        Some(item) if matches!(tree.kind(item), Function | Declaration) => source.span(item).first as usize,
        _ => token,
    }
}

/// One level of indentation as the file has it.
fn unit(text: &[u8]) -> Vec<u8> {
    let mut spaces: FxHashMap<usize, u32> = FxHashMap::default();
    let mut tabs = 0u32;
    let mut last = 0usize;
    for line in text.split(|&byte| byte == b'\n').take(4000) {
        let blank = line
            .iter()
            .take_while(|byte| matches!(byte, b' ' | b'\t'))
            .count();
        if blank == line.len() {
            continue;
        }
        if line[..blank].contains(&b'\t') {
            tabs += 1;
        } else {
            if blank > last {
                *spaces.entry(blank - last).or_default() += 1;
            }
            last = blank;
        }
    }
    let best = spaces
        .iter()
        .filter(|entry| matches!(entry.0, 2..=8))
        .max_by_key(|entry| (*entry.1, entry.0));
    match best {
        Some((&width, &count)) if count > tabs => vec![b' '; width],
        _ => b"\t".to_vec(),
    }
}

pub(super) struct Writer<'s> {
    pub source: &'s Source,
    pub gone: Vec<bool>,
    pub inserts: FxHashMap<(usize, Side), Vec<Insert>>,
    pub unit: Vec<u8>,
    pub out: Vec<u8>,
    pub offsets: Offsets,
    /// How many levels the line moves that begins with a token.
    pub shift: Vec<i32>,
    /// Levels that begin or end at a token.
    pub body_shift: FxHashMap<usize, i32>,
    /// Tokens behind which a brace is added that closes the body of a head.
    pub closes_body: FxHashSet<usize>,
    /// What was written last is the head of a statement.
    pub ends_head: bool,
    /// Where added code is in the new text.
    pub fresh: Vec<(usize, usize)>,
}

/// What stands between two tokens that stay.
#[derive(Debug)]
pub(super) enum Piece {
    Trivia(usize),
    Gone(usize),
    New(Insert, Side, bool),
}

impl Writer<'_> {
    pub(super) fn kind(&self, token: usize) -> SyntaxKind {
        self.source.token_kind(token)
    }

    pub(super) fn text(&self, token: usize) -> &[u8] {
        self.source.token(token)
    }

    pub(super) fn has_insert(&self, token: usize) -> bool {
        self.inserts.contains_key(&(token, Side::Before)) || self.inserts.contains_key(&(token, Side::After))
    }

    fn run(&mut self) {
        let count = self.source.tree.tokens().len();
        let mut last: Option<usize> = None;
        let mut gap: Vec<Piece> = Vec::new();
        let mut touched = false;
        for token in 0..count {
            let kind = self.kind(token);
            if self.gone[token] || kind.is_trivia() {
                if let Some(list) = self.inserts.remove(&(token, Side::Before)) {
                    touched = true;
                    gap.extend(
                        list.into_iter()
                            .map(|insert| Piece::New(insert, Side::Before, true)),
                    );
                }
                if self.gone[token] && !kind.is_trivia() {
                    touched = true;
                    gap.push(Piece::Gone(token));
                } else {
                    gap.push(Piece::Trivia(token));
                }
                if let Some(list) = self.inserts.remove(&(token, Side::After)) {
                    touched = true;
                    gap.extend(
                        list.into_iter()
                            .map(|insert| Piece::New(insert, Side::After, true)),
                    );
                }
                continue;
            }
            if let Some(list) = self.inserts.remove(&(token, Side::Before)) {
                touched = true;
                gap.extend(
                    list.into_iter()
                        .map(|insert| Piece::New(insert, Side::Before, false)),
                );
            }
            self.gap(last, &gap, Some(token), touched);
            gap.clear();
            touched = false;
            let range = self.source.tree.tokens().range(token);
            self.offsets.starts.push((range.start, self.out.len() as u32));
            self.out.extend_from_slice(range.slice(&self.source.text));
            self.offsets.ends.push((range.end, self.out.len() as u32));
            if let Some(list) = self.inserts.remove(&(token, Side::After)) {
                touched = true;
                gap.extend(
                    list.into_iter()
                        .map(|insert| Piece::New(insert, Side::After, false)),
                );
            }
            last = Some(token);
        }
        self.gap(last, &gap, None, touched);
    }

    pub(super) fn trivia(&mut self, tokens: &[usize]) {
        for &token in tokens {
            let range = self.source.tree.tokens().range(token);
            self.out.extend_from_slice(range.slice(&self.source.text));
        }
    }
}
