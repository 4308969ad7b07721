//! Local variables that an edit has left without a use.

use super::added;
use super::{Edit, EditSet};
use crate::flow::{Accesses, Detail, Graph, Locals, VariableId, VariableKind, functions};
use crate::syntax::{Names, NodeId, SyntaxKind, Tree, parse};
use crate::text::TextRange;

/// Calls that a value may be computed with and that nobody misses.
const PURE: [&[u8]; 12] = [
    b"vma_pages",
    b"PAGE_ALIGN",
    b"PFN_UP",
    b"PFN_DOWN",
    b"PFN_PHYS",
    b"DIV_ROUND_UP",
    b"min",
    b"max",
    b"min_t",
    b"max_t",
    b"ARRAY_SIZE",
    b"virt_to_page",
];

/// What was removed.
#[derive(Clone, Debug, Default)]
pub struct Removed {
    /// The new text.
    pub text: Vec<u8>,
    /// Names of the variables.
    pub variables: Vec<String>,
    /// Comments that stood behind a removed line.
    pub comments: Vec<String>,
}

/// Removes those of the named variables that a function only sets, with what sets them; then those that were only used
/// for that.
///
/// `function` counts the functions of the text that have a body, from 0. Values that are computed by calls stay.
pub fn remove(text: &[u8], names: &Names, function: usize, candidates: &[String]) -> Removed {
    let mut removed = Removed {
        text: text.to_vec(),
        ..Removed::default()
    };
    let mut candidates = candidates.to_vec();
    // Each round removes a variable at least.
    for _ in 0..64 {
        let Some(round) = round(&removed.text, names, function, &candidates) else {
            break;
        };
        removed.text = round.edits.apply(&removed.text);
        removed.variables.extend(round.variables);
        removed.comments.extend(round.comments);
        candidates.extend(round.mentioned);
        candidates.sort();
        candidates.dedup();
    }
    removed
}

struct Round {
    edits: EditSet,
    variables: Vec<String>,
    comments: Vec<String>,
    /// Variables that the removed text mentioned.
    mentioned: Vec<String>,
}

struct Function<'t> {
    tree: &'t Tree,
    text: &'t [u8],
    node: NodeId,
    locals: Locals,
    accesses: Accesses,
}

fn round(text: &[u8], names: &Names, function: usize, candidates: &[String]) -> Option<Round> {
    let tree = parse(text, names);
    let node = functions(&tree).nth(function)?;
    let graph = Graph::new(&tree, text, node, Detail::DATA);
    let locals = Locals::new(&tree, text, node);
    let accesses = Accesses::new(&tree, &graph, &locals);
    let function = Function {
        tree: &tree,
        text,
        node,
        locals,
        accesses,
    };
    for variable in function.locals.ids() {
        let name = function.name(variable);
        if !candidates.contains(&name) {
            continue;
        }
        if let Some(round) = function.without(variable, name) {
            return Some(round);
        }
    }
    None
}

impl Function<'_> {
    fn name(&self, variable: VariableId) -> String {
        let name = self.locals.variable(variable).name;
        String::from_utf8_lossy(self.tree.text(name, self.text).trim_ascii()).into_owned()
    }

    /// The edits that remove a variable, if nothing needs it.
    fn without(&self, variable: VariableId, name: String) -> Option<Round> {
        let tree = self.tree;
        let known = self.locals.variable(variable);
        let is_plain =
            known.kind == VariableKind::Automatic && !self.accesses.is_aliased(variable) && !known.is_unclear;
        let in_block =
            tree.parent(known.declaration).map(|outer| tree.kind(outer)) == Some(SyntaxKind::Block);
        if !is_plain || !in_block || self.is_hidden_in_macro(&name) {
            return None;
        }
        let mut statements = Vec::new();
        for used in self.locals.uses(variable) {
            statements.push(self.store(used)?);
        }
        statements.dedup();
        let initial = tree
            .children(known.declarator)
            .last()
            .filter(|_| tree.own_token(known.declarator, SyntaxKind::Eq).is_some());
        if initial.is_some_and(|initial| !self.is_pure(initial)) {
            return None;
        }
        let mut edits = Vec::new();
        let mut comments = Vec::new();
        let mut mentioned = Vec::new();
        for &gone in statements.iter().chain(&initial) {
            mentioned.extend(self.mentions(gone));
        }
        for &statement in &statements {
            edits.push(self.line(tree.range(statement), &mut comments));
        }
        edits.push(self.declarator(variable, &mut comments));
        Some(Round {
            edits: EditSet::new(edits).ok()?,
            variables: vec![name],
            comments,
            mentioned,
        })
    }

    /// The statement that does nothing but store to a variable, if a use of it is such a store.
    fn store(&self, used: NodeId) -> Option<NodeId> {
        let tree = self.tree;
        let operation = tree.parent(used)?;
        let mut operands = tree.children(operation);
        let stores = match tree.kind(operation) {
            SyntaxKind::AssignExpr => {
                operands.next() == Some(used) && operands.all(|value| self.is_pure(value))
            }
            SyntaxKind::PostfixExpr => true,
            SyntaxKind::PrefixExpr => {
                let operator = tree
                    .own_tokens(operation)
                    .next()
                    .map(|token| tree.tokens().kind(token));
                matches!(operator, Some(SyntaxKind::PlusPlus | SyntaxKind::MinusMinus))
            }
            _ => false,
        };
        let statement = tree.parent(operation)?;
        let in_block = tree.parent(statement).map(|outer| tree.kind(outer)) == Some(SyntaxKind::Block);
        let follows_label = self.follows_label(statement);
        (stores && tree.kind(statement) == SyntaxKind::ExprStmt && in_block && !follows_label)
            .then_some(statement)
    }

    /// Whether a label or `case` stands in front of a statement, which could not end a block.
    fn follows_label(&self, statement: NodeId) -> bool {
        let tree = self.tree;
        let before = tree
            .parent(statement)
            .into_iter()
            .flat_map(|block| tree.children(block))
            .take_while(|&child| child < statement)
            .last();
        before.is_some_and(|before| {
            matches!(
                tree.kind(before),
                SyntaxKind::Label | SyntaxKind::CaseLabel | SyntaxKind::DefaultLabel
            )
        })
    }

    /// Whether evaluating an expression does nothing.
    fn is_pure(&self, value: NodeId) -> bool {
        let tree = self.tree;
        std::iter::once(value)
            .chain(tree.descendants(value))
            .all(|id| match tree.kind(id) {
                SyntaxKind::CallExpr => tree
                    .children(id)
                    .next()
                    .is_some_and(|callee| PURE.contains(&tree.text(callee, self.text).trim_ascii())),
                SyntaxKind::AssignExpr
                | SyntaxKind::PostfixExpr
                | SyntaxKind::StmtExpr
                | SyntaxKind::Opaque => false,
                SyntaxKind::PrefixExpr => {
                    let operator = tree.own_tokens(id).next().map(|token| tree.tokens().kind(token));
                    !matches!(operator, Some(SyntaxKind::PlusPlus | SyntaxKind::MinusMinus))
                }
                _ => true,
            })
    }

    fn mentions(&self, node: NodeId) -> Vec<String> {
        std::iter::once(node)
            .chain(self.tree.descendants(node))
            .filter_map(|id| self.locals.resolve(id))
            .map(|variable| self.name(variable))
            .collect()
    }

    /// Whether a macro of this file that the function uses mentions the name.
    fn is_hidden_in_macro(&self, name: &str) -> bool {
        let tree = self.tree;
        let holds = |node: NodeId, word: &[u8]| {
            tree.token_span(node).any(|token| {
                tree.tokens().kind(token) == SyntaxKind::Ident
                    && tree.tokens().range(token).slice(self.text) == word
            })
        };
        tree.descendants(NodeId::ROOT)
            .filter(|&id| tree.kind(id) == SyntaxKind::DefineDirective)
            .any(|define| {
                let body = tree.child(define, SyntaxKind::MacroBody);
                let parameters = tree.child(define, SyntaxKind::MacroParams);
                let mentions = body.is_some_and(|body| holds(body, name.as_bytes()))
                    && !parameters.is_some_and(|parameters| holds(parameters, name.as_bytes()));
                mentions
                    && tree
                        .own_tokens(define)
                        .filter(|&token| tree.tokens().kind(token) == SyntaxKind::Ident)
                        .nth(1)
                        .is_some_and(|token| holds(self.node, tree.tokens().range(token).slice(self.text)))
            })
    }

    /// Removes a declarator: its whole declaration, if it is the only one.
    fn declarator(&self, variable: VariableId, comments: &mut Vec<String>) -> Edit {
        let tree = self.tree;
        let known = self.locals.variable(variable);
        let items: Vec<TextRange> = tree
            .children(known.declaration)
            .filter(|&item| tree.kind(item) == SyntaxKind::InitDeclarator)
            .map(|item| tree.range(item))
            .collect();
        let own = tree.range(known.declarator);
        let position = items.iter().position(|&item| item == own).unwrap_or(0);
        let range = match (
            position.checked_sub(1).map(|before| items[before]),
            items.get(position + 1),
        ) {
            (None, None) => return self.line(tree.range(known.declaration), comments),
            (None, Some(next)) => TextRange::new(own.start, next.start),
            (Some(before), _) => TextRange::new(before.end, own.end),
        };
        Edit {
            range,
            text: Vec::new(),
        }
    }

    /// Removes a statement with its line, if nothing else stands there, and a blank line that would be left over.
    fn line(&self, range: TextRange, comments: &mut Vec<String>) -> Edit {
        let text = self.text;
        let (start, end) = (range.start as usize, range.end as usize);
        let line_start = added::line_start(text, start);
        let line_end = added::line_end(text, end);
        let behind = text[end..line_end].trim_ascii();
        let is_alone = text[line_start..start].trim_ascii().is_empty()
            && (behind.is_empty()
                || behind.starts_with(b"/*") && behind.ends_with(b"*/")
                || behind.starts_with(b"//"));
        if !is_alone {
            return Edit {
                range,
                text: Vec::new(),
            };
        }
        if !behind.is_empty() {
            comments.push(String::from_utf8_lossy(behind).into_owned());
        }
        let mut end = line_end;
        let before = &text[added::line_start(text, line_start.saturating_sub(1))..line_start];
        let next = &text[line_end..added::line_end(text, line_end)];
        let opens = before.trim_ascii().is_empty() || before.trim_ascii_end().ends_with(b"{");
        if opens && next.trim_ascii().is_empty() && !next.is_empty() {
            end += next.len();
        }
        Edit {
            range: TextRange::new(line_start as u32, end as u32),
            text: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(before: &str, candidates: &[&str], after: &str) {
        let candidates: Vec<String> = candidates.iter().map(|name| name.to_string()).collect();
        let removed = remove(before.as_bytes(), &Names::new(), 0, &candidates);
        assert_eq!(String::from_utf8(removed.text).unwrap(), after);
    }

    #[test]
    fn declarations_lose_what_is_not_used() {
        check(
            "int f(void)\n{\n\tint i, err;\n\n\treturn err;\n}\n",
            &["i"],
            "int f(void)\n{\n\tint err;\n\n\treturn err;\n}\n",
        );
        check(
            "int f(void)\n{\n\tint err, i, *p = q, k;\n\n\treturn err + k;\n}\n",
            &["i", "p"],
            "int f(void)\n{\n\tint err, k;\n\n\treturn err + k;\n}\n",
        );
        check(
            "int f(void)\n{\n\tunsigned long size = a,\n\t\tstart = b;\n\n\tg(start);\n}\n",
            &["size"],
            "int f(void)\n{\n\tunsigned long start = b;\n\n\tg(start);\n}\n",
        );
    }

    #[test]
    fn lines_go_as_a_whole_with_the_blank_line_behind() {
        check(
            "int f(void)\n{\n\tunsigned long uaddr;\n\tint i;\n\n\tuaddr = v->start;\n\treturn g();\n}\n",
            &["uaddr", "i"],
            "int f(void)\n{\n\treturn g();\n}\n",
        );
        check(
            "int f(void)\n{\n\tint k;\n\tint i = 0; /* index */\n\n\treturn g(k);\n}\n",
            &["i"],
            "int f(void)\n{\n\tint k;\n\n\treturn g(k);\n}\n",
        );
    }

    #[test]
    fn what_was_only_used_for_it_goes_too() {
        check(
            "int f(void)\n{\n\tint a = 1;\n\tint b = a + vma_pages(v);\n\tint c;\n\n\tc = b;\n\tc++;\n\treturn 0;\n}\n",
            &["c"],
            "int f(void)\n{\n\treturn 0;\n}\n",
        );
    }

    #[test]
    fn what_is_needed_stays() {
        for text in [
            "int f(void)\n{\n\tint i = g();\n\n\treturn 0;\n}\n",
            "int f(void)\n{\n\tint i;\n\n\ti = g();\n\treturn 0;\n}\n",
            "int f(void)\n{\n\tint i;\n\n\tg(&i);\n\treturn 0;\n}\n",
            "int f(void)\n{\n\tint i;\n\n\treturn sizeof(i);\n}\n",
            "int f(void)\n{\n\tint i;\n\n\tif (a)\n\t\ti = 1;\n\treturn 0;\n}\n",
            "int f(void)\n{\n\tstatic int i;\n\n\treturn 0;\n}\n",
            "#define SHOW() g(i)\nint f(void)\n{\n\tint i = 0;\n\n\tSHOW();\n\treturn 0;\n}\n",
            "int f(void)\n{\n\tint i;\n\n\tgoto l;\nl:\n\ti = 1;\n}\n",
            "int f(int i)\n{\n\treturn 0;\n}\n",
        ] {
            check(text, &["i"], text);
        }
    }
}
