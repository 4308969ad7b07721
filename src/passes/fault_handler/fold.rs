//! An insert and what makes a fault code of its result, one inside of the other or one right behind the other: the twin stands
//! for both, and what is done with the code stays as it is.

use super::eval::{RESULTS, Run, Stuck, Value, chooser, truth, twin_code};
use super::rewrite::{Insert, Rewritten, View, codes, edit};
use crate::edit::{Edit, added};
use crate::facts::file::FileFacts;
use crate::flow::{Definition, FlowId, NodeKind, Reach, VariableId, Write};
use crate::syntax::{NodeId, SyntaxKind};
use crate::text::TextRange;

impl View<'_> {
    /// `return choose(insert())`, `code = choose(insert())`; `None` if it is not so written.
    pub fn substitute(&self, call: NodeId, to: &str) -> Option<Result<Rewritten, Stuck>> {
        let tree = self.tree();
        let outer = tree
            .ancestors(call)
            .take_while(|&id| tree.kind(id).is_expression() || tree.kind(id) == SyntaxKind::ArgList)
            .filter(|&id| tree.kind(id).is_expression())
            .filter(|&id| id != call)
            .filter(|&id| self.gives_codes(id, call))
            .last()?;
        let holder = tree.parent(outer)?;
        let statement = match tree.kind(holder) {
            SyntaxKind::ReturnStmt => holder,
            SyntaxKind::AssignExpr => {
                let is_plain = tree.own_token(holder, SyntaxKind::Eq).is_some();
                tree.parent(holder)
                    .filter(|&outer| is_plain && tree.kind(outer) == SyntaxKind::ExprStmt)?
            }
            SyntaxKind::InitDeclarator => tree.parent(holder)?,
            _ => return None,
        };
        let (whole, part) = (tree.range(statement), tree.range(outer));
        let behind = &self.file.text[part.end as usize..whole.end as usize];
        if behind.trim_ascii() != b";" {
            return None;
        }
        let runs: Vec<_> = RESULTS
            .iter()
            .map(|&(name, number)| (name, number, Run::of(self.given(outer, call, number))))
            .collect();
        let target = match tree.kind(holder) {
            SyntaxKind::AssignExpr => tree
                .children(holder)
                .next()
                .and_then(|left| self.locals.resolve(left)),
            SyntaxKind::InitDeclarator => self.locals.declared_by(holder),
            _ => None,
        };
        let is_returned = tree.kind(holder) == SyntaxKind::ReturnStmt;
        if !is_returned && !target.is_some_and(|code| self.decides_the_same(code, whole, &runs)) {
            return None;
        }
        let head = String::from_utf8_lossy(&self.file.text[whole.start as usize..part.start as usize]);
        let text = self.call_text(statement, call, &format!("{head}{to}("));
        Some(self.changes(&runs, statement, false).map(|changes| Rewritten {
            edits: vec![edit(whole, text)],
            changes,
            codes: codes(&runs),
            ..Rewritten::default()
        }))
    }

    /// The value of an expression when a call in it gives a number.
    fn given(&self, expression: NodeId, call: NodeId, number: i64) -> Value {
        let mut runner = self.runner(Default::default());
        runner.result = Some((call, Value::Number(number)));
        runner.value(expression)
    }

    fn gives_codes(&self, expression: NodeId, call: NodeId) -> bool {
        let values = RESULTS.map(|(_, number)| self.given(expression, call, number));
        values.iter().all(is_code_or_nothing) && values.iter().any(|value| matches!(value, Value::Code(_)))
    }

    /// `error = insert(); code = choose(error);`, or a choice in more words.
    pub fn fold(&self, insert: Insert<'_>) -> Option<Rewritten> {
        let tree = self.tree();
        let (statement, error) = (insert.statement, insert.variable?);
        let block = tree.parent(statement)?;
        let choice = tree.children(block).find(|&next| next > statement)?;
        let is_choice = matches!(
            tree.kind(choice),
            SyntaxKind::ExprStmt | SyntaxKind::IfStmt | SyntaxKind::SwitchStmt
        );
        let region = TextRange::new(tree.range(statement).start, tree.range(choice).end);
        if !is_choice || !self.is_entered_by(insert.start, region) {
            return None;
        }
        let mut runs = Vec::new();
        let mut found: Option<(VariableId, FlowId)> = None;
        // The last of the results is an error that no handler takes for success.
        for &(name, number) in RESULTS.iter().rev() {
            let mut runner = self.runner([(error, Value::Number(number))].into_iter().collect());
            runner.region = Some(region);
            let run = runner.run(insert.start).ok()?;
            let mut chosen = runner
                .known
                .iter()
                .filter(|(_, value)| matches!(value, Value::Code(_)));
            let ((&code, value), None) = (chosen.next()?, chosen.next()) else {
                return None;
            };
            let alone = runner.known.keys().all(|&known| known == code || known == error);
            let end = (code, run.left_at?);
            if !alone || !run.effects.is_empty() || found.is_some_and(|known| known != end) {
                return None;
            }
            found = Some(end);
            runs.insert(0, (name, number, Run::of(value.clone())));
        }
        let (code, end) = found?;
        let reach = Reach {
            graph: &self.graph,
            locals: &self.locals,
            accesses: &self.accesses,
        };
        if code != error && reach.is_live_before(error, end) || !self.decides_the_same(code, region, &runs) {
            return None;
        }
        let head = format!("{} = {}(", self.name(code), insert.to);
        Some(Rewritten {
            edits: vec![
                self.without_value(statement)?,
                edit(tree.range(choice), self.call_text(choice, insert.call, &head)),
            ],
            changes: self.changes(&runs, statement, false).ok()?,
            touched: vec![self.name(error)],
            codes: codes(&runs),
            comments: self.comments_in(choice),
            ..Rewritten::default()
        })
    }

    /// Whether what follows does the same with the codes of the twin in a variable, as far as it goes by them.
    fn decides_the_same(
        &self,
        code: VariableId,
        region: TextRange,
        runs: &[(&'static str, i64, Run)],
    ) -> bool {
        let changed: Vec<(&Value, Value)> = runs
            .iter()
            .map(|(_, number, run)| (&run.value, Value::Code(twin_code(*number).to_owned())))
            .filter(|(old, new)| *old != new)
            .collect();
        if changed.is_empty() {
            return true;
        }
        if self.accesses.is_aliased(code) {
            return false;
        }
        let tree = self.tree();
        let reach = Reach {
            graph: &self.graph,
            locals: &self.locals,
            accesses: &self.accesses,
        };
        let inside = |at: FlowId| region.contains(tree.range(self.graph.node(at).syntax).start);
        let reads = self
            .accesses
            .of_variable(code)
            .filter(|(at, access)| access.reads && !inside(*at));
        let comes_from_here = |at: FlowId| {
            let mut definitions = reach.definitions_before(code, at).into_iter();
            definitions.any(|definition| matches!(definition, Definition::At(write) if inside(write)))
        };
        let answer = |condition: NodeId, value: &Value| {
            let known = [(code, value.clone())].into_iter().collect();
            truth(&self.runner(known).value(condition))
        };
        reads.filter(|(at, _)| comes_from_here(*at)).all(|(at, access)| {
            let node = self.graph.node(at);
            let is_handed_on = node.kind == NodeKind::Return || access.argument && access.writes == Write::No;
            let same = |condition| {
                let mut changed = changed.iter();
                changed.all(|(old, new)| {
                    let old = answer(condition, old);
                    old.is_some() && old == answer(condition, new)
                })
            };
            is_handed_on || node.kind == NodeKind::If && node.part.is_some_and(same)
        })
    }

    /// Whether control comes into a text only through one of its nodes.
    fn is_entered_by(&self, start: FlowId, region: TextRange) -> bool {
        let tree = self.tree();
        let inside = |id: FlowId| region.contains(tree.range(self.graph.node(id).syntax).start);
        let mut nodes = self.graph.ids().filter(|&id| id != start && inside(id));
        nodes.all(|id| self.graph.predecessors(id).iter().all(|&before| inside(before)))
    }

    /// A statement goes, and a declaration loses its value.
    fn without_value(&self, statement: NodeId) -> Option<Edit> {
        let (tree, text) = (self.tree(), &self.file.text[..]);
        let range = tree.range(statement);
        if tree.kind(statement) == SyntaxKind::Declaration {
            let item = tree.child(statement, SyntaxKind::InitDeclarator)?;
            let end = tree.range(item).end;
            return Some(edit(TextRange::new(self.name_range(item).end, end), Vec::new()));
        }
        let start = added::line_start(text, range.start as usize);
        let end = added::line_end(text, range.end as usize);
        let is_alone = text[start..range.start as usize].trim_ascii().is_empty()
            && text[range.end as usize..end].trim_ascii().is_empty();
        is_alone.then(|| edit(TextRange::new(start as u32, end as u32), Vec::new()))
    }

    /// The comments in a node, each on one line.
    pub fn comments_in(&self, node: NodeId) -> Vec<String> {
        let tree = self.tree();
        let whole = tree.range(node);
        (0..tree.tokens().len())
            .filter(|&token| tree.tokens().kind(token) == SyntaxKind::Comment)
            .map(|token| tree.tokens().range(token))
            .filter(|range| whole.contains_range(*range))
            .map(|range| {
                let words = String::from_utf8_lossy(range.slice(&self.file.text)).into_owned();
                words.split_whitespace().collect::<Vec<_>>().join(" ")
            })
            .collect()
    }
}

/// Handlers return 0 for a page that they put into the fault, or where they should have said VM_FAULT_NOPAGE.
fn is_code_or_nothing(value: &Value) -> bool {
    matches!(value, Value::Code(_) | Value::Number(0))
}

/// Functions of a file that choose a code and that the first text calls, but nobody does in the second.
pub(super) fn uncalled(before: &FileFacts, after: &FileFacts) -> Vec<NodeId> {
    let mut found = Vec::new();
    for known in &after.functions {
        let name = &known.name;
        let is_uncalled = chooser(after, name) == Some(known.node)
            && before.calls_named(name).next().is_some()
            && after.calls_named(name).next().is_none()
            && after.references_named(name).next().is_none();
        if is_uncalled && super::super::words(&after.text, name).count() == 1 {
            found.push(known.node);
        }
    }
    found
}
