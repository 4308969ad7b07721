//! Expressions, by precedence.

use std::sync::Arc;

use super::ast::{BinOp, Clause, CmpOp, Def, Expr, ExprKind, FormatPart, Shape, Stmt, StmtKind};
use super::error::{Result, fault};
use super::lexer::Tok;
use super::parser::{Parser, is_keyword, parse_expression};

/// Operators of equal precedence, the loosest ones first.
const LEVELS: &[&[(&str, BinOp)]] = &[
    &[("|", BinOp::Or)],
    &[("^", BinOp::Xor)],
    &[("&", BinOp::And)],
    &[("<<", BinOp::Shl), (">>", BinOp::Shr)],
    &[("+", BinOp::Add), ("-", BinOp::Sub)],
    &[
        ("*", BinOp::Mul),
        ("//", BinOp::FloorDiv),
        ("/", BinOp::Div),
        ("%", BinOp::Rem),
    ],
];

/// An expression may be a chain of this many operators; each takes a level of the stack.
const MAX_CHAIN: usize = 200;

fn make(line: u32, kind: ExprKind) -> Expr {
    Expr { line, kind }
}

impl Parser {
    /// An expression, or several with commas between.
    pub(super) fn tuple_expression(&mut self) -> Result<Expr> {
        let line = self.line();
        let first = self.expression()?;
        if !self.is_op(",") {
            return Ok(first);
        }
        let mut list = vec![first];
        while self.op(",") {
            if matches!(self.peek(), Tok::Newline | Tok::End)
                || ["=", ")", ";", ":"].iter().any(|op| self.is_op(op))
            {
                break;
            }
            list.push(self.expression()?);
        }
        Ok(make(line, ExprKind::Tuple(list)))
    }

    pub(super) fn expression(&mut self) -> Result<Expr> {
        self.deeper(|parser| {
            let line = parser.line();
            if parser.is_word("lambda") {
                return parser.lambda();
            }
            let value = parser.disjunction()?;
            if !parser.word("if") {
                return Ok(value);
            }
            let condition = parser.disjunction()?;
            if !parser.word("else") {
                return Err(parser.unexpected("`else`"));
            }
            let otherwise = parser.expression()?;
            let kind = ExprKind::Choice(Box::new(condition), Box::new(value), Box::new(otherwise));
            Ok(make(line, kind))
        })
    }

    fn lambda(&mut self) -> Result<Expr> {
        let line = self.line();
        self.bump();
        let params = self.parameters(":")?;
        self.expect(":")?;
        let value = self.expression()?;
        let body = vec![Stmt {
            line,
            kind: StmtKind::Return(Some(value)),
        }];
        let name = "<lambda>".to_owned();
        Ok(make(line, ExprKind::Lambda(Arc::new(Def { name, params, body }))))
    }

    fn disjunction(&mut self) -> Result<Expr> {
        let line = self.line();
        let mut left = self.conjunction()?;
        let mut chain = 0;
        while self.word("or") {
            self.bound(&mut chain)?;
            let right = self.conjunction()?;
            left = make(line, ExprKind::Or(Box::new(left), Box::new(right)));
        }
        Ok(left)
    }

    fn conjunction(&mut self) -> Result<Expr> {
        let line = self.line();
        let mut left = self.negation()?;
        let mut chain = 0;
        while self.word("and") {
            self.bound(&mut chain)?;
            let right = self.negation()?;
            left = make(line, ExprKind::And(Box::new(left), Box::new(right)));
        }
        Ok(left)
    }

    fn negation(&mut self) -> Result<Expr> {
        let line = self.line();
        if self.word("not") {
            let inner = self.deeper(Self::negation)?;
            return Ok(make(line, ExprKind::Unary("not", Box::new(inner))));
        }
        self.comparison()
    }

    fn comparison(&mut self) -> Result<Expr> {
        let line = self.line();
        let first = self.binary(0)?;
        let mut rest = Vec::new();
        loop {
            let op = match self.peek() {
                Tok::Op("==") => CmpOp::Eq,
                Tok::Op("!=") => CmpOp::Ne,
                Tok::Op("<") => CmpOp::Lt,
                Tok::Op("<=") => CmpOp::Le,
                Tok::Op(">") => CmpOp::Gt,
                Tok::Op(">=") => CmpOp::Ge,
                Tok::Name(word) if word == "in" => CmpOp::In,
                Tok::Name(word) if word == "not" && self.next_is_word("in") => {
                    self.bump();
                    CmpOp::NotIn
                }
                Tok::Name(word) if word == "is" && self.next_is_word("not") => {
                    self.bump();
                    CmpOp::IsNot
                }
                Tok::Name(word) if word == "is" => CmpOp::Is,
                _ => break,
            };
            self.bump();
            rest.push((op, self.binary(0)?));
        }
        if rest.is_empty() {
            return Ok(first);
        }
        Ok(make(line, ExprKind::Compare(Box::new(first), rest)))
    }

    fn bound(&self, chain: &mut usize) -> Result<()> {
        *chain += 1;
        if *chain > MAX_CHAIN {
            return Err(fault("this expression is too long").on_line(self.line()));
        }
        Ok(())
    }

    fn binary(&mut self, level: usize) -> Result<Expr> {
        let Some(operators) = LEVELS.get(level) else {
            return self.unary();
        };
        let line = self.line();
        let mut left = self.binary(level + 1)?;
        let mut chain = 0;
        while let Some(&(_, op)) = operators.iter().find(|(text, _)| self.is_op(text)) {
            self.bound(&mut chain)?;
            self.bump();
            let right = self.binary(level + 1)?;
            left = make(line, ExprKind::Binary(op, Box::new(left), Box::new(right)));
        }
        Ok(left)
    }

    fn unary(&mut self) -> Result<Expr> {
        let line = self.line();
        for op in ["-", "+", "~"] {
            if self.op(op) {
                let inner = self.deeper(Self::unary)?;
                return Ok(make(line, ExprKind::Unary(op, Box::new(inner))));
            }
        }
        let base = self.postfix()?;
        if self.op("**") {
            let power = self.deeper(Self::unary)?;
            return Ok(make(
                line,
                ExprKind::Binary(BinOp::Pow, Box::new(base), Box::new(power)),
            ));
        }
        Ok(base)
    }

    /// A primary expression with its calls, attributes and indices.
    pub(super) fn postfix(&mut self) -> Result<Expr> {
        let line = self.line();
        let mut value = self.atom()?;
        let mut chain = 0;
        loop {
            self.bound(&mut chain)?;
            if self.op(".") {
                let name = self.name()?;
                value = make(line, ExprKind::Attribute(Box::new(value), name));
            } else if self.op("(") {
                value = self.call(value)?;
            } else if self.op("[") {
                value = self.index(value)?;
            } else {
                return Ok(value);
            }
        }
    }

    fn call(&mut self, callee: Expr) -> Result<Expr> {
        let line = callee.line;
        let (mut positional, mut named) = (Vec::new(), Vec::new());
        while !self.is_op(")") {
            if self.is_op("*") || self.is_op("**") {
                return Err(fault("arguments with `*` are not supported in scripts").on_line(self.line()));
            }
            let value = self.expression()?;
            if let (ExprKind::Name(name), true) = (&value.kind, self.is_op("=")) {
                let name = name.clone();
                self.bump();
                named.push((name, self.expression()?));
            } else if self.is_word("for") {
                let clauses = self.clauses()?;
                let kind = ExprKind::Comprehension(Shape::List, Box::new(value), None, clauses);
                positional.push(make(line, kind));
            } else {
                positional.push(value);
            }
            if !self.op(",") {
                break;
            }
        }
        self.expect(")")?;
        Ok(make(line, ExprKind::Call(Box::new(callee), positional, named)))
    }

    fn index(&mut self, value: Expr) -> Result<Expr> {
        let line = value.line;
        let mut parts: [Option<Box<Expr>>; 3] = [None, None, None];
        let mut colons = 0;
        loop {
            if self.op(":") {
                colons += 1;
                if colons > 2 {
                    return Err(self.unexpected("`]`"));
                }
            } else if self.op("]") {
                break;
            } else {
                parts[colons] = Some(Box::new(self.tuple_expression()?));
                if !self.is_op(":") && !self.is_op("]") {
                    return Err(self.unexpected("`]`"));
                }
            }
        }
        let [first, second, third] = parts;
        let value = Box::new(value);
        match (colons, first) {
            (0, Some(index)) => Ok(make(line, ExprKind::Index(value, index))),
            (0, None) => Err(fault("an index is missing").on_line(line)),
            (_, first) => Ok(make(line, ExprKind::Slice(value, first, second, third))),
        }
    }

    fn atom(&mut self) -> Result<Expr> {
        let line = self.line();
        let kind = match self.peek().clone() {
            Tok::Int(number) => ExprKind::Int(number),
            Tok::Float(number) => ExprKind::Float(number),
            Tok::Str(_) | Tok::FStr(_) => return self.strings(),
            Tok::Name(name) => match name.as_str() {
                "None" => ExprKind::None,
                "True" => ExprKind::Bool(true),
                "False" => ExprKind::Bool(false),
                name if is_keyword(name) => return Err(self.unexpected("an expression")),
                _ => ExprKind::Name(name),
            },
            Tok::Op("(") => return self.parenthesized(),
            Tok::Op("[") => {
                self.bump();
                return self.list();
            }
            Tok::Op("{") => {
                self.bump();
                return self.braces();
            }
            _ => return Err(self.unexpected("an expression")),
        };
        self.bump();
        Ok(make(line, kind))
    }

    /// Strings one behind the other are one.
    fn strings(&mut self) -> Result<Expr> {
        let line = self.line();
        let mut parts = Vec::new();
        loop {
            match self.peek().clone() {
                Tok::Str(text) => parts.push(FormatPart::Text(text)),
                Tok::FStr(text) => format_parts(&text, line, &mut parts)?,
                _ => break,
            }
            self.bump();
        }
        if parts.iter().all(|part| matches!(part, FormatPart::Text(_))) {
            let text = |part: &FormatPart| match part {
                FormatPart::Text(text) => text.clone(),
                FormatPart::Value(..) => String::new(),
            };
            return Ok(make(line, ExprKind::Str(parts.iter().map(text).collect())));
        }
        Ok(make(line, ExprKind::Format(parts)))
    }

    fn parenthesized(&mut self) -> Result<Expr> {
        let line = self.line();
        self.bump();
        if self.op(")") {
            return Ok(make(line, ExprKind::Tuple(Vec::new())));
        }
        let value = self.tuple_expression()?;
        if self.is_word("for") {
            let clauses = self.clauses()?;
            self.expect(")")?;
            let kind = ExprKind::Comprehension(Shape::List, Box::new(value), None, clauses);
            return Ok(make(line, kind));
        }
        self.expect(")")?;
        Ok(value)
    }

    fn list(&mut self) -> Result<Expr> {
        let line = self.line();
        let mut list = Vec::new();
        while !self.is_op("]") {
            list.push(self.expression()?);
            if self.is_word("for") && list.len() == 1 {
                let clauses = self.clauses()?;
                self.expect("]")?;
                let value = list.pop().ok_or_else(|| fault("an expression is missing"))?;
                let kind = ExprKind::Comprehension(Shape::List, Box::new(value), None, clauses);
                return Ok(make(line, kind));
            }
            if !self.op(",") {
                break;
            }
        }
        self.expect("]")?;
        Ok(make(line, ExprKind::List(list)))
    }

    fn braces(&mut self) -> Result<Expr> {
        let line = self.line();
        let (mut keys, mut pairs) = (Vec::new(), Vec::new());
        while !self.is_op("}") {
            let key = self.expression()?;
            let value = if self.op(":") {
                Some(self.expression()?)
            } else {
                None
            };
            if self.is_word("for") && keys.is_empty() && pairs.is_empty() {
                let clauses = self.clauses()?;
                self.expect("}")?;
                let shape = if value.is_some() { Shape::Dict } else { Shape::Set };
                let kind = ExprKind::Comprehension(shape, Box::new(key), value.map(Box::new), clauses);
                return Ok(make(line, kind));
            }
            match value {
                Some(value) => pairs.push((key, value)),
                None => keys.push(key),
            }
            if !self.op(",") {
                break;
            }
        }
        self.expect("}")?;
        match (keys.is_empty(), pairs.is_empty()) {
            (false, false) => Err(fault("a set and a dictionary can't be mixed").on_line(line)),
            (false, true) => Ok(make(line, ExprKind::Set(keys))),
            _ => Ok(make(line, ExprKind::Dict(pairs))),
        }
    }

    fn clauses(&mut self) -> Result<Vec<Clause>> {
        let mut clauses = Vec::new();
        while self.word("for") {
            let target = self.targets()?;
            if !self.word("in") {
                return Err(self.unexpected("`in`"));
            }
            let from = self.operand()?;
            let mut conditions = Vec::new();
            while self.word("if") {
                conditions.push(self.operand()?);
            }
            clauses.push(Clause {
                target,
                from,
                conditions,
            });
        }
        Ok(clauses)
    }

    /// An expression without a choice, behind which an `if` belongs to somebody else.
    fn operand(&mut self) -> Result<Expr> {
        self.deeper(Self::disjunction)
    }
}

/// Takes an f-string apart.
fn format_parts(text: &str, line: u32, parts: &mut Vec<FormatPart>) -> Result<()> {
    let mut literal = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        literal.push_str(&rest[..at]);
        let brace = &rest[at..=at];
        rest = &rest[at + 1..];
        if rest.starts_with(brace) {
            literal.push_str(brace);
            rest = &rest[1..];
            continue;
        }
        let end = (brace == "{").then(|| rest.find('}')).flatten();
        let Some(end) = end else {
            return Err(fault("the braces of this f-string are not balanced").on_line(line));
        };
        let inner = &rest[..end];
        rest = &rest[end + 1..];
        let (inner, format) = match inner.rsplit_once(':') {
            Some((inner, format)) if !format.contains([']', ')', '"', '\'']) => (inner, format),
            _ => (inner, ""),
        };
        let (inner, quoted) = match inner.strip_suffix("!r") {
            Some(inner) => (inner, true),
            None => (inner.strip_suffix("!s").unwrap_or(inner), false),
        };
        let value = parse_expression(inner).map_err(|mut fault| {
            fault.line = line;
            fault
        })?;
        parts.push(FormatPart::Text(std::mem::take(&mut literal)));
        parts.push(FormatPart::Value(value, quoted, format.to_owned()));
    }
    literal.push_str(rest);
    parts.push(FormatPart::Text(literal));
    Ok(())
}
