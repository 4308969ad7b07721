//! From a value back to C that can stand in the place of the loop.

use super::context::Context;
use super::entry::Entries;
use super::poly::{Atom, AtomKind, Atoms, Poly};
use crate::flow::{VariableId, VariableKind, Write};
use crate::syntax::{NodeId, SyntaxKind};

/// The variables that can be named in the place of a loop, with what they hold there.
pub struct Spelling {
    /// Those that the loop mentions and does not change come first.
    names: Vec<Known>,
}

struct Known {
    variable: VariableId,
    value: Poly,
    name: String,
    /// Whether nothing but the loop needs it.
    changed: bool,
    /// Whether the loop mentions it, and it stays without the loop too.
    mentioned: bool,
}

impl Spelling {
    /// `at` is the loop.
    pub fn new(cx: &Context<'_>, atoms: &mut Atoms, entries: &mut Entries, at: NodeId) -> Self {
        let tree = cx.tree();
        let mut names = Vec::new();
        for variable in cx.locals.ids() {
            if cx.locals.variable(variable).kind == VariableKind::Other || !is_visible(cx, variable, at) {
                continue;
            }
            let inside = |id: NodeId| tree.contains(at, id);
            let is_changed = cx.accesses.of_variable(variable).any(|(node, access)| {
                access.writes != Write::No && cx.graph.node(node).part.is_some_and(inside)
            });
            // A variable that somebody reads elsewhere stays, whatever becomes of the loop.
            let stays = cx
                .locals
                .uses(variable)
                .any(|used| !inside(used) && !is_stored(cx, used));
            names.push(Known {
                variable,
                value: entries.at_entry(cx, atoms, variable),
                name: cx.name_of_variable(variable),
                changed: is_changed && !stays,
                mentioned: (!is_changed || stays) && cx.locals.uses(variable).any(inside),
            });
        }
        names.sort_by_key(|known| (known.changed, !known.mentioned));
        Self { names }
    }

    /// A value in C: a variable that the loop speaks of, one thing, another variable, or a sum.
    pub fn whole(&self, atoms: &Atoms, poly: &Poly) -> Option<String> {
        let same = |known: &&Known| known.value == *poly && poly.as_number().is_none();
        if let Some(known) = self.names.iter().find(|known| known.mentioned && same(known)) {
            return Some(known.name.clone());
        }
        if let Some(atom) = poly.as_atom() {
            // A variable that holds it anyway reads better than to compute it again.
            let is_computed = matches!(
                atoms.kind(atom),
                AtomKind::VmaPages(_) | AtomKind::PagesOf(_) | AtomKind::Pure { .. }
            );
            let held = self
                .names
                .iter()
                .find(|known| is_computed && !known.changed && same(known));
            if let Some(known) = held {
                return Some(known.name.clone());
            }
            if let Some(text) = self.atom(atoms, atom) {
                return Some(text);
            }
        }
        if let Some(known) = self.names.iter().find(same) {
            return Some(known.name.clone());
        }
        self.sum(atoms, poly)
    }

    /// A sum: what is added first, then what is taken away, numbers last.
    fn sum(&self, atoms: &Atoms, poly: &Poly) -> Option<String> {
        let mut terms: Vec<(&[Atom], i64)> = poly.terms().collect();
        // What is no integer is a pointer, to which the rest is added.
        let is_pointer = |product: &[Atom]| matches!(product, [one] if atoms.info(*one).integer.is_none());
        terms.sort_by_key(|(product, factor)| {
            (
                *factor < 0,
                product.is_empty(),
                !is_pointer(product),
                product.len(),
            )
        });
        let mut out = String::new();
        for (product, factor) in terms {
            match (out.is_empty(), factor < 0) {
                (true, true) => out.push('-'),
                (true, false) => {}
                (false, true) => out.push_str(" - "),
                (false, false) => out.push_str(" + "),
            }
            let mut factors = Vec::new();
            if product.is_empty() || factor.unsigned_abs() != 1 {
                let name = atoms.number_name(factor.saturating_abs());
                factors.push(name.map_or_else(|| factor.unsigned_abs().to_string(), Into::into));
            }
            // The size of a page comes last, as people write it.
            let (last, first): (Vec<Atom>, Vec<Atom>) = product
                .iter()
                .partition(|&&atom| *atoms.kind(atom) == AtomKind::PageSize);
            for atom in first.into_iter().chain(last) {
                factors.push(self.part(atoms, atom)?);
            }
            out.push_str(&factors.join(" * "));
        }
        Some(if out.is_empty() { "0".into() } else { out })
    }

    /// One unknown as part of something bigger.
    fn part(&self, atoms: &Atoms, atom: Atom) -> Option<String> {
        let value = Poly::atom(atom);
        let named = self
            .names
            .iter()
            .find(|known| known.mentioned && known.value == value);
        match named {
            Some(known) => Some(known.name.clone()),
            None => self.atom(atoms, atom).or_else(|| {
                self.names
                    .iter()
                    .find(|known| known.value == value)
                    .map(|known| known.name.clone())
            }),
        }
    }

    fn atom(&self, atoms: &Atoms, atom: Atom) -> Option<String> {
        let info = atoms.info(atom);
        match atoms.kind(atom) {
            AtomKind::Turn | AtomKind::Current(_) => None,
            AtomKind::PageSize => Some("PAGE_SIZE".into()),
            AtomKind::Entry(variable) => self
                .names
                .iter()
                .find(|known| known.variable == *variable)
                .map(|known| known.name.clone()),
            AtomKind::VmaPages(vma) => Some(format!("vma_pages({})", self.operand(atoms, vma)?)),
            AtomKind::PagesOf(bytes) => Some(info.text.replace("{}", &self.whole(atoms, bytes)?)),
            AtomKind::Member { base, arrow, name } => {
                let base = self.operand(atoms, base)?;
                let operator = if *arrow { "->" } else { "." };
                Some(format!("{base}{operator}{}", String::from_utf8_lossy(name)))
            }
            AtomKind::Name(_) => Some(info.text.clone()),
            AtomKind::Pure { inputs, .. } => inputs
                .iter()
                .all(|(variable, value)| {
                    let known = self.names.iter().find(|known| known.variable == *variable);
                    known.is_some_and(|known| known.value == *value)
                })
                .then(|| info.text.clone()),
        }
    }

    /// A value in front of `->` or as an argument.
    fn operand(&self, atoms: &Atoms, poly: &Poly) -> Option<String> {
        let named = self.names.iter().find(|known| known.value == *poly);
        if let Some(known) = named.filter(|known| known.mentioned) {
            return Some(known.name.clone());
        }
        match poly.as_atom() {
            Some(atom) => self.part(atoms, atom),
            None => named.map(|known| known.name.clone()).or_else(|| {
                let sum = self.sum(atoms, poly)?;
                Some(format!("({sum})"))
            }),
        }
    }
}

/// Whether a use of a variable only sets it.
fn is_stored(cx: &Context<'_>, used: NodeId) -> bool {
    let tree = cx.tree();
    tree.parent(used).is_some_and(|outer| {
        let is_target = tree.children(outer).next() == Some(used);
        match tree.kind(outer) {
            SyntaxKind::AssignExpr => is_target,
            SyntaxKind::PostfixExpr => true,
            _ => false,
        }
    })
}

/// Whether a variable can be named at a place.
pub fn is_visible(cx: &Context<'_>, variable: VariableId, at: NodeId) -> bool {
    let tree = cx.tree();
    let known = cx.locals.variable(variable);
    let reaches = |scope: NodeId, name: NodeId| tree.contains(scope, at) && name < at;
    if !reaches(known.scope, known.name) {
        return false;
    }
    // Another variable of the same name may hide it.
    let text = cx.text(known.name);
    !cx.locals.ids().any(|other| {
        let hiding = cx.locals.variable(other);
        other != variable
            && cx.text(hiding.name) == text
            && reaches(hiding.scope, hiding.name)
            && hiding.name > known.name
            && tree.kind(hiding.name) != SyntaxKind::Opaque
    })
}
