//! Declarations: which name is a type, which one is declared, and which ones are attributes.

use crate::syntax::SyntaxKind::*;

use super::Masker;

/// Where a declaration stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Place {
    Block,
    Struct,
    Parameter,
    /// A type name: nothing is declared.
    TypeName,
    /// In front of the name that the header of a function declares.
    Header,
}

impl Masker<'_> {
    /// Whether a declaration begins at a token where a statement may begin.
    pub(super) fn declares(&self, at: usize, end: usize) -> bool {
        let next = self.next(at);
        if at >= end {
            return false;
        }
        if self.kind(at).starts_declaration() {
            return true;
        }
        if !self.is(at, Ident) {
            return false;
        }
        match self.kind(next) {
            kind if kind == Ident || kind.starts_declaration() => {
                next < end && !(self.is_shouted(at) && self.first_on_line(next))
            }
            Star => {
                let name = self.behind_stars(next);
                match self.kind(name) {
                    Ident => matches!(
                        self.kind(self.next(name)),
                        Semicolon | Eq | Comma | LBracket | LParen | RParen | Ident
                    ),
                    LParen => self.is(self.next(name), Star),
                    _ => false,
                }
            }
            LParen => self.points_to_function(next),
            _ => false,
        }
    }

    /// `(*name)(` or `(*name[])(`.
    fn points_to_function(&self, open: usize) -> bool {
        let star = self.next(open);
        self.is(star, Star)
            && self.is(self.behind_stars(star), Ident)
            && matches!(
                self.kind(self.next(self.behind_stars(star))),
                RParen | LBracket | LParen
            )
            && matches!(self.kind(self.behind(open)), LParen | LBracket)
    }

    /// `(*)(`, `(*name)[`, `(*(name[]))`: a pointer declarator in parentheses.
    fn is_star_group(&self, open: usize) -> bool {
        let name = self.behind_stars(self.next(open));
        name == self.mate(open)
            || self.is(name, LParen)
            || self.is(name, Ident) && matches!(self.kind(self.behind(open)), LParen | LBracket)
    }

    fn behind_stars(&self, star: usize) -> usize {
        let mut at = star;
        while matches!(self.kind(at), Star | KwQualifier)
            || self.names_attribute(at) && self.is(self.next(at), Ident)
        {
            at = self.next(at);
        }
        at
    }

    /// Masks a declaration, its semicolon included, and gives what stands behind it.
    pub(super) fn declaration(&mut self, at: usize, end: usize, place: Place) -> usize {
        let Some(from) = self.specifiers(at, end, place) else {
            return self.declaring_macro(at, end);
        };
        let stop = self.declarators(from, end, place);
        if self.is(stop, Semicolon) && stop < end {
            self.next(stop)
        } else {
            stop
        }
    }

    /// `static DEFINE_X(name);`: without a type, only the macro itself can stay.
    fn declaring_macro(&mut self, at: usize, end: usize) -> usize {
        let mut name = at;
        while name < end && !self.is(name, Ident) && !self.is(name, Semicolon) {
            let next = self.next(name);
            self.hide_word(name, next);
            name = next;
        }
        let stop = self.find(name, end, &[Semicolon]);
        let open = self.next(name);
        if self.is(open, LParen) {
            self.arguments(open);
            let behind = self.behind(open);
            if behind < stop {
                self.hide_word(behind, stop);
            }
        }
        if stop < end && self.is(stop, Semicolon) {
            self.next(stop)
        } else {
            stop
        }
    }

    /// Masks the specifiers and gives the first token behind them; `None` when no type is among them.
    pub(super) fn specifiers(&mut self, at: usize, end: usize, place: Place) -> Option<usize> {
        let mut names = Vec::new();
        let mut typed = false;
        let mut at = at;
        while at < end {
            let next = self.next(at);
            match self.kind(at) {
                KwStorage | KwQualifier | KwTypedef => at = next,
                KwBuiltinType | KwAutoType => {
                    typed = true;
                    at = next;
                }
                KwStruct | KwUnion | KwEnum => {
                    typed = true;
                    at = self.tagged(at, end);
                }
                KwTypeof => {
                    typed = true;
                    if self.is(next, LParen) {
                        self.operand_of_sizeof(next);
                    }
                    at = self.group_end(next).max(next);
                    if self.kind(at) == Tombstone {
                        at = self.next(at);
                    }
                }
                Ident if self.is(next, LParen) => {
                    let behind = self.behind(next);
                    if self.is(self.next(next), Star) && self.is_star_group(next) {
                        names.push(at);
                        at = next;
                        break;
                    }
                    if self.looks_like_parameters(next) && !self.is(behind, Ident) {
                        break;
                    }
                    let goes_on = behind < end
                        && (matches!(self.kind(behind), Ident | Star)
                            || self.kind(behind).starts_declaration());
                    if !goes_on {
                        break;
                    }
                    if typed || !names.is_empty() || self.names_attribute(at) {
                        self.hide_word(at, self.mate(next) + 1);
                    } else {
                        let int_name = [self.int_name];
                        self.replace_macro(at, self.mate(next) + 1, &int_name, KwBuiltinType);
                        typed = true;
                    }
                    at = behind;
                }
                Ident => {
                    names.push(at);
                    at = next;
                }
                _ => break,
            }
        }
        let at = at.min(end);
        let name_due = match place {
            Place::TypeName | Place::Header => false,
            _ => at >= end || !matches!(self.kind(at), Star | LParen | Ident),
        };
        self.choose(&names, typed, name_due)
            .map(|declared| declared.unwrap_or(at))
    }

    /// Of the names among the specifiers, keeps the type and the declared one, and hides the rest as attributes.
    fn choose(&mut self, names: &[usize], typed: bool, name_due: bool) -> Option<Option<usize>> {
        let mut rest: Vec<usize> = names.to_vec();
        if !typed && name_due && rest.len() > 1 {
            // The type stands in front of the name, so that the last plain word can't be the type.
            let plain = rest.iter().rposition(|&name| !self.names_attribute(name));
            let declared = plain.filter(|&at| at > 0).unwrap_or(rest.len() - 1);
            let types = &rest[..declared];
            let known = types.iter().position(|&name| self.names_type(name));
            let chosen = known
                .or(types.iter().position(|&name| !self.names_attribute(name)))
                .unwrap_or(0);
            self.types.insert(self.bytes(rest[chosen]).to_vec());
            for (index, &name) in rest.iter().enumerate() {
                if index != chosen && index != declared {
                    self.hide_word(name, name + 1);
                }
            }
            return Some(Some(rest[declared]));
        }
        if !typed {
            let known = rest.iter().position(|&name| self.names_type(name));
            let plain = rest.iter().position(|&name| !self.names_attribute(name));
            let chosen = known.or(plain).or(if rest.is_empty() { None } else { Some(0) })?;
            let name = rest.remove(chosen);
            self.types.insert(self.bytes(name).to_vec());
            // An attribute in front of the type does not become the declared name.
            for &name in &rest[..chosen] {
                self.hide_word(name, name + 1);
            }
            rest.drain(..chosen);
        }
        let plain = rest.iter().rposition(|&name| !self.names_attribute(name));
        let declared = if name_due {
            plain.or(rest.len().checked_sub(1)).map(|at| rest[at])
        } else {
            None
        };
        for &name in rest.iter().filter(|&&name| Some(name) != declared) {
            self.hide_word(name, name + 1);
        }
        Some(declared)
    }

    /// `struct tag`, `struct tag { … }`, `enum { … }`; gives what stands behind it.
    fn tagged(&mut self, keyword: usize, end: usize) -> usize {
        let mut at = self.next(keyword);
        while self.is(at, Ident) && self.is(self.next(at), Ident) && self.is(self.next(self.next(at)), LBrace)
        {
            let next = self.next(at);
            self.hide_word(at, next);
            at = next;
        }
        if at < end && self.is(at, Ident) {
            at = self.next(at);
            // `struct NAME(x)`: a macro that makes the tag.
            if at < end && self.is(at, LParen) && !self.is(self.next(at), Star) {
                let behind = self.behind(at);
                self.hide_word(at, self.mate(at) + 1);
                at = behind;
            }
        }
        if at < end && self.is(at, LBrace) {
            if self.is(keyword, KwEnum) {
                self.enumerators(at);
            } else {
                self.fields(at);
            }
            at = self.behind(at);
        }
        at
    }

    fn enumerators(&mut self, open: usize) {
        for pair in self.separators(open, Comma).windows(2) {
            let from = self.next(pair[0]);
            if from < pair[1] && self.is(self.next(from), LParen) {
                self.replace_macro(from, pair[1], b"x", Ident);
            } else {
                self.expression(from, pair[1]);
            }
        }
    }

    fn fields(&mut self, open: usize) {
        let close = self.mate(open);
        let mut at = self.next(open);
        while at < close {
            let next = self.next(at);
            at = match self.kind(at) {
                Semicolon => {
                    self.hide(at, next);
                    next
                }
                Ident if self.is(next, LParen) && !self.points_to_function(next) => {
                    let behind = self.behind(next);
                    let field = [self.int_name, b' ', b'x'];
                    let last = self.mate(next);
                    self.replace_macro(at, last + 1, &field, Ident);
                    if self.is(behind, Semicolon) {
                        self.next(behind)
                    } else {
                        self.add_semicolon(last);
                        behind
                    }
                }
                _ => self.declaration(at, close, Place::Struct),
            }
            .max(next);
        }
    }

    /// Masks a list of declarators and gives the token that ends it.
    pub(super) fn declarators(&mut self, from: usize, end: usize, place: Place) -> usize {
        let mut at = from;
        let mut named = false;
        while at < end {
            let next = self.next(at);
            at = match self.kind(at) {
                Semicolon | RBrace => return at,
                Comma => {
                    named = false;
                    next
                }
                Eq => {
                    let stop = self.find(next, end, &[Comma, Semicolon]);
                    self.expression(next, stop);
                    stop
                }
                Colon => {
                    let stop = self.find(next, end, &[Comma, Semicolon]);
                    self.expression(next, stop);
                    stop
                }
                LBracket => {
                    self.expression(next, self.mate(at));
                    named = true;
                    self.behind(at)
                }
                LParen if named => {
                    self.parameters(at);
                    self.behind(at)
                }
                LParen => {
                    self.declarators(next, self.mate(at), place);
                    named = true;
                    self.behind(at)
                }
                Ident if named => {
                    self.hide_word(at, self.group_end(next).max(at + 1));
                    self.next(at)
                }
                Ident if self.is(next, Star) && next < end => {
                    self.hide_word(at, at + 1);
                    next
                }
                Ident => self.name(at, end, place, &mut named),
                LBrace => return at,
                _ => next,
            };
        }
        end
    }

    /// A name where one is due, or an attribute in front of it.
    fn name(&mut self, at: usize, end: usize, place: Place, named: &mut bool) -> usize {
        let next = self.next(at);
        if self.is(next, Ident) && next < end {
            let second = self.next(next);
            let attribute =
                self.names_attribute(at) || !self.names_attribute(next) && self.ends_name(second, end);
            if attribute {
                self.hide_word(at, next);
                return next;
            }
        }
        if self.is(next, LParen) && !self.looks_like_parameters(next) {
            let behind = self.behind(next);
            if behind < end && self.is(behind, Ident) && !self.names_attribute(behind) {
                self.hide_word(at, self.mate(next) + 1);
                return behind;
            }
            // A macro that makes a name: its arguments are no parameters.
            self.hide_word(next, self.mate(next) + 1);
        }
        *named = true;
        if place == Place::TypeName {
            self.hide_word(at, at + 1);
        }
        self.next(at)
    }

    fn ends_name(&self, at: usize, end: usize) -> bool {
        at >= end || matches!(self.kind(at), Semicolon | Comma | Eq | LBracket | RParen | Colon)
    }

    /// Masks the parameters of a function declarator.
    pub(super) fn parameters(&mut self, open: usize) {
        let borders = self.separators(open, Comma);
        let old_style = borders.windows(2).all(|pair| {
            let from = self.next(pair[0]);
            self.is(from, Ident) && self.next(from) == pair[1] && !self.names_type(from)
        });
        if old_style {
            return;
        }
        for pair in borders.windows(2) {
            let (from, end) = (self.next(pair[0]), pair[1]);
            if from >= end || self.is(from, Ellipsis) {
                continue;
            }
            if self.is(from, Ident) && self.next(from) == end {
                self.types.insert(self.bytes(from).to_vec());
            } else if let Some(behind) = self.specifiers(from, end, Place::Parameter) {
                self.declarators(behind, end, Place::Parameter);
            } else {
                let int_name = [self.int_name];
                self.replace_argument(from, end, &int_name);
            }
        }
    }

    /// Masks the type in a pair of parentheses.
    pub(super) fn type_name(&mut self, open: usize) {
        let (first, end) = (self.next(open), self.mate(open));
        if let Some(behind) = self.specifiers(first, end, Place::TypeName) {
            self.declarators(behind, end, Place::TypeName);
        }
    }

    /// Whether a group can be the parameters of a function, judged by its first piece.
    pub(super) fn looks_like_parameters(&self, open: usize) -> bool {
        let (first, close) = (self.next(open), self.mate(open));
        let second = self.next(first);
        match self.kind(first) {
            _ if first == close => true,
            Ellipsis => true,
            kind if kind.starts_declaration() => true,
            Ident => match self.kind(second) {
                Ident => true,
                Star => {
                    let behind = self.behind_stars(second);
                    behind >= close
                        || matches!(self.kind(behind), Comma)
                        || self.is(behind, Ident)
                            && matches!(self.kind(self.next(behind)), Comma | RParen | LBracket | Ident)
                }
                LParen => self.points_to_function(second),
                Comma | RParen => self.names_type(first),
                kind => kind.starts_declaration(),
            },
            _ => false,
        }
    }
}
