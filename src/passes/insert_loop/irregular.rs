//! What is in the way of loops that can't be evaluated, as far as their text tells.

use super::context::Context;
use super::entry::{assigned_expression, store_target};
use super::miss::Miss;
use super::turn::{Irregular, loop_around};
use super::value::strip;
use crate::flow::{NodeKind, VariableId, Write};
use crate::syntax::{NodeId, SyntaxKind};

pub(super) fn irregularity(cx: &Context<'_>, irregular: Irregular, call: NodeId) -> Miss {
    let tree = cx.tree();
    match irregular {
        Irregular::Macro(at) => {
            let head = cx
                .tree()
                .children(at)
                .next()
                .map(|call| cx.shown(call))
                .unwrap_or_default();
            if head.contains("list_for_each") {
                return Miss::new(
                    "page-from-list",
                    format!("the pages are in a list: `{head}`"),
                    [at],
                );
            }
            Miss::new(
                "macro-loop",
                format!("the loop is made by a macro: `{head}`"),
                [at],
            )
        }
        Irregular::Preprocessor(at) => Miss::new(
            "preprocessor",
            "what the loop does depends on the configuration",
            [at],
        ),
        Irregular::Branch(at) => {
            let is_switch = tree
                .ancestors(at)
                .find(|&outer| tree.kind(outer).is_statement())
                .into_iter()
                .chain([at])
                .any(|outer| tree.kind(outer) == SyntaxKind::SwitchStmt);
            if is_switch {
                return Miss::new("unclear", "a `switch` decides what each turn does", [at]);
            }
            let asks_result = tree.contains(at, call)
                || assigned_from(cx, call).is_some_and(|result| {
                    tree.descendants(at)
                        .chain([at])
                        .any(|inner| cx.locals.resolve(inner) == Some(result))
                });
            if asks_result {
                return Miss::new("error-ignored", "the loop goes on when an insert fails", [at]);
            }
            Miss::new(
                "other-effect",
                "a turn does more than to insert a page, and not the same in each turn",
                [at],
            )
        }
        Irregular::Jump(at) => Miss::new("irregular-loop", "jumps lead into the loop or around in it", [at]),
        Irregular::Once(at) => Miss::new("irregular-loop", "the loop never takes a second turn", [at]),
    }
}

/// The variable that a call is assigned to.
pub(super) fn assigned_from(cx: &Context<'_>, call: NodeId) -> Option<VariableId> {
    let tree = cx.tree();
    let mut inner = call;
    for outer in tree.ancestors(call) {
        match tree.kind(outer) {
            SyntaxKind::ParenExpr => inner = outer,
            SyntaxKind::AssignExpr => {
                let left = tree.children(outer).next().filter(|&left| left != inner)?;
                return cx.locals.resolve(left);
            }
            SyntaxKind::InitDeclarator => return cx.locals.declared_by(outer),
            _ => return None,
        }
    }
    None
}

/// Whether the page is what a call gives, for a loop that can't be evaluated.
pub(super) fn computed_page(cx: &Context<'_>, syntax: NodeId, call: NodeId) -> Option<Miss> {
    let tree = cx.tree();
    let page = tree
        .child(call, SyntaxKind::ArgList)
        .and_then(|list| tree.children(list).nth(2))?;
    let mut value = strip(cx, page);
    if let Some(variable) = cx.locals.resolve(value) {
        let mut writes = cx
            .accesses
            .of_variable(variable)
            .filter(|(node, access)| {
                access.writes != Write::No
                    && cx
                        .graph
                        .node(*node)
                        .part
                        .is_some_and(|part| tree.contains(syntax, part))
            })
            .map(|(node, _)| node);
        value = assigned_expression(cx, variable, writes.next()?)?;
        if writes.next().is_some() {
            return None;
        }
    }
    (tree.kind(value) == SyntaxKind::CallExpr).then(|| {
        let text = format!("the page does not come from an array: `{}`", cx.shown(value));
        Miss::new("page-computed", text, [value])
    })
}

/// Whether the loop stores to what bounds it, or goes on to another array.
pub(super) fn changed_bound(cx: &Context<'_>, syntax: NodeId, call: NodeId) -> Option<Miss> {
    let tree = cx.tree();
    let page = tree
        .child(call, SyntaxKind::ArgList)
        .and_then(|list| tree.children(list).nth(2))?;
    let is_condition = |id: NodeId| {
        cx.graph.at(tree, id).is_some_and(|node| {
            cx.graph.node(node).syntax == syntax
                && matches!(
                    cx.graph.kind(node),
                    NodeKind::For | NodeKind::While | NodeKind::DoWhile
                )
        })
    };
    for id in tree.descendants(syntax) {
        let Some(target) = store_target(cx, id) else {
            continue;
        };
        if tree.kind(target) == SyntaxKind::MemberExpr {
            let text = cx.text(target);
            let bound = tree.descendants(syntax).find(|&other| {
                tree.kind(other) == SyntaxKind::MemberExpr && cx.text(other) == text && is_condition(other)
            });
            if bound.is_some_and(|bound| !tree.contains(id, bound)) {
                let text = format!("the loop changes its own bound `{}`", cx.shown(target));
                return Some(Miss::new("bound-varies", text, [id]));
            }
        }
        if let Some(variable) = cx.locals.resolve(target)
            && tree.kind(id) == SyntaxKind::AssignExpr
            && cx.operator(id) == Some(SyntaxKind::Eq)
            && cx.locals.variable(variable).scope != syntax
        {
            let is_base = tree.descendants(page).any(|inner| {
                cx.locals.resolve(inner) == Some(variable)
                    && tree.parent(inner).is_some_and(|outer| {
                        matches!(tree.kind(outer), SyntaxKind::MemberExpr | SyntaxKind::IndexExpr)
                            && tree.children(outer).next() == Some(inner)
                    })
            });
            let steps_in_list = tree.kind(page) == SyntaxKind::MemberExpr;
            if is_base && !steps_in_list {
                let text = format!("the array changes in the loop: `{}`", cx.shown(id));
                return Some(Miss::new("bound-varies", text, [id]));
            }
        }
    }
    None
}

/// Whether what the address is made of goes on to be used behind the loop: a part that was mapped counts.
pub(super) fn carried_address(cx: &Context<'_>, syntax: NodeId, call: NodeId) -> Option<Miss> {
    let tree = cx.tree();
    let address = tree
        .child(call, SyntaxKind::ArgList)
        .and_then(|list| tree.children(list).nth(1))?;
    let after = cx
        .graph
        .ids()
        .find(|&id| cx.graph.node(id).syntax == syntax && cx.graph.kind(id) == NodeKind::After)?;
    let carried = tree
        .descendants(address)
        .chain([address])
        .filter(|&name| tree.kind(name) == SyntaxKind::NameExpr)
        .filter_map(|name| Some((name, cx.locals.resolve(name)?)))
        .find(|&(_, variable)| {
            let is_changed = cx.accesses.of_variable(variable).any(|(node, access)| {
                access.writes != Write::No && tree.contains(syntax, cx.graph.node(node).syntax)
            });
            is_changed && cx.reach().is_live_before(variable, after)
        })?;
    let name = cx.shown(carried.0);
    if let Some(outer) = loop_around(cx, syntax) {
        return Some(Miss::new(
            "address-shared",
            format!("nested loops share the running address `{name}`"),
            [outer, syntax],
        ));
    }
    Some(Miss::new(
        "partial-result",
        format!("`{name}` counts what was mapped, and is used behind the loop"),
        [syntax],
    ))
}
