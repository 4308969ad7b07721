//! How many turns a loop takes.

use super::poly::{AtomKind, Atoms, Info, Poly, UNSIGNED_LONG};
use super::value::Comparison;
use crate::facts::types::{Integer, Width};
use crate::syntax::SyntaxKind;

/// A number of turns, and what has to hold for it to be right.
#[derive(Clone, Debug)]
pub struct Trip {
    /// How often the test lets the loop go on.
    pub count: Poly,
    /// None of these may be negative.
    pub not_negative: Vec<Poly>,
    /// What the loop computes as sums, none of which may wrap: the count is not written as such a sum.
    pub sums: Vec<Poly>,
}

/// Why the number of turns can't be said.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NoTrip {
    /// Both sides change.
    Varies,
    /// Neither side changes.
    Constant,
    /// It steps neither by one nor by pages, or in the wrong direction.
    Step,
    /// The size may end in the middle of a page.
    PartOfPage,
    /// The form of the test.
    Unclear,
}

/// The number of turns for which `comparison` holds (if `truth`) or fails, both sides written in the number of the turn.
pub fn trip(atoms: &mut Atoms, comparison: &Comparison, truth: bool) -> Result<Trip, NoTrip> {
    use SyntaxKind::{EqEq, Ge, Gt, Le, Lt, Ne};
    let turn = atoms.turn();
    let (mut left, mut right) = (comparison.left.clone(), comparison.right.clone());
    let mut operator = match (comparison.operator, truth) {
        (operator, true) => operator,
        (Lt, false) => Ge,
        (Ge, false) => Lt,
        (Gt, false) => Le,
        (Le, false) => Gt,
        (EqEq, false) => Ne,
        (Ne, false) => EqEq,
        _ => return Err(NoTrip::Unclear),
    };
    match (left.has(turn), right.has(turn)) {
        (true, true) => return Err(NoTrip::Varies),
        (false, false) => return Err(NoTrip::Constant),
        (true, false) => {}
        (false, true) => {
            std::mem::swap(&mut left, &mut right);
            operator = match operator {
                Lt => Gt,
                Gt => Lt,
                Le => Ge,
                Ge => Le,
                other => other,
            };
        }
    }
    let (start, step) = left.linear_in(turn).ok_or(NoTrip::Unclear)?;
    let page = atoms.page_size();
    let up = match (step.as_number(), step.as_atom()) {
        (Some(1), _) => Some((true, false)),
        (Some(-1), _) => Some((false, false)),
        (_, Some(atom)) if atom == page => Some((true, true)),
        _ if Poly::default().minus(&step).and_then(|step| step.as_atom()) == Some(page) => {
            Some((false, true))
        }
        _ => None,
    };
    let (up, by_page) = up.ok_or(NoTrip::Step)?;
    let sums = vec![start.clone(), right.clone()];
    let is_whole = start.is_zero();
    // The way that is left to go, with the last turn included or not.
    let way = if up {
        right.minus(&start)
    } else {
        start.minus(&right)
    };
    let way = way.ok_or(NoTrip::Unclear)?;
    let inclusive = match (operator, up) {
        (Lt, true) | (Gt, false) => false,
        (Le, true) | (Ge, false) => true,
        (Ne, _) => return Ok(exact(atoms, &way, by_page)?.with_sums(sums, is_whole)),
        _ => return Err(NoTrip::Step),
    };
    let mut not_negative = Vec::new();
    if !by_page {
        let count = if inclusive {
            way.plus(&Poly::number(1), 1)
        } else {
            Some(way)
        };
        let count = count.ok_or(NoTrip::Unclear)?;
        not_negative.push(count.clone());
        // Without a sign, `i <= n - 1` never ends if `n` is 0.
        let unsigned = comparison.integer.is_none_or(|integer| !integer.signed);
        if inclusive && up && unsigned && right.terms().any(|(_, factor)| factor < 0) {
            not_negative.push(right.clone());
        }
        if mixed(atoms, &start, comparison.integer) {
            not_negative.push(start);
        }
        let trip = Trip {
            count,
            not_negative,
            sums: Vec::new(),
        };
        return Ok(trip.with_sums(sums, is_whole));
    }
    let signed = comparison.integer.is_some_and(|integer| integer.signed);
    Ok(pages(atoms, way, up, inclusive, signed)?.with_sums(sums, is_whole))
}

impl Trip {
    /// Adds the sums that the count is not written as itself; `is_whole` says that the way begins at 0.
    fn with_sums(mut self, sums: Vec<Poly>, is_whole: bool) -> Self {
        self.sums = sums
            .into_iter()
            .filter(|sum| !(is_whole && *sum == self.count))
            .collect();
        self
    }
}

/// The test for being different: the way has to end exactly.
fn exact(atoms: &mut Atoms, way: &Poly, by_page: bool) -> Result<Trip, NoTrip> {
    let count = if by_page {
        let page = atoms.page_size();
        way.divided_by(page).ok_or(NoTrip::PartOfPage)?
    } else {
        way.clone()
    };
    Ok(Trip {
        not_negative: vec![count.clone()],
        sums: Vec::new(),
        count,
    })
}

/// A way in bytes, gone in pages.
fn pages(atoms: &mut Atoms, way: Poly, up: bool, inclusive: bool, signed: bool) -> Result<Trip, NoTrip> {
    let page = atoms.page_size();
    let made = |count: Poly| {
        Ok(Trip {
            not_negative: vec![count.clone()],
            sums: Vec::new(),
            count,
        })
    };
    if inclusive {
        // `size >= PAGE_SIZE` counts whole pages: the way is one page shorter than the size.
        let whole = way.plus(&Poly::atom(page), 1).ok_or(NoTrip::Unclear)?;
        return made(whole.divided_by(page).ok_or(NoTrip::PartOfPage)?);
    }
    if let Some(count) = way.divided_by(page) {
        return made(count);
    }
    // A size without a sign that is no whole number of pages would be stepped over below 0.
    if !up && !signed {
        return Err(NoTrip::PartOfPage);
    }
    let count = atoms.get(AtomKind::PagesOf(way.clone()), || Info {
        text: "DIV_ROUND_UP({}, PAGE_SIZE)".into(),
        integer: Some(UNSIGNED_LONG),
        node: None,
    });
    Ok(Trip {
        count: Poly::atom(count),
        not_negative: vec![way],
        sums: Vec::new(),
    })
}

/// Whether an index with a sign is compared without it.
fn mixed(atoms: &Atoms, start: &Poly, integer: Option<Integer>) -> bool {
    let unsigned = integer.is_some_and(|integer| !integer.signed && integer.width >= Width::Int);
    unsigned
        && start
            .atoms()
            .any(|atom| atoms.info(atom).integer.is_some_and(|integer| integer.signed))
}
