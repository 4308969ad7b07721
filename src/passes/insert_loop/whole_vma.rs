//! Calls that map a whole VMA from an array and check its size themselves: whether that check can't fire.

use super::Parameters;
use super::judge::Fold;
use super::miss::Miss;
use super::poly::{Atom, AtomKind, Poly};
use crate::syntax::NodeId;

/// How a loop maps a whole VMA.
pub(super) struct WholeVma {
    /// The function that does so too.
    pub(super) function: String,
    /// The array from its begin on.
    pub(super) array: Poly,
    /// How many elements it has.
    pub(super) total: Poly,
    /// The check that says so.
    pub(super) check: NodeId,
}

impl WholeVma {
    /// Finds what to give to a function that maps all pages of a VMA, from `vm_pgoff` on or from the begin of the array,
    /// and refuses a VMA that reaches behind the end of the array.
    pub(super) fn of(fold: &Fold, parameters: &Parameters) -> Result<Self, Miss> {
        let at = fold.insert;
        let miss = |code, text: String| Err(Miss::new(code, text, [at]));
        let member = |fold: &Fold, name: &[u8]| -> Option<Atom> {
            let kind = AtomKind::Member {
                base: fold.vma.clone(),
                arrow: true,
                name: name.into(),
            };
            fold.atoms.find(&kind)
        };
        let pages_of_vma = fold.atoms.find(&AtomKind::VmaPages(fold.vma.clone()));
        let start = member(fold, b"vm_start").map(Poly::atom);
        if start.as_ref() != Some(&fold.address) {
            return miss(
                "not-whole-vma",
                "the first page does not go to the start of the VMA".into(),
            );
        }
        let covers = pages_of_vma.map(Poly::atom).filter(|pages| {
            let (more, less) = (fold.count.minus(pages), pages.minus(&fold.count));
            let holds = |difference: Option<Poly>| {
                difference.is_some_and(|difference| fold.guards.not_negative(&fold.atoms, &difference))
            };
            holds(more) && holds(less)
        });
        let Some(pages) = covers else {
            let text =
                "the loop maps a number of pages of its own, and it is not shown that the VMA has as many";
            return miss("not-whole-vma", text.into());
        };
        let offset = member(fold, b"vm_pgoff").filter(|&offset| fold.pages.has(offset));
        let (function, array, reach) = match offset.map(Poly::atom) {
            Some(offset) => {
                let array = fold.pages.minus(&offset);
                (Some(&parameters.to), array, pages.plus(&offset, 1))
            }
            None => (
                parameters.at_start.as_ref(),
                Some(fold.pages.clone()),
                Some(pages.clone()),
            ),
        };
        let (Some(array), Some(reach)) = (array, reach) else {
            return miss(
                "unclear",
                "it is not clear where in the array the first page stands".into(),
            );
        };
        if offset.is_some_and(|offset| array.has(offset)) || is_sum(&array) {
            let text = "the first page stands neither at the begin of the array nor at vm_pgoff";
            return miss("not-whole-vma", text.into());
        }
        let Some(function) = function else {
            let text = format!(
                "the array is mapped from its begin on, whereas {}() begins at vm_pgoff",
                parameters.to
            );
            return miss("not-whole-vma", text);
        };
        let found = fold
            .guards
            .limits(&fold.atoms, &reach)
            .into_iter()
            .find(|(total, _)| !pages_of_vma.is_some_and(|pages| total.has(pages)) && is_one_thing(total));
        let Some((total, check)) = found else {
            let text = format!(
                "no check in front of the loop says that the array has enough pages, so {function}() might refuse what the loop maps"
            );
            return miss("extra-check", text);
        };
        Ok(Self {
            function: function.clone(),
            array,
            total,
            check,
        })
    }
}

/// A value that is written as one name or number.
fn is_one_thing(value: &Poly) -> bool {
    value.as_atom().is_some() || value.as_number().is_some_and(|number| number > 0)
}

/// Whether something is added to a pointer.
fn is_sum(array: &Poly) -> bool {
    array.as_atom().is_none()
}
