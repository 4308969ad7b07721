//! Sums of products of unknowns: what addresses, indexes and counts are compared as.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use crate::facts::types::{Integer, Width};
use crate::flow::VariableId;
use crate::syntax::NodeId;

/// An unknown, by its number in [`Atoms`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Atom(u32);

/// What an unknown stands for.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum AtomKind {
    /// The number of the turn, from 0.
    Turn,
    /// `PAGE_SIZE`.
    PageSize,
    /// What a local variable holds when control comes to the loop.
    Entry(VariableId),
    /// What a local variable that the loop changes holds when a turn begins.
    Current(VariableId),
    /// The number of pages of a VMA.
    VmaPages(Poly),
    /// A number of bytes divided by the size of a page, rounded up.
    PagesOf(Poly),
    /// A member of what a value is or points to.
    Member {
        /// The value.
        base: Poly,
        /// `->` or `.`
        arrow: bool,
        /// The member.
        name: Box<[u8]>,
    },
    /// A name that is no local variable.
    Name(Box<[u8]>),
    /// Some other expression without effects: its tokens, and what the local variables in it hold.
    Pure {
        /// The tokens.
        tokens: Box<[u8]>,
        /// The variables.
        inputs: Vec<(VariableId, Poly)>,
    },
}

/// What is known about an unknown besides what it stands for.
#[derive(Clone, Debug, Default)]
pub struct Info {
    /// How it is written where it was met first; for [`AtomKind::PagesOf`], with `{}` for the bytes.
    pub text: String,
    /// Its type, if that is a known integer type.
    pub integer: Option<Integer>,
    /// The expression where it was met first.
    pub node: Option<NodeId>,
}

/// The unknowns of one function.
#[derive(Default)]
pub struct Atoms {
    list: Vec<(AtomKind, Info)>,
    index: FxHashMap<AtomKind, Atom>,
    /// Numbers that macros stand for, in the order in which they were met.
    numbers: Vec<(i64, String)>,
}

impl Atoms {
    /// The unknown of a kind; `info` describes it if it is new.
    pub fn get(&mut self, kind: AtomKind, info: impl FnOnce() -> Info) -> Atom {
        if let Some(&atom) = self.index.get(&kind) {
            return atom;
        }
        let atom = Atom(self.list.len() as u32);
        self.list.push((kind.clone(), info()));
        self.index.insert(kind, atom);
        atom
    }

    /// The unknown of a kind, if it was met.
    pub fn find(&self, kind: &AtomKind) -> Option<Atom> {
        self.index.get(kind).copied()
    }

    /// The number of the turn.
    pub fn turn(&mut self) -> Atom {
        self.get(AtomKind::Turn, || Info {
            integer: Some(UNSIGNED_LONG),
            ..Info::default()
        })
    }

    /// `PAGE_SIZE`.
    pub fn page_size(&mut self) -> Atom {
        self.get(AtomKind::PageSize, || Info {
            integer: Some(UNSIGNED_LONG),
            ..Info::default()
        })
    }

    /// Notes that a macro stands for a number.
    pub fn name_number(&mut self, number: i64, name: &[u8]) {
        if self.number_name(number).is_none() {
            self.numbers
                .push((number, String::from_utf8_lossy(name).into_owned()));
        }
    }

    /// The macro that stands for a number.
    pub fn number_name(&self, number: i64) -> Option<&str> {
        let known = self.numbers.iter().find(|(known, _)| *known == number);
        known.map(|(_, name)| &name[..])
    }

    /// What it stands for.
    pub fn kind(&self, atom: Atom) -> &AtomKind {
        &self.list[atom.0 as usize].0
    }

    /// How it is written.
    pub fn info(&self, atom: Atom) -> &Info {
        &self.list[atom.0 as usize].1
    }
}

/// The type of `PAGE_SIZE` and of addresses.
pub const UNSIGNED_LONG: Integer = Integer {
    signed: false,
    width: Width::Long,
};

/// More terms than this are not worth the trouble: nobody writes such a bound.
const MAX_TERMS: usize = 24;

/// A sum of products with integer factors.
///
/// Invariant: no factor is 0, and the unknowns of each product are sorted.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Poly {
    terms: BTreeMap<Vec<Atom>, i64>,
}

impl Poly {
    /// A number.
    pub fn number(value: i64) -> Self {
        let mut poly = Self::default();
        if value != 0 {
            poly.terms.insert(Vec::new(), value);
        }
        poly
    }

    /// One unknown.
    pub fn atom(atom: Atom) -> Self {
        Self {
            terms: [(vec![atom], 1)].into(),
        }
    }

    /// The products with their factors.
    pub fn terms(&self) -> impl Iterator<Item = (&[Atom], i64)> {
        self.terms.iter().map(|(atoms, &factor)| (&atoms[..], factor))
    }

    /// All unknowns in it.
    pub fn atoms(&self) -> impl Iterator<Item = Atom> + '_ {
        self.terms.keys().flatten().copied()
    }

    /// Whether an unknown is in it.
    pub fn has(&self, atom: Atom) -> bool {
        self.atoms().any(|other| other == atom)
    }

    /// The value, if it is a number.
    pub fn as_number(&self) -> Option<i64> {
        match self.terms.len() {
            0 => Some(0),
            1 => self.terms.get(&Vec::new()).copied(),
            _ => None,
        }
    }

    /// The unknown, if it is nothing but one.
    pub fn as_atom(&self) -> Option<Atom> {
        let (atoms, &factor) = self.terms.first_key_value()?;
        (self.terms.len() == 1 && factor == 1 && atoms.len() == 1).then(|| atoms[0])
    }

    /// Whether it is 0.
    pub fn is_zero(&self) -> bool {
        self.terms.is_empty()
    }

    /// The products that are added, without those that are taken away.
    pub fn added(&self) -> Poly {
        let added = self.terms.iter().filter(|(_, factor)| **factor > 0);
        Self {
            terms: added.map(|(atoms, factor)| (atoms.clone(), *factor)).collect(),
        }
    }

    /// The sum, with the other one taken `factor` times; `None` if it gets too big.
    pub fn plus(&self, other: &Poly, factor: i64) -> Option<Poly> {
        let mut sum = self.clone();
        for (atoms, value) in &other.terms {
            let slot = sum.terms.entry(atoms.clone()).or_insert(0);
            *slot = slot.checked_add(value.checked_mul(factor)?)?;
            if *slot == 0 {
                sum.terms.remove(atoms);
            }
        }
        (sum.terms.len() <= MAX_TERMS).then_some(sum)
    }

    /// The difference.
    pub fn minus(&self, other: &Poly) -> Option<Poly> {
        self.plus(other, -1)
    }

    /// The product; `None` if it gets too big.
    pub fn times(&self, other: &Poly) -> Option<Poly> {
        let mut product = Poly::default();
        for (left, a) in &self.terms {
            for (right, b) in &other.terms {
                let mut atoms = [&left[..], &right[..]].concat();
                atoms.sort();
                if atoms.len() > 6 {
                    return None;
                }
                let slot = product.terms.entry(atoms).or_insert(0);
                *slot = slot.checked_add(a.checked_mul(*b)?)?;
            }
            if product.terms.len() > MAX_TERMS {
                return None;
            }
        }
        product.terms.retain(|_, factor| *factor != 0);
        Some(product)
    }

    /// What is left when an unknown is taken out of each product; `None` if one has it not.
    pub fn divided_by(&self, atom: Atom) -> Option<Poly> {
        let mut quotient = Poly::default();
        for (atoms, &factor) in &self.terms {
            let at = atoms.iter().position(|&other| other == atom)?;
            let mut rest = atoms.clone();
            rest.remove(at);
            quotient.terms.insert(rest, factor);
        }
        Some(quotient)
    }

    /// Splits into what stands beside an unknown and what its factor is: `rest + factor * atom`; `None` if there is a
    /// square of it.
    pub fn linear_in(&self, atom: Atom) -> Option<(Poly, Poly)> {
        let (mut rest, mut slope) = (Poly::default(), Poly::default());
        for (atoms, &factor) in &self.terms {
            match atoms.iter().filter(|&&other| other == atom).count() {
                0 => rest.terms.insert(atoms.clone(), factor),
                1 => {
                    let without = atoms.iter().copied().filter(|&other| other != atom);
                    slope.terms.insert(without.collect(), factor)
                }
                _ => return None,
            };
        }
        Some((rest, slope))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arithmetic() {
        let mut atoms = Atoms::default();
        let a = Poly::atom(atoms.turn());
        let b = Poly::atom(atoms.page_size());
        let sum = a.plus(&b, 2).unwrap().plus(&Poly::number(3), 1).unwrap();
        assert_eq!(
            sum.minus(&b).unwrap().minus(&b).unwrap().minus(&a).unwrap(),
            Poly::number(3)
        );
        let product = sum.times(&b).unwrap();
        let page = atoms.page_size();
        assert_eq!(product.divided_by(page), Some(sum.clone()));
        assert_eq!(sum.divided_by(page), None);
        let turn = atoms.turn();
        let (rest, slope) = product.linear_in(turn).unwrap();
        assert_eq!(slope, b);
        assert_eq!(rest, product.minus(&a.times(&b).unwrap()).unwrap());
        assert_eq!(sum.minus(&sum).unwrap().as_number(), Some(0));
        assert_eq!(a.as_atom(), Some(turn));
        assert_eq!(product.linear_in(page), None);
    }
}
