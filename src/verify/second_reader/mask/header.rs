//! The header of a function: everything in front of its body.

use crate::syntax::SyntaxKind::*;

use super::declarations::Place;
use super::{Masker, Unmaskable};

impl Masker<'_> {
    /// Masks the header and gives the brace that begins the body.
    pub(super) fn header(&mut self, plain: bool) -> Result<usize, Unmaskable> {
        let body = self.body().ok_or(Unmaskable::NoBody)?;
        match self.declared_name(body) {
            Some(name) if !plain => self.written_header(name, body),
            _ => self.plain_header(body),
        }
        // What stands behind the body belongs to something else.
        let close = self.mate(body);
        self.hide(close + 1, self.tokens.len());
        Ok(body)
    }

    /// The last brace at the outer level begins the body; braces before it belong to types of the header.
    fn body(&self) -> Option<usize> {
        let mut found = None;
        let mut at = 0;
        while at < self.tokens.len() {
            if self.is(at, LBrace) {
                found = Some(at);
                // A macro in front of the body may be all there is of the header, so only `struct x {` goes on.
                let before = self.before(at);
                let of_type = before.is_some_and(|before| {
                    self.kind(before).starts_type()
                        || self.is(before, Ident)
                            && self
                                .before(before)
                                .is_some_and(|tag| matches!(self.kind(tag), KwStruct | KwUnion | KwEnum))
                });
                if !of_type {
                    break;
                }
            }
            at = self.behind(at);
        }
        found
    }

    /// The name that the header declares: the first one with parameters behind it and a type before it.
    fn declared_name(&self, body: usize) -> Option<usize> {
        let mut candidates = Vec::new();
        let mut typed = false;
        let mut at = 0;
        while at < body {
            let next = self.next(at);
            match self.kind(at) {
                Ident if self.is(next, LParen) => {
                    if typed {
                        let second = self.behind(next);
                        let group = if self.is(second, LParen) { second } else { next };
                        if self.looks_like_parameters(group) {
                            return Some(at);
                        }
                        candidates.push(at);
                    }
                    at = self.behind(next);
                    continue;
                }
                // A parenthesised declarator: `int (*f(int a))(int b)`. It isn't worth reading.
                LParen => return None,
                Semicolon => break,
                KwStorage | KwQualifier => {}
                KwTypeof => {
                    typed = true;
                    at = self.group_end(next).max(next);
                    continue;
                }
                _ => typed = true,
            }
            at = next;
        }
        // Only an old-style definition has a parameter list without types.
        let old_style = self.before(body).is_some_and(|last| self.is(last, Semicolon));
        let unnamed = candidates.len() == 1;
        candidates.into_iter().rev().find(|_| old_style || unnamed)
    }

    fn written_header(&mut self, name: usize, body: usize) {
        let Some(mut at) = self.specifiers(0, name, Place::Header) else {
            return self.plain_header(body);
        };
        while at < name {
            let next = self.next(at);
            if !matches!(self.kind(at), Star | KwQualifier) {
                self.hide_word(at, next);
            }
            at = next;
        }
        let mut open = self.next(name);
        if self.is(self.behind(open), LParen) {
            let second = self.behind(open);
            self.hide_word(open, second);
            open = second;
        }
        self.parameters(open);
        let mut at = self.behind(open);
        let old_style = self.before(body).is_some_and(|last| self.is(last, Semicolon));
        while at < body {
            if old_style && !self.names_attribute(at) {
                at = self.declaration(at, body, Place::Block).max(self.next(at));
            } else {
                let next = self.next(at);
                self.hide_word(at, next);
                at = next;
            }
        }
    }

    /// Puts `T f()` in the place of the header.
    fn plain_header(&mut self, body: usize) {
        let header = [self.int_name, b' ', b'f', b'(', b')'];
        self.stand_in(0, body, &header, Ident);
    }
}
