//! The differential oracle: a function that lang-c reads must have the same shape in our tree.
//!
//! It finds faults of precedence, casts and declarations cheaply, and is for tests: a difference says that one of the
//! two readers is wrong, or that the mask is.

mod ours;
mod shape;
mod theirs;

use super::second_reader::mask::mask;
use super::second_reader::{Opinion, WAYS, Why, check_masked, on_big_stack, parse};
use crate::syntax::{NodeId, Tree};
use crate::text::TextRange;

pub use shape::{Item, Shape};

/// Which reader saw something that the other one did not.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Side {
    /// Our tree.
    Ours,
    /// lang-c.
    Theirs,
}

/// Something that only one of the readers saw.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Difference {
    /// Who saw it.
    pub side: Side,
    /// What it is.
    pub shape: Shape,
    /// Where it is, in the file.
    pub range: TextRange,
}

/// What became of one function.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Comparison {
    /// Both see the same.
    Same {
        /// How many things were compared.
        items: usize,
    },
    /// They do not; in the order of the text.
    Different(Vec<Difference>),
    /// lang-c can't read the function.
    Unread {
        /// Where it stopped, in the file.
        at: u32,
        /// What it said.
        message: String,
    },
    /// lang-c was not asked.
    NoOpinion(Why),
}

/// Compares the two readers on one function of a file.
pub fn compare(text: &[u8], tree: &Tree, function: NodeId, is_type: &dyn Fn(&[u8]) -> bool) -> Comparison {
    let range = tree.range(function);
    let source = range.slice(text);
    let mut first = None;
    for way in WAYS {
        let masked = mask(source, is_type, way);
        let outcome = match check_masked(masked.clone()) {
            Opinion::Parses => {
                let Ok(masked) = masked else { continue };
                let view = shape::View::new(&masked);
                let ours = ours::items(tree, function, &view);
                let source = source.to_vec();
                let theirs = on_big_stack(masked, move |masked| {
                    let view = shape::View::new(&masked);
                    let unit = parse(&masked);
                    unit.map(|unit| theirs::items(&unit, &masked, &source, &view))
                        .unwrap_or_default()
                });
                return match theirs {
                    Ok(theirs) => difference(range.start, &ours, &theirs),
                    Err(why) => Comparison::NoOpinion(why),
                };
            }
            Opinion::Fails { at, message } => Comparison::Unread {
                at: range.start + at,
                message,
            },
            Opinion::NoOpinion(why) => Comparison::NoOpinion(why),
        };
        first.get_or_insert(outcome);
    }
    first.unwrap_or(Comparison::NoOpinion(Why::NoThread))
}

/// Both lists are sorted; what stands in one only is a difference.
fn difference(start: u32, ours: &[Item], theirs: &[Item]) -> Comparison {
    let mut found = Vec::new();
    let (mut a, mut b) = (0, 0);
    while a < ours.len() || b < theirs.len() {
        let side = match (ours.get(a), theirs.get(b)) {
            (Some(x), Some(y)) if x == y => {
                (a, b) = (a + 1, b + 1);
                continue;
            }
            (Some(x), Some(y)) if x > y => Side::Theirs,
            (None, _) => Side::Theirs,
            _ => Side::Ours,
        };
        let item = match side {
            Side::Ours => {
                a += 1;
                ours[a - 1]
            }
            Side::Theirs => {
                b += 1;
                theirs[b - 1]
            }
        };
        found.push(Difference {
            side,
            shape: item.shape,
            range: TextRange::new(start + item.start, start + item.end),
        });
    }
    if found.is_empty() {
        Comparison::Same { items: ours.len() }
    } else {
        Comparison::Different(found)
    }
}

#[cfg(test)]
mod tests;
