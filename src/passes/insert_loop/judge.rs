//! Whether one call of the insert is the body of a loop that one call of the range insert can replace.

use super::context::Context;
use super::entry::Entries;
use super::guards::Guards;
use super::irregular::{carried_address, changed_bound, computed_page, irregularity};
use super::miss::Miss;
use super::poly::{Atom, Atoms, Poly};
use super::questions::{Answers, Question};
use super::run::Run;
use super::turn::{Turn, loop_around};
use crate::flow::{FlowId, VariableId};
use crate::syntax::NodeId;

/// What is to be found: the name of the insert, and what is known about signs.
pub struct Search<'a> {
    pub insert: &'a [u8],
    pub answers: &'a Answers,
}

/// A loop that one call can replace.
pub struct Fold {
    pub turn: Turn,
    /// The `CallExpr` of the insert.
    pub insert: NodeId,
    /// The variable that holds what the insert returned, if one does.
    pub result: Option<VariableId>,
    /// The VMA.
    pub vma: Poly,
    /// Where the first page goes.
    pub address: Poly,
    /// Where the first page stands, in elements.
    pub pages: Poly,
    /// How many there are.
    pub count: Poly,
    /// How the loop is left when an insert fails.
    pub on_error: Exit,
    /// How it is left at its end.
    pub at_end: Exit,
    /// Variables that are read behind the loop's end, with what a turn adds to each.
    pub finals: Vec<(VariableId, Poly)>,
    /// What those hold when the loop begins.
    pub starts: Vec<(VariableId, Poly)>,
    pub page_size: Atom,
    pub assumptions: Vec<Assumption>,
    pub atoms: Atoms,
    pub entries: Entries,
    /// What is known when the loop begins.
    pub guards: Guards,
}

/// A way out of a loop.
#[derive(Clone, Copy, Debug)]
pub struct Exit {
    /// The condition that decides, with the truth with which it leaves.
    pub condition: NodeId,
    pub truth: bool,
    /// The node of the condition.
    pub node: FlowId,
    /// The first node outside.
    pub to: FlowId,
    /// Whether the test stands behind the insert in a turn.
    pub behind: bool,
}

/// Something that has to hold for the rewrite to keep the behaviour.
#[derive(Clone, Debug)]
pub struct Assumption {
    pub code: &'static str,
    pub text: String,
    pub at: Vec<NodeId>,
    /// What would have to be known about the tree.
    pub questions: Vec<Question>,
}

/// What became of one call.
pub enum Judgement {
    Fold(Box<Fold>),
    /// Left alone; sorted, the first miss says most.
    Left(Vec<Miss>),
    /// It stands in no loop.
    Single,
}

/// Judges one call.
pub fn judge(cx: &Context<'_>, search: &Search<'_>, call: NodeId) -> Judgement {
    let Some(syntax) = loop_around(cx, call) else {
        return Judgement::Single;
    };
    let mut misses = Vec::new();
    let turn = match Turn::new(cx, syntax) {
        Ok(turn) => turn,
        Err(irregular) => {
            misses.push(irregularity(cx, irregular, call));
            misses.extend(computed_page(cx, syntax, call));
            misses.extend(changed_bound(cx, syntax, call));
            misses.extend(carried_address(cx, syntax, call));
            return left(misses);
        }
    };
    let run = Run::new(cx, search, turn);
    match run.judge(call) {
        Ok(fold) => Judgement::Fold(Box::new(fold)),
        Err(more) => {
            misses.extend(more);
            misses.extend(changed_bound(cx, syntax, call));
            misses.extend(carried_address(cx, syntax, call));
            left(misses)
        }
    }
}

fn left(mut misses: Vec<Miss>) -> Judgement {
    misses.sort_by_key(Miss::rank);
    // A call that gives the page is told once.
    let told: Vec<NodeId> = misses
        .iter()
        .filter(|miss| miss.code.starts_with("page-"))
        .flat_map(|miss| miss.at.clone())
        .collect();
    misses.retain(|miss| miss.code != "other-effect" || !miss.at.iter().any(|at| told.contains(at)));
    misses.dedup_by(|a, b| a.code == b.code);
    Judgement::Left(misses)
}
