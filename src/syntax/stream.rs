//! What the parser reads: the tokens that count, in one stream in spite of `#if`.
//!
//! The branches of an `#if` whose parts are whole statements, items or list elements stay in the stream one behind the
//! other. Of any other `#if` (one that opens a brace in both branches, or chooses an operand) one branch stays, and
//! the others are parsed by themselves as [`InactiveBranch`]. Directives are never in the stream; the bodies of
//! `#define` are streams of their own.

use rustc_hash::FxHashMap;

use super::directive::{Directive, DirectiveKind, directives};
use super::kind::SyntaxKind::{self, *};
use super::lexer::Tokens;

/// `mate` of a bracket that has none.
pub(super) const NO_MATE: u32 = u32::MAX;

/// How often branches are split again inside of inactive branches; deeper ones are read as they stand.
const MAX_INACTIVE_DEPTH: u32 = 8;

/// One token that counts; pasted ones (`a ## b`) count as one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unit {
    /// Index of the (first) token.
    pub token: u32,
    /// How many more tokens belong to it.
    pub more: u16,
    pub kind: SyntaxKind,
}

impl Unit {
    /// One past its last token.
    pub fn end(self) -> u32 {
        self.token + 1 + u32::from(self.more)
    }
}

/// A part of the stream that is parsed by itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Region {
    pub start: u32,
    pub end: u32,
}

/// Tokens that are not in the main region: a directive or an inactive branch.
#[derive(Clone, Copy, Debug)]
pub(super) struct Island {
    pub kind: SyntaxKind,
    /// First token.
    pub first: u32,
    /// One past the last token.
    pub end: u32,
    /// The parameters of a function-like macro, parentheses included; tokens, empty if there are none.
    pub params: (u32, u32),
    /// The body of a `#define`, or what the inactive branch holds.
    pub content: Region,
    /// Whether an inactive branch stands outside of any brackets, so that it holds items.
    pub top: bool,
}

/// The streams of one file.
#[derive(Debug)]
pub(super) struct Stream {
    pub units: Vec<Unit>,
    /// Position of the other bracket, or [`NO_MATE`].
    pub mates: Vec<u32>,
    pub main: Region,
    /// Sorted by the first token; an inactive branch stands before the islands in it.
    pub islands: Vec<Island>,
}

impl Stream {
    /// Cuts the tokens of one text into streams, in linear time.
    pub fn new(text: &[u8], tokens: &Tokens) -> Self {
        let directives = directives(text, tokens);
        let mut builder = Builder {
            text,
            tokens,
            directives: &directives,
            units: Vec::with_capacity(tokens.len() / 2 + 8),
            nests: vec![Nest { parent: 0, kind: Eof }],
            known: FxHashMap::default(),
            inactive: Vec::new(),
        };
        let main = builder.region(0, tokens.len() as u32, true);
        let mut islands = Vec::with_capacity(directives.len());
        let mut depth = 0;
        while !builder.inactive.is_empty() {
            depth += 1;
            for Inactive { first, end, top } in std::mem::take(&mut builder.inactive) {
                let content = builder.region(first, end, depth < MAX_INACTIVE_DEPTH);
                islands.push(Island {
                    kind: InactiveBranch,
                    first,
                    end,
                    params: (0, 0),
                    content,
                    top,
                });
            }
        }
        for directive in &directives {
            islands.push(builder.directive(directive));
        }
        islands.sort_by_key(|island| (island.first, std::cmp::Reverse(island.end)));
        let mates = mates(&builder.units, &islands, main);
        Self {
            units: builder.units,
            mates,
            main,
            islands,
        }
    }

    /// One stream of all tokens that count, for texts without directives.
    pub fn plain(tokens: &Tokens) -> Self {
        let units: Vec<Unit> = (0..tokens.len())
            .map(|token| Unit {
                token: token as u32,
                more: 0,
                kind: tokens.kind(token),
            })
            .filter(|unit| !unit.kind.is_trivia())
            .collect();
        let main = Region {
            start: 0,
            end: units.len() as u32,
        };
        let mates = mates(&units, &[], main);
        Self {
            units,
            mates,
            main,
            islands: Vec::new(),
        }
    }
}

/// A level of open brackets; levels form a tree, so that a branch can start where its sibling started.
struct Nest {
    parent: u32,
    kind: SyntaxKind,
}

/// The tokens of a branch that is not in the stream, and whether it stands outside of any brackets.
#[derive(Clone, Copy)]
struct Inactive {
    first: u32,
    end: u32,
    top: bool,
}

struct Builder<'a> {
    text: &'a [u8],
    tokens: &'a Tokens,
    directives: &'a [Directive],
    units: Vec<Unit>,
    nests: Vec<Nest>,
    /// What an earlier choice took a condition for: two halves of one construct must choose alike.
    known: FxHashMap<Vec<u8>, bool>,
    /// Branches to be parsed by themselves.
    inactive: Vec<Inactive>,
}

/// One `#if … #endif` while it is read.
struct Group {
    /// The condition of its first branch: what must be true, and whether it is negated.
    condition: (Vec<u8>, bool),
    start_nest: u32,
    start_unit: usize,
    branches: Vec<Branch>,
}

struct Branch {
    tokens: (u32, u32),
    units: std::ops::Range<usize>,
    /// Where the inactive branches inside of it stand in the list.
    inactive: std::ops::Range<usize>,
    end_nest: u32,
}

impl Builder<'_> {
    /// Reads the tokens `first..end` into a region of their own.
    fn region(&mut self, first: u32, end: u32, split: bool) -> Region {
        let start = self.units.len();
        let mut nest = 0;
        let mut groups: Vec<Group> = Vec::new();
        let mut next = self
            .directives
            .partition_point(|directive| directive.first < first);
        let mut token = first;
        while token < end {
            if let Some(directive) = self.directives.get(next).copied()
                && directive.first == token
            {
                next += 1;
                token = directive.end;
                if split {
                    nest = self.conditional(&directive, nest, &mut groups, start);
                }
                continue;
            }
            let kind = self.tokens.kind(token as usize);
            if !kind.is_trivia() {
                self.units.push(Unit { token, more: 0, kind });
                nest = self.nest(nest, kind);
            }
            token += 1;
        }
        Region {
            start: start as u32,
            end: self.units.len() as u32,
        }
    }

    fn nest(&mut self, nest: u32, kind: SyntaxKind) -> u32 {
        match kind {
            LParen | LBracket | LBrace => {
                self.nests.push(Nest { parent: nest, kind });
                self.nests.len() as u32 - 1
            }
            RParen | RBracket | RBrace => self.nests[nest as usize].parent,
            _ => nest,
        }
    }

    fn conditional(
        &mut self,
        directive: &Directive,
        nest: u32,
        groups: &mut Vec<Group>,
        start: usize,
    ) -> u32 {
        let open = |builder: &Self| Branch {
            tokens: (directive.end, directive.end),
            units: builder.units.len()..builder.units.len(),
            inactive: builder.inactive.len()..builder.inactive.len(),
            end_nest: nest,
        };
        match directive.kind {
            DirectiveKind::If | DirectiveKind::Ifdef | DirectiveKind::Ifndef => {
                groups.push(Group {
                    condition: self.condition(directive),
                    start_nest: nest,
                    start_unit: self.units.len(),
                    branches: vec![open(self)],
                });
                nest
            }
            DirectiveKind::Elif | DirectiveKind::Else => {
                let branch = open(self);
                let Some(group) = groups.last_mut() else {
                    return nest;
                };
                close(
                    group,
                    directive.first,
                    self.units.len(),
                    self.inactive.len(),
                    nest,
                );
                group.branches.push(branch);
                group.start_nest
            }
            DirectiveKind::Endif => {
                let Some(mut group) = groups.pop() else {
                    return nest;
                };
                close(
                    &mut group,
                    directive.first,
                    self.units.len(),
                    self.inactive.len(),
                    nest,
                );
                self.choose(group, start, directive.end)
            }
            _ => nest,
        }
    }

    /// Decides which branches stay in the stream; gives the nesting behind the group.
    fn choose(&mut self, mut group: Group, region_start: usize, behind: u32) -> u32 {
        let (name, negated) = (std::mem::take(&mut group.condition.0), group.condition.1);
        let fixed = fixed_condition(&name).map(|value| value != negated);
        // Positions of the branches that hold anything and may be compiled.
        let mut kept: Vec<usize> = (0..group.branches.len())
            .filter(|&index| match fixed {
                Some(first) => (index == 0) == first,
                None => true,
            })
            .filter(|&index| !group.branches[index].units.is_empty())
            .collect();
        let whole = |branch: &Branch| {
            self.is_whole(&group, branch, region_start)
                // Two heads of one function are no two items.
                && !(self.units[branch.units.end - 1].kind == RParen && self.next_kind(behind) == LBrace)
        };
        if kept.len() > 1 && !kept.iter().all(|&index| whole(&group.branches[index])) {
            let assumed = self.known.get(&name).map(|&value| value != negated);
            kept = vec![kept[usize::from(assumed == Some(false))]];
        }
        if let [only] = kept[..]
            && group.branches[only].end_nest != group.start_nest
            && fixed.is_none()
        {
            let truth = (only == 0) != negated;
            let known = *self.known.entry(name).or_insert(truth);
            if known != truth && group.branches.len() == 1 {
                kept.clear();
            }
        }
        self.keep(&group, &kept)
    }

    /// Takes all branches but the `kept` ones (positions, in order) out of the stream.
    fn keep(&mut self, group: &Group, kept: &[usize]) -> u32 {
        let top = self.nests[group.start_nest as usize].kind == Eof;
        let mut write = group.start_unit;
        let mut still_kept = kept.iter().peekable();
        let mut dropped = Vec::new();
        for (index, branch) in group.branches.iter().enumerate() {
            if still_kept.next_if_eq(&&index).is_some() {
                self.units.copy_within(branch.units.clone(), write);
                write += branch.units.len();
            } else if !branch.units.is_empty() {
                dropped.push(branch);
            }
        }
        self.units.truncate(write);
        // Branches inside of a dropped one are found again when that one is read.
        for branch in dropped.iter().rev() {
            self.inactive.drain(branch.inactive.clone());
        }
        self.inactive.extend(dropped.iter().map(|branch| {
            let (first, end) = branch.tokens;
            Inactive { first, end, top }
        }));
        match kept {
            [only] => group.branches[*only].end_nest,
            _ => group.start_nest,
        }
    }

    /// Whether a branch is a sequence of whole statements, items or list elements.
    fn is_whole(&self, group: &Group, branch: &Branch, region_start: usize) -> bool {
        let kind = |index: usize| self.units[index].kind;
        let around = self.nests[group.start_nest as usize].kind;
        let top = around == Eof;
        if branch.end_nest != group.start_nest || !(top || around == LBrace) {
            return false;
        }
        let ends_element = |kind| match kind {
            Semicolon | RBrace | Colon => true,
            Comma => around == LBrace,
            RParen => top,
            _ => false,
        };
        let first = kind(branch.units.start);
        let behind_boundary = group.start_unit == region_start || {
            let before = kind(group.start_unit - 1);
            before == LBrace || (ends_element(before) && !(before == RParen && first == LBrace))
        };
        let starts_element = !matches!(
            first,
            KwElse | Eq | Comma | RParen | RBracket | Question | Semicolon
        );
        behind_boundary && starts_element && ends_element(kind(branch.units.end - 1))
    }

    /// Kind of the first token from `token` on that counts, a few directives left out.
    fn next_kind(&self, mut token: u32) -> SyntaxKind {
        let mut next = self
            .directives
            .partition_point(|directive| directive.first < token);
        let last = next + 16;
        loop {
            if let Some(directive) = self.directives.get(next)
                && directive.first == token
                && next < last
            {
                next += 1;
                token = directive.end;
                continue;
            }
            match self.tokens.kind(token as usize) {
                kind if kind.is_trivia() => token += 1,
                kind => return kind,
            }
        }
    }

    /// The condition of an `#if` in one spelling, and whether it is negated.
    fn condition(&self, directive: &Directive) -> (Vec<u8>, bool) {
        let mut negated = directive.kind == DirectiveKind::Ifndef;
        let mut spelling = Vec::new();
        let mut parens = 0;
        for index in directive.arguments..directive.end {
            let kind = self.tokens.kind(index as usize);
            let text = self.tokens.range(index as usize).slice(self.text);
            match kind {
                Bang if spelling.is_empty() => negated = !negated,
                LParen | RParen => parens += 1,
                Ident if text == b"defined" => {}
                _ if kind.is_trivia() => {}
                _ => {
                    if !spelling.is_empty() {
                        spelling.push(b' ');
                    }
                    spelling.extend_from_slice(text);
                }
            }
        }
        // `!(A) || B` is no negation of anything simpler.
        if parens > 2 || spelling.contains(&b' ') {
            spelling = [if negated { b"! ".as_slice() } else { b"" }, &spelling].concat();
            negated = false;
        }
        (spelling, negated)
    }

    fn directive(&mut self, directive: &Directive) -> Island {
        let mut island = Island {
            kind: directive.node(),
            first: directive.first,
            end: directive.end,
            params: (0, 0),
            content: Region::default(),
            top: false,
        };
        if directive.kind == DirectiveKind::Define {
            let mut body = directive.arguments;
            while self.tokens.kind(body as usize).is_trivia() && body < directive.end {
                body += 1;
            }
            body = (body + 1).min(directive.end);
            if self.tokens.kind(body as usize) == LParen && body < directive.end {
                let first = body;
                while body < directive.end && self.tokens.kind(body as usize) != RParen {
                    body += 1;
                }
                body = (body + 1).min(directive.end);
                island.params = (first, body);
            }
            island.content = self.macro_body(body, directive.end);
        }
        island
    }

    /// The body of a `#define`: pasted tokens become one unit, `#x` a string.
    fn macro_body(&mut self, first: u32, end: u32) -> Region {
        let start = self.units.len();
        let mut pasting = false;
        let mut stringify = false;
        for token in first..end {
            let kind = self.tokens.kind(token as usize);
            if kind.is_trivia() {
                continue;
            }
            if kind == HashHash && self.units.len() > start {
                pasting = true;
                continue;
            }
            let glue = (pasting || stringify)
                .then(|| self.units.last_mut())
                .flatten()
                // `, ## __VA_ARGS__` pastes nothing when there are arguments.
                .filter(|last| last.kind != Comma && token - last.token <= u32::from(u16::MAX));
            match glue {
                Some(last) => {
                    last.more = (token - last.token) as u16;
                    last.kind = if stringify || last.kind == String {
                        String
                    } else {
                        Ident
                    };
                    stringify = false;
                }
                None => {
                    self.units.push(Unit { token, more: 0, kind });
                    stringify = kind == Hash;
                }
            }
            pasting = false;
        }
        Region {
            start: start as u32,
            end: self.units.len() as u32,
        }
    }
}

fn close(group: &mut Group, token: u32, unit: usize, inactive: usize, nest: u32) {
    if let Some(branch) = group.branches.last_mut() {
        branch.tokens.1 = token;
        branch.units.end = unit;
        branch.inactive.end = inactive;
        branch.end_nest = nest;
    }
}

/// Conditions with one answer in C: `#if 0` holds anything, and assembler or C++ is not read.
fn fixed_condition(name: &[u8]) -> Option<bool> {
    match name {
        b"0" | b"__ASSEMBLY__" | b"__ASSEMBLER__" | b"_ASM" | b"LINKER_SCRIPT" | b"__cplusplus" => {
            Some(false)
        }
        b"1" => Some(true),
        _ => None,
    }
}

/// The mate of each bracket. A bracket that crosses another one has none; braces are trusted over parentheses.
fn mates(units: &[Unit], islands: &[Island], main: Region) -> Vec<u32> {
    let mut mates = vec![NO_MATE; units.len()];
    let mut open: Vec<u32> = Vec::new();
    let regions = islands.iter().map(|island| island.content).chain([main]);
    for region in regions {
        open.clear();
        // How many braces are open, so that a `}` need not search a stack that has none.
        let mut braces = 0u32;
        for at in region.start..region.end {
            let kind = units[at as usize].kind;
            let opener = match kind {
                LParen | LBracket | DisjOpen | NestOpen => {
                    open.push(at);
                    continue;
                }
                LBrace => {
                    braces += 1;
                    open.push(at);
                    continue;
                }
                RParen => LParen,
                RBracket => LBracket,
                RBrace => LBrace,
                DisjClose => DisjOpen,
                NestClose => NestOpen,
                _ => continue,
            };
            if opener == LBrace {
                if braces == 0 {
                    continue;
                }
                while let Some(&top) = open.last()
                    && units[top as usize].kind != LBrace
                {
                    open.pop();
                }
                braces -= 1;
            }
            if let Some(&top) = open.last()
                && units[top as usize].kind == opener
            {
                open.pop();
                mates[top as usize] = at;
                mates[at as usize] = top;
            }
        }
    }
    mates
}
