//! Wrapping a line that the new name made too long.

use std::ops::Range;

use super::columns::{advance, indentation};
use super::lines::Line;
use super::sweep::{Bracket, Current, NONE, Sweep};
use crate::syntax::SyntaxKind::{self, *};

/// How many ways to break one line are tried; a line with more is left long.
const ATTEMPTS: usize = 200;

/// What the parts of a line have to fit into, and how many more ways are tried.
struct Search {
    columns: u32,
    attempts: usize,
}

/// Where a line may be broken.
#[derive(Clone, Copy, Debug)]
struct Candidate {
    /// The atom in front of the break.
    behind: usize,
    /// The innermost bracket around it.
    bracket: usize,
    /// The column in front of it.
    end: u32,
    /// How many brackets are open there; fewer are better.
    depth: usize,
    /// How tightly the operator binds; less is better.
    tightness: u8,
}

impl Sweep<'_> {
    /// Breaks a line, if that makes all of its parts fit into the columns.
    ///
    /// The outermost parentheses with a comma or an operator in a suitable place are preferred, as a reader finds the parts
    /// of a statement there; the text goes on under the parenthesis.
    pub(super) fn wrap(&mut self, current: &Current, line: &Line, columns: u32) -> bool {
        if !self.can_wrap(line) {
            return false;
        }
        let brackets = self.brackets.len();
        let mut search = Search {
            columns,
            attempts: ATTEMPTS,
        };
        let found = self.fit(
            current,
            line,
            line.atoms.start,
            current.new_indentation,
            self.state.top,
            &mut search,
        );
        self.brackets.truncate(brackets.max(1));
        match found {
            Some(breaks) if !breaks.is_empty() => {
                self.carry_out(current, line, &breaks);
                true
            }
            _ => false,
        }
    }

    fn can_wrap(&self, line: &Line) -> bool {
        let last = self.atoms[line.atoms.end - 1];
        (!self.is_directive() || self.in_define())
            && last.kind != Comment
            && !self.atoms[line.atoms.clone()].iter().any(|atom| atom.multiline)
    }

    /// What the end of a broken line takes: a backslash in macros.
    fn tail(&self) -> u32 {
        if self.in_define() { 2 } else { 0 }
    }

    /// Finds breaks for the atoms from `from` on, which begin in `column`.
    fn fit(
        &mut self,
        current: &Current,
        line: &Line,
        from: usize,
        column: u32,
        top: usize,
        search: &mut Search,
    ) -> Option<Vec<usize>> {
        search.attempts = search.attempts.checked_sub(1)?;
        self.state.top = top;
        let (mut candidates, end) = self.candidates(current, line, from, column);
        let tail = if line.backslash.is_some() { self.tail() } else { 0 };
        if end + tail <= search.columns {
            return Some(Vec::new());
        }
        candidates.retain(|candidate| candidate.end + self.tail() <= search.columns);
        // Of equally good places the last one leaves the least for the next line.
        candidates.sort_by_key(|candidate| {
            let Candidate {
                depth,
                bracket,
                tightness,
                behind,
                ..
            } = *candidate;
            (depth, usize::MAX - bracket, tightness, usize::MAX - behind)
        });
        // Of each kind only the last place: breaking earlier makes what follows longer.
        candidates.dedup_by_key(|candidate| (candidate.bracket, candidate.tightness));
        if from == line.atoms.start {
            candidates.extend(self.behind_type(line));
        }
        for Candidate { behind, bracket, .. } in candidates {
            let column = self.continuation(current, bracket);
            if let Some(mut rest) = self.fit(current, line, behind + 1, column, bracket, search) {
                rest.insert(0, behind);
                return Some(rest);
            }
        }
        None
    }

    /// The column in which the text goes on behind a break inside of a bracket.
    fn continuation(&self, current: &Current, bracket: usize) -> u32 {
        let Bracket {
            line,
            hangs,
            new_behind,
            ..
        } = self.brackets[bracket];
        // Inside of parentheses that begin further up, the lines are laid out already.
        if line != current.index && (bracket == current.top || hangs) {
            current.new_indentation
        } else {
            new_behind
        }
    }

    /// The places where the rest of a line may be broken, and the column where it ends.
    fn candidates(
        &mut self,
        current: &Current,
        line: &Line,
        from: usize,
        column: u32,
    ) -> (Vec<Candidate>, u32) {
        let mut found = Vec::new();
        let mut new = column;
        for at in from..line.atoms.end {
            if at > from {
                new = advance(new, self.gap(at));
            }
            let one: Range<usize> = at..at + 1;
            new = self.place(current, line, new, one).1;
            if at + 1 == line.atoms.end {
                break;
            }
            let top = self.state.top;
            let Some(tightness) = self.tightness(at) else {
                continue;
            };
            let bracket = self.brackets[top];
            if bracket.kind != LParen || bracket.of_macro {
                continue;
            }
            found.push(Candidate {
                behind: at,
                bracket: top,
                end: new,
                depth: self.depth(top),
                tightness,
            });
        }
        (found, new)
    }

    /// The place behind the type of a function: what follows begins a line of its own.
    fn behind_type(&self, line: &Line) -> Option<Candidate> {
        if !self.options.types || self.in_define() {
            return None;
        }
        let is_type = |at: &usize| {
            let range = self.atoms[*at].range;
            self.renames
                .binary_search_by_key(&range.start, |edit| edit.range.start)
                .is_ok()
                && self.atoms[at + 1].kind == Ident
                && self.atoms[at + 2].kind == LParen
        };
        let behind = (line.atoms.start..line.atoms.end.saturating_sub(2)).find(is_type)?;
        Some(Candidate {
            behind,
            bracket: NONE,
            end: 0,
            depth: 0,
            tightness: 0,
        })
    }

    fn depth(&self, top: usize) -> usize {
        std::iter::successors(Some(top), |&at| (at != NONE).then(|| self.brackets[at].parent))
            .take(64)
            .count()
    }

    /// How tightly the operator at an atom binds; `None` where no line may be broken.
    fn tightness(&self, at: usize) -> Option<u8> {
        let operand = |kind: SyntaxKind| matches!(kind, Ident | Number | Char | String | RParen | RBracket);
        let binary = at > 0 && operand(self.atoms[at - 1].kind);
        match self.atoms[at].kind {
            Semicolon => Some(0),
            Comma => Some(1),
            _ if self.gap(at + 1).is_empty() => None,
            PipePipe if binary => Some(2),
            AmpAmp if binary => Some(3),
            Pipe | EqEq | Ne | Lt | Gt | Le | Ge if binary => Some(4),
            Plus | Minus | Shl | Shr if binary => Some(5),
            _ => None,
        }
    }

    /// Writes the line breaks, and notes where everything stands now.
    fn carry_out(&mut self, current: &Current, line: &Line, breaks: &[usize]) {
        self.state.top = current.top;
        let eol: &[u8] = if self.text[..line.end as usize].ends_with(b"\r") {
            b"\r\n"
        } else {
            b"\n"
        };
        let mut from = line.atoms.start;
        let mut column = current.new_indentation;
        let mut bracket = NONE;
        for &behind in breaks {
            let (_, end) = self.place(current, line, column, from..behind + 1);
            let mut text = Vec::new();
            if self.in_define() {
                let backslash = self.backslash_column(line).unwrap_or(0);
                text.extend(self.space_to_backslash(end, backslash, true));
                text.push(b'\\');
            }
            text.extend_from_slice(eol);
            bracket = self.state.top;
            column = self.continuation(current, bracket);
            text.extend(indentation(column));
            from = behind + 1;
            let gap = (self.atoms[behind].range.end, self.atoms[from].range.start);
            self.replace(gap.0, gap.1, text);
        }
        let (_, end) = self.place(current, line, column, from..line.atoms.end);
        let joined = self.state.top == bracket && self.join(current, line, end);
        if let Some(backslash) = line.backslash
            && !joined
        {
            let code = self.atoms[line.atoms.end - 1].range.end;
            let column = self.backslash_column(line).unwrap_or(0);
            self.state.backslash = Some(column);
            let text = self.space_to_backslash(end, column, true);
            self.replace(code, backslash, text);
        }
    }

    /// The column of the backslash on a macro's line, or on the one before.
    fn backslash_column(&self, line: &Line) -> Option<u32> {
        let Some(backslash) = line.backslash else {
            return self.state.backslash;
        };
        Some(advance(0, &self.text[line.start as usize..backslash as usize]))
    }

    /// Puts the next line behind what was broken off, if it belongs to the same list and there is room.
    fn join(&mut self, current: &Current, line: &Line, end: u32) -> bool {
        if current.index + 1 >= self.lines.len() {
            return false;
        }
        let next = self.lines[current.index + 1].clone();
        let behind = line.atoms.end - 1;
        if next.atoms.is_empty() || next.atoms.start != line.atoms.end || line.ends_directive {
            return false;
        }
        let first = self.atoms[next.atoms.start];
        let between = &self.text[self.atoms[behind].range.end as usize..first.range.start as usize];
        let plain = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b'\\');
        let same_list = self.tightness(behind).is_some();
        let code = !matches!(first.kind, Comment | Hash)
            && self.atoms[next.atoms.clone()]
                .iter()
                .all(|atom| !atom.multiline && atom.kind != Comment);
        if !same_list || !code || !between.iter().all(plain) {
            return false;
        }
        let rest = crate::text::TextRange::new(first.range.start, self.atoms[next.atoms.end - 1].range.end);
        let width = advance(0, &super::renamed(self.text, self.renames, rest));
        let tail = if next.backslash.is_some() { self.tail() } else { 0 };
        if end + 1 + width + tail > self.options.columns {
            return false;
        }
        self.replace(self.atoms[behind].range.end, first.range.start, vec![b' ']);
        self.join_next(end + 1);
        true
    }
}
