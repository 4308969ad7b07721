//! From tokens to statements.

use std::sync::Arc;

use super::ast::{BinOp, Def, Expr, ExprKind, Handler, Stmt, StmtKind};
use super::error::{Result, fault};
use super::lexer::{Tok, Token, tokens};

/// Statements and expressions may be nested this deeply; evaluation goes as deep.
const MAX_DEPTH: usize = 60;

pub(super) struct Parser {
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
}

/// Words that name constructs which scripts can't use.
const UNSUPPORTED: &[&str] = &[
    "class", "with", "async", "await", "yield", "nonlocal", "assert", "match",
];

/// Reads a script.
pub(super) fn parse(text: &str) -> Result<Vec<Stmt>> {
    let mut parser = Parser {
        tokens: tokens(text)?,
        at: 0,
        depth: 0,
    };
    let mut list = Vec::new();
    while *parser.peek() != Tok::End {
        parser.statement(&mut list)?;
    }
    Ok(list)
}

/// Reads a single expression.
pub(super) fn parse_expression(text: &str) -> Result<Expr> {
    // In brackets, line breaks mean nothing.
    let mut parser = Parser {
        tokens: tokens(&format!("({text}\n)"))?,
        at: 0,
        depth: 0,
    };
    let expr = parser.expression()?;
    parser.take(&Tok::Newline);
    match parser.peek() {
        Tok::End => Ok(expr),
        _ => Err(parser.unexpected("the end of the expression")),
    }
}

impl Parser {
    pub(super) fn peek(&self) -> &Tok {
        self.tokens.get(self.at).map_or(&Tok::End, |token| &token.tok)
    }

    pub(super) fn line(&self) -> u32 {
        self.tokens
            .get(self.at)
            .or(self.tokens.last())
            .map_or(1, |token| token.line)
    }

    pub(super) fn bump(&mut self) -> Tok {
        let tok = self.peek().clone();
        self.at += 1;
        tok
    }

    pub(super) fn take(&mut self, tok: &Tok) -> bool {
        let is = self.peek() == tok;
        if is {
            self.at += 1;
        }
        is
    }

    pub(super) fn op(&mut self, op: &str) -> bool {
        let is = self.is_op(op);
        if is {
            self.at += 1;
        }
        is
    }

    pub(super) fn is_op(&self, op: &str) -> bool {
        matches!(self.peek(), Tok::Op(found) if *found == op)
    }

    pub(super) fn word(&mut self, word: &str) -> bool {
        let is = self.is_word(word);
        if is {
            self.at += 1;
        }
        is
    }

    pub(super) fn is_word(&self, word: &str) -> bool {
        matches!(self.peek(), Tok::Name(found) if found == word)
    }

    pub(super) fn next_is_word(&self, word: &str) -> bool {
        matches!(self.tokens.get(self.at + 1), Some(Token { tok: Tok::Name(found), .. }) if found == word)
    }

    pub(super) fn expect(&mut self, op: &'static str) -> Result<()> {
        if self.op(op) {
            Ok(())
        } else {
            Err(self.unexpected(&format!("`{op}`")))
        }
    }

    pub(super) fn unexpected(&self, wanted: &str) -> super::error::Fault {
        let found = match self.peek() {
            Tok::Name(name) => format!("`{name}`"),
            Tok::Op(op) => format!("`{op}`"),
            Tok::Int(number) => format!("`{number}`"),
            Tok::Float(number) => format!("`{number}`"),
            Tok::Str(_) | Tok::FStr(_) => "a string".to_owned(),
            Tok::Newline => "the end of the line".to_owned(),
            Tok::Indent => "an indented line".to_owned(),
            Tok::Dedent => "the end of the block".to_owned(),
            Tok::End => "the end of the script".to_owned(),
        };
        fault(format!("expected {wanted}, found {found}")).on_line(self.line())
    }

    pub(super) fn name(&mut self) -> Result<String> {
        match self.peek() {
            Tok::Name(name) if !is_keyword(name) => {
                let name = name.clone();
                self.at += 1;
                Ok(name)
            }
            _ => Err(self.unexpected("a name")),
        }
    }

    /// Counts how deep the parser is, so that its stack is bounded.
    pub(super) fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.depth += 1;
        let result = if self.depth > MAX_DEPTH {
            Err(fault("the script is nested too deeply").on_line(self.line()))
        } else {
            read(self)
        };
        self.depth -= 1;
        result
    }

    fn statement(&mut self, list: &mut Vec<Stmt>) -> Result<()> {
        let line = self.line();
        let word = match self.peek() {
            Tok::Name(word) => word.clone(),
            _ => String::new(),
        };
        let kind = match word.as_str() {
            "if" => self.if_statement()?,
            "while" => {
                self.bump();
                let condition = self.expression()?;
                StmtKind::While(condition, self.block()?)
            }
            "for" => {
                self.bump();
                let target = self.targets()?;
                if !self.word("in") {
                    return Err(self.unexpected("`in`"));
                }
                let from = self.tuple_expression()?;
                StmtKind::For(target, from, self.block()?)
            }
            "def" => self.definition()?,
            "try" => self.try_statement()?,
            word if UNSUPPORTED.contains(&word) && word != "match" => {
                return Err(fault(format!("`{word}` is not supported in scripts")).on_line(line));
            }
            _ => return self.simple_statements(list),
        };
        list.push(Stmt { line, kind });
        Ok(())
    }

    fn if_statement(&mut self) -> Result<StmtKind> {
        let mut branches = Vec::new();
        self.bump();
        let condition = self.expression()?;
        branches.push((condition, self.block()?));
        while self.word("elif") {
            let condition = self.expression()?;
            branches.push((condition, self.block()?));
        }
        let otherwise = self.optional_block("else")?;
        Ok(StmtKind::If(branches, otherwise))
    }

    fn optional_block(&mut self, word: &str) -> Result<Vec<Stmt>> {
        if self.word(word) {
            self.block()
        } else {
            Ok(Vec::new())
        }
    }

    fn try_statement(&mut self) -> Result<StmtKind> {
        self.bump();
        let body = self.block()?;
        let mut handlers = Vec::new();
        while self.word("except") {
            let class = if self.is_op(":") {
                None
            } else {
                Some(self.expression()?)
            };
            let name = if self.word("as") { Some(self.name()?) } else { None };
            handlers.push(Handler {
                class,
                name,
                body: self.block()?,
            });
        }
        let otherwise = self.optional_block("else")?;
        let finally = self.optional_block("finally")?;
        Ok(StmtKind::Try(body, handlers, otherwise, finally))
    }

    fn definition(&mut self) -> Result<StmtKind> {
        self.bump();
        let name = self.name()?;
        self.expect("(")?;
        let params = self.parameters(")")?;
        self.expect(")")?;
        if self.op("->") {
            self.expression()?;
        }
        let body = self.block()?;
        Ok(StmtKind::Def(Arc::new(Def { name, params, body })))
    }

    pub(super) fn parameters(&mut self, end: &str) -> Result<Vec<(String, Option<Expr>)>> {
        let mut params = Vec::new();
        while !self.is_op(end) {
            if self.is_op("*") || self.is_op("**") {
                return Err(fault("parameters with `*` are not supported in scripts").on_line(self.line()));
            }
            let name = self.name()?;
            if end == ")" && self.op(":") {
                self.expression()?;
            }
            let default = if self.op("=") {
                Some(self.expression()?)
            } else {
                None
            };
            params.push((name, default));
            if !self.op(",") {
                break;
            }
        }
        Ok(params)
    }

    fn block(&mut self) -> Result<Vec<Stmt>> {
        self.expect(":")?;
        self.deeper(|parser| {
            let mut list = Vec::new();
            if !parser.take(&Tok::Newline) {
                parser.simple_statements(&mut list)?;
                return Ok(list);
            }
            if !parser.take(&Tok::Indent) {
                return Err(parser.unexpected("an indented block"));
            }
            while !parser.take(&Tok::Dedent) {
                if *parser.peek() == Tok::End {
                    break;
                }
                parser.statement(&mut list)?;
            }
            Ok(list)
        })
    }

    /// Statements on one line.
    fn simple_statements(&mut self, list: &mut Vec<Stmt>) -> Result<()> {
        loop {
            let line = self.line();
            let kind = self.simple_statement()?;
            list.push(Stmt { line, kind });
            if self.op(";") && *self.peek() != Tok::Newline {
                continue;
            }
            if self.take(&Tok::Newline) {
                return Ok(());
            }
            return Err(self.unexpected("the end of the statement"));
        }
    }

    fn simple_statement(&mut self) -> Result<StmtKind> {
        let word = match self.peek() {
            Tok::Name(word) => word.clone(),
            _ => String::new(),
        };
        let ends = |parser: &Self| matches!(parser.peek(), Tok::Newline | Tok::End) || parser.is_op(";");
        match word.as_str() {
            "pass" | "break" | "continue" => {
                self.bump();
                Ok(match word.as_str() {
                    "pass" => StmtKind::Pass,
                    "break" => StmtKind::Break,
                    _ => StmtKind::Continue,
                })
            }
            "return" => {
                self.bump();
                let value = if ends(self) {
                    None
                } else {
                    Some(self.tuple_expression()?)
                };
                Ok(StmtKind::Return(value))
            }
            "raise" => {
                self.bump();
                let value = if ends(self) {
                    None
                } else {
                    Some(self.expression()?)
                };
                Ok(StmtKind::Raise(value))
            }
            "global" => {
                self.bump();
                let mut names = vec![self.name()?];
                while self.op(",") {
                    names.push(self.name()?);
                }
                Ok(StmtKind::Global(names))
            }
            "del" => {
                self.bump();
                Ok(StmtKind::Delete(self.expression()?))
            }
            "import" => self.import(),
            "from" => self.import_from(),
            _ => self.assignment(),
        }
    }

    /// `import re`, `import re as r`, `import coccilib.org`.
    fn import(&mut self) -> Result<StmtKind> {
        let line = self.line();
        self.bump();
        let module = self.dotted()?;
        let alias = if self.word("as") {
            self.name()?
        } else {
            module.clone()
        };
        if self.is_op(",") {
            return Err(fault("write one `import` for each module").on_line(line));
        }
        Ok(StmtKind::Import(module, alias))
    }

    fn dotted(&mut self) -> Result<String> {
        let mut module = self.name()?;
        while self.op(".") {
            module = format!("{module}.{}", self.name()?);
        }
        Ok(module)
    }

    /// `from coccilib.org import *`: all of it is there anyway, under its name.
    fn import_from(&mut self) -> Result<StmtKind> {
        self.bump();
        let module = self.dotted()?;
        if !self.word("import") {
            return Err(self.unexpected("`import`"));
        }
        while !matches!(self.peek(), Tok::Newline | Tok::End) {
            self.bump();
        }
        Ok(StmtKind::Import(module, "*".to_owned()))
    }

    fn assignment(&mut self) -> Result<StmtKind> {
        let first = self.tuple_expression()?;
        if self.is_op("=") {
            let mut targets = vec![first];
            while self.op("=") {
                targets.push(self.tuple_expression()?);
            }
            let value = targets.pop().ok_or_else(|| fault("a value is missing"))?;
            for target in &targets {
                check_target(target)?;
            }
            return Ok(StmtKind::Assign(targets, value));
        }
        let augmented = match self.peek() {
            Tok::Op("+=") => BinOp::Add,
            Tok::Op("-=") => BinOp::Sub,
            Tok::Op("*=") => BinOp::Mul,
            Tok::Op("/=") => BinOp::Div,
            Tok::Op("//=") => BinOp::FloorDiv,
            Tok::Op("%=") => BinOp::Rem,
            Tok::Op("<<=") => BinOp::Shl,
            Tok::Op(">>=") => BinOp::Shr,
            Tok::Op("&=") => BinOp::And,
            Tok::Op("|=") => BinOp::Or,
            Tok::Op("^=") => BinOp::Xor,
            _ => return Ok(StmtKind::Expr(first)),
        };
        self.bump();
        check_target(&first)?;
        let value = self.tuple_expression()?;
        Ok(StmtKind::Augmented(first, augmented, value))
    }

    /// The names of a `for`.
    pub(super) fn targets(&mut self) -> Result<Expr> {
        let line = self.line();
        let mut list = vec![self.postfix()?];
        let mut is_tuple = false;
        while self.op(",") {
            is_tuple = true;
            if self.is_word("in") {
                break;
            }
            list.push(self.postfix()?);
        }
        for target in &list {
            check_target(target)?;
        }
        match list.pop() {
            Some(only) if !is_tuple => Ok(only),
            Some(last) => {
                list.push(last);
                Ok(Expr {
                    line,
                    kind: ExprKind::Tuple(list),
                })
            }
            None => Err(fault("a name is missing").on_line(line)),
        }
    }
}

fn check_target(target: &Expr) -> Result<()> {
    match &target.kind {
        ExprKind::Name(_) | ExprKind::Attribute(..) | ExprKind::Index(..) => Ok(()),
        ExprKind::Tuple(list) | ExprKind::List(list) => list.iter().try_for_each(check_target),
        _ => Err(fault("nothing can be assigned to this expression").on_line(target.line)),
    }
}

pub(super) fn is_keyword(name: &str) -> bool {
    matches!(
        name,
        "and"
            | "or"
            | "not"
            | "in"
            | "is"
            | "if"
            | "else"
            | "elif"
            | "for"
            | "while"
            | "def"
            | "return"
            | "lambda"
            | "try"
            | "except"
            | "finally"
            | "pass"
            | "break"
            | "continue"
            | "global"
            | "import"
            | "from"
            | "raise"
            | "del"
    ) || UNSUPPORTED.contains(&name) && name != "match"
}
