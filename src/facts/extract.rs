//! Reads the facts off the tree of a file.

use bstr::BString;
use rustc_hash::FxHashMap;

use super::file::{Call, FileFacts, Function, MacroBinding, Member, Piece, Record, Reference, UseAs};
use super::types::{self, Type};
use crate::syntax::{NodeId, SyntaxKind};
use crate::text::TextRange;

impl FileFacts {
    pub(super) fn read(&mut self) {
        self.read_functions();
        let mut arguments = FxHashMap::default();
        for id in self.tree.descendants(NodeId::ROOT) {
            match self.tree.kind(id) {
                SyntaxKind::CallExpr => self.read_call(id, &mut arguments),
                SyntaxKind::MacroDeclarator => self.read_macro_declarator(id, &mut arguments),
                SyntaxKind::NameExpr => self.read_name(id, &arguments),
                SyntaxKind::StructSpec | SyntaxKind::UnionSpec => self.read_record(id),
                SyntaxKind::DefineDirective => self.read_macro(id),
                SyntaxKind::Declaration => self.read_declaration(id),
                _ => {}
            }
        }
    }

    fn read_functions(&mut self) {
        for id in self.tree.descendants(NodeId::ROOT) {
            let tree = &self.tree;
            let function = match tree.kind(id) {
                SyntaxKind::Function if tree.child(id, SyntaxKind::Block).is_some() => self.function(id),
                SyntaxKind::MacroFunction => self.macro_function(id),
                SyntaxKind::DefineDirective if tree.child(id, SyntaxKind::MacroBody).is_some() => {
                    self.macro_of(id)
                }
                _ => None,
            };
            self.functions.extend(function);
        }
    }

    fn function(&self, id: NodeId) -> Option<Function> {
        let (tree, text) = (&self.tree, &self.text[..]);
        let (name, range) = self.word(types::declared_name(tree, id)?)?;
        let specifiers = types::specifiers(tree, id);
        let is_static = specifiers.is_some_and(|specifiers| {
            tree.own_tokens(specifiers)
                .any(|token| tree.tokens().range(token).slice(text) == b"static")
        });
        let mut returns = types::declared(tree, text, specifiers, id);
        returns.is_function = false;
        Some(Function {
            name,
            range,
            node: id,
            is_macro: false,
            is_static,
            parameters: self.parameters(id),
            returns,
        })
    }

    fn parameters(&self, function: NodeId) -> Vec<(BString, Type)> {
        let (tree, text) = (&self.tree, &self.text[..]);
        let mut at = function;
        let mut list = None;
        while let Some(next) = tree
            .children(at)
            .find(|&child| types::is_declarator(tree.kind(child)))
        {
            at = next;
            if tree.kind(at) == SyntaxKind::FunctionDeclarator {
                list = tree.child(at, SyntaxKind::ParamList);
            }
        }
        let Some(list) = list else { return Vec::new() };
        let mut parameters: Vec<(BString, Type)> = tree
            .children(list)
            .filter(|&param| tree.kind(param) == SyntaxKind::Param)
            .map(|param| {
                let ty = types::declared(tree, text, types::specifiers(tree, param), param);
                let name = types::declared_name(tree, param).and_then(|name| self.word(name));
                match name {
                    Some((name, _)) => (name, ty),
                    // A K&R parameter looks like a type.
                    None => (ty.name, Type::default()),
                }
            })
            .collect();
        if let Some(old) = tree.child(function, SyntaxKind::KrDeclarations) {
            for declaration in tree.children(old) {
                for (name, ty, _) in self.declared_in(declaration) {
                    if let Some(parameter) = parameters.iter_mut().find(|(known, _)| *known == name) {
                        parameter.1 = ty;
                    }
                }
            }
        }
        parameters
    }

    /// `SYSCALL_DEFINE3(read, …) { … }`
    fn macro_function(&self, id: NodeId) -> Option<Function> {
        let tree = &self.tree;
        let call = tree.child(id, SyntaxKind::CallExpr)?;
        let list = tree.child(call, SyntaxKind::ArgList)?;
        let first = tree.children(list).next()?;
        let token = tree
            .token_span(first)
            .find(|&token| tree.tokens().kind(token) == SyntaxKind::Ident)?;
        let range = tree.tokens().range(token);
        Some(Function {
            name: range.slice(&self.text).into(),
            range,
            node: id,
            is_macro: false,
            is_static: true,
            parameters: Vec::new(),
            returns: Type::default(),
        })
    }

    fn macro_of(&self, id: NodeId) -> Option<Function> {
        let tree = &self.tree;
        // `define` and then the name.
        let token = tree
            .own_tokens(id)
            .filter(|&token| tree.tokens().kind(token) == SyntaxKind::Ident)
            .nth(1)?;
        let range = tree.tokens().range(token);
        let parameters = tree.child(id, SyntaxKind::MacroParams).map(|params| {
            tree.own_tokens(params)
                .filter(|&token| tree.tokens().kind(token) == SyntaxKind::Ident)
                .map(|token| {
                    (
                        tree.tokens().range(token).slice(&self.text).into(),
                        Type::default(),
                    )
                })
                .collect()
        });
        Some(Function {
            name: range.slice(&self.text).into(),
            range,
            node: id,
            is_macro: true,
            is_static: !self.is_header(),
            parameters: parameters.unwrap_or_default(),
            returns: Type::default(),
        })
    }

    fn read_call(&mut self, id: NodeId, arguments: &mut FxHashMap<NodeId, (BString, usize)>) {
        let tree = &self.tree;
        let mut children = tree.children(id);
        let Some(callee) = children.next() else { return };
        let through_member = match tree.kind(callee) {
            SyntaxKind::NameExpr => false,
            SyntaxKind::MemberExpr => true,
            // `(*ops->fault)(…)` and `(f)(…)`
            SyntaxKind::ParenExpr => {
                let inner = tree
                    .descendants(callee)
                    .find(|&inner| matches!(tree.kind(inner), SyntaxKind::MemberExpr | SyntaxKind::NameExpr));
                let Some(inner) = inner else { return };
                let through_member = tree.kind(inner) == SyntaxKind::MemberExpr;
                if let Some((callee, range)) = self.word(inner) {
                    self.calls.push(Call {
                        callee,
                        through_member,
                        caller: self.function_around(id),
                        node: id,
                        range,
                    });
                }
                return;
            }
            _ => return,
        };
        let Some((name, range)) = self.word(callee) else {
            return;
        };
        if let Some(list) = children.next() {
            for (index, argument) in tree.children(list).enumerate() {
                arguments.insert(argument, (name.clone(), index));
            }
        }
        self.calls.push(Call {
            callee: name,
            through_member,
            caller: self.function_around(id),
            node: id,
            range,
        });
    }

    /// `static DEFINE_OPS(name, function);`
    fn read_macro_declarator(&mut self, id: NodeId, arguments: &mut FxHashMap<NodeId, (BString, usize)>) {
        let Some((name, range)) = self.word(id) else {
            return;
        };
        if let Some(list) = self.tree.child(id, SyntaxKind::ArgList) {
            for (index, argument) in self.tree.children(list).enumerate() {
                arguments.insert(argument, (name.clone(), index));
            }
        }
        self.calls.push(Call {
            callee: name,
            through_member: false,
            caller: self.function_around(id),
            node: id,
            range,
        });
    }

    fn read_name(&mut self, id: NodeId, arguments: &FxHashMap<NodeId, (BString, usize)>) {
        let tree = &self.tree;
        let Some(parent) = tree.parent(id) else { return };
        // A callee is no value, but the operand of a member access or an arithmetic is none that matters either.
        if matches!(
            tree.kind(parent),
            SyntaxKind::CallExpr | SyntaxKind::MemberExpr | SyntaxKind::IndexExpr | SyntaxKind::BinaryExpr
        ) && tree.children(parent).next() == Some(id)
        {
            return;
        }
        let Some((name, range)) = self.word(id) else {
            return;
        };
        let use_as = self.use_of(id, arguments);
        self.references.push(Reference {
            name,
            range,
            inside: self.function_around(id),
            use_as,
        });
    }

    fn read_record(&mut self, id: NodeId) {
        let tree = &self.tree;
        let Some(fields) = tree.child(id, SyntaxKind::FieldList) else {
            return;
        };
        let named = self.word(id).or_else(|| {
            // `typedef struct { … } name;`
            let declaration = tree.parent(tree.parent(id)?)?;
            let is_typedef = types::specifiers(tree, declaration)
                .is_some_and(|list| tree.own_token(list, SyntaxKind::KwTypedef).is_some());
            let item = tree
                .child(declaration, SyntaxKind::InitDeclarator)
                .filter(|_| is_typedef)?;
            self.word(types::declared_name(tree, item)?)
        });
        let Some((tag, range)) = named else { return };
        let mut members = Vec::new();
        self.collect_members(fields, &mut members);
        self.records.push(Record { tag, range, members });
    }

    /// The members of a list of fields, and of unnamed structs in it.
    fn collect_members(&self, fields: NodeId, members: &mut Vec<Member>) {
        let tree = &self.tree;
        let mut lists = vec![fields];
        while let Some(list) = lists.pop() {
            for field in tree.children(list) {
                match tree.kind(field) {
                    SyntaxKind::Field | SyntaxKind::Declaration => {}
                    SyntaxKind::InactiveBranch => {
                        lists.push(field);
                        continue;
                    }
                    _ => continue,
                }
                let declared = self.declared_in(field);
                if declared.is_empty()
                    && let Some(specifiers) = types::specifiers(tree, field)
                {
                    let unnamed = tree
                        .children(specifiers)
                        .filter_map(|spec| tree.child(spec, SyntaxKind::FieldList));
                    lists.extend(unnamed);
                }
                members.extend(
                    declared
                        .into_iter()
                        .map(|(name, ty, range)| Member { name, ty, range }),
                );
            }
        }
    }

    fn read_declaration(&mut self, id: NodeId) {
        let tree = &self.tree;
        let is_global = !tree
            .ancestors(id)
            .any(|outer| matches!(tree.kind(outer), SyntaxKind::Block | SyntaxKind::KrDeclarations));
        if !is_global {
            return;
        }
        for (name, ty, _) in self.declared_in(id) {
            if self.is_prototype(id) {
                self.prototypes.push(name);
            } else {
                self.globals.push((name, ty));
            }
        }
    }

    /// Whether a declaration declares a function and no pointer to one.
    fn is_prototype(&self, declaration: NodeId) -> bool {
        let tree = &self.tree;
        tree.child(declaration, SyntaxKind::InitDeclarator)
            .and_then(|item| types::declared_name(tree, item))
            .and_then(|name| tree.parent(name))
            .is_some_and(|outer| tree.kind(outer) == SyntaxKind::FunctionDeclarator)
    }

    /// `.member = value` in the body of a macro, by its tokens, as the body need not be an expression.
    fn read_macro(&mut self, id: NodeId) {
        let tree = &self.tree;
        let Some(body) = tree.child(id, SyntaxKind::MacroBody) else {
            return;
        };
        let Ok(index) = self.functions.binary_search_by_key(&id, |function| function.node) else {
            return;
        };
        let function = &self.functions[index];
        let tokens: Vec<(SyntaxKind, TextRange)> = tree
            .token_span(body)
            .map(|token| (tree.tokens().kind(token), tree.tokens().range(token)))
            .filter(|(kind, _)| !kind.is_trivia())
            .collect();
        let word = |at: usize| tokens.get(at).map(|(_, range)| range.slice(&self.text));
        let kind = |at: usize| tokens.get(at).map(|&(kind, _)| kind);
        let record = (0..tokens.len())
            .find(|&at| kind(at) == Some(SyntaxKind::KwStruct))
            .and_then(|at| word(at + 1))
            .map(BString::from);
        let mut found = Vec::new();
        for at in 0..tokens.len() {
            let is_member = kind(at) == Some(SyntaxKind::Dot)
                && kind(at + 1) == Some(SyntaxKind::Ident)
                && kind(at + 2) == Some(SyntaxKind::Eq);
            if !is_member {
                continue;
            }
            let mut value = Vec::new();
            let mut next = at + 3;
            if kind(next) == Some(SyntaxKind::Amp) {
                next += 1;
            }
            while kind(next) == Some(SyntaxKind::Ident) {
                let piece: BString = word(next).unwrap_or_default().into();
                let parameter = function.parameters.iter().position(|(name, _)| *name == piece);
                value.push(parameter.map_or(Piece::Word(piece), Piece::Parameter));
                next += 1;
                if kind(next) != Some(SyntaxKind::HashHash) {
                    break;
                }
                next += 1;
            }
            if !value.is_empty() {
                found.push(MacroBinding {
                    name: function.name.clone(),
                    record: record.clone(),
                    member: word(at + 1).unwrap_or_default().into(),
                    value,
                    range: tokens[at + 1].1,
                });
            }
        }
        self.macro_bindings.extend(found);
    }

    /// Where the value of a name goes: looks through `&`, casts, parentheses and choices.
    pub(super) fn use_of(&self, id: NodeId, arguments: &FxHashMap<NodeId, (BString, usize)>) -> UseAs {
        let tree = &self.tree;
        let mut inner = id;
        let mut argument = None;
        for outer in tree.ancestors(id) {
            if argument.is_none()
                && let Some((callee, index)) = arguments.get(&inner)
            {
                argument = Some(UseAs::Argument {
                    callee: callee.clone(),
                    index: *index,
                });
            }
            match tree.kind(outer) {
                SyntaxKind::InitElement => {
                    let names: Vec<_> = tree
                        .children(outer)
                        .filter(|&child| tree.kind(child) == SyntaxKind::Designator)
                        .filter_map(|designator| tree.own_token(designator, SyntaxKind::Ident))
                        .collect();
                    let Some(&last) = names.last() else {
                        inner = outer;
                        continue;
                    };
                    let is_direct = names.len() == 1;
                    return UseAs::Member {
                        record: is_direct.then(|| self.record_of_list(outer)).flatten(),
                        member: tree.tokens().range(last).slice(&self.text).into(),
                    };
                }
                SyntaxKind::AssignExpr => {
                    let Some(left) = tree.children(outer).next().filter(|&left| left != inner) else {
                        break;
                    };
                    if tree.kind(left) == SyntaxKind::MemberExpr
                        && let Some((member, _)) = self.word(left)
                    {
                        return UseAs::Member {
                            record: self.record_of_member(left),
                            member,
                        };
                    }
                    break;
                }
                SyntaxKind::ParenExpr
                | SyntaxKind::CastExpr
                | SyntaxKind::ConditionalExpr
                | SyntaxKind::PrefixExpr
                | SyntaxKind::CallExpr
                | SyntaxKind::ArgList
                | SyntaxKind::InactiveBranch
                | SyntaxKind::MacroArg => inner = outer,
                _ => break,
            }
        }
        argument.unwrap_or(UseAs::Other)
    }
}
