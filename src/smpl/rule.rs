//! The rules of a semantic patch as data.

use crate::text::TextRange;

use super::pattern::{Mark, Node, TokenInfo, When};

/// A parsed `.cocci` file.
#[derive(Debug, Default)]
pub struct SemanticPatch {
    /// Names declared `virtual`.
    pub virtuals: Vec<String>,
    /// Option lines: `# spatch …`.
    pub options: Vec<String>,
    /// Files of isomorphisms named by `using` before the first rule.
    pub isos: Vec<String>,
    /// The rules, in order.
    pub rules: Vec<Rule>,
}

/// One rule.
#[derive(Debug)]
pub struct Rule {
    /// Its name; made from its line if it has none.
    pub name: String,
    /// Whether the name was written.
    pub named: bool,
    /// Line of its header.
    pub line: u32,
    /// When it is run at all.
    pub depends: Option<Depends>,
    /// What it does.
    pub body: Body,
}

/// What a rule does.
#[derive(Debug)]
pub enum Body {
    /// Matches code, and changes it.
    Match(Box<MatchRule>),
    /// Runs a script.
    Script(Script),
}

/// A condition on other rules.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Depends {
    /// The rule matched in this environment.
    On(String),
    /// The rule did not match in this environment.
    Not(Box<Depends>),
    /// The rule matched in any environment.
    Ever(String),
    /// The rule matched in no environment.
    Never(String),
    /// Both.
    And(Box<Depends>, Box<Depends>),
    /// Either.
    Or(Box<Depends>, Box<Depends>),
    /// The file has this path or lies below it.
    FileIn(String),
    /// All environments have to fulfil it.
    Forall(Box<Depends>),
}

/// Whether one way through the code is enough.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Quantifier {
    /// One way is enough.
    Exists,
    /// All ways have to match.
    Forall,
}

/// What the body of a rule is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RuleKind {
    /// Whatever it looks like.
    Any,
    /// An expression.
    Expression,
    /// A name, whatever it names.
    Identifier,
    /// A type.
    Type,
}

/// Index of a metavariable in its rule.
pub type VarId = u16;

/// A rule that matches code.
#[derive(Debug)]
pub struct MatchRule {
    /// `exists` or `forall` of the header.
    pub quantifier: Option<Quantifier>,
    /// Isomorphisms that are switched off.
    pub disable: Vec<String>,
    /// Files of further isomorphisms.
    pub using: Vec<String>,
    /// What the body is.
    pub kind: RuleKind,
    /// The metavariables.
    pub vars: Vec<MetaVar>,
    /// The context and minus code.
    pub pattern: Vec<Node>,
    /// What is known of each token of the pattern.
    pub tokens: Vec<TokenInfo>,
    /// The `when` clauses that dots refer to.
    pub whens: Vec<When>,
    /// The added code that tokens refer to.
    pub plus: Vec<Plus>,
    /// Lines are marked with `*`.
    pub starred: bool,
    /// Lines are marked with `-` or `+`.
    pub edits: bool,
    /// Added code of a rule without any context: it stands alone.
    pub only_plus: bool,
    /// Names that are types in the code.
    pub typedefs: Vec<String>,
    /// Names that are attributes in the code.
    pub attributes: Vec<String>,
    /// Names that are heads of loops in the code.
    pub iterators: Vec<String>,
}

impl MatchRule {
    /// Whether a match changes code.
    pub fn edits(&self) -> bool {
        let changes =
            |info: &TokenInfo| info.mark == Mark::Minus || !info.before.is_empty() || !info.after.is_empty();
        !self.plus.is_empty() || self.tokens.iter().any(changes)
    }
}

/// A metavariable.
#[derive(Clone, Debug)]
pub struct MetaVar {
    /// Its name in this rule.
    pub name: String,
    /// What it stands for.
    pub kind: MetaKind,
    /// The rule it is inherited from, and its name there.
    pub inherited: Option<(String, String)>,
    /// What it has to fulfil besides.
    pub constraints: Vec<Constraint>,
    /// Where it is declared.
    pub range: TextRange,
}

/// What a metavariable stands for.
#[derive(Clone, PartialEq, Debug)]
pub enum MetaKind {
    /// A name.
    Identifier,
    /// Names in the parameters of a macro.
    IdentifierList(ListLen),
    /// A new name, in added code only.
    Fresh(Seed),
    /// An expression, of this type if given.
    Expression(Option<TypeSpec>),
    /// Arguments.
    ExpressionList(ListLen),
    /// A variable.
    IdExpression(Scope, Option<TypeSpec>),
    /// A literal, or a name in capital letters.
    Constant(Option<TypeSpec>),
    /// A type.
    Type,
    /// A statement.
    Statement,
    /// All statements of a block.
    StatementList,
    /// A declaration.
    Declaration,
    /// A field of a struct.
    Field,
    /// Fields of a struct.
    FieldList(ListLen),
    /// A parameter.
    Parameter,
    /// Parameters.
    ParameterList(ListLen),
    /// What follows the `=` of a declaration.
    Initializer,
    /// Elements of an initializer.
    InitializerList(ListLen),
    /// A place; `any` allows several matches at one place.
    Position {
        /// Other environments may bind other places.
        any: bool,
    },
    /// A format in a string.
    Format,
    /// Formats in a string.
    FormatList(ListLen),
    /// A binary operator.
    BinaryOperator,
    /// An assignment operator.
    AssignOperator,
    /// A unary operator.
    UnaryOperator,
    /// The name of a macro that declares something.
    Declarer,
    /// The name of a macro that is the head of a loop.
    Iterator,
    /// An attribute.
    Attribute,
    /// Whatever fits where it stands.
    Generic,
    /// The text of a `#pragma`.
    PragmaInfo,
    /// The comments around a token.
    Comments,
}

/// How long a list has to be.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ListLen {
    /// Any length.
    Any,
    /// This length.
    Fixed(usize),
    /// As long as another list whose length has this metavariable's name.
    Named(VarId),
}

/// Which variables an `idexpression` stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Scope {
    /// All.
    Any,
    /// Locals and parameters.
    Local,
    /// All others.
    Global,
}

/// What a fresh identifier is made of.
#[derive(Clone, PartialEq, Debug)]
pub enum Seed {
    /// The user would be asked; respin makes one of the name.
    None,
    /// These, one behind the other.
    Parts(Vec<SeedPart>),
    /// A script.
    Script(ScriptCode),
}

/// A part of a fresh identifier.
#[derive(Clone, PartialEq, Debug)]
pub enum SeedPart {
    /// As it is.
    Text(String),
    /// What a metavariable holds.
    Var(VarId),
}

/// The type of an expression metavariable.
#[derive(Clone, PartialEq, Debug)]
pub enum TypeSpec {
    /// One of these.
    Choice(Vec<TypeSpec>),
    /// Words in the order in which they are written: `unsigned int`, `struct foo`, `u32`.
    Words(Vec<TypeWord>),
    /// A pointer to a type.
    Pointer(Box<TypeSpec>),
    /// An array of a type.
    Array(Box<TypeSpec>),
    /// Any type.
    Any,
}

/// A word of a type.
#[derive(Clone, PartialEq, Debug)]
pub enum TypeWord {
    /// Itself.
    Word(String),
    /// What a metavariable holds.
    Var(VarId),
}

/// A condition on a metavariable.
#[derive(Clone, PartialEq, Debug)]
pub enum Constraint {
    /// It is one of these.
    OneOf(Vec<Operand>),
    /// It is none of these.
    NoneOf(Vec<Operand>),
    /// It is a part of one of these.
    PartOf(Vec<VarId>),
    /// Its text fits a regular expression.
    Regex {
        /// The expression.
        regex: String,
        /// It must not fit.
        negated: bool,
    },
    /// A script says so.
    Script(ScriptCode),
}

/// What a metavariable is compared with.
#[derive(Clone, PartialEq, Debug)]
pub enum Operand {
    /// A word, a number or an operator.
    Text(String),
    /// Another metavariable.
    Var(VarId),
}

/// A script in a declaration.
#[derive(Clone, PartialEq, Debug)]
pub struct ScriptCode {
    /// `python` or `ocaml`.
    pub language: String,
    /// The metavariables it takes.
    pub params: Vec<VarId>,
    /// The expression.
    pub code: String,
}

/// When a script is run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ScriptWhen {
    /// For each environment.
    Rule,
    /// Before the first file.
    Initialize,
    /// After the last file.
    Finalize,
}

/// A script rule.
#[derive(Clone, Debug)]
pub struct Script {
    /// `python` or `ocaml`.
    pub language: String,
    /// When it is run.
    pub when: ScriptWhen,
    /// What it gets.
    pub inputs: Vec<ScriptInput>,
    /// What it makes.
    pub outputs: Vec<String>,
    /// The text of the script.
    pub code: String,
    /// The line on which it begins.
    pub line: u32,
}

/// A value that a script gets.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ScriptInput {
    /// Its name in the script.
    pub name: String,
    /// The rule that binds it.
    pub rule: String,
    /// Its name there.
    pub var: String,
    /// What it is when that rule did not match.
    pub default: Option<String>,
}

/// Added code: what stands between two tokens of the pattern.
#[derive(Clone, Debug)]
pub struct Plus {
    /// Its tokens, comments and directives included.
    pub tokens: Vec<PlusToken>,
    /// Several may be added at one place (`++`).
    pub many: bool,
    /// It is made of whole statements, declarations, directives or comments.
    pub lines: bool,
}

/// A token of added code.
#[derive(Clone, Debug)]
pub struct PlusToken {
    /// Its kind; metavariables have one of their own.
    pub kind: crate::syntax::SyntaxKind,
    /// Its text.
    pub text: Vec<u8>,
    /// The metavariable it stands for.
    pub var: Option<VarId>,
    /// Its line in the rule.
    pub line: u32,
    /// Its column, from 0, the mark included.
    pub column: u32,
    /// White space before it on its line.
    pub spaced: bool,
}
