//! Preprocessor lines in the middle of what is replaced: nobody can say where they would have to stand.

use std::ops::Range;

use crate::smpl::{MatchRule, Plus};
use crate::syntax::{NodeId, SyntaxKind, SyntaxKind::*};

use super::render::var_text;
use super::rewrite::Writer;
use super::value::Env;

/// Why such code is left alone.
pub(super) const TORN: &str = "a preprocessor line stands within the code that is replaced";

/// Whether added code would repeat a value with preprocessor lines where they can't stand.
pub(super) fn tears(rule: &MatchRule, plus: &Plus, env: &Env) -> bool {
    plus.tokens.iter().any(|token| {
        let value = token.var.and_then(|var| var_text(rule, var, env));
        value.is_some_and(|text| {
            let mut lines = directive_lines(&text).peekable();
            let takes_whole_lines = matches!(token.kind, MetaStmt | MetaList);
            lines.peek().is_some() && (!takes_whole_lines || lines.last() == Some(true))
        })
    })
}

/// The preprocessor lines of a text; for each whether it is the last line.
fn directive_lines(text: &[u8]) -> impl Iterator<Item = bool> {
    let mut lines = text.split(|&byte| byte == b'\n').peekable();
    let mut is_continued = true;
    std::iter::from_fn(move || {
        loop {
            let line = lines.next()?;
            let is_directive = !is_continued && line.trim_ascii_start().starts_with(b"#");
            is_continued = line.ends_with(b"\\");
            if is_directive {
                return Some(lines.peek().is_none());
            }
        }
    })
}

impl Writer<'_> {
    /// The tokens around preprocessor lines that stay between code that goes, or lose an `#if` or its end.
    pub(super) fn torn(&self) -> Vec<Range<usize>> {
        let tree = &self.source.tree;
        let mut torn = Vec::new();
        // For each `#if` that is open, whether it goes.
        let mut open: Vec<bool> = Vec::new();
        for id in tree.descendants(NodeId::ROOT) {
            let kind = tree.kind(id);
            if !kind.is_directive() {
                continue;
            }
            let span = tree.token_span(id);
            let goes = self.gone[span.start];
            let is_halved = match kind {
                IfDirective => {
                    open.push(goes);
                    false
                }
                ElseDirective => open.last().is_some_and(|&first| first != goes),
                EndifDirective => open.pop().is_some_and(|first| first != goes),
                _ => false,
            };
            if is_halved {
                torn.push(span.clone());
            }
            if !goes && let Some(around) = self.gone_around(id) {
                torn.push(around);
            }
        }
        torn
    }

    /// The code right before and behind a directive, if all of it goes.
    fn gone_around(&self, directive: NodeId) -> Option<Range<usize>> {
        let tree = &self.source.tree;
        let mut item = tree.parent(directive)?;
        while !self.holds_items(item) {
            item = tree.parent(item)?;
        }
        let (span, around) = (tree.token_span(directive), self.item_around(directive, item));
        let is_code = |at: &usize| {
            let is_apart = |kind: SyntaxKind| kind.is_directive() || kind == InactiveBranch;
            let apart = || tree.enclosing(tree.node_at_token(*at), is_apart);
            !self.kind(*at).is_trivia()
                && apart().is_none_or(|other| tree.token_span(other).start < around.start)
        };
        let before = (around.start..span.start).rev().find(is_code)?;
        let behind = (span.end..around.end).find(is_code)?;
        (self.gone[before] && self.gone[behind]).then_some(before..behind + 1)
    }

    /// Whether a node holds whole statements, items or elements, between which directives may stay.
    fn holds_items(&self, id: NodeId) -> bool {
        let tree = &self.source.tree;
        match tree.kind(id) {
            SourceFile | InactiveBranch => true,
            Block | FieldList | EnumeratorList | InitializerList | LinkageBlock | KrDeclarations => {
                let span = tree.token_span(id);
                !(self.gone[span.start] && self.gone[span.end - 1])
            }
            _ => false,
        }
    }

    /// The tokens of the item in a list that a directive stands in; none where it stands between items.
    fn item_around(&self, directive: NodeId, list: NodeId) -> Range<usize> {
        let tree = &self.source.tree;
        let mut item = directive;
        while let Some(up) = tree.parent(item).filter(|&up| up != list) {
            item = up;
        }
        tree.token_span(item)
    }
}
