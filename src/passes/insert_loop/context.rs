//! One function with all that is asked about it.

use crate::facts::file::FileFacts;
use crate::facts::types::{self, Integer, Type, Width};
use crate::facts::{Sources, records};
use crate::flow::{Accesses, Detail, Dominators, Graph, Locals, Reach, VariableId};
use crate::syntax::{NodeId, SyntaxKind, Tree};

/// A function and its flow.
pub struct Context<'a> {
    pub file: &'a FileFacts,
    pub sources: &'a Sources<'a>,
    pub function: NodeId,
    pub graph: Graph,
    pub locals: Locals,
    pub accesses: Accesses,
    pub dominators: Dominators,
}

impl<'a> Context<'a> {
    pub fn new(file: &'a FileFacts, sources: &'a Sources<'a>, function: NodeId) -> Self {
        let graph = Graph::new(&file.tree, &file.text, function, Detail::DATA);
        let locals = Locals::new(&file.tree, &file.text, function);
        let accesses = Accesses::new(&file.tree, &graph, &locals);
        let dominators = Dominators::new(&graph);
        Self {
            file,
            sources,
            function,
            graph,
            locals,
            accesses,
            dominators,
        }
    }

    pub fn tree(&self) -> &'a Tree {
        &self.file.tree
    }

    pub fn reach(&self) -> Reach<'_> {
        Reach {
            graph: &self.graph,
            locals: &self.locals,
            accesses: &self.accesses,
        }
    }

    /// The text of a node, trimmed.
    pub fn text(&self, node: NodeId) -> &'a [u8] {
        self.file.tree.text(node, &self.file.text).trim_ascii()
    }

    /// The text of a node on one line, for messages.
    pub fn shown(&self, node: NodeId) -> String {
        let text = String::from_utf8_lossy(self.text(node)).into_owned();
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// The declared type of a local variable.
    pub fn type_of_variable(&self, variable: VariableId) -> Type {
        let variable = self.locals.variable(variable);
        let (tree, text) = (&self.file.tree, &self.file.text[..]);
        types::declared(
            tree,
            text,
            types::specifiers(tree, variable.declaration),
            variable.declarator,
        )
    }

    pub fn name_of_variable(&self, variable: VariableId) -> String {
        String::from_utf8_lossy(self.text(self.locals.variable(variable).name)).into_owned()
    }

    /// The type of an expression, as far as declarations in the files at hand tell.
    pub fn type_of(&self, expression: NodeId) -> Option<Type> {
        let tree = self.tree();
        match tree.kind(expression) {
            SyntaxKind::NameExpr => match self.locals.resolve(expression) {
                Some(variable) => Some(self.type_of_variable(variable)),
                None => self.file.type_of(expression),
            },
            SyntaxKind::MemberExpr => {
                let base = self.type_of(tree.children(expression).next()?)?;
                let record = base.tag().unwrap_or(&base.name).to_vec();
                let token = tree.own_token(expression, SyntaxKind::Ident)?;
                let name = tree.tokens().range(token).slice(&self.file.text);
                Some(records::member(self.sources, &record, name)?.0)
            }
            SyntaxKind::ParenExpr => self.type_of(tree.children(expression).next()?),
            SyntaxKind::IndexExpr => {
                let mut ty = self.type_of(tree.children(expression).next()?)?;
                dereference(&mut ty)?;
                Some(ty)
            }
            SyntaxKind::PrefixExpr => {
                let mut ty = self.type_of(tree.children(expression).next()?)?;
                match self.operator(expression)? {
                    SyntaxKind::Star => dereference(&mut ty)?,
                    SyntaxKind::Amp => ty.pointers += 1,
                    SyntaxKind::PlusPlus | SyntaxKind::MinusMinus => {}
                    _ => return None,
                }
                Some(ty)
            }
            SyntaxKind::PostfixExpr => self.type_of(tree.children(expression).next()?),
            SyntaxKind::BinaryExpr => {
                // Pointer arithmetic.
                tree.children(expression)
                    .filter_map(|side| self.type_of(side))
                    .find(|ty| ty.pointers + ty.arrays > 0)
            }
            _ => self.file.type_of(expression),
        }
    }

    /// The integer type that an expression has after the usual conversions.
    pub fn integer_of(&self, expression: NodeId) -> Option<Integer> {
        let tree = self.tree();
        const INT: Integer = Integer {
            signed: true,
            width: Width::Int,
        };
        const LONG: Integer = super::poly::UNSIGNED_LONG;
        let promoted = |integer: Integer| {
            if integer.width == Width::Short {
                INT
            } else {
                integer
            }
        };
        match tree.kind(expression) {
            SyntaxKind::Literal => {
                let text = self.text(expression);
                let unsigned = text.iter().any(|byte| matches!(byte, b'u' | b'U'));
                let long = text.iter().any(|byte| matches!(byte, b'l' | b'L'));
                let value = records::number(text)?;
                let width = if long || value > u64::from(u32::MAX) {
                    Width::Long
                } else {
                    Width::Int
                };
                let signed = !unsigned && (width == Width::Long || value <= i32::MAX as u64);
                Some(Integer { signed, width })
            }
            SyntaxKind::SizeofExpr => Some(LONG),
            SyntaxKind::ParenExpr => self.integer_of(tree.children(expression).next()?),
            SyntaxKind::NameExpr => match self.text(expression) {
                b"PAGE_SIZE" | b"PAGE_MASK" => Some(LONG),
                b"PAGE_SHIFT" => Some(INT),
                name if self.locals.resolve(expression).is_none() && self.constant(name).is_some() => {
                    Some(INT)
                }
                _ => self.type_of(expression)?.integer().map(promoted),
            },
            SyntaxKind::MemberExpr => {
                let token = tree.own_token(expression, SyntaxKind::Ident)?;
                match tree.tokens().range(token).slice(&self.file.text) {
                    // Of a VMA, whose struct is seldom at hand.
                    b"vm_start" | b"vm_end" | b"vm_pgoff" => Some(LONG),
                    _ => self.type_of(expression)?.integer().map(promoted),
                }
            }
            SyntaxKind::BinaryExpr => {
                let mut sides = tree.children(expression);
                let (left, right) = (sides.next()?, sides.next()?);
                match self.operator(expression)? {
                    SyntaxKind::Shl | SyntaxKind::Shr => self.integer_of(left),
                    SyntaxKind::Plus
                    | SyntaxKind::Minus
                    | SyntaxKind::Star
                    | SyntaxKind::Slash
                    | SyntaxKind::Percent
                    | SyntaxKind::Amp
                    | SyntaxKind::Pipe
                    | SyntaxKind::Caret => common(self.integer_of(left)?, self.integer_of(right)?),
                    _ => Some(INT),
                }
            }
            SyntaxKind::ConditionalExpr => {
                let mut arms = tree.children(expression).skip(1);
                let (first, second) = (arms.next()?, arms.next()?);
                common(self.integer_of(first)?, self.integer_of(second)?)
            }
            SyntaxKind::PrefixExpr => match self.operator(expression)? {
                SyntaxKind::Bang => Some(INT),
                SyntaxKind::Plus
                | SyntaxKind::Minus
                | SyntaxKind::Tilde
                | SyntaxKind::PlusPlus
                | SyntaxKind::MinusMinus => self.integer_of(tree.children(expression).next()?),
                _ => self.type_of(expression)?.integer().map(promoted),
            },
            SyntaxKind::PostfixExpr => self.integer_of(tree.children(expression).next()?),
            SyntaxKind::AssignExpr => self.integer_of(tree.children(expression).next()?),
            SyntaxKind::CallExpr => {
                let mut children = tree.children(expression);
                let callee = self.text(children.next()?);
                let mut arguments = children.next().into_iter().flat_map(|list| tree.children(list));
                match callee {
                    b"vma_pages" | b"PFN_UP" | b"PFN_DOWN" | b"PFN_PHYS" => Some(LONG),
                    b"PAGE_ALIGN" => Some(match self.integer_of(arguments.next()?)? {
                        Integer {
                            width: Width::Quad,
                            signed,
                        } => Integer {
                            width: Width::Quad,
                            signed,
                        },
                        _ => LONG,
                    }),
                    b"DIV_ROUND_UP" | b"min" | b"max" => common(
                        self.integer_of(arguments.next()?)?,
                        self.integer_of(arguments.next()?)?,
                    ),
                    b"ARRAY_SIZE" => Some(LONG),
                    b"likely" | b"unlikely" => self.integer_of(arguments.next()?),
                    _ => {
                        let mut returns = self
                            .sources
                            .files()
                            .flat_map(|file| file.functions_named(callee))
                            .filter(|(_, function)| !function.is_macro)
                            .map(|(_, function)| function.returns.integer());
                        let first = returns.next()??;
                        returns
                            .all(|other| other == Some(first))
                            .then_some(first)
                            .map(promoted)
                    }
                }
            }
            SyntaxKind::CastExpr => self.file.type_of(expression)?.integer().map(promoted),
            _ => self.type_of(expression)?.integer().map(promoted),
        }
    }

    /// The number that a macro stands for, if all its definitions in the files at hand say the same.
    pub fn constant(&self, name: &[u8]) -> Option<i64> {
        let mut found = None;
        for file in std::iter::once(self.file).chain(self.sources.files().map(|file| &**file)) {
            for (_, definition) in file.functions_named(name).filter(|(_, known)| known.is_macro) {
                let body = file.tree.child(definition.node, SyntaxKind::MacroBody)?;
                let mut children = file.tree.children(body);
                let (value, None) = (children.next()?, children.next()) else {
                    return None;
                };
                let is_literal = file.tree.kind(value) == SyntaxKind::Literal
                    && definition.parameters.is_empty()
                    && file
                        .tree
                        .child(definition.node, SyntaxKind::MacroParams)
                        .is_none();
                let text = file.tree.text(value, &file.text).trim_ascii();
                let number = records::number(text).filter(|_| is_literal)?;
                let number = i64::from(i32::try_from(number).ok()?);
                if found.is_some_and(|known| known != number) {
                    return None;
                }
                found = Some(number);
            }
        }
        found
    }

    /// The operator of an expression: its first own token.
    pub fn operator(&self, expression: NodeId) -> Option<SyntaxKind> {
        let tree = self.tree();
        tree.own_tokens(expression)
            .next()
            .map(|token| tree.tokens().kind(token))
    }
}

fn dereference(ty: &mut Type) -> Option<()> {
    if ty.arrays > 0 {
        ty.arrays -= 1;
    } else {
        ty.pointers = ty.pointers.checked_sub(1)?;
    }
    Some(())
}

/// The type in which two operands are computed (C11 6.3.1.8).
pub fn common(a: Integer, b: Integer) -> Option<Integer> {
    let width = a.width.max(b.width).max(Width::Int);
    let unsigned = |x: Integer| !x.signed && x.width == width;
    Some(Integer {
        signed: !(unsigned(a) || unsigned(b)),
        width,
    })
}
