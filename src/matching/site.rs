//! A file with what all rules that see the same text share: its types, and the ways through its functions.

use std::cell::OnceCell;

use crate::flow::functions;
use crate::syntax::{NodeId, SyntaxKind};

use super::source::Source;
use super::types::Types;
use super::ways::Ways;
use super::worth::Needs;

/// A text and what was found out about it.
#[derive(Debug)]
pub struct Site<'s> {
    /// The text and its tree.
    pub source: &'s Source,
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
    pub fn new(source: &'s Source) -> Self {
        Self {
            source,
            types: OnceCell::new(),
            places: OnceCell::new(),
        }
    }

    /// The types of expressions.
    pub fn types(&self) -> &Types<'s> {
        self.types.get_or_init(|| Types::new(self.source))
    }

    /// The ways through the functions and items that have the words.
    pub fn ways<'w>(&'w self, needs: &'w Needs) -> impl Iterator<Item = &'w Ways> {
        let source = self.source;
        self.places
            .get_or_init(|| places(source))
            .iter()
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

    /// The nodes of the parts of the file that have the words.
    pub fn nodes<'w>(&'w self, needs: &'w Needs) -> impl Iterator<Item = NodeId> + 'w {
        let source = self.source;
        let tree = &source.tree;
        tree.children(NodeId::ROOT)
            .filter(move |&part| needs.are_met(tree.text(part, &source.text)))
            .flat_map(move |part| std::iter::once(part).chain(tree.descendants(part)))
    }
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
