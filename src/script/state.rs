//! Does a script keep something from one run to the next?

use super::ast::{Expr, ExprKind, Stmt, StmtKind};

/// Whether a statement makes something at the top of a script that a later run may change, or changes it.
pub(super) fn is_kept(stmt: &Stmt) -> bool {
    match &stmt.kind {
        StmtKind::Assign(targets, value) => {
            is_mutable(value) || targets.iter().any(|target| reads(value, target))
        }
        StmtKind::Augmented(..) => true,
        StmtKind::Def(def) => def.body.iter().any(is_global),
        StmtKind::If(branches, otherwise) => branches
            .iter()
            .flat_map(|(_, body)| body)
            .chain(otherwise)
            .any(is_kept),
        StmtKind::For(_, _, body) | StmtKind::While(_, body) => body.iter().any(is_kept),
        StmtKind::Try(body, handlers, otherwise, finally) => body
            .iter()
            .chain(handlers.iter().flat_map(|handler| &handler.body))
            .chain(otherwise)
            .chain(finally)
            .any(is_kept),
        _ => false,
    }
}

fn is_mutable(value: &Expr) -> bool {
    match &value.kind {
        ExprKind::List(_) | ExprKind::Set(_) | ExprKind::Dict(_) | ExprKind::Comprehension(..) => true,
        ExprKind::Call(callee, ..) => {
            matches!(&callee.kind, ExprKind::Name(name) if matches!(name.as_str(), "list" | "dict" | "set"))
        }
        _ => false,
    }
}

/// `n = n + 1`
fn reads(value: &Expr, target: &Expr) -> bool {
    let ExprKind::Name(name) = &target.kind else {
        return false;
    };
    match &value.kind {
        ExprKind::Name(other) => other == name,
        ExprKind::Binary(_, left, right) => reads(left, target) || reads(right, target),
        _ => false,
    }
}

fn is_global(stmt: &Stmt) -> bool {
    match &stmt.kind {
        StmtKind::Global(_) => true,
        StmtKind::If(branches, otherwise) => branches
            .iter()
            .flat_map(|(_, body)| body)
            .chain(otherwise)
            .any(is_global),
        StmtKind::For(_, _, body) | StmtKind::While(_, body) => body.iter().any(is_global),
        _ => false,
    }
}
