//! What our tree says.

use super::shape::{Item, Shape, View};
use crate::syntax::SyntaxKind::{self, *};
use crate::syntax::{NodeId, Tree};

/// The constructs of one function, sorted.
pub(super) fn items(tree: &Tree, function: NodeId, view: &View) -> Vec<Item> {
    let reader = Reader {
        tree,
        base: tree.range(function).start,
        view,
    };
    let mut found: Vec<Item> = tree
        .descendants(function)
        .filter_map(|id| reader.item(id))
        .collect();
    found.sort_unstable();
    found
}

struct Reader<'a> {
    tree: &'a Tree,
    base: u32,
    view: &'a View,
}

impl Reader<'_> {
    fn item(&self, id: NodeId) -> Option<Item> {
        let shape = self.shape(id)?;
        let range = self.tree.range(id);
        self.view
            .item(range.start - self.base, range.end - self.base, shape)
    }

    fn sees(&self, id: NodeId) -> bool {
        let range = self.tree.range(id);
        self.view.sees(range.start - self.base, range.end - self.base)
    }

    fn first_child(&self, id: NodeId) -> Option<NodeId> {
        self.tree.children(id).next()
    }

    /// The first of the node's own tokens, which is its operator if it has one.
    fn operator(&self, id: NodeId) -> SyntaxKind {
        self.tree
            .own_tokens(id)
            .next()
            .map_or(Eof, |token| self.tree.tokens().kind(token))
    }

    fn shape(&self, id: NodeId) -> Option<Shape> {
        // Where the mask hid the head of a construct, something else stands there for lang-c.
        let head = || self.first_child(id).is_some_and(|child| self.sees(child));
        Some(match self.tree.kind(id) {
            CallExpr if head() => Shape::Call,
            MacroDeclarator => Shape::Call,
            IndexExpr => Shape::Index,
            MemberExpr => Shape::Member(self.operator(id)),
            PostfixExpr => Shape::Postfix(self.operator(id)),
            PrefixExpr if self.operator(id) != KwExtension => Shape::Prefix(self.operator(id)),
            LabelAddress => Shape::Prefix(Amp),
            CastExpr => Shape::Cast,
            CompoundLiteral => Shape::CompoundLiteral,
            SizeofExpr => Shape::Sizeof,
            BinaryExpr => Shape::Binary(self.operator(id)),
            AssignExpr if head() => Shape::Assign(self.operator(id)),
            ConditionalExpr => Shape::Conditional,
            StmtExpr => Shape::StmtExpr,
            Block => Shape::Block,
            IfStmt => Shape::If,
            WhileStmt => Shape::While,
            DoStmt => Shape::Do,
            ForStmt => Shape::For,
            // With nothing but a semicolon behind it, only its definition tells a loop from a call.
            MacroLoop if self.tree.child(id, EmptyStmt).is_none() => Shape::MacroLoop,
            SwitchStmt => Shape::Switch,
            CaseLabel => Shape::Case,
            DefaultLabel => Shape::Default,
            Label => Shape::Label,
            GotoStmt => Shape::Goto,
            BreakStmt => Shape::Break,
            ContinueStmt => Shape::Continue,
            ReturnStmt => Shape::Return,
            Declaration if self.declares(id) => Shape::Declaration,
            _ => return None,
        })
    }

    fn declares(&self, id: NodeId) -> bool {
        self.tree
            .child(id, Specifiers)
            .is_some_and(|specifiers| self.sees(specifiers))
    }
}
