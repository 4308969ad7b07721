//! Events: what the grammar says of a text, before it is a tree.

use super::kind::SyntaxKind::{self, *};
use super::lexer::Tokens;
use super::stream::{Island, Region, Stream};
use super::tree::{Node, Tree};

/// The begin or the end of a node.
#[derive(Clone, Copy, Debug)]
pub(super) struct Event {
    /// Kind of the node that begins; unused at an end.
    pub kind: SyntaxKind,
    pub is_end: bool,
    /// Position in the stream: of the first unit at a begin, one past the last unit at an end.
    pub at: u32,
    /// How many events further on the node begins that is around this one; 0 if it was not preceded.
    pub outer: u32,
}

/// The events of one region of the stream.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Span {
    pub start: usize,
    pub end: usize,
}

/// Makes a tree of the events. `main` holds those of the main region; `contents[i]` those of the island `i`.
pub(super) fn build(
    tokens: Tokens,
    stream: &Stream,
    mut events: Vec<Event>,
    main: Span,
    contents: &[Span],
) -> Tree {
    let mut builder = Builder {
        stream,
        contents,
        nodes: Vec::with_capacity(events.len() / 2 + stream.islands.len() + 1),
        open: Vec::new(),
        hidden: 0,
        island: 0,
    };
    let end = tokens.len() as u32;
    builder.open(SourceFile, 0);
    builder.replay(&mut events, main);
    builder.islands(&mut events, end);
    builder.close(end);
    let nodes = builder.nodes;
    Tree { tokens, nodes }
}

struct Builder<'s> {
    stream: &'s Stream,
    contents: &'s [Span],
    nodes: Vec<Node>,
    /// The nodes that are not closed yet.
    open: Vec<u32>,
    /// How many nodes below the deepest one are left out.
    hidden: usize,
    /// The next island to place.
    island: usize,
}

impl Builder<'_> {
    fn open(&mut self, kind: SyntaxKind, first: u32) {
        if self.open.len() >= Tree::MAX_DEPTH {
            if let Some(&deepest) = self.open.last() {
                self.nodes[deepest as usize].kind = Opaque;
            }
            self.hidden += 1;
            return;
        }
        let parent = self.open.last().copied().unwrap_or(0);
        self.open.push(self.nodes.len() as u32);
        self.nodes.push(Node {
            kind,
            parent,
            first,
            end: first,
            next: 0,
        });
    }

    fn close(&mut self, end: u32) {
        if self.hidden > 0 {
            self.hidden -= 1;
            return;
        }
        let next = self.nodes.len() as u32;
        if let Some(index) = self.open.pop() {
            let node = &mut self.nodes[index as usize];
            node.end = end.max(node.first);
            node.next = next;
        }
    }

    /// Places the islands that begin before the token `until`.
    fn islands(&mut self, events: &mut [Event], until: u32) {
        while let Some(island) = self.stream.islands.get(self.island)
            && island.first < until
        {
            let content = self.contents[self.island];
            self.island += 1;
            self.place(events, island, content);
        }
    }

    fn place(&mut self, events: &mut [Event], island: &Island, content: Span) {
        self.open(island.kind, island.first);
        if island.params.0 < island.params.1 {
            self.open(MacroParams, island.params.0);
            self.close(island.params.1);
        }
        if island.kind == InactiveBranch {
            self.replay(events, content);
            self.islands(events, island.end);
        } else if let Region { start, end } = island.content
            && start < end
        {
            self.open(MacroBody, self.stream.units[start as usize].token);
            self.replay(events, content);
            self.close(self.stream.units[end as usize - 1].end());
        }
        self.close(island.end);
    }

    fn replay(&mut self, events: &mut [Event], span: Span) {
        let mut outer_kinds = Vec::new();
        for index in span.start..span.end {
            let event = events[index];
            if event.is_end {
                // A node without units ends where it began.
                if event.at > 0
                    && let Some(last) = self.stream.units.get(event.at as usize - 1)
                {
                    let end = last.end();
                    self.islands(events, end);
                    self.close(end);
                } else {
                    self.close(0);
                }
                continue;
            }
            if event.kind == Tombstone {
                continue;
            }
            outer_kinds.clear();
            outer_kinds.push(event.kind);
            let mut at = index;
            while events[at].outer > 0 {
                at += events[at].outer as usize;
                outer_kinds.push(events[at].kind);
                events[at].kind = Tombstone;
            }
            let first = match self.stream.units.get(event.at as usize) {
                Some(unit) => unit.token,
                None => self.stream.units.last().map_or(0, |unit| unit.end()),
            };
            self.islands(events, first);
            while let Some(kind) = outer_kinds.pop() {
                self.open(kind, first);
            }
        }
    }
}
