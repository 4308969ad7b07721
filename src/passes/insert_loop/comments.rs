//! Comments of a loop that stay, and the indentation of what is moved.

use super::place::Place;
use super::rewrite::{Arm, Maker};
use crate::edit::added;
use crate::syntax::{NodeId, SyntaxKind};
use crate::text::TextRange;

impl Maker<'_, '_> {
    /// Where the comments on lines of their own in front of a statement begin.
    pub(super) fn with_leading_comments(&self, start: u32, statement: NodeId) -> u32 {
        let tree = self.cx.tree();
        let text = &self.cx.file.text;
        let mut from = start;
        let mut token = tree.token_span(statement).start;
        while token > 0 {
            token -= 1;
            let range = tree.tokens().range(token);
            match tree.tokens().kind(token) {
                SyntaxKind::Whitespace => {}
                SyntaxKind::Comment
                    if added::indentation(text, range.start as usize).len()
                        == range.start as usize - added::line_start(text, range.start as usize) =>
                {
                    from = range.start;
                }
                _ => break,
            }
        }
        from
    }

    /// The white space in front of what starts a line; nothing if something else stands there.
    pub(super) fn column_of(&self, offset: u32) -> String {
        String::from_utf8_lossy(added::indentation(&self.cx.file.text, offset as usize)).into_owned()
    }

    pub(super) fn dedent(&self, text: &str, from: &str) -> String {
        added::reindent(text, from, &Place::of(self.cx, self.fold.turn.syntax).indentation)
    }

    pub(super) fn has_comment(&self, range: TextRange) -> bool {
        let tokens = self.cx.tree().tokens();
        let first = tokens.at_offset(range.start);
        (first..tokens.len())
            .take_while(|&token| tokens.start(token) < range.end)
            .any(|token| tokens.kind(token) == SyntaxKind::Comment)
    }

    /// The comments in the loop that stay, and those that go with their code.
    pub(super) fn comments(&self, arm: &Arm) -> (Vec<TextRange>, Vec<TextRange>) {
        let cx = self.cx;
        let tree = cx.tree();
        let tokens = tree.tokens();
        let text = &cx.file.text;
        let syntax = self.fold.turn.syntax;
        let arm_range = match arm {
            Arm::None => None,
            Arm::AsWritten { statement, body } => Some(TextRange::new(
                tree.range(*statement).start,
                tree.range(*body).end,
            )),
            Arm::Moved(body) => body.first().zip(body.last()).map(|(&first, &last)| {
                let from = self.with_leading_comments(tree.range(first).start, first);
                TextRange::new(from, tree.range(last).end)
            }),
        };
        let call = tree.range(self.fold.insert);
        let mut kept = Vec::new();
        let mut dropped = Vec::new();
        for token in tree
            .token_span(syntax)
            .filter(|&token| tokens.kind(token) == SyntaxKind::Comment)
        {
            let range = tokens.range(token);
            if arm_range.is_some_and(|arm| arm.contains_range(range)) {
                continue;
            }
            let line = added::line_start(text, range.start as usize);
            let is_alone = text[line..range.start as usize].trim_ascii().is_empty();
            // A comment speaks of the code on its line, or of what follows it.
            let speaks_of_call = if is_alone {
                let next = (token + 1..tokens.len()).find(|&next| !tokens.kind(next).is_trivia());
                next.is_some_and(|next| self.leads_to_call(next, call))
            } else {
                let statement = self.statement_at(line as u32);
                statement.is_none_or(|statement| tree.contains(statement, self.fold.insert))
            };
            if speaks_of_call {
                kept.push(range);
            } else {
                dropped.push(range);
            }
        }
        (kept, dropped)
    }

    /// Whether the statement that begins at a token holds the insert or comes before it with a declaration only.
    pub(super) fn leads_to_call(&self, token: usize, call: TextRange) -> bool {
        let tree = self.cx.tree();
        let start = tree.tokens().start(token);
        let statement = self.statement_at(start);
        match statement {
            Some(statement) => {
                let range = tree.range(statement);
                range.contains_range(call)
                    || tree.kind(statement) == SyntaxKind::Declaration && range.end <= call.start
            }
            None => start <= call.start,
        }
    }

    /// The statement of the loop's body that begins on or behind an offset of a line.
    pub(super) fn statement_at(&self, offset: u32) -> Option<NodeId> {
        let tree = self.cx.tree();
        let text = &self.cx.file.text;
        let line_end = added::line_end(text, offset as usize) as u32;
        tree.descendants(self.fold.turn.syntax)
            .filter(|&id| tree.kind(id).is_statement() && tree.kind(id) != SyntaxKind::Block)
            .find(|&id| {
                let start = tree.range(id).start;
                start >= offset && start < line_end
            })
    }

    /// The text of a range, its lines moved to another indentation.
    pub(super) fn moved_text(&self, range: TextRange, indentation: &str) -> String {
        let text = String::from_utf8_lossy(range.slice(&self.cx.file.text)).into_owned();
        added::reindent(&text, &self.column_of(range.start), indentation)
    }
}
