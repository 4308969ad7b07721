//! The nearest miss: of all that was compared in vain, what got furthest into the rule and into the code.

use std::cell::{Cell, RefCell};

use crate::smpl::MatchRule;
use crate::smpl::pattern::{Node, Token};
use crate::syntax::NodeId;

use super::source::{Source, Span};

/// Where a comparison failed.
#[derive(Clone, Debug)]
pub struct Miss {
    /// The token of the rule, as an index into the rule's list.
    pub info: u32,
    /// What of the code stands there.
    pub span: Span,
    /// What is wrong, as a sentence without a period.
    pub why: String,
    /// The line of the rule whose statement it is, and how many tokens of the code it got through.
    progress: (u32, u32),
}

/// Looks on while a rule is compared with the code of one line.
#[derive(Debug)]
pub struct Watch {
    /// The line of the code where the rule is to begin.
    pub line: u32,
    /// The token of the rule at which the piece begins that is being compared, its line, and the token of the code.
    stage: Cell<(u32, u32, u32)>,
    nearest: RefCell<Option<Miss>>,
    /// What a `when` of the rule forbids, as far down in the code as it was met.
    ruled_out: RefCell<Option<Miss>>,
}

impl Watch {
    /// Nothing was compared yet.
    pub fn new(line: u32) -> Self {
        Self {
            line,
            stage: Cell::default(),
            nearest: RefCell::default(),
            ruled_out: RefCell::default(),
        }
    }

    /// What got furthest, and what a `when` ruled out.
    pub fn into_found(self) -> (Option<Miss>, Option<Miss>) {
        (self.nearest.into_inner(), self.ruled_out.into_inner())
    }

    /// Whether a piece of code begins on the line.
    pub fn is_here(&self, source: &Source, node: NodeId) -> bool {
        let span = source.span(node);
        let start = source.tree.tokens().start(span.first as usize);
        span.first < span.end && source.lines.line_column(start).line == self.line
    }

    /// A piece of pattern is about to be compared with a piece of code.
    pub fn begin(&self, rule: &MatchRule, p: &Node, span: Span) {
        if let Some(first) = written(rule, p) {
            self.stage
                .set((first, rule.tokens[first as usize].line, span.first));
        }
    }

    /// A token of the rule does not fit what stands at `span`.
    pub fn missed(&self, rule: &MatchRule, token: &Token, span: Span, why: impl FnOnce() -> String) {
        let (first, line, from) = self.stage.get();
        // What an isomorphism made stands nowhere in the rule.
        let is_written = is_written(rule, token);
        let info = if is_written { token.info } else { first };
        further(
            &self.nearest,
            info,
            span,
            (line, span.first.saturating_sub(from)),
            why,
        );
    }

    /// A `when` forbids what stands at `span`.
    pub fn ruled_out(&self, rule: &MatchRule, p: &Node, span: Span) {
        if let Some(info) = written(rule, p) {
            let why = || "the rule says that this must not stand in between".to_owned();
            further(&self.ruled_out, info, span, (0, span.first), why);
        }
    }
}

fn further(
    known: &RefCell<Option<Miss>>,
    info: u32,
    span: Span,
    progress: (u32, u32),
    why: impl FnOnce() -> String,
) {
    let mut known = known.borrow_mut();
    if known.as_ref().is_none_or(|known| known.progress < progress) {
        let why = why();
        *known = Some(Miss {
            info,
            span,
            why,
            progress,
        });
    }
}

/// The first token of a piece of pattern that stands in the file of rules.
fn written(rule: &MatchRule, p: &Node) -> Option<u32> {
    let tokens = p.tokens();
    tokens
        .iter()
        .find(|token| is_written(rule, token))
        .map(|token| token.info)
}

fn is_written(rule: &MatchRule, token: &Token) -> bool {
    rule.tokens
        .get(token.info as usize)
        .is_some_and(|info| info.range.start < info.range.end)
}
