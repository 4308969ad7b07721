//! Added code as lines, with the line breaks that C is usually written with.

use crate::syntax::SyntaxKind::{self, *};

use super::render::{Line, Word};
use super::spacing::Spacing;

/// What a brace encloses.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Brace {
    /// Statements.
    Block,
    /// Fields.
    Fields,
    /// Enumerators, or anything that keeps the lines it is written in.
    Free,
    /// Initializers.
    Values,
}

/// What is open at some place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Open {
    Paren {
        head: bool,
    },
    Bracket,
    Brace(Brace),
    /// The head of a statement whose body is still to come; whether the body has braces.
    Head {
        is_if: bool,
        braced: bool,
    },
}

/// Breaks words into lines. `lines`: they are whole statements, and no part of a line.
pub(super) fn print(words: &[Word], lines: bool) -> Vec<Line> {
    let mut printer = Printer {
        words,
        lines,
        out: Vec::new(),
        line: Vec::new(),
        open: Vec::new(),
        directive: false,
        spacing: Spacing::new(lines),
        statement: 0,
        line_depth: 0,
        outside: 0,
        closed: Brace::Block,
    };
    for index in 0..words.len() {
        printer.word(index);
    }
    printer.end_line();
    printer.out
}

struct Printer<'w> {
    words: &'w [Word],
    lines: bool,
    out: Vec<Line>,
    line: Vec<u8>,
    open: Vec<Open>,
    directive: bool,
    spacing: Spacing,
    /// The first word of the statement.
    statement: usize,
    /// The depth of the line that is being written.
    line_depth: i32,
    /// Braces that were closed and not opened.
    outside: i32,
    /// What the brace enclosed that was closed last.
    closed: Brace,
}

impl Printer<'_> {
    fn word(&mut self, index: usize) {
        let words = self.words;
        let word = &words[index];
        let last = index.checked_sub(1).map(|last| &words[last]);
        let new_line = last.is_some_and(|last| word.starts_line(last));
        if self.directive {
            if new_line {
                self.end_line();
                self.directive = false;
                self.spacing = Spacing::new(self.lines);
                self.statement = index;
            } else {
                if word.spaced {
                    self.line.push(b' ');
                }
                self.line.extend_from_slice(&word.text);
                return;
            }
        }
        if word.kind == Hash && (new_line || last.is_none()) {
            self.end_line();
            self.blank(last, word);
            self.directive = true;
            self.line.extend_from_slice(&word.text);
            return;
        }
        self.close(word.kind);
        if let Some(last) = last {
            if self.line.is_empty() || self.breaks(last, word, new_line) {
                self.end_line();
                self.blank(Some(last), word);
            } else if self.spacing.space(words, index) {
                self.line.push(b' ');
            }
        }
        if self.line.is_empty() {
            self.line_depth = self.depth(index);
        }
        self.open(index);
        self.text(word);
        self.spacing.step(words, index);
        self.end_of_statement(index);
    }

    /// The text of a word; the lines of a comment are moved with it.
    fn text(&mut self, word: &Word) {
        self.line.extend_from_slice(&word.text);
    }

    fn blank(&mut self, last: Option<&Word>, word: &Word) {
        if self.lines
            && !self.in_parens()
            && !self.out.is_empty()
            && last.is_some_and(|last| word.is_apart(last))
        {
            self.out.push(Line {
                depth: 0,
                text: Vec::new(),
                directive: false,
            });
        }
    }

    fn end_line(&mut self) {
        if !self.line.is_empty() {
            self.out.push(Line {
                depth: self.line_depth,
                text: std::mem::take(&mut self.line),
                directive: self.directive,
            });
        }
    }

    fn in_parens(&self) -> bool {
        self.open
            .iter()
            .any(|open| matches!(open, Open::Paren { .. } | Open::Bracket))
    }

    /// The brace around this place, if nothing else is nearer.
    fn around(&self) -> Option<Brace> {
        match self.open.iter().rfind(|open| !matches!(open, Open::Head { .. })) {
            Some(Open::Brace(brace)) => Some(*brace),
            _ => None,
        }
    }

    fn depth(&self, index: usize) -> i32 {
        let own = self
            .open
            .iter()
            .filter(|open| match open {
                Open::Brace(_) => true,
                Open::Head { braced, .. } => !braced,
                _ => false,
            })
            .count() as i32;
        let word = &self.words[index];
        let is_label = self.around() == Some(Brace::Block)
            && (matches!(word.kind, KwCase | KwDefault)
                || word.kind == Ident && self.words.get(index + 1).is_some_and(|next| next.kind == Colon));
        let opens_body = word.kind == LBrace && matches!(self.open.last(), Some(Open::Head { .. }));
        own - i32::from(is_label || opens_body) - self.outside
    }

    /// Closing brackets.
    fn close(&mut self, kind: SyntaxKind) {
        if kind == RBrace {
            while matches!(self.open.last(), Some(Open::Head { .. })) {
                self.open.pop();
            }
            self.closed = Brace::Block;
            if let Some(Open::Brace(brace)) = self.open.last().copied() {
                self.closed = brace;
                self.open.pop();
            } else {
                self.outside += 1;
            }
        }
    }

    fn open(&mut self, index: usize) {
        let word = &self.words[index];
        let last = index.checked_sub(1).map(|last| &self.words[last]);
        match word.kind {
            LParen => {
                let head = last.is_some_and(|last| matches!(last.kind, KwIf | KwFor | KwWhile | KwSwitch));
                // `while` behind the body of `do` is no head: a semicolon stands behind it.
                self.open.push(Open::Paren { head });
            }
            LBracket => self.open.push(Open::Bracket),
            RParen => {
                if let Some(Open::Paren { head }) = self.open.last().copied() {
                    self.open.pop();
                    let next = self.words.get(index + 1);
                    let is_empty = next.is_some_and(|next| next.kind == Semicolon);
                    if head && !self.in_parens() && !is_empty {
                        let keyword = self.opener(index).map(|open| self.words[open - 1].kind);
                        self.open.push(Open::Head {
                            is_if: keyword == Some(KwIf),
                            braced: false,
                        });
                    }
                }
            }
            RBracket if self.open.last() == Some(&Open::Bracket) => {
                self.open.pop();
            }
            KwElse | KwDo if !self.in_parens() => {
                let is_chain =
                    self.words.get(index + 1).is_some_and(|next| next.kind == KwIf) && word.kind == KwElse;
                if !is_chain {
                    self.open.push(Open::Head {
                        is_if: false,
                        braced: false,
                    });
                }
            }
            LBrace => {
                if let Some(Open::Head { braced, .. }) = self.open.last_mut() {
                    *braced = true;
                }
                let brace = self.brace(index);
                self.open.push(Open::Brace(brace));
            }
            _ => {}
        }
    }

    /// Where the parenthesis opens that closes at `index`.
    fn opener(&self, index: usize) -> Option<usize> {
        let mut depth = 0usize;
        for at in (0..=index).rev() {
            match self.words[at].kind {
                RParen => depth += 1,
                LParen => {
                    depth = depth.checked_sub(1)?;
                    if depth == 0 {
                        return (at > 0).then_some(at);
                    }
                }
                _ => {}
            }
        }
        None
    }

    fn brace(&self, index: usize) -> Brace {
        if matches!(self.around(), Some(Brace::Values)) {
            return Brace::Values;
        }
        let Some(last) = index.checked_sub(1).map(|last| &self.words[last]) else {
            return Brace::Block;
        };
        match last.kind {
            Eq | Comma | RBracket if self.is_lone_value(index) => Brace::Free,
            Eq | Comma | RBracket => Brace::Values,
            RParen if self.in_parens() || self.spacing.last_was_cast() => Brace::Values,
            KwStruct | KwUnion => Brace::Fields,
            KwEnum => Brace::Free,
            Ident => match index.checked_sub(2).map(|at| self.words[at].kind) {
                Some(KwStruct | KwUnion) => Brace::Fields,
                Some(KwEnum) => Brace::Free,
                _ => Brace::Block,
            },
            _ => Brace::Block,
        }
    }

    /// Whether a brace encloses one word, as in `{ 0 }`.
    fn is_lone_value(&self, index: usize) -> bool {
        self.words
            .get(index + 1)
            .is_some_and(|word| word.kind == Number && word.line == self.words[index].line)
            && self.words.get(index + 2).is_some_and(|word| word.kind == RBrace)
    }

    /// A statement that ends with this word ends the bodies it is.
    fn end_of_statement(&mut self, index: usize) {
        let word = &self.words[index];
        let ends = match word.kind {
            Semicolon => !self.in_parens(),
            RBrace => !self.in_parens() && self.closed == Brace::Block,
            _ => false,
        };
        if !ends {
            return;
        }
        self.statement = index + 1;
        let next = self.words[index + 1..].iter().find(|next| next.kind != Comment);
        let goes_on = next.is_some_and(|next| next.kind == KwElse);
        while let Some(Open::Head { is_if, .. }) = self.open.last().copied() {
            self.open.pop();
            if goes_on && is_if {
                break;
            }
        }
    }

    /// Whether a line ends between two words.
    fn breaks(&self, last: &Word, word: &Word, new_line: bool) -> bool {
        if last.kind == Comment && last.text.starts_with(b"//") {
            return true;
        }
        if self.in_parens() {
            return false;
        }
        if word.kind == Comment || last.kind == Comment {
            return new_line && self.lines;
        }
        if !self.lines {
            return false;
        }
        let around = self.around();
        if let Some(Open::Head { braced: false, .. }) = self.open.last()
            && !matches!(word.kind, LBrace | Semicolon)
            && last.kind != Semicolon
        {
            // Behind a head, its body.
            return matches!(last.kind, RParen | KwElse | KwDo);
        }
        match (last.kind, word.kind) {
            (Semicolon, LBrace) => true,
            (_, LBrace) => self.opens_function() && self.brace_follows_function(last),
            (LBrace, _) => around.is_none_or(|around| around != Brace::Free) || new_line,
            (_, RBrace) => self.closed_breaks(last, new_line),
            (RBrace, KwElse | KwWhile) => new_line,
            (RBrace, Semicolon | Comma | RParen) => false,
            (RBrace, _) if self.closed != Brace::Block => false,
            (RBrace, _) => around != Some(Brace::Values) || new_line,
            (Semicolon, _) => true,
            (Comma, _) => match around {
                Some(Brace::Values) => true,
                Some(Brace::Free) => new_line,
                _ => false,
            },
            (Colon, _) => self.spacing.last_was_label(),
            (RParen | KwElse, _) => {
                new_line && around.is_none_or(|around| around == Brace::Block) && {
                    // A macro that stands for a statement, or an attribute before a name.
                    matches!(word.kind, LBrace)
                }
            }
            _ => false,
        }
    }

    /// Whether the brace that was just closed stands on a line of its own.
    fn closed_breaks(&self, last: &Word, new_line: bool) -> bool {
        if last.kind == LBrace {
            return new_line;
        }
        if self.closed == Brace::Free && !new_line {
            return false;
        }
        matches!(last.kind, Semicolon | RBrace | Comma | Colon)
            || new_line
            || last.kind != LBrace && {
                // Values that stand on lines of their own.
                self.out
                    .last()
                    .is_some_and(|line| line.text.ends_with(b"{") || line.text.ends_with(b","))
            }
    }

    /// Whether the words since the begin of the statement are the head of a function.
    fn opens_function(&self) -> bool {
        self.open.is_empty()
            && self.words[self.statement..]
                .iter()
                .take(2)
                .all(|word| matches!(word.kind, Ident | Star | MetaType) || word.kind.starts_declaration())
            && self.words.len() > self.statement + 2
            && self.words[self.statement].kind != KwTypedef
            && self.words.last().is_some_and(|last| last.kind == RBrace)
    }

    fn brace_follows_function(&self, last: &Word) -> bool {
        last.kind == RParen
    }
}
