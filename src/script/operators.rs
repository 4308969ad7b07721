//! Operators, indices and iteration.

use std::cell::Cell;
use std::cmp::Ordering;
use std::rc::Rc;

use super::ast::{BinOp, CmpOp};
use super::error::{Fault, Result, fault, raised};
use super::eval::Interpreter;
use super::value::{MAX_PARTS, MAX_TEXT, Table, Value, count};

fn unsupported(op: BinOp, left: &Value, right: &Value) -> Fault {
    let (left, right) = (left.class(), right.class());
    raised(
        "TypeError",
        format!("unsupported operand types for {op:?}: '{left}' and '{right}'"),
    )
}

fn too_large() -> Fault {
    fault("a number of the script gets too large")
}

impl Interpreter {
    pub(super) fn unary(&mut self, op: &str, value: &Value) -> Result<Value> {
        match (op, value) {
            ("not", _) => Ok(Value::Bool(!value.truth())),
            ("-", Value::Float(number)) => Ok(Value::Float(-number)),
            ("+", Value::Float(_)) => Ok(value.clone()),
            (_, _) => match (op, value.int()) {
                ("-", Some(number)) => number.checked_neg().map(Value::Int).ok_or_else(too_large),
                ("+", Some(number)) => Ok(Value::Int(number)),
                ("~", Some(number)) => Ok(Value::Int(!number)),
                _ => Err(raised(
                    "TypeError",
                    format!("bad operand type for {op}: '{}'", value.class()),
                )),
            },
        }
    }

    pub(super) fn binary(&mut self, op: BinOp, left: &Value, right: &Value) -> Result<Value> {
        self.step(1)?;
        if let (Some(left), Some(right)) = (left.int(), right.int()) {
            return whole(op, left, right);
        }
        match (op, left, right) {
            (BinOp::Add, Value::Str(a), Value::Str(b)) => {
                self.step((a.len() + b.len()) / 64)?;
                self.string(format!("{a}{b}"))
            }
            (BinOp::Add, Value::List(a), Value::List(b)) => {
                let items = a.borrow().0.iter().chain(&b.borrow().0).cloned().collect();
                self.list(items)
            }
            (BinOp::Add, Value::Tuple(a), Value::Tuple(b)) => {
                let items: Vec<Value> = a.0.iter().chain(&b.0).cloned().collect();
                self.alloc(items.len() * 32)?;
                self.step(items.len() / 16)?;
                Ok(Value::tuple(items))
            }
            (BinOp::Rem, Value::Str(format), _) => {
                let text = super::format::percent(format, right)?;
                self.step(text.len() / 64)?;
                self.string(text)
            }
            (BinOp::Mul, Value::Str(text), count) | (BinOp::Mul, count, Value::Str(text)) => {
                let count = count.int().ok_or_else(|| unsupported(op, left, right))?;
                let count = usize::try_from(count).unwrap_or(0);
                if text.len().saturating_mul(count) > MAX_TEXT {
                    return Err(fault("a string of the script gets longer than 1 MiB"));
                }
                self.string(text.repeat(count))
            }
            (BinOp::Mul, Value::List(list), count) => {
                let count = count.int().ok_or_else(|| unsupported(op, left, right))?;
                let count = usize::try_from(count).unwrap_or(0);
                let items = list.borrow().0.clone();
                self.alloc(items.len().saturating_mul(count).saturating_mul(32))?;
                let items = (0..count).flat_map(|_| items.iter().cloned()).collect();
                self.list(items)
            }
            (BinOp::And | BinOp::Or | BinOp::Xor | BinOp::Sub, Value::Set(a, frozen), Value::Set(b, _)) => {
                let (a, b) = (a.borrow().clone(), b.borrow().clone());
                self.step((a.len() + b.len()) / 4)?;
                self.alloc((a.len() + b.len()) * 128)?;
                let mut items = Vec::new();
                for key in a.keys() {
                    let shared = b.get(&key)?.is_some();
                    if op == BinOp::Or || shared == (op == BinOp::And) {
                        items.push(key);
                    }
                }
                if matches!(op, BinOp::Or | BinOp::Xor) {
                    for key in b.keys() {
                        if a.get(&key)?.is_none() {
                            items.push(key);
                        }
                    }
                }
                Value::set(items, *frozen)
            }
            (_, Value::Float(_), _) | (_, _, Value::Float(_)) | (BinOp::Div, _, _) => {
                real(op, left, right).ok_or_else(|| unsupported(op, left, right))
            }
            _ => Err(unsupported(op, left, right)),
        }
    }

    /// The items of what a loop goes over.
    pub(super) fn items(&mut self, value: &Value) -> Result<Vec<Value>> {
        let items = match value {
            Value::List(list) => list.borrow().0.clone(),
            Value::Tuple(list) => list.0.clone(),
            Value::Dict(table) | Value::Set(table, _) => table.borrow().keys(),
            Value::Str(text) => text
                .chars()
                .map(|c| Value::str(c.encode_utf8(&mut [0; 4])))
                .collect(),
            other => {
                let message = format!("'{}' object is not iterable", other.class());
                return Err(raised("TypeError", message));
            }
        };
        self.step(items.len() / 4)?;
        self.alloc(items.len() * 32)?;
        Ok(items)
    }

    pub(super) fn get_index(&mut self, object: &Value, index: &Value) -> Result<Value> {
        match object {
            Value::Dict(table) => match table.borrow().get(index)? {
                Some(value) => Ok(value.clone()),
                None => Err(raised("KeyError", index.repr()?)),
            },
            Value::List(list) => at(&list.borrow().0, index).cloned(),
            Value::Tuple(list) => at(&list.0, index).cloned(),
            Value::Str(text) => {
                self.step(text.len() / 64)?;
                let chars: Vec<char> = text.chars().collect();
                at(&chars, index).map(|c| Value::str(c.encode_utf8(&mut [0; 4])))
            }
            Value::Match(_) => self.method(object, "group", vec![index.clone()], Vec::new()),
            other => {
                let message = format!("'{}' object is not subscriptable", other.class());
                Err(raised("TypeError", message))
            }
        }
    }

    pub(super) fn set_index(&mut self, object: &Value, index: Value, value: Value) -> Result<()> {
        match object {
            Value::Dict(table) => table.borrow_mut().insert(index, value),
            Value::List(list) => {
                let place = place(list.borrow().0.len(), &index)?;
                list.borrow_mut().0[place] = value;
                Ok(())
            }
            other => {
                let message = format!("'{}' object does not support item assignment", other.class());
                Err(raised("TypeError", message))
            }
        }
    }

    pub(super) fn remove_index(&mut self, object: &Value, index: &Value) -> Result<()> {
        match object {
            Value::Dict(table) => match table.borrow_mut().remove(index)? {
                Some(_) => Ok(()),
                None => Err(raised("KeyError", index.repr()?)),
            },
            Value::List(list) => {
                let place = place(list.borrow().0.len(), index)?;
                list.borrow_mut().0.remove(place);
                Ok(())
            }
            _ => Err(raised("TypeError", "this has no items to delete")),
        }
    }

    pub(super) fn slice(&mut self, object: &Value, bounds: [Option<i128>; 3]) -> Result<Value> {
        match object {
            Value::Str(text) => {
                let chars: Vec<char> = text.chars().collect();
                self.step(chars.len() / 16)?;
                let text: String = cut(chars.len(), bounds)?
                    .into_iter()
                    .map(|at| chars[at])
                    .collect();
                self.string(text)
            }
            Value::List(list) => {
                let items = list.borrow().0.clone();
                let items = cut(items.len(), bounds)?
                    .into_iter()
                    .map(|at| items[at].clone())
                    .collect();
                self.list(items)
            }
            Value::Tuple(list) => {
                let places = cut(list.0.len(), bounds)?;
                self.alloc(places.len() * 32)?;
                Ok(Value::tuple(
                    places.into_iter().map(|at| list.0[at].clone()).collect(),
                ))
            }
            other => {
                let message = format!("'{}' object can't be sliced", other.class());
                Err(raised("TypeError", message))
            }
        }
    }
}

/// The places that a slice takes.
fn cut(len: usize, bounds: [Option<i128>; 3]) -> Result<Vec<usize>> {
    let len = len as i128;
    let by = bounds[2].unwrap_or(1);
    if by == 0 {
        return Err(raised("ValueError", "slice step cannot be zero"));
    }
    let from_end = |at: i128| if at < 0 { at.saturating_add(len) } else { at };
    let (low, high) = if by > 0 { (0, len) } else { (-1, len - 1) };
    let default = if by > 0 { (0, len) } else { (len - 1, -1) };
    let from = bounds[0].map_or(default.0, |at| from_end(at).clamp(low, high));
    let to = bounds[1].map_or(default.1, |at| from_end(at).clamp(low, high));
    let mut places = Vec::new();
    let mut at = from;
    while (by > 0 && at < to) || (by < 0 && at > to) {
        places.push(at as usize);
        at = at.saturating_add(by);
    }
    Ok(places)
}

fn place(len: usize, index: &Value) -> Result<usize> {
    let Some(at) = index.int() else {
        let message = format!("indices must be integers, not '{}'", index.class());
        return Err(raised("TypeError", message));
    };
    let at = if at < 0 {
        at.saturating_add(len as i128)
    } else {
        at
    };
    usize::try_from(at)
        .ok()
        .filter(|&at| at < len)
        .ok_or_else(|| raised("IndexError", "list index out of range"))
}

fn at<'l, T>(list: &'l [T], index: &Value) -> Result<&'l T> {
    place(list.len(), index).map(|at| &list[at])
}

fn whole(op: BinOp, a: i128, b: i128) -> Result<Value> {
    let zero = || raised("RuntimeError", "division by zero");
    let value = match op {
        BinOp::Add => a.checked_add(b),
        BinOp::Sub => a.checked_sub(b),
        BinOp::Mul => a.checked_mul(b),
        BinOp::Div if b == 0 => return Err(zero()),
        BinOp::Div => return Ok(Value::Float(a as f64 / b as f64)),
        BinOp::FloorDiv | BinOp::Rem if b == 0 => return Err(zero()),
        BinOp::FloorDiv => a.checked_div_euclid(b).map(|quotient| {
            if b < 0 && a.rem_euclid(b) != 0 {
                quotient - 1
            } else {
                quotient
            }
        }),
        BinOp::Rem => a
            .checked_rem_euclid(b)
            .map(|rest| if b < 0 && rest != 0 { rest + b } else { rest }),
        BinOp::Pow => u32::try_from(b).ok().and_then(|power| a.checked_pow(power)),
        BinOp::Shl => u32::try_from(b)
            .ok()
            .filter(|&by| by < 120)
            .and_then(|by| a.checked_mul(1i128 << by)),
        BinOp::Shr => u32::try_from(b).ok().map(|by| a >> by.min(127)),
        BinOp::And => Some(a & b),
        BinOp::Or => Some(a | b),
        BinOp::Xor => Some(a ^ b),
    };
    value.map(Value::Int).ok_or_else(too_large)
}

fn real(op: BinOp, left: &Value, right: &Value) -> Option<Value> {
    let number = |value: &Value| match value {
        Value::Float(number) => Some(*number),
        other => other.int().map(|number| number as f64),
    };
    let (a, b) = (number(left)?, number(right)?);
    Some(Value::Float(match op {
        BinOp::Add => a + b,
        BinOp::Sub => a - b,
        BinOp::Mul => a * b,
        BinOp::Div => a / b,
        BinOp::FloorDiv => (a / b).floor(),
        BinOp::Rem => a - b * (a / b).floor(),
        BinOp::Pow => a.powf(b),
        _ => return None,
    }))
}

/// Compares two values.
pub(super) fn compare(run: &mut Interpreter, op: CmpOp, left: &Value, right: &Value) -> Result<bool> {
    run.step(1)?;
    Ok(match op {
        CmpOp::Eq => left.equals(right)?,
        CmpOp::Ne => !left.equals(right)?,
        CmpOp::Is => is(left, right)?,
        CmpOp::IsNot => !is(left, right)?,
        CmpOp::In => contains(run, right, left)?,
        CmpOp::NotIn => !contains(run, right, left)?,
        CmpOp::Lt => order(left, right)? == Ordering::Less,
        CmpOp::Le => order(left, right)? != Ordering::Greater,
        CmpOp::Gt => order(left, right)? == Ordering::Greater,
        CmpOp::Ge => order(left, right)? != Ordering::Less,
    })
}

fn is(left: &Value, right: &Value) -> Result<bool> {
    Ok(match (left, right) {
        (Value::List(a), Value::List(b)) => Rc::ptr_eq(a, b),
        (Value::Dict(a), Value::Dict(b)) | (Value::Set(a, _), Value::Set(b, _)) => Rc::ptr_eq(a, b),
        _ => left.class() == right.class() && left.equals(right)?,
    })
}

fn contains(run: &mut Interpreter, container: &Value, item: &Value) -> Result<bool> {
    match (container, item) {
        (Value::Str(text), Value::Str(part)) => {
            run.step(text.len() / 64)?;
            Ok(text.contains(&**part))
        }
        (Value::Dict(table) | Value::Set(table, _), _) => Ok(table.borrow().get(item)?.is_some()),
        _ => {
            for other in run.items(container)? {
                if other.equals(item)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
    }
}

/// The order of two values.
pub(super) fn order(left: &Value, right: &Value) -> Result<Ordering> {
    order_at(left, right, 0, &Cell::new(MAX_PARTS))
}

fn order_at(left: &Value, right: &Value, depth: usize, parts: &Cell<usize>) -> Result<Ordering> {
    count(depth, parts)?;
    let wrong = || {
        let (left, right) = (left.class(), right.class());
        raised("TypeError", format!("'{left}' and '{right}' have no order"))
    };
    let lists = |a: &[Value], b: &[Value]| {
        for (a, b) in a.iter().zip(b) {
            let order = order_at(a, b, depth + 1, parts)?;
            if order != Ordering::Equal {
                return Ok(order);
            }
        }
        Ok(a.len().cmp(&b.len()))
    };
    match (left, right) {
        (Value::Str(a), Value::Str(b)) => Ok(a.cmp(b)),
        (Value::List(a), Value::List(b)) => lists(&a.borrow().0, &b.borrow().0),
        (Value::Tuple(a), Value::Tuple(b)) => lists(&a.0, &b.0),
        (Value::Set(a, _), Value::Set(b, _)) => subset(&a.borrow(), &b.borrow())?.ok_or_else(wrong),
        _ => match (left.int(), right.int()) {
            (Some(a), Some(b)) => Ok(a.cmp(&b)),
            _ => {
                let number = |value: &Value| match value {
                    Value::Float(number) => Some(*number),
                    other => other.int().map(|number| number as f64),
                };
                let pair = number(left).zip(number(right));
                pair.and_then(|(a, b)| a.partial_cmp(&b)).ok_or_else(wrong)
            }
        },
    }
}

/// How two sets are related, if one is a part of the other.
fn subset(a: &Table, b: &Table) -> Result<Option<Ordering>> {
    let all = |a: &Table, b: &Table| {
        for key in a.keys() {
            if b.get(&key)?.is_none() {
                return Ok::<bool, Fault>(false);
            }
        }
        Ok(true)
    };
    Ok(match (all(a, b)?, all(b, a)?) {
        (true, true) => Some(Ordering::Equal),
        (true, false) => Some(Ordering::Less),
        (false, true) => Some(Ordering::Greater),
        (false, false) => None,
    })
}
