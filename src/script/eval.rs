//! Runs statements and evaluates expressions.

use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::Program;
use super::ast::{Clause, CmpOp, Expr, ExprKind, FormatPart, Handler, Shape, Stmt, StmtKind};
use super::error::{Fault, Result, fault, raised};
use super::host::{Effects, Input};
use super::value::{Function, MAX_TEXT, Table, Value};

/// How many steps one run of a script may take.
const MAX_STEPS: u64 = 2_000_000;

/// How many bytes it may allocate.
const MAX_MEMORY: u64 = 64 << 20;

/// How deeply calls may be nested.
const MAX_CALLS: usize = 50;

/// Where a statement leads.
enum Flow {
    Next,
    Break,
    Continue,
    Return(Value),
}

/// The names of a function that runs.
#[derive(Default)]
struct Frame {
    locals: FxHashMap<String, Value>,
    globals: Vec<String>,
}

/// The state of the scripts of a semantic patch: what one of them defines, the next ones see.
#[derive(Default)]
pub struct Interpreter {
    globals: FxHashMap<String, Value>,
    frames: Vec<Frame>,
    steps: u64,
    memory: u64,
    pub(super) effects: Effects,
}

impl std::fmt::Debug for Interpreter {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Interpreter").finish_non_exhaustive()
    }
}

impl Interpreter {
    /// With nothing defined.
    pub fn new() -> Self {
        Self::default()
    }

    /// Runs a script with its inputs as variables.
    pub fn run(
        &mut self,
        program: &Program,
        inputs: &[(String, Input)],
    ) -> std::result::Result<Effects, Fault> {
        self.evaluate(program, inputs).map(|(effects, _)| effects)
    }

    /// Runs a condition with its inputs as variables.
    pub fn holds(
        &mut self,
        program: &Program,
        inputs: &[(String, Input)],
    ) -> std::result::Result<bool, Fault> {
        self.evaluate(program, inputs)
            .map(|(effects, value)| value.truth() && !effects.drop)
    }

    fn evaluate(&mut self, program: &Program, inputs: &[(String, Input)]) -> Result<(Effects, Value)> {
        self.steps = 0;
        self.memory = 0;
        self.frames.clear();
        self.effects = Effects::default();
        for (name, input) in inputs {
            let value = match input {
                Input::Text(text) => Value::str(text),
                Input::Positions(list) => Value::list(
                    list.iter()
                        .map(|place| Value::Position(Rc::new(place.clone())))
                        .collect(),
                ),
            };
            self.globals.insert(name.clone(), value);
        }
        let flow = self.block(&program.0)?;
        let value = match flow {
            Flow::Return(value) => value,
            _ => Value::None,
        };
        Ok((std::mem::take(&mut self.effects), value))
    }

    /// Counts `count` steps.
    pub(super) fn step(&mut self, count: usize) -> Result<()> {
        self.steps += count as u64;
        if self.steps > MAX_STEPS {
            return Err(fault(format!("the script takes more than {MAX_STEPS} steps")));
        }
        Ok(())
    }

    /// Counts `bytes` of memory.
    pub(super) fn alloc(&mut self, bytes: usize) -> Result<()> {
        self.memory += bytes as u64;
        if self.memory > MAX_MEMORY {
            return Err(fault("the script takes more than 64 MiB of memory"));
        }
        Ok(())
    }

    /// A new string.
    pub(super) fn string(&mut self, text: String) -> Result<Value> {
        if text.len() > MAX_TEXT {
            return Err(fault("a string of the script gets longer than 1 MiB"));
        }
        self.alloc(text.len() + 32)?;
        Ok(Value::str(text))
    }

    /// A new list.
    pub(super) fn list(&mut self, items: Vec<Value>) -> Result<Value> {
        self.alloc(items.len() * 32 + 32)?;
        self.step(items.len() / 16)?;
        Ok(Value::list(items))
    }

    fn block(&mut self, list: &[Stmt]) -> Result<Flow> {
        for stmt in list {
            match self.statement(stmt).map_err(|fault| fault.on_line(stmt.line))? {
                Flow::Next => {}
                flow => return Ok(flow),
            }
        }
        Ok(Flow::Next)
    }

    fn statement(&mut self, stmt: &Stmt) -> Result<Flow> {
        self.step(1)?;
        match &stmt.kind {
            StmtKind::Expr(expr) => {
                self.value(expr)?;
            }
            StmtKind::Assign(targets, value) => {
                let value = self.value(value)?;
                for target in targets {
                    self.assign(target, value.clone())?;
                }
            }
            StmtKind::Augmented(target, op, value) => {
                let old = self.value(target)?;
                let value = self.value(value)?;
                let new = self.binary(*op, &old, &value)?;
                // Lists grow in place, so that others that hold them see it.
                match (&old, &new) {
                    (Value::List(old), Value::List(new)) if *op == super::ast::BinOp::Add => {
                        let items = new.borrow().0.clone();
                        old.borrow_mut().0 = items;
                    }
                    _ => self.assign(target, new)?,
                }
            }
            StmtKind::If(branches, otherwise) => {
                for (condition, body) in branches {
                    if self.value(condition)?.truth() {
                        return self.block(body);
                    }
                }
                return self.block(otherwise);
            }
            StmtKind::While(condition, body) => {
                while self.value(condition)?.truth() {
                    match self.block(body)? {
                        Flow::Break => break,
                        Flow::Return(value) => return Ok(Flow::Return(value)),
                        Flow::Next | Flow::Continue => {}
                    }
                }
            }
            StmtKind::For(target, from, body) => {
                let from = self.value(from)?;
                for item in self.items(&from)? {
                    self.assign(target, item)?;
                    match self.block(body)? {
                        Flow::Break => break,
                        Flow::Return(value) => return Ok(Flow::Return(value)),
                        Flow::Next | Flow::Continue => {}
                    }
                }
            }
            StmtKind::Def(def) => {
                let function = self.function(def)?;
                self.set(&def.name, function)?;
            }
            StmtKind::Return(value) => {
                let value = match value {
                    Some(value) => self.value(value)?,
                    None => Value::None,
                };
                return Ok(Flow::Return(value));
            }
            StmtKind::Raise(value) => return Err(self.raise(value.as_ref())?),
            StmtKind::Try(body, handlers, otherwise, finally) => {
                return self.attempt(body, handlers, otherwise, finally);
            }
            StmtKind::Global(names) => {
                if let Some(frame) = self.frames.last_mut() {
                    frame.globals.extend(names.iter().cloned());
                }
            }
            StmtKind::Import(module, alias) => {
                if !matches!(
                    module.split('.').next(),
                    Some("re" | "coccilib" | "cocci" | "coccinelle")
                ) {
                    return Err(fault(format!(
                        "the module `{module}` is not supported; scripts have re and coccilib"
                    )));
                }
                if alias != "*" && alias != module {
                    self.set(alias, Value::Builtin(Rc::from(module.as_str())))?;
                } else if alias == "*" && module.starts_with("coccilib.") {
                    super::coccilib::names_of(module).iter().try_for_each(|name| {
                        self.set(name, Value::Builtin(Rc::from(format!("{module}.{name}"))))
                    })?;
                }
            }
            StmtKind::Delete(target) => self.delete(target)?,
            StmtKind::Pass => {}
            StmtKind::Break => return Ok(Flow::Break),
            StmtKind::Continue => return Ok(Flow::Continue),
        }
        Ok(Flow::Next)
    }

    /// What `raise` raises.
    fn raise(&mut self, value: Option<&Expr>) -> Result<Fault> {
        let Some(value) = value else {
            return Ok(raised("RuntimeError", "raised again"));
        };
        let (class, message) = match &value.kind {
            ExprKind::Name(name) => (name, String::new()),
            ExprKind::Call(callee, arguments, _) => match &callee.kind {
                ExprKind::Name(name) => {
                    let message = match arguments.first() {
                        Some(argument) => self.value(argument)?.text()?,
                        None => String::new(),
                    };
                    (name, message)
                }
                _ => return Err(fault("this can't be raised")),
            },
            _ => return Err(fault("this can't be raised")),
        };
        match EXCEPTIONS.iter().find(|known| *known == class) {
            Some(class) => Ok(raised(class, message)),
            None => Err(fault(format!("the exception `{class}` is not supported"))),
        }
    }

    fn attempt(
        &mut self,
        body: &[Stmt],
        handlers: &[Handler],
        otherwise: &[Stmt],
        finally: &[Stmt],
    ) -> Result<Flow> {
        let frames = self.frames.len();
        let mut result = self.block(body);
        if let Err(fault) = &result
            && let Some(class) = fault.class
        {
            let message = fault.message.clone();
            self.frames.truncate(frames);
            for handler in handlers {
                if handler.class.as_ref().is_none_or(|wanted| catches(wanted, class)) {
                    if let Some(name) = &handler.name {
                        let text = message
                            .split_once(": ")
                            .map_or(message.as_str(), |(_, text)| text);
                        let text = Value::str(text);
                        self.set(name, text)?;
                    }
                    result = self.block(&handler.body);
                    break;
                }
            }
        } else if matches!(result, Ok(Flow::Next)) {
            result = self.block(otherwise);
        }
        match self.block(finally)? {
            Flow::Next => result,
            flow => Ok(flow),
        }
    }

    /// A function value: its defaults, and what it sees of the function around it.
    fn function(&mut self, def: &std::sync::Arc<super::ast::Def>) -> Result<Value> {
        let mut defaults = Vec::new();
        for (_, default) in &def.params {
            if let Some(default) = default {
                defaults.push(self.value(default)?);
            } else if !defaults.is_empty() {
                return Err(fault(
                    "a parameter without a default follows one that has a default",
                ));
            }
        }
        let around: Vec<(String, Value)> = self.frames.last().map_or_else(Vec::new, |frame| {
            frame
                .locals
                .iter()
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect()
        });
        self.alloc(64 + around.len() * 64)?;
        Ok(Value::Function(Rc::new(Function {
            def: def.clone(),
            defaults,
            around,
        })))
    }

    /// Calls a function that a script defines.
    pub(super) fn call_function(
        &mut self,
        function: &Rc<Function>,
        arguments: Vec<Value>,
        named: Vec<(String, Value)>,
    ) -> Result<Value> {
        let def = &function.def;
        let wrong = |what: &str| Err(raised("TypeError", format!("{}() {what}", def.name)));
        if self.frames.len() >= MAX_CALLS {
            return Err(fault(format!("calls are nested deeper than {MAX_CALLS}")));
        }
        if arguments.len() > def.params.len() {
            return wrong("gets too many arguments");
        }
        let mut frame = Frame::default();
        frame.locals.extend(function.around.iter().cloned());
        let given = arguments.len();
        for ((name, _), value) in def.params.iter().zip(arguments) {
            frame.locals.insert(name.clone(), value);
        }
        let mut missing: Vec<&String> = def.params[given..].iter().map(|(name, _)| name).collect();
        for (name, value) in named {
            let Some(at) = missing.iter().position(|known| **known == name) else {
                return wrong(&format!("has no use for the argument `{name}`"));
            };
            missing.remove(at);
            frame.locals.insert(name, value);
        }
        let first_default = def.params.len() - function.defaults.len();
        for name in missing {
            let at = def
                .params
                .iter()
                .position(|(known, _)| known == name)
                .unwrap_or(0);
            let Some(value) = at
                .checked_sub(first_default)
                .and_then(|at| function.defaults.get(at))
            else {
                return wrong(&format!("lacks the argument `{name}`"));
            };
            frame.locals.insert(name.clone(), value.clone());
        }
        self.alloc(frame.locals.len() * 64)?;
        self.frames.push(frame);
        let result = self.block(&def.body);
        self.frames.pop();
        Ok(match result? {
            Flow::Return(value) => value,
            _ => Value::None,
        })
    }

    fn set(&mut self, name: &str, value: Value) -> Result<()> {
        self.alloc(name.len())?;
        match self.frames.last_mut() {
            Some(frame) if !frame.globals.iter().any(|global| global == name) => {
                frame.locals.insert(name.to_owned(), value);
            }
            _ => {
                self.globals.insert(name.to_owned(), value);
            }
        }
        Ok(())
    }

    fn get(&self, name: &str) -> Result<Value> {
        let frame = self.frames.last();
        let found = frame
            .and_then(|frame| frame.locals.get(name))
            .or_else(|| self.globals.get(name));
        match found {
            Some(value) => Ok(value.clone()),
            None if super::builtins::is_known(name) => Ok(Value::Builtin(Rc::from(name))),
            None => Err(raised("NameError", format!("name '{name}' is not defined"))),
        }
    }

    fn assign(&mut self, target: &Expr, value: Value) -> Result<()> {
        self.step(1)?;
        match &target.kind {
            ExprKind::Name(name) => self.set(name, value),
            ExprKind::Tuple(targets) | ExprKind::List(targets) => {
                let items = self.items(&value)?;
                if items.len() != targets.len() {
                    let message = format!(
                        "{} values can't be unpacked into {} names",
                        items.len(),
                        targets.len()
                    );
                    return Err(raised("ValueError", message));
                }
                for (target, item) in targets.iter().zip(items) {
                    self.assign(target, item)?;
                }
                Ok(())
            }
            ExprKind::Attribute(object, name) => match self.value(object)? {
                Value::Builtin(module) if &*module == "coccinelle" => {
                    let text = value.text()?;
                    self.alloc(text.len())?;
                    self.effects.outputs.retain(|(known, _)| known != name);
                    self.effects.outputs.push((name.clone(), text));
                    Ok(())
                }
                other => Err(fault(format!(
                    "the attribute `{name}` of a {} can't be set; metavariables are set with `coccinelle.{name} = …`",
                    other.class()
                ))),
            },
            ExprKind::Index(object, index) => {
                let object = self.value(object)?;
                let index = self.value(index)?;
                self.alloc(64)?;
                self.set_index(&object, index, value)
            }
            _ => Err(fault("nothing can be assigned to this expression")),
        }
    }

    fn delete(&mut self, target: &Expr) -> Result<()> {
        match &target.kind {
            ExprKind::Name(name) => {
                let frame = self.frames.last_mut();
                if frame.and_then(|frame| frame.locals.remove(name)).is_none() {
                    self.globals.remove(name);
                }
                Ok(())
            }
            ExprKind::Index(object, index) => {
                let object = self.value(object)?;
                let index = self.value(index)?;
                self.remove_index(&object, &index)
            }
            _ => Err(fault("this can't be deleted")),
        }
    }

    /// Evaluates an expression.
    pub(super) fn value(&mut self, expr: &Expr) -> Result<Value> {
        self.step(1)?;
        self.value_of(expr).map_err(|fault| fault.on_line(expr.line))
    }

    fn values(&mut self, list: &[Expr]) -> Result<Vec<Value>> {
        list.iter().map(|expr| self.value(expr)).collect()
    }

    fn value_of(&mut self, expr: &Expr) -> Result<Value> {
        Ok(match &expr.kind {
            ExprKind::None => Value::None,
            ExprKind::Bool(on) => Value::Bool(*on),
            ExprKind::Int(number) => Value::Int(*number),
            ExprKind::Float(number) => Value::Float(*number),
            ExprKind::Str(text) => return self.string(text.clone()),
            ExprKind::Format(parts) => return self.f_string(parts),
            ExprKind::Name(name) => return self.get(name),
            ExprKind::List(list) => {
                let items = self.values(list)?;
                return self.list(items);
            }
            ExprKind::Tuple(list) => {
                let items = self.values(list)?;
                self.alloc(items.len() * 32)?;
                Value::tuple(items)
            }
            ExprKind::Set(list) => {
                let items = self.values(list)?;
                self.alloc(items.len() * 128)?;
                Value::set(items, false)?
            }
            ExprKind::Dict(pairs) => {
                let mut table = Table::default();
                for (key, value) in pairs {
                    let key = self.value(key)?;
                    let value = self.value(value)?;
                    table.insert(key, value)?;
                }
                self.alloc(pairs.len() * 128)?;
                Value::Dict(Rc::new(std::cell::RefCell::new(table)))
            }
            ExprKind::Comprehension(shape, key, value, clauses) => {
                return self.comprehension(*shape, key, value.as_deref(), clauses);
            }
            ExprKind::Attribute(object, name) => {
                let object = self.value(object)?;
                return self.attribute(object, name);
            }
            ExprKind::Index(object, index) => {
                let object = self.value(object)?;
                let index = self.value(index)?;
                return self.get_index(&object, &index);
            }
            ExprKind::Slice(object, from, to, by) => {
                let object = self.value(object)?;
                let mut bounds = [None, None, None];
                for (bound, expr) in bounds.iter_mut().zip([from, to, by]) {
                    if let Some(expr) = expr {
                        let value = self.value(expr)?;
                        *bound = match value.int() {
                            Some(number) => Some(number),
                            None if matches!(value, Value::None) => None,
                            None => return Err(raised("TypeError", "slice indices must be integers")),
                        };
                    }
                }
                return self.slice(&object, bounds);
            }
            ExprKind::Call(callee, arguments, named) => return self.call(callee, arguments, named),
            ExprKind::Unary(op, inner) => {
                let value = self.value(inner)?;
                return self.unary(op, &value);
            }
            ExprKind::Binary(op, left, right) => {
                let left = self.value(left)?;
                let right = self.value(right)?;
                return self.binary(*op, &left, &right);
            }
            ExprKind::Compare(first, rest) => {
                let mut left = self.value(first)?;
                for (op, right) in rest {
                    let right = self.value(right)?;
                    if !self.compare(*op, &left, &right)? {
                        return Ok(Value::Bool(false));
                    }
                    left = right;
                }
                Value::Bool(true)
            }
            ExprKind::And(left, right) => {
                let left = self.value(left)?;
                if left.truth() { self.value(right)? } else { left }
            }
            ExprKind::Or(left, right) => {
                let left = self.value(left)?;
                if left.truth() { left } else { self.value(right)? }
            }
            ExprKind::Choice(condition, value, otherwise) => {
                let chosen = if self.value(condition)?.truth() {
                    value
                } else {
                    otherwise
                };
                self.value(chosen)?
            }
            ExprKind::Lambda(def) => self.function(def)?,
        })
    }

    fn f_string(&mut self, parts: &[FormatPart]) -> Result<Value> {
        let mut out = String::new();
        for part in parts {
            match part {
                FormatPart::Text(text) => out.push_str(text),
                FormatPart::Value(expr, quoted, spec) => {
                    let value = self.value(expr)?;
                    let value = if *quoted {
                        self.string(value.repr()?)?
                    } else {
                        value
                    };
                    out.push_str(&super::format::with_spec(&value, spec)?);
                }
            }
        }
        self.string(out)
    }

    fn call(&mut self, callee: &Expr, arguments: &[Expr], named: &[(String, Expr)]) -> Result<Value> {
        let callee = match &callee.kind {
            // A method is called without making a value of it first.
            ExprKind::Attribute(object, name) => {
                let object = self.value(object)?;
                match &object {
                    Value::Builtin(_) | Value::Position(_) => self.attribute(object, name)?,
                    _ => {
                        let arguments = self.values(arguments)?;
                        let named = self.named(named)?;
                        return self.method(&object, name, arguments, named);
                    }
                }
            }
            _ => self.value(callee)?,
        };
        let arguments = self.values(arguments)?;
        let named = self.named(named)?;
        self.apply(&callee, arguments, named)
    }

    fn named(&mut self, named: &[(String, Expr)]) -> Result<Vec<(String, Value)>> {
        named
            .iter()
            .map(|(name, value)| Ok((name.clone(), self.value(value)?)))
            .collect()
    }

    /// Calls a value.
    pub(super) fn apply(
        &mut self,
        callee: &Value,
        arguments: Vec<Value>,
        named: Vec<(String, Value)>,
    ) -> Result<Value> {
        self.step(1)?;
        match callee {
            Value::Function(function) => self.call_function(function, arguments, named),
            Value::Builtin(name) => self.builtin(&name.clone(), arguments, named),
            Value::Method(method) => {
                let (object, name) = (method.0.clone(), method.1.clone());
                self.method(&object, &name, arguments, named)
            }
            other => Err(raised(
                "TypeError",
                format!("'{}' object is not callable", other.class()),
            )),
        }
    }

    fn attribute(&mut self, object: Value, name: &str) -> Result<Value> {
        match &object {
            Value::Position(place) => {
                let text = match name {
                    "file" => place.file.clone(),
                    "line" => place.line.to_string(),
                    "column" => place.column.to_string(),
                    "line_end" => place.line_end.to_string(),
                    "column_end" => place.column_end.to_string(),
                    "current_element" => place.element.clone(),
                    _ => {
                        let message = format!("a position has no attribute '{name}'");
                        return Err(raised("AttributeError", message));
                    }
                };
                self.string(text)
            }
            Value::Builtin(module) => {
                let full = format!("{module}.{name}");
                if super::builtins::is_known(&full) {
                    Ok(Value::Builtin(Rc::from(full)))
                } else {
                    Err(fault(format!("`{full}` is not supported in scripts")))
                }
            }
            _ => Ok(Value::Method(Rc::new((object, name.to_owned())))),
        }
    }

    fn comprehension(
        &mut self,
        shape: Shape,
        key: &Expr,
        value: Option<&Expr>,
        clauses: &[Clause],
    ) -> Result<Value> {
        let mut found = Vec::new();
        self.clauses(key, value, clauses, &mut found)?;
        match shape {
            Shape::List => {
                let items = found.into_iter().map(|(key, _)| key).collect();
                self.list(items)
            }
            Shape::Set => Value::set(found.into_iter().map(|(key, _)| key), false),
            Shape::Dict => {
                let mut table = Table::default();
                for (key, value) in found {
                    table.insert(key, value)?;
                }
                Ok(Value::Dict(Rc::new(std::cell::RefCell::new(table))))
            }
        }
    }

    fn clauses(
        &mut self,
        key: &Expr,
        value: Option<&Expr>,
        clauses: &[Clause],
        found: &mut Vec<(Value, Value)>,
    ) -> Result<()> {
        let Some((clause, rest)) = clauses.split_first() else {
            let key = self.value(key)?;
            let value = match value {
                Some(value) => self.value(value)?,
                None => Value::None,
            };
            self.alloc(128)?;
            found.push((key, value));
            return Ok(());
        };
        let from = self.value(&clause.from)?;
        'items: for item in self.items(&from)? {
            self.assign(&clause.target, item)?;
            for condition in &clause.conditions {
                if !self.value(condition)?.truth() {
                    continue 'items;
                }
            }
            self.clauses(key, value, rest, found)?;
        }
        Ok(())
    }

    pub(super) fn compare(&mut self, op: CmpOp, left: &Value, right: &Value) -> Result<bool> {
        super::operators::compare(self, op, left, right)
    }
}

/// Exceptions that scripts may raise and catch.
pub(super) const EXCEPTIONS: [&str; 8] = [
    "Exception",
    "ValueError",
    "TypeError",
    "KeyError",
    "IndexError",
    "AttributeError",
    "NameError",
    "RuntimeError",
];

fn catches(wanted: &Expr, class: &str) -> bool {
    match &wanted.kind {
        ExprKind::Name(name) => name == "Exception" || name == "BaseException" || name == class,
        ExprKind::Tuple(list) => list.iter().any(|wanted| catches(wanted, class)),
        _ => false,
    }
}
