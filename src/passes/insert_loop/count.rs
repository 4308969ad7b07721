//! How many pages a loop inserts, and what has to hold for it to be so.

use super::entry::assigned_expression;
use super::judge::{Assumption, Exit};
use super::miss::Miss;
use super::poly::{Atom, AtomKind, Poly};
use super::questions::Question;
use super::run::Run;
use super::trip::{NoTrip, trip};
use super::value::{Comparison, Value};
use crate::facts::types::Width;
use crate::flow::{Definition, VariableId, VariableKind};
use crate::syntax::NodeId;

impl Run<'_, '_> {
    /// How many pages are inserted when no insert fails.
    pub(super) fn count(
        &mut self,
        bound: &Comparison,
        at_end: &Exit,
        assumptions: &mut Vec<Assumption>,
    ) -> Result<Poly, Miss> {
        let at = bound.node;
        let miss = |code, text: &str| Miss::new(code, text, [at]);
        if self.has_current(&bound.left) || self.has_current(&bound.right) {
            let narrow = [&bound.left, &bound.right]
                .into_iter()
                .find_map(|side| self.narrow_current(side));
            if let Some(narrow) = narrow {
                return Err(narrow);
            }
            return Err(miss(
                "bound-varies",
                "what the loop is bounded by may change from turn to turn",
            ));
        }
        let trip = trip(&mut self.atoms, bound, !at_end.truth).map_err(|why| match why {
            NoTrip::Varies => miss("bound-varies", "both sides of the bound change from turn to turn"),
            NoTrip::Constant => miss("other-effect", "a turn also asks something that does not change"),
            NoTrip::Step => miss(
                "no-bound",
                "the loop steps neither by one nor by pages towards its bound",
            ),
            NoTrip::PartOfPage => miss(
                "part-of-page",
                "a size that is no multiple of PAGE_SIZE would take the loop past its end",
            ),
            NoTrip::Unclear => miss("unclear", "it is not clear how many turns the loop takes"),
        })?;
        for poly in &trip.not_negative {
            self.require(poly, at_end.behind, at, assumptions);
        }
        let wraps = bound.integer.is_none_or(|integer| !integer.signed);
        for sum in trip.sums.iter().filter(|_| wraps) {
            if !self.is_pointer(sum) && !self.guards.fits_word(&self.atoms, sum) {
                let shown = self.show(sum);
                assumptions.push(Assumption {
                    code: "assumes-no-wrap",
                    text: format!("assumes that `{shown}` does not wrap"),
                    at: vec![at],
                    questions: Vec::new(),
                });
            }
        }
        let count = if at_end.behind {
            trip.count.plus(&Poly::number(1), 1)
        } else {
            Some(trip.count)
        };
        count.ok_or_else(|| miss("unclear", "it is not clear how many turns the loop takes"))
    }

    /// Whether a sum is a pointer and what is added to it, which the language does not let wrap.
    fn is_pointer(&self, sum: &Poly) -> bool {
        let cx = self.cx;
        sum.atoms().any(|atom| {
            let ty = match self.atoms.kind(atom) {
                AtomKind::Entry(variable) => Some(cx.type_of_variable(*variable)),
                _ => self.atoms.info(atom).node.and_then(|node| cx.type_of(node)),
            };
            ty.is_some_and(|ty| ty.pointers + ty.arrays > 0)
        })
    }

    /// Notes an assumption unless a value is shown not to be negative.
    pub(super) fn require(
        &mut self,
        poly: &Poly,
        at_least_one: bool,
        at: NodeId,
        assumptions: &mut Vec<Assumption>,
    ) {
        if self.guards.not_negative(&self.atoms, poly) {
            return;
        }
        let mut questions = Vec::new();
        for atom in poly.atoms() {
            if let Some(question) = self.question(atom) {
                if self.search.answers.holds(&question) {
                    self.guards.assume(atom, at);
                }
                questions.push(question);
            }
        }
        if self.guards.not_negative(&self.atoms, poly) {
            return;
        }
        let count = if at_least_one {
            poly.plus(&Poly::number(1), 1)
        } else {
            None
        };
        let shown = self.show(count.as_ref().unwrap_or(poly));
        let signed = poly
            .atoms()
            .any(|atom| self.atoms.info(atom).integer.is_none_or(|integer| integer.signed));
        let (code, text) = if at_least_one {
            (
                "assumes-not-zero",
                format!("assumes that `{shown}` is at least 1: the loop inserts one page in any case"),
            )
        } else if signed {
            (
                "assumes-not-negative",
                format!("assumes that `{shown}` is not negative"),
            )
        } else {
            (
                "assumes-no-wrap",
                format!("assumes that `{shown}` does not go below 0"),
            )
        };
        let narrowed = poly.atoms().find_map(|atom| match self.atoms.kind(atom) {
            AtomKind::Entry(variable) => Some((*variable, self.entries.narrowed(*variable)?.clone())),
            _ => None,
        });
        let narrowed = narrowed.map(|(variable, wide)| {
            let name = self.cx.name_of_variable(variable);
            format!(
                ": `{}` is stored in `{name}`, which is narrower",
                self.show(&wide)
            )
        });
        assumptions.push(Assumption {
            code,
            text: text + &narrowed.unwrap_or_default(),
            at: vec![at],
            questions,
        });
    }

    /// What would have to be asked of the tree about the sign of a value.
    pub(super) fn question(&self, atom: Atom) -> Option<Question> {
        let cx = self.cx;
        let integer = self.atoms.info(atom).integer;
        if integer.is_some_and(|integer| !integer.signed) {
            return None;
        }
        let path = cx.file.path.clone();
        match self.atoms.kind(atom) {
            AtomKind::Member { name, .. } => {
                let node = self.atoms.info(atom).node?;
                let base = cx.type_of(cx.tree().children(node).next()?)?;
                let record = base.tag().unwrap_or(&base.name).into();
                if integer.is_none() {
                    let name = name.to_vec().into();
                    return Some(Question::Record { record, name });
                }
                Some(Question::Member {
                    record,
                    name: name.to_vec().into(),
                })
            }
            AtomKind::Entry(variable) if integer.is_some() => {
                let definitions = cx.reach().definitions_behind(*variable, self.entries.entry());
                match definitions[..] {
                    [Definition::Entry] if cx.locals.variable(*variable).kind == VariableKind::Parameter => {
                        let name = cx.name_of_variable(*variable);
                        Some(Question::Parameter {
                            path,
                            function: cx.function,
                            name: name.into(),
                        })
                    }
                    [Definition::At(node)] => Some(Question::Expression {
                        path,
                        node: assigned_expression(cx, *variable, node)?,
                    }),
                    _ => cx
                        .locals
                        .uses(*variable)
                        .next()
                        .map(|node| Question::Expression { path, node }),
                }
            }
            _ => None,
        }
    }

    /// The variable that holds the error, if its type does.
    pub(super) fn result(&self, call: NodeId, on_error: &Exit) -> Result<Option<VariableId>, Miss> {
        let mut results = self.ends.iter().filter(|(_, end)| *end == Some(Value::Result));
        let Some(&(variable, _)) = results.next() else {
            return Ok(None);
        };
        if let Some((other, _)) = results.next() {
            let text = format!(
                "the error is kept twice, also in `{}`",
                self.cx.name_of_variable(*other)
            );
            return Err(Miss::new("unclear", text, [call]));
        }
        let holds = self
            .cx
            .type_of_variable(variable)
            .integer()
            .is_some_and(|integer| integer.signed && integer.width >= Width::Int);
        if !holds {
            let text = format!(
                "`{}` does not hold an error code",
                self.cx.name_of_variable(variable)
            );
            return Err(Miss::new("narrow-type", text, [call]));
        }
        // A test at the begin of a turn also asks what was there before the loop.
        if !on_error.behind && !self.is_zero_at_entry(variable) {
            let text = format!(
                "`{}` may hold an error when the loop begins",
                self.cx.name_of_variable(variable)
            );
            return Err(Miss::new("error-before", text, [on_error.condition]));
        }
        Ok(Some(variable))
    }

    pub(super) fn is_zero_at_entry(&self, variable: VariableId) -> bool {
        let cx = self.cx;
        if cx.accesses.is_aliased(variable) {
            return false;
        }
        let definitions = cx.reach().definitions_behind(variable, self.entries.entry());
        definitions.iter().all(|definition| match definition {
            Definition::At(node) => {
                assigned_expression(cx, variable, *node).is_some_and(|value| cx.text(value) == b"0")
            }
            // Nobody may count on what was never set.
            Definition::Entry => cx.locals.variable(variable).kind == VariableKind::Automatic,
        })
    }

    /// A loop that takes no turn leaves the error as it was; the call sets it to 0.
    pub(super) fn zero_turns(
        &mut self,
        result: Option<VariableId>,
        at_end: &Exit,
        count: &Poly,
        assumptions: &mut Vec<Assumption>,
    ) {
        let cx = self.cx;
        let Some(result) = result else { return };
        if at_end.behind || !cx.reach().is_live_before(result, at_end.to) || self.is_zero_at_entry(result) {
            return;
        }
        let at_least_one = count
            .plus(&Poly::number(1), -1)
            .is_some_and(|rest| self.guards.not_negative(&self.atoms, &rest));
        if !at_least_one {
            let name = cx.name_of_variable(result);
            let count = self.show(count);
            assumptions.push(Assumption {
                code: "assumes-not-zero",
                text: format!(
                    "assumes that `{count}` is not 0: then the loop would leave `{name}` as it was"
                ),
                at: vec![at_end.condition],
                questions: Vec::new(),
            });
        }
    }

    /// `i << PAGE_SHIFT` in 32 bits goes wrong for large indexes.
    pub(super) fn narrow_shifts(&mut self, count: &Poly, assumptions: &mut Vec<Assumption>) {
        for (poly, at) in std::mem::take(&mut self.shifted) {
            let few = count.as_number().is_some_and(|count| count <= 1 << 15)
                || self
                    .guards
                    .at_most(&self.atoms, count)
                    .is_some_and(|most| most <= 1 << 15);
            if !few && self.varies(&poly) {
                assumptions.push(Assumption {
                    code: "assumes-no-overflow",
                    text: format!("assumes that `{}` does not overflow 32 bits", self.cx.shown(at)),
                    at: vec![at],
                    questions: Vec::new(),
                });
            }
        }
    }
}
