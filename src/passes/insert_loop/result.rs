//! The variable that holds what the call returned.

use super::judge::Exit;
use super::miss::Miss;
use super::rewrite::{Maker, insertion};
use super::spelling::is_visible;
use crate::edit::Edit;
use crate::edit::added;
use crate::flow::VariableId;
use crate::syntax::{NodeId, SyntaxKind};

impl Maker<'_, '_> {
    /// The variable to store the result in: the loop's own, or one that is declared around it.
    pub(super) fn result_name(&self, result: VariableId, edits: &mut Vec<Edit>) -> Result<String, Miss> {
        let cx = self.cx;
        let tree = cx.tree();
        let variable = cx.locals.variable(result);
        let name = cx.name_of_variable(result);
        if !tree.contains(self.fold.turn.syntax, variable.scope) {
            return Ok(name);
        }
        let block = tree
            .ancestors(self.fold.turn.syntax)
            .find(|&outer| tree.kind(outer) == SyntaxKind::Block)
            .unwrap_or(cx.function);
        let ty = cx.type_of_variable(result);
        for candidate in [&name[..], "err", "ret", "rc", "error", "result"] {
            match self.outer_variable(candidate, result) {
                Some(outer) => {
                    let same_type = cx.type_of_variable(outer) == ty;
                    let dead = |exit: &Exit| !cx.reach().is_live_before(outer, exit.to);
                    let free = same_type
                        && !cx.accesses.is_aliased(outer)
                        && dead(&self.fold.on_error)
                        && dead(&self.fold.at_end);
                    if free {
                        return Ok(candidate.to_owned());
                    }
                }
                None if candidate == name || !self.is_mentioned(candidate) => {
                    edits.push(self.declaration(block, result, candidate));
                    return Ok(candidate.to_owned());
                }
                None => {}
            }
        }
        let text = format!("`{name}` means something else around the loop");
        Err(Miss::new("unclear", text, [variable.declaration]))
    }

    /// The variable that a name would mean in the place of the loop, but for one.
    pub(super) fn outer_variable(&self, name: &str, but: VariableId) -> Option<VariableId> {
        let cx = self.cx;
        cx.locals.ids().find(|&id| {
            id != but && cx.name_of_variable(id) == name && is_visible(cx, id, self.fold.turn.syntax)
        })
    }

    pub(super) fn is_mentioned(&self, name: &str) -> bool {
        let cx = self.cx;
        let tokens = cx.tree().tokens();
        cx.tree().token_span(cx.function).any(|token| {
            tokens.kind(token) == SyntaxKind::Ident
                && tokens.range(token).slice(&cx.file.text) == name.as_bytes()
        })
    }

    /// A declaration behind those that a block begins with.
    pub(super) fn declaration(&self, block: NodeId, result: VariableId, name: &str) -> Edit {
        let cx = self.cx;
        let tree = cx.tree();
        let specifiers = tree.child(cx.locals.variable(result).declaration, SyntaxKind::Specifiers);
        let ty = specifiers.map_or("int".into(), |specifiers| cx.shown(specifiers));
        let last = tree
            .children(block)
            .take_while(|&child| tree.kind(child) == SyntaxKind::Declaration)
            .last();
        let text = &cx.file.text;
        match last {
            Some(last) => {
                let range = tree.range(last);
                let at = added::line_end(text, range.end as usize) as u32;
                let indentation = self.column_of(range.start);
                insertion(at, format!("{indentation}{ty} {name};\n"))
            }
            None => {
                let at = added::line_end(text, tree.range(block).start as usize) as u32;
                let indentation = self.column_of(tree.range(block).start);
                insertion(at, format!("{indentation}\t{ty} {name};\n\n"))
            }
        }
    }

    /// Puts another name in place of the loop's own variable.
    pub(super) fn renamed(&self, text: String, old: &str, new: &str) -> String {
        if old == new {
            return text;
        }
        let tokens = crate::syntax::lex(text.as_bytes());
        let mut out = String::new();
        for index in 0..tokens.len() {
            let range = tokens.range(index);
            let piece = String::from_utf8_lossy(range.slice(text.as_bytes()));
            let before = index.checked_sub(1).map(|before| tokens.kind(before));
            let is_member = matches!(before, Some(SyntaxKind::Arrow | SyntaxKind::Dot));
            if tokens.kind(index) == SyntaxKind::Ident && piece == old && !is_member {
                out.push_str(new);
            } else {
                out.push_str(&piece);
            }
        }
        out
    }
}
