//! Methods of strings, lists, dictionaries, sets and matches.

use std::rc::Rc;

use super::error::{Result, fault, raised};
use super::eval::Interpreter;
use super::value::{Match, Table, Value};

impl Interpreter {
    /// Calls a method.
    pub(super) fn method(
        &mut self,
        object: &Value,
        name: &str,
        arguments: Vec<Value>,
        named: Vec<(String, Value)>,
    ) -> Result<Value> {
        self.step(1)?;
        let result = match object {
            Value::Str(text) => self.string_method(text, name, &arguments, &named)?,
            Value::List(list) => self.list_method(list, name, &arguments, &named)?,
            Value::Tuple(list) => match (name, &arguments[..]) {
                ("index" | "count", [item]) => Some(search(&list.0, name, item)?),
                _ => None,
            },
            Value::Dict(table) => self.dict_method(table, name, &arguments)?,
            Value::Set(table, frozen) => self.set_method(object, table, *frozen, name, &arguments)?,
            Value::Regex(regex) => return self.regex_method(regex, name, &arguments),
            Value::Match(found) => match_method(found, name, &arguments)?,
            _ => None,
        };
        result.ok_or_else(|| {
            fault(format!(
                "`{name}` of a {} with these arguments is not supported in scripts",
                object.class()
            ))
        })
    }

    fn string_method(
        &mut self,
        text: &Rc<str>,
        name: &str,
        arguments: &[Value],
        named: &[(String, Value)],
    ) -> Result<Option<Value>> {
        self.step(text.len() / 16)?;
        let texts: Option<Vec<&str>> = arguments
            .iter()
            .map(|argument| match argument {
                Value::Str(text) => Some(&**text),
                _ => None,
            })
            .collect();
        let texts = texts.as_deref();
        let every = |test: fn(char) -> bool| !text.is_empty() && text.chars().all(test);
        let place =
            |found: Option<usize>| Value::Int(found.map_or(-1, |at| text[..at].chars().count() as i128));
        let made = match (name, texts) {
            ("format", _) => super::format::braces(text, arguments, named)?,
            ("join", _) => {
                let [list] = arguments else { return Ok(None) };
                let mut out = String::new();
                for (index, item) in self.items(list)?.iter().enumerate() {
                    let Value::Str(item) = item else {
                        let message = format!("sequence item {index}: expected str, {} found", item.class());
                        return Err(raised("TypeError", message));
                    };
                    self.alloc(item.len() + text.len())?;
                    if index > 0 {
                        out.push_str(text);
                    }
                    out.push_str(item);
                }
                out
            }
            ("upper", Some([])) => text.to_uppercase(),
            ("lower", Some([])) => text.to_lowercase(),
            ("capitalize", Some([])) => {
                let mut chars = text.chars();
                let first = chars
                    .next()
                    .map(|c| c.to_uppercase().to_string())
                    .unwrap_or_default();
                first + &chars.as_str().to_lowercase()
            }
            ("strip", Some([])) => text.trim().to_owned(),
            ("lstrip", Some([])) => text.trim_start().to_owned(),
            ("rstrip", Some([])) => text.trim_end().to_owned(),
            ("strip", Some([set])) => text.trim_matches(|c| set.contains(c)).to_owned(),
            ("lstrip", Some([set])) => text.trim_start_matches(|c| set.contains(c)).to_owned(),
            ("rstrip", Some([set])) => text.trim_end_matches(|c| set.contains(c)).to_owned(),
            ("replace", Some([old, new])) => {
                let count = if old.is_empty() {
                    text.len() + 1
                } else {
                    text.matches(old).count()
                };
                self.alloc(count.saturating_mul(new.len()) + text.len())?;
                text.replace(old, new)
            }
            ("removeprefix", Some([part])) => text.strip_prefix(*part).unwrap_or(text).to_owned(),
            ("removesuffix", Some([part])) => text.strip_suffix(*part).unwrap_or(text).to_owned(),
            ("zfill" | "ljust" | "rjust", _) => {
                let width = arguments.first().and_then(Value::int);
                let Some(width) = width.and_then(|width| usize::try_from(width).ok()) else {
                    return Ok(None);
                };
                let missing = width.saturating_sub(text.chars().count());
                self.alloc(missing)?;
                let fill = match arguments.get(1) {
                    Some(Value::Str(fill)) => fill.chars().next().unwrap_or(' '),
                    _ if name == "zfill" => '0',
                    _ => ' ',
                };
                let fill: String = std::iter::repeat_n(fill, missing).collect();
                if name == "ljust" {
                    format!("{text}{fill}")
                } else {
                    format!("{fill}{text}")
                }
            }
            ("startswith" | "endswith", _) => {
                let options = match arguments {
                    [Value::Tuple(list)] => list.0.clone(),
                    [Value::Str(_)] => arguments.to_vec(),
                    _ => return Ok(None),
                };
                let fits = |part: &Value| match part {
                    Value::Str(part) if name == "startswith" => text.starts_with(&**part),
                    Value::Str(part) => text.ends_with(&**part),
                    _ => false,
                };
                return Ok(Some(Value::Bool(options.iter().any(fits))));
            }
            ("find", Some([part])) => return Ok(Some(place(text.find(part)))),
            ("rfind", Some([part])) => return Ok(Some(place(text.rfind(part)))),
            ("index", Some([part])) => {
                let found = text.find(part);
                if found.is_none() {
                    return Err(raised("ValueError", "substring not found"));
                }
                return Ok(Some(place(found)));
            }
            ("count", Some([part])) => {
                let count = if part.is_empty() {
                    text.chars().count() + 1
                } else {
                    text.matches(part).count()
                };
                return Ok(Some(Value::Int(count as i128)));
            }
            ("isdigit" | "isnumeric" | "isdecimal", Some([])) => {
                return Ok(Some(Value::Bool(every(|c| c.is_numeric()))));
            }
            ("isalpha", Some([])) => return Ok(Some(Value::Bool(every(char::is_alphabetic)))),
            ("isalnum", Some([])) => return Ok(Some(Value::Bool(every(char::is_alphanumeric)))),
            ("isspace", Some([])) => return Ok(Some(Value::Bool(every(char::is_whitespace)))),
            ("isupper", Some([])) => {
                let upper = text.chars().any(char::is_uppercase) && !text.chars().any(char::is_lowercase);
                return Ok(Some(Value::Bool(upper)));
            }
            ("islower", Some([])) => {
                let lower = text.chars().any(char::is_lowercase) && !text.chars().any(char::is_uppercase);
                return Ok(Some(Value::Bool(lower)));
            }
            ("isidentifier", Some([])) => {
                let named = every(|c| c.is_alphanumeric() || c == '_');
                let digit = text.starts_with(|c: char| c.is_ascii_digit());
                return Ok(Some(Value::Bool(named && !digit)));
            }
            ("splitlines", Some([])) => return self.texts(text.lines()).map(Some),
            ("split", Some([])) => return self.texts(text.split_whitespace()).map(Some),
            ("split", Some([part])) if !part.is_empty() => return self.texts(text.split(part)).map(Some),
            ("split" | "rsplit", _) => {
                let [Value::Str(part), most] = arguments else {
                    return Ok(None);
                };
                let most = most
                    .int()
                    .and_then(|most| usize::try_from(most).ok())
                    .unwrap_or(usize::MAX - 1);
                if part.is_empty() {
                    return Err(raised("ValueError", "empty separator"));
                }
                if name == "split" {
                    return self.texts(text.splitn(most.saturating_add(1), &**part)).map(Some);
                }
                let mut parts: Vec<&str> = text.rsplitn(most.saturating_add(1), &**part).collect();
                parts.reverse();
                return self.texts(parts.into_iter()).map(Some);
            }
            ("partition" | "rpartition", Some([part])) if !part.is_empty() => {
                let found = if name == "partition" {
                    text.split_once(part)
                } else {
                    text.rsplit_once(part)
                };
                let (before, middle, after) = match found {
                    Some((before, after)) => (before, *part, after),
                    None if name == "partition" => (&**text, "", ""),
                    None => ("", "", &**text),
                };
                self.alloc(text.len() + 96)?;
                return Ok(Some(Value::tuple(
                    [before, middle, after].map(Value::str).to_vec(),
                )));
            }
            _ => return Ok(None),
        };
        self.string(made).map(Some)
    }

    fn texts<'t>(&mut self, parts: impl Iterator<Item = &'t str>) -> Result<Value> {
        let mut list = Vec::new();
        for part in parts {
            self.alloc(part.len() + 48)?;
            list.push(Value::str(part));
        }
        self.list(list)
    }

    fn list_method(
        &mut self,
        list: &Rc<std::cell::RefCell<super::value::Items>>,
        name: &str,
        arguments: &[Value],
        named: &[(String, Value)],
    ) -> Result<Option<Value>> {
        let len = list.borrow().0.len();
        self.step(len / 64)?;
        self.alloc(64)?;
        match (name, arguments) {
            ("append", [item]) => list.borrow_mut().0.push(item.clone()),
            ("extend", [other]) => {
                let items = self.items(other)?;
                list.borrow_mut().0.extend(items);
            }
            ("insert", [at, item]) => {
                let Some(at) = at.int() else { return Ok(None) };
                let at = if at < 0 {
                    at.saturating_add(len as i128)
                } else {
                    at
                };
                let at = at.clamp(0, len as i128) as usize;
                list.borrow_mut().0.insert(at, item.clone());
            }
            ("pop", []) => {
                let last = list.borrow_mut().0.pop();
                return last
                    .map(Some)
                    .ok_or_else(|| raised("IndexError", "pop from empty list"));
            }
            ("pop", [at]) => {
                let item = self.get_index(&Value::List(list.clone()), at)?;
                self.remove_index(&Value::List(list.clone()), at)?;
                return Ok(Some(item));
            }
            ("remove", [item]) => {
                let found = search(&list.borrow().0.clone(), "index", item)?;
                self.remove_index(&Value::List(list.clone()), &found)?;
            }
            ("index" | "count", [item]) => return search(&list.borrow().0.clone(), name, item).map(Some),
            ("clear", []) => list.borrow_mut().0.clear(),
            ("reverse", []) => list.borrow_mut().0.reverse(),
            ("copy", []) => {
                let items = list.borrow().0.clone();
                return self.list(items).map(Some);
            }
            ("sort", []) => {
                let option = |key: &str| {
                    named
                        .iter()
                        .find(|(known, _)| known == key)
                        .map(|(_, value)| value)
                };
                let items = list.borrow().0.clone();
                let sorted = self.sort(items, option("key"), option("reverse").is_some_and(Value::truth))?;
                list.borrow_mut().0 = sorted;
            }
            _ => return Ok(None),
        }
        Ok(Some(Value::None))
    }

    fn dict_method(
        &mut self,
        table: &Rc<std::cell::RefCell<Table>>,
        name: &str,
        arguments: &[Value],
    ) -> Result<Option<Value>> {
        self.alloc(128)?;
        match (name, arguments) {
            ("get", [key]) => Ok(Some(table.borrow().get(key)?.cloned().unwrap_or(Value::None))),
            ("get", [key, default]) => Ok(Some(table.borrow().get(key)?.unwrap_or(default).clone())),
            ("keys", []) => {
                let keys = table.borrow().keys();
                self.list(keys).map(Some)
            }
            ("values", []) => {
                let values = table.borrow().pairs().map(|(_, value)| value.clone()).collect();
                self.list(values).map(Some)
            }
            ("items", []) => {
                self.alloc(table.borrow().len() * 64)?;
                let pair = |(key, value): &(Value, Value)| Value::tuple(vec![key.clone(), value.clone()]);
                let pairs = table.borrow().pairs().map(pair).collect();
                self.list(pairs).map(Some)
            }
            ("pop", [key, rest @ ..]) => match (table.borrow_mut().remove(key)?, rest) {
                (Some(value), _) => Ok(Some(value)),
                (None, [default]) => Ok(Some(default.clone())),
                (None, _) => Err(raised("KeyError", key.repr()?)),
            },
            ("setdefault", [key, rest @ ..]) => {
                let known = table.borrow().get(key)?.cloned();
                if let Some(value) = known {
                    return Ok(Some(value));
                }
                let value = rest.first().cloned().unwrap_or(Value::None);
                table.borrow_mut().insert(key.clone(), value.clone())?;
                Ok(Some(value))
            }
            ("update", [other]) => {
                let mut new = table.borrow().clone();
                self.alloc(new.len() * 128)?;
                self.fill(&mut new, other)?;
                *table.borrow_mut() = new;
                Ok(Some(Value::None))
            }
            ("clear", []) => {
                table.borrow_mut().clear();
                Ok(Some(Value::None))
            }
            ("copy", []) => {
                let copy = table.borrow().clone();
                self.alloc(copy.len() * 128)?;
                Ok(Some(Value::Dict(Rc::new(std::cell::RefCell::new(copy)))))
            }
            _ => Ok(None),
        }
    }

    fn set_method(
        &mut self,
        object: &Value,
        table: &Rc<std::cell::RefCell<Table>>,
        frozen: bool,
        name: &str,
        arguments: &[Value],
    ) -> Result<Option<Value>> {
        use super::ast::{BinOp, CmpOp};
        self.alloc(128)?;
        let operator = match name {
            "union" => Some(BinOp::Or),
            "intersection" => Some(BinOp::And),
            "difference" => Some(BinOp::Sub),
            "symmetric_difference" => Some(BinOp::Xor),
            _ => None,
        };
        if let (Some(operator), [other]) = (operator, arguments) {
            let other = Value::set(self.items(other)?, true)?;
            return self.binary(operator, object, &other).map(Some);
        }
        match (name, arguments) {
            ("add", [item]) if !frozen => table.borrow_mut().insert(item.clone(), Value::None)?,
            ("discard", [item]) if !frozen => {
                table.borrow_mut().remove(item)?;
            }
            ("remove", [item]) if !frozen => {
                if table.borrow_mut().remove(item)?.is_none() {
                    return Err(raised("KeyError", item.repr()?));
                }
            }
            ("update", [other]) if !frozen => {
                for item in self.items(other)? {
                    table.borrow_mut().insert(item, Value::None)?;
                }
            }
            ("clear", []) if !frozen => table.borrow_mut().clear(),
            ("copy", []) => {
                let keys = table.borrow().keys();
                self.alloc(keys.len() * 128)?;
                return Value::set(keys, frozen).map(Some);
            }
            ("issubset" | "issuperset", [other]) => {
                let other = Value::set(self.items(other)?, true)?;
                let op = if name == "issubset" {
                    BinOp::Sub
                } else {
                    BinOp::And
                };
                let rest = self.binary(op, object, &other)?;
                let fits = if name == "issubset" {
                    !rest.truth()
                } else {
                    self.compare(CmpOp::Eq, &rest, &other)?
                };
                return Ok(Some(Value::Bool(fits)));
            }
            _ => return Ok(None),
        }
        Ok(Some(Value::None))
    }
}

fn search(list: &[Value], name: &str, item: &Value) -> Result<Value> {
    let mut count = 0;
    for (at, other) in list.iter().enumerate() {
        if other.equals(item)? {
            if name == "index" {
                return Ok(Value::Int(at as i128));
            }
            count += 1;
        }
    }
    if name == "index" {
        return Err(raised("ValueError", format!("{} is not in list", item.repr()?)));
    }
    Ok(Value::Int(count))
}

fn match_method(found: &Match, name: &str, arguments: &[Value]) -> Result<Option<Value>> {
    let group = |at: usize| match found.groups.get(at) {
        Some(Some((text, ..))) => Ok(Value::str(text)),
        Some(None) => Ok(Value::None),
        None => Err(raised("IndexError", "no such group")),
    };
    let number = |value: &Value| match value {
        Value::Str(name) => found
            .names
            .iter()
            .find(|(known, _)| **known == **name)
            .map(|&(_, at)| at),
        other => other.int().and_then(|at| usize::try_from(at).ok()),
    };
    let no_group = || raised("IndexError", "no such group");
    let at = match arguments.first() {
        Some(value) => number(value).ok_or_else(no_group)?,
        None => 0,
    };
    let bounds = || found.groups.get(at).cloned().flatten().ok_or_else(no_group);
    Ok(Some(match (name, arguments) {
        ("group", [_, _, ..]) => {
            let groups = arguments
                .iter()
                .map(|value| group(number(value).unwrap_or(usize::MAX)));
            Value::tuple(groups.collect::<Result<_>>()?)
        }
        ("group", _) => group(at)?,
        ("groups", []) => Value::tuple((1..found.groups.len()).map(group).collect::<Result<_>>()?),
        ("start", _) => Value::Int(bounds()?.1 as i128),
        ("end", _) => Value::Int(bounds()?.2 as i128),
        ("span", _) => {
            let (_, start, end) = bounds()?;
            Value::tuple(vec![Value::Int(start as i128), Value::Int(end as i128)])
        }
        _ => return Ok(None),
    }))
}
