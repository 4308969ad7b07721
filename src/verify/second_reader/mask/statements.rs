//! Statements: loop macros, macros without a semicolon, labels, computed `goto`.

use crate::syntax::SyntaxKind::*;

use super::Masker;
use super::declarations::Place;
use crate::text::TextRange;

impl Masker<'_> {
    /// Masks the statements of the block that `open` begins.
    pub(super) fn block(&mut self, open: usize) {
        let close = self.mate(open);
        let mut at = self.next(open);
        let mut stuck = false;
        while at < close {
            let behind = self.statement(at, close);
            // A rule may ask for the same token once more, since it hid what confused the others.
            let again = behind <= at;
            at = if again && stuck {
                self.next(at)
            } else {
                behind.max(at)
            };
            stuck = again;
        }
    }

    /// Masks the start of a statement, up to where the next one may begin; that may be inside of this one.
    fn statement(&mut self, at: usize, close: usize) -> usize {
        let next = self.next(at);
        match self.kind(at) {
            LBrace => {
                self.block(at);
                self.behind(at)
            }
            // `if time_after(…)`: the macro's own parentheses are those of the statement.
            KwIf | KwWhile if self.is(next, Ident) && self.is(self.next(next), LParen) => {
                self.hide_word(next, next + 1);
                at
            }
            KwIf | KwWhile | KwSwitch if self.is(next, LParen) => {
                self.expression(self.next(next), self.mate(next));
                self.behind(next)
            }
            KwFor if self.is(next, LParen) => {
                self.for_header(next);
                self.behind(next)
            }
            KwDo => {
                self.end_of_do(next);
                next
            }
            KwElse | Semicolon => next,
            KwCase => {
                let colon = self.case_colon(next, close);
                self.expression(next, colon);
                self.behind_label(colon, close)
            }
            KwDefault => self.behind_label(next, close),
            Ident if self.is(next, Colon) => self.behind_label(next, close),
            _ if self.declares(at, close) => self.declaration(at, close, Place::Block),
            Ident if self.is(next, LParen) => self.macro_or_call(at, close),
            Ident if self.is(next, LBrace) => {
                self.hide_word(at, next);
                next
            }
            Ident if self.lacks_semicolon(at, next, close) => {
                self.hide_word(at, next);
                next
            }
            _ => self.plain_statement(at, close),
        }
    }

    fn plain_statement(&mut self, at: usize, close: usize) -> usize {
        let end = self.find(at, close, &[Semicolon]);
        self.expression(at, end);
        if end < close && self.is(end, Semicolon) {
            self.next(end)
        } else {
            end
        }
    }

    /// `do { … } while_each_x(…);` ends with a macro.
    fn end_of_do(&mut self, open: usize) {
        let name = self.behind(open);
        if self.is(open, LBrace) && self.is(name, Ident) && self.is(self.next(name), LParen) {
            self.replace_macro(name, name + 1, b"while", KwWhile);
        }
    }

    /// The colon of a `case`, behind those of conditional expressions.
    fn case_colon(&self, from: usize, close: usize) -> usize {
        let mut questions = 0usize;
        let mut at = from;
        loop {
            at = self.find(at, close, &[Question, Colon, Semicolon]);
            match self.kind(at) {
                Question => questions += 1,
                Colon if questions > 0 => questions -= 1,
                _ => return at,
            }
            at = self.next(at);
        }
    }

    /// lang-c wants a statement behind a label; a declaration or the end of the block is none.
    fn behind_label(&mut self, colon: usize, close: usize) -> usize {
        let mut next = self.next(colon);
        // An attribute macro may stand behind a label of `goto`.
        while self.names_attribute(next) && self.first_on_line(self.next(next)) {
            let end = self.next(next);
            self.hide_word(next, end);
            next = end;
        }
        if (next >= close || self.declares(next, close)) && !self.insert_behind(colon, b';') {
            let (start, end) = (self.tokens[colon].start, self.tokens[colon].end);
            self.hidden.push(TextRange::new(start, end));
            self.write(start, b";");
        }
        next
    }

    /// A name alone on its line in front of a statement: a macro that brings its own semicolon, or none.
    fn lacks_semicolon(&self, at: usize, next: usize, close: usize) -> bool {
        let apart = self.first_on_line(next);
        next >= close
            || apart && self.kind(next).starts_statement()
            || apart && self.is_shouted(at) && (self.kind(next).starts_declaration() || self.is(next, Ident))
    }

    fn for_header(&mut self, open: usize) {
        let first = self.next(open);
        let close = self.mate(open);
        let mut from = first;
        if self.declares(first, close) {
            from = self.declaration(first, close, Place::Block);
        }
        self.expression(from.min(close), close);
    }

    /// A statement that begins with `NAME(…)`.
    fn macro_or_call(&mut self, at: usize, close: usize) -> usize {
        let open = self.next(at);
        let next = self.behind(open);
        let own_line = self.first_on_line(next);
        let deeper = self.indentation(next) > self.indentation(at);
        let iterates = iterates(self.bytes(at));
        match self.kind(next) {
            _ if next >= close => {
                self.arguments(open);
                self.add_semicolon(self.mate(open));
                close
            }
            Semicolon => {
                self.arguments(open);
                self.next(next)
            }
            // `DECLARE_X(…) = { … };`
            Eq if self.is(self.next(next), LBrace) => {
                let declared = [self.int_name, b' ', b'x'];
                self.replace_macro(at, self.mate(open) + 1, &declared, Ident);
                self.plain_statement(next, close)
            }
            LBrace => self.loop_macro(at),
            KwElse => {
                self.arguments(open);
                self.add_semicolon(self.mate(open));
                next
            }
            // `NAME(x) __attribute;` and `TYPE(x) name;` on one line.
            Ident if !own_line && !iterates && self.ends_declarator(self.next(next)) => {
                if self.names_attribute(next) {
                    self.arguments(open);
                    self.hide_word(next, next + 1);
                    return self.plain_statement(self.next(next), close);
                }
                let int_name = [self.int_name];
                self.replace_macro(at, self.mate(open) + 1, &int_name, KwBuiltinType);
                self.declaration(at, close, Place::Block)
            }
            Ident if !own_line && self.names_attribute(next) => {
                self.arguments(open);
                let end = self.group_end(self.next(next)).max(next + 1);
                self.hide_word(next, end);
                self.plain_statement(self.next(next), close)
            }
            Star | Amp | PlusPlus | MinusMinus | LParen | Ident | String
                if own_line && !deeper && !iterates =>
            {
                if self.is(next, LParen) && !self.is(self.next(next), Star) {
                    return self.plain_statement(at, close);
                }
                self.arguments(open);
                self.add_semicolon(self.mate(open));
                next
            }
            kind if kind == Ident || kind.starts_statement() || kind.starts_declaration() => {
                // `ASSERT(x) LOG(y);` on one line are two macros.
                let calls = !own_line && kind == Ident && self.is(self.next(next), LParen);
                if !iterates && (calls || own_line && !deeper) {
                    self.arguments(open);
                    self.add_semicolon(self.mate(open));
                    return next;
                }
                self.loop_macro(at)
            }
            Star | PlusPlus | MinusMinus | LParen if iterates => self.loop_macro(at),
            _ => self.plain_statement(at, close),
        }
    }

    fn ends_declarator(&self, at: usize) -> bool {
        matches!(self.kind(at), Semicolon | Eq | Comma | LBracket)
    }

    /// `for_each_x(…)` with a body becomes `while     (…)`; without arguments it is nothing but its body.
    fn loop_macro(&mut self, at: usize) -> usize {
        let open = self.next(at);
        let behind = self.behind(open);
        if self.next(open) == self.mate(open) {
            self.hide_macro(at, behind);
            return behind;
        }
        self.arguments(open);
        let start = self.tokens[at].start;
        let length = self.bytes(at).len();
        let body = if self.is(behind, LBrace) {
            behind
        } else {
            self.find(behind, self.tokens.len(), &[Semicolon])
        };
        // An `else` behind a loop belongs to an `if` around it; behind another macro, to that of the macro.
        let branches = self.is(self.behind(body), KwElse) && !iterates(self.bytes(at));
        let keyword: &[u8] = if length >= 5 && !branches { b"while" } else { b"if" };
        if self.replace_macro(at, at + 1, keyword, KwWhile) {
            self.loops.push(start);
        } else {
            self.hide_macro(at, behind);
        }
        behind
    }
}

/// Whether a macro's name says that it iterates; its layout decides for other names.
fn iterates(name: &[u8]) -> bool {
    name.starts_with(b"for_")
        || [&b"for_each"[..], b"foreach", b"FOR_EACH", b"FOREACH"]
            .into_iter()
            .any(|part| memchr::memmem::find(name, part).is_some())
}
