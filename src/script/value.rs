//! The values of scripts.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::ast::Def;
use super::error::{Result, fault, raised};
use super::host::Position;

/// A value.
#[derive(Clone, Debug)]
pub(super) enum Value {
    None,
    Bool(bool),
    Int(i128),
    Float(f64),
    Str(Rc<str>),
    List(Rc<RefCell<Items>>),
    Tuple(Rc<Items>),
    Dict(Rc<RefCell<Table>>),
    /// A set; frozen ones can't be changed.
    Set(Rc<RefCell<Table>>, bool),
    Position(Rc<Position>),
    Function(Rc<Function>),
    /// A function or module that is built in, by its full name.
    Builtin(Rc<str>),
    Regex(Rc<regex::Regex>),
    Match(Rc<Match>),
    /// A method of a value that is not called yet.
    Method(Rc<(Value, String)>),
}

/// A function that a script defines, with the defaults of its parameters.
#[derive(Debug)]
pub(super) struct Function {
    pub def: Arc<Def>,
    pub defaults: Vec<Value>,
    /// What a lambda or inner function sees of the function around it.
    pub around: Vec<(String, Value)>,
}

/// What a regular expression matched: groups by number, with their place in characters.
#[derive(Debug)]
pub(super) struct Match {
    pub groups: Vec<Option<(String, usize, usize)>>,
    pub names: Vec<(String, usize)>,
}

/// The elements of a list or tuple.
#[derive(Clone, Debug, Default)]
pub(super) struct Items(pub Vec<Value>);

/// A dictionary, or a set whose values are `None`, in the order of insertion.
#[derive(Clone, Debug, Default)]
pub(super) struct Table {
    entries: Vec<Option<(Value, Value)>>,
    places: FxHashMap<String, usize>,
}

impl Drop for Items {
    fn drop(&mut self) {
        flatten(std::mem::take(&mut self.0));
    }
}

impl Drop for Table {
    fn drop(&mut self) {
        let entries = std::mem::take(&mut self.entries);
        flatten(
            entries
                .into_iter()
                .flatten()
                .flat_map(|(key, value)| [key, value])
                .collect(),
        );
    }
}

/// Drops values that may be nested as deeply as a script likes, without a stack of that depth.
fn flatten(mut open: Vec<Value>) {
    while let Some(value) = open.pop() {
        match value {
            Value::List(list) => {
                if let Ok(cell) = Rc::try_unwrap(list) {
                    open.append(&mut cell.into_inner().0);
                }
            }
            Value::Tuple(list) => {
                if let Ok(mut items) = Rc::try_unwrap(list) {
                    open.append(&mut items.0);
                }
            }
            Value::Dict(table) | Value::Set(table, _) => {
                if let Ok(cell) = Rc::try_unwrap(table) {
                    let mut table = cell.into_inner();
                    for (key, value) in std::mem::take(&mut table.entries).into_iter().flatten() {
                        open.push(key);
                        open.push(value);
                    }
                }
            }
            _ => {}
        }
    }
}

impl Table {
    pub fn len(&self) -> usize {
        self.places.len()
    }

    pub fn get(&self, key: &Value) -> Result<Option<&Value>> {
        let place = self.places.get(&key.key()?);
        Ok(place
            .and_then(|&place| self.entries[place].as_ref())
            .map(|entry| &entry.1))
    }

    pub fn insert(&mut self, key: Value, value: Value) -> Result<()> {
        match self.places.entry(key.key()?) {
            std::collections::hash_map::Entry::Occupied(place) => {
                self.entries[*place.get()] = Some((key, value));
            }
            std::collections::hash_map::Entry::Vacant(place) => {
                place.insert(self.entries.len());
                self.entries.push(Some((key, value)));
            }
        }
        Ok(())
    }

    pub fn remove(&mut self, key: &Value) -> Result<Option<Value>> {
        let place = self.places.remove(&key.key()?);
        Ok(place
            .and_then(|place| self.entries[place].take())
            .map(|entry| entry.1))
    }

    pub fn clear(&mut self) {
        self.entries.clear();
        self.places.clear();
    }

    pub fn pairs(&self) -> impl Iterator<Item = &(Value, Value)> {
        self.entries.iter().flatten()
    }

    pub fn keys(&self) -> Vec<Value> {
        self.pairs().map(|(key, _)| key.clone()).collect()
    }
}

/// Values may be compared, hashed and printed to this depth.
const MAX_DEPTH: usize = 60;

/// Values with more parts than this can't be compared or be keys.
pub(super) const MAX_PARTS: usize = 5_000;

/// Counts a part of a value that is compared.
pub(super) fn count(depth: usize, parts: &Cell<usize>) -> Result<()> {
    if depth > MAX_DEPTH || parts.get() == 0 {
        return Err(fault("a value is too large to be compared"));
    }
    parts.set(parts.get() - 1);
    Ok(())
}

impl Value {
    pub fn str(text: impl AsRef<str>) -> Value {
        Value::Str(Rc::from(text.as_ref()))
    }

    pub fn list(items: Vec<Value>) -> Value {
        Value::List(Rc::new(RefCell::new(Items(items))))
    }

    pub fn tuple(items: Vec<Value>) -> Value {
        Value::Tuple(Rc::new(Items(items)))
    }

    pub fn set(items: impl IntoIterator<Item = Value>, frozen: bool) -> Result<Value> {
        let mut table = Table::default();
        for item in items {
            table.insert(item, Value::None)?;
        }
        Ok(Value::Set(Rc::new(RefCell::new(table)), frozen))
    }

    /// The class, as Python names it.
    pub fn class(&self) -> &'static str {
        match self {
            Value::None => "NoneType",
            Value::Bool(_) => "bool",
            Value::Int(_) => "int",
            Value::Float(_) => "float",
            Value::Str(_) => "str",
            Value::List(_) => "list",
            Value::Tuple(_) => "tuple",
            Value::Dict(_) => "dict",
            Value::Set(_, false) => "set",
            Value::Set(_, true) => "frozenset",
            Value::Position(_) => "position",
            Value::Function(_) | Value::Builtin(_) | Value::Method(_) => "function",
            Value::Regex(_) => "re.Pattern",
            Value::Match(_) => "re.Match",
        }
    }

    pub fn truth(&self) -> bool {
        match self {
            Value::None => false,
            Value::Bool(on) => *on,
            Value::Int(number) => *number != 0,
            Value::Float(number) => *number != 0.0,
            Value::Str(text) => !text.is_empty(),
            Value::List(list) => !list.borrow().0.is_empty(),
            Value::Tuple(list) => !list.0.is_empty(),
            Value::Dict(table) | Value::Set(table, _) => table.borrow().len() > 0,
            _ => true,
        }
    }

    /// A text that is the same for equal values: what dictionaries and sets go by.
    pub fn key(&self) -> Result<String> {
        let mut out = String::new();
        self.write_key(&mut out, 0, &Cell::new(MAX_PARTS))?;
        Ok(out)
    }

    fn write_key(&self, out: &mut String, depth: usize, parts: &Cell<usize>) -> Result<()> {
        count(depth, parts)?;
        match self {
            Value::None => out.push('n'),
            Value::Bool(on) => out.push_str(if *on { "i1;" } else { "i0;" }),
            Value::Int(number) => *out += &format!("i{number};"),
            Value::Float(number) if number.fract() == 0.0 && number.abs() < 1e15 => {
                *out += &format!("i{number};");
            }
            Value::Float(number) => *out += &format!("f{number};"),
            Value::Str(text) => *out += &format!("s{}:{text}", text.len()),
            Value::Tuple(list) => {
                *out += &format!("t{}:", list.0.len());
                for item in &list.0 {
                    item.write_key(out, depth + 1, parts)?;
                }
            }
            Value::Set(table, true) => {
                let mut keys: Vec<&String> = Vec::new();
                let table = table.borrow();
                keys.extend(table.places.keys());
                keys.sort();
                *out += &format!("S{}:", keys.len());
                keys.into_iter().for_each(|key| out.push_str(key));
            }
            Value::Position(place) => *out += &format!("p{}:{place:?}", place.file.len()),
            _ => {
                let message = format!("unhashable type: '{}'", self.class());
                return Err(raised("TypeError", message));
            }
        }
        Ok(())
    }

    pub fn equals(&self, other: &Value) -> Result<bool> {
        self.equals_at(other, 0, &Cell::new(MAX_PARTS))
    }

    fn equals_at(&self, other: &Value, depth: usize, parts: &Cell<usize>) -> Result<bool> {
        count(depth, parts)?;
        let all = |a: &[Value], b: &[Value]| {
            if a.len() != b.len() {
                return Ok(false);
            }
            for (a, b) in a.iter().zip(b) {
                if !a.equals_at(b, depth + 1, parts)? {
                    return Ok(false);
                }
            }
            Ok(true)
        };
        Ok(match (self, other) {
            (Value::Str(a), Value::Str(b)) => a == b,
            (Value::List(a), Value::List(b)) => Rc::ptr_eq(a, b) || all(&a.borrow().0, &b.borrow().0)?,
            (Value::Tuple(a), Value::Tuple(b)) => all(&a.0, &b.0)?,
            (Value::Dict(a), Value::Dict(b)) | (Value::Set(a, _), Value::Set(b, _)) => {
                if Rc::ptr_eq(a, b) {
                    return Ok(true);
                }
                let (a, b) = (a.borrow(), b.borrow());
                if a.len() != b.len() {
                    return Ok(false);
                }
                for (key, value) in a.pairs() {
                    match b.get(key)? {
                        Some(other) if value.equals_at(other, depth + 1, parts)? => {}
                        _ => return Ok(false),
                    }
                }
                true
            }
            (Value::Function(a), Value::Function(b)) => Rc::ptr_eq(a, b),
            (Value::Builtin(a), Value::Builtin(b)) => a == b,
            (Value::Regex(a), Value::Regex(b)) => a.as_str() == b.as_str(),
            (Value::Match(a), Value::Match(b)) => Rc::ptr_eq(a, b),
            _ => match (self.number(), other.number()) {
                (Some(a), Some(b)) => a == b,
                _ => match (self.key(), other.key()) {
                    (Ok(a), Ok(b)) => a == b,
                    _ => false,
                },
            },
        })
    }

    /// As a floating-point number, for comparing whole and other numbers.
    fn number(&self) -> Option<f64> {
        match self {
            Value::Float(number) => Some(*number),
            _ => None,
        }
    }

    /// As a whole number.
    pub fn int(&self) -> Option<i128> {
        match self {
            Value::Int(number) => Some(*number),
            Value::Bool(on) => Some(i128::from(*on)),
            _ => None,
        }
    }

    /// As `str()` makes it.
    pub fn text(&self) -> Result<String> {
        match self {
            Value::Str(text) => Ok(text.to_string()),
            _ => self.repr(),
        }
    }

    /// As `repr()` makes it.
    pub fn repr(&self) -> Result<String> {
        let mut out = String::new();
        self.write_repr(&mut out, 0)?;
        Ok(out)
    }

    fn write_repr(&self, out: &mut String, depth: usize) -> Result<()> {
        if depth > MAX_DEPTH || out.len() > MAX_TEXT {
            return Err(fault("a value is too large to be printed"));
        }
        let join = |out: &mut String, items: &[Value]| {
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push_str(", ");
                }
                item.write_repr(out, depth + 1)?;
            }
            Ok(())
        };
        match self {
            Value::None => out.push_str("None"),
            Value::Bool(on) => out.push_str(if *on { "True" } else { "False" }),
            Value::Int(number) => *out += &number.to_string(),
            Value::Float(number) => *out += &format!("{number:?}"),
            Value::Str(text) => quote(out, text),
            Value::List(list) => {
                out.push('[');
                join(out, &list.borrow().0)?;
                out.push(']');
            }
            Value::Tuple(list) => {
                out.push('(');
                join(out, &list.0)?;
                out.push_str(if list.0.len() == 1 { ",)" } else { ")" });
            }
            Value::Set(table, frozen) => {
                let keys = table.borrow().keys();
                out.push_str(if *frozen { "frozenset(" } else { "" });
                if keys.is_empty() {
                    out.push_str(if *frozen { "" } else { "set()" });
                } else {
                    out.push('{');
                    join(out, &keys)?;
                    out.push('}');
                }
                out.push_str(if *frozen { ")" } else { "" });
            }
            Value::Dict(table) => {
                out.push('{');
                for (index, (key, value)) in table.borrow().pairs().enumerate() {
                    if index > 0 {
                        out.push_str(", ");
                    }
                    key.write_repr(out, depth + 1)?;
                    out.push_str(": ");
                    value.write_repr(out, depth + 1)?;
                }
                out.push('}');
            }
            Value::Position(place) => {
                *out += &format!("<position {}:{}:{}>", place.file, place.line, place.column);
            }
            Value::Function(function) => *out += &format!("<function {}>", function.def.name),
            Value::Builtin(name) => *out += &format!("<{name}>"),
            Value::Regex(regex) => {
                out.push_str("re.compile(");
                quote(out, regex.as_str());
                out.push(')');
            }
            Value::Match(_) => out.push_str("<re.Match>"),
            Value::Method(method) => *out += &format!("<method {}>", method.1),
        }
        Ok(())
    }
}

/// No text of a script gets longer.
pub(super) const MAX_TEXT: usize = 1 << 20;

fn quote(out: &mut String, text: &str) {
    let mark = if text.contains('\'') && !text.contains('"') {
        '"'
    } else {
        '\''
    };
    out.push(mark);
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            '\\' => out.push_str("\\\\"),
            c if c == mark => {
                out.push('\\');
                out.push(c);
            }
            c if (c as u32) < 32 => *out += &format!("\\x{:02x}", c as u32),
            c => out.push(c),
        }
    }
    out.push(mark);
}

/// Reads a whole number as `int(text, base)` does; base 0 goes by the prefix.
pub(super) fn parse_int(text: &str, base: u32) -> Option<i128> {
    let text = text.trim();
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let lower = digits.to_ascii_lowercase();
    let prefixed = [("0x", 16), ("0o", 8), ("0b", 2)]
        .into_iter()
        .find_map(|(prefix, radix)| lower.strip_prefix(prefix).map(|rest| (rest, radix)));
    let (digits, radix) = match prefixed {
        Some((rest, radix)) if base == 0 || base == radix => (rest, radix),
        _ if base == 0 => {
            // `010` is none in Python 3.
            if lower.len() > 1 && lower.starts_with('0') && !lower.trim_start_matches('0').is_empty() {
                return None;
            }
            (lower.as_str(), 10)
        }
        _ => (lower.as_str(), base),
    };
    if !(2..=36).contains(&radix) || digits.starts_with(['+', '-']) {
        return None;
    }
    let number = i128::from_str_radix(digits, radix).ok()?;
    Some(if negative { -number } else { number })
}
