//! Added code as text: metavariables filled in, spaces and lines as C is usually written.

use crate::smpl::{MatchRule, MetaKind, Plus, PlusToken, Seed, SeedPart, VarId};
use crate::syntax::SyntaxKind::{self, *};
use std::string::String;

use super::value::{Env, Value};

/// A line of added code.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Line {
    /// How many levels it is indented more than the place where it is added.
    pub depth: u32,
    /// Its text.
    pub text: Vec<u8>,
    /// A directive: it begins in the first column.
    pub directive: bool,
}

/// Renders added code. `None` if a metavariable in it has no value.
pub fn render(rule: &MatchRule, plus: &Plus, env: &Env) -> Option<Vec<Line>> {
    let mut renderer = Renderer {
        rule,
        env,
        lines: Vec::new(),
        line: Vec::new(),
        depth: 0,
        parens: 0,
        last: None,
        headed: false,
        directive: None,
    };
    for (index, token) in plus.tokens.iter().enumerate() {
        renderer.token(token, plus.tokens.get(index + 1), plus.lines)?;
    }
    renderer.finish();
    Some(renderer.lines)
}

struct Renderer<'r> {
    rule: &'r MatchRule,
    env: &'r Env,
    lines: Vec<Line>,
    line: Vec<u8>,
    depth: u32,
    parens: u32,
    last: Option<PlusToken>,
    /// The line is the body of a head without braces.
    headed: bool,
    /// The line of a directive.
    directive: Option<u32>,
}

impl Renderer<'_> {
    fn finish(&mut self) {
        if !self.line.is_empty() {
            let text = std::mem::take(&mut self.line);
            let depth = self.depth + u32::from(self.headed);
            self.lines.push(Line {
                depth,
                text,
                directive: self.directive.is_some(),
            });
        }
        self.directive = None;
    }

    fn token(&mut self, token: &PlusToken, next: Option<&PlusToken>, lines: bool) -> Option<()> {
        let text = self.text(token)?;
        let new_line = self.last.as_ref().is_some_and(|last| token.line > last.line);
        if self.directive.is_some_and(|line| token.line > line) {
            let is_continued = false;
            if !is_continued {
                self.finish();
                self.last = None;
            }
        }
        if token.kind == Hash && self.directive.is_none() && (new_line || self.last.is_none()) {
            self.finish();
            self.directive = Some(token.line);
            self.last = None;
        }
        if self.directive.is_some() {
            // Directives are added as they are written.
            if token.spaced && self.last.is_some() {
                self.line.push(b' ');
            }
            self.line.extend_from_slice(&text);
            self.last = Some(token.clone());
            return Some(());
        }
        if let Some(last) = &self.last {
            let breaks = lines && self.parens == 0 && self.breaks(last, token, new_line);
            if breaks {
                let was_head = last.kind == RParen || last.kind == KwElse;
                self.finish();
                self.headed = was_head && token.kind != LBrace;
                if token.kind == RBrace {
                    self.depth = self.depth.saturating_sub(1);
                    self.headed = false;
                }
            } else {
                if token.kind == RBrace && lines {
                    self.depth = self.depth.saturating_sub(1);
                }
                if space_between(last, token, next) && !(last.kind == MetaType && self.line.ends_with(b"*")) {
                    self.line.push(b' ');
                }
            }
        } else if token.kind == RBrace {
            self.depth = self.depth.saturating_sub(1);
        }
        match token.kind {
            LParen | LBracket => self.parens += 1,
            RParen | RBracket => self.parens = self.parens.saturating_sub(1),
            _ => {}
        }
        self.line.extend_from_slice(&text);
        if token.kind == LBrace && lines && self.parens == 0 {
            // The line with the brace is not indented by it.
            let text = std::mem::take(&mut self.line);
            let depth = self.depth + u32::from(self.headed);
            self.headed = false;
            if next.is_some_and(|next| next.line > token.line) || next.is_none() {
                self.lines.push(Line {
                    depth,
                    text,
                    directive: false,
                });
            } else {
                self.line = text;
            }
            self.depth += 1;
        }
        self.last = Some(token.clone());
        Some(())
    }

    /// Whether a line ends between two tokens.
    fn breaks(&self, last: &PlusToken, token: &PlusToken, new_line: bool) -> bool {
        if last.kind == Comment && last.text.starts_with(b"//") {
            return true;
        }
        if !new_line || self.line.is_empty() {
            return false;
        }
        matches!(
            last.kind,
            Semicolon | LBrace | RBrace | Comment | RParen | KwElse | Colon
        ) || matches!(token.kind, Comment | RBrace | LBrace)
    }

    fn text(&self, token: &PlusToken) -> Option<Vec<u8>> {
        match token.var {
            Some(var) => var_text(self.rule, var, self.env),
            None => Some(token.text.clone()),
        }
    }
}

/// The text of a metavariable in added code.
pub fn var_text(rule: &MatchRule, var: VarId, env: &Env) -> Option<Vec<u8>> {
    if let Some(value) = env.value(var) {
        return match value {
            Value::Code(code) => Some(code.text.clone()),
            Value::Place(_) => None,
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

/// Whether a space stands between two tokens of added code.
pub fn space_between(last: &PlusToken, token: &PlusToken, next: Option<&PlusToken>) -> bool {
    let _ = next;
    let (before, after) = (last.kind, token.kind);
    match (before, after) {
        (Comment, _) | (_, Comment) => true,
        (_, Semicolon | Comma | RParen | RBracket) => false,
        (LParen | LBracket, _) => false,
        (Dot | Arrow, _) | (_, Dot | Arrow) => {
            token.spaced && after == Dot && before == Comma || before == LBrace
        }
        (_, LBracket) => false,
        (KwIf | KwWhile | KwFor | KwSwitch | KwReturn | KwElse | KwDo | KwCase | KwGoto, _) => true,
        (KwSizeof | KwTypeof | KwAttribute | KwAlignof, LParen) => false,
        (_, LParen) if is_operand_end(before) => {
            token.spaced && before != Ident && before != MetaExpr && before != RParen
        }
        (Tilde | Bang, _) => false,
        (PlusPlus | MinusMinus, _) | (_, PlusPlus | MinusMinus) => {
            token.spaced && is_operand_end(before) && is_operand_begin(after) && before != PlusPlus
        }
        // A unary operator stands next to its operand.
        (Star | Amp | Minus | Plus, _) => token.spaced,
        (RParen, after) if is_operand_begin(after) => token.spaced,
        (HashHash | Hash, _) => token.spaced,
        (_, Colon) => token.spaced,
        _ => true,
    }
}

fn is_operand_end(kind: SyntaxKind) -> bool {
    matches!(
        kind,
        Ident | RParen | RBracket | MetaExpr | Number | String | Char | MetaList
    )
}

fn is_operand_begin(kind: SyntaxKind) -> bool {
    matches!(
        kind,
        Ident
            | Number
            | SyntaxKind::String
            | Char
            | LParen
            | MetaExpr
            | MetaList
            | Star
            | Amp
            | Minus
            | Tilde
            | Bang
    )
}
