//! The syntax of the part of Python that scripts may use.

use std::sync::Arc;

/// A statement with its line.
#[derive(Debug)]
pub(super) struct Stmt {
    pub line: u32,
    pub kind: StmtKind,
}

#[derive(Debug)]
pub(super) enum StmtKind {
    Expr(Expr),
    Assign(Vec<Expr>, Expr),
    Augmented(Expr, BinOp, Expr),
    If(Vec<(Expr, Vec<Stmt>)>, Vec<Stmt>),
    While(Expr, Vec<Stmt>),
    For(Expr, Expr, Vec<Stmt>),
    Def(Arc<Def>),
    Return(Option<Expr>),
    Raise(Option<Expr>),
    Try(Vec<Stmt>, Vec<Handler>, Vec<Stmt>, Vec<Stmt>),
    Global(Vec<String>),
    Import(String, String),
    Delete(Expr),
    Pass,
    Break,
    Continue,
}

#[derive(Debug)]
pub(super) struct Handler {
    pub class: Option<Expr>,
    pub name: Option<String>,
    pub body: Vec<Stmt>,
}

/// A function, or a lambda.
#[derive(Debug)]
pub(super) struct Def {
    pub name: String,
    pub params: Vec<(String, Option<Expr>)>,
    pub body: Vec<Stmt>,
}

/// An expression with its line.
#[derive(Debug)]
pub(super) struct Expr {
    pub line: u32,
    pub kind: ExprKind,
}

#[derive(Debug)]
pub(super) enum ExprKind {
    None,
    Bool(bool),
    Int(i128),
    Float(f64),
    Str(String),
    /// An f-string: texts and expressions with their conversion and format.
    Format(Vec<FormatPart>),
    Name(String),
    List(Vec<Expr>),
    Tuple(Vec<Expr>),
    Set(Vec<Expr>),
    Dict(Vec<(Expr, Expr)>),
    Comprehension(Shape, Box<Expr>, Option<Box<Expr>>, Vec<Clause>),
    Attribute(Box<Expr>, String),
    Index(Box<Expr>, Box<Expr>),
    Slice(Box<Expr>, Option<Box<Expr>>, Option<Box<Expr>>, Option<Box<Expr>>),
    Call(Box<Expr>, Vec<Expr>, Vec<(String, Expr)>),
    Unary(&'static str, Box<Expr>),
    Binary(BinOp, Box<Expr>, Box<Expr>),
    Compare(Box<Expr>, Vec<(CmpOp, Expr)>),
    And(Box<Expr>, Box<Expr>),
    Or(Box<Expr>, Box<Expr>),
    Choice(Box<Expr>, Box<Expr>, Box<Expr>),
    Lambda(Arc<Def>),
}

/// A part of an f-string.
#[derive(Debug)]
pub(super) enum FormatPart {
    Text(String),
    Value(Expr, bool, String),
}

/// What a comprehension makes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Shape {
    List,
    Set,
    Dict,
}

/// A `for … in … if …` of a comprehension.
#[derive(Debug)]
pub(super) struct Clause {
    pub target: Expr,
    pub from: Expr,
    pub conditions: Vec<Expr>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum BinOp {
    Add,
    Sub,
    Mul,
    Div,
    FloorDiv,
    Rem,
    Pow,
    Shl,
    Shr,
    And,
    Or,
    Xor,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum CmpOp {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    In,
    NotIn,
    Is,
    IsNot,
}
