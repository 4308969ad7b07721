//! The headers of rules, and what stands before the first one.

use crate::text::TextRange;

use super::cursor::{Cursor, Result, error, nearest};
use super::rule::{Depends, Quantifier, RuleKind, ScriptWhen};

/// A header.
#[derive(Debug)]
pub(super) struct Header {
    pub name: Option<String>,
    pub extends: Option<String>,
    pub depends: Option<Depends>,
    pub disable: Vec<String>,
    pub using: Vec<String>,
    pub quantifier: Option<Quantifier>,
    pub kind: RuleKind,
    pub script: Option<(ScriptWhen, String)>,
}

const KEYWORDS: &[&str] = &[
    "extends",
    "depends",
    "using",
    "disable",
    "exists",
    "forall",
    "expression",
    "identifier",
    "type",
];

/// Reads the text between the `@` of a header.
pub(super) fn header(text: &[u8], range: TextRange) -> Result<Header> {
    let mut cursor = Cursor::new(text, range);
    let mut header = Header {
        name: None,
        extends: None,
        depends: None,
        disable: Vec::new(),
        using: Vec::new(),
        quantifier: None,
        kind: RuleKind::Any,
        script: None,
    };
    if cursor.nth(1) == ":" {
        let when = match cursor.word() {
            "script" => ScriptWhen::Rule,
            "initialize" => ScriptWhen::Initialize,
            "finalize" => ScriptWhen::Finalize,
            word => {
                return Err(unknown(&cursor, word, &["script", "initialize", "finalize"]));
            }
        };
        cursor.bump();
        cursor.bump();
        let language = cursor.name("the language of the script")?.to_owned();
        header.script = Some((when, language));
    }
    if cursor.is_wordlike() && !KEYWORDS.contains(&cursor.word()) {
        header.name = Some(cursor.bump().to_owned());
    }
    while !cursor.at_end() {
        match cursor.word() {
            "extends" => {
                cursor.bump();
                header.extends = Some(cursor.name("the name of a rule")?.to_owned());
            }
            "depends" => {
                cursor.bump();
                cursor.expect("on")?;
                let forall = match cursor.word() {
                    "forall" => {
                        cursor.bump();
                        true
                    }
                    "exists" => {
                        cursor.bump();
                        false
                    }
                    _ => false,
                };
                let depends = either(&mut cursor, 0)?;
                header.depends = Some(if forall {
                    Depends::Forall(Box::new(depends))
                } else {
                    depends
                });
            }
            "using" => {
                cursor.bump();
                header.using.push(cursor.string()?);
                while cursor.eat(",") {
                    header.using.push(cursor.string()?);
                }
            }
            "disable" => {
                cursor.bump();
                header
                    .disable
                    .push(cursor.name("the name of an isomorphism")?.to_owned());
                while cursor.eat(",") {
                    header
                        .disable
                        .push(cursor.name("the name of an isomorphism")?.to_owned());
                }
            }
            "exists" => {
                cursor.bump();
                header.quantifier = Some(Quantifier::Exists);
            }
            "forall" => {
                cursor.bump();
                header.quantifier = Some(Quantifier::Forall);
            }
            "expression" => {
                cursor.bump();
                header.kind = RuleKind::Expression;
            }
            "identifier" => {
                cursor.bump();
                header.kind = RuleKind::Identifier;
            }
            "type" => {
                cursor.bump();
                header.kind = RuleKind::Type;
            }
            word => return Err(unknown(&cursor, word, KEYWORDS)),
        }
    }
    Ok(header)
}

fn unknown(cursor: &Cursor, word: &str, known: &[&str]) -> Box<crate::diagnostics::Diagnostic> {
    let mut message = *error(
        "unknown-header",
        cursor.range(),
        format!("`{word}` has no meaning in a rule header"),
    );
    if let Some(near) = nearest(word, known) {
        message = message.help(format!("did you mean `{near}`?"));
    }
    Box::new(message)
}

const MAX_DEPTH: u32 = 200;

fn either(cursor: &mut Cursor, depth: u32) -> Result<Depends> {
    let mut left = both(cursor, depth)?;
    while cursor.eat("||") {
        left = Depends::Or(Box::new(left), Box::new(both(cursor, depth)?));
    }
    Ok(left)
}

fn both(cursor: &mut Cursor, depth: u32) -> Result<Depends> {
    let mut left = one(cursor, depth)?;
    while cursor.eat("&&") {
        left = Depends::And(Box::new(left), Box::new(one(cursor, depth)?));
    }
    Ok(left)
}

fn one(cursor: &mut Cursor, depth: u32) -> Result<Depends> {
    if depth > MAX_DEPTH {
        return Err(error(
            "nested-too-deeply",
            cursor.range(),
            "this condition is nested too deeply",
        ));
    }
    if cursor.eat("!") {
        return Ok(Depends::Not(Box::new(one(cursor, depth + 1)?)));
    }
    if cursor.eat("(") {
        let inner = either(cursor, depth + 1)?;
        cursor.expect(")")?;
        return Ok(inner);
    }
    if cursor.word() == "file" && cursor.nth(1) == "in" {
        cursor.bump();
        cursor.bump();
        return Ok(Depends::FileIn(cursor.string()?));
    }
    for (word, make) in [
        ("ever", Depends::Ever as fn(String) -> Depends),
        ("never", Depends::Never as fn(String) -> Depends),
    ] {
        if cursor.word() == word
            && cursor
                .nth(1)
                .starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        {
            cursor.bump();
            return Ok(make(cursor.name("the name of a rule")?.to_owned()));
        }
    }
    Ok(Depends::On(cursor.name("the name of a rule")?.to_owned()))
}

/// What stands before the first rule.
#[derive(Debug, Default)]
pub(super) struct Preamble {
    pub virtuals: Vec<String>,
    pub options: Vec<String>,
    pub isos: Vec<String>,
    pub includes: Vec<(String, TextRange)>,
}

/// Reads what stands before the first rule.
pub(super) fn preamble(text: &[u8], range: TextRange) -> Result<Preamble> {
    let mut preamble = Preamble::default();
    let mut rest = Vec::new();
    let mut at = range.start as usize;
    // Lines of options and includes are no C; they are blanked so that ranges stay true.
    for line in range.slice(text).split_inclusive(|&byte| byte == b'\n') {
        let trimmed = String::from_utf8_lossy(line).trim().to_owned();
        let option = trimmed.strip_prefix('#').map(str::trim_start);
        let line_range = TextRange::new(at as u32, (at + line.len()) as u32);
        if let Some(name) = option.and_then(|option| option.strip_prefix("include")) {
            preamble
                .includes
                .push((name.trim().trim_matches('"').to_owned(), line_range));
            rest.extend(std::iter::repeat_n(b' ', line.len()));
        } else if let Some(option) = option {
            if let Some(option) = option.strip_prefix("spatch") {
                preamble.options.push(option.trim().to_owned());
            }
            rest.extend(std::iter::repeat_n(b' ', line.len()));
        } else {
            rest.extend_from_slice(line);
        }
        at += line.len();
    }
    let whole = TextRange::new(0, rest.len() as u32);
    let mut cursor = Cursor::new(&rest, whole);
    while !cursor.at_end() {
        match cursor.word() {
            "virtual" => {
                cursor.bump();
                preamble
                    .virtuals
                    .push(cursor.name("the name of a virtual rule")?.to_owned());
                while cursor.eat(",") {
                    preamble
                        .virtuals
                        .push(cursor.name("the name of a virtual rule")?.to_owned());
                }
                cursor.eat(";");
            }
            "using" => {
                cursor.bump();
                if cursor.word() == "<" {
                    let mut path = String::new();
                    cursor.bump();
                    while !cursor.at_end() && cursor.word() != ">" {
                        path.push_str(cursor.bump());
                    }
                    cursor.expect(">")?;
                    preamble.isos.push(path);
                } else {
                    preamble.isos.push(cursor.string()?);
                }
                cursor.eat(";");
            }
            word => {
                let message = format!("`{word}` has no meaning before the first rule");
                let mut message = *error("unknown-preamble", cursor.range(), message);
                if let Some(near) = nearest(word, &["virtual", "using"]) {
                    message = message.help(format!("did you mean `{near}`?"));
                }
                return Err(Box::new(message));
            }
        }
    }
    Ok(preamble)
}
