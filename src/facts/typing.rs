//! Types of expressions and the structs that members belong to, as far as one file tells.

use bstr::BString;

use super::file::FileFacts;
use super::types::{self, Type};
use crate::syntax::{NodeId, SyntaxKind};
use crate::text::TextRange;

impl FileFacts {
    pub(super) fn word(&self, node: NodeId) -> Option<(BString, TextRange)> {
        let token = self.tree.own_token(node, SyntaxKind::Ident)?;
        let range = self.tree.tokens().range(token);
        Some((range.slice(&self.text).into(), range))
    }

    /// The names that a declaration or field declares, with their types.
    pub(super) fn declared_in(&self, declaration: NodeId) -> Vec<(BString, Type, TextRange)> {
        let (tree, text) = (&self.tree, &self.text[..]);
        let specifiers = types::specifiers(tree, declaration);
        tree.children(declaration)
            .filter(|&item| tree.kind(item) == SyntaxKind::InitDeclarator)
            .filter_map(|item| {
                let (name, range) = self.word(types::declared_name(tree, item)?)?;
                Some((name, types::declared(tree, text, specifiers, item), range))
            })
            .collect()
    }

    /// The struct that an element of an initialiser belongs to.
    pub(super) fn record_of_list(&self, element: NodeId) -> Option<BString> {
        let tree = &self.tree;
        let list = tree.parent(element)?;
        let mut at = tree.parent(list)?;
        // An element of an array of structs has one more list around it.
        while matches!(tree.kind(at), SyntaxKind::InitializerList)
            || tree.kind(at) == SyntaxKind::InitElement
                && tree
                    .children(at)
                    .filter(|&child| tree.kind(child) == SyntaxKind::Designator)
                    .all(|designator| tree.own_token(designator, SyntaxKind::LBracket).is_some())
        {
            at = tree.parent(at)?;
        }
        let holder = match tree.kind(at) {
            SyntaxKind::InitDeclarator => tree.parent(at)?,
            SyntaxKind::CompoundLiteral => tree.child(at, SyntaxKind::TypeName)?,
            SyntaxKind::AssignExpr => return self.record_of_expression(tree.children(at).next()?),
            SyntaxKind::InitElement => return None,
            _ => return None,
        };
        record_name(&types::declared(
            tree,
            &self.text,
            types::specifiers(tree, holder),
            at,
        ))
    }

    /// The struct whose member is named, by the declared type of what stands in front.
    pub(super) fn record_of_member(&self, member: NodeId) -> Option<BString> {
        self.record_of_expression(self.tree.children(member).next()?)
    }

    fn record_of_expression(&self, expression: NodeId) -> Option<BString> {
        record_name(&self.type_of(expression)?)
    }

    /// The type of an expression, as far as declarations in this file tell.
    pub fn type_of(&self, expression: NodeId) -> Option<Type> {
        let tree = &self.tree;
        match tree.kind(expression) {
            SyntaxKind::NameExpr => self.type_of_name(expression),
            SyntaxKind::ParenExpr => self.type_of(tree.children(expression).next()?),
            SyntaxKind::CastExpr => {
                let name = tree.child(expression, SyntaxKind::TypeName)?;
                Some(types::declared(
                    tree,
                    &self.text,
                    types::specifiers(tree, name),
                    name,
                ))
            }
            SyntaxKind::PrefixExpr => {
                let mut ty = self.type_of(tree.children(expression).next()?)?;
                match tree
                    .own_tokens(expression)
                    .next()
                    .map(|token| tree.tokens().kind(token))?
                {
                    SyntaxKind::Amp => ty.pointers += 1,
                    SyntaxKind::Star => deref(&mut ty)?,
                    _ => return None,
                }
                Some(ty)
            }
            SyntaxKind::IndexExpr => {
                let mut ty = self.type_of(tree.children(expression).next()?)?;
                deref(&mut ty)?;
                Some(ty)
            }
            SyntaxKind::MemberExpr => {
                let record = self.record_of_member(expression)?;
                let (member, _) = self.word(expression)?;
                let record = self.records.iter().find(|known| known.tag == record)?;
                let member = record.members.iter().find(|known| known.name == member)?;
                Some(member.ty.clone())
            }
            _ => None,
        }
    }

    /// The type of a variable or parameter, by the nearest declaration of its name.
    fn type_of_name(&self, id: NodeId) -> Option<Type> {
        let (name, _) = self.word(id)?;
        let tree = &self.tree;
        // Declarations of the blocks around, the innermost first.
        let mut inner = id;
        for outer in tree.ancestors(id) {
            if matches!(tree.kind(outer), SyntaxKind::Block | SyntaxKind::ForStmt) {
                let found = tree
                    .children(outer)
                    .take_while(|&child| child <= inner)
                    .filter(|&child| tree.kind(child) == SyntaxKind::Declaration)
                    .flat_map(|declaration| self.declared_in(declaration))
                    .filter(|(known, ..)| *known == name)
                    .last();
                if let Some((_, ty, _)) = found {
                    return Some(ty);
                }
            }
            inner = outer;
        }
        let in_parameters = self.function_around(id).and_then(|index| {
            self.functions[index]
                .parameters
                .iter()
                .find(|(known, _)| *known == name)
        });
        in_parameters
            .or_else(|| self.globals.iter().find(|(known, _)| *known == name))
            .map(|(_, ty)| ty.clone())
    }
}

fn deref(ty: &mut Type) -> Option<()> {
    if ty.arrays > 0 {
        ty.arrays -= 1;
    } else {
        ty.pointers = ty.pointers.checked_sub(1)?;
    }
    Some(())
}

/// The name by which a struct is known: its tag, or the typedef.
fn record_name(ty: &Type) -> Option<BString> {
    if ty.is_function || ty.name.is_empty() {
        return None;
    }
    Some(ty.tag().unwrap_or(&ty.name).into())
}
