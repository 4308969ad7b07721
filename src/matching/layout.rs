//! White space where code goes or comes: lines, indentation, blanks between tokens.

use crate::syntax::SyntaxKind::*;

use super::render::Line;
use super::rewrite::{Insert, Piece, Side, Writer};

impl Writer<'_> {
    /// Writes what stands between two tokens that stay.
    pub(super) fn gap(&mut self, before: Option<usize>, gap: &[Piece], behind: Option<usize>, touched: bool) {
        if !touched {
            for piece in gap {
                if let Piece::Trivia(token) = piece {
                    self.trivia(&[*token]);
                }
            }
            return;
        }
        // Code that is added behind a token that stays, and before one that stays.
        let mut start = 0;
        let mut leading: Vec<&Insert> = Vec::new();
        while let Some(Piece::New(insert, Side::After, false)) = gap.get(start) {
            leading.push(insert);
            start += 1;
        }
        let mut end = gap.len();
        let mut trailing: Vec<&Insert> = Vec::new();
        while end > start
            && let Some(Piece::New(insert, Side::Before, false)) = gap.get(end - 1)
        {
            trailing.insert(0, insert);
            end -= 1;
        }
        let middle = &gap[start..end];
        let first_gone = middle.iter().position(|piece| !matches!(piece, Piece::Trivia(_)));
        let last_gone = middle
            .iter()
            .rposition(|piece| !matches!(piece, Piece::Trivia(_)));
        let as_trivia = |pieces: &[Piece]| -> Vec<usize> {
            pieces
                .iter()
                .filter_map(|piece| match piece {
                    Piece::Trivia(token) => Some(*token),
                    _ => None,
                })
                .collect()
        };
        let (pre, core, post) = match (first_gone, last_gone) {
            (Some(first), Some(last)) => (
                as_trivia(&middle[..first]),
                &middle[first..=last],
                as_trivia(&middle[last + 1..]),
            ),
            _ => (as_trivia(middle), &middle[0..0], Vec::new()),
        };
        let mut pre = self.joined(&pre);
        let mut post = self.joined(&post);
        let news: Vec<&Insert> = core
            .iter()
            .filter_map(|piece| match piece {
                Piece::New(insert, ..) => Some(insert),
                _ => None,
            })
            .collect();
        // 1. Behind the token before.
        let mut glue = before;
        for insert in &leading {
            if insert.whole {
                let (line_rest, rest) = split_line(&pre);
                let indent = self.indent_behind(before, behind, insert);
                self.out.extend_from_slice(&line_rest);
                pre = rest;
                for line in &insert.lines {
                    self.new_line(line, &indent);
                }
                glue = None;
            } else {
                self.inline(insert, glue.map(|glue| self.text(glue).to_vec()), None);
                glue = None;
            }
        }
        // 2. What goes, and what comes in its place.
        if core.is_empty() {
            if !leading.is_empty() && pre.is_empty() && !leading.iter().any(|insert| insert.whole) {
                self.space_before(behind);
            }
            if trailing.is_empty() || !leading.is_empty() || !pre.is_empty() {
                self.out.extend_from_slice(&pre);
            }
        } else if news.is_empty() {
            self.removed(before, &pre, &post, behind, !leading.is_empty());
            post.clear();
        } else {
            let at_line_start = self.at_line_start(before, &pre);
            self.out.extend_from_slice(&pre);
            let indent = self.indent_here();
            let mut first = true;
            for insert in &news {
                if insert.whole && !first {
                    for line in &insert.lines {
                        self.new_line(line, &indent);
                    }
                } else if insert.whole {
                    self.in_place(insert, &indent, at_line_start);
                } else {
                    let before = self.out.last().copied().map(|byte| vec![byte]);
                    self.inline(insert, before, None);
                }
                first = false;
            }
            if post.is_empty() {
                if news.last().is_some_and(|insert| insert.whole)
                    && behind.is_some()
                    && self.is_word_like(behind)
                {
                    self.out.push(b' ');
                } else {
                    self.space_before(behind);
                }
            }
            self.out.extend_from_slice(&post);
        }
        // 3. Before the token behind.
        for insert in &trailing {
            if insert.whole {
                let indent = self.indent_before(before, behind, insert);
                if self.is_blank_line_start() {
                    self.trim_line();
                    for (index, line) in insert.lines.iter().enumerate() {
                        if index > 0 {
                            self.out.push(b'\n');
                        }
                        self.line(line, &indent);
                    }
                } else {
                    for line in &insert.lines {
                        self.new_line(line, &indent);
                    }
                }
                self.out.push(b'\n');
                let own = self.line_indent_of(behind);
                self.out.extend_from_slice(&own);
            } else {
                let before = self.out.last().copied().map(|byte| vec![byte]);
                self.inline(insert, before, behind);
            }
        }
    }

    fn joined(&self, tokens: &[usize]) -> Vec<u8> {
        tokens
            .iter()
            .flat_map(|&token| self.text(token).iter().copied())
            .collect()
    }

    fn is_word_like(&self, token: Option<usize>) -> bool {
        token.is_some_and(|token| self.text(token).first().is_some_and(|byte| is_word(*byte)))
    }

    /// Something goes and nothing comes in its place.
    fn removed(
        &mut self,
        before: Option<usize>,
        pre: &[u8],
        post: &[u8],
        behind: Option<usize>,
        added: bool,
    ) {
        let starts_line = before.is_none() && !added || pre.contains(&b'\n');
        let ends_line = behind.is_none() || post.contains(&b'\n');
        if starts_line && ends_line {
            let head = match pre.iter().rposition(|&byte| byte == b'\n') {
                Some(at) => &pre[..=at],
                None => &[],
            };
            self.out.extend_from_slice(head);
            let tail = match post.iter().position(|&byte| byte == b'\n') {
                Some(at) => &post[at + 1..],
                None => &[],
            };
            // A blank line before and one behind become one.
            let blank_before = head.ends_with(b"\n\n") || head.is_empty() && self.out.ends_with(b"\n\n");
            let tail = if blank_before && tail.first() == Some(&b'\n') {
                &tail[1..]
            } else {
                tail
            };
            self.out.extend_from_slice(tail);
            return;
        }
        if starts_line {
            self.out.extend_from_slice(pre);
            return;
        }
        if ends_line {
            let kept: &[u8] = if pre.iter().all(u8::is_ascii_whitespace) {
                b""
            } else {
                pre
            };
            self.out.extend_from_slice(kept);
            self.out.extend_from_slice(post);
            return;
        }
        let closes =
            behind.is_some_and(|token| matches!(self.kind(token), Semicolon | Comma | RParen | RBracket));
        let opens = before.is_some_and(|token| matches!(self.kind(token), LParen | LBracket));
        let blank = |text: &[u8]| text.iter().all(u8::is_ascii_whitespace);
        if (closes || opens) && blank(pre) && blank(post) {
            return;
        }
        if pre.is_empty() && post.is_empty() {
            let words = before
                .is_some_and(|token| self.text(token).last().is_some_and(|byte| is_word(*byte)))
                && self.is_word_like(behind);
            if words {
                self.out.push(b' ');
            }
            return;
        }
        if !blank(pre) {
            self.out.extend_from_slice(pre);
        }
        if !blank(post) {
            self.out.extend_from_slice(post);
        } else if blank(pre) {
            self.out
                .extend_from_slice(if pre.is_empty() { post } else { pre });
        }
    }

    fn at_line_start(&self, before: Option<usize>, pre: &[u8]) -> bool {
        before.is_none() && self.out.is_empty() || pre.contains(&b'\n')
    }

    /// A space if the token behind would otherwise grow together with what was written.
    fn space_before(&mut self, behind: Option<usize>) {
        let Some(token) = behind else { return };
        let last = self.out.last().copied().unwrap_or(b' ');
        let first = self.text(token).first().copied().unwrap_or(b' ');
        let wants = is_word(last) && is_word(first)
            || last == b',' && first != b')'
            || last == b';' && is_word(first);
        if wants {
            self.out.push(b' ');
        }
    }

    /// Code within a line.
    fn inline(&mut self, insert: &Insert, before: Option<Vec<u8>>, behind: Option<usize>) {
        let text = insert
            .lines
            .iter()
            .map(|line| line.text.clone())
            .collect::<Vec<_>>()
            .join(&b' ');
        if let Some(last) = before.as_deref().and_then(<[u8]>::last)
            && !matches!(
                last,
                b' ' | b'\t' | b'\n' | b'(' | b'[' | b'!' | b'~' | b'.' | b'&' | b'*' | b'>' | b'-'
            )
            && !matches!(
                text.first(),
                Some(b',' | b';' | b')' | b'(' | b'[' | b']' | b'.') | None
            )
            && !text.starts_with(b"->")
        {
            self.out.push(b' ');
        }
        self.out.extend_from_slice(&text);
        if behind.is_some() {
            self.space_before(behind);
        }
    }

    /// Whole lines in the place of something that goes.
    fn in_place(&mut self, insert: &Insert, indent: &[u8], at_line_start: bool) {
        for (index, line) in insert.lines.iter().enumerate() {
            if index > 0 {
                self.new_line(line, indent);
            } else if line.directive && at_line_start {
                self.trim_line();
                self.out.extend_from_slice(&line.text);
            } else {
                self.out.extend_from_slice(&line.text);
            }
        }
    }

    fn new_line(&mut self, line: &Line, indent: &[u8]) {
        while self.out.last().is_some_and(|byte| matches!(byte, b' ' | b'\t')) {
            self.out.pop();
        }
        if !self.out.is_empty() {
            self.out.push(b'\n');
        }
        self.line(line, indent);
    }

    fn line(&mut self, line: &Line, indent: &[u8]) {
        if !line.directive && !line.text.is_empty() {
            self.out.extend_from_slice(indent);
            for _ in 0..line.depth {
                let unit = self.unit.clone();
                self.out.extend_from_slice(&unit);
            }
        }
        self.out.extend_from_slice(&line.text);
    }

    fn trim_line(&mut self) {
        while self.out.last().is_some_and(|byte| matches!(byte, b' ' | b'\t')) {
            self.out.pop();
        }
    }

    fn is_blank_line_start(&self) -> bool {
        let line = self
            .out
            .iter()
            .rposition(|&byte| byte == b'\n')
            .map_or(0, |at| at + 1);
        self.out[line..].iter().all(|byte| matches!(byte, b' ' | b'\t'))
    }

    /// The indentation of the line that is being written.
    fn indent_here(&self) -> Vec<u8> {
        let line = self
            .out
            .iter()
            .rposition(|&byte| byte == b'\n')
            .map_or(0, |at| at + 1);
        leading_blanks(&self.out[line..])
    }

    /// The indentation of the line on which a token of the file stands.
    fn line_indent_of(&self, token: Option<usize>) -> Vec<u8> {
        let Some(token) = token else { return Vec::new() };
        let start = self.source.tree.tokens().start(token) as usize;
        let text = &self.source.text;
        let line = text[..start]
            .iter()
            .rposition(|&byte| byte == b'\n')
            .map_or(0, |at| at + 1);
        leading_blanks(&text[line..])
    }

    /// The indentation of the statement that a token belongs to.
    fn statement_indent(&self, token: usize) -> Vec<u8> {
        let tree = &self.source.tree;
        let node = tree.enclosing(tree.node_at_token(token), |kind| {
            kind.is_statement()
                || matches!(kind, Field | MacroItem | EmptyItem | MacroFunction)
                || kind.is_directive()
        });
        let first = node.map_or(token, |node| self.source.span(node).first as usize);
        if node.is_some_and(|node| tree.kind(node) == Block) {
            return self.line_indent_of(Some(token));
        }
        self.line_indent_of(Some(first))
    }

    fn indent_behind(&self, before: Option<usize>, behind: Option<usize>, insert: &Insert) -> Vec<u8> {
        let Some(token) = before else { return Vec::new() };
        let _ = insert;
        let kind = self.kind(token);
        if insert.plus == u32::MAX {
            return self.outer_indent(token);
        }
        if matches!(kind, LBrace | Colon) {
            let own = self.line_indent_of(Some(token));
            if let Some(behind) = behind
                && self.kind(behind) != RBrace
            {
                let next = self.line_indent_of(Some(behind));
                if next.len() > own.len() || kind == Colon {
                    return next;
                }
            }
            return [own, self.unit.clone()].concat();
        }
        self.statement_indent(token)
    }

    /// The indentation of the compound statement around a statement.
    fn outer_indent(&self, token: usize) -> Vec<u8> {
        let tree = &self.source.tree;
        let node = tree.enclosing(tree.node_at_token(token), |kind| {
            matches!(kind, IfStmt | WhileStmt | ForStmt | DoStmt | MacroLoop)
        });
        node.map_or_else(Vec::new, |node| {
            self.line_indent_of(Some(self.source.span(node).first as usize))
        })
    }

    fn indent_before(&self, before: Option<usize>, behind: Option<usize>, insert: &Insert) -> Vec<u8> {
        let _ = insert;
        let Some(token) = behind else {
            return before.map_or_else(Vec::new, |token| self.statement_indent(token));
        };
        let own = self.line_indent_of(Some(token));
        if self.kind(token) == RBrace {
            if let Some(before) = before
                && self.kind(before) != LBrace
            {
                let other = self.statement_indent(before);
                if other.len() > own.len() {
                    return other;
                }
            }
            return [own, self.unit.clone()].concat();
        }
        own
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

fn leading_blanks(line: &[u8]) -> Vec<u8> {
    line.iter()
        .copied()
        .take_while(|byte| matches!(byte, b' ' | b'\t'))
        .collect()
}

/// The rest of the line, and what stands behind it, its line break included.
fn split_line(text: &[u8]) -> (Vec<u8>, Vec<u8>) {
    match text.iter().position(|&byte| byte == b'\n') {
        Some(at) => (text[..at].to_vec(), text[at..].to_vec()),
        None => (Vec::new(), text.to_vec()),
    }
}
