//! Functions that are there without an import, and `re`.

use std::rc::Rc;

use super::error::{Result, fault, raised};
use super::eval::{EXCEPTIONS, Interpreter};
use super::value::{MAX_TEXT, Table, Value, parse_int};

const FUNCTIONS: &[&str] = &[
    "abs",
    "all",
    "any",
    "bool",
    "chr",
    "dict",
    "enumerate",
    "float",
    "frozenset",
    "hex",
    "int",
    "isinstance",
    "len",
    "list",
    "map",
    "filter",
    "max",
    "min",
    "ord",
    "print",
    "range",
    "repr",
    "reversed",
    "set",
    "sorted",
    "str",
    "sum",
    "tuple",
    "type",
    "zip",
];

/// Whether a function, module or exception of that name exists.
pub(super) fn is_known(name: &str) -> bool {
    FUNCTIONS.contains(&name)
        || EXCEPTIONS.contains(&name)
        || super::regexes::is_known(name)
        || super::coccilib::is_known(name)
}

impl Interpreter {
    /// Calls a function that is built in.
    pub(super) fn builtin(
        &mut self,
        name: &str,
        arguments: Vec<Value>,
        named: Vec<(String, Value)>,
    ) -> Result<Value> {
        if name.starts_with("re.") {
            return self.regex_function(name, &arguments, &named);
        }
        if name.starts_with("cocci") {
            return self.coccilib(name, &arguments, &named);
        }
        let wrong = || raised("TypeError", format!("wrong arguments for {name}()"));
        let first = || arguments.first().ok_or_else(wrong);
        let option = |key: &str| {
            named
                .iter()
                .find(|(known, _)| known == key)
                .map(|(_, value)| value)
        };
        Ok(match name {
            "print" => return self.print_values(&arguments, &named),
            "len" => {
                let len = match first()? {
                    Value::Str(text) => text.chars().count(),
                    Value::List(list) => list.borrow().0.len(),
                    Value::Tuple(list) => list.0.len(),
                    Value::Dict(table) | Value::Set(table, _) => table.borrow().len(),
                    other => {
                        let message = format!("object of type '{}' has no len()", other.class());
                        return Err(raised("TypeError", message));
                    }
                };
                Value::Int(len as i128)
            }
            "str" => match arguments.first() {
                Some(value) => return self.string(value.text()?),
                None => Value::str(""),
            },
            "repr" => return self.string(first()?.repr()?),
            "type" => return self.string(format!("<class '{}'>", first()?.class())),
            "bool" => Value::Bool(arguments.first().is_some_and(Value::truth)),
            "int" => return int(&arguments),
            "float" => return float(first()?),
            "abs" => match first()? {
                Value::Float(number) => Value::Float(number.abs()),
                value => Value::Int(value.int().ok_or_else(wrong)?.checked_abs().ok_or_else(wrong)?),
            },
            "chr" => {
                let code = first()?.int().and_then(|code| u32::try_from(code).ok());
                Value::str(code.and_then(char::from_u32).ok_or_else(wrong)?.to_string())
            }
            "ord" => match first()? {
                Value::Str(text) if text.chars().count() == 1 => {
                    Value::Int(text.chars().next().map_or(0, |c| c as i128))
                }
                _ => return Err(wrong()),
            },
            "hex" => Value::str(format!("{:#x}", first()?.int().ok_or_else(wrong)?)),
            "range" => return self.range(&arguments),
            "list" | "tuple" | "set" | "frozenset" => {
                let items = match arguments.first() {
                    Some(value) => self.items(value)?,
                    None => Vec::new(),
                };
                match name {
                    "list" => return self.list(items),
                    "tuple" => Value::tuple(items),
                    _ => {
                        self.alloc(items.len() * 128)?;
                        Value::set(items, name == "frozenset")?
                    }
                }
            }
            "dict" => {
                let mut table = Table::default();
                if let Some(value) = arguments.first() {
                    self.fill(&mut table, value)?;
                }
                for (key, value) in named {
                    table.insert(Value::str(key), value)?;
                }
                self.alloc(table.len() * 128)?;
                Value::Dict(Rc::new(std::cell::RefCell::new(table)))
            }
            "enumerate" => {
                let from = arguments
                    .get(1)
                    .or(option("start"))
                    .and_then(Value::int)
                    .unwrap_or(0);
                let items = self.items(first()?)?;
                self.alloc(items.len() * 64)?;
                let pair = |(at, item)| Value::tuple(vec![Value::Int(from.saturating_add(at as i128)), item]);
                let items = items.into_iter().enumerate().map(pair).collect();
                return self.list(items);
            }
            "zip" => {
                let mut lists = Vec::new();
                for argument in &arguments {
                    lists.push(self.items(argument)?);
                }
                let count = lists.iter().map(Vec::len).min().unwrap_or(0);
                self.alloc(count * 64)?;
                let rows =
                    (0..count).map(|at| Value::tuple(lists.iter().map(|list| list[at].clone()).collect()));
                return self.list(rows.collect());
            }
            "map" | "filter" => {
                let [function, list] = &arguments[..] else {
                    return Err(wrong());
                };
                let mut out = Vec::new();
                for item in self.items(list)? {
                    let result = self.apply(function, vec![item.clone()], Vec::new())?;
                    if name == "map" {
                        out.push(result);
                    } else if result.truth() {
                        out.push(item);
                    }
                }
                return self.list(out);
            }
            "reversed" => {
                let mut items = self.items(first()?)?;
                items.reverse();
                return self.list(items);
            }
            "sorted" => {
                let items = self.items(first()?)?;
                let items = self.sort(items, option("key"), option("reverse").is_some_and(Value::truth))?;
                return self.list(items);
            }
            "min" | "max" => {
                let items = match &arguments[..] {
                    [only] => self.items(only)?,
                    _ => arguments.clone(),
                };
                let sorted = self.sort(items, option("key"), name == "max")?;
                match sorted.into_iter().next().or_else(|| option("default").cloned()) {
                    Some(value) => value,
                    None => return Err(raised("ValueError", format!("{name}() of nothing"))),
                }
            }
            "sum" => {
                let mut sum = arguments.get(1).cloned().unwrap_or(Value::Int(0));
                for item in self.items(first()?)? {
                    sum = self.binary(super::ast::BinOp::Add, &sum, &item)?;
                }
                sum
            }
            "any" => Value::Bool(self.items(first()?)?.iter().any(Value::truth)),
            "all" => Value::Bool(self.items(first()?)?.iter().all(Value::truth)),
            "isinstance" => {
                let [value, class] = &arguments[..] else {
                    return Err(wrong());
                };
                let is = |class: &Value| matches!(class, Value::Builtin(name) if **name == *value.class());
                Value::Bool(match class {
                    Value::Tuple(list) => list.0.iter().any(is),
                    class => is(class),
                })
            }
            _ if EXCEPTIONS.contains(&name) => {
                let text = arguments.first().map_or(Ok(String::new()), Value::text)?;
                return self.string(text);
            }
            _ => return Err(fault(format!("`{name}` is not supported in scripts"))),
        })
    }

    fn print_values(&mut self, arguments: &[Value], named: &[(String, Value)]) -> Result<Value> {
        let mut separator = " ".to_owned();
        let mut end = "\n".to_owned();
        for (name, value) in named {
            match name.as_str() {
                "sep" => separator = value.text()?,
                "end" => end = value.text()?,
                "flush" => {}
                _ => return Err(fault(format!("print() has no `{name}` in scripts"))),
            }
        }
        let texts: Vec<String> = arguments.iter().map(Value::text).collect::<Result<_>>()?;
        let length: usize = texts.iter().map(|text| text.len() + separator.len()).sum();
        if length > MAX_TEXT {
            return Err(fault("the script prints more than 1 MiB at once"));
        }
        let line = texts.join(&separator) + &end;
        self.print(&line)?;
        Ok(Value::None)
    }

    fn range(&mut self, arguments: &[Value]) -> Result<Value> {
        let mut numbers = Vec::new();
        for argument in arguments {
            numbers.push(
                argument
                    .int()
                    .ok_or_else(|| raised("TypeError", "range() takes whole numbers"))?,
            );
        }
        let (from, to, by) = match numbers[..] {
            [to] => (0, to, 1),
            [from, to] => (from, to, 1),
            [from, to, by] if by != 0 => (from, to, by),
            _ => return Err(raised("TypeError", "wrong arguments for range()")),
        };
        let mut items = Vec::new();
        let mut at = from;
        while (by > 0 && at < to) || (by < 0 && at > to) {
            if items.len() % 1024 == 0 {
                self.step(1024)?;
                self.alloc(1024 * 32)?;
            }
            items.push(Value::Int(at));
            at = at.saturating_add(by);
        }
        self.list(items)
    }

    /// Fills a dictionary from another one, or from pairs.
    pub(super) fn fill(&mut self, table: &mut Table, from: &Value) -> Result<()> {
        if let Value::Dict(other) = from {
            self.step(other.borrow().len())?;
            for (key, value) in other.borrow().pairs() {
                table.insert(key.clone(), value.clone())?;
            }
            return Ok(());
        }
        for pair in self.items(from)? {
            let pair = self.items(&pair)?;
            let [key, value] = &pair[..] else {
                return Err(raised("ValueError", "a dictionary is made of pairs"));
            };
            table.insert(key.clone(), value.clone())?;
        }
        Ok(())
    }

    /// Sorts items, by the key that a function gives.
    pub(super) fn sort(
        &mut self,
        items: Vec<Value>,
        key: Option<&Value>,
        reverse: bool,
    ) -> Result<Vec<Value>> {
        let mut keyed = Vec::new();
        for item in items {
            let key = match key {
                Some(Value::None) | None => item.clone(),
                Some(key) => self.apply(key, vec![item.clone()], Vec::new())?,
            };
            keyed.push((key, item));
        }
        self.step(keyed.len() * (keyed.len().max(2).ilog2() as usize))?;
        let mut wrong = None;
        keyed.sort_by(|a, b| {
            let order = super::operators::order(&a.0, &b.0).unwrap_or_else(|fault| {
                wrong.get_or_insert(fault);
                std::cmp::Ordering::Equal
            });
            if reverse { order.reverse() } else { order }
        });
        match wrong {
            Some(fault) => Err(fault),
            None => Ok(keyed.into_iter().map(|(_, item)| item).collect()),
        }
    }
}

fn int(arguments: &[Value]) -> Result<Value> {
    let base = match arguments.get(1) {
        Some(base) => base.int().and_then(|base| u32::try_from(base).ok()).unwrap_or(99),
        None => 10,
    };
    match arguments.first() {
        None => Ok(Value::Int(0)),
        Some(Value::Float(number)) => Ok(Value::Int(*number as i128)),
        Some(Value::Str(text)) => parse_int(text, base).map(Value::Int).ok_or_else(|| {
            let text = Value::str(text).repr().unwrap_or_default();
            raised(
                "ValueError",
                format!("invalid literal for int() with base {base}: {text}"),
            )
        }),
        Some(value) => value
            .int()
            .map(Value::Int)
            .ok_or_else(|| raised("TypeError", format!("int() takes no '{}'", value.class()))),
    }
}

fn float(value: &Value) -> Result<Value> {
    let number = match value {
        Value::Float(number) => Some(*number),
        Value::Str(text) => text.trim().parse().ok(),
        other => other.int().map(|number| number as f64),
    };
    number
        .map(Value::Float)
        .ok_or_else(|| raised("ValueError", "could not convert to float"))
}
