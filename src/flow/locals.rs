//! Which name means which local variable.

use rustc_hash::FxHashMap;

use crate::syntax::{NodeId, SyntaxKind, Tree};

/// A variable of one function.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct VariableId(u32);

impl VariableId {
    /// Position in [`Locals::variables`], from 0.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// How a variable lives.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum VariableKind {
    /// A parameter.
    Parameter,
    /// Declared in a block, and gone behind it.
    Automatic,
    /// Declared in a block, but not automatic: `static`, `extern`, a function, a type.
    Other,
}

/// A variable of one function.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Variable {
    /// How it lives.
    pub kind: VariableKind,
    /// The node that names it.
    pub name: NodeId,
    /// The `Declaration` or `Param` around.
    pub declaration: NodeId,
    /// The `InitDeclarator`, or the `Param` again.
    pub declarator: NodeId,
    /// Whether it is an array, so that its name stands for its address.
    pub is_array: bool,
    /// The node in which it can be seen: a block, a loop with a declaration in its head, or the function.
    pub scope: NodeId,
    /// Whether a name of its spelling stands where it is not clear what it means, so that anything may happen to it.
    pub is_unclear: bool,
}

/// The variables of one function, and what its names mean.
#[derive(Clone, Debug, Default)]
pub struct Locals {
    /// Sorted by declarator.
    variables: Vec<Variable>,
    /// Sorted: nodes that name a variable, but for the declarators.
    uses: Vec<(NodeId, VariableId)>,
}

struct Scope {
    node: NodeId,
    /// What was bound before, to be bound again behind the scope.
    hidden: Vec<(Box<[u8]>, Option<VariableId>)>,
}

struct Walk<'t> {
    tree: &'t Tree,
    text: &'t [u8],
    locals: Locals,
    bound: FxHashMap<Box<[u8]>, VariableId>,
    scopes: Vec<Scope>,
}

impl Locals {
    /// Reads the declarations and names of a function.
    pub fn new(tree: &Tree, text: &[u8], function: NodeId) -> Self {
        let mut walk = Walk {
            tree,
            text,
            locals: Locals::default(),
            bound: FxHashMap::default(),
            scopes: vec![Scope {
                node: function,
                hidden: Vec::new(),
            }],
        };
        if let Some(params) = params(tree, function) {
            for param in tree.children(params) {
                walk.declare(param, param, VariableKind::Parameter);
            }
        }
        for id in tree.descendants(function) {
            walk.visit(id, function);
        }
        walk.locals
    }

    /// All variables, in the order of their declarations.
    pub fn variables(&self) -> &[Variable] {
        &self.variables
    }

    /// All variables by number.
    pub fn ids(&self) -> impl Iterator<Item = VariableId> + use<> {
        (0..self.variables.len() as u32).map(VariableId)
    }

    /// A variable.
    pub fn variable(&self, id: VariableId) -> &Variable {
        &self.variables[id.index()]
    }

    /// The variable that a name in the tree means; `None` if it is none of the function's.
    pub fn resolve(&self, name: NodeId) -> Option<VariableId> {
        let at = self.uses.partition_point(|&(id, _)| id < name);
        self.uses
            .get(at)
            .filter(|&&(id, _)| id == name)
            .map(|&(_, variable)| variable)
    }

    /// The nodes that name a variable, but for its declarator.
    pub fn uses(&self, variable: VariableId) -> impl Iterator<Item = NodeId> + '_ {
        self.uses
            .iter()
            .filter(move |&&(_, used)| used == variable)
            .map(|&(id, _)| id)
    }

    /// The variable that a declarator declares: the `InitDeclarator` or the `Param`.
    pub fn declared_by(&self, declarator: NodeId) -> Option<VariableId> {
        let at = self
            .variables
            .binary_search_by_key(&declarator, |variable| variable.declarator);
        at.ok().map(|index| VariableId(index as u32))
    }
}

impl Walk<'_> {
    fn visit(&mut self, id: NodeId, function: NodeId) {
        let tree = self.tree;
        while let Some(scope) = self.scopes.last()
            && scope.node != function
            && !tree.contains(scope.node, id)
        {
            self.close_scope();
        }
        match tree.kind(id) {
            SyntaxKind::Block | SyntaxKind::ForStmt | SyntaxKind::Function => self.scopes.push(Scope {
                node: id,
                hidden: Vec::new(),
            }),
            SyntaxKind::InitDeclarator => {
                let Some(declaration) = tree
                    .parent(id)
                    .filter(|&outer| tree.kind(outer) == SyntaxKind::Declaration)
                else {
                    return;
                };
                let is_parameter = tree.parent(declaration).map(|outer| tree.kind(outer))
                    == Some(SyntaxKind::KrDeclarations);
                let kind = if is_parameter {
                    VariableKind::Parameter
                } else {
                    self.kind_of(declaration, id)
                };
                self.declare(declaration, id, kind);
            }
            SyntaxKind::NameExpr => {
                if let Some(&variable) = self.word(id).and_then(|word| self.bound.get(word)) {
                    self.locals.uses.push((id, variable));
                }
            }
            SyntaxKind::Opaque
            | SyntaxKind::MacroArg
            | SyntaxKind::StringExpr
            | SyntaxKind::PasteExpr
            | SyntaxKind::TypeRef
            | SyntaxKind::Attribute => self.unclear(id),
            SyntaxKind::NameDeclarator if self.is_in_arguments(id) => self.unclear(id),
            _ => {}
        }
    }

    fn close_scope(&mut self) {
        let Some(scope) = self.scopes.pop() else { return };
        for (name, before) in scope.hidden.into_iter().rev() {
            match before {
                Some(variable) => self.bound.insert(name, variable),
                None => self.bound.remove(&name),
            };
        }
    }

    fn word(&self, id: NodeId) -> Option<&[u8]> {
        let token = self.tree.own_token(id, SyntaxKind::Ident)?;
        Some(self.tree.tokens().range(token).slice(self.text))
    }

    fn kind_of(&self, declaration: NodeId, declarator: NodeId) -> VariableKind {
        let tree = self.tree;
        let stored = tree
            .child(declaration, SyntaxKind::Specifiers)
            .into_iter()
            .flat_map(|specifiers| tree.own_tokens(specifiers))
            .any(|token| match tree.tokens().kind(token) {
                SyntaxKind::KwTypedef => true,
                SyntaxKind::KwStorage => {
                    !matches!(tree.tokens().range(token).slice(self.text), b"register" | b"auto")
                }
                _ => false,
            });
        let is_function = innermost(tree, declarator) == Some(SyntaxKind::FunctionDeclarator);
        if stored || is_function {
            VariableKind::Other
        } else {
            VariableKind::Automatic
        }
    }

    fn declare(&mut self, declaration: NodeId, declarator: NodeId, kind: VariableKind) {
        let tree = self.tree;
        let Some(name) =
            declarator_chain(tree, declarator).find(|&id| tree.kind(id) == SyntaxKind::NameDeclarator)
        else {
            return;
        };
        let Some(word) = self.word(name).map(Box::from) else {
            return;
        };
        let is_array = kind != VariableKind::Parameter
            && innermost(tree, declarator) == Some(SyntaxKind::ArrayDeclarator);
        let id = VariableId(self.locals.variables.len() as u32);
        let scope = self.scopes.last_mut();
        self.locals.variables.push(Variable {
            kind,
            name,
            declaration,
            declarator,
            is_array,
            scope: scope.as_ref().map_or(NodeId::ROOT, |scope| scope.node),
            is_unclear: false,
        });
        let word: Box<[u8]> = word;
        let before = self.bound.insert(word.clone(), id);
        if let Some(scope) = scope {
            scope.hidden.push((word, before));
        }
    }

    /// Marks the variables that a node's own words might mean.
    fn unclear(&mut self, id: NodeId) {
        for token in self.tree.own_tokens(id) {
            if self.tree.tokens().kind(token) == SyntaxKind::Ident {
                let word = self.tree.tokens().range(token).slice(self.text);
                if let Some(variable) = self.bound.get(word) {
                    self.locals.variables[variable.index()].is_unclear = true;
                }
            }
        }
    }

    /// Whether a declarator is the argument of a macro, where it need not declare anything.
    fn is_in_arguments(&self, id: NodeId) -> bool {
        let tree = self.tree;
        tree.ancestors(id)
            .take_while(|&outer| !tree.kind(outer).is_statement())
            .find(|&outer| tree.kind(outer) == SyntaxKind::Param)
            .and_then(|param| tree.parent(param))
            .is_some_and(|list| tree.kind(list) == SyntaxKind::ArgList)
    }
}

/// The declarators from a declaration's item, or from a function, down to the name.
pub(super) fn declarator_chain(tree: &Tree, item: NodeId) -> impl Iterator<Item = NodeId> + '_ {
    std::iter::successors(Some(item), |&id| {
        tree.children(id).find(|&child| {
            matches!(
                tree.kind(child),
                SyntaxKind::PointerDeclarator
                    | SyntaxKind::ParenDeclarator
                    | SyntaxKind::ArrayDeclarator
                    | SyntaxKind::FunctionDeclarator
                    | SyntaxKind::NameDeclarator
            )
        })
    })
    .skip(1)
}

/// The declarator next to the name, parentheses left out: it says what the name itself is.
fn innermost(tree: &Tree, declarator: NodeId) -> Option<SyntaxKind> {
    declarator_chain(tree, declarator)
        .map(|id| tree.kind(id))
        .filter(|kind| !matches!(kind, SyntaxKind::ParenDeclarator | SyntaxKind::NameDeclarator))
        .last()
}

/// The parameters of a function.
fn params(tree: &Tree, function: NodeId) -> Option<NodeId> {
    declarator_chain(tree, function)
        .filter(|&id| tree.kind(id) == SyntaxKind::FunctionDeclarator)
        .last()
        .and_then(|declarator| tree.child(declarator, SyntaxKind::ParamList))
}
