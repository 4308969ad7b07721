//! One walk over all lines, with the columns of everything before and after the edits.

use super::columns::{advance, indentation_like, padding};
use super::lines::{Atom, Line, split};
use super::{Options, comments, renamed};
use crate::edit::Edit;
use crate::syntax::SyntaxKind::{self, *};
use crate::syntax::lex;
use crate::text::TextRange;

/// An open bracket. Brackets form chains by `parent`, so that the stack of a branch of `#if` is one number.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bracket {
    pub(super) kind: SyntaxKind,
    pub(super) parent: usize,
    /// The column behind it in the old text.
    pub(super) old_behind: u32,
    /// The column behind it in the new text.
    pub(super) new_behind: u32,
    /// Nothing but its line's end stands behind it, so nothing is aligned to it.
    pub(super) hangs: bool,
    /// It begins the parameters of a macro.
    pub(super) of_macro: bool,
    /// The index of the line it stands on.
    pub(super) line: usize,
}

/// What checkpatch.pl complains of in any file.
const LONGEST: u32 = 100;

/// Index of the bracket that is no bracket.
pub(super) const NONE: usize = 0;

pub(super) struct Sweep<'t> {
    pub(super) text: &'t [u8],
    pub(super) renames: &'t [Edit],
    pub(super) options: Options,
    pub(super) atoms: Vec<Atom>,
    pub(super) lines: Vec<Line>,
    pub(super) brackets: Vec<Bracket>,
    pub(super) state: State,
    edits: Vec<Edit>,
}

/// Where the walk is in brackets and directives.
#[derive(Clone, Debug)]
pub(super) struct State {
    /// The innermost open bracket.
    pub(super) top: usize,
    /// The directive that the line belongs to, and the innermost bracket in front of it.
    directive: Option<(Directive, usize)>,
    /// The innermost bracket in front of each open `#if`.
    branches: Vec<usize>,
    /// The new column of the next line's first atom, if that line is joined to the one before.
    joined: Option<u32>,
    /// The column of the last backslash.
    pub(super) backslash: Option<u32>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Directive {
    Define,
    If,
    Else,
    Endif,
    Other,
}

/// The line being looked at.
pub(super) struct Current {
    pub(super) index: usize,
    /// The column of its first atom.
    pub(super) old_indentation: u32,
    pub(super) new_indentation: u32,
    /// The innermost bracket where it begins.
    pub(super) top: usize,
}

impl<'t> Sweep<'t> {
    pub(super) fn new(text: &'t [u8], renames: &'t [Edit], options: Options) -> Self {
        let (atoms, lines) = split(text, &lex(text));
        let none = Bracket {
            kind: Eof,
            parent: NONE,
            old_behind: 0,
            new_behind: 0,
            hangs: true,
            of_macro: false,
            line: 0,
        };
        Self {
            text,
            renames,
            options,
            atoms,
            lines,
            brackets: vec![none],
            state: State {
                top: NONE,
                directive: None,
                branches: Vec::new(),
                joined: None,
                backslash: None,
            },
            edits: Vec::new(),
        }
    }

    pub(super) fn into_edits(self) -> Vec<Edit> {
        self.edits
    }

    pub(super) fn run(&mut self) {
        if self.renames.is_empty() {
            return;
        }
        for index in 0..self.lines.len() {
            self.line(index);
        }
    }

    pub(super) fn replace(&mut self, start: u32, end: u32, text: Vec<u8>) {
        let range = TextRange::new(start, end);
        if range.slice(self.text) != text {
            self.edits.push(Edit { range, text });
        }
    }

    pub(super) fn new_text(&self, atom: usize) -> std::borrow::Cow<'t, [u8]> {
        renamed(self.text, self.renames, self.atoms[atom].range)
    }

    /// The white space in front of an atom that is not the first one on its line.
    pub(super) fn gap(&self, atom: usize) -> &'t [u8] {
        &self.text[self.atoms[atom - 1].range.end as usize..self.atoms[atom].range.start as usize]
    }

    pub(super) fn in_define(&self) -> bool {
        matches!(self.state.directive, Some((Directive::Define, _)))
    }

    fn line(&mut self, index: usize) {
        let line = self.lines[index].clone();
        if line.atoms.is_empty() {
            if line.ends_directive {
                self.end_directive();
            }
            return;
        }
        let mut current = self.begin(index, &line);
        self.enter_directive(&line);
        current.top = self.state.top;
        let before = (self.state.top, self.brackets.len());
        let (old_end, new_end) = self.place(&current, &line, current.new_indentation, line.atoms.clone());
        let limit = self
            .outgrown(&line, old_end, new_end)
            .filter(|_| self.options.wrap);
        let wrapped = limit.is_some_and(|limit| {
            if self.atoms[line.atoms.end - 1].kind == Comment {
                return self.shorten_comment(&line, current.new_indentation, limit);
            }
            let after = (self.state.top, self.brackets.len());
            let wrapped = [self.options.columns, limit].into_iter().any(|columns| {
                self.state.top = before.0;
                self.wrap(&current, &line, columns)
            });
            if !wrapped {
                self.state.top = after.0;
            }
            wrapped
        });
        if !wrapped {
            self.align_backslash(&line, old_end, new_end);
        }
        if line.ends_directive {
            self.end_directive();
        }
    }

    /// The columns that a line kept to and no longer does, with the backslash of a macro: those that are wanted, or
    /// those that nobody exceeds.
    fn outgrown(&self, line: &Line, old_end: u32, new_end: u32) -> Option<u32> {
        let backslash = if line.backslash.is_some() { 2 } else { 0 };
        let limits = [self.options.columns, LONGEST.max(self.options.columns)];
        let mut crossed = limits
            .into_iter()
            .filter(|columns| old_end + backslash <= *columns && *columns < new_end + backslash);
        crossed.next_back()
    }

    /// Gives a comment at the end of a line that became too long lines of its own, if it has the line for itself, or else
    /// moves it up to the code in front.
    fn shorten_comment(&mut self, line: &Line, indentation: u32, limit: u32) -> bool {
        let last = line.atoms.end - 1;
        let comment = self.atoms[last];
        if comment.multiline || line.backslash.is_some() {
            return false;
        }
        if line.atoms.len() > 1 {
            let code = TextRange::new(
                self.atoms[line.atoms.start].range.start,
                self.atoms[last - 1].range.end,
            );
            let end = advance(indentation, &renamed(self.text, self.renames, code));
            let fits = advance(end + 1, &self.new_text(last)) <= limit;
            if fits {
                self.replace(code.end, comment.range.start, vec![b' ']);
            }
            return fits;
        }
        let white = &self.text[line.start as usize..comment.range.start as usize];
        if advance(0, white) != indentation {
            return false;
        }
        let edits = comments::spread(
            self.text,
            self.renames,
            comment.range,
            white,
            self.options.columns,
        );
        for edit in &edits {
            self.replace(edit.range.start, edit.range.end, edit.text.clone());
        }
        !edits.is_empty()
    }

    /// Finds the indentation of a line in the old and in the new text.
    fn begin(&mut self, index: usize, line: &Line) -> Current {
        let first = self.atoms[line.atoms.start];
        let white = &self.text[line.start as usize..first.range.start as usize];
        let old_indentation = advance(0, white);
        let top = self.state.top;
        let bracket = self.brackets[top];
        let aligned = matches!(bracket.kind, LParen | LBracket)
            && !bracket.hangs
            && bracket.line != index
            && old_indentation == bracket.old_behind;
        let starts_directive = first.kind == Hash && self.state.directive.is_none();
        let mut new_indentation = old_indentation;
        if let Some(column) = self.state.joined.take() {
            new_indentation = column;
        } else if self.options.realign
            && aligned
            && bracket.old_behind != bracket.new_behind
            && !starts_directive
            && white.iter().all(|byte| matches!(byte, b' ' | b'\t'))
        {
            new_indentation = bracket.new_behind;
            self.replace(
                line.start,
                first.range.start,
                indentation_like(white, new_indentation),
            );
        }
        Current {
            index,
            old_indentation,
            new_indentation,
            top,
        }
    }

    /// Follows the atoms of a line from a new column on: gives the columns behind the last one, and notes the brackets.
    pub(super) fn place(
        &mut self,
        current: &Current,
        line: &Line,
        column: u32,
        atoms: std::ops::Range<usize>,
    ) -> (u32, u32) {
        let mut old = if atoms.start == line.atoms.start {
            current.old_indentation
        } else {
            self.old_column(line, current, atoms.start)
        };
        let mut new = column;
        for at in atoms.clone() {
            if at > atoms.start {
                let gap = self.gap(at);
                (old, new) = (advance(old, gap), advance(new, gap));
            }
            let atom = self.atoms[at];
            self.bracket(current.index, line, at, old, new);
            if atom.multiline {
                (old, new) = self.multiline(atom, old, new);
            } else {
                old = advance(old, atom.range.slice(self.text));
                new = advance(new, &self.new_text(at));
            }
        }
        (old, new)
    }

    fn old_column(&self, line: &Line, current: &Current, atom: usize) -> u32 {
        let first = self.atoms[line.atoms.start].range.start as usize;
        let before = &self.text[first..self.atoms[atom].range.start as usize];
        // A line with an atom of several lines is never split, so there is no line break in between.
        advance(current.old_indentation, before)
    }

    fn bracket(&mut self, index: usize, line: &Line, at: usize, old: u32, new: u32) {
        let kind = self.atoms[at].kind;
        match kind {
            LParen | LBracket | LBrace => {
                let of_macro = self.in_define()
                    && at >= 3
                    && self.atoms[at - 3].kind == Hash
                    && self.atoms[at - 1].range.end == self.atoms[at].range.start
                    && line.atoms.contains(&(at - 3));
                self.brackets.push(Bracket {
                    kind,
                    parent: self.state.top,
                    old_behind: old + 1,
                    new_behind: new + 1,
                    hangs: at + 1 == line.atoms.end,
                    of_macro,
                    line: index,
                });
                self.state.top = self.brackets.len() - 1;
            }
            RParen | RBracket | RBrace => {
                let top = self.brackets[self.state.top];
                if matches!(
                    (top.kind, kind),
                    (LParen, RParen) | (LBracket, RBracket) | (LBrace, RBrace)
                ) {
                    self.state.top = top.parent;
                }
            }
            _ => {}
        }
    }

    /// A comment or string over several lines: its inner lines move along with its first one.
    fn multiline(&mut self, atom: Atom, old: u32, new: u32) -> (u32, u32) {
        let (mut old_end, mut new_end) = (old, new);
        if atom.kind == Comment {
            for edit in comments::follow(self.text, atom.range, old, new) {
                self.replace(edit.range.start, edit.range.end, edit.text);
            }
            if self.options.wrap {
                for edit in comments::wrap(
                    self.text,
                    self.renames,
                    atom.range,
                    new == old,
                    self.options.columns,
                ) {
                    self.replace(edit.range.start, edit.range.end, edit.text);
                }
            }
        }
        let bytes = atom.range.slice(self.text);
        if let Some(at) = memchr::memrchr(b'\n', bytes) {
            let last = TextRange::new(atom.range.start + at as u32 + 1, atom.range.end);
            old_end = advance(0, last.slice(self.text));
            new_end = advance(0, &renamed(self.text, self.renames, last));
        }
        (old_end, new_end)
    }

    /// Keeps the backslash of a macro's line where it was, if it stood in a column of its own.
    fn align_backslash(&mut self, line: &Line, old_end: u32, new_end: u32) {
        let Some(backslash) = line.backslash else {
            return;
        };
        let end = self.atoms[line.atoms.end - 1].range.end;
        let white = &self.text[end as usize..backslash as usize];
        let column = advance(old_end, white);
        self.state.backslash = Some(column);
        if self.options.realign && new_end != old_end && (white.len() > 1 || white == b"\t") {
            let text = self.space_to_backslash(new_end, column, white.contains(&b'\t'));
            self.replace(end, backslash, text);
        }
    }

    /// White space in front of a backslash that should stand in a column.
    pub(super) fn space_to_backslash(&self, from: u32, column: u32, tabs: bool) -> Vec<u8> {
        match column.checked_sub(from) {
            None | Some(0) => vec![b' '],
            Some(_) if tabs => padding(from, column),
            Some(width) => vec![b' '; width as usize],
        }
    }

    fn enter_directive(&mut self, line: &Line) {
        let first = self.atoms[line.atoms.start];
        if first.kind != Hash || self.state.directive.is_some() {
            return;
        }
        let name = line.atoms.start + 1;
        let name = if line.atoms.contains(&name) {
            self.atoms[name].range.slice(self.text)
        } else {
            b""
        };
        self.state.backslash = None;
        let directive = match name {
            b"define" => Directive::Define,
            b"if" | b"ifdef" | b"ifndef" => Directive::If,
            b"else" | b"elif" => Directive::Else,
            b"endif" => Directive::Endif,
            _ => Directive::Other,
        };
        let outer = std::mem::replace(&mut self.state.top, NONE);
        self.state.directive = Some((directive, outer));
    }

    pub(super) fn is_directive(&self) -> bool {
        self.state.directive.is_some()
    }

    fn end_directive(&mut self) {
        let Some((directive, outer)) = self.state.directive.take() else {
            return;
        };
        self.state.top = outer;
        match directive {
            Directive::If => self.state.branches.push(outer),
            Directive::Else => self.state.top = self.state.branches.last().copied().unwrap_or(outer),
            Directive::Endif => drop(self.state.branches.pop()),
            Directive::Define | Directive::Other => {}
        }
    }

    /// Lets the next line go on where this one ends.
    pub(super) fn join_next(&mut self, column: u32) {
        self.state.joined = Some(column);
    }
}
