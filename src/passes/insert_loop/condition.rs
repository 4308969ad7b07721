//! What conditions ask.

use super::context::common;
use super::eval::Eval;
use super::poly::{Poly, UNSIGNED_LONG};
use super::value::{Comparison, Condition, Sides, Value, is_transparent};
use crate::facts::types::Integer;
use crate::syntax::{NodeId, SyntaxKind};

impl Eval<'_, '_> {
    /// What a condition asks; evaluates its parts from left to right.
    pub fn condition(&mut self, node: NodeId) -> Condition {
        let tree = self.cx.tree();
        let children: Vec<NodeId> = tree.children(node).collect();
        let operator = self.cx.operator(node);
        match (tree.kind(node), operator) {
            (SyntaxKind::ParenExpr, _) if children.len() == 1 => return self.condition(children[0]),
            (SyntaxKind::PrefixExpr, Some(SyntaxKind::Bang)) if children.len() == 1 => {
                return Condition::Not(Box::new(self.condition(children[0])));
            }
            (SyntaxKind::BinaryExpr, Some(operator @ (SyntaxKind::AmpAmp | SyntaxKind::PipePipe)))
                if children.len() == 2 =>
            {
                let left = self.condition(children[0]);
                let behind = !self.inserts.is_empty();
                let right = self.condition(children[1]);
                let sides = Box::new(Sides { left, right, behind });
                return if operator == SyntaxKind::AmpAmp {
                    Condition::And(sides)
                } else {
                    Condition::Or(sides)
                };
            }
            (SyntaxKind::CallExpr, _) if children.len() == 2 && is_transparent(self.cx.text(children[0])) => {
                let arguments: Vec<NodeId> = tree.children(children[1]).collect();
                if let [argument] = arguments[..] {
                    return self.condition(argument);
                }
            }
            (SyntaxKind::CommaExpr, _) if children.len() == 2 => {
                self.value(children[0]);
                return self.condition(children[1]);
            }
            (
                SyntaxKind::BinaryExpr,
                Some(
                    operator @ (SyntaxKind::EqEq
                    | SyntaxKind::Ne
                    | SyntaxKind::Lt
                    | SyntaxKind::Gt
                    | SyntaxKind::Le
                    | SyntaxKind::Ge),
                ),
            ) if children.len() == 2 => return self.comparison(node, operator, children[0], children[1]),
            _ => {}
        }
        match self.value(node) {
            Value::Result | Value::Test { failed: true } => Condition::Failed,
            Value::Test { failed: false } => Condition::Not(Box::new(Condition::Failed)),
            Value::Poly(poly) => Condition::Compare(Comparison {
                operator: SyntaxKind::Ne,
                left: poly,
                right: Poly::default(),
                integer: self.cx.integer_of(node),
                node,
            }),
            Value::Element(_) | Value::Unknown(_) => Condition::Unclear(node),
        }
    }

    pub(super) fn comparison(
        &mut self,
        node: NodeId,
        operator: SyntaxKind,
        left: NodeId,
        right: NodeId,
    ) -> Condition {
        let (a, b) = (self.value(left), self.value(right));
        let is_zero = |value: &Value| matches!(value, Value::Poly(poly) if poly.is_zero());
        let failed = || Condition::Failed;
        let not = |inner| Condition::Not(Box::new(inner));
        match (&a, operator, &b) {
            // The insert returns 0 or a negative errno.
            (Value::Result, SyntaxKind::Ne | SyntaxKind::Lt, zero) if is_zero(zero) => failed(),
            (Value::Result, SyntaxKind::EqEq | SyntaxKind::Ge, zero) if is_zero(zero) => not(failed()),
            (zero, SyntaxKind::Ne | SyntaxKind::Gt, Value::Result) if is_zero(zero) => failed(),
            (zero, SyntaxKind::EqEq | SyntaxKind::Le, Value::Result) if is_zero(zero) => not(failed()),
            (Value::Test { failed: true }, SyntaxKind::Ne, zero) if is_zero(zero) => failed(),
            (Value::Test { failed: true }, SyntaxKind::EqEq, zero) if is_zero(zero) => not(failed()),
            (Value::Poly(a), _, Value::Poly(b)) => Condition::Compare(Comparison {
                operator,
                left: a.clone(),
                right: b.clone(),
                integer: self.compared_as(left, right),
                node,
            }),
            _ => Condition::Unclear(node),
        }
    }

    /// The type in which two sides are compared; addresses are compared as numbers without a sign.
    pub(super) fn compared_as(&self, left: NodeId, right: NodeId) -> Option<Integer> {
        let is_pointer = |side| {
            self.cx
                .type_of(side)
                .is_some_and(|ty| ty.pointers + ty.arrays > 0)
        };
        if is_pointer(left) || is_pointer(right) {
            return Some(UNSIGNED_LONG);
        }
        common(self.cx.integer_of(left)?, self.cx.integer_of(right)?)
    }
}
