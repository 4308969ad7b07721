//! What SmPL's scripts have beside Python: reports, org mode, and the metavariables.

use super::error::{Result, fault, raised};
use super::eval::Interpreter;
use super::host::Position;
use super::value::Value;

/// All functions, by their full names.
const FUNCTIONS: &[&str] = &[
    "coccilib.report.print_report",
    "coccilib.org.print_todo",
    "coccilib.org.print_safe_todo",
    "coccilib.org.print_link",
    "coccilib.org.print_safe_link",
    "coccilib.org.print_sec",
    "coccilib.org.print_safe_sec",
    "cocci.print_main",
    "cocci.print_sec",
    "cocci.print_secs",
    "cocci.include_match",
    "cocci.exit",
    "cocci.make_ident",
    "cocci.make_expr",
    "cocci.make_stmt",
    "cocci.make_type",
    "coccinelle.make_ident",
    "coccinelle.make_expr",
    "coccinelle.make_stmt",
    "coccinelle.make_type",
];

const MODULES: &[&str] = &[
    "coccilib",
    "coccilib.report",
    "coccilib.org",
    "cocci",
    "coccinelle",
];

/// Whether a function or module of that name exists.
pub(super) fn is_known(name: &str) -> bool {
    FUNCTIONS.contains(&name) || MODULES.contains(&name)
}

/// What `from module import *` brings.
pub(super) fn names_of(module: &str) -> Vec<&'static str> {
    FUNCTIONS
        .iter()
        .filter_map(|name| name.strip_prefix(module)?.strip_prefix('.'))
        .collect()
}

const MAIN_FACE: &str = "ovl-face1";
const SECOND_FACE: &str = "ovl-face2";

impl Interpreter {
    /// Calls a function of `coccilib`, `cocci` or `coccinelle`.
    pub(super) fn coccilib(
        &mut self,
        name: &str,
        arguments: &[Value],
        named: &[(String, Value)],
    ) -> Result<Value> {
        let wrong = || raised("TypeError", format!("wrong arguments for {name}()"));
        let (module, function) = name.rsplit_once('.').unwrap_or(("", name));
        let argument = |at: usize, key: &str| {
            let named = named
                .iter()
                .find(|(known, _)| known == key)
                .map(|(_, value)| value);
            arguments.get(at).or(named)
        };
        match (module, function) {
            ("coccilib.report", _) => {
                let place = position(argument(0, "pos")).ok_or_else(wrong)?;
                let message = argument(1, "msg").map_or(Ok("ERROR".to_owned()), Value::text)?;
                let line = format!(
                    "{}:{}:{}-{}: {message}\n",
                    place.file, place.line, place.column, place.column_end
                );
                self.print(&line)?;
            }
            ("coccilib.org", _) => {
                let place = position(argument(0, "pos")).ok_or_else(wrong)?;
                let message = argument(1, "msg").map_or(Ok(String::new()), Value::text)?;
                let face = argument(2, "color").map_or(Ok(MAIN_FACE.to_owned()), Value::text)?;
                let message = match message.as_str() {
                    "" => format!("{}::{}", place.file, place.line),
                    _ if function.contains("safe")
                        || function == "print_todo"
                        || function == "print_link" =>
                    {
                        safe(&message, function.contains("safe"))
                    }
                    _ => message,
                };
                let todo = if function.ends_with("todo") { "* TODO " } else { "" };
                self.print(&format!("{todo}{}\n", link(place, &face, &message)))?;
            }
            ("cocci", "print_main" | "print_sec" | "print_secs") => {
                // `print_main(p)` has no message.
                let (message, places, at) = match arguments.first() {
                    Some(Value::List(_)) => (String::new(), arguments.first(), 1),
                    Some(message) => (message.text()?, arguments.get(1), 2),
                    None => return Err(wrong()),
                };
                let is_main = function == "print_main";
                let face = if is_main { MAIN_FACE } else { SECOND_FACE };
                let face = argument(at, "color").map_or(Ok(face.to_owned()), Value::text)?;
                let places = match places {
                    Some(Value::List(list)) => list.borrow().0.clone(),
                    Some(place @ Value::Position(_)) => vec![place.clone()],
                    _ => return Err(wrong()),
                };
                // Of the places of a main line, the first one counts.
                let count = if function == "print_secs" { places.len() } else { 1 };
                for place in places.iter().take(count) {
                    let place = position(Some(place)).ok_or_else(wrong)?;
                    let line = if is_main {
                        let message = format!("{message} {}::{}", place.file, place.line);
                        format!("* TODO {}\n", link(place, &face, message.trim_start()))
                    } else {
                        format!("{}\n", link(place, &face, &message))
                    };
                    self.print(&line)?;
                }
            }
            ("cocci", "include_match") => {
                self.effects.drop = !arguments.first().is_none_or(Value::truth);
            }
            ("cocci", "exit") => self.effects.exit = true,
            (_, "make_ident" | "make_expr" | "make_stmt" | "make_type") => {
                let text = arguments.first().ok_or_else(wrong)?.text()?;
                return self.string(text);
            }
            _ => return Err(fault(format!("`{name}` is not supported in scripts"))),
        }
        Ok(Value::None)
    }

    /// Adds to what the script printed.
    pub(super) fn print(&mut self, text: &str) -> Result<()> {
        self.alloc(text.len())?;
        self.step(text.len() / 64)?;
        self.effects.printed.push_str(text);
        Ok(())
    }
}

/// The position, or the first one of a list.
fn position(value: Option<&Value>) -> Option<&Position> {
    match value? {
        Value::Position(place) => Some(place),
        _ => None,
    }
}

fn link(place: &Position, face: &str, message: &str) -> String {
    format!(
        "[[view:{}::face={face}::linb={}::colb={}::cole={}][{message}]]",
        place.file, place.line, place.column, place.column_end
    )
}

/// Brackets would end a link of org mode.
fn safe(message: &str, wanted: bool) -> String {
    if wanted {
        message.replace('[', "@(").replace(']', ")")
    } else {
        message.to_owned()
    }
}
