//! The flow of control and data in one function.
//!
//! [`Graph`] is the control-flow graph of a function as it is written: nothing is preprocessed, so the branches of an
//! `#if` are alternatives, and a macro with a body is a loop. [`Locals`] says which name means which local variable,
//! [`Accesses`] which node reads or writes it, [`Dominators`] what every way to a node passes, and [`Reach`] answers which writes reach a place and whether a variable
//! is live there. All of them take time in proportion to the function.

mod access;
mod build;
mod dominators;
mod graph;
mod locals;
mod parts;
mod reach;
#[cfg(test)]
mod tests;

pub use access::{Access, Accesses, Write};
pub use dominators::Dominators;
pub use graph::{Detail, FlowId, Graph, Node, NodeKind};
pub use locals::{Locals, Variable, VariableId, VariableKind};
pub use parts::for_header;
pub use reach::{Definition, Reach};

use crate::syntax::{NodeId, SyntaxKind, Tree};

/// The functions of a tree that have a body, also those behind a macro (`SYSCALL_DEFINE3(…) { … }`) and in branches of an
/// `#if` that are parsed by themselves, in the order of the text.
pub fn functions(tree: &Tree) -> impl Iterator<Item = NodeId> + '_ {
    std::iter::once(NodeId::ROOT)
        .chain(tree.descendants(NodeId::ROOT))
        .filter(|&id| {
            matches!(tree.kind(id), SyntaxKind::Function | SyntaxKind::MacroFunction)
                && tree.child(id, SyntaxKind::Block).is_some()
        })
}
