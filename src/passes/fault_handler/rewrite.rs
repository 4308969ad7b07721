//! How one insert in a fault handler is written with its twin.

use rustc_hash::FxHashMap;

use super::eval::{RESULTS, Run, Runner, Stuck, Value, twin_code};
use crate::edit::{Edit, added};
use crate::facts::file::FileFacts;
use crate::flow::{Accesses, Detail, FlowId, Graph, Locals, VariableId, VariableKind};
use crate::syntax::{NodeId, SyntaxKind, Tree};
use crate::text::TextRange;

/// One function, looked at.
pub(super) struct View<'a> {
    pub file: &'a FileFacts,
    pub function: NodeId,
    pub graph: Graph,
    pub locals: Locals,
    pub accesses: Accesses,
}

/// Results as numbers, each with the code that it means.
pub(super) type Codes = Vec<(i64, String)>;

/// A call that inserts, and where it stands.
#[derive(Clone, Copy)]
pub(super) struct Insert<'t> {
    pub call: NodeId,
    /// The function to call instead.
    pub to: &'t str,
    pub statement: NodeId,
    /// What its result goes to.
    pub variable: Option<VariableId>,
    pub start: FlowId,
}

/// An insert that can be written with its twin.
#[derive(Debug, Default)]
pub(super) struct Rewritten {
    pub edits: Vec<Edit>,
    /// Changes of behaviour, one sentence each; empty if there are none.
    pub changes: Vec<String>,
    /// Variables that may have no use any more.
    pub touched: Vec<String>,
    /// What each result meant before, where that is known for all of them.
    pub codes: Codes,
    /// Comments that go with their code.
    pub comments: Vec<String>,
    /// Other inserts that are written with their twins too, because they share what follows.
    pub along: Vec<NodeId>,
}

impl<'a> View<'a> {
    pub fn new(file: &'a FileFacts, function: NodeId) -> Self {
        let graph = Graph::new(&file.tree, &file.text, function, Detail::DATA);
        let locals = Locals::new(&file.tree, &file.text, function);
        let accesses = Accesses::new(&file.tree, &graph, &locals);
        Self {
            file,
            function,
            graph,
            locals,
            accesses,
        }
    }

    pub fn tree(&self) -> &'a Tree {
        &self.file.tree
    }

    pub fn text(&self, node: NodeId) -> &'a [u8] {
        self.file.tree.text(node, &self.file.text).trim_ascii()
    }

    pub fn name(&self, variable: VariableId) -> String {
        String::from_utf8_lossy(self.text(self.locals.variable(variable).name)).into_owned()
    }

    pub fn stuck(&self, code: &'static str, text: impl Into<String>, at: NodeId) -> Stuck {
        Stuck {
            code,
            text: text.into(),
            at,
        }
    }

    pub fn runner(&self, known: FxHashMap<VariableId, Value>) -> Runner<'_> {
        Runner {
            file: self.file,
            graph: &self.graph,
            locals: &self.locals,
            known,
            result: None,
            region: None,
            depth: 0,
        }
    }

    /// The edits that write one call with its twin; `pairs` are the functions with their twins.
    pub fn rewrite(&self, call: NodeId, to: &str, pairs: &[(String, String)]) -> Result<Rewritten, Stuck> {
        if let Some(made) = self.substitute(call, to) {
            return made;
        }
        let (statement, variable) = self.place_of(call)?;
        let start = self
            .graph
            .at(self.tree(), call)
            .ok_or_else(|| self.stuck("not-evaluable", "it is not clear when the insert is called", call))?;
        let insert = Insert {
            call,
            to,
            statement,
            variable,
            start,
        };
        if let Some(variable) = variable
            && (self.accesses.is_aliased(variable)
                || self.locals.variable(variable).kind != VariableKind::Automatic)
        {
            let text = format!("others may read and write `{}`", self.name(variable));
            return Err(self.stuck("result-used", text, statement));
        }
        if let Some(variable) = variable
            && !self
                .runner(FxHashMap::default())
                .holds(variable, &Value::Number(-1))
        {
            let text = format!("`{}` does not hold an errno as it is", self.name(variable));
            return Err(self.stuck("type-differs", text, statement));
        }
        self.finish(insert).or_else(|stuck| {
            let other = || self.fold(insert).or_else(|| self.translate(insert, pairs));
            let made = match self.is_ignored(statement, call) {
                true => self.keep(call, to, statement),
                false => other(),
            };
            made.ok_or(stuck)
        })
    }

    /// The twin with a `return`, or with what has to be done before it.
    fn finish(&self, insert: Insert<'_>) -> Result<Rewritten, Stuck> {
        let tree = self.tree();
        let Insert {
            call,
            to,
            statement,
            variable,
            start,
        } = insert;
        // The result decides at once.
        let is_asked = matches!(tree.kind(statement), SyntaxKind::IfStmt | SyntaxKind::SwitchStmt);
        let mut runs = Vec::new();
        let mut touched: Vec<VariableId> = variable.into_iter().collect();
        for (name, number) in RESULTS {
            let known = variable.map(|variable| (variable, Value::Number(number)));
            let mut runner = self.runner(known.into_iter().collect());
            let run = if is_asked {
                runner.result = Some((call, Value::Number(number)));
                runner.run_from(start, None)?
            } else {
                runner.run(start)?
            };
            runs.push((name, number, run));
            touched.extend(runner.known.keys());
        }
        touched.sort_by_key(|&known| (Some(known) != variable, known.index()));
        touched.dedup();
        let changes = self.changes(&runs, statement, variable.is_none() && !is_asked)?;
        let effects = runs[0].2.effects.clone();
        if runs.iter().any(|(_, _, run)| run.effects != effects) {
            let text = "what is done behind the insert depends on its result";
            return Err(self.stuck("effects-differ", text, statement));
        }
        let mut made = Rewritten {
            changes,
            codes: codes(&runs),
            touched: touched.iter().map(|&variable| self.name(variable)).collect(),
            ..Rewritten::default()
        };
        if is_asked {
            let in_block = tree.parent(statement).map(|outer| tree.kind(outer)) == Some(SyntaxKind::Block);
            if !effects.is_empty() || !in_block {
                let text = "what is done behind the insert would need a block of its own";
                return Err(self.stuck("effects-shared", text, statement));
            }
            // The statement can't be reached then.
            let at = tree.range(statement).start;
            let indentation = added::indentation(&self.file.text, at as usize);
            let text = self.call_text(statement, call, &format!("return {to}("));
            let text = format!("{text}\n{}", String::from_utf8_lossy(indentation));
            made.edits.push(edit(TextRange::new(at, at), text));
            return Ok(made);
        }
        if effects.is_empty() {
            let mut range = tree.range(statement);
            let mut text = self.call_text(statement, call, &format!("return {to}("));
            if tree.kind(statement) == SyntaxKind::Declaration && self.is_right_behind_another(statement) {
                let indentation = added::indentation(&self.file.text, range.start as usize);
                text = format!("\n{}{text}", String::from_utf8_lossy(indentation));
                range.start = added::line_start(&self.file.text, range.start as usize) as u32;
            }
            made.edits.push(edit(range, text));
            return Ok(made);
        }
        self.finish_behind(insert, &runs[0].2, &mut made)?;
        Ok(made)
    }

    /// Whether a declaration stands on the line above.
    fn is_right_behind_another(&self, declaration: NodeId) -> bool {
        let tree = self.tree();
        let mut before = tree
            .parent(declaration)
            .into_iter()
            .flat_map(|block| tree.children(block).take_while(|&other| other < declaration));
        before.any(|other| {
            let between =
                &self.file.text[tree.range(other).end as usize..tree.range(declaration).start as usize];
            tree.kind(other) == SyntaxKind::Declaration
                && between.iter().filter(|&&byte| byte == b'\n').count() == 1
        })
    }

    /// The statement of a call, and the variable that its result goes to.
    fn place_of(&self, call: NodeId) -> Result<(NodeId, Option<VariableId>), Stuck> {
        let tree = self.tree();
        let unsuited = || {
            let text = "the result of the insert is used in the expression around it";
            self.stuck("in-expression", text, call)
        };
        let parent = tree.parent(call).ok_or_else(unsuited)?;
        match tree.kind(parent) {
            SyntaxKind::ExprStmt => Ok((parent, None)),
            SyntaxKind::ReturnStmt => Err(self.stuck(
                "returns-errno",
                "the function gives its callers the errno of the insert",
                parent,
            )),
            SyntaxKind::AssignExpr => {
                let statement = tree
                    .parent(parent)
                    .filter(|&outer| tree.kind(outer) == SyntaxKind::ExprStmt);
                let target = tree
                    .own_token(parent, SyntaxKind::Eq)
                    .and_then(|_| tree.children(parent).next())
                    .and_then(|left| self.locals.resolve(left));
                match (statement, target) {
                    (Some(statement), Some(variable)) => Ok((statement, Some(variable))),
                    _ => Err(unsuited()),
                }
            }
            SyntaxKind::InitDeclarator => {
                let declaration = tree.parent(parent).ok_or_else(unsuited)?;
                let items = tree
                    .children(declaration)
                    .filter(|&item| tree.kind(item) == SyntaxKind::InitDeclarator);
                let behind = tree.parent(declaration).and_then(|block| {
                    tree.children(block)
                        .find(|&next| next > declaration && !tree.kind(next).is_directive())
                });
                let is_last = behind.is_some_and(|next| tree.kind(next) != SyntaxKind::Declaration);
                match self.locals.declared_by(parent) {
                    Some(variable) if items.count() == 1 && is_last => Ok((declaration, Some(variable))),
                    _ => Err(unsuited()),
                }
            }
            _ => match self.asked_by(call) {
                Some(statement) => Ok((statement, None)),
                None => Err(unsuited()),
            },
        }
    }

    /// The `if` or `switch` that a call decides about, if it is evaluated in any case.
    fn asked_by(&self, call: NodeId) -> Option<NodeId> {
        let tree = self.tree();
        let is_plain = |id: NodeId| match tree.kind(id) {
            SyntaxKind::ParenExpr | SyntaxKind::PrefixExpr => true,
            SyntaxKind::BinaryExpr => !tree.own_tokens(id).any(|token| {
                matches!(
                    tree.tokens().kind(token),
                    SyntaxKind::AmpAmp | SyntaxKind::PipePipe
                )
            }),
            _ => false,
        };
        let outer = tree.ancestors(call).find(|&id| !is_plain(id))?;
        matches!(tree.kind(outer), SyntaxKind::IfStmt | SyntaxKind::SwitchStmt).then_some(outer)
    }

    /// How the fault codes differ from those of the twin.
    pub fn changes(
        &self,
        runs: &[(&'static str, i64, Run)],
        statement: NodeId,
        is_ignored: bool,
    ) -> Result<Vec<String>, Stuck> {
        let mut changes: Vec<(String, &'static str, Vec<&'static str>)> = Vec::new();
        let is_errno = |run: &Run| matches!(run.value, Value::Number(number) if number != 0);
        if runs.iter().any(|(_, _, run)| is_errno(run)) {
            let text = "the function gives its callers the errno of the insert";
            return Err(self.stuck("returns-errno", text, statement));
        }
        for (name, number, run) in runs {
            let old = match &run.value {
                Value::Code(code) => code.clone(),
                Value::Number(_) => "0".to_owned(),
                Value::Unknown => {
                    let text = "it is not known what the function returns behind the insert";
                    return Err(self.stuck("not-evaluable", text, statement));
                }
            };
            let new = twin_code(*number);
            if old == new {
                continue;
            }
            match changes
                .iter_mut()
                .find(|(from, to, _)| *from == old && *to == new)
            {
                Some((_, _, names)) => names.push(name),
                None => changes.push((old, new, vec![name])),
            }
        }
        Ok(changes
            .into_iter()
            .map(|(old, new, names)| {
                let who = those(&names);
                match is_ignored {
                    true => format!("{who} was ignored ({old}) and becomes {new}"),
                    false => format!("{who} was {old} and becomes {new}"),
                }
            })
            .collect())
    }

    /// `head` and the arguments of a call, up to the semicolon, in the style of the kernel.
    pub fn call_text(&self, statement: NodeId, call: NodeId, head: &str) -> String {
        let tree = self.tree();
        let list = tree.child(call, SyntaxKind::ArgList);
        let start = tree.range(statement).start as usize;
        let indentation = String::from_utf8_lossy(added::indentation(&self.file.text, start)).into_owned();
        let whole = list.map_or(&b""[..], |list| self.text(list));
        if memchr::memmem::find(whole, b"/*").is_some() || memchr::memmem::find(whole, b"//").is_some() {
            let arguments = String::from_utf8_lossy(whole);
            return format!("{head}{};", arguments.trim_start_matches('('));
        }
        let arguments: Vec<String> = list
            .into_iter()
            .flat_map(|list| tree.children(list))
            .map(|argument| {
                let text = String::from_utf8_lossy(self.text(argument)).into_owned();
                text.split_whitespace().collect::<Vec<_>>().join(" ")
            })
            .collect();
        added::call(&indentation, head, &arguments, ");")
    }

    /// The insert, what has to be done behind it, and then the return of its code.
    fn finish_behind(&self, insert: Insert<'_>, run: &Run, made: &mut Rewritten) -> Result<(), Stuck> {
        let Insert {
            call,
            to,
            statement,
            variable,
            start,
        } = insert;
        let tree = self.tree();
        let block = tree
            .parent(statement)
            .filter(|&outer| tree.kind(outer) == SyntaxKind::Block);
        let (Some(block), SyntaxKind::ExprStmt) = (block, tree.kind(statement)) else {
            let text = "what is done behind the insert would need a block of its own";
            return Err(self.stuck("effects-shared", text, statement));
        };
        let indentation = String::from_utf8_lossy(added::indentation(
            &self.file.text,
            tree.range(statement).start as usize,
        ))
        .into_owned();
        let code = self.code_variable(variable, statement, made)?;
        made.edits.push(edit(
            tree.range(statement),
            self.call_text(statement, call, &format!("{code} = {to}(")),
        ));
        // In place, if nobody else comes there and it all stands behind the insert.
        let others = self.graph.reachable(Graph::HEAD, |node| node == start);
        let alone = |node: NodeId| self.graph.at(tree, node).is_some_and(|at| !others[at.index()]);
        let in_block = |node: NodeId| tree.parent(node) == Some(block);
        let decision = run.decisions.first().map(|&at| self.graph.node(at).syntax);
        let here = run
            .effects
            .iter()
            .all(|&effect| in_block(effect) && alone(effect));
        if let Some(decision) = decision
            && here
            && in_block(decision)
            && run.effects.iter().all(|&effect| effect < decision)
            && run.decisions.first().is_some_and(|at| !others[at.index()])
        {
            let at = tree.range(decision).start;
            let at = added::line_start(&self.file.text, at as usize) as u32;
            made.edits.push(edit(
                TextRange::new(at, at),
                format!("{indentation}return {code};\n"),
            ));
            return Ok(());
        }
        let is_simple = |effect: &NodeId| !self.text(*effect).contains(&b'\n');
        // Those that nobody else comes to are moved, not repeated.
        if !here && (run.effects.len() > 2 || !run.effects.iter().all(is_simple)) {
            let text = "others share what is done behind the insert";
            return Err(self.stuck("effects-shared", text, statement));
        }
        let mut tail = String::new();
        for &effect in &run.effects {
            tail.push_str(&format!(
                "\n{indentation}{}",
                String::from_utf8_lossy(self.text(effect))
            ));
        }
        tail.push_str(&format!("\n{indentation}return {code};"));
        let end = tree.range(statement).end;
        made.edits.push(edit(TextRange::new(end, end), tail));
        Ok(())
    }

    /// The token `int` of a declaration.
    pub fn int_token(&self, declaration: NodeId) -> Option<TextRange> {
        int_token(self.file, declaration)
    }
}

/// The code that each run gave.
pub(super) fn codes(runs: &[(&'static str, i64, Run)]) -> Codes {
    let code = |run: &Run| match &run.value {
        Value::Code(code) => Some(code.clone()),
        Value::Number(0) => Some("0".to_owned()),
        _ => None,
    };
    let all: Option<Vec<_>> = runs
        .iter()
        .map(|(_, number, run)| Some((*number, code(run)?)))
        .collect();
    all.unwrap_or_default()
}

/// Results in words; where all errors but a few are meant, those few are named.
fn those(names: &[&'static str]) -> String {
    let all = RESULTS.map(|(name, _)| name);
    if !names.contains(&all[all.len() - 1]) {
        return names.join(", ");
    }
    let others: Vec<&str> = all[1..]
        .iter()
        .filter(|name| !names.contains(name))
        .copied()
        .collect();
    let errors = match others.split_last() {
        None => "an error".to_owned(),
        Some((last, [])) => format!("an error but {last}"),
        Some((last, first)) => format!("an error but {} and {last}", first.join(", ")),
    };
    match names.contains(&all[0]) {
        true => format!("0, {errors}"),
        false => errors,
    }
}

/// The one word `int` in the specifiers of a declaration or function.
pub(super) fn int_token(file: &FileFacts, declaration: NodeId) -> Option<TextRange> {
    let tree = &file.tree;
    let specifiers = tree.child(declaration, SyntaxKind::Specifiers)?;
    let mut types = tree
        .token_span(specifiers)
        .filter(|&token| tree.tokens().kind(token) == SyntaxKind::KwBuiltinType)
        .map(|token| tree.tokens().range(token));
    let (only, None) = (types.next()?, types.next()) else {
        return None;
    };
    (only.slice(&file.text) == b"int").then_some(only)
}

pub(super) fn edit(range: TextRange, text: impl Into<Vec<u8>>) -> Edit {
    Edit {
        range,
        text: text.into(),
    }
}
