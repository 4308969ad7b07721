//! Which address and which page each turn gives to the insert.

use super::miss::Miss;
use super::poly::{AtomKind, Poly};
use super::run::Run;
use super::value::{Value, Why};
use crate::syntax::{NodeId, SyntaxKind};

impl Run<'_, '_> {
    /// The address of the first page, if the others follow at a distance of a page.
    pub(super) fn address(&mut self, call: NodeId) -> Result<Poly, Miss> {
        let argument = self.argument(call, 1);
        let unclear = |why: &str| {
            Miss::new(
                "unclear",
                format!("{why}: `{}`", self.cx.shown(argument)),
                [argument],
            )
        };
        let value = self.inserted(call, 1);
        let Value::Poly(address) = value else {
            if let Value::Unknown(Why::Narrow(at)) = value {
                return Err(Miss::new(
                    "narrow-type",
                    "a narrow variable may not hold the address",
                    [at],
                ));
            }
            return Err(unclear("it is not clear which address each page gets"));
        };
        if self.has_current(&address) {
            if let Some(narrow) = self.narrow_current(&address) {
                return Err(narrow);
            }
            return Err(unclear("it is not clear which address each page gets"));
        }
        let (turn, page) = (self.atoms.turn(), self.atoms.page_size());
        match address.linear_in(turn) {
            Some((start, step)) if step == Poly::atom(page) => Ok(start),
            _ => Err(Miss::new(
                "step-not-page",
                "the address does not go up by PAGE_SIZE from turn to turn",
                [argument],
            )),
        }
    }

    /// Whether a value rests on a variable that is too narrow to count the turns.
    pub(super) fn narrow_current(&self, poly: &Poly) -> Option<Miss> {
        poly.atoms().find_map(|atom| {
            let AtomKind::Current(variable) = self.atoms.kind(atom) else {
                return None;
            };
            let end = self.ends.iter().find(|(known, _)| known == variable);
            match end {
                Some((_, Some(Value::Unknown(Why::Narrow(at))))) => {
                    let name = self.cx.name_of_variable(*variable);
                    let text = format!("`{name}` is too narrow to count the pages");
                    Some(Miss::new("narrow-type", text, [*at]))
                }
                _ => None,
            }
        })
    }

    pub(super) fn argument(&self, call: NodeId, index: usize) -> NodeId {
        let tree = self.cx.tree();
        tree.child(call, SyntaxKind::ArgList)
            .and_then(|list| tree.children(list).nth(index))
            .unwrap_or(call)
    }

    /// An argument as it stands after the turns were put in.
    pub(super) fn inserted(&self, call: NodeId, index: usize) -> Value {
        self.inserts
            .iter()
            .find(|insert| insert.node == call)
            .map_or(Value::Unknown(Why::Other(call)), |insert| {
                insert.arguments[index].clone()
            })
    }

    /// Where the first page stands, if the others follow in an array.
    pub(super) fn pages(&mut self, call: NodeId) -> Result<Poly, Miss> {
        let argument = self.argument(call, 2);
        let shown = self.cx.shown(argument);
        let computed = |text: String, at| Err(Miss::new("page-computed", text, [at]));
        let list = |at| {
            Err(Miss::new(
                "page-from-list",
                "the pages stand in no array: each turn goes on to the next one by itself",
                [at],
            ))
        };
        let structs = |at| {
            Err(Miss::new(
                "page-from-structs",
                "the pages stand in an array of something else than pointers to pages",
                [at],
            ))
        };
        match self.inserted(call, 2) {
            Value::Element(place) => {
                if let Some(narrow) = self.narrow_current(&place) {
                    return Err(narrow);
                }
                if self.has_current(&place) {
                    return list(argument);
                }
                let turn = self.atoms.turn();
                match place.linear_in(turn) {
                    Some((first, step)) if step.as_number() == Some(1) => {
                        let base = self.array_type(&place, argument);
                        base.map(|()| first)
                    }
                    _ => Err(Miss::new(
                        "same-page",
                        format!("the array is not walked from one element to the next: `{shown}`"),
                        [argument],
                    )),
                }
            }
            Value::Poly(poly) if self.has_current(&poly) => list(argument),
            Value::Poly(poly) if self.varies(&poly) => structs(argument),
            Value::Poly(_) => Err(Miss::new(
                "same-page",
                "each turn inserts the same page",
                [argument],
            )),
            Value::Unknown(Why::Call(at)) => computed(
                format!("the page does not come from an array: `{}`", self.cx.shown(at)),
                at,
            ),
            Value::Unknown(Why::Member(at)) => {
                if self.is_indexed(at) || self.walks_array(at) {
                    structs(at)
                } else {
                    list(at)
                }
            }
            Value::Unknown(Why::Array(at)) => structs(at),
            Value::Unknown(Why::Narrow(at)) => Err(Miss::new(
                "narrow-type",
                "a narrow variable may not hold the index",
                [at],
            )),
            _ => computed(
                format!("the page does not come from an array: `{shown}`"),
                argument,
            ),
        }
    }

    pub(super) fn is_indexed(&self, at: NodeId) -> bool {
        let tree = self.cx.tree();
        tree.descendants(at)
            .any(|inner| tree.kind(inner) == SyntaxKind::IndexExpr)
    }

    /// Whether a pointer in an expression goes on by `++`.
    pub(super) fn walks_array(&self, at: NodeId) -> bool {
        let tree = self.cx.tree();
        tree.descendants(at)
            .filter_map(|inner| self.cx.locals.resolve(inner))
            .any(|variable| {
                let end = self.ends.iter().find(|(known, _)| *known == variable);
                matches!(end, Some((_, Some(Value::Unknown(Why::Array(_))))))
            })
    }

    /// Refuses an array whose elements are declared to be something else.
    pub(super) fn array_type(&self, place: &Poly, argument: NodeId) -> Result<(), Miss> {
        for atom in place.atoms() {
            let ty = match self.atoms.kind(atom) {
                AtomKind::Entry(variable) => Some(self.cx.type_of_variable(*variable)),
                AtomKind::Member { .. } => self.atoms.info(atom).node.and_then(|node| self.cx.type_of(node)),
                _ => None,
            };
            let Some(ty) = ty.filter(|ty| ty.pointers + ty.arrays >= 1) else {
                continue;
            };
            if ty.is_qualified {
                return Err(Miss::new(
                    "type-differs",
                    "something in the type of the array is const or volatile, which the call does not take",
                    [argument],
                ));
            }
            let unknown_typedef =
                ty.tag().is_none() && ty.integer_name().is_none() && &ty.name[..] != b"void";
            if !ty.is_list_of_pointers_to("page") && !unknown_typedef {
                return Err(Miss::new(
                    "page-from-structs",
                    "the array is no array of pointers to struct page",
                    [argument],
                ));
            }
        }
        Ok(())
    }
}
