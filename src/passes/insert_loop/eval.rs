//! The value of an expression in unknowns that do not change, and what evaluating it does.

use rustc_hash::FxHashMap;

use super::context::Context;
use super::entry::{Entries, Point};
use super::poly::{Atom, AtomKind, Atoms, Info, Poly, UNSIGNED_LONG};
use super::value::{Condition, Effect, Insert, Value, Why, strip};
use crate::facts::records::number;
use crate::facts::types::{Integer, Width};
use crate::flow::VariableId;
use crate::syntax::{NodeId, SyntaxKind};

/// How deep an expression may nest.
const MAX_DEPTH: u32 = 100;

/// Where names get their values from.
pub enum Names<'e> {
    /// The loop: what it changes is [`AtomKind::Current`] unless more is known, all else is as it was before.
    Inside {
        changed: &'e [VariableId],
        known: &'e FxHashMap<VariableId, Poly>,
        entries: &'e mut Entries,
    },
    /// A place before the loop.
    Outside { entries: &'e mut Entries, at: Point },
}

/// Evaluates expressions one after the other, and keeps what they assign.
pub struct Eval<'c, 'e> {
    pub cx: &'c Context<'c>,
    pub atoms: &'e mut Atoms,
    pub names: Names<'e>,
    /// The function to look for.
    pub insert: &'c [u8],
    pub values: FxHashMap<VariableId, Value>,
    pub effects: Vec<Effect>,
    pub inserts: Vec<Insert>,
    /// 32-bit values that are shifted to addresses.
    pub shifted: Vec<(Poly, NodeId)>,
    pub(super) depth: u32,
}

impl<'c, 'e> Eval<'c, 'e> {
    pub fn new(cx: &'c Context<'c>, atoms: &'e mut Atoms, names: Names<'e>, insert: &'c [u8]) -> Self {
        Self {
            cx,
            atoms,
            names,
            insert,
            values: FxHashMap::default(),
            effects: Vec::new(),
            inserts: Vec::new(),
            shifted: Vec::new(),
            depth: 0,
        }
    }

    /// The value of an expression.
    pub fn value(&mut self, node: NodeId) -> Value {
        if self.depth >= MAX_DEPTH {
            self.effects.push(Effect::Unclear(node));
            return Value::Unknown(Why::Other(node));
        }
        self.depth += 1;
        let value = self.expression(node);
        self.depth -= 1;
        value
    }

    pub(super) fn poly(&mut self, node: NodeId) -> Option<Poly> {
        match self.value(node) {
            Value::Poly(poly) => Some(poly),
            _ => None,
        }
    }

    pub(super) fn expression(&mut self, node: NodeId) -> Value {
        let tree = self.cx.tree();
        let children: Vec<NodeId> = tree.children(node).collect();
        let other = Value::Unknown(Why::Other(node));
        match tree.kind(node) {
            SyntaxKind::Literal => match number(self.cx.text(node)) {
                Some(value) if value <= i64::MAX as u64 => Value::Poly(Poly::number(value as i64)),
                _ => self.pure(node),
            },
            SyntaxKind::SizeofExpr => self.pure(node),
            SyntaxKind::NameExpr => self.name(node),
            SyntaxKind::ParenExpr if children.len() == 1 => self.value(children[0]),
            SyntaxKind::CastExpr if children.len() == 2 => self.cast(node, children[1]),
            SyntaxKind::BinaryExpr if children.len() == 2 => self.binary(node, children[0], children[1]),
            SyntaxKind::AssignExpr if children.len() == 2 => self.assign(node, children[0], children[1]),
            SyntaxKind::PostfixExpr if children.len() == 1 => self.step(node, children[0], true),
            SyntaxKind::PrefixExpr if children.len() == 1 => self.prefix(node, children[0]),
            SyntaxKind::IndexExpr if children.len() == 2 => {
                let (base, index) = (self.value(children[0]), self.value(children[1]));
                match (base, index) {
                    (Value::Poly(base), Value::Poly(index)) => match base.plus(&index, 1) {
                        Some(address) => self.element(node, address, children[0]),
                        None => other,
                    },
                    (Value::Element(_), _) => Value::Unknown(Why::Member(node)),
                    (Value::Unknown(why), _) | (_, Value::Unknown(why)) => Value::Unknown(why),
                    _ => other,
                }
            }
            SyntaxKind::MemberExpr if children.len() == 1 => self.member(node, children[0]),
            SyntaxKind::CallExpr => self.call(node, &children),
            SyntaxKind::CommaExpr if children.len() == 2 => {
                self.value(children[0]);
                self.value(children[1])
            }
            SyntaxKind::ConditionalExpr => self.conditional(node, &children),
            SyntaxKind::StringExpr => other,
            SyntaxKind::ExprStmt => match children.first() {
                Some(&inner) => self.value(inner),
                None => other,
            },
            _ => {
                self.effects.push(Effect::Unclear(node));
                other
            }
        }
    }

    pub(super) fn name(&mut self, node: NodeId) -> Value {
        let text = self.cx.text(node);
        let Some(variable) = self.cx.locals.resolve(node) else {
            if text == b"PAGE_SIZE" {
                return Value::Poly(Poly::atom(self.atoms.page_size()));
            }
            if let Some(number) = self.cx.constant(text) {
                self.atoms.name_number(number, text);
                return Value::Poly(Poly::number(number));
            }
            let integer = self.cx.integer_of(node);
            let atom = self.atoms.get(AtomKind::Name(text.into()), || Info {
                text: String::from_utf8_lossy(text).into_owned(),
                integer,
                node: Some(node),
            });
            return self.settled(atom, node);
        };
        if let Some(value) = self.values.get(&variable) {
            return value.clone();
        }
        match &mut self.names {
            Names::Inside {
                changed,
                known,
                entries,
            } => {
                if let Some(poly) = known.get(&variable) {
                    return Value::Poly(poly.clone());
                }
                if changed.contains(&variable) {
                    let atom = self.atoms.get(AtomKind::Current(variable), Info::default);
                    return Value::Poly(Poly::atom(atom));
                }
                Value::Poly(entries.at_entry(self.cx, self.atoms, variable))
            }
            Names::Outside { entries, at } => {
                let at = at.clone();
                match entries.at(self.cx, self.atoms, variable, &at) {
                    Some(poly) => Value::Poly(poly),
                    None => Value::Unknown(Why::Other(node)),
                }
            }
        }
    }

    /// A value in memory: outside of the loop, it has to be the same when the loop is come to.
    pub(super) fn settled(&mut self, atom: Atom, node: NodeId) -> Value {
        let stays = match &mut self.names {
            Names::Inside { .. } => true,
            Names::Outside { entries, at } => entries.stays(self.cx, at, self.atoms.kind(atom)),
        };
        if stays {
            Value::Poly(Poly::atom(atom))
        } else {
            Value::Unknown(Why::Other(node))
        }
    }

    /// An expression whose operands do not change, known by its spelling and their values.
    pub(super) fn pure(&mut self, node: NodeId) -> Value {
        let tree = self.cx.tree();
        let mut tokens: Vec<u8> = Vec::new();
        for token in tree.token_span(node) {
            if !tree.tokens().kind(token).is_trivia() {
                tokens.extend_from_slice(tree.tokens().range(token).slice(&self.cx.file.text));
                tokens.push(b' ');
            }
        }
        let mut inputs = Vec::new();
        for inner in std::iter::once(node).chain(tree.descendants(node)) {
            if tree.kind(inner) != SyntaxKind::NameExpr {
                continue;
            }
            let Some(variable) = self.cx.locals.resolve(inner) else {
                continue;
            };
            match self.value(inner) {
                Value::Poly(poly) if !self.varies(&poly) => inputs.push((variable, poly)),
                _ => return Value::Unknown(Why::Other(node)),
            }
        }
        let integer = self.cx.integer_of(node);
        let text = self.cx.shown(node);
        let is_primary = matches!(
            tree.kind(node),
            SyntaxKind::Literal
                | SyntaxKind::CallExpr
                | SyntaxKind::NameExpr
                | SyntaxKind::ParenExpr
                | SyntaxKind::SizeofExpr
                | SyntaxKind::IndexExpr
        );
        let kind = AtomKind::Pure {
            tokens: tokens.into(),
            inputs,
        };
        let atom = self.atoms.get(kind, || Info {
            text: if is_primary { text } else { format!("({text})") },
            integer,
            node: Some(node),
        });
        self.settled(atom, node)
    }

    /// Whether a value may differ from turn to turn.
    pub(super) fn varies(&self, poly: &Poly) -> bool {
        poly.atoms()
            .any(|atom| matches!(self.atoms.kind(atom), AtomKind::Current(_) | AtomKind::Turn))
    }

    pub(super) fn cast(&mut self, node: NodeId, operand: NodeId) -> Value {
        let value = self.value(operand);
        let Some(ty) = self.cx.file.type_of(node) else {
            return Value::Unknown(Why::Other(node));
        };
        let Value::Poly(poly) = &value else { return value };
        let from = self.cx.type_of(operand);
        let counts_elements = from.is_some_and(|from| {
            from.pointers + from.arrays > 0
                && !(from.pointers == 1 && matches!(&from.name[..], b"void" | b"char"))
        });
        if ty.pointers > 0 {
            // `(void *)`, `(char *)`, and back to an array of pointers.
            let bytes =
                ty.pointers == 1 && matches!(&ty.name[..], b"void" | b"char" | b"u8" | b"unsigned char");
            return if bytes && !counts_elements || !self.varies(poly) && ty.pointers == 2 {
                value
            } else if self.varies(poly) {
                Value::Unknown(Why::Other(node))
            } else {
                self.pure(node)
            };
        }
        match ty.integer() {
            Some(integer) if !counts_elements && self.holds(poly, self.cx.integer_of(operand), integer) => {
                value
            }
            _ if !self.varies(poly) => self.pure(node),
            _ => Value::Unknown(Why::Narrow(node)),
        }
    }

    /// Whether an integer type holds a value as it is.
    pub(super) fn holds(&self, poly: &Poly, from: Option<Integer>, to: Integer) -> bool {
        if let Some(number) = poly.as_number() {
            return match to.width {
                Width::Short => (0..128).contains(&number),
                Width::Int => i32::try_from(number).is_ok() && (to.signed || number >= 0),
                _ => to.signed || number >= 0,
            };
        }
        if self.varies(poly) {
            // An index counts turns, and no loop takes so many that an int could not count them.
            return match (to.width, from) {
                (Width::Short, _) => false,
                (Width::Int, Some(from)) => from.width <= Width::Int,
                (Width::Int, None) => false,
                _ => true,
            };
        }
        match from {
            Some(from) if from.signed == to.signed => from.width <= to.width,
            Some(from) if !from.signed => from.width < to.width,
            // Negative values of a signed type become large ones.
            _ => false,
        }
    }

    /// What a variable holds after a value was assigned to it.
    pub(super) fn stored(
        &self,
        variable: VariableId,
        value: Value,
        from: Option<Integer>,
        node: NodeId,
    ) -> Value {
        let Value::Poly(poly) = &value else { return value };
        let ty = self.cx.type_of_variable(variable);
        match ty.integer() {
            Some(to) if !self.holds(poly, from, to) => Value::Unknown(Why::Narrow(node)),
            None if ty.pointers + ty.arrays == 0 => Value::Unknown(Why::Other(node)),
            _ => value,
        }
    }

    /// What a variable holds after the value of an expression was assigned to it.
    pub fn stored_in(&self, variable: VariableId, value: Value, expression: NodeId) -> Value {
        self.stored(variable, value, self.cx.integer_of(expression), expression)
    }

    pub(super) fn assign(&mut self, node: NodeId, left: NodeId, right: NodeId) -> Value {
        let value = self.value(right);
        let target = strip(self.cx, left);
        let variable = self.cx.locals.resolve(target);
        let Some(variable) = variable.filter(|_| self.cx.tree().kind(target) == SyntaxKind::NameExpr) else {
            self.value(left);
            self.effects.push(Effect::Store(node));
            return value;
        };
        let value = match self.cx.operator(node) {
            Some(SyntaxKind::Eq) => value,
            Some(operator @ (SyntaxKind::PlusEq | SyntaxKind::MinusEq)) => {
                let sign = if operator == SyntaxKind::PlusEq { 1 } else { -1 };
                let old = self.name(target);
                self.sum(node, old, value, sign, target)
            }
            _ => Value::Unknown(Why::Other(node)),
        };
        let from = match self.cx.operator(node) {
            Some(SyntaxKind::Eq) => self.cx.integer_of(right),
            _ => self.cx.integer_of(target),
        };
        let value = self.stored(variable, value, from, node);
        self.values.insert(variable, value.clone());
        value
    }

    pub(super) fn step(&mut self, node: NodeId, operand: NodeId, gives_old: bool) -> Value {
        let target = strip(self.cx, operand);
        let variable = self.cx.locals.resolve(target);
        let Some(variable) = variable.filter(|_| self.cx.tree().kind(target) == SyntaxKind::NameExpr) else {
            self.value(operand);
            self.effects.push(Effect::Store(node));
            return Value::Unknown(Why::Other(node));
        };
        let sign = match self.cx.operator(node) {
            Some(SyntaxKind::MinusMinus) => -1,
            _ => 1,
        };
        let old = self.name(target);
        let new = self.sum(node, old.clone(), Value::Poly(Poly::number(1)), sign, target);
        let new = self.stored(variable, new, self.cx.integer_of(target), node);
        self.values.insert(variable, new.clone());
        if gives_old { old } else { new }
    }

    /// `a + b` or `a - b`; `scaled` is the operand that may be a pointer.
    pub(super) fn sum(
        &mut self,
        node: NodeId,
        left: Value,
        right: Value,
        sign: i64,
        scaled: NodeId,
    ) -> Value {
        match (left, right) {
            (Value::Poly(left), Value::Poly(right)) => {
                if self.strides(scaled) && (self.varies(&left) || self.varies(&right)) {
                    return Value::Unknown(Why::Array(node));
                }
                left.plus(&right, sign)
                    .map_or(Value::Unknown(Why::Other(node)), Value::Poly)
            }
            (Value::Unknown(why), _) | (_, Value::Unknown(why)) => Value::Unknown(why),
            _ => Value::Unknown(Why::Other(node)),
        }
    }

    /// Whether an operand is a pointer that moves neither by bytes nor by pointers.
    pub(super) fn strides(&self, operand: NodeId) -> bool {
        self.cx.type_of(operand).is_some_and(|ty| {
            ty.pointers + ty.arrays == 1
                && !(ty.pointers == 1
                    && matches!(
                        &ty.name[..],
                        b"void" | b"char" | b"u8" | b"unsigned char" | b"uint8_t"
                    ))
        })
    }

    pub(super) fn prefix(&mut self, node: NodeId, operand: NodeId) -> Value {
        match self.cx.operator(node) {
            Some(SyntaxKind::PlusPlus | SyntaxKind::MinusMinus) => self.step(node, operand, false),
            Some(SyntaxKind::Star) => match self.value(operand) {
                Value::Poly(address) => self.element(node, address, operand),
                Value::Unknown(why) => Value::Unknown(why),
                _ => Value::Unknown(Why::Member(node)),
            },
            Some(SyntaxKind::Minus) => match self.value(operand) {
                Value::Poly(poly) => Poly::default()
                    .minus(&poly)
                    .map_or(Value::Unknown(Why::Other(node)), Value::Poly),
                value => value,
            },
            Some(SyntaxKind::Plus | SyntaxKind::KwExtension) => self.value(operand),
            Some(SyntaxKind::Bang) => match self.value(operand) {
                Value::Result => Value::Test { failed: false },
                Value::Test { failed } => Value::Test { failed: !failed },
                Value::Unknown(why) => Value::Unknown(why),
                _ => Value::Unknown(Why::Other(node)),
            },
            Some(SyntaxKind::Amp) => self.address(node, operand),
            _ => {
                self.value(operand);
                Value::Unknown(Why::Other(node))
            }
        }
    }

    /// `&base[index]`
    pub(super) fn address(&mut self, node: NodeId, operand: NodeId) -> Value {
        let tree = self.cx.tree();
        let operand = strip(self.cx, operand);
        if tree.kind(operand) == SyntaxKind::IndexExpr {
            let children: Vec<NodeId> = tree.children(operand).collect();
            if let [base, index] = children[..] {
                let (left, right) = (self.value(base), self.value(index));
                return self.sum(node, left, right, 1, base);
            }
        }
        self.value(operand);
        Value::Unknown(Why::Other(node))
    }

    /// What lies at an address that counts elements.
    pub(super) fn element(&mut self, node: NodeId, address: Poly, base: NodeId) -> Value {
        let ty = self.cx.type_of(base);
        if !self.varies(&address) {
            return self.pure(node);
        }
        match ty {
            Some(ty) if ty.pointers + ty.arrays < 2 => Value::Unknown(Why::Array(node)),
            _ => Value::Element(address),
        }
    }

    pub(super) fn member(&mut self, node: NodeId, base: NodeId) -> Value {
        let tree = self.cx.tree();
        let Some(token) = tree.own_token(node, SyntaxKind::Ident) else {
            return Value::Unknown(Why::Other(node));
        };
        let name = tree.tokens().range(token).slice(&self.cx.file.text);
        let arrow = tree.own_token(node, SyntaxKind::Arrow).is_some();
        let base_value = match self.value(base) {
            Value::Poly(poly) if !self.varies(&poly) => poly,
            Value::Poly(_) | Value::Element(_) => return Value::Unknown(Why::Member(node)),
            Value::Unknown(Why::Array(array)) => return Value::Unknown(Why::Array(array)),
            Value::Unknown(why @ Why::Call(_)) => return Value::Unknown(why),
            _ => return Value::Unknown(Why::Member(node)),
        };
        if arrow && name == b"vm_end" && self.is_vma(base) {
            return self.end_of_vma(node, base_value);
        }
        let atom = self.member_atom(node, base_value, arrow, name);
        self.settled(atom, node)
    }

    pub(super) fn member_atom(&mut self, node: NodeId, base: Poly, arrow: bool, name: &[u8]) -> Atom {
        let integer = match name {
            b"vm_start" | b"vm_end" | b"vm_pgoff" => Some(UNSIGNED_LONG),
            _ => self.cx.type_of(node).and_then(|ty| ty.integer()),
        };
        let kind = AtomKind::Member {
            base,
            arrow,
            name: name.into(),
        };
        self.atoms.get(kind, || Info {
            text: self.cx.shown(node),
            integer,
            node: Some(node),
        })
    }

    /// `vma->vm_end`: the start and all pages.
    pub(super) fn end_of_vma(&mut self, node: NodeId, vma: Poly) -> Value {
        let start = self.member_atom(node, vma.clone(), true, b"vm_start");
        let pages = self.pages_of_vma(vma);
        let page = self.atoms.page_size();
        let Value::Poly(start) = self.settled(start, node) else {
            return Value::Unknown(Why::Other(node));
        };
        let bytes = Poly::atom(pages).times(&Poly::atom(page));
        bytes
            .and_then(|bytes| start.plus(&bytes, 1))
            .map_or(Value::Unknown(Why::Other(node)), Value::Poly)
    }

    pub(super) fn pages_of_vma(&mut self, vma: Poly) -> Atom {
        self.atoms.get(AtomKind::VmaPages(vma), || Info {
            integer: Some(UNSIGNED_LONG),
            ..Info::default()
        })
    }

    /// Whether an expression is a pointer to a VMA; if nobody says what it is, its members do.
    pub(super) fn is_vma(&self, base: NodeId) -> bool {
        self.cx
            .type_of(base)
            .is_none_or(|ty| ty.tag().is_none_or(|tag| tag == b"vm_area_struct"))
    }

    pub(super) fn binary(&mut self, node: NodeId, left: NodeId, right: NodeId) -> Value {
        let operator = self.cx.operator(node);
        let other = Value::Unknown(Why::Other(node));
        match operator {
            Some(SyntaxKind::Plus | SyntaxKind::Minus) => {
                let sign = if operator == Some(SyntaxKind::Plus) { 1 } else { -1 };
                let (a, b) = (self.value(left), self.value(right));
                if self.strides(right) {
                    return self.sum(node, a, b, sign, right);
                }
                self.sum(node, a, b, sign, left)
            }
            Some(SyntaxKind::Star) => match (self.value(left), self.value(right)) {
                (Value::Poly(a), Value::Poly(b)) => a.times(&b).map_or(other, Value::Poly),
                (Value::Unknown(why), _) | (_, Value::Unknown(why)) => Value::Unknown(why),
                _ => other,
            },
            Some(SyntaxKind::Shl | SyntaxKind::Shr | SyntaxKind::Slash) => self.scaled(node, left, right),
            Some(
                SyntaxKind::EqEq
                | SyntaxKind::Ne
                | SyntaxKind::Lt
                | SyntaxKind::Gt
                | SyntaxKind::Le
                | SyntaxKind::Ge,
            ) => match self.condition(node) {
                Condition::Failed => Value::Test { failed: true },
                Condition::Not(inner) if matches!(*inner, Condition::Failed) => Value::Test { failed: false },
                _ => other,
            },
            Some(SyntaxKind::AmpAmp | SyntaxKind::PipePipe) => {
                // The right side may not be evaluated, so it must do nothing.
                let (effects, inserts) = (self.effects.len(), self.inserts.len());
                self.value(left);
                let values = self.values.clone();
                self.value(right);
                if self.values != values || self.inserts.len() > inserts {
                    self.effects.insert(effects, Effect::Unclear(node));
                }
                other
            }
            _ => {
                let (a, b) = (self.value(left), self.value(right));
                match (a, b) {
                    (Value::Poly(a), Value::Poly(b)) if !self.varies(&a) && !self.varies(&b) => {
                        self.pure(node)
                    }
                    _ => other,
                }
            }
        }
    }

    /// Shifts by `PAGE_SHIFT` and division by `PAGE_SIZE`.
    pub(super) fn scaled(&mut self, node: NodeId, left: NodeId, right: NodeId) -> Value {
        let page = self.atoms.page_size();
        let divisor = self.cx.text(strip(self.cx, right));
        let operator = self.cx.operator(node);
        let value = match self.value(left) {
            Value::Poly(poly) => poly,
            Value::Unknown(why) => return Value::Unknown(why),
            _ => return Value::Unknown(Why::Other(node)),
        };
        let by_page = match operator {
            Some(SyntaxKind::Slash) => divisor == b"PAGE_SIZE",
            _ => divisor == b"PAGE_SHIFT",
        };
        self.value(right);
        if by_page && operator == Some(SyntaxKind::Shl) {
            let narrow = self
                .cx
                .integer_of(left)
                .is_none_or(|integer| integer.width <= Width::Int);
            if narrow && value.as_number().is_none() {
                self.shifted.push((value.clone(), node));
            }
            return value
                .times(&Poly::atom(page))
                .map_or(Value::Unknown(Why::Other(node)), Value::Poly);
        }
        if by_page && let Some(quotient) = value.divided_by(page) {
            return Value::Poly(quotient);
        }
        if self.varies(&value) {
            return Value::Unknown(Why::Other(node));
        }
        self.pure(node)
    }

    pub(super) fn conditional(&mut self, node: NodeId, children: &[NodeId]) -> Value {
        let before = (self.values.clone(), self.effects.len(), self.inserts.len());
        let mut values = Vec::new();
        for &child in children {
            values.push(self.value(child));
        }
        if self.values != before.0 || self.inserts.len() > before.2 {
            self.effects.push(Effect::Unclear(node));
        }
        let steady = |value: &Value| matches!(value, Value::Poly(poly) if !self.varies(poly));
        if self.effects.len() == before.1 && values.iter().all(steady) {
            return self.pure(node);
        }
        Value::Unknown(Why::Other(node))
    }
}
