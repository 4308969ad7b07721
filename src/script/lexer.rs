//! Python's tokens, with its indentation.

use super::error::{Result, fault};

/// A token.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Tok {
    Name(String),
    Int(i128),
    Float(f64),
    Str(String),
    /// An f-string: its text, still to be taken apart.
    FStr(String),
    Op(&'static str),
    Newline,
    Indent,
    Dedent,
    End,
}

/// A token with its line in the script, from 1.
#[derive(Clone, Debug)]
pub(super) struct Token {
    pub tok: Tok,
    pub line: u32,
}

/// Longer ones first.
const OPERATORS: &[&str] = &[
    "**=", "//=", "<<=", ">>=", "...", "**", "//", "<<", ">>", "<=", ">=", "==", "!=", "->", "+=", "-=",
    "*=", "/=", "%=", "&=", "|=", "^=", ":=", "+", "-", "*", "/", "%", "&", "|", "^", "~", "<", ">", "(",
    ")", "[", "]", "{", "}", ",", ":", ".", ";", "=", "@",
];

const MAX_BRACKETS: usize = 200;

struct Lexer<'t> {
    text: &'t [u8],
    at: usize,
    line: u32,
    indents: Vec<usize>,
    brackets: usize,
    out: Vec<Token>,
}

/// The tokens of a script.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>> {
    let mut lexer = Lexer {
        text: text.as_bytes(),
        at: 0,
        line: 1,
        indents: vec![0],
        brackets: 0,
        out: Vec::new(),
    };
    lexer.run()?;
    Ok(lexer.out)
}

impl Lexer<'_> {
    fn peek(&self, ahead: usize) -> u8 {
        self.text.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn push(&mut self, tok: Tok) {
        self.out.push(Token { tok, line: self.line });
    }

    fn fail<T>(&self, message: impl Into<String>) -> Result<T> {
        Err(fault(message).on_line(self.line))
    }

    fn run(&mut self) -> Result<()> {
        loop {
            if self.brackets == 0 && !self.line_start()? {
                break;
            }
            self.rest_of_line()?;
            if self.at >= self.text.len() {
                break;
            }
        }
        if self.out.last().is_some_and(|token| token.tok != Tok::Newline) {
            self.push(Tok::Newline);
        }
        while self.indents.len() > 1 {
            self.indents.pop();
            self.push(Tok::Dedent);
        }
        self.push(Tok::End);
        Ok(())
    }

    /// Reads the white space before a line that has code; `false` at the end of the text.
    fn line_start(&mut self) -> Result<bool> {
        loop {
            let mut width = 0;
            loop {
                match self.peek(0) {
                    b' ' => width += 1,
                    b'\t' => width = width / 8 * 8 + 8,
                    b'\r' | 0x0c => {}
                    _ => break,
                }
                self.at += 1;
            }
            if self.at >= self.text.len() {
                return Ok(false);
            }
            // Comments of SmPL are allowed among the lines of a script.
            let is_comment = self.peek(0) == b'#' || self.peek(0) == b'/' && self.peek(1) == b'/';
            if is_comment {
                self.skip_line();
            }
            if self.peek(0) == b'\n' {
                self.at += 1;
                self.line += 1;
                continue;
            }
            if is_comment {
                return Ok(false);
            }
            let current = self.indents.last().copied().unwrap_or(0);
            if width > current {
                if self.indents.len() > 60 {
                    return self.fail("the script is nested too deeply");
                }
                // A script as a whole may be indented.
                if self.out.is_empty() {
                    self.indents = vec![width];
                } else {
                    self.indents.push(width);
                    self.push(Tok::Indent);
                }
            } else if width < current {
                while self.indents.len() > 1 && self.indents.last().is_some_and(|&top| top > width) {
                    self.indents.pop();
                    self.push(Tok::Dedent);
                }
                if self.indents.last() != Some(&width) {
                    return self.fail("this line's indentation is that of no block around it");
                }
            }
            return Ok(true);
        }
    }

    fn skip_line(&mut self) {
        while self.at < self.text.len() && self.text[self.at] != b'\n' {
            self.at += 1;
        }
    }

    fn rest_of_line(&mut self) -> Result<()> {
        while self.at < self.text.len() {
            let byte = self.peek(0);
            match byte {
                b'\n' => {
                    self.at += 1;
                    if self.brackets == 0 {
                        if self.out.last().is_some_and(|token| token.tok != Tok::Newline) {
                            self.push(Tok::Newline);
                        }
                        self.line += 1;
                        return Ok(());
                    }
                    self.line += 1;
                }
                b' ' | b'\t' | b'\r' | 0x0c => self.at += 1,
                b'#' => self.skip_line(),
                b'\\' if self.peek(1) == b'\n' => {
                    self.at += 2;
                    self.line += 1;
                }
                b'0'..=b'9' => self.number()?,
                b'"' | b'\'' => self.string(false, false)?,
                _ if byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80 => self.word()?,
                _ => self.operator()?,
            }
        }
        Ok(())
    }

    fn word(&mut self) -> Result<()> {
        let start = self.at;
        while self.peek(0).is_ascii_alphanumeric() || self.peek(0) == b'_' || self.peek(0) >= 0x80 {
            self.at += 1;
        }
        let word = String::from_utf8_lossy(&self.text[start..self.at]).into_owned();
        if matches!(self.peek(0), b'"' | b'\'') {
            match word.to_ascii_lowercase().as_str() {
                "r" => return self.string(true, false),
                "u" => return self.string(false, false),
                "f" => return self.string(false, true),
                "rf" | "fr" => return self.string(true, true),
                _ => return self.fail(format!("strings that begin with `{word}` are not supported")),
            }
        }
        self.push(Tok::Name(word));
        Ok(())
    }

    fn number(&mut self) -> Result<()> {
        let start = self.at;
        while self.peek(0).is_ascii_alphanumeric()
            || self.peek(0) == b'_'
            || self.peek(0) == b'.' && self.peek(1).is_ascii_digit()
        {
            self.at += 1;
        }
        let text: String = String::from_utf8_lossy(&self.text[start..self.at]).replace('_', "");
        let tok = match super::value::parse_int(&text, 0) {
            Some(number) => Tok::Int(number),
            None => match text.parse::<f64>() {
                Ok(number) => Tok::Float(number),
                Err(_) => return self.fail(format!("`{text}` is no number that scripts can use")),
            },
        };
        self.push(tok);
        Ok(())
    }

    fn operator(&mut self) -> Result<()> {
        let rest = &self.text[self.at..];
        let Some(op) = OPERATORS.iter().find(|op| rest.starts_with(op.as_bytes())) else {
            return self.fail(format!(
                "`{}` has no meaning here",
                char::from(rest[0]).escape_debug()
            ));
        };
        match *op {
            "(" | "[" | "{" => {
                self.brackets += 1;
                if self.brackets > MAX_BRACKETS {
                    return self.fail("brackets are nested too deeply");
                }
            }
            ")" | "]" | "}" => self.brackets = self.brackets.saturating_sub(1),
            _ => {}
        }
        self.at += op.len();
        self.push(Tok::Op(op));
        Ok(())
    }

    fn string(&mut self, raw: bool, format: bool) -> Result<()> {
        let line = self.line;
        let quote = self.peek(0);
        let long = self.peek(1) == quote && self.peek(2) == quote;
        let close = if long { vec![quote; 3] } else { vec![quote] };
        self.at += close.len();
        let mut out = Vec::new();
        loop {
            let Some(&byte) = self.text.get(self.at) else {
                return Err(fault("this string is not closed").on_line(line));
            };
            if self.text[self.at..].starts_with(&close) {
                self.at += close.len();
                break;
            }
            match byte {
                b'\n' if !long => return Err(fault("this string is not closed").on_line(line)),
                b'\n' => {
                    self.line += 1;
                    out.push(byte);
                    self.at += 1;
                }
                b'\\' if raw => {
                    out.push(byte);
                    out.extend(self.text.get(self.at + 1));
                    self.at += 2;
                }
                b'\\' => self.escape(&mut out),
                _ => {
                    out.push(byte);
                    self.at += 1;
                }
            }
        }
        let text = String::from_utf8_lossy(&out).into_owned();
        self.out.push(Token {
            tok: if format { Tok::FStr(text) } else { Tok::Str(text) },
            line,
        });
        Ok(())
    }

    fn escape(&mut self, out: &mut Vec<u8>) {
        let byte = self.peek(1);
        self.at += 2;
        let digits = |text: &[u8], at: usize, most: usize, radix: u32| {
            let run = text[at.min(text.len())..]
                .iter()
                .take(most)
                .take_while(|&&byte| char::from(byte).is_digit(radix))
                .count();
            let word = String::from_utf8_lossy(&text[at..at + run]).into_owned();
            (
                run,
                u32::from_str_radix(&word, radix).ok().and_then(char::from_u32),
            )
        };
        match byte {
            b'n' => out.push(b'\n'),
            b't' => out.push(b'\t'),
            b'r' => out.push(b'\r'),
            b'a' => out.push(7),
            b'b' => out.push(8),
            b'f' => out.push(12),
            b'v' => out.push(11),
            b'\\' | b'\'' | b'"' => out.push(byte),
            b'\n' => self.line += 1,
            b'x' | b'u' => {
                let (run, found) = digits(self.text, self.at, if byte == b'x' { 2 } else { 4 }, 16);
                self.at += run;
                let mut buffer = [0; 4];
                out.extend_from_slice(found.unwrap_or('\u{fffd}').encode_utf8(&mut buffer).as_bytes());
            }
            b'0'..=b'7' => {
                let (run, found) = digits(self.text, self.at - 1, 3, 8);
                self.at += run - 1;
                let mut buffer = [0; 4];
                out.extend_from_slice(found.unwrap_or('\u{fffd}').encode_utf8(&mut buffer).as_bytes());
            }
            _ => out.extend_from_slice(&[b'\\', byte]),
        }
    }
}
