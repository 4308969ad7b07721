//! An insert in a loop, whose result decides how the loop goes on: the questions about the errno become questions about the code.
//!
//! That -EBUSY and 0 are one code is the only thing that the code does not say.

use std::collections::BTreeMap;

use super::eval::{RESULTS, Value, truth, twin_code};
use super::rewrite::{Insert, Rewritten, View, edit};
use super::types::retyped_variable;
use crate::edit::{Edit, added};
use crate::flow::{Definition, FlowId, NodeKind, Reach, VariableId, Write};
use crate::syntax::{NodeId, SyntaxKind};
use crate::text::TextRange;

/// The change that comes with it.
const BUSY: &str = "-EBUSY was told from 0 and becomes the same, VM_FAULT_NOPAGE";

/// What becomes of a condition.
enum Question {
    /// It does not ask for the result.
    Other,
    Text(String),
    Always(bool),
}

struct Translation<'v, 'f> {
    view: &'v View<'f>,
    variable: VariableId,
    /// The variable that holds the code.
    name: String,
    /// Which results may be read, by the node that reads them.
    results: BTreeMap<FlowId, Vec<i64>>,
    edits: Vec<Edit>,
    /// Whether something asks for -EBUSY where 0 would be answered otherwise.
    tells_busy: bool,
}

impl View<'_> {
    /// Writes an insert, and those that share its variable, with their twins, and asks for codes where errnos were asked for.
    pub fn translate(&self, insert: Insert<'_>, pairs: &[(String, String)]) -> Option<Rewritten> {
        let tree = self.tree();
        let variable = insert.variable?;
        let is_loop = |id: NodeId| {
            matches!(
                tree.kind(id),
                SyntaxKind::ForStmt | SyntaxKind::WhileStmt | SyntaxKind::DoStmt | SyntaxKind::MacroLoop
            )
        };
        if !tree.ancestors(insert.statement).any(is_loop) {
            return None;
        }
        let mut translation = Translation {
            view: self,
            variable,
            name: self.name(variable),
            results: BTreeMap::new(),
            edits: Vec::new(),
            tells_busy: false,
        };
        let mut inserts = vec![(insert.start, insert.call, insert.to.to_owned())];
        let mut looked_at = 0;
        while let Some(&(start, _, _)) = inserts.get(looked_at) {
            looked_at += 1;
            for (_, number) in RESULTS {
                for at in self.readers(variable, start, number) {
                    let known = translation.results.entry(at).or_default();
                    if !known.contains(&number) {
                        known.push(number);
                    }
                }
            }
            for at in translation.results.keys() {
                for write in self.writes_read_at(variable, *at)? {
                    if inserts.iter().all(|(known, _, _)| *known != write) {
                        let (call, to) = self.insert_at(write, pairs)?;
                        inserts.push((write, call, to));
                    }
                }
            }
        }
        if translation.results.is_empty() {
            return None;
        }
        let mut writes = self
            .accesses
            .of_variable(variable)
            .filter(|(_, access)| access.writes != Write::No);
        let holds_codes_only = writes.all(|(at, _)| inserts.iter().any(|(known, _, _)| *known == at));
        if holds_codes_only {
            let known = self.locals.variable(variable);
            let retyped = retyped_variable(self, known.declaration, known.declarator).ok()?;
            translation.edits.extend(retyped);
        } else if !is_returned(self, variable) {
            // What is returned is split when the function gets its type.
            translation.name = self.free_name(&["fault", "code"], insert.statement).ok()?;
            let declared = self.declare(&translation.name, None, insert.statement).ok()?;
            translation.edits.push(declared);
        }
        let nodes: Vec<FlowId> = translation.results.keys().copied().collect();
        for at in nodes {
            translation.node(at)?;
        }
        for (start, call, to) in &inserts {
            let statement = self.graph.node(*start).syntax;
            let head = format!("{} = {to}(", translation.name);
            let text = self.call_text(statement, *call, &head);
            translation.edits.push(edit(tree.range(statement), text));
        }
        let changes = translation.tells_busy.then(|| BUSY.to_owned());
        Some(Rewritten {
            edits: translation.edits,
            changes: changes.into_iter().collect(),
            along: inserts[1..].iter().map(|(_, call, _)| *call).collect(),
            ..Rewritten::default()
        })
    }

    /// The writes that may be read at a node; `None` if it may read what nobody wrote.
    fn writes_read_at(&self, variable: VariableId, at: FlowId) -> Option<Vec<FlowId>> {
        let reach = Reach {
            graph: &self.graph,
            locals: &self.locals,
            accesses: &self.accesses,
        };
        let definitions = reach.definitions_before(variable, at).into_iter();
        definitions
            .map(|definition| match definition {
                Definition::At(write) => Some(write),
                Definition::Entry => None,
            })
            .collect()
    }

    /// The insert that a node is, as an assignment, with its twin.
    fn insert_at(&self, at: FlowId, pairs: &[(String, String)]) -> Option<(NodeId, String)> {
        let tree = self.tree();
        let statement = self.graph.node(at).syntax;
        let assignment = tree
            .children(statement)
            .next()
            .filter(|_| tree.kind(statement) == SyntaxKind::ExprStmt)?;
        let (_, call) = self.runner(Default::default()).assignment(assignment)?;
        let callee = tree
            .children(call)
            .next()
            .filter(|_| tree.kind(call) == SyntaxKind::CallExpr)?;
        let (_, to) = pairs
            .iter()
            .find(|(from, _)| from.as_bytes() == self.text(callee))?;
        Some((call, to.clone()))
    }
}

/// Whether the function may return what the variable holds.
fn is_returned(view: &View<'_>, variable: VariableId) -> bool {
    let mut reads = view
        .accesses
        .of_variable(variable)
        .filter(|(_, access)| access.reads);
    reads.any(|(at, _)| view.graph.kind(at) == NodeKind::Return)
}

impl Translation<'_, '_> {
    /// Translates one node that reads the result.
    fn node(&mut self, at: FlowId) -> Option<()> {
        let (view, tree) = (self.view, self.view.tree());
        let node = *view.graph.node(at);
        let results = self.results[&at].clone();
        match node.kind {
            NodeKind::If | NodeKind::While | NodeKind::DoWhile | NodeKind::For => {
                let condition = node.part?;
                match self.question(condition, &results)? {
                    Question::Text(text) => self.edits.push(edit(tree.range(condition), text)),
                    Question::Always(false) if node.kind == NodeKind::If => self.drop_if(node.syntax)?,
                    Question::Always(_) | Question::Other => return None,
                }
            }
            NodeKind::Return => {
                let value = tree.children(node.syntax).next()?;
                self.is_code_of(value, &results)?;
                self.edits.push(edit(tree.range(value), self.name.as_str()));
            }
            NodeKind::Simple if tree.kind(node.syntax) == SyntaxKind::ExprStmt => {
                let assignment = tree.children(node.syntax).next()?;
                let (target, value) = view.runner(Default::default()).assignment(assignment)?;
                self.is_code_of(value, &results)?;
                if target == self.variable && self.name == view.name(target) {
                    self.drop_statement(node.syntax)?;
                } else {
                    self.edits.push(edit(tree.range(value), self.name.as_str()));
                }
            }
            _ => return None,
        }
        Some(())
    }

    /// Whether an expression gives the twin's code for each of the results.
    fn is_code_of(&mut self, expression: NodeId, results: &[i64]) -> Option<()> {
        results
            .iter()
            .all(|&result| self.value(expression, result) == Value::Code(twin_code(result).to_owned()))
            .then_some(())
    }

    fn value(&self, expression: NodeId, result: i64) -> Value {
        let known = [(self.variable, Value::Number(result))].into_iter().collect();
        self.view.runner(known).value(expression)
    }

    fn reads_result(&self, expression: NodeId) -> bool {
        let (view, tree) = (self.view, self.view.tree());
        std::iter::once(expression)
            .chain(tree.descendants(expression))
            .any(|id| tree.kind(id) == SyntaxKind::NameExpr && view.locals.resolve(id) == Some(self.variable))
    }

    /// The question that a condition asks, put to the code.
    fn question(&mut self, condition: NodeId, results: &[i64]) -> Option<Question> {
        let (view, tree) = (self.view, self.view.tree());
        if !self.reads_result(condition) {
            return Some(Question::Other);
        }
        let answers: Option<Vec<bool>> = results
            .iter()
            .map(|&result| truth(&self.value(condition, result)))
            .collect();
        let mut children = tree.children(condition);
        match (tree.kind(condition), answers) {
            (SyntaxKind::ParenExpr, _) => Some(match self.question(children.next()?, results)? {
                Question::Text(text) => Question::Text(format!("({text})")),
                other => other,
            }),
            (SyntaxKind::CallExpr, _) => {
                let callee = view.text(children.next()?);
                let argument = tree.children(children.next()?).next()?;
                if !matches!(callee, b"likely" | b"unlikely") {
                    return None;
                }
                let callee = String::from_utf8_lossy(callee);
                Some(match self.question(argument, results)? {
                    Question::Text(text) => Question::Text(format!("{callee}({})", bare(&text))),
                    other => other,
                })
            }
            (SyntaxKind::BinaryExpr, answers) => {
                let operator = tree
                    .own_tokens(condition)
                    .next()
                    .map(|token| tree.tokens().kind(token))?;
                let (left, right) = (children.next()?, children.next()?);
                match (operator, &answers) {
                    (SyntaxKind::AmpAmp | SyntaxKind::PipePipe, None) => {
                        self.joined(operator, left, right, results)
                    }
                    _ => self.about_code(results, &answers?),
                }
            }
            (SyntaxKind::NameExpr, Some(answers)) => self.about_code(results, &answers),
            (SyntaxKind::PrefixExpr, Some(answers)) => self.about_code(results, &answers),
            _ => None,
        }
    }

    fn joined(
        &mut self,
        operator: SyntaxKind,
        left: NodeId,
        right: NodeId,
        results: &[i64],
    ) -> Option<Question> {
        let sides = [self.question(left, results)?, self.question(right, results)?];
        let decides = operator == SyntaxKind::PipePipe;
        let mut kept = Vec::new();
        for (side, node) in sides.iter().zip([left, right]) {
            match side {
                // The other side would not be asked any more, whatever it does.
                Question::Always(answer) if *answer == decides => return None,
                Question::Always(_) => {}
                Question::Other => {
                    kept.push((String::from_utf8_lossy(self.view.text(node)).into_owned(), false))
                }
                Question::Text(text) => kept.push((text.clone(), true)),
            }
        }
        let sign = if decides { " || " } else { " && " };
        Some(match &kept[..] {
            [] => Question::Always(!decides),
            [(only, _)] => Question::Text(bare(only)),
            sides => {
                let in_parens = |(text, is_new): &(String, bool)| match *is_new
                    && text.contains(' ')
                    && bare(text) == *text
                {
                    true => format!("({text})"),
                    false => text.clone(),
                };
                Question::Text(sides.iter().map(in_parens).collect::<Vec<_>>().join(sign))
            }
        })
    }

    /// A question about the result alone, with its answers.
    fn about_code(&mut self, results: &[i64], answers: &[bool]) -> Option<Question> {
        let answer_for = |wanted: &dyn Fn(i64) -> bool| -> Option<Option<bool>> {
            let mut found = results
                .iter()
                .zip(answers)
                .filter(|(result, _)| wanted(**result))
                .map(|(_, answer)| *answer);
            let first = found.next();
            found.all(|answer| Some(answer) == first).then_some(first)
        };
        let (zero, busy) = (
            answer_for(&|result| result == 0)?,
            answer_for(&|result| result == -16)?,
        );
        self.tells_busy |= zero.is_some() && busy.is_some() && zero != busy;
        // Where 0 does not come, -EBUSY does not come any more either.
        let good = zero;
        let memory = answer_for(&|result| result == -12)?;
        let other = answer_for(&|result| !matches!(result, 0 | -16 | -12))?;
        let name = &self.name;
        let is = |answer: Option<bool>, wanted: bool| answer.is_none_or(|answer| answer == wanted);
        Some(if is(good, false) && is(memory, false) && is(other, false) {
            Question::Always(false)
        } else if is(good, true) && is(memory, true) && is(other, true) {
            Question::Always(true)
        } else if is(good, false) && is(memory, true) && is(other, true) {
            Question::Text(format!("{name} & VM_FAULT_ERROR"))
        } else if is(good, true) && is(memory, false) && is(other, false) {
            Question::Text(format!("!({name} & VM_FAULT_ERROR)"))
        } else if is(good, false) && is(other, false) {
            Question::Text(format!("{name} == VM_FAULT_OOM"))
        } else if is(good, true) && is(other, true) {
            Question::Text(format!("{name} != VM_FAULT_OOM"))
        } else if is(good, false) && is(memory, false) {
            Question::Text(format!("{name} == VM_FAULT_SIGBUS"))
        } else {
            Question::Text(format!("{name} != VM_FAULT_SIGBUS"))
        })
    }

    /// Takes an `if` away whose condition never holds; its `else` stays.
    fn drop_if(&mut self, statement: NodeId) -> Option<()> {
        let (view, tree) = (self.view, self.view.tree());
        let mut parts = tree.children(statement).skip(1);
        let (body, otherwise) = (parts.next()?, parts.next());
        // Only a way out goes with it; of everything else somebody would have to be told.
        if !self.is_way_out(body) || !view.comments_in(statement).is_empty() {
            return None;
        }
        match otherwise {
            None => self.drop_statement(statement),
            Some(rest) => {
                let range = TextRange::new(tree.range(statement).start, tree.range(rest).start);
                self.edits.push(edit(range, Vec::new()));
                Some(())
            }
        }
    }

    /// Whether a statement does no more than to end the loop, or the handler as after a success.
    fn is_way_out(&self, body: NodeId) -> bool {
        let (view, tree) = (self.view, self.view.tree());
        match tree.kind(body) {
            SyntaxKind::Block => {
                let mut inside = tree.children(body);
                inside.next().is_some_and(|only| self.is_way_out(only)) && inside.next().is_none()
            }
            SyntaxKind::BreakStmt | SyntaxKind::GotoStmt => true,
            SyntaxKind::ReturnStmt => {
                let value = tree.children(body).next();
                value.is_some_and(|value| view.text(value) == b"VM_FAULT_NOPAGE")
            }
            _ => false,
        }
    }

    /// Takes a statement out of its block; braces around what is left go if they may.
    fn drop_statement(&mut self, statement: NodeId) -> Option<()> {
        let (view, tree) = (self.view, self.view.tree());
        let text = &view.file.text[..];
        let block = tree
            .parent(statement)
            .filter(|&outer| tree.kind(outer) == SyntaxKind::Block)?;
        let whole = tree.range(statement);
        let start = added::line_start(text, whole.start as usize);
        let end = added::line_end(text, whole.end as usize);
        let around = [&text[start..whole.start as usize], &text[whole.end as usize..end]];
        if around.iter().any(|part| !part.trim_ascii().is_empty()) {
            return None;
        }
        self.edits
            .push(edit(TextRange::new(start as u32, end as u32), Vec::new()));
        let left: Vec<NodeId> = tree.children(block).filter(|&child| child != statement).collect();
        let outer = tree.parent(block)?;
        let is_only_block = tree.kind(outer) == SyntaxKind::IfStmt
            && tree
                .descendants(outer)
                .filter(|&id| tree.kind(id) == SyntaxKind::Block)
                .count()
                == 1;
        if let [only] = left[..]
            && is_only_block
            && view.comments_in(block).is_empty()
            && !view.text(only).contains(&b'\n')
        {
            let (open, close) = (tree.range(block).start as usize, tree.range(block).end as usize);
            let head = text[..open].trim_ascii_end().len();
            self.edits
                .push(edit(TextRange::new(head as u32, open as u32 + 1), Vec::new()));
            let last = added::line_start(text, close - 1);
            let end = added::line_end(text, close);
            if text[last..close - 1].trim_ascii().is_empty() && text[close..end].trim_ascii().is_empty() {
                self.edits
                    .push(edit(TextRange::new(last as u32, end as u32), Vec::new()));
            } else {
                return None;
            }
        }
        Some(())
    }
}

/// An expression without parentheses around the whole.
fn bare(text: &str) -> String {
    let Some(inner) = text.strip_prefix('(').and_then(|text| text.strip_suffix(')')) else {
        return text.to_owned();
    };
    let mut depth = 0_i32;
    for byte in inner.bytes() {
        depth += i32::from(byte == b'(') - i32::from(byte == b')');
        if depth < 0 {
            return text.to_owned();
        }
    }
    inner.to_owned()
}
