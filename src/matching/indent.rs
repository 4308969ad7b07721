//! Indentation of added code, and of code that moves in or out because braces come or go around it.

use crate::syntax::{NodeId, SyntaxKind::*};

use super::layout::leading_blanks;
use super::rewrite::{Insert, Side, Writer};

impl Writer<'_> {
    /// The first token on the line of a token.
    fn first_on_line(&self, token: usize) -> usize {
        let mut first = token;
        for at in (0..token).rev() {
            if self.kind(at) == Newline || self.kind(at) == Whitespace && self.text(at).contains(&b'\n') {
                break;
            }
            if self.kind(at) == Comment && self.text(at).contains(&b'\n') {
                break;
            }
            if self.kind(at) != Whitespace {
                first = at;
            }
        }
        first
    }

    /// The indentation of the line on which a token of the file stands, as it will be.
    pub(super) fn line_indent_of(&self, token: Option<usize>) -> Vec<u8> {
        let Some(token) = token else { return Vec::new() };
        let start = self.source.tree.tokens().start(token) as usize;
        let text = &self.source.text;
        let line = text[..start]
            .iter()
            .rposition(|&byte| byte == b'\n')
            .map_or(0, |at| at + 1);
        let blanks = leading_blanks(&text[line..]);
        match self.shift[self.first_on_line(token)] {
            0 => blanks,
            shift => self.indent_shifted(blanks, shift),
        }
    }

    /// The indentation that a token would have at the begin of a line.
    pub(super) fn inner_indent(&self, token: usize) -> Vec<u8> {
        let mut indent = self.line_indent_of(Some(token));
        let first = self.first_on_line(token);
        let mut depth = 0i32;
        let mut label = false;
        for at in first..token {
            match self.kind(at) {
                LBrace => depth += 1,
                RBrace => depth = (depth - 1).max(0),
                _ => {}
            }
        }
        let tree = &self.source.tree;
        if first < token {
            let statement = tree.enclosing(tree.node_at_token(token), |kind| kind.is_statement());
            if let Some(statement) = statement
                && tree.kind(statement) != Block
            {
                let parent = tree.parent(statement);
                if let Some(parent) = parent
                    && matches!(
                        tree.kind(parent),
                        IfStmt | WhileStmt | ForStmt | DoStmt | MacroLoop
                    )
                    && self.source.span(parent).first as usize >= first
                {
                    label = true;
                }
                label |= (first..token).any(|at| {
                    self.kind(at) == Colon
                        && matches!(
                            tree.kind(tree.node_at_token(at)),
                            Label | CaseLabel | DefaultLabel
                        )
                });
            }
        }
        for _ in 0..depth.min(4) + i32::from(label) {
            indent.extend_from_slice(&self.unit);
        }
        indent
    }

    /// The indentation of a closing brace behind whole lines.
    pub(super) fn brace_indent(&self, brace: usize) -> Vec<u8> {
        if self.starts_line(brace) {
            return self.line_indent_of(Some(brace));
        }
        let tree = &self.source.tree;
        let block = tree.node_at_token(brace);
        let owner = tree
            .parent(block)
            .filter(|&up| tree.kind(up) != Block)
            .unwrap_or(block);
        self.inner_indent(self.source.span(owner).first as usize)
    }

    /// The indentation of the statement that a token belongs to.
    fn statement_indent(&self, token: usize) -> Vec<u8> {
        let tree = &self.source.tree;
        let node = tree.enclosing(tree.node_at_token(token), |kind| {
            kind.is_statement()
                || matches!(
                    kind,
                    Field | MacroItem | EmptyItem | MacroFunction | InitElement | Enumerator
                )
                || kind.is_directive()
        });
        let first = node.map_or(token, |node| self.source.span(node).first as usize);
        if node.is_some_and(|node| tree.kind(node) == Block) {
            return self.line_indent_of(Some(token));
        }
        self.inner_indent(first)
    }

    /// The indentation of code that is added behind `before`.
    pub(super) fn indent_behind(
        &self,
        before: Option<usize>,
        behind: Option<usize>,
        insert: &Insert,
    ) -> Vec<u8> {
        let Some(token) = before else { return Vec::new() };
        let kind = self.kind(token);
        let first_line = insert.lines.first().map_or(&b""[..], |line| &line.text);
        if let Some(body) = insert.around {
            return self.closing_indent(body);
        }
        if first_line.starts_with(b"else") {
            return self.outer_indent(token);
        }
        if self.is_head(token) {
            return match first_line == b"{" {
                true => self.head_indent(token),
                false => self.body_indent(before),
            };
        }
        if first_line.starts_with(b"}") && self.closes_body.contains(&token) {
            let outer = self.outer_indent(token);
            return [outer.clone(), self.unit_in(&outer)].concat();
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
            return [own.clone(), self.unit_in(&own)].concat();
        }
        match self.list_indent(token) {
            Some(indent) => indent,
            None => self.statement_indent(token),
        }
    }

    /// The indentation of an element that is added behind a token of an initializer or of an enumeration.
    fn list_indent(&self, token: usize) -> Option<Vec<u8>> {
        let tree = &self.source.tree;
        let is_list = |kind| matches!(kind, InitializerList | EnumeratorList | Block);
        let mut list = tree.enclosing(tree.node_at_token(token), is_list)?;
        if self.source.span(list).end as usize == token + 1 {
            list = tree.enclosing(tree.parent(list)?, is_list)?;
        }
        if tree.kind(list) == Block {
            return None;
        }
        let open = self.source.span(list).first as usize;
        let begins_line = |child: &NodeId| {
            let first = self.source.span(*child).first as usize;
            (open..first).any(|at| self.text(at).contains(&b'\n'))
        };
        let beside = tree
            .children(list)
            .filter(|&child| {
                !tree.kind(child).is_directive() && self.source.span(child).first as usize <= token
            })
            .filter(begins_line)
            .last();
        Some(match beside {
            Some(child) => self.line_indent_of(Some(self.source.span(child).first as usize)),
            None => {
                let own = self.line_indent_of(Some(token));
                [own.clone(), self.unit_in(&own)].concat()
            }
        })
    }

    /// The indentation of the compound statement around a statement.
    fn outer_indent(&self, token: usize) -> Vec<u8> {
        let tree = &self.source.tree;
        let mut at = tree.node_at_token(token);
        // A block that got braces around it is not what they belong to.
        while let Some(up) = tree.parent(at) {
            if matches!(tree.kind(up), IfStmt | WhileStmt | ForStmt | DoStmt | MacroLoop)
                && self.source.span(at).end as usize == token + 1
                && self.is_body(at)
            {
                return self.inner_indent(self.chain_start(up));
            }
            at = up;
        }
        Vec::new()
    }

    /// The first token of the chain of `else if`, or of the heads on one line, that a statement belongs to.
    pub(super) fn chain_start(&self, node: NodeId) -> usize {
        let tree = &self.source.tree;
        let mut at = node;
        while let Some(up) = tree.parent(at) {
            let is_chain = tree.kind(at) == IfStmt && tree.kind(up) == IfStmt && self.after_else(at);
            let (outer, inner) = (self.source.span(up).first, self.source.span(at).first);
            let is_beside = matches!(
                tree.kind(up),
                IfStmt | WhileStmt | ForStmt | DoStmt | SwitchStmt | MacroLoop
            ) && self.first_on_line(outer as usize) == self.first_on_line(inner as usize);
            if !is_chain && !is_beside {
                break;
            }
            at = up;
        }
        self.source.span(at).first as usize
    }

    pub(super) fn starts_line(&self, token: usize) -> bool {
        self.first_on_line(token) == token
    }

    /// Whether braces are added before the code that begins with a token.
    pub(super) fn has_added_braces(&self, token: usize) -> bool {
        self.body_shift.get(&token).is_some_and(|&shift| shift > 0)
    }

    fn after_else(&self, node: NodeId) -> bool {
        let first = self.source.span(node).first as usize;
        (0..first)
            .rev()
            .find(|&at| !self.kind(at).is_trivia())
            .is_some_and(|at| self.kind(at) == KwElse && self.first_on_line(at) == self.first_on_line(first))
    }

    /// Whether a node is the body of the statement around it, which got braces.
    fn is_body(&self, node: NodeId) -> bool {
        self.source.tree.kind(node).is_statement()
    }

    /// The indentation of the body of the head that ends with a token.
    pub(super) fn body_indent(&self, before: Option<usize>) -> Vec<u8> {
        let outer = self.head_indent_of(before);
        [outer.clone(), self.unit_in(&outer)].concat()
    }

    fn is_head(&self, token: usize) -> bool {
        matches!(self.kind(token), RParen | KwElse | KwDo) && {
            let tree = &self.source.tree;
            matches!(
                tree.kind(tree.node_at_token(token)),
                IfStmt | WhileStmt | ForStmt | DoStmt | MacroLoop | SwitchStmt
            )
        }
    }

    fn head_indent(&self, token: usize) -> Vec<u8> {
        self.head_indent_of(Some(token))
    }

    /// The indentation of the statement whose head ends with a token.
    fn head_indent_of(&self, before: Option<usize>) -> Vec<u8> {
        let Some(token) = before else { return Vec::new() };
        let tree = &self.source.tree;
        let head = tree.enclosing(tree.node_at_token(token), |kind| {
            matches!(kind, IfStmt | WhileStmt | ForStmt | DoStmt | MacroLoop)
        });
        head.map_or_else(
            || self.line_indent_of(before),
            |head| self.inner_indent(self.chain_start(head)),
        )
    }

    /// One level of indentation in code that is indented like this.
    pub(super) fn unit_in(&self, indent: &[u8]) -> Vec<u8> {
        if self.unit != b"\t" || indent.is_empty() || indent.contains(&b'\t') {
            return self.unit.clone();
        }
        match indent.len() {
            width @ 2..=4 => vec![b' '; width],
            _ => vec![b' '; 8],
        }
    }

    /// The indentation of code that is added before `behind`.
    pub(super) fn indent_before(
        &self,
        before: Option<usize>,
        behind: Option<usize>,
        insert: &Insert,
    ) -> Vec<u8> {
        let Some(token) = behind else {
            return before.map_or_else(Vec::new, |token| self.statement_indent(token));
        };
        if self.kind(token) != RBrace {
            let level: i32 = braces(insert).into_iter().map(|up| if up { 1 } else { -1 }).sum();
            let own = self.inner_indent(token);
            if insert.owner == token && self.has_added_braces(token) {
                return self.body_indent(before);
            }
            return match level > 0 && self.shift[token] > 0 {
                true => self.indent_shifted(own, -level),
                false => own,
            };
        }
        let own = self.line_indent_of(Some(token));
        let tree = &self.source.tree;
        let block = tree.node_at_token(token);
        let child = tree
            .children(block)
            .filter(|&child| !matches!(tree.kind(child), Label | CaseLabel | DefaultLabel))
            .last()
            .map(|child| self.source.span(child).first as usize)
            .filter(|&first| self.first_on_line(first) == first);
        if let Some(child) = child {
            let other = self.line_indent_of(Some(child));
            if other.len() > own.len() {
                return other;
            }
        }
        [own.clone(), self.unit_in(&own)].concat()
    }

    /// An indentation some levels deeper or less deep.
    pub(super) fn indent_shifted(&self, mut indent: Vec<u8>, shift: i32) -> Vec<u8> {
        for _ in 0..shift {
            let unit = self.unit_in(&indent);
            indent.splice(0..0, unit);
        }
        for _ in shift..0 {
            let unit = self.unit_in(&indent);
            if indent.starts_with(&unit) {
                indent.drain(..unit.len());
            } else if indent.first() == Some(&b'\t') {
                indent.remove(0);
            } else {
                indent.clear();
            }
        }
        indent
    }

    /// White space and comments with their lines moved in or out.
    pub(super) fn shifted(&self, text: Vec<u8>, shift: i32) -> Vec<u8> {
        if shift == 0 || !text.contains(&b'\n') {
            return text;
        }
        let mut result = Vec::with_capacity(text.len() + 16);
        for (index, line) in text.split(|&byte| byte == b'\n').enumerate() {
            if index == 0 {
                result.extend_from_slice(line);
                continue;
            }
            result.push(b'\n');
            let blanks = leading_blanks(line);
            let rest = &line[blanks.len()..];
            let is_last = index == text.iter().filter(|&&byte| byte == b'\n').count();
            if rest.is_empty() && !is_last {
                result.extend_from_slice(line);
                continue;
            }
            result.extend_from_slice(&self.indent_shifted(blanks, shift));
            result.extend_from_slice(rest);
        }
        result
    }

    /// Finds how far the lines of kept code move, for all tokens.
    pub(super) fn find_shifts(&mut self) {
        let tree = &self.source.tree;
        let items: Vec<NodeId> = tree.children(NodeId::ROOT).collect();
        for item in items {
            let span = self.source.span(item);
            let range = span.first as usize..span.end as usize;
            let touched = range.clone().any(|at| {
                self.gone[at]
                    || self.inserts.contains_key(&(at, Side::Before))
                    || self.inserts.contains_key(&(at, Side::After))
            });
            if touched && !self.shift_item(range.clone()) {
                self.shift[range].fill(0);
            }
        }
    }

    /// Shifts for the tokens of one item; false if the braces that come and go do not fit together.
    fn shift_item(&mut self, range: std::ops::Range<usize>) -> bool {
        let mut stack: Vec<i32> = Vec::new();
        let mut level = 0i32;
        let mut last: Option<usize> = None;
        let mut closes_body = Vec::new();
        for at in range {
            if let Some(&extra) = self.body_shift.get(&at) {
                level += extra;
            }
            for side in [Side::Before, Side::After] {
                if side == Side::After {
                    if self.gone[at] && !self.kind(at).is_trivia() {
                        match self.kind(at) {
                            LBrace => {
                                let own = -i32::from(!self.is_kept_body(at));
                                stack.push(own);
                                level += own;
                            }
                            RBrace => match stack.pop() {
                                Some(own) => level -= own,
                                None => return false,
                            },
                            _ => {}
                        }
                    } else {
                        self.shift[at] = level;
                        if !self.kind(at).is_trivia() {
                            last = Some(at);
                        }
                    }
                }
                let Some(list) = self.inserts.get(&(at, side)) else {
                    continue;
                };
                for insert in list.iter().filter(|insert| insert.plus != u32::MAX) {
                    for up in braces(insert) {
                        if up {
                            // Braces around the body of a head enclose what is indented already.
                            let around_body = (side == Side::After || insert.lines[0].text == b"{")
                                && self.opens_body(last);
                            let own = i32::from(!around_body);
                            stack.push(own);
                            level += own;
                        } else {
                            match stack.pop() {
                                Some(own) => {
                                    level -= own;
                                    if own == 0 {
                                        closes_body.push(at);
                                    }
                                }
                                None => return false,
                            }
                        }
                    }
                }
            }
        }
        self.closes_body.extend(closes_body);
        stack.is_empty()
    }

    /// Whether a brace that goes is that of a body whose head stays: what is in it stays where it is.
    fn is_kept_body(&self, brace: usize) -> bool {
        let tree = &self.source.tree;
        let block = tree.node_at_token(brace);
        let Some(parent) = tree.parent(block) else {
            return true;
        };
        if tree.kind(block) != Block {
            return true;
        }
        match tree.kind(parent) {
            IfStmt | WhileStmt | ForStmt | DoStmt | MacroLoop | SwitchStmt => {
                let head = (0..brace).rev().find(|&at| !self.kind(at).is_trivia());
                head.is_some_and(|at| !self.gone[at])
            }
            Function => true,
            _ => false,
        }
    }

    /// Whether braces that are added behind a token enclose what is indented already.
    fn opens_body(&self, last: Option<usize>) -> bool {
        let Some(last) = last else { return false };
        if !matches!(self.kind(last), RParen | KwElse | KwDo) {
            return false;
        }
        let next = (last + 1..self.shift.len()).find(|&at| !self.kind(at).is_trivia());
        if next.is_some_and(|next| self.kind(next) == LBrace || self.first_on_line(next) != next) {
            return false;
        }
        let tree = &self.source.tree;
        let node = tree.node_at_token(last);
        matches!(
            tree.kind(node),
            IfStmt | WhileStmt | ForStmt | DoStmt | MacroLoop | SwitchStmt
        ) || tree.kind(node) == ArgList && tree.parent(node).is_some_and(|up| tree.kind(up) == MacroLoop)
    }

    /// Bodies without braces whose head goes move out by what they were indented.
    pub(super) fn find_bodies(&mut self) {
        let tree = &self.source.tree;
        let mut moves: Vec<(usize, usize)> = Vec::new();
        for id in tree.descendants(NodeId::ROOT) {
            let Some(parent) = tree.parent(id) else { continue };
            if !matches!(tree.kind(parent), IfStmt | WhileStmt | ForStmt | MacroLoop)
                || !tree.kind(id).is_statement()
                || tree.kind(id) == Block
            {
                continue;
            }
            let (outer, inner) = (self.source.span(parent), self.source.span(id));
            let (head, first) = (outer.first as usize, inner.first as usize);
            let all_gone = (head..first).all(|at| self.gone[at] || self.kind(at).is_trivia());
            let replaced = (head..first).any(|at| {
                self.inserts.contains_key(&(at, Side::Before))
                    || self.inserts.contains_key(&(at, Side::After))
            });
            if all_gone
                && !replaced
                && head < first
                && !self.gone[first]
                && !self.inserts.contains_key(&(first, Side::Before))
                && self.first_on_line(first) == first
            {
                moves.push((first, inner.end as usize));
            }
        }
        for (first, end) in moves {
            *self.body_shift.entry(first).or_default() -= 1;
            *self.body_shift.entry(end).or_default() += 1;
        }
    }
}

/// The braces of added code that have no partner in it: `true` for one that opens.
pub(super) fn braces(insert: &Insert) -> Vec<bool> {
    let mut open = 0usize;
    let mut list = Vec::new();
    for line in insert.lines.iter().filter(|line| !line.directive) {
        let mut quote = None;
        for &byte in &line.text {
            match (quote, byte) {
                (Some(end), byte) if end == byte => quote = None,
                (Some(_), _) => {}
                (None, b'"' | b'\'') => quote = Some(byte),
                (None, b'{') => open += 1,
                (None, b'}') if open > 0 => open -= 1,
                (None, b'}') => list.push(false),
                _ => {}
            }
        }
    }
    list.extend(std::iter::repeat_n(true, open));
    list
}
