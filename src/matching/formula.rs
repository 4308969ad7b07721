//! Formulas over states: computation tree logic with bindings (Brunel et al., POPL 2009).

use rustc_hash::{FxHashMap, FxHashSet};

use crate::smpl::pattern::{Node, Token};
use crate::smpl::{Quantifier, VarId};

/// Index of a formula.
pub type FormulaId = u32;

/// A formula: what holds at a state.
#[derive(Clone, Debug)]
pub enum Formula {
    /// Always.
    True,
    /// A piece of pattern fits here.
    Atom(Atom),
    /// Both.
    And(FormulaId, FormulaId),
    /// The first, or else the second where the third does not hold.
    Else(FormulaId, FormulaId, FormulaId),
    /// The first, or else, where it does not hold under any bindings, the second.
    Instead(FormulaId, FormulaId),
    /// Either.
    Or(FormulaId, FormulaId),
    /// Not.
    Not(FormulaId),
    /// At the next states: at all of them, or at one.
    Next(Quantifier, FormulaId),
    /// On the ways from here, the first holds until the second does.
    Until {
        /// On all ways or on one.
        on: Quantifier,
        /// What has to hold at the begin of an arm that ends in a jump, so that it need not reach the goal.
        forgiven: Option<FormulaId>,
        /// What holds on the way.
        guard: FormulaId,
        /// Where the way ends.
        goal: FormulaId,
    },
    /// At a state that the structure of the statement here leads to.
    Jump(Jump, FormulaId),
    /// It may hold; where it does, what it finds counts.
    Maybe(FormulaId),
    /// It holds, but what it finds is not changed.
    Check(FormulaId),
    /// It holds for some values of these metavariables, which are of no interest elsewhere.
    Exists(Vec<VarId>, FormulaId),
    /// It holds for some values of these metavariables, whatever they hold elsewhere.
    Afresh(Vec<VarId>, FormulaId),
}

/// Where a jump leads.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Jump {
    /// The first statement of the branch taken or of the body.
    Then,
    /// The first statement behind `else`.
    Else,
    /// The last state of the statement here: what comes next is behind it.
    End,
    /// The closing brace of the block around.
    BlockEnd,
}

/// A piece of pattern for one state; the nodes are indices into [`Compiled::nodes`].
#[derive(Clone, Debug)]
pub enum Atom {
    /// A statement without statements in it, a declaration or an item.
    Statement(usize),
    /// The brace that ends the function, where `return;` is not written.
    FallsOff(usize),
    /// An expression somewhere in it.
    Expression(usize),
    /// A type somewhere in it.
    Type(usize),
    /// The head of an `if` or a loop.
    Header(usize),
    /// The head of a function.
    Function(usize),
    /// `{`, and the metavariable that says of which block.
    Open(Token, VarId),
    /// `}` of that block.
    Close(Token, VarId),
    /// The begin of a statement that stands where one can stand, and the metavariable that says which one.
    Enter(VarId),
    /// Outside of that statement.
    Leave(VarId),
    /// Outside of that block or statement, other than by a return; or by the `goto` that it ends with, if that is allowed.
    Strays(VarId, bool),
    /// A statement metavariable.
    Meta(Token),
    /// All statements of a block.
    MetaList(Token, VarId),
    /// Anything; it is removed.
    Removed(Token),
    /// The brace that begins a function's body.
    Start,
    /// The closing brace of a block that a jump leaves.
    Left,
    /// A `continue`.
    Turns,
    /// A `goto` or `break`.
    Jumps,
    /// A `break` or `continue` that leaves that body.
    Leaves(VarId),
    /// The end of a function.
    End,
    /// The arm of an `if` whose condition this is: the one taken, or the other one.
    Arm(usize, bool),
}

impl Atom {
    /// Whether pieces of pattern and code are compared, which takes time.
    pub fn compares(&self) -> bool {
        matches!(
            self,
            Self::Statement(_)
                | Self::Expression(_)
                | Self::Type(_)
                | Self::Header(_)
                | Self::Function(_)
                | Self::Meta(_)
                | Self::MetaList(..)
                | Self::Arm(..)
        )
    }
}

/// A compiled rule.
#[derive(Debug)]
pub struct Compiled {
    /// All formulas.
    pub formulas: Vec<Formula>,
    /// The nodes that atoms speak of.
    pub nodes: Vec<Node>,
    /// What has to hold where the pattern begins; `None` if the rule has no pattern.
    pub root: Option<FormulaId>,
    /// The pattern is a lone expression or type, so the flow of control does not matter.
    pub lone: bool,
    /// Metavariables of added code: where one is only known not to be something, nothing can be added.
    pub added: FxHashSet<VarId>,
    /// How many metavariables there are, those for blocks included.
    pub vars: usize,
    /// Positions that others want to know: where all ways have to match, each may have its own.
    pub positions: Vec<VarId>,
    /// The formulas of `when !=`, and what each of them forbids.
    pub forbidden: FxHashMap<FormulaId, usize>,
}
