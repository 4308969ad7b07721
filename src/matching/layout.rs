//! White space where code goes or comes: lines, indentation, blanks between tokens.

use crate::syntax::{NodeId, SyntaxKind::*};

use super::indent::braces;
use super::render::{Line, joined};
use super::rewrite::{Insert, Piece, Side, Writer};

impl Writer<'_> {
    /// Writes what stands between two tokens that stay.
    pub(super) fn gap(&mut self, before: Option<usize>, gap: &[Piece], behind: Option<usize>, touched: bool) {
        if !touched {
            let shift = behind.map_or(0, |token| self.shift[token]);
            for piece in gap {
                if let Piece::Trivia(token) = piece {
                    match shift {
                        0 => self.trivia(&[*token]),
                        _ => {
                            let text = self.shifted(self.text(*token).to_vec(), shift);
                            self.out.extend_from_slice(&text);
                        }
                    }
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
        let shift = behind.map_or(0, |token| self.shift[token]);
        // Remarks above code that goes stay where they are, also if what is behind it moves.
        let only_goes = !core.is_empty() && core.iter().all(|piece| !matches!(piece, Piece::New(..)));
        let own_shift = pre
            .first()
            .filter(|_| only_goes)
            .map_or(shift, |&token| self.shift[token]);
        let mut pre = self.shifted(self.joined(&pre), own_shift);
        let mut post = self.shifted(self.joined(&post), shift);
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
                if self.is_apart(insert, before) {
                    self.blank_line();
                }
                let head = self.is_head_end(before);
                for (index, line) in insert.lines.iter().enumerate() {
                    if index == 0 && line.text == b"{" && head {
                        self.trim_line();
                        self.out.extend_from_slice(b" {");
                    } else {
                        self.new_line(line, &indent);
                    }
                }
                let level: i32 = braces(insert).into_iter().map(|up| if up { 1 } else { -1 }).sum();
                if level > 0 && !pre.contains(&b'\n') && behind.is_some() {
                    self.trim_line();
                    self.out.push(b'\n');
                    let inner = [indent.clone(), self.unit_in(&indent)].concat();
                    self.out.extend_from_slice(&inner);
                    pre.clear();
                }
                glue = None;
            } else {
                let last = match glue {
                    Some(glue) => Some(self.text(glue).to_vec()),
                    None => self
                        .out
                        .last()
                        .filter(|byte| **byte == b',')
                        .map(|byte| vec![*byte]),
                };
                self.inline(insert, last, None);
                glue = None;
            }
        }
        // 2. What goes, and what comes in its place.
        let opened = leading
            .iter()
            .any(|insert| insert.around.is_some() && !insert.whole);
        let mut is_broken = false;
        let breaks = self.is_head_end(before) && begins_with_lines(core);
        if (opened || breaks) && !pre.contains(&b'\n') && behind.is_some() {
            // A body that stood on the line of its head.
            let indent = self.body_indent(before);
            self.trim_line();
            self.out.push(b'\n');
            self.out.extend_from_slice(&indent);
            pre.clear();
            is_broken = true;
        }
        if core.is_empty() {
            if !opened && !leading.is_empty() && pre.is_empty() && !leading.iter().any(|insert| insert.whole)
            {
                self.space_before(behind);
            }
            if trailing.is_empty() || !leading.is_empty() || !pre.is_empty() {
                self.out.extend_from_slice(&pre);
            }
        } else if news.is_empty()
            && leading.is_empty()
            && trailing.is_empty()
            && self.is_sole_body(before, core)
        {
            // Something has to stand there, else the next statement would.
            self.out.extend_from_slice(&pre);
            if pre.is_empty() {
                self.out.push(b' ');
            }
            self.out.extend_from_slice(b"{}");
            self.out.extend_from_slice(&post);
            post.clear();
        } else if news.is_empty() {
            self.removed(before, &pre, &post, behind, !leading.is_empty());
            post.clear();
        } else {
            let mut at_line_start = is_broken || self.at_line_start(before, &pre);
            self.out.extend_from_slice(&pre);
            let mut is_clear = pre.is_empty();
            for (index, part) in parts(core, |token| self.splits(token)).into_iter().enumerate() {
                if index > 0 {
                    let between = self.shifted(self.joined(&as_trivia(part.between)), shift);
                    at_line_start = between.contains(&b'\n');
                    is_clear = false;
                    self.out.extend_from_slice(&between);
                }
                self.replaced(part.pieces, at_line_start, is_clear);
            }
            if let Some(line) = self.line_behind(core)
                && post.iter().all(|byte| matches!(byte, b' ' | b'\t'))
            {
                // What stays of the code on the next line.
                self.trim_line();
                self.out.push(b'\n');
                self.out.extend_from_slice(&line);
            } else if post.is_empty() {
                if news.last().is_some_and(|insert| insert.whole)
                    && behind.is_some()
                    && self.is_word_like(behind)
                {
                    self.out.push(b' ');
                } else {
                    self.space_before(behind);
                }
            }
            if !self.is_blank_line_start() || post.contains(&b'\n') {
                self.out.extend_from_slice(&post);
            }
        }
        // 3. Before the token behind.
        for insert in &trailing {
            if insert.whole {
                let indent = self.indent_before(before, behind, insert);
                let is_item = insert.lines.iter().any(|line| line.directive);
                if self.is_blank_line_start() {
                    self.trim_line();
                    for (index, line) in insert.lines.iter().enumerate() {
                        if index > 0 {
                            self.out.push(b'\n');
                        }
                        self.line(line, &indent);
                    }
                } else if is_item {
                    for line in &insert.lines {
                        self.new_line(line, &indent);
                    }
                } else {
                    // On the line of what stands before, as the code was that it is put before.
                    for (index, line) in insert.lines.iter().enumerate() {
                        if index > 0 {
                            self.new_line(line, &indent);
                        } else {
                            if grow_together(
                                self.out.last().copied().unwrap_or(b' '),
                                line.text.first().copied().unwrap_or(b' '),
                            ) || self.out.last() == Some(&b';')
                            {
                                self.out.push(b' ');
                            }
                            self.out.extend_from_slice(&line.text);
                        }
                    }
                }
                self.out.push(b'\n');
                if self.is_apart(insert, behind) {
                    self.out.push(b'\n');
                }
                let own = match behind {
                    Some(token) if self.kind(token) == RBrace => self.brace_indent(token),
                    Some(token) if self.has_added_braces(token) => self.body_indent(before),
                    Some(token) => self.inner_indent(token),
                    None => Vec::new(),
                };
                self.out.extend_from_slice(&own);
            } else {
                let before = self.out.last().copied().map(|byte| vec![byte]);
                self.inline(insert, before, behind);
            }
        }
    }

    /// The indentation of the last line that begins behind added lines, where what goes ends within that line.
    fn line_behind(&self, core: &[Piece]) -> Option<Vec<u8>> {
        let last = core
            .iter()
            .rposition(|piece| matches!(piece, Piece::New(insert, ..) if insert.whole))?;
        core[last..].iter().rev().find_map(|piece| match piece {
            Piece::Trivia(token) if self.text(*token).contains(&b'\n') => {
                Some(last_line(self.text(*token)).to_vec())
            }
            _ => None,
        })
    }

    /// Code in the place of what goes.
    fn replaced(&mut self, pieces: &[Piece], at_line_start: bool, is_clear: bool) {
        let gone = pieces.iter().find_map(|piece| match piece {
            Piece::Gone(token) => Some(*token),
            _ => None,
        });
        let indent = match gone {
            Some(token) if !at_line_start => self.inner_indent(token),
            _ => self.indent_here(),
        };
        let mut first = true;
        let is_brace = at_line_start && gone.is_some_and(|token| self.kind(token) == RBrace);
        for piece in pieces {
            let Piece::New(insert, ..) = piece else { continue };
            if let Some(body) = insert.around {
                let indent = self.closing_indent(body);
                if first && at_line_start {
                    self.trim_line();
                    self.line(&insert.lines[0], &indent);
                } else {
                    self.new_line(&insert.lines[0], &indent);
                }
            } else if insert.whole && !first {
                for line in &insert.lines {
                    self.new_line(line, &indent);
                }
            } else if insert.whole {
                self.in_place(insert, &indent, at_line_start, is_brace);
            } else if first && is_clear {
                self.instead(insert);
            } else {
                let before = self.out.last().copied().map(|byte| vec![byte]);
                self.inline(insert, before, None);
            }
            first = false;
        }
    }

    /// Whether white space or a comment stands between separate pieces of code.
    fn splits(&self, token: usize) -> bool {
        self.kind(token) == Comment || self.text(token).contains(&b'\n')
    }

    /// Whether a blank line stands between an item that is added and the code around it.
    fn is_apart(&self, insert: &Insert, neighbour: Option<usize>) -> bool {
        let Some(token) = neighbour else { return false };
        if insert.plus == u32::MAX || insert.lines.len() < 3 || insert.lines.iter().any(|line| line.directive)
        {
            return false;
        }
        let tree = &self.source.tree;
        let is_function = insert
            .lines
            .iter()
            .any(|line| line.depth == 0 && line.text == b"{")
            && insert.lines.last().is_some_and(|line| line.text == b"}");
        let top = tree.enclosing(tree.node_at_token(token), |kind| {
            matches!(kind, Function | Declaration)
        });
        is_function && top.is_some_and(|top| tree.parent(top) == Some(NodeId::ROOT))
    }

    /// Whether a token ends the head of a statement whose body follows.
    fn is_head_end(&self, token: Option<usize>) -> bool {
        let Some(token) = token else { return false };
        let tree = &self.source.tree;
        let node = tree.node_at_token(token);
        match self.kind(token) {
            KwElse | KwDo => true,
            RParen => matches!(
                tree.kind(node),
                IfStmt | WhileStmt | ForStmt | SwitchStmt | MacroLoop
            ),
            _ => false,
        }
    }

    /// Whether what goes is all that the head of a statement, which ends with the token before, has as its body.
    fn is_sole_body(&self, before: Option<usize>, core: &[Piece]) -> bool {
        let gone = core.iter().find_map(|piece| match piece {
            Piece::Gone(token) => Some(*token),
            _ => None,
        });
        let (Some(first), Some(before)) = (gone, before) else {
            return false;
        };
        let tree = &self.source.tree;
        let begins = |node: &NodeId| self.source.span(*node).first as usize == first;
        let mut body = tree.node_at_token(first);
        while let Some(up) = tree.parent(body).filter(begins) {
            body = up;
        }
        let is_body = tree.parent(body).is_some_and(|up| {
            let kind = tree.kind(up);
            matches!(
                kind,
                IfStmt | WhileStmt | ForStmt | DoStmt | MacroLoop | SwitchStmt
            ) && self.source.span(up).first as usize <= before
        });
        if !is_body {
            return false;
        }
        let span = self.source.span(body);
        let mut inside = span.first as usize..span.end as usize;
        tree.kind(body).is_statement() && inside.all(|token| self.gone[token] || self.kind(token).is_trivia())
    }

    fn blank_line(&mut self) {
        if !self.out.ends_with(b"\n\n") {
            self.out.push(b'\n');
        }
    }

    /// The white space before code that goes, without the remark on it that stands right above.
    fn without_remark<'t>(
        &self,
        head: &'t [u8],
        before: Option<usize>,
        post: &[u8],
        behind: Option<usize>,
    ) -> &'t [u8] {
        if !head.ends_with(b"*/\n") {
            return head;
        }
        let tree = &self.source.tree;
        let is_outside = before.is_none_or(|token| {
            tree.enclosing(tree.node_at_token(token), |kind| kind == Block)
                .is_none_or(|block| self.source.span(block).end as usize == token + 1)
        });
        let blank_behind = post.iter().filter(|&&byte| byte == b'\n').count() > 1
            || behind.is_none_or(|token| self.kind(token) == RBrace);
        if !is_outside && !blank_behind {
            return head;
        }
        match memchr::memmem::rfind(head, b"/*") {
            // Only a remark that stands on lines of its own.
            Some(at) => {
                let line = head[..at]
                    .iter()
                    .rposition(|&byte| byte == b'\n')
                    .map_or(0, |at| at + 1);
                let alone = head[line..at].iter().all(|byte| matches!(byte, b' ' | b'\t'));
                if alone && (line > 0 || before.is_none()) {
                    &head[..line]
                } else {
                    head
                }
            }
            None => head,
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
            let head = self.without_remark(head, before, post, behind);
            let opens = before.is_some_and(|token| self.kind(token) == LBrace);
            let closes = behind.is_some_and(|token| self.kind(token) == RBrace);
            let blank_behind = post.iter().filter(|&&byte| byte == b'\n').count() > 1;
            if closes && !blank_behind && head.ends_with(b"\n\n") {
                // No blank line before a closing brace.
                self.out.extend_from_slice(&head[..head.len() - 1]);
                self.out.extend_from_slice(last_line(post));
                return;
            }
            self.out.extend_from_slice(head);
            if behind.is_none() && head.ends_with(b"\n\n") && post.iter().all(u8::is_ascii_whitespace) {
                // Nor at the end of the file.
                self.trim_blank_lines();
                return;
            }
            if opens && !added && !head.ends_with(b"\n\n") && post.iter().all(u8::is_ascii_whitespace) {
                // Nor one behind an opening brace.
                self.out.extend_from_slice(last_line(post));
                return;
            }
            if before.is_none() && !added && head.is_empty() {
                // At the begin of the file the rest of the line stays, as it is the only thing that is left.
                self.out.extend_from_slice(post);
                return;
            }
            let tail = match post.iter().position(|&byte| byte == b'\n') {
                Some(at) => &post[at + 1..],
                None => &[],
            };
            // A blank line before and one behind become one; none is left behind an opening brace.
            let blank_before = head.ends_with(b"\n\n")
                || head.is_empty() && self.out.ends_with(b"\n\n")
                || opens && !added && head == b"\n";
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
            || last == b';' && is_word(first)
            || last == b')' && self.ends_head;
        if wants {
            self.out.push(b' ');
        }
    }

    /// Code in the place of other code, with the space that was there.
    fn instead(&mut self, insert: &Insert) {
        let text = joined(&insert.lines);
        let last = self.out.last().copied().unwrap_or(b' ');
        let first = text.first().copied().unwrap_or(b' ');
        if grow_together(last, first) || (is_word(last) || matches!(last, b')' | b']')) && goes_on(&text) {
            self.out.push(b' ');
        }
        self.ends_head = is_head(&text);
        let start = self.out.len();
        self.out.extend_from_slice(&text);
        self.fresh.push((start, self.out.len()));
    }

    /// Code within a line.
    fn inline(&mut self, insert: &Insert, before: Option<Vec<u8>>, behind: Option<usize>) {
        let text = joined(&insert.lines);
        let last = before.as_deref().and_then(<[u8]>::last).copied();
        let is_field = text.starts_with(b".") && matches!(last, Some(b',' | b'{'));
        if is_field
            || last.is_some_and(|last| !b" \t\n([!~.&*>-".contains(&last))
                && !matches!(
                    text.first(),
                    Some(b',' | b';' | b')' | b'(' | b'[' | b']' | b'.') | None
                )
                && !text.starts_with(b"->")
            || matches!((last, text.first()), (Some(last), Some(&first)) if grow_together(last, first))
        {
            self.out.push(b' ');
        }
        self.ends_head = is_head(&text);
        let start = self.out.len();
        self.out.extend_from_slice(&text);
        self.fresh.push((start, self.out.len()));
        if behind.is_some() {
            self.space_before(behind);
        }
    }

    /// Whole lines in the place of something that goes.
    fn in_place(&mut self, insert: &Insert, indent: &[u8], at_line_start: bool, is_brace: bool) {
        let outside = insert.lines.first().map_or(0, |line| line.depth.min(0));
        // A brace that goes stands where one that is added does.
        let base = match is_brace {
            true => self.indent_shifted(indent.to_vec(), -outside),
            false => indent.to_vec(),
        };
        for (index, line) in insert.lines.iter().enumerate() {
            if index > 0 {
                self.new_line(line, &base);
            } else if at_line_start && (line.directive || outside < 0) {
                self.trim_line();
                self.line(line, &base);
            } else {
                let last = self.out.last().copied().unwrap_or(b' ');
                let first = line.text.first().copied().unwrap_or(b' ');
                if !line.directive && (grow_together(last, first) || last == b')' && is_word(first)) {
                    self.out.push(b' ');
                }
                let start = self.out.len();
                self.out.extend_from_slice(&line.text);
                if !line.directive {
                    self.fresh.push((start, self.out.len()));
                }
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
            let indent = &self.indent_shifted(indent.to_vec(), line.depth.min(0));
            self.out.extend_from_slice(indent);
            for _ in 0..line.depth {
                let unit = self.unit_in(indent);
                self.out.extend_from_slice(&unit);
            }
        }
        let start = self.out.len();
        self.out.extend_from_slice(&line.text);
        if !line.directive {
            self.fresh.push((start, self.out.len()));
        }
    }

    fn trim_line(&mut self) {
        while self.out.last().is_some_and(|byte| matches!(byte, b' ' | b'\t')) {
            self.out.pop();
        }
    }

    fn trim_blank_lines(&mut self) {
        while self.out.ends_with(b"\n\n") {
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
}

/// Whether what comes in the place of code begins with several lines.
fn begins_with_lines(core: &[Piece]) -> bool {
    let mut news = core.iter().filter_map(|piece| match piece {
        Piece::New(insert, ..) => Some(insert),
        _ => None,
    });
    news.next()
        .is_some_and(|insert| insert.whole && insert.lines.len() > 1 && insert.lines[0].text != b"{")
}

/// A piece of code that is replaced, and what stays before it.
struct Part<'p> {
    between: &'p [Piece],
    pieces: &'p [Piece],
}

/// Takes apart what several matches replace one behind the other.
fn parts(core: &[Piece], splits: impl Fn(usize) -> bool) -> Vec<Part<'_>> {
    let mut list = Vec::new();
    let is_new = |piece: &Piece| matches!(piece, Piece::New(..));
    let (mut between, mut start) = (0..0, 0);
    let mut at = 0;
    while at < core.len() {
        let run = core[at..]
            .iter()
            .take_while(|piece| matches!(piece, Piece::Trivia(_)))
            .count();
        let ends = core[at..at + run]
            .iter()
            .any(|piece| matches!(piece, Piece::Trivia(token) if splits(*token)))
            && matches!(core.get(at + run), Some(Piece::Gone(_)))
            && core[start..at].iter().any(is_new)
            && core[at + run..].iter().any(is_new);
        if ends {
            list.push(Part {
                between: &core[between.clone()],
                pieces: &core[start..at],
            });
            between = at..at + run;
            start = at + run;
        }
        at += run.max(1);
    }
    list.push(Part {
        between: &core[between],
        pieces: &core[start..],
    });
    list
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

/// Whether a text begins with an operator and its second operand, spaced out.
fn goes_on(text: &[u8]) -> bool {
    let count = text
        .iter()
        .take_while(|byte| b"+-*/%&|^<>=!?:".contains(byte))
        .count();
    count > 0 && text.get(count) == Some(&b' ')
}

/// Whether two bytes that become neighbours would be read as one token.
fn grow_together(last: u8, first: u8) -> bool {
    is_word(last) && is_word(first)
        || last == first && matches!(last, b'+' | b'-' | b'&' | b'|' | b'<' | b'>' | b'=')
        || first == b'=' && matches!(last, b'+' | b'-' | b'*' | b'/' | b'<' | b'>' | b'=' | b'!')
        || matches!((last, first), (b'-', b'>') | (b'/', b'*'))
}

/// Whether a text is the head of a statement, whose body follows.
fn is_head(text: &[u8]) -> bool {
    let starts = |word: &[u8]| {
        text.starts_with(word)
            && text
                .get(word.len())
                .is_some_and(|byte| matches!(byte, b' ' | b'('))
    };
    text.ends_with(b")") && [&b"if"[..], b"while", b"for", b"switch"].into_iter().any(starts)
}

/// The last line, with the line break before it.
fn last_line(text: &[u8]) -> &[u8] {
    match text.iter().rposition(|&byte| byte == b'\n') {
        Some(at) => &text[at + 1..],
        None => text,
    }
}

pub(super) fn leading_blanks(line: &[u8]) -> Vec<u8> {
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
