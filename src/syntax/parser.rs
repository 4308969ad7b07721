//! The parser's hands: look at units, take them, open and close nodes. What C looks like is the grammar's business.

use super::event::{Event, Span};
use super::kind::SyntaxKind::{self, *};
use super::lexer::Tokens;
use super::names::Names;
use super::stream::{NO_MATE, Region, Stream};

/// How deeply the grammar's functions may call each other.
const MAX_NESTING: u32 = 400;

/// A node that is open.
#[must_use]
#[derive(Clone, Copy)]
pub(super) struct Marker(usize);

/// A node that is closed and can get one around it.
#[derive(Clone, Copy)]
pub(super) struct Completed(usize);

/// A place to go back to.
#[derive(Clone, Copy)]
pub(super) struct Checkpoint {
    at: u32,
    events: usize,
}

pub(super) struct Parser<'s> {
    text: &'s [u8],
    tokens: &'s Tokens,
    stream: &'s Stream,
    pub names: &'s Names,
    /// The text is the body of a semantic-patch rule.
    pub pattern: bool,
    events: Vec<Event>,
    at: u32,
    /// Nothing from here on may be read.
    end: u32,
    nesting: u32,
    /// The region may end inside of a block.
    is_fragment: bool,
    /// Something did not fit since the innermost statement, item or bracket began.
    failed: bool,
}

impl<'s> Parser<'s> {
    pub fn new(text: &'s [u8], tokens: &'s Tokens, stream: &'s Stream, names: &'s Names) -> Self {
        let events = Vec::with_capacity(stream.units.len());
        Self {
            text,
            tokens,
            stream,
            names,
            pattern: false,
            events,
            at: 0,
            end: 0,
            nesting: 0,
            is_fragment: false,
            failed: false,
        }
    }

    /// Parses a region that may begin and end in the middle of a construct.
    pub fn fragment(&mut self, region: Region, grammar: impl FnOnce(&mut Self)) -> Span {
        self.is_fragment = true;
        let span = self.region(region, grammar);
        self.is_fragment = false;
        span
    }

    /// Parses one region with `grammar`; what it leaves is opaque.
    pub fn region(&mut self, region: Region, grammar: impl FnOnce(&mut Self)) -> Span {
        let start = self.events.len();
        (self.at, self.end, self.nesting, self.failed) = (region.start, region.end, 0, false);
        grammar(self);
        self.opaque_until(region.end);
        Span {
            start,
            end: self.events.len(),
        }
    }

    pub fn into_events(self) -> Vec<Event> {
        self.events
    }

    // Looking.

    /// Kind of the next unit; `Eof` at the end of the bracket or region.
    #[inline]
    pub fn current(&self) -> SyntaxKind {
        if self.at < self.end {
            self.stream.units[self.at as usize].kind
        } else {
            Eof
        }
    }

    #[inline]
    pub fn nth(&self, ahead: u32) -> SyntaxKind {
        self.kind_at(self.at + ahead)
    }

    /// Kind of the unit at a position; `Eof` past the end.
    #[inline]
    pub fn kind_at(&self, at: u32) -> SyntaxKind {
        if at < self.end {
            self.stream.units[at as usize].kind
        } else {
            Eof
        }
    }

    #[inline]
    pub fn is_at(&self, kind: SyntaxKind) -> bool {
        self.current() == kind
    }

    #[inline]
    pub fn at_end(&self) -> bool {
        self.at >= self.end
    }

    #[inline]
    pub fn position(&self) -> u32 {
        self.at
    }

    pub fn end(&self) -> u32 {
        self.end
    }

    /// Position of the bracket that closes the one at `at`, if it is in reach.
    #[inline]
    pub fn mate(&self, at: u32) -> Option<u32> {
        let mate = *self.stream.mates.get(at as usize)?;
        (mate != NO_MATE && mate > at && mate < self.end).then_some(mate)
    }

    /// Text of the unit at a position.
    pub fn text_at(&self, at: u32) -> &'s [u8] {
        if at >= self.end {
            return b"";
        }
        let unit = self.stream.units[at as usize];
        let start = self.tokens.start(unit.token as usize) as usize;
        let end = self.tokens.start(unit.end() as usize) as usize;
        &self.text[start..end]
    }

    /// Whether a line break stands before the unit at a position; true at the end.
    pub fn is_on_new_line(&self, at: u32) -> bool {
        if at == 0 || at >= self.end {
            return true;
        }
        let (before, unit) = (self.stream.units[at as usize - 1], self.stream.units[at as usize]);
        let from = self.tokens.start(before.end() as usize) as usize;
        let to = self.tokens.start(unit.token as usize) as usize;
        self.text
            .get(from..to)
            .is_none_or(|between| memchr::memchr(b'\n', between).is_some())
    }

    /// The column at which the unit at a position begins, from 0 and with tabs of 8, if it is the first on its line.
    pub fn indentation(&self, at: u32) -> Option<usize> {
        /// Deeper indented is nothing, and the search back must not cross a long line.
        const DEEPEST: usize = 160;
        let unit = self.stream.units.get(at as usize)?;
        let start = self.tokens.start(unit.token as usize) as usize;
        let before = self.text.get(start.saturating_sub(DEEPEST)..start)?;
        let line = memchr::memrchr(b'\n', before).map(|at| &before[at + 1..]);
        let blanks = line.or((before.len() == start).then_some(before))?;
        blanks.iter().try_fold(0, |column, byte| match byte {
            b'\t' => Some((column / 8 + 1) * 8),
            b' ' => Some(column + 1),
            _ => None,
        })
    }

    // Taking.

    #[inline]
    pub fn bump(&mut self) {
        if self.at < self.end {
            self.at += 1;
        }
    }

    /// Takes the next unit if it is of this kind.
    #[inline]
    pub fn eat(&mut self, kind: SyntaxKind) -> bool {
        let found = self.current() == kind;
        if found {
            self.at += 1;
        }
        found
    }

    /// Takes the next unit, which has to be of this kind.
    pub fn expect(&mut self, kind: SyntaxKind) {
        if !self.eat(kind) {
            self.failed = true;
        }
    }

    pub fn fail(&mut self) {
        self.failed = true;
    }

    pub fn has_failed(&self) -> bool {
        self.failed
    }

    /// Takes all units before a position.
    pub fn take_until(&mut self, at: u32) {
        self.at = at.clamp(self.at, self.end);
    }

    // Nodes.

    pub fn open(&mut self) -> Marker {
        self.events.push(Event {
            kind: Tombstone,
            is_end: false,
            at: self.at,
            outer: 0,
        });
        Marker(self.events.len() - 1)
    }

    /// Closes a node; one without units vanishes.
    pub fn close(&mut self, marker: Marker, kind: SyntaxKind) -> Completed {
        let start = &mut self.events[marker.0];
        if start.at < self.at {
            start.kind = kind;
            self.events.push(Event {
                kind,
                is_end: true,
                at: self.at,
                outer: 0,
            });
        }
        Completed(marker.0)
    }

    /// Opens a node around a closed one.
    pub fn precede(&mut self, inner: Completed) -> Marker {
        let at = self.events[inner.0].at;
        self.events.push(Event {
            kind: Tombstone,
            is_end: false,
            at,
            outer: 0,
        });
        let outer = self.events.len() - 1;
        if self.events[inner.0].kind != Tombstone {
            self.events[inner.0].outer = (outer - inner.0) as u32;
        }
        Marker(outer)
    }

    /// Kind of a closed node.
    pub fn kind_of(&self, node: Completed) -> SyntaxKind {
        self.events[node.0].kind
    }

    pub fn checkpoint(&self) -> Checkpoint {
        Checkpoint {
            at: self.at,
            events: self.events.len(),
        }
    }

    /// Takes back all since the checkpoint. Nodes that were closed before it must not have been preceded since.
    pub fn restore(&mut self, checkpoint: Checkpoint) {
        self.at = checkpoint.at;
        self.events.truncate(checkpoint.events);
    }

    // Recovery.

    /// Makes all units up to `until` an opaque node.
    pub fn opaque_until(&mut self, until: u32) {
        let until = until.min(self.end);
        if self.at < until {
            let marker = self.open();
            self.at = until;
            self.close(marker, Opaque);
        }
    }

    /// Runs a part of the grammar one level deeper; past the limit it fails instead.
    pub fn nested<T>(&mut self, grammar: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        if self.nesting >= MAX_NESTING {
            self.failed = true;
            return None;
        }
        self.nesting += 1;
        let result = grammar(self);
        self.nesting -= 1;
        result
    }

    /// Takes an opening bracket, what `grammar` makes of its inside, and the closing bracket. An inside that does not
    /// fit becomes opaque and harms nothing around it. Without a closing bracket it fails.
    pub fn bracketed(&mut self, grammar: impl FnOnce(&mut Self)) {
        let Some(mate) = self.mate(self.at) else {
            let open_block = self.is_fragment && self.is_at(LBrace);
            self.bump();
            if open_block && self.nesting < MAX_NESTING {
                self.nesting += 1;
                grammar(self);
                self.nesting -= 1;
            } else {
                self.failed = true;
            }
            return;
        };
        self.bump();
        self.contained(mate, grammar);
        self.bump();
    }

    /// Parses what lies before `until`; if it does not fit, it becomes opaque.
    pub fn contained(&mut self, until: u32, grammar: impl FnOnce(&mut Self)) {
        let saved = (self.end, self.failed);
        self.end = until;
        self.failed = false;
        let checkpoint = self.checkpoint();
        if self.nesting >= MAX_NESTING {
            self.opaque_until(until);
        } else {
            self.nesting += 1;
            grammar(self);
            self.nesting -= 1;
            if self.failed || self.at != until {
                self.restore(checkpoint);
                self.opaque_until(until);
            }
        }
        (self.end, self.failed) = saved;
    }

    /// Parses one statement, item or element: if `grammar` fails, all is taken back and `recover` takes units instead.
    pub fn attempt(&mut self, grammar: impl FnOnce(&mut Self), recover: impl FnOnce(&mut Self)) {
        let saved = std::mem::take(&mut self.failed);
        let checkpoint = self.checkpoint();
        grammar(self);
        if self.failed || self.at == checkpoint.at {
            self.restore(checkpoint);
            self.failed = false;
            recover(self);
        }
        self.failed = saved;
    }
}
