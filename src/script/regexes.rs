//! `re`: regular expressions that take linear time.

use std::rc::Rc;

use super::error::{Result, fault, raised};
use super::eval::Interpreter;
use super::value::{Match, Value};

const FUNCTIONS: &[&str] = &[
    "re",
    "re.compile",
    "re.match",
    "re.search",
    "re.fullmatch",
    "re.sub",
    "re.findall",
    "re.split",
    "re.escape",
    "re.IGNORECASE",
    "re.I",
    "re.MULTILINE",
    "re.M",
    "re.DOTALL",
    "re.S",
];

/// Whether `re` has it.
pub(super) fn is_known(name: &str) -> bool {
    FUNCTIONS.contains(&name)
}

/// Where a match may lie.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Anchor {
    Anywhere,
    Start,
    Whole,
}

fn compile(pattern: &str, flags: &str) -> Result<Value> {
    let flags = if flags.is_empty() {
        String::new()
    } else {
        format!("(?{flags})")
    };
    regex::RegexBuilder::new(&format!("{flags}{pattern}"))
        .size_limit(1 << 20)
        .nest_limit(100)
        .build()
        .map(|regex| Value::Regex(Rc::new(regex)))
        .map_err(|error| {
            let last = error.to_string();
            let last = last.lines().last().unwrap_or("").trim().to_owned();
            fault(format!("this regular expression can't be used: {last}"))
        })
}

/// A pattern, or the text of one.
fn pattern(value: Option<&Value>, flags: &str) -> Result<Rc<regex::Regex>> {
    match value {
        Some(Value::Regex(regex)) => Ok(regex.clone()),
        Some(Value::Str(text)) => match compile(text, flags)? {
            Value::Regex(regex) => Ok(regex),
            _ => Err(fault("this is no regular expression")),
        },
        _ => Err(raised(
            "TypeError",
            "first argument must be a string or compiled pattern",
        )),
    }
}

impl Interpreter {
    /// Calls a function of `re`.
    pub(super) fn regex_function(
        &mut self,
        name: &str,
        arguments: &[Value],
        named: &[(String, Value)],
    ) -> Result<Value> {
        let function = name.strip_prefix("re.").unwrap_or(name);
        let is_flag = |value: &&Value| matches!(value, Value::Builtin(name) if name.starts_with("re."));
        let mut flags = String::new();
        for flag in arguments
            .iter()
            .chain(named.iter().map(|(_, value)| value))
            .filter(is_flag)
        {
            match flag {
                Value::Builtin(name) if matches!(&**name, "re.I" | "re.IGNORECASE") => flags.push('i'),
                Value::Builtin(name) if matches!(&**name, "re.M" | "re.MULTILINE") => flags.push('m'),
                _ => flags.push('s'),
            }
        }
        self.alloc(4096)?;
        self.step(64)?;
        match function {
            "compile" => pattern(arguments.first(), &flags).map(Value::Regex),
            "escape" => match arguments.first() {
                Some(Value::Str(text)) => self.string(regex::escape(text)),
                _ => Err(raised("TypeError", "re.escape() takes a string")),
            },
            _ => {
                let regex = Value::Regex(pattern(arguments.first(), &flags)?);
                let rest = arguments[1..]
                    .iter()
                    .filter(|value| !is_flag(value))
                    .cloned()
                    .collect();
                self.method(&regex, function, rest, Vec::new())
            }
        }
    }

    /// Calls a method of a compiled expression.
    pub(super) fn regex_method(
        &mut self,
        regex: &regex::Regex,
        name: &str,
        arguments: &[Value],
    ) -> Result<Value> {
        let at = usize::from(name == "sub");
        let Some(Value::Str(text)) = arguments.get(at) else {
            return Err(raised("TypeError", "expected a string"));
        };
        self.step(text.len() / 8)?;
        match name {
            "search" => find(regex, text, Anchor::Anywhere),
            "match" => find(regex, text, Anchor::Start),
            "fullmatch" => find(regex, text, Anchor::Whole),
            "findall" => {
                let mut out = Vec::new();
                for found in regex.captures_iter(text) {
                    let group = |at: usize| Value::str(found.get(at).map_or("", |group| group.as_str()));
                    self.alloc(found[0].len() + 64)?;
                    out.push(match found.len() {
                        1 => group(0),
                        2 => group(1),
                        count => Value::tuple((1..count).map(group).collect()),
                    });
                }
                self.list(out)
            }
            "split" => {
                let parts = regex.split(text).map(Value::str).collect();
                self.alloc(text.len())?;
                self.list(parts)
            }
            "sub" => {
                let Some(Value::Str(with)) = arguments.first() else {
                    return Err(fault("re.sub() takes a string as replacement in scripts"));
                };
                let with = replacement(with);
                let bound = (text.len() + 1).saturating_mul(with.len() + 1);
                self.step(bound / 64)?;
                self.string(regex.replace_all(text, with.as_str()).into_owned())
            }
            _ => Err(fault(format!(
                "`{name}` of a regular expression is not supported in scripts"
            ))),
        }
    }
}

/// Python's `\1` is `${1}` here.
fn replacement(with: &str) -> String {
    let mut out = String::new();
    let mut chars = with.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '$' => out.push_str("$$"),
            '\\' => match chars.next() {
                Some(digit) if digit.is_ascii_digit() => out += &format!("${{{digit}}}"),
                Some('n') => out.push('\n'),
                Some('t') => out.push('\t'),
                Some(other) => out.push(other),
                None => out.push('\\'),
            },
            c => out.push(c),
        }
    }
    out
}

fn find(regex: &regex::Regex, text: &str, anchor: Anchor) -> Result<Value> {
    // The library has no anchored search of its own; a wrapped expression finds the same as Python does.
    let wrapped = match anchor {
        Anchor::Anywhere => None,
        Anchor::Start => Some(format!(r"\A(?:{})", regex.as_str())),
        Anchor::Whole => Some(format!(r"\A(?:{})\z", regex.as_str())),
    };
    let wrapped = match wrapped {
        Some(pattern) => match compile(&pattern, "")? {
            Value::Regex(regex) => Some(regex),
            _ => None,
        },
        None => None,
    };
    let regex = wrapped.as_deref().unwrap_or(regex);
    let Some(found) = regex.captures(text) else {
        return Ok(Value::None);
    };
    let chars = |at: usize| text[..at].chars().count();
    let groups = found
        .iter()
        .map(|group| {
            group.map(|group| {
                (
                    group.as_str().to_owned(),
                    chars(group.start()),
                    chars(group.end()),
                )
            })
        })
        .collect();
    let names = regex
        .capture_names()
        .enumerate()
        .filter_map(|(at, name)| Some((name?.to_owned(), at)))
        .collect();
    Ok(Value::Match(Rc::new(Match { groups, names })))
}
