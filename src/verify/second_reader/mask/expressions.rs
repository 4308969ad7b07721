//! Expressions: casts, types and statements as arguments, initialisers.

use crate::syntax::SyntaxKind::*;

use super::{Liberty, Masker};

impl Masker<'_> {
    /// Masks what stands in `from..end`, which holds whole bracket groups.
    pub(super) fn expression(&mut self, from: usize, end: usize) {
        let mut at = from;
        while at < end {
            let next = self.next(at);
            match self.kind(at) {
                LParen => self.parenthesis(at),
                LBracket => self.expression(next, self.mate(at)),
                LBrace => self.initializer_list(at),
                // A macro that brings its own operator: `2 SECONDS`.
                Ident | Number if next < end && self.is_shouted(next) => {
                    self.hide_word(next, self.group_end(self.next(next)).min(end).max(next + 1));
                    continue;
                }
                KwSizeof | KwAlignof | KwTypeof if self.is(next, LParen) => {
                    self.operand_of_sizeof(next);
                    at = next;
                }
                _ => {}
            }
            at = self.behind(at);
        }
    }

    /// A group of which it is not known yet what it is.
    fn parenthesis(&mut self, open: usize) {
        let first = self.next(open);
        if self.is(first, LBrace) && self.behind(first) == self.mate(open) {
            let called = self.before(open).is_some_and(|before| self.is(before, Ident));
            if !called {
                return self.block(first);
            }
        }
        match self.before(open).map(|before| self.kind(before)) {
            Some(Ident | RBracket) => self.arguments(open),
            _ if self.holds_type(open) || self.casts(open) => {
                self.type_name(open);
                self.compound_literal(open);
            }
            Some(RParen) => self.arguments(open),
            _ => self.expression(first, self.mate(open)),
        }
    }

    /// `(T){}` becomes `(T) 1`: lang-c wants at least one element.
    fn compound_literal(&mut self, open: usize) {
        let brace = self.behind(open);
        if self.is(brace, LBrace) && self.next(brace) == self.mate(brace) {
            let end = self.mate(brace) + 1;
            self.hide(open, self.mate(open) + 1);
            self.stand_in(brace, end, b"1", Number);
        }
    }

    /// What stands in the parentheses of `sizeof` or `typeof`.
    pub(super) fn operand_of_sizeof(&mut self, open: usize) {
        if self.holds_type(open) {
            self.type_name(open);
        } else {
            self.expression(self.next(open), self.mate(open));
        }
    }

    /// Whether a group holds the name of a type.
    fn holds_type(&self, open: usize) -> bool {
        let (first, close) = (self.next(open), self.mate(open));
        if self.kind(first).starts_type() {
            return true;
        }
        if !self.is(first, Ident) {
            return false;
        }
        let second = self.next(first);
        if second == close {
            return self.names_type(first);
        }
        let last = self.before(close);
        last.is_some_and(|last| self.is(last, Star))
            || self.is(second, Ident)
            || self.kind(second).starts_type()
            || self.is(second, LParen)
                && self.is(self.next(second), Star)
                && self.next(self.next(second)) == self.mate(second)
            || self.names_type(first) && matches!(self.kind(second), LBracket)
    }

    /// `(name)` in front of an operand can only be a cast.
    fn casts(&self, open: usize) -> bool {
        let first = self.next(open);
        let behind = self.kind(self.behind(open));
        self.is(first, Ident)
            && self.next(first) == self.mate(open)
            && match behind {
                Ident | Number | Char | String | Tilde | Bang | KwSizeof | LBrace => true,
                LParen => self.holds_type(self.behind(open)),
                _ => false,
            }
    }

    /// Masks the arguments of a call or of a macro that looks like one.
    pub(super) fn arguments(&mut self, open: usize) {
        let borders = self.separators(open, Comma);
        if borders.len() == 2 && self.next(open) == self.mate(open) {
            return;
        }
        for pair in borders.windows(2) {
            let (before, end) = (pair[0], pair[1]);
            let from = self.next(before);
            if from == end {
                self.take(Liberty::Argument, before);
                if !self.insert_behind(before, b'1') {
                    let comma = if self.is(before, Comma) { before } else { end };
                    self.hide(comma, comma + 1);
                }
            } else if self.is_no_expression(from, end) {
                if self.is_type_argument(from, end) {
                    self.stand_in(from, end, b"1", Number);
                } else {
                    self.replace_argument(from, end, b"1");
                }
            } else {
                self.expression(from, end);
            }
        }
    }

    /// An argument that is nothing but the name of a type.
    fn is_type_argument(&self, from: usize, end: usize) -> bool {
        let mut at = from;
        let mut words = 0;
        while at < end {
            match self.kind(at) {
                Ident => words += 1,
                Star | LBracket | LParen => {}
                KwStruct | KwUnion | KwEnum => words -= 1,
                kind if kind.starts_type() => {}
                _ => return false,
            }
            at = self.behind(at);
        }
        let first = self.kind(from);
        first.starts_type() && words <= 0 || first == Ident && words == 1 && self.names_type(from)
    }

    /// An argument that is a type, statements, an operator or a part of an expression.
    fn is_no_expression(&self, from: usize, end: usize) -> bool {
        let (first, second) = (self.kind(from), self.next(from));
        let last = self.before(end).unwrap_or(from);
        let begins = first.starts_declaration()
            || first.starts_statement()
            || first.is_assignment()
            || matches!(
                first,
                LBrace
                    | Ellipsis
                    | EqEq
                    | Ne
                    | Lt
                    | Gt
                    | Le
                    | Ge
                    | Pipe
                    | PipePipe
                    | Caret
                    | Slash
                    | Percent
                    | Shl
                    | Shr
            )
            || matches!(
                first,
                Arrow | Dot | Colon | LBracket | Semicolon | Question | KwTypedef
            );
        let ends = last != from
            && !matches!(
                self.kind(last),
                Ident | Number | Char | String | RParen | RBracket | RBrace | PlusPlus | MinusMinus
            )
            || last == from && !matches!(first, Ident | Number | Char | String);
        if begins || ends {
            return true;
        }
        let typed = first == Ident
            && (second < end
                && matches!(
                    self.kind(second),
                    Ident | KwBuiltinType | KwQualifier | KwStruct | LBrace | Number | String
                )
                || second >= end && self.names_type(from)
                || self.names_type(from) && self.is(second, Star) && self.is(self.next(second), RParen));
        typed
            || first == Number && second < end && matches!(self.kind(second), Ident | Number)
            || self.holds_statement(from, end)
    }

    /// A semicolon, a brace that begins no compound literal, or a colon without a question mark.
    fn holds_statement(&self, from: usize, end: usize) -> bool {
        let at = self.find(from, end, &[Semicolon, LBrace, Colon, Question]);
        match self.kind(at) {
            _ if at >= end => false,
            LBrace => !self.before(at).is_some_and(|before| {
                let called = self
                    .before(self.mate(before))
                    .is_some_and(|name| self.is(name, Ident));
                self.is(before, RParen) && !called
            }),
            Question => false,
            _ => true,
        }
    }

    /// The elements in the braces of an initialiser.
    fn initializer_list(&mut self, open: usize) {
        self.expression(self.next(open), self.mate(open));
    }
}
