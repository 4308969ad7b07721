//! `err == -ENOMEM ? VM_FAULT_OOM : VM_FAULT_SIGBUS` in a function that gives fault codes: that is what vmf_error() does.

use super::rewrite::{View, edit};
use crate::edit::Edit;
use crate::syntax::{NodeId, SyntaxKind};

/// The function.
pub(super) const NAME: &str = "vmf_error";

/// What a tree without it gets.
pub(super) const DEFINITION: &str = "
static inline vm_fault_t vmf_error(int err)
{
\tif (err == -ENOMEM)
\t\treturn VM_FAULT_OOM;
\treturn VM_FAULT_SIGBUS;
}
";

/// The edits that write the choices of a function so.
pub(super) fn calls(view: &View<'_>) -> Vec<Edit> {
    let tree = view.tree();
    tree.descendants(view.function)
        .filter(|&id| tree.kind(id) == SyntaxKind::ConditionalExpr)
        .filter_map(|choice| {
            let error = error_of(view, choice)?;
            let whole = tree
                .ancestors(choice)
                .take_while(|&outer| tree.kind(outer) == SyntaxKind::ParenExpr)
                .last()
                .unwrap_or(choice);
            let text = String::from_utf8_lossy(view.text(error)).into_owned();
            Some(edit(tree.range(whole), format!("{NAME}({text})")))
        })
        .collect()
}

/// The error that a conditional expression asks for, if it gives the two codes.
fn error_of(view: &View<'_>, choice: NodeId) -> Option<NodeId> {
    let tree = view.tree();
    let parts: Vec<NodeId> = tree.children(choice).map(|part| within(view, part)).collect();
    let [asked, memory, other] = parts[..] else {
        return None;
    };
    let is_equal =
        tree.kind(asked) == SyntaxKind::BinaryExpr && tree.own_token(asked, SyntaxKind::EqEq).is_some();
    let mut sides = tree.children(asked);
    let (left, right) = (sides.next()?, sides.next()?);
    let spelt = |part: NodeId, text: &[u8]| view.text(part) == text;
    let fits = is_equal
        && spelt(right, b"-ENOMEM")
        && spelt(memory, b"VM_FAULT_OOM")
        && spelt(other, b"VM_FAULT_SIGBUS")
        && tree.kind(left) == SyntaxKind::NameExpr;
    fits.then_some(left)
}

/// What stands in parentheses.
fn within(view: &View<'_>, mut expression: NodeId) -> NodeId {
    let tree = view.tree();
    while tree.kind(expression) == SyntaxKind::ParenExpr {
        let Some(inner) = tree.children(expression).next() else {
            break;
        };
        expression = inner;
    }
    expression
}
