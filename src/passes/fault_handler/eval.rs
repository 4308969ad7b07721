//! What a function does with the result of an insert, for each value that the result may have.
//!
//! From the insert on the function is run in the mind: conditions about the result decide, statements that have nothing to
//! do with it are noted as effects, and the run ends at a `return`. What can't be decided ends it too, with a reason.

use rustc_hash::FxHashMap;

use super::types::CODE_TYPE;
use crate::facts::file::FileFacts;
use crate::facts::types::{self, Width};
use crate::flow::{Detail, FlowId, Graph, Locals, NodeKind, VariableId, VariableKind};
use crate::syntax::{NodeId, SyntaxKind};
use crate::text::TextRange;

/// Results of an insert: what an insert may return, with the numbers of include/uapi/asm-generic.
///
/// It neither waits for a signal nor asks for another try, so the errors that say so are none of its results.
pub(super) const RESULTS: [(&str, i64); 7] = [
    ("0", 0),
    ("-EBUSY", -16),
    ("-ENOMEM", -12),
    ("-EFAULT", -14),
    ("-EINVAL", -22),
    ("-EACCES", -13),
    ("another error", -9999),
];

/// Errors that mappings name; of others only that they are none of these is known.
pub(super) const ERRORS: [(&[u8], i64); 20] = [
    (b"EPERM", 1),
    (b"ENOENT", 2),
    (b"EINTR", 4),
    (b"EIO", 5),
    (b"ENXIO", 6),
    (b"EAGAIN", 11),
    (b"ENOMEM", 12),
    (b"EACCES", 13),
    (b"EFAULT", 14),
    (b"EBUSY", 16),
    (b"EEXIST", 17),
    (b"ENODEV", 19),
    (b"EINVAL", 22),
    (b"ENOSPC", 28),
    (b"ERANGE", 34),
    (b"EDEADLK", 35),
    (b"EALREADY", 114),
    (b"ETIMEDOUT", 110),
    (b"ERESTARTSYS", 512),
    (b"EOPNOTSUPP", 95),
];

/// A value as far as it is known.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Value {
    /// A number: 0 or the negative number of an error.
    Number(i64),
    /// A fault code by its name.
    Code(String),
    Unknown,
}

/// How a run went.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Run {
    /// What is returned.
    pub value: Value,
    /// Statements on the way that have nothing to do with the result.
    pub effects: Vec<NodeId>,
    /// The nodes that decide about the result, and the return at last.
    pub decisions: Vec<FlowId>,
    /// Where it left the region that it was to stay in.
    pub left_at: Option<FlowId>,
}

impl Run {
    /// A run that does nothing but give a value.
    pub fn of(value: Value) -> Self {
        Self {
            value,
            effects: Vec::new(),
            decisions: Vec::new(),
            left_at: None,
        }
    }
}

/// Why a run could not be finished.
#[derive(Clone, Debug)]
pub(super) struct Stuck {
    pub code: &'static str,
    pub text: String,
    pub at: NodeId,
}

/// One function and the variables that are known while it is run.
pub(super) struct Runner<'a> {
    pub file: &'a FileFacts,
    pub graph: &'a Graph,
    pub locals: &'a Locals,
    pub known: FxHashMap<VariableId, Value>,
    /// A call and what it gives.
    pub result: Option<(NodeId, Value)>,
    /// The run ends where it leaves this text.
    pub region: Option<TextRange>,
    /// How many functions that choose are inside of each other here.
    pub depth: usize,
}

/// No mapping is longer than this.
const MAX_STEPS: usize = 400;

/// No function that chooses calls more of its kind, one inside of the other.
const MAX_DEPTH: usize = 2;

impl Runner<'_> {
    /// Runs from behind a node.
    pub fn run(&mut self, start: FlowId) -> Result<Run, Stuck> {
        let next = self.only_successor(start)?;
        self.run_from(next, Some(start))
    }

    /// Runs from a node on; it never comes to `start` again.
    pub fn run_from(&mut self, mut at: FlowId, start: Option<FlowId>) -> Result<Run, Stuck> {
        let tree = &self.file.tree;
        let mut run = Run::of(Value::Unknown);
        for _ in 0..MAX_STEPS {
            let node = *self.graph.node(at);
            if self
                .region
                .is_some_and(|region| !region.contains(tree.range(node.syntax).start))
            {
                run.left_at = Some(at);
                return Ok(run);
            }
            if Some(at) == start {
                return Err(self.stuck(
                    "insert-in-loop",
                    "the insert is called again and again",
                    node.syntax,
                ));
            }
            at = match node.kind {
                NodeKind::Return => {
                    run.decisions.push(at);
                    let part = tree.children(node.syntax).next();
                    run.value = part.map_or(Value::Unknown, |part| self.value(part));
                    return Ok(run);
                }
                NodeKind::If => {
                    let asked = node.part.map_or(Value::Unknown, |part| self.value(part));
                    let Some(holds) = truth(&asked) else {
                        return Err(self.stuck(
                            "not-evaluable",
                            "it is not known which way a condition behind the insert goes",
                            node.part.unwrap_or(node.syntax),
                        ));
                    };
                    run.decisions.push(at);
                    let ways = self.graph.successors(at);
                    let wanted = if holds { NodeKind::True } else { NodeKind::False };
                    self.pick(ways, wanted, node.syntax)?
                }
                NodeKind::Switch => {
                    run.decisions.push(at);
                    self.case(at, node.part, node.syntax)?
                }
                NodeKind::Simple => {
                    self.statement(node.syntax, &mut run)?;
                    self.only_successor(at)?
                }
                NodeKind::Open
                | NodeKind::Close
                | NodeKind::Break
                | NodeKind::Goto
                | NodeKind::Label
                | NodeKind::Case
                | NodeKind::Default
                | NodeKind::Else
                | NodeKind::True
                | NodeKind::False
                | NodeKind::After => self.only_successor(at)?,
                NodeKind::While
                | NodeKind::Do
                | NodeKind::DoWhile
                | NodeKind::For
                | NodeKind::ForInit
                | NodeKind::ForStep
                | NodeKind::MacroLoop
                | NodeKind::Continue => {
                    return Err(self.stuck("insert-in-loop", "the insert stands in a loop", node.syntax));
                }
                NodeKind::IfDirective
                | NodeKind::ElseDirective
                | NodeKind::EndifDirective
                | NodeKind::Inactive
                | NodeKind::Join => {
                    let text = "what follows the insert depends on the configuration";
                    return Err(self.stuck("preprocessor", text, node.syntax));
                }
                NodeKind::Exit | NodeKind::ErrorExit => {
                    return Err(self.stuck(
                        "no-result",
                        "the function returns nothing",
                        self.graph.function(),
                    ));
                }
                _ => {
                    return Err(self.stuck(
                        "not-evaluable",
                        "what follows the insert is not clear",
                        node.syntax,
                    ));
                }
            };
        }
        Err(self.stuck(
            "not-evaluable",
            "the way from the insert to a return is too long",
            self.graph.function(),
        ))
    }

    fn stuck(&self, code: &'static str, text: &str, at: NodeId) -> Stuck {
        Stuck {
            code,
            text: text.to_owned(),
            at,
        }
    }

    fn only_successor(&self, at: FlowId) -> Result<FlowId, Stuck> {
        match self.graph.successors(at) {
            [only] => Ok(*only),
            _ => Err(self.stuck(
                "not-evaluable",
                "it is not known where control goes behind the insert",
                self.graph.node(at).syntax,
            )),
        }
    }

    fn pick(&self, ways: &[FlowId], wanted: NodeKind, at: NodeId) -> Result<FlowId, Stuck> {
        let way = ways.iter().find(|&&way| self.graph.kind(way) == wanted);
        way.copied()
            .ok_or_else(|| self.stuck("not-evaluable", "a way out of a condition is missing", at))
    }

    /// The label that a switch goes to.
    pub fn case(&self, at: FlowId, asked: Option<NodeId>, syntax: NodeId) -> Result<FlowId, Stuck> {
        let tree = &self.file.tree;
        let unclear = |text: &str| self.stuck("not-evaluable", text, syntax);
        let value = asked.map_or(Value::Unknown, |part| self.value(part));
        if value == Value::Unknown {
            return Err(unclear("the switch behind the insert is not about its result"));
        }
        let ways = self.graph.successors(at);
        let open = ways.iter().find(|&&way| self.graph.kind(way) == NodeKind::Open);
        let labels = open.map_or(&[][..], |&open| self.graph.successors(open));
        let mut default = ways
            .iter()
            .find(|&&way| self.graph.kind(way) == NodeKind::False)
            .copied();
        for &label in labels {
            let node = self.graph.node(label);
            match node.kind {
                NodeKind::Default => default = Some(label),
                NodeKind::Case => {
                    let mut values = tree.children(node.syntax);
                    let (Some(first), None) = (values.next(), values.next()) else {
                        return Err(unclear("a label of the switch behind the insert is a range"));
                    };
                    match self.value(first) {
                        Value::Unknown => {
                            return Err(unclear("a label of the switch behind the insert is not known"));
                        }
                        known if known == value => return Ok(label),
                        _ => {}
                    }
                }
                _ => return Err(unclear("the switch behind the insert is not clear")),
            }
        }
        default.ok_or_else(|| unclear("no label of the switch behind the insert fits"))
    }

    /// A statement is an assignment of what is known, or an effect.
    fn statement(&mut self, statement: NodeId, run: &mut Run) -> Result<(), Stuck> {
        let tree = &self.file.tree;
        if tree.kind(statement) == SyntaxKind::EmptyStmt {
            return Ok(());
        }
        let expression = match tree.kind(statement) {
            SyntaxKind::ExprStmt => tree.children(statement).next(),
            _ => None,
        };
        if let Some(assignment) = expression
            && let Some((variable, right)) = self.assignment(assignment)
        {
            let value = self.value(right);
            let is_pure = !tree
                .descendants(assignment)
                .any(|id| tree.kind(id) == SyntaxKind::CallExpr);
            if value != Value::Unknown || is_pure {
                let value = if self.holds(variable, &value) {
                    value
                } else {
                    Value::Unknown
                };
                self.known.insert(variable, value);
                return Ok(());
            }
        }
        let names = std::iter::once(statement).chain(tree.descendants(statement));
        let about_result = names
            .filter(|&id| tree.kind(id) == SyntaxKind::NameExpr)
            .filter_map(|id| self.locals.resolve(id))
            .any(|variable| self.known.contains_key(&variable));
        if about_result {
            let text = "the result of the insert is used for more than the choice of a fault code";
            return Err(self.stuck("result-used", text, statement));
        }
        run.effects.push(statement);
        Ok(())
    }

    /// Whether a variable gives a value back as it was put in.
    pub fn holds(&self, variable: VariableId, value: &Value) -> bool {
        let (tree, known) = (&self.file.tree, self.locals.variable(variable));
        let specifiers = types::specifiers(tree, known.declaration);
        let ty = types::declared(tree, &self.file.text, specifiers, known.declarator);
        let is_plain = ty.pointers + ty.arrays == 0 && !ty.is_function;
        let integer = ty
            .integer()
            .filter(|integer| is_plain && integer.width >= Width::Int);
        match value {
            Value::Number(number) if *number < 0 => integer.is_some_and(|integer| integer.signed),
            _ => integer.is_some() || is_plain && ty.name == CODE_TYPE,
        }
    }

    /// `variable = value`
    pub fn assignment(&self, expression: NodeId) -> Option<(VariableId, NodeId)> {
        let tree = &self.file.tree;
        if tree.kind(expression) != SyntaxKind::AssignExpr
            || tree.own_token(expression, SyntaxKind::Eq).is_none()
        {
            return None;
        }
        let mut sides = tree.children(expression);
        let (left, right) = (sides.next()?, sides.next()?);
        Some((self.locals.resolve(left)?, right))
    }

    /// The value of an expression.
    pub fn value(&self, expression: NodeId) -> Value {
        if let Some((call, value)) = &self.result
            && *call == expression
        {
            return value.clone();
        }
        let tree = &self.file.tree;
        let mut children = tree.children(expression);
        let text = tree.text(expression, &self.file.text).trim_ascii();
        match tree.kind(expression) {
            SyntaxKind::ParenExpr => children.next().map_or(Value::Unknown, |inner| self.value(inner)),
            SyntaxKind::Literal => match std::str::from_utf8(text).ok().and_then(|text| text.parse().ok()) {
                Some(number) => Value::Number(number),
                None => Value::Unknown,
            },
            SyntaxKind::NameExpr => match self.locals.resolve(expression) {
                Some(variable) => self.known.get(&variable).cloned().unwrap_or(Value::Unknown),
                None if text.starts_with(b"VM_FAULT_") => {
                    Value::Code(String::from_utf8_lossy(text).into_owned())
                }
                None => match ERRORS.iter().find(|(name, _)| *name == text) {
                    Some((_, number)) => Value::Number(*number),
                    None => Value::Unknown,
                },
            },
            SyntaxKind::PrefixExpr => {
                let inner = children.next().map_or(Value::Unknown, |inner| self.value(inner));
                let operator = tree
                    .own_tokens(expression)
                    .next()
                    .map(|token| tree.tokens().kind(token));
                match (operator, inner) {
                    (Some(SyntaxKind::Minus), Value::Number(number)) => Value::Number(-number),
                    (Some(SyntaxKind::Bang), inner) => match truth(&inner) {
                        Some(holds) => Value::Number(i64::from(!holds)),
                        None => Value::Unknown,
                    },
                    _ => Value::Unknown,
                }
            }
            SyntaxKind::BinaryExpr => {
                let (Some(left), Some(right)) = (children.next(), children.next()) else {
                    return Value::Unknown;
                };
                let operator = tree
                    .own_tokens(expression)
                    .next()
                    .map(|token| tree.tokens().kind(token));
                self.binary(operator, left, right)
            }
            SyntaxKind::ConditionalExpr => {
                let arms: Vec<NodeId> = children.collect();
                let [asked, first, second] = arms[..] else {
                    return Value::Unknown;
                };
                match truth(&self.value(asked)) {
                    Some(true) => self.value(first),
                    Some(false) => self.value(second),
                    None => Value::Unknown,
                }
            }
            SyntaxKind::CallExpr => {
                let callee = children
                    .next()
                    .map(|callee| tree.text(callee, &self.file.text).trim_ascii());
                let arguments: Vec<NodeId> = children
                    .next()
                    .into_iter()
                    .flat_map(|list| tree.children(list))
                    .collect();
                let (Some(callee), [argument]) = (callee, &arguments[..]) else {
                    return Value::Unknown;
                };
                match (callee, self.value(*argument)) {
                    (b"likely" | b"unlikely", value) => value,
                    (b"vmf_error", Value::Number(-12)) => Value::Code("VM_FAULT_OOM".into()),
                    (b"vmf_error", Value::Number(_)) => Value::Code("VM_FAULT_SIGBUS".into()),
                    (name, number @ Value::Number(_)) => {
                        self.chosen_by(name, number).unwrap_or(Value::Unknown)
                    }
                    _ => Value::Unknown,
                }
            }
            _ => Value::Unknown,
        }
    }

    /// What a function of the file that does nothing else makes of a number.
    fn chosen_by(&self, name: &[u8], number: Value) -> Option<Value> {
        let function = chooser(self.file, name).filter(|_| self.depth < MAX_DEPTH)?;
        let (tree, text) = (&self.file.tree, &self.file.text);
        let graph = Graph::new(tree, text, function, Detail::DATA);
        let locals = Locals::new(tree, text, function);
        let is_parameter = |id: &VariableId| locals.variable(*id).kind == VariableKind::Parameter;
        let parameter = locals.ids().find(is_parameter)?;
        let mut runner = Runner {
            file: self.file,
            graph: &graph,
            locals: &locals,
            known: [(parameter, number.clone())].into_iter().collect(),
            result: None,
            region: None,
            depth: self.depth + 1,
        };
        if !runner.holds(parameter, &number) {
            return None;
        }
        let run = runner.run(Graph::HEAD).ok()?;
        run.effects.is_empty().then_some(run.value)
    }

    fn binary(&self, operator: Option<SyntaxKind>, left: NodeId, right: NodeId) -> Value {
        let (left, right) = (self.value(left), self.value(right));
        let number = |holds: bool| Value::Number(i64::from(holds));
        match operator {
            Some(SyntaxKind::AmpAmp) => match (truth(&left), truth(&right)) {
                (Some(false), _) | (_, Some(false)) => number(false),
                (Some(true), Some(true)) => number(true),
                _ => Value::Unknown,
            },
            Some(SyntaxKind::PipePipe) => match (truth(&left), truth(&right)) {
                (Some(true), _) | (_, Some(true)) => number(true),
                (Some(false), Some(false)) => number(false),
                _ => Value::Unknown,
            },
            Some(operator) => match (left, right) {
                (Value::Number(left), Value::Number(right)) => match operator {
                    SyntaxKind::EqEq => number(left == right),
                    SyntaxKind::Ne => number(left != right),
                    SyntaxKind::Lt => number(left < right),
                    SyntaxKind::Le => number(left <= right),
                    SyntaxKind::Gt => number(left > right),
                    SyntaxKind::Ge => number(left >= right),
                    _ => Value::Unknown,
                },
                _ => Value::Unknown,
            },
            None => Value::Unknown,
        }
    }
}

/// The function of a file with one parameter that has a name and is known nowhere else.
pub(super) fn chooser(file: &FileFacts, name: &[u8]) -> Option<NodeId> {
    let mut known = file.functions_named(name).map(|(_, known)| known);
    let only = known.next().filter(|_| known.next().is_none())?;
    let is_own = only.is_static && !only.is_macro && only.parameters.len() == 1;
    let gives_codes =
        only.returns.pointers == 0 && (only.returns.name == "int" || only.returns.name == CODE_TYPE);
    (is_own && gives_codes).then_some(only.node)
}

pub(super) fn truth(value: &Value) -> Option<bool> {
    match value {
        Value::Number(number) => Some(*number != 0),
        // Every fault code has a bit.
        Value::Code(_) => Some(true),
        Value::Unknown => None,
    }
}

/// What the twin gives for a result of the insert.
pub(super) fn twin_code(result: i64) -> &'static str {
    match result {
        0 | -16 => "VM_FAULT_NOPAGE",
        -12 => "VM_FAULT_OOM",
        _ => "VM_FAULT_SIGBUS",
    }
}
