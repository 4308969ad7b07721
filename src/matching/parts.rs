//! What of the tree a state evaluates: the statement without those in it, a condition, the head of a function.

use crate::flow::NodeKind as N;
use crate::syntax::{NodeId, SyntaxKind, SyntaxKind::*, Tree};

use super::ways::{StateId, StateKind, Ways};

impl Ways {
    /// The parts of the tree that a state evaluates.
    pub fn roots(&self, tree: &Tree, state: StateId) -> Vec<NodeId> {
        let here = self.states[state as usize];
        match here.kind {
            StateKind::Item => vec![here.syntax],
            StateKind::Flow(kind) => match kind {
                N::Declaration | N::Simple | N::Return | N::Goto | N::Case => vec![here.syntax],
                N::If | N::While | N::For | N::MacroLoop | N::Switch => {
                    let body = |kind: SyntaxKind| kind.is_statement() && kind != Declaration;
                    tree.children(here.syntax)
                        .filter(|&child| !body(tree.kind(child)))
                        .collect()
                }
                N::DoWhile => tree.children(here.syntax).skip(1).collect(),
                // Parameters and what else stands in the head.
                N::Head => tree
                    .children(here.syntax)
                    .filter(|&child| tree.kind(child) != Block)
                    .collect(),
                _ => Vec::new(),
            },
        }
    }

    /// The expressions, and the declared variables, in these parts.
    pub fn expressions(&self, tree: &Tree, state: StateId) -> &[NodeId] {
        self.expressions[state as usize].get_or_init(|| {
            self.roots(tree, state)
                .into_iter()
                .flat_map(|root| std::iter::once(root).chain(tree.descendants(root)))
                .filter(|&id| tree.kind(id).is_expression() || tree.kind(id) == InitDeclarator)
                .collect()
        })
    }
}
