//! Reading the tokens, and the rules that look at one token and its neighbours.

use crate::syntax::SyntaxKind::*;
use crate::syntax::lex;

use super::{Masker, Token, Unmaskable, Way, branches, limits};
use crate::text::TextRange;

/// Names that lang-c takes for keywords, though they are ordinary identifiers here.
const RESERVED: [&[u8]; 13] = [
    b"__FUNCTION__",
    b"__PRETTY_FUNCTION__",
    b"__builtin_offsetof",
    b"__builtin_va_arg",
    b"__complex",
    b"__complex__",
    b"__func__",
    b"__imag",
    b"__imag__",
    b"__null",
    b"__real",
    b"__real__",
    b"_Imaginary",
];

impl<'s> Masker<'s> {
    /// Lexes the source; comments, directives and branches not taken become blanks, literals lose their contents.
    pub(super) fn read(
        source: &'s [u8],
        is_type: &'s dyn Fn(&[u8]) -> bool,
        way: Way<'_>,
    ) -> Result<Self, Unmaskable> {
        let lexed = lex(source);
        let kinds = branches::active(source, &lexed, way);
        let mut masker = Masker {
            out: source.to_vec(),
            tokens: Vec::with_capacity(lexed.len() / 2),
            is_type,
            types: Default::default(),
            variables: Default::default(),
            int_name: 0,
            hidden: Vec::new(),
            added: Vec::new(),
            loops: Vec::new(),
            liberties: Vec::new(),
        };
        let mut letters = [false; 26];
        let mut line = Line::default();
        for (index, &kind) in kinds.iter().enumerate().take(lexed.len()) {
            let TextRange { start, end } = lexed.range(index);
            let first_on_line = line.is_blank;
            line.pass(&source[start as usize..end as usize]);
            if kind.is_trivia() || kind == Unknown {
                masker.blank(start, end);
                if !lexed.kind(index).is_trivia() {
                    masker.hidden.push(TextRange::new(start, end));
                }
                continue;
            }
            if let [letter @ b'A'..=b'Z'] = masker.out[start as usize..end as usize] {
                letters[(letter - b'A') as usize] = true;
            }
            masker.tokens.push(Token {
                kind,
                start,
                end,
                mate: 0,
                first_on_line,
                indentation: line.indentation,
            });
        }
        let free = (b'A'..=b'Z')
            .rev()
            .find(|letter| !letters[(letter - b'A') as usize]);
        masker.int_name = free.ok_or(Unmaskable::NoName)?;
        for index in 0..masker.tokens.len() {
            masker.plain_token(index);
        }
        masker.match_brackets()?;
        Ok(masker)
    }

    /// Gives a token a spelling that lang-c knows.
    fn plain_token(&mut self, index: usize) {
        let Token { kind, start, end, .. } = self.tokens[index];
        let (from, to) = (start as usize, end as usize);
        match kind {
            Ident => {
                if RESERVED.contains(&&self.out[from..to]) {
                    self.out[from] = b'x';
                }
                for byte in &mut self.out[from..to] {
                    if !byte.is_ascii() || *byte == b'$' {
                        *byte = b'x';
                    }
                }
            }
            // Any preprocessing number may stand there, also one that is pasted to something by a macro.
            Number => self.out[from..to].fill(b'1'),
            Char | String => {
                let quote = if kind == Char { b'\'' } else { b'"' };
                let open = self.out[from..to]
                    .iter()
                    .position(|&byte| byte == quote)
                    .unwrap_or(0);
                self.out[from..from + open].fill(b' ');
                if kind == String {
                    self.out[from + open + 1..to - 1].fill(b'x');
                } else {
                    // Not in the place of the quote: `case'a'` would become one word.
                    self.out[from + open..to].fill(b' ');
                    self.write(start + open as u32 + 1, b"1");
                }
            }
            KwBuiltinType => {
                let native: [&[u8]; 12] = [
                    b"void",
                    b"char",
                    b"short",
                    b"int",
                    b"long",
                    b"float",
                    b"double",
                    b"signed",
                    b"unsigned",
                    b"_Bool",
                    b"_Complex",
                    b"__builtin_va_list",
                ];
                if !native.contains(&&self.out[from..to]) {
                    self.respell(start, end, b"int");
                }
            }
            KwAutoType => self.respell(start, end, b"int"),
            // lang-c knows `__alignof__` of types only.
            KwAlignof => self.respell(start, end, b"sizeof"),
            KwTypeof => self.respell(start, end, b"typeof"),
            KwQualifier => {
                let bare = self.out[from..to].trim_ascii();
                let bare: &[u8] = match bare.iter().find(|&&byte| byte != b'_') {
                    Some(b'v') => b"volatile",
                    Some(b'r') => b"restrict",
                    _ => b"const",
                };
                self.respell(start, end, bare);
            }
            _ => {}
        }
    }

    fn respell(&mut self, start: u32, end: u32, text: &[u8]) {
        if text.len() <= (end - start) as usize {
            self.blank(start, end);
            self.write(start, text);
        }
    }

    /// Finds the mate of each bracket, and drops hidden tokens on the way.
    pub(super) fn match_brackets(&mut self) -> Result<(), Unmaskable> {
        self.tokens.retain(|token| token.kind != Tombstone);
        let mut open: Vec<usize> = Vec::new();
        for index in 0..self.tokens.len() {
            self.tokens[index].mate = index;
            let opening = match self.tokens[index].kind {
                LParen | LBrace | LBracket => {
                    open.push(index);
                    // The rules recurse as deep as brackets nest.
                    limits::check_nesting(open.len())?;
                    continue;
                }
                RParen => LParen,
                RBrace => LBrace,
                RBracket => LBracket,
                _ => continue,
            };
            let mate = open.pop().ok_or(Unmaskable::Brackets)?;
            if self.tokens[mate].kind != opening {
                return Err(Unmaskable::Brackets);
            }
            self.tokens[mate].mate = index;
            self.tokens[index].mate = mate;
        }
        if open.is_empty() {
            Ok(())
        } else {
            Err(Unmaskable::Brackets)
        }
    }

    /// Applies the rules that need no more than a token and its neighbours.
    pub(super) fn simplify(&mut self) {
        let mut at = 0;
        while at < self.tokens.len() {
            self.simplify_at(at);
            at = self.next(at);
        }
    }

    fn simplify_at(&mut self, at: usize) {
        let next = self.next(at);
        match self.kind(at) {
            KwAttribute | KwAlignas => self.hide(at, self.group_end(next)),
            KwStaticAssert => self.hide(at, self.group_end(next)),
            KwExtension | KwInline => self.hide(at, next),
            Hash | HashHash => self.hide_word(at, next),
            KwStorage if matches!(self.bytes(at), b"__thread" | b"_Thread_local") => self.hide(at, next),
            KwAsm => self.assembler(at),
            KwLabel => self.hide(at, self.find(at, self.tokens.len(), &[Semicolon])),
            KwGeneric => {
                self.stand_in(at, self.group_end(next), b"1", Number);
            }
            KwGoto if self.is(next, Star) => {
                let end = self.find(next, self.tokens.len(), &[Semicolon]);
                self.stand_in(next, end, b"x", Ident);
            }
            Question if self.is(next, Colon) => self.fill_middle(at, next),
            AmpAmp if self.is(next, Ident) && self.expects_operand(at) => {
                let start = self.tokens[at].start;
                self.write(start, b"& ");
                self.tokens[at].kind = Amp;
            }
            String => self.unglue(at),
            _ => {}
        }
    }

    /// One past the parenthesised group at `open`, or `open` when there is none.
    pub(super) fn group_end(&self, open: usize) -> usize {
        if self.is(open, LParen) {
            self.mate(open) + 1
        } else {
            open
        }
    }

    /// Whether an operand, and no operator, is due at a token.
    fn expects_operand(&self, at: usize) -> bool {
        self.before(at).is_none_or(|before| {
            !matches!(
                self.kind(before),
                Ident | Number | Char | String | RParen | RBracket | PlusPlus | MinusMinus
            )
        })
    }

    /// An asm statement becomes `;`, an asm label nothing.
    fn assembler(&mut self, at: usize) {
        let mut open = self.next(at);
        while matches!(self.kind(open), KwQualifier | KwInline | KwGoto | Ident) {
            open = self.next(open);
        }
        let end = self.group_end(open);
        let in_declaration = self.before(at).is_some_and(|before| {
            matches!(self.kind(before), Ident | RBracket) || self.is(before, RParen) && self.is(end, Eq)
        });
        if in_declaration || self.is(end, Semicolon) {
            self.hide(at, end);
        } else {
            self.stand_in(at, end, b";", Semicolon);
        }
    }

    /// `a ?: b` gets a middle; without a blank at hand, the nearest operator stands in.
    fn fill_middle(&mut self, question: usize, colon: usize) {
        let (start, end) = (self.tokens[question].start, self.tokens[colon].start);
        if end > start + 1 {
            self.write(start + 1, b"1");
            self.added.push(start + 1);
        } else if self
            .out
            .get(end as usize + 1)
            .is_some_and(|byte| matches!(byte, b' ' | b'\t'))
        {
            self.write(start, b"?1:");
            self.tokens[colon].start += 1;
            self.tokens[colon].end += 1;
        } else if start > 0 && matches!(self.out[start as usize - 1], b' ' | b'\t') {
            self.write(start - 1, b"?1:");
            self.tokens[question].start -= 1;
            self.tokens[question].end -= 1;
        } else {
            self.hidden.push(TextRange::new(start, end + 1));
            self.write(start, b"||");
            self.tokens[question].kind = PipePipe;
            self.tokens[question].end += 1;
            self.tokens[colon].kind = Tombstone;
        }
    }

    /// Hides the macros that are glued to a string: `"%" PRIu64 "\n"`, `KERN_ERR "…"`, `FMT(x) "…"`.
    fn unglue(&mut self, at: usize) {
        while let Some(before) = self.before(at) {
            if self.is(before, Ident) {
                self.hide_word(before, before + 1);
                continue;
            }
            let open = self.mate(before);
            let name = self
                .before(open)
                .filter(|&name| self.is(before, RParen) && self.is(name, Ident));
            match name {
                Some(name) => self.hide_word(name, before + 1),
                None => break,
            }
        }
        loop {
            let behind = self.next(at);
            if !self.is(behind, Ident) {
                break;
            }
            let open = self.next(behind);
            self.hide_word(behind, self.group_end(open).max(behind + 1));
        }
    }
}

/// How far a line has been read.
struct Line {
    is_blank: bool,
    indentation: u32,
}

impl Default for Line {
    fn default() -> Self {
        Self {
            is_blank: true,
            indentation: 0,
        }
    }
}

impl Line {
    fn pass(&mut self, text: &[u8]) {
        let from = match memchr::memrchr(b'\n', text) {
            Some(at) => {
                *self = Self::default();
                at + 1
            }
            None => 0,
        };
        for &byte in &text[from..] {
            match byte {
                _ if !self.is_blank => break,
                b' ' => self.indentation += 1,
                b'\t' => self.indentation = (self.indentation / 8 + 1) * 8,
                byte if byte.is_ascii_whitespace() => {}
                _ => self.is_blank = false,
            }
        }
    }
}
