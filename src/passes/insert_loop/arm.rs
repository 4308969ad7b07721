//! What is done about an error.

use super::miss::Miss;
use super::place::{Place, branches, following, leaves_loop_inside, then_ends_in_jump, unblocked};
use super::rewrite::{Arm, Maker};
use super::value::strip;
use crate::edit::added;
use crate::flow::{FlowId, NodeKind};
use crate::syntax::{NodeId, SyntaxKind};
use crate::text::TextRange;

impl Maker<'_, '_> {
    /// Finds what is done when an insert fails.
    pub(super) fn arm(&self) -> Result<Arm, Miss> {
        let (cx, fold) = (self.cx, self.fold);
        let tree = cx.tree();
        let refuse = |text: &str| Err(Miss::new("unclear", text, [fold.on_error.condition]));
        let statement = cx.graph.node(fold.on_error.node).syntax;
        if tree.kind(statement) != SyntaxKind::IfStmt {
            return self.no_arm();
        }
        let leaves_then = cx.graph.kind(fold.on_error.to) == NodeKind::True;
        let (then, otherwise) = branches(cx, statement);
        let body = if leaves_then {
            then
        } else if !otherwise.is_empty() {
            otherwise
        } else {
            // The rest of the body, behind an `if` whose branch goes on with the next turn.
            let rest = following(cx, statement);
            if rest.is_empty() || !then_ends_in_jump(cx, &then) {
                return refuse("what is done about an error can't be told from the rest of the loop");
            }
            rest
        };
        let statements = unblocked(cx, &body);
        let (breaks, rest): (Vec<NodeId>, Vec<NodeId>) = statements
            .iter()
            .partition(|&&id| tree.kind(id) == SyntaxKind::BreakStmt);
        let inner_break = rest.iter().any(|&id| leaves_loop_inside(cx, id));
        if breaks.len() > 1
            || inner_break
            || breaks.first().is_some_and(|last| statements.last() != Some(last))
        {
            return refuse("what is done about an error leaves the loop in several ways");
        }
        if rest.is_empty() {
            return self.no_arm();
        }
        // The same is returned anyway.
        if let [only] = rest[..]
            && self.returns_result(only)
            && self
                .landing(fold.at_end.to)
                .is_some_and(|landing| self.returns_result(landing))
            && !self.has_comment(tree.range(only))
            && Place::of(cx, fold.turn.syntax).is_branch
        {
            return Ok(Arm::None);
        }
        if fold.on_error.node == fold.at_end.node {
            return refuse("the same is done about an error and at the end of the loop");
        }
        match body[..] {
            [body] if leaves_then && breaks.is_empty() => Ok(Arm::AsWritten { statement, body }),
            _ => Ok(Arm::Moved(rest)),
        }
    }

    /// Whether a statement returns what the insert returned.
    fn returns_result(&self, statement: NodeId) -> bool {
        let (cx, tree) = (self.cx, self.cx.tree());
        let value = tree.children(statement).next().map(|value| strip(cx, value));
        tree.kind(statement) == SyntaxKind::ReturnStmt
            && self.fold.result.is_some()
            && value.is_some_and(|value| cx.locals.resolve(value) == self.fold.result)
    }

    /// The first statement that control comes to, jumps and braces left out.
    fn landing(&self, mut at: FlowId) -> Option<NodeId> {
        let graph = &self.cx.graph;
        for _ in 0..32 {
            if let Some(part) = graph.node(at).part {
                return Some(part);
            }
            let &[next] = graph.successors(at) else {
                return None;
            };
            at = next;
        }
        None
    }

    /// Nothing is done about an error, so it has to be known behind the loop.
    pub(super) fn no_arm(&self) -> Result<Arm, Miss> {
        let (cx, fold) = (self.cx, self.fold);
        let known = fold
            .result
            .is_some_and(|result| cx.reach().is_live_before(result, fold.on_error.to));
        if known {
            Ok(Arm::None)
        } else {
            let at = [fold.on_error.condition];
            Err(Miss::new(
                "error-ignored",
                "nobody is told about an error that ends the loop",
                at,
            ))
        }
    }

    /// The test with its branch as it stands, the call in its condition replaced by the variable.
    pub(super) fn test_as_written(&self, range: TextRange, statement: NodeId, result: &str) -> String {
        let cx = self.cx;
        let condition = self.fold.on_error.condition;
        let text = &cx.file.text;
        let mut out = Vec::new();
        let mut done = range.start;
        if cx.tree().contains(condition, self.fold.insert) {
            let assignment = self.assignment_around_call(condition);
            let range = cx.tree().range(assignment);
            out.extend_from_slice(TextRange::new(done, range.start).slice(text));
            out.extend_from_slice(result.as_bytes());
            done = range.end;
        }
        out.extend_from_slice(TextRange::new(done, range.end).slice(text));
        let from = self.column_of(cx.tree().range(statement).start);
        self.dedent(&String::from_utf8_lossy(&out), &from)
    }

    /// `(result = insert(…))` with all parentheses around it that need not stay.
    pub(super) fn assignment_around_call(&self, condition: NodeId) -> NodeId {
        let tree = self.cx.tree();
        let mut at = self.fold.insert;
        for outer in tree.ancestors(self.fold.insert) {
            if !tree.contains(condition, outer)
                || !matches!(tree.kind(outer), SyntaxKind::AssignExpr | SyntaxKind::ParenExpr)
            {
                break;
            }
            at = outer;
        }
        at
    }

    /// The test around a call in its condition.
    pub(super) fn condition_around_call(&self, arm: &Arm) -> Result<Around, Miss> {
        let tree = self.cx.tree();
        let text = &self.cx.file.text;
        let condition = tree.range(self.fold.on_error.condition);
        let call = tree.range(self.fold.insert);
        let (Arm::AsWritten { statement, body }, true) = (arm, condition.contains_range(call)) else {
            let text = "the insert stands in a condition that can't be kept";
            return Err(Miss::new("unclear", text, [self.fold.on_error.condition]));
        };
        let start = tree.range(*statement).start;
        let rest = TextRange::new(condition.end, tree.range(*body).end).slice(text);
        let rest = self.dedent(&String::from_utf8_lossy(rest), &self.column_of(start));
        // The parenthesis behind the condition stands on the line of the call.
        let (close, branch) = match rest.strip_prefix(')') {
            Some(branch) => (")", branch.to_owned()),
            None => ("", rest),
        };
        Ok(Around {
            before: one_line(TextRange::new(start, call.start).slice(text)),
            behind: format!(
                "){}{close}",
                one_line(TextRange::new(call.end, condition.end).slice(text))
            ),
            branch,
        })
    }

    /// Statements from elsewhere in the loop, as the branch of a test.
    pub(super) fn moved_arm(&self, body: &[NodeId], head: &str, indentation: &str) -> String {
        let cx = self.cx;
        let (Some(&first), Some(&last)) = (body.first(), body.last()) else {
            return String::new();
        };
        let tree = cx.tree();
        let from = tree.range(first).start;
        let range = TextRange::new(self.with_leading_comments(from, first), tree.range(last).end);
        let has_comment = tree
            .token_span(NodeId::ROOT)
            .filter(|&token| range.contains_range(tree.tokens().range(token)))
            .any(|token| tree.tokens().kind(token) == SyntaxKind::Comment);
        let text = String::from_utf8_lossy(range.slice(&cx.file.text)).into_owned();
        let inner = format!("{indentation}\t");
        let text = added::reindent(&text, &self.column_of(range.start), &inner);
        let braces =
            body.len() > 1 || has_comment || tree.kind(first) != SyntaxKind::ExprStmt && text.contains('\n');
        if braces {
            format!("{head} {{\n{inner}{text}\n{indentation}}}")
        } else {
            format!("{head}\n{inner}{text}")
        }
    }
}

/// What stands around a call in the condition of a test.
pub(super) struct Around {
    /// From the keyword up to the name of the function.
    pub(super) before: String,
    /// From the parenthesis that closes the call up to that of the condition.
    pub(super) behind: String,
    /// What follows the condition.
    pub(super) branch: String,
}

/// A text with all white space as single blanks.
fn one_line(text: &[u8]) -> String {
    let mut line = String::new();
    for piece in String::from_utf8_lossy(text).split_inclusive(char::is_whitespace) {
        let word = piece.trim_end();
        line.push_str(word);
        if piece.len() > word.len() && !line.ends_with(' ') {
            line.push(' ');
        }
    }
    line
}
