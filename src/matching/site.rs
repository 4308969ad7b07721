//! A file with what all rules that see the same text share: its types, and the ways through its functions.

use std::cell::OnceCell;
use std::rc::Rc;
use std::sync::Arc;

use crate::flow::functions;
use crate::smpl::{MatchRule, MetaKind, VarId};
use crate::syntax::{NodeId, SyntaxKind};

use super::source::Source;
use super::types::{Declarations, Types};
use super::value::{self, Env, Value};
use super::ways::Ways;
use super::worth::Needs;

/// A text and what was found out about it.
#[derive(Debug)]
pub struct Site<'s> {
    /// The text and its tree.
    pub source: &'s Source,
    headers: &'s [Arc<Declarations>],
    types: OnceCell<Types<'s>>,
    places: OnceCell<Vec<Place>>,
}

/// A function or an item by itself.
#[derive(Debug)]
struct Place {
    node: NodeId,
    is_function: bool,
    ways: OnceCell<Ways>,
}

impl<'s> Site<'s> {
    /// Nothing is known yet.
    pub fn new(source: &'s Source, headers: &'s [Arc<Declarations>]) -> Self {
        Self {
            source,
            headers,
            types: OnceCell::new(),
            places: OnceCell::new(),
        }
    }

    /// The types of expressions.
    pub fn types(&self) -> &Types<'s> {
        self.types.get_or_init(|| Types::new(self.source, self.headers))
    }

    /// The ways through the functions and items that have the words, and hold what a match has to hold.
    pub fn ways<'w>(&'w self, needs: &'w Needs, held: &'w Held) -> impl Iterator<Item = &'w Ways> {
        let source = self.source;
        self.places
            .get_or_init(|| places(source))
            .iter()
            .filter(move |place| held.is_in(source, place.node))
            .filter(move |place| needs.are_met(source.tree.text(place.node, &source.text)))
            .map(move |place| {
                place.ways.get_or_init(|| {
                    if place.is_function {
                        Ways::of_function(source, place.node)
                    } else {
                        Ways::of_item(place.node)
                    }
                })
            })
    }

    /// The nodes of the parts of the file that have the words, and hold what a match has to hold.
    pub fn nodes<'w>(&'w self, needs: &'w Needs, held: &'w Held) -> impl Iterator<Item = NodeId> + 'w {
        let source = self.source;
        let tree = &source.tree;
        tree.children(NodeId::ROOT)
            .filter(move |&part| held.is_in(source, part))
            .filter(move |&part| needs.are_met(tree.text(part, &source.text)))
            .flat_map(move |part| std::iter::once(part).chain(tree.descendants(part)))
    }
}

/// What a match holds as other rules found it: a part of the file without that is of no interest.
#[derive(Debug, Default)]
pub struct Held {
    /// Of each group, one.
    places: Vec<Rc<[value::Place]>>,
    words: Vec<Vec<u8>>,
}

impl Held {
    /// The places, and the words of the code, that these metavariables stand for.
    pub fn new(rule: &MatchRule, vars: &[VarId], env: &Env) -> Self {
        let mut held = Self::default();
        for &var in vars {
            let is_spelled = matches!(
                rule.vars[var as usize].kind,
                MetaKind::Identifier | MetaKind::Expression(_) | MetaKind::IdExpression(..)
            );
            match env.value(var) {
                Some(Value::Places(places)) => held.places.push(places.clone()),
                Some(Value::Code(code)) if is_spelled => held.words.extend(
                    code.key
                        .split(|&byte| byte == b' ')
                        .filter(|word| word.first().is_some_and(|&byte| is_word_byte(byte)))
                        .map(<[u8]>::to_vec),
                ),
                _ => {}
            }
        }
        held.words.sort();
        held.words.dedup();
        held
    }

    fn is_in(&self, source: &Source, node: NodeId) -> bool {
        if self.places.is_empty() && self.words.is_empty() {
            return true;
        }
        let range = source.range(source.span(node));
        let text = source.tree.text(node, &source.text);
        let has = |place: &value::Place| range.start <= place.start && place.end <= range.end;
        self.places.iter().all(|group| group.iter().any(has))
            && self
                .words
                .iter()
                .all(|word| memchr::memmem::find(text, word).is_some())
    }
}

fn is_word_byte(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_'
}

/// All functions and items.
fn places(source: &Source) -> Vec<Place> {
    let tree = &source.tree;
    let place = |node, is_function| Place {
        node,
        is_function,
        ways: OnceCell::new(),
    };
    let mut list: Vec<Place> = functions(tree).map(|function| place(function, true)).collect();
    for id in tree.descendants(NodeId::ROOT) {
        let kind = tree.kind(id);
        let at_top = tree.parent(id).is_some_and(|up| {
            matches!(
                tree.kind(up),
                SyntaxKind::SourceFile | SyntaxKind::InactiveBranch | SyntaxKind::LinkageBlock
            )
        });
        let is_item = kind.is_directive()
            || at_top
                && matches!(
                    kind,
                    SyntaxKind::Declaration | SyntaxKind::MacroItem | SyntaxKind::ExprStmt
                );
        if is_item {
            list.push(place(id, false));
        }
    }
    list
}
