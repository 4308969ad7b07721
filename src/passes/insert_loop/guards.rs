//! What is known when control comes to the loop, from the checks that every way there has passed.

use super::context::Context;
use super::entry::Entries;
use super::eval::{Eval, Names};
use super::poly::{Atom, AtomKind, Atoms, Poly};
use super::value::{Comparison, Condition};
use crate::facts::types::Width;
use crate::flow::{FlowId, NodeKind};
use crate::syntax::{NodeId, SyntaxKind};

/// More checks than this are not looked at; the nearest ones count.
const MAX_CHECKS: usize = 40;

/// Values that are known not to be negative, each with the check that says so.
pub struct Guards {
    facts: Vec<(Poly, NodeId)>,
}

impl Guards {
    /// Reads the checks that dominate a loop; `first` is its first node.
    pub fn new(cx: &Context<'_>, atoms: &mut Atoms, entries: &mut Entries, first: FlowId) -> Self {
        let mut guards = Self { facts: Vec::new() };
        let mut checks: Vec<FlowId> = cx
            .dominators
            .of(first)
            .filter(|&id| {
                let kind = cx.graph.kind(id);
                matches!(
                    kind,
                    NodeKind::If | NodeKind::While | NodeKind::For | NodeKind::DoWhile
                )
            })
            .take(MAX_CHECKS)
            .collect();
        // An early check may be what makes a later one meaningful.
        checks.reverse();
        for check in checks {
            let &[holds, fails] = cx.graph.successors(check) else {
                continue;
            };
            let Some(part) = cx.graph.node(check).part else {
                continue;
            };
            let leads = cx.graph.reaching(first, |id| id == check);
            let truth = match (leads[holds.index()], leads[fails.index()]) {
                (true, false) => true,
                (false, true) => false,
                _ => continue,
            };
            let at = cx.graph.predecessors(check).to_vec();
            let mut eval = Eval::new(cx, atoms, Names::Outside { entries, at }, b"");
            let condition = eval.condition(part);
            if eval.values.is_empty() && eval.inserts.is_empty() {
                guards.learn(atoms, &condition, truth);
            }
        }
        guards
    }

    fn learn(&mut self, atoms: &mut Atoms, condition: &Condition, truth: bool) {
        match (condition, truth) {
            (Condition::Not(inner), _) => self.learn(atoms, inner, !truth),
            (Condition::And(sides), true) | (Condition::Or(sides), false) => {
                self.learn(atoms, &sides.left, truth);
                self.learn(atoms, &sides.right, truth);
            }
            (Condition::Compare(comparison), _) => self.learn_comparison(atoms, comparison, truth),
            _ => {}
        }
    }

    fn learn_comparison(&mut self, atoms: &mut Atoms, comparison: &Comparison, truth: bool) {
        let Some(integer) = comparison.integer else { return };
        let (left, right) = (&comparison.left, &comparison.right);
        if !self.is_exact(atoms, left, integer.signed) || !self.is_exact(atoms, right, integer.signed) {
            return;
        }
        use SyntaxKind::{EqEq, Ge, Gt, Le, Lt, Ne};
        let operator = match (comparison.operator, truth) {
            (operator, true) => operator,
            (Lt, false) => Ge,
            (Ge, false) => Lt,
            (Gt, false) => Le,
            (Le, false) => Gt,
            (EqEq, false) => Ne,
            (Ne, false) => EqEq,
            _ => return,
        };
        let zero = Poly::default();
        let differences: &[(&Poly, &Poly, i64)] = match operator {
            Lt => &[(right, left, 1)],
            Le => &[(right, left, 0)],
            Gt => &[(left, right, 1)],
            Ge => &[(left, right, 0)],
            EqEq => &[(left, right, 0), (right, left, 0)],
            Ne if right.is_zero() && self.not_negative(atoms, left) => &[(left, &zero, 1)],
            Ne if left.is_zero() && self.not_negative(atoms, right) => &[(right, &zero, 1)],
            _ => &[],
        };
        for (from, take, less) in differences {
            let fact = from
                .minus(take)
                .and_then(|difference| difference.plus(&Poly::number(*less), -1));
            self.facts.extend(fact.map(|fact| (fact, comparison.node)));
        }
    }

    /// Whether C computes what the sum says: nothing wraps.
    fn is_exact(&self, atoms: &Atoms, poly: &Poly, signed: bool) -> bool {
        if signed {
            // Overflow is not allowed to happen; but a value without a sign in it may be read as a negative one.
            return poly.atoms().all(|atom| {
                atoms
                    .info(atom)
                    .integer
                    .is_some_and(|integer| integer.signed || integer.width < Width::Int)
            }) || poly.as_number().is_some()
                || poly.as_atom().is_some();
        }
        let unsigned_or_counted = poly.atoms().all(|atom| {
            atoms.info(atom).integer.is_none_or(|integer| !integer.signed)
                || self.atom_not_negative(atoms, atom)
        });
        if !unsigned_or_counted {
            return false;
        }
        if poly.as_number().is_some_and(|number| number >= 0)
            || poly.as_atom().is_some()
            || is_of_vma(atoms, poly)
        {
            return true;
        }
        // A difference that can't be negative, of two values that are exact themselves.
        let positive = poly.terms().filter(|(_, factor)| *factor > 0).count();
        positive <= 1 && self.not_negative(atoms, poly)
    }

    /// Takes a value for not negative.
    pub fn assume(&mut self, atom: Atom, at: NodeId) {
        self.facts.push((Poly::atom(atom), at));
    }

    /// A number that a value does not exceed.
    pub fn at_most(&self, atoms: &Atoms, poly: &Poly) -> Option<i64> {
        self.facts
            .iter()
            .filter_map(|(fact, _)| {
                // number - value >= 0, with something that is not negative taken away besides
                let sum = fact.plus(poly, 1)?;
                let number = sum
                    .terms()
                    .find(|(product, _)| product.is_empty())
                    .map_or(0, |(_, factor)| factor);
                let rest = Poly::number(number).minus(&sum)?;
                self.plainly_not_negative(atoms, &rest).then_some(number)
            })
            .min()
    }

    /// What a value is known not to exceed, the nearest check first.
    pub fn limits(&self, atoms: &Atoms, value: &Poly) -> Vec<(Poly, NodeId)> {
        let mut found: Vec<(Poly, NodeId)> = self
            .facts
            .iter()
            .rev()
            .filter_map(|(fact, at)| {
                let limit = fact.plus(value, 1)?;
                // Without what is taken away, such as the 1 of `total - 1 >= value`.
                let limit = limit.added();
                Some((limit, *at))
            })
            .collect();
        found.retain(|(limit, _)| {
            let rest = limit.minus(value);
            rest.is_some_and(|rest| self.not_negative(atoms, &rest))
        });
        found
    }

    /// Whether a value is known not to be negative.
    pub fn not_negative(&self, atoms: &Atoms, poly: &Poly) -> bool {
        if self.plainly_not_negative(atoms, poly) {
            return true;
        }
        let beyond = |rest: &Poly| {
            self.facts
                .iter()
                .filter_map(|(fact, _)| rest.minus(fact))
                .collect::<Vec<_>>()
        };
        let once = beyond(poly);
        once.iter().any(|rest| self.plainly_not_negative(atoms, rest))
            || once
                .iter()
                .flat_map(beyond)
                .any(|rest| self.plainly_not_negative(atoms, &rest))
    }

    fn plainly_not_negative(&self, atoms: &Atoms, poly: &Poly) -> bool {
        // A VMA has a page at least.
        let pages = poly
            .terms()
            .filter(|(product, factor)| {
                *factor > 0 && matches!(product, [one] if matches!(atoms.kind(*one), AtomKind::VmaPages(_)))
            })
            .map(|(_, factor)| factor)
            .sum::<i64>();
        let terms = poly.terms().map(|(product, factor)| {
            let less = if product.is_empty() && factor < 0 {
                pages
            } else {
                0
            };
            (product, factor + less)
        });
        terms
            .filter(|(product, factor)| !(product.is_empty() && *factor == 0))
            .all(|(product, factor)| {
                factor > 0 && product.iter().all(|&atom| self.atom_not_negative(atoms, atom))
            })
    }

    fn atom_not_negative(&self, atoms: &Atoms, atom: Atom) -> bool {
        match atoms.kind(atom) {
            AtomKind::Turn | AtomKind::PageSize | AtomKind::VmaPages(_) | AtomKind::PagesOf(_) => true,
            _ => {
                atoms.info(atom).integer.is_some_and(|integer| !integer.signed)
                    || self.facts.iter().any(|(fact, _)| {
                        Poly::atom(atom)
                            .minus(fact)
                            .and_then(|rest| rest.as_number())
                            .is_some_and(|rest| rest >= 0)
                    })
            }
        }
    }

    /// Whether a sum that is computed without a sign does not wrap, provided that it is not negative.
    pub fn fits_word(&self, atoms: &Atoms, sum: &Poly) -> bool {
        let is_held = |value: &Poly| {
            value.is_zero()
                || value.as_number().is_some()
                || value.as_atom().is_some()
                || is_of_vma(atoms, value)
        };
        // What is taken away leaves something that is not negative, as is required elsewhere.
        if is_held(&sum.added()) || is_held(sum) {
            return true;
        }
        // A check says that something which a variable holds is not less than it.
        self.facts.iter().any(|(fact, _)| {
            let Some(most) = fact.plus(sum, 1) else {
                return false;
            };
            is_held(&most)
                || most.terms().any(|(product, _)| {
                    let bound = match product {
                        [one] => Poly::atom(*one),
                        _ => return false,
                    };
                    let rest = bound.minus(&most);
                    rest.is_some_and(|rest| self.plainly_not_negative(atoms, &rest))
                })
        })
    }

    /// Whether a value that is not negative fits 32 bits, with or without a sign: it is not above one of that type.
    pub fn fits_int(&self, atoms: &Atoms, poly: &Poly, signed: bool) -> bool {
        let narrow = |poly: &Poly| {
            poly.as_atom().is_some_and(|atom| {
                atoms.info(atom).integer.is_some_and(|integer| {
                    integer.width < Width::Int || integer.width == Width::Int && (integer.signed || !signed)
                })
            })
        };
        if !self.not_negative(atoms, poly) {
            return false;
        }
        if narrow(poly) {
            return true;
        }
        // A check says `narrow - x >= 0`, and `x - value` is not negative either.
        self.facts.iter().any(|(fact, _)| {
            let Some(sum) = fact.plus(poly, 1) else {
                return false;
            };
            // narrow - x + value = narrow - (x - value)
            sum.terms()
                .filter(|(product, factor)| *factor == 1 && product.len() == 1)
                .any(|(product, _)| {
                    let bound = Poly::atom(product[0]);
                    narrow(&bound)
                        && bound
                            .minus(&sum)
                            .is_some_and(|rest| self.plainly_not_negative(atoms, &rest))
                })
        })
    }
}

/// Whether a sum is the bounds, the size or the range of pages of a VMA: `mmap()` refuses one for which these wrap.
fn is_of_vma(atoms: &Atoms, poly: &Poly) -> bool {
    let mut pages = 0;
    for (product, factor) in poly.terms() {
        if factor != 1 {
            return false;
        }
        let known = match product {
            [one] => match atoms.kind(*one) {
                AtomKind::VmaPages(_) => {
                    pages += 1;
                    true
                }
                AtomKind::Member { name, .. } => matches!(&name[..], b"vm_start" | b"vm_pgoff"),
                _ => false,
            },
            [one, other] => {
                pages += 1;
                let kinds = [atoms.kind(*one), atoms.kind(*other)];
                matches!(
                    kinds,
                    [AtomKind::VmaPages(_), AtomKind::PageSize] | [AtomKind::PageSize, AtomKind::VmaPages(_)]
                )
            }
            _ => false,
        };
        if !known {
            return false;
        }
    }
    pages == 1
}
