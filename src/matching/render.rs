//! Added code as words: metavariables filled in with the tokens of their values.

use crate::smpl::{MatchRule, MetaKind, Plus, PlusToken, Seed, SeedPart, VarId};
use crate::syntax::SyntaxKind::{self, *};
use crate::syntax::lex;
use std::string::String;

use super::precedence::needs_parentheses;
use super::printer::print;
use super::shape::shape;
use super::value::{Env, Value};

/// A line of added code.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Line {
    /// How many levels it is indented more than the place where it is added; less behind a brace that closes there.
    pub depth: i32,
    /// Its text.
    pub text: Vec<u8>,
    /// A directive: it begins in the first column.
    pub directive: bool,
}

/// A token of added code, or of the value of a metavariable in it.
#[derive(Clone, Debug)]
pub(super) struct Word {
    pub kind: SyntaxKind,
    pub text: Vec<u8>,
    /// White space stands before it.
    pub spaced: bool,
    /// Its line in the rule, and how many lines a value has had before it.
    pub line: (u32, u32),
}

impl Word {
    /// Whether it begins a line behind another word.
    pub fn starts_line(&self, last: &Word) -> bool {
        self.line > last.line
    }

    /// Whether a blank line of the rule or of the value stands between two words.
    pub fn is_apart(&self, last: &Word) -> bool {
        let breaks = last.text.iter().filter(|&&byte| byte == b'\n').count() as u32;
        match self.line.0 == last.line.0 {
            true => self.line.1 > last.line.1 + breaks + 1,
            false => last.line.1 == 0 && self.line.0 > last.line.0 + breaks + 1,
        }
    }
}

/// Renders added code. `None` if a metavariable in it has no value.
pub fn render(rule: &MatchRule, plus: &Plus, env: &Env) -> Option<Vec<Line>> {
    let mut words: Vec<Word> = Vec::with_capacity(plus.tokens.len());
    let mut directive: Option<u32> = None;
    let mut open: Option<OpenType> = None;
    let mut skip = None;
    for (index, token) in plus.tokens.iter().enumerate() {
        if skip == Some(index) {
            continue;
        }
        if token.kind == Hash && words.last().is_none_or(|last| token.line > last.line.0) {
            directive = Some(token.line);
        }
        if directive != Some(token.line) {
            directive = None;
        }
        let next = plus.tokens.get(index + 1).map(|next| next.kind);
        if let Some(ty) = open.take_if(|ty| !ty.goes_on(token.kind, next)) {
            ty.close(&mut words);
        }
        match token.var {
            Some(var) if directive.is_none() => {
                let start = words.len();
                spread(rule, var, token, env, plus.lines, &mut words)?;
                if token.kind == MetaList && words.len() == start {
                    // The comma beside an empty list goes.
                    match plus.tokens.get(index + 1) {
                        Some(next) if next.kind == Comma => skip = Some(index + 1),
                        _ if words.last().is_some_and(|last| last.kind == Comma) => drop(words.pop()),
                        _ => {}
                    }
                }
                if token.kind == MetaExpr && needs_parentheses(&plus.tokens, index, &words[start..]) {
                    enclose(&mut words, start, PARENTHESES);
                }
                let next = plus.tokens.get(index + 1).map(|next| next.kind);
                if token.kind == MetaStmt && next == Some(KwElse) && takes_else(rule, var, env) {
                    enclose(&mut words, start, [(LBrace, b"{"), (RBrace, b"}")]);
                }
                if token.kind == MetaType
                    && let Some(Value::Code(code)) = env.value(var)
                    && !code.suffix.is_empty()
                {
                    open = Some(OpenType {
                        suffix: code.suffix.clone(),
                        start: words.len(),
                        has_star: false,
                        is_named: false,
                        depth: 0,
                    });
                }
            }
            Some(var) => words.push(word(token, var_text(rule, var, env)?)),
            None => {
                let mut word = word(token, token.text.clone());
                // A star behind a type that ends with one.
                let is_more = token.kind == Star
                    && words.last().is_some_and(|last| last.kind == Star)
                    && index
                        .checked_sub(1)
                        .is_some_and(|at| plus.tokens[at].kind == MetaType);
                word.spaced &= !is_more;
                words.push(word);
            }
        }
    }
    if let Some(ty) = open {
        ty.close(&mut words);
    }
    Some(print(&words, plus.lines))
}

/// A type, a part of which stands behind the name that it is given to, such as `char … [3]` or `int (* … )(void)`.
struct OpenType {
    suffix: Vec<u8>,
    /// The word behind its first part.
    start: usize,
    has_star: bool,
    is_named: bool,
    /// Brackets that are open behind the name.
    depth: u32,
}

impl OpenType {
    /// Whether the next token still belongs to the declarator.
    fn goes_on(&mut self, kind: SyntaxKind, next: Option<SyntaxKind>) -> bool {
        match kind {
            _ if self.depth > 0 => {
                match kind {
                    LParen | LBracket => self.depth += 1,
                    RParen | RBracket => self.depth -= 1,
                    _ => {}
                }
                true
            }
            LParen | LBracket if self.is_named => {
                self.depth = 1;
                true
            }
            Star => {
                self.has_star = true;
                !self.is_named
            }
            KwQualifier => !self.is_named,
            // A name before a name is an attribute.
            Ident if !self.is_named => {
                self.is_named = next != Some(Ident);
                true
            }
            _ => false,
        }
    }

    fn close(self, words: &mut Vec<Word>) {
        if self.has_star && self.suffix.starts_with(b"[") {
            enclose(words, self.start, PARENTHESES);
            words[self.start].spaced = true;
        }
        let line = words.last().map_or((0, 0), |last| last.line);
        words.extend(lexed(&self.suffix, line, false));
    }
}

const PARENTHESES: [(SyntaxKind, &[u8]); 2] = [(LParen, b"("), (RParen, b")")];

/// Puts brackets around the words from `start` on.
fn enclose(words: &mut Vec<Word>, start: usize, [open, close]: [(SyntaxKind, &[u8]); 2]) {
    let (Some(first), Some(last)) = (words.get(start).cloned(), words.last().cloned()) else {
        return;
    };
    words[start].spaced = false;
    let bracket = |(kind, text): (SyntaxKind, &[u8]), beside: Word, spaced| Word {
        kind,
        text: text.to_vec(),
        spaced,
        ..beside
    };
    let spaced = first.spaced;
    words.insert(start, bracket(open, first, spaced));
    words.push(bracket(close, last, false));
}

/// Whether an `else` behind the value of a metavariable would become part of it.
fn takes_else(rule: &MatchRule, var: VarId, env: &Env) -> bool {
    var_text(rule, var, env)
        .and_then(|text| shape(&text))
        .is_some_and(|shape| shape.takes_else)
}

fn word(token: &PlusToken, text: Vec<u8>) -> Word {
    Word {
        kind: token.kind,
        text,
        spaced: token.spaced,
        line: (token.line, 0),
    }
}

/// The words of the value of a metavariable.
fn spread(
    rule: &MatchRule,
    var: VarId,
    token: &PlusToken,
    env: &Env,
    lines: bool,
    words: &mut Vec<Word>,
) -> Option<()> {
    let text = var_text(rule, var, env)?;
    // Lists over several lines keep them, and so does what can't be given lines here.
    let is_laid_out = text.contains(&b'\n')
        && (token.kind == MetaList && (text.contains(&b';') || !text.contains(&b','))
            || !lines && text.contains(&b'{'));
    if is_laid_out {
        words.push(word(token, text));
        return Some(());
    }
    let mut list = lexed(&text, (token.line, 0), token.spaced);
    // What C has no word for is taken as it is.
    if list
        .iter()
        .any(|word| matches!(word.kind, Unknown | Hash | HashHash | DirectiveText))
    {
        list = vec![word(token, text)];
    } else if list.len() == 1 {
        list[0].kind = match list[0].kind {
            Ident if token.kind == MetaType => MetaType,
            kind => kind,
        };
    }
    if token.kind != MetaStmt {
        for word in list.iter_mut().filter(|word| word.kind == Comment) {
            word.text = closed(&word.text);
        }
    }
    words.extend(list);
    Some(())
}

/// A remark behind which code may stand on the same line.
fn closed(remark: &[u8]) -> Vec<u8> {
    let Some(inner) = remark.strip_prefix(b"//") else {
        return remark.to_vec();
    };
    let inner = String::from_utf8_lossy(inner.trim_ascii()).into_owned();
    let inner = inner.replace("*/", "* /").replace("/*", "/ *");
    format!("/* {inner} */").into_bytes()
}

/// Lines as one.
pub(super) fn joined(lines: &[Line]) -> Vec<u8> {
    let texts: Vec<Vec<u8>> = lines
        .iter()
        .map(|line| without_line_remarks(&line.text))
        .collect();
    texts.join(&b' ')
}

fn without_line_remarks(text: &[u8]) -> Vec<u8> {
    if memchr::memmem::find(text, b"//").is_none() {
        return text.to_vec();
    }
    let tokens = lex(text);
    let mut out = Vec::with_capacity(text.len() + 3);
    for index in 0..tokens.len() {
        let part = tokens.range(index).slice(text);
        match tokens.kind(index) {
            Comment if index + 2 >= tokens.len() => out.extend_from_slice(&closed(part)),
            _ => out.extend_from_slice(part),
        }
    }
    out
}

pub(super) fn lexed(text: &[u8], line: (u32, u32), spaced: bool) -> Vec<Word> {
    let tokens = lex(text);
    let mut list = Vec::with_capacity(tokens.len());
    let mut space = spaced;
    let mut breaks = line.1;
    for index in 0..tokens.len() {
        let (kind, part) = (tokens.kind(index), tokens.range(index).slice(text));
        if kind == Eof {
            break;
        }
        let here = breaks;
        breaks += part.iter().filter(|&&byte| byte == b'\n').count() as u32;
        if kind.is_trivia() && kind != Comment {
            space = true;
            continue;
        }
        list.push(Word {
            kind,
            text: part.to_vec(),
            spaced: space,
            line: (line.0, here),
        });
        space = false;
    }
    list
}

/// The text of a metavariable in added code.
pub fn var_text(rule: &MatchRule, var: VarId, env: &Env) -> Option<Vec<u8>> {
    if let Some(value) = env.value(var) {
        return match value {
            Value::Code(code) => Some(code.text.clone()),
            Value::Places(_) => None,
        };
    }
    let declared = &rule.vars[var as usize];
    match &declared.kind {
        MetaKind::Fresh(Seed::Parts(parts)) => {
            let mut text = Vec::new();
            for part in parts {
                match part {
                    SeedPart::Text(part) => text.extend_from_slice(unescape(part).as_bytes()),
                    SeedPart::Var(var) => text.extend_from_slice(env.value(*var)?.text()),
                }
            }
            Some(text)
        }
        MetaKind::Fresh(_) => Some(declared.name.clone().into_bytes()),
        _ => None,
    }
}

fn unescape(text: &str) -> String {
    text.replace("\\n", "\n")
        .replace("\\t", "\t")
        .replace("\\\"", "\"")
        .replace("\\\\", "\\")
}
