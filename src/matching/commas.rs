//! Commas in lists in which elements go or come.

use crate::syntax::{Element, NodeId, SyntaxKind::*};

use super::render::Line;
use super::rewrite::{Insert, Side, Writer};

/// What was met last in a list.
#[derive(Clone, Copy)]
enum Last {
    Open,
    /// An element, and its last token that stays or has code behind it.
    Element(usize),
    /// An added element without a comma behind it.
    Added(Place),
    Comma(usize),
    /// The comma at the end of an added element.
    AddedComma(Place),
}

/// Where added code is: the token, the side, and which of the additions there.
type Place = (usize, Side, usize);

impl Writer<'_> {
    /// Commas that separate nothing any more go, too, and those come that added elements need.
    pub(super) fn commas(&mut self) {
        let tree = &self.source.tree;
        // Inner lists first: an element is gone when all its commas are.
        let nodes: Vec<NodeId> = tree.descendants(NodeId::ROOT).collect();
        for id in nodes.into_iter().rev() {
            let kind = tree.kind(id);
            if !matches!(
                kind,
                ArgList | ParamList | InitializerList | EnumeratorList | Declaration | Field
            ) {
                continue;
            }
            let span = tree.token_span(id);
            let changes = span.clone().any(|at| self.gone[at] || self.has_insert(at));
            if !changes {
                continue;
            }
            if kind == ParamList {
                self.no_parameters(id);
            }
            let mut walk = Walk {
                last: Last::Open,
                changed: false,
                is_list: !matches!(kind, Declaration | Field),
                is_block: matches!(kind, InitializerList | EnumeratorList),
                is_line: !span.clone().any(|at| self.text(at).contains(&b'\n')),
                had_trailing: self.has_trailing_comma(id),
            };
            let parts: Vec<Element> = tree.elements(id).collect();
            for part in parts {
                self.part(part, &mut walk);
            }
        }
    }

    /// The `void` of a function without parameters goes when one is added.
    fn no_parameters(&mut self, list: NodeId) {
        let tree = &self.source.tree;
        let words: Vec<usize> = tree
            .children(list)
            .flat_map(|child| tree.token_span(child))
            .filter(|&at| !self.kind(at).is_trivia())
            .collect();
        let [only] = words[..] else { return };
        let is_added = tree
            .token_span(list)
            .any(|at| self.has_insert(at) && !(self.gone[at] && self.kind(at) == RParen));
        if self.text(only) == b"void" && is_added && !self.gone[only] {
            self.gone[only] = true;
        }
    }

    fn has_trailing_comma(&self, list: NodeId) -> bool {
        let parts: Vec<Element> = self
            .source
            .tree
            .elements(list)
            .filter(|part| !matches!(part, Element::Token(index) if self.kind(*index).is_trivia()))
            .collect();
        matches!(parts[..], [.., Element::Token(comma), Element::Token(_)] if self.kind(comma) == Comma)
    }

    fn part(&mut self, part: Element, walk: &mut Walk) {
        match part {
            Element::Token(index) if self.kind(index).is_trivia() => {}
            Element::Token(index) if self.kind(index) == Comma => {
                self.added(index, Side::Before, walk);
                if self.gone[index] {
                    walk.changed = true;
                } else {
                    match walk.last {
                        Last::Open | Last::Comma(_) | Last::AddedComma(_)
                            if walk.changed && !self.has_other_insert(index, walk) =>
                        {
                            self.gone[index] = true;
                        }
                        _ => walk.last = Last::Comma(index),
                    }
                }
                self.added(index, Side::After, walk);
            }
            Element::Token(index) if matches!(self.kind(index), RParen | RBrace | Semicolon) => {
                self.added(index, Side::Before, walk);
                self.closed(index, walk);
            }
            Element::Token(index) => {
                self.added(index, Side::Before, walk);
                self.added(index, Side::After, walk);
            }
            Element::Node(child) => {
                let kind = self.source.tree.kind(child);
                if kind.is_directive() || !walk.is_list && kind == Specifiers {
                    return;
                }
                self.element(child, walk);
            }
        }
    }

    fn element(&mut self, child: NodeId, walk: &mut Walk) {
        let span = self.source.span(child);
        let tokens: Vec<usize> = (span.first as usize..span.end as usize)
            .filter(|&at| !self.kind(at).is_trivia())
            .collect();
        let (Some(&first), Some(&last)) = (tokens.first(), tokens.last()) else {
            return;
        };
        self.added(first, Side::Before, walk);
        let stays = tokens
            .iter()
            .rev()
            .copied()
            .find(|&at| !self.gone[at] || self.has_other_insert(at, walk));
        match stays {
            Some(at) => {
                self.comma_behind_added(walk);
                walk.last = Last::Element(at);
            }
            None => {
                walk.changed = true;
                for &token in tokens.iter().filter(|&&token| token != last) {
                    self.added(token, Side::After, walk);
                }
            }
        }
        self.added(last, Side::After, walk);
    }

    /// Whether code is added next to a token that is no element of the list by itself.
    fn has_other_insert(&self, token: usize, walk: &Walk) -> bool {
        [Side::Before, Side::After].into_iter().any(|side| {
            self.inserts
                .get(&(token, side))
                .is_some_and(|list| list.iter().any(|insert| !walk.is_list || !is_element(insert)))
        })
    }

    /// Goes past the elements that are added on one side of a token.
    fn added(&mut self, token: usize, side: Side, walk: &mut Walk) {
        if !walk.is_list {
            return;
        }
        let mut at = 0;
        while let Some(insert) = self
            .inserts
            .get_mut(&(token, side))
            .and_then(|list| list.get_mut(at))
        {
            if !is_element(insert) {
                if !matches!(walk.last, Last::Open) || !insert.lines.is_empty() {
                    walk.last = Last::Element(token);
                }
                at += 1;
                continue;
            }
            walk.changed = true;
            let begins = begins_with_comma(insert);
            if walk.is_line {
                insert.whole = false;
            } else if walk.is_block && !begins && !self.gone[token] {
                // Next to an element on a line of its own.
                insert.whole = true;
            }
            match walk.last {
                Last::Open | Last::Comma(_) | Last::AddedComma(_) if begins => without_first_comma(insert),
                Last::Element(element) if !begins => {
                    let comma = comma(element);
                    let behind = self.inserts.entry((element, Side::After)).or_default();
                    let place = match (element, Side::After) == (token, side) {
                        true => {
                            at += 1;
                            at - 1
                        }
                        false => behind.len(),
                    };
                    behind.insert(place, comma);
                }
                _ if !begins => self.comma_behind_added(walk),
                _ => {}
            }
            let place = (token, side, at);
            let ends = self
                .inserts
                .get(&(token, side))
                .is_some_and(|list| ends_with_comma(&list[at]));
            walk.last = match ends {
                true => Last::AddedComma(place),
                false => Last::Added(place),
            };
            at += 1;
        }
    }

    fn comma_behind_added(&mut self, walk: &Walk) {
        if let Last::Added((token, side, at)) = walk.last
            && let Some(list) = self.inserts.get_mut(&(token, side))
            && let Some(line) = list[at].lines.last_mut()
        {
            line.text.push(b',');
        }
    }

    /// The end of a list: only a brace may have a comma before it.
    fn closed(&mut self, close: usize, walk: &Walk) {
        if !walk.changed {
            return;
        }
        let may_stay = self.kind(close) == RBrace && (!walk.is_line || walk.had_trailing);
        let is_replaced = self.gone[close] && self.has_insert(close);
        match walk.last {
            Last::Comma(comma) if !may_stay && !is_replaced => {
                self.gone[comma] = true;
            }
            Last::AddedComma((token, side, at)) if !may_stay => {
                if let Some(list) = self.inserts.get_mut(&(token, side))
                    && let Some(line) = list[at].lines.last_mut()
                {
                    line.text.pop();
                }
            }
            _ => {}
        }
    }
}

struct Walk {
    last: Last,
    /// Something went or came.
    changed: bool,
    /// Between brackets, not a declaration of several names.
    is_list: bool,
    /// Between braces.
    is_block: bool,
    /// It stands on one line.
    is_line: bool,
    had_trailing: bool,
}

/// Whether added code is an element of a list: it has a comma, or a designator.
fn is_element(insert: &Insert) -> bool {
    let is_field = insert.lines.first().is_some_and(|line| {
        line.text.starts_with(b".") && line.text.get(1).is_some_and(|byte| !byte.is_ascii_digit())
    });
    is_field && insert.lines.iter().any(|line| line.text.contains(&b'='))
        || begins_with_comma(insert)
        || ends_with_comma(insert)
}

fn begins_with_comma(insert: &Insert) -> bool {
    insert
        .lines
        .first()
        .is_some_and(|line| line.text.starts_with(b","))
}

fn ends_with_comma(insert: &Insert) -> bool {
    insert.lines.last().is_some_and(|line| line.text.ends_with(b","))
}

fn without_first_comma(insert: &mut Insert) {
    if let Some(line) = insert.lines.first_mut() {
        line.text = line.text[1..].trim_ascii_start().to_vec();
    }
}

fn comma(owner: usize) -> Insert {
    Insert {
        plus: u32::MAX,
        lines: vec![Line {
            depth: 0,
            text: b",".to_vec(),
            directive: false,
        }],
        whole: false,
        owner,
        ends: 0,
        around: None,
    }
}
