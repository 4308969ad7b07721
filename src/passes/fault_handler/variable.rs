//! The variable that a fault code goes to, where it can't be returned at once.

use rustc_hash::FxHashMap;

use super::eval::{Stuck, Value};
use super::rewrite::{Rewritten, View, edit};
use crate::edit::{Edit, added};
use crate::flow::{VariableId, VariableKind, Write};
use crate::syntax::{NodeId, SyntaxKind};
use crate::text::TextRange;

impl View<'_> {
    /// The variable that holds the fault code, with the edits that declare it.
    pub fn code_variable(
        &self,
        variable: Option<VariableId>,
        statement: NodeId,
        made: &mut Rewritten,
    ) -> Result<String, Stuck> {
        let tree = self.tree();
        let Some(variable) = variable else {
            let name = self.free_name(&["ret", "fault", "code"], statement)?;
            made.edits.push(self.declare(&name, None, statement)?);
            return Ok(name);
        };
        let name = self.name(variable);
        let known = self.locals.variable(variable);
        let items = tree
            .children(known.declaration)
            .filter(|&item| tree.kind(item) == SyntaxKind::InitDeclarator);
        let writes = self
            .accesses
            .of_variable(variable)
            .filter(|(_, access)| access.writes != Write::No)
            .count();
        let specifier = self.int_token(known.declaration);
        let codes_only = writes == 1 || self.holds_codes(variable, statement);
        if codes_only && items.count() == 1 && known.kind == VariableKind::Automatic {
            let specifier = specifier
                .ok_or_else(|| self.stuck("mixed-variable", format!("`{name}` is no int"), statement))?;
            made.edits.push(edit(specifier, "vm_fault_t".to_owned()));
            // A fault code is no error.
            if matches!(name.as_str(), "err" | "error")
                && let Ok(code) = self.free_name(&["ret"], statement)
            {
                self.rename(variable, &code, statement, made);
                return Ok(code);
            }
            return Ok(name);
        }
        // It holds errors too: those go to a variable of their own.
        let splits = matches!(name.as_str(), "ret" | "retval");
        if !splits {
            let name = self.free_name(&["ret", "fault", "code"], statement)?;
            made.edits.push(self.declare(&name, None, statement)?);
            return Ok(name);
        }
        let error = self.free_name(&["err", "error"], statement)?;
        self.rename(variable, &error, statement, made);
        made.edits.push(self.declare(&name, None, statement)?);
        made.touched.push(error);
        Ok(name)
    }

    /// Gives a variable another name everywhere but in one statement.
    fn rename(&self, variable: VariableId, name: &str, but_in: NodeId, made: &mut Rewritten) {
        let tree = self.tree();
        let inside = tree.range(but_in);
        let uses = self.locals.uses(variable).map(|used| tree.range(used));
        let outside = uses.filter(|range| !inside.contains(range.start));
        made.edits.extend(outside.map(|range| edit(range, name)));
        let declared = self.name_range(self.locals.variable(variable).name);
        made.edits.push(edit(declared, name));
    }

    /// Whether all that is assigned elsewhere is a fault code.
    fn holds_codes(&self, variable: VariableId, statement: NodeId) -> bool {
        let tree = self.tree();
        let runner = self.runner(FxHashMap::default());
        self.accesses
            .of_variable(variable)
            .filter(|(_, access)| access.writes != Write::No)
            .filter(|(_, access)| !tree.contains(statement, access.name))
            .all(|(_, access)| {
                let holder = tree.parent(access.name);
                let value = match tree.kind(access.name) {
                    SyntaxKind::InitDeclarator => tree.children(access.name).last(),
                    _ => holder
                        .and_then(|holder| runner.assignment(holder))
                        .map(|(_, right)| right),
                };
                matches!(
                    value.map(|value| runner.value(value)),
                    Some(Value::Code(_) | Value::Number(0))
                )
            })
    }

    pub fn name_range(&self, node: NodeId) -> TextRange {
        let tree = self.tree();
        let token = tree.own_token(node, SyntaxKind::Ident);
        token.map_or(tree.range(node), |token| tree.tokens().range(token))
    }

    pub fn free_name(&self, names: &[&str], at: NodeId) -> Result<String, Stuck> {
        let body = self.file.tree.text(self.function, &self.file.text);
        let free = |name: &&&str| super::super::words(body, name.as_bytes()).next().is_none();
        match names.iter().find(free) {
            Some(name) => Ok((*name).to_owned()),
            None => Err(self.stuck("mixed-variable", "there is no free name for the fault code", at)),
        }
    }

    /// A declaration of a fault code behind the other declarations of the function.
    pub fn declare(&self, name: &str, initial: Option<&str>, at: NodeId) -> Result<Edit, Stuck> {
        let tree = self.tree();
        let body = tree
            .child(self.function, SyntaxKind::Block)
            .ok_or_else(|| self.stuck("not-evaluable", "the function has no body", at))?;
        let last = tree
            .children(body)
            .take_while(|&child| tree.kind(child) == SyntaxKind::Declaration)
            .last();
        let initial = initial.map_or(String::new(), |initial| format!(" = {initial}"));
        let line = format!("\tvm_fault_t {name}{initial};\n");
        let (offset, line) = match last {
            Some(last) => (tree.range(last).end, line),
            None => (tree.range(body).start, format!("{line}\n")),
        };
        let offset = added::line_end(&self.file.text, offset as usize) as u32;
        Ok(edit(TextRange::new(offset, offset), line))
    }
}
