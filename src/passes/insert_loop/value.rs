//! Values, and what is known about macros that values go through.

use super::context::Context;
use super::poly::Poly;
use crate::facts::types::Integer;
use crate::syntax::{NodeId, SyntaxKind};

/// The value of an expression.
#[derive(Clone, PartialEq, Debug)]
pub enum Value {
    /// A number, an address in bytes, or an address in elements for a pointer to pointers.
    Poly(Poly),
    /// The element at an address that changes from turn to turn.
    Element(Poly),
    /// What the insert returned.
    Result,
    /// Whether the insert failed, or if not `failed` the opposite.
    Test {
        /// True for "it failed".
        failed: bool,
    },
    /// Not known.
    Unknown(Why),
}

/// Why a value is not known.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Why {
    /// It comes from a call.
    Call(NodeId),
    /// It is a member of something that changes from turn to turn.
    Member(NodeId),
    /// It is an element of an array of something else than pointers.
    Array(NodeId),
    /// A narrow variable might not hold it.
    Narrow(NodeId),
    /// It is computed in some other way.
    Other(NodeId),
}

/// What an evaluation does besides giving a value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Effect {
    /// Calls something.
    Call(NodeId),
    /// Stores to memory.
    Store(NodeId),
    /// Cannot be understood.
    Unclear(NodeId),
}

/// The insert, as it is called.
#[derive(Clone, Debug)]
pub struct Insert {
    /// The `CallExpr`.
    pub node: NodeId,
    /// Its arguments: VMA, address, page.
    pub arguments: [Value; 3],
}

/// A comparison, both sides and the type in which they are compared.
#[derive(Clone, Debug)]
pub struct Comparison {
    pub operator: SyntaxKind,
    pub left: Poly,
    pub right: Poly,
    pub integer: Option<Integer>,
    pub node: NodeId,
}

/// Two conditions, the second of which is asked only if the first one leaves it open.
#[derive(Clone, Debug)]
pub struct Sides {
    pub left: Condition,
    pub right: Condition,
    /// Whether the insert is behind when the first one is asked.
    pub behind: bool,
}

/// What a condition asks.
#[derive(Clone, Debug)]
pub enum Condition {
    Compare(Comparison),
    /// Whether the insert failed.
    Failed,
    Not(Box<Condition>),
    And(Box<Sides>),
    Or(Box<Sides>),
    Unclear(NodeId),
}

/// Macros that give their argument's truth and print at most.
const TRANSPARENT: [&[u8]; 5] = [
    b"likely",
    b"unlikely",
    b"WARN_ON",
    b"WARN_ON_ONCE",
    b"unlikely_notrace",
];

/// Whether a macro passes a truth value through.
pub fn is_transparent(callee: &[u8]) -> bool {
    TRANSPARENT.contains(&callee)
}

/// Functions and macros without effects, whose value depends on their arguments only.
const PURE: [&[u8]; 16] = [
    b"min",
    b"max",
    b"min_t",
    b"max_t",
    b"umin",
    b"umax",
    b"ARRAY_SIZE",
    b"ALIGN",
    b"ALIGN_DOWN",
    b"round_up",
    b"round_down",
    b"BIT",
    b"offset_in_page",
    b"get_order",
    b"PAGE_ALIGN_DOWN",
    b"PFN_DOWN",
];

/// Whether a function or macro has no effects and depends on its arguments only.
pub fn is_pure(callee: &[u8]) -> bool {
    PURE.contains(&callee) || is_transparent(callee)
}

/// An expression without the parentheses around it.
pub fn strip(cx: &Context<'_>, mut node: NodeId) -> NodeId {
    while cx.tree().kind(node) == SyntaxKind::ParenExpr
        && let Some(inner) = cx.tree().children(node).next()
    {
        node = inner;
    }
    node
}
