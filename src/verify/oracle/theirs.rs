//! What lang-c says.

use lang_c::ast;
use lang_c::span::{Node, Span};
use lang_c::visit::{self, Visit};

use super::shape::{Item, Shape, View};
use crate::syntax::SyntaxKind::{self, *};
use crate::verify::second_reader::mask::Masked;
use crate::verify::second_reader::prologue;

/// The constructs of one function, sorted.
pub(super) fn items(unit: &ast::TranslationUnit, masked: &Masked, source: &[u8], view: &View) -> Vec<Item> {
    let mut reader = Reader {
        prologue: prologue(masked).len(),
        masked,
        source,
        view,
        found: Vec::new(),
    };
    reader.visit_translation_unit(unit);
    reader.found.sort_unstable();
    reader.found
}

struct Reader<'a> {
    prologue: usize,
    masked: &'a Masked,
    source: &'a [u8],
    view: &'a View,
    found: Vec<Item>,
}

impl Reader<'_> {
    fn offset(&self, at: usize) -> u32 {
        at.saturating_sub(self.prologue) as u32
    }

    fn add(&mut self, span: &Span, shape: Shape) {
        // The prologue is no part of the function.
        if !span.is_none() && span.end > self.prologue {
            let (start, end) = (self.offset(span.start), self.offset(span.end));
            self.found.extend(self.view.item(start, end, shape));
        }
    }

    fn sees(&self, span: &Span) -> bool {
        self.view.sees(self.offset(span.start), self.offset(span.end))
    }

    /// Whether a loop macro stood where a statement begins.
    fn is_macro(&self, span: &Span) -> bool {
        let start = self.offset(span.start) as usize;
        let text = self.masked.text.get(start..).unwrap_or_default();
        let blanks = text.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        self.masked
            .loops
            .binary_search(&((start + blanks) as u32))
            .is_ok()
    }

    fn binary(&self, expression: &ast::BinaryOperatorExpression) -> Shape {
        use ast::BinaryOperator::*;
        let operator = match expression.operator.node {
            Index => return Shape::Index,
            Multiply => Star,
            Divide => Slash,
            Modulo => Percent,
            Plus => SyntaxKind::Plus,
            Minus => SyntaxKind::Minus,
            ShiftLeft => Shl,
            ShiftRight => Shr,
            Less => Lt,
            Greater => Gt,
            LessOrEqual => Le,
            GreaterOrEqual => Ge,
            Equals => EqEq,
            NotEquals => Ne,
            BitwiseAnd => Amp,
            BitwiseXor => Caret,
            BitwiseOr => Pipe,
            LogicalAnd => AmpAmp,
            // The mask puts `||` in the place of `?:` where it finds no blank.
            LogicalOr
                if self
                    .source
                    .get(self.offset(expression.operator.span.start) as usize)
                    == Some(&b'?') =>
            {
                return Shape::Conditional;
            }
            LogicalOr => PipePipe,
            Assign => return Shape::Assign(Eq),
            AssignMultiply => return Shape::Assign(StarEq),
            AssignDivide => return Shape::Assign(SlashEq),
            AssignModulo => return Shape::Assign(PercentEq),
            AssignPlus => return Shape::Assign(PlusEq),
            AssignMinus => return Shape::Assign(MinusEq),
            AssignShiftLeft => return Shape::Assign(ShlEq),
            AssignShiftRight => return Shape::Assign(ShrEq),
            AssignBitwiseAnd => return Shape::Assign(AmpEq),
            AssignBitwiseXor => return Shape::Assign(CaretEq),
            AssignBitwiseOr => return Shape::Assign(PipeEq),
        };
        Shape::Binary(operator)
    }
}

fn unary(operator: &ast::UnaryOperator) -> Shape {
    use ast::UnaryOperator::*;
    match operator {
        PostIncrement => Shape::Postfix(PlusPlus),
        PostDecrement => Shape::Postfix(MinusMinus),
        PreIncrement => Shape::Prefix(PlusPlus),
        PreDecrement => Shape::Prefix(MinusMinus),
        Address => Shape::Prefix(Amp),
        Indirection => Shape::Prefix(Star),
        Plus => Shape::Prefix(SyntaxKind::Plus),
        Minus => Shape::Prefix(SyntaxKind::Minus),
        Complement => Shape::Prefix(Tilde),
        Negate => Shape::Prefix(Bang),
    }
}

fn all(span: &Span, specifiers: &[Node<ast::DeclarationSpecifier>]) -> Span {
    let end = specifiers.last().map_or(span.start, |last| last.span.end);
    Span::span(span.start, end)
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_expression(&mut self, expression: &'ast ast::Expression, span: &'ast Span) {
        use ast::Expression::*;
        match expression {
            Member(member) => self.add(
                &member.span,
                Shape::Member(match member.node.operator.node {
                    ast::MemberOperator::Direct => Dot,
                    ast::MemberOperator::Indirect => Arrow,
                }),
            ),
            Call(call) if self.sees(&call.node.callee.span) => self.add(&call.span, Shape::Call),
            CompoundLiteral(literal) => self.add(&literal.span, Shape::CompoundLiteral),
            SizeOfTy(size) => self.add(&size.span, Shape::Sizeof),
            SizeOfVal(size) => self.add(&size.span, Shape::Sizeof),
            AlignOf(size) => self.add(&size.span, Shape::Sizeof),
            UnaryOperator(operation) => self.add(&operation.span, unary(&operation.node.operator.node)),
            Cast(cast) => self.add(&cast.span, Shape::Cast),
            BinaryOperator(operation) => {
                let shape = self.binary(&operation.node);
                if !matches!(shape, Shape::Assign(_)) || self.sees(&operation.node.lhs.span) {
                    self.add(&operation.span, shape);
                }
            }
            Conditional(conditional) => self.add(&conditional.span, Shape::Conditional),
            Statement(statement) => self.add(&statement.span, Shape::StmtExpr),
            Call(_) | Identifier(_) | Constant(_) | StringLiteral(_) | GenericSelection(_) | Comma(_)
            | OffsetOf(_) | VaArg(_) => {}
        }
        visit::visit_expression(self, expression, span);
    }

    fn visit_statement(&mut self, statement: &'ast ast::Statement, span: &'ast Span) {
        use ast::Statement::*;
        let shape = match statement {
            Compound(_) => Some(Shape::Block),
            If(_) | While(_) if self.is_macro(span) => Some(Shape::MacroLoop),
            If(_) => Some(Shape::If),
            While(_) => Some(Shape::While),
            Switch(_) => Some(Shape::Switch),
            DoWhile(_) => Some(Shape::Do),
            For(_) => Some(Shape::For),
            Goto(_) => Some(Shape::Goto),
            Continue => Some(Shape::Continue),
            Break => Some(Shape::Break),
            Return(_) => Some(Shape::Return),
            Labeled(_) | Expression(_) | Asm(_) => None,
        };
        if let Some(shape) = shape {
            self.add(span, shape);
        }
        visit::visit_statement(self, statement, span);
    }

    fn visit_label(&mut self, label: &'ast ast::Label, span: &'ast Span) {
        let shape = match label {
            ast::Label::Identifier(_) => Shape::Label,
            ast::Label::Case(_) | ast::Label::CaseRange(_) => Shape::Case,
            ast::Label::Default => Shape::Default,
        };
        self.add(span, shape);
        visit::visit_label(self, label, span);
    }

    fn visit_declaration(&mut self, declaration: &'ast ast::Declaration, span: &'ast Span) {
        if self.sees(&all(span, &declaration.specifiers)) {
            self.add(span, Shape::Declaration);
        }
        visit::visit_declaration(self, declaration, span);
    }
}
