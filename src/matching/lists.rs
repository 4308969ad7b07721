//! Lists between commas, and sequences of fields or statements without the flow of control.

use crate::smpl::pattern::{Element, Mark, Node, Token};
use crate::syntax::{Element as CElement, NodeId, SyntaxKind::*};

use super::fit::{Fitter, Hits, MAX_HITS, is_island};
use super::hit::Hit;
use super::source::Span;

impl Fitter<'_> {
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
            trailing: c_trailing,
        };
        let is_unordered =
            p.kind == InitializerList && items.iter().any(|(item, _)| item.kind == InitElement);
        let last_is_element = items.last().is_some_and(|(item, _)| self.repeats(item).is_none());
        let mut results = Vec::new();
        if p.kind == ParamList && is_void(self, &code) && !items.is_empty() && !list_is_void(&items) {
            // `(void)` has no parameters.
            let empty = List { code: &[], ..list };
            self.list_from(&empty, 0, 0, &hit, &mut results);
            if let (Some(close), Some(&(void, _))) = (close, code.first()) {
                let span = self.source.span(void);
                for hit in &mut results {
                    *hit = self.recorded_again(close, span, hit);
                }
            }
        } else if is_unordered {
            self.unordered(&list, trailing, &self.branches(c), &hit, &mut results);
        } else {
            self.list_from(&list, 0, 0, &hit, &mut results);
        }
        results
            .into_iter()
            .filter_map(|mut hit| {
                if let Some(trailing) = trailing.filter(|_| !(is_unordered && last_is_element)) {
                    // What is added at the end of the list stands behind the `#endif` of its last element.
                    let is_end = |comma: usize| {
                        self.is_removed(trailing)
                            || self.source.span(c).end as usize == comma + 1
                            || (comma + 1..c_close.unwrap_or(comma))
                                .all(|at| self.source.token_kind(at).is_trivia())
                    };
                    hit = match c_trailing.filter(|&comma| is_end(comma)) {
                        Some(c_trailing) => self.token(trailing, c_trailing, &hit)?,
                        None => self.missing_comma(trailing, list.span(self, code.len(), 0), hit)?,
                    };
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
                    None => match comma {
                        Some(comma) => match self.missing_comma(comma, list.span(self, ci, 0), hit.clone()) {
                            Some(hit) => hit,
                            None => continue,
                        },
                        None => hit.clone(),
                    },
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

    /// A comma of the rule that the code does not have: what is added next to it comes all the same.
    fn missing_comma(&self, comma: &Token, span: Span, hit: Hit) -> Option<Hit> {
        let info = &self.rule.tokens[comma.info as usize];
        if info.before.is_empty() && info.after.is_empty() {
            return Some(hit);
        }
        self.recorded(comma, span, None, &hit)
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
    fn unordered(
        &self,
        list: &List,
        trailing: Option<&Token>,
        branches: &[Branches],
        hit: &Hit,
        out: &mut Hits,
    ) {
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
        let edits = self.rule.edits();
        let mut hits = vec![(hit.clone(), vec![false; list.code.len()])];
        // A scout may let each item take what it likes, as it knows too little to choose.
        let max = if self.scouts { 0 } else { MAX_HITS };
        for (item, comma) in wanted {
            let mut next = Vec::new();
            for (hit, used) in &hits {
                for (index, &(code, c_comma)) in list.code.iter().enumerate() {
                    let excluded = |other: usize| used[other] && exclude(&branches[other], &branches[index]);
                    // Rules that only look don't see `#else`, as in spatch: another rule may match what it excludes.
                    let other_configuration =
                        !edits && branches[index].iter().any(|(_, branch)| *branch == ELSE);
                    if used[index] || next.len() > max || other_configuration || (0..used.len()).any(excluded)
                    {
                        continue;
                    }
                    for fit in self.node(item, code, hit) {
                        let mut used = used.clone();
                        used[index] = !self.scouts;
                        let behind = list.code.get(index + 1).map_or(list.trailing, |next| next.1);
                        let fit = match (comma_behind(list, item, trailing), *comma) {
                            (Some(own), _) => match behind {
                                Some(c) => self.token(own, c, &fit),
                                None => {
                                    let at = self.source.span(code).end;
                                    self.missing_comma(own, Span { first: at, end: at }, fit)
                                }
                            },
                            // `..., .a = 1`: a comma that is removed is the one before the element.
                            (None, Some(own)) => match c_comma.or(behind).filter(|_| self.is_removed(own)) {
                                Some(c) => self.token(own, c, &fit),
                                None => Some(fit),
                            },
                            (None, None) => Some(fit),
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

    fn is_removed(&self, token: &Token) -> bool {
        self.rule.tokens[token.info as usize].mark == Mark::Minus
    }

    /// For each element of a list: the branches of conditional compilation that it stands in.
    fn branches(&self, c: NodeId) -> Vec<Branches> {
        let (mut open, mut groups) = (Branches::new(), 0);
        let mut list = Vec::new();
        for element in self.source.tree.elements(c) {
            let CElement::Node(id) = element else { continue };
            match self.c_kind(id) {
                IfDirective => {
                    groups += 1;
                    open.push((groups, 0));
                }
                ElseDirective => {
                    let line = self.source.tree.text(id, &self.source.text).trim_ascii_start();
                    let word = line.strip_prefix(b"#").unwrap_or(line).trim_ascii_start();
                    if let Some((_, branch)) = open.last_mut() {
                        *branch = if word.starts_with(b"elif") {
                            *branch + 1
                        } else {
                            ELSE
                        };
                    }
                }
                EndifDirective => {
                    open.pop();
                }
                kind if is_island(kind) => {}
                _ => list.push(open.clone()),
            }
        }
        list
    }

    /// Fields or statements one behind the other, without the flow of control.
    pub(super) fn sequence(&self, p: &Node, c: NodeId, hit: &Hit) -> Hits {
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
}

/// The number of an `#if`, and of its branch, outermost first.
type Branches = Vec<(u32, u32)>;

/// The number of the branch behind `#else`.
const ELSE: u32 = u32::MAX;

/// Whether no compiler sees both of two elements.
fn exclude(a: &Branches, b: &Branches) -> bool {
    a.iter().any(|(group, branch)| {
        b.iter()
            .any(|(other, its_branch)| group == other && branch != its_branch)
    })
}

/// A list of the code against a list of the pattern.
#[derive(Clone, Copy)]
pub(super) struct List<'l> {
    /// Each with the comma before it.
    pub items: &'l [(&'l Node, Option<&'l Token>)],
    pub code: &'l [(NodeId, Option<usize>)],
    open: Option<usize>,
    close: Option<usize>,
    /// The comma behind the last element.
    trailing: Option<usize>,
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

/// The comma of the rule behind an item.
fn comma_behind<'l>(list: &List<'l>, item: &Node, trailing: Option<&'l Token>) -> Option<&'l Token> {
    let index = list
        .items
        .iter()
        .position(|(other, _)| std::ptr::eq(*other, item))?;
    list.items.get(index + 1).map_or(trailing, |next| next.1)
}

fn is_void(fitter: &Fitter, code: &[(NodeId, Option<usize>)]) -> bool {
    matches!(code, [(only, _)] if fitter.source.key(fitter.source.span(*only)) == b"void")
}

fn list_is_void(items: &[(&Node, Option<&Token>)]) -> bool {
    matches!(items, [(only, _)] if only.tokens().iter().map(|token| &*token.text).eq([&b"void"[..]]))
}
