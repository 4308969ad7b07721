//! Kinds of tokens and nodes.

/// The kind of a token or a node of the tree.
#[allow(
    missing_docs,
    reason = "each name is the C construct it stands for; a sentence would repeat it"
)]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(u8)]
pub enum SyntaxKind {
    // Trivia.
    Whitespace,
    Comment,
    /// The line break that ends a directive.
    Newline,

    // Tokens with a spelling of their own.
    Ident,
    Number,
    Char,
    String,
    /// `<linux/mm.h>` behind `#include`.
    HeaderName,
    /// The rest of `#error`, `#warning` and of directives that respin does not know.
    DirectiveText,
    /// A byte that no C token begins with.
    Unknown,
    Eof,

    // Brackets and punctuation.
    LParen,
    RParen,
    LBrace,
    RBrace,
    LBracket,
    RBracket,
    Semicolon,
    Comma,
    Colon,
    Question,
    Dot,
    Arrow,
    Ellipsis,
    Hash,
    HashHash,

    // Operators.
    Plus,
    Minus,
    Star,
    Slash,
    Percent,
    PlusPlus,
    MinusMinus,
    Amp,
    Pipe,
    Caret,
    Tilde,
    Bang,
    AmpAmp,
    PipePipe,
    Shl,
    Shr,
    Lt,
    Gt,
    Le,
    Ge,
    EqEq,
    Ne,
    Eq,
    PlusEq,
    MinusEq,
    StarEq,
    SlashEq,
    PercentEq,
    ShlEq,
    ShrEq,
    AmpEq,
    PipeEq,
    CaretEq,

    // Tokens of semantic patches; the lexer of C never gives them.
    /// A metavariable for an assignment operator.
    MetaAssign,
    /// A metavariable that stands for an expression.
    MetaExpr,
    /// A metavariable for arguments, parameters, fields or initializers: an element of a list, or several.
    MetaList,
    /// A metavariable for a statement, a declaration, or a list of statements.
    MetaStmt,
    /// A metavariable for a binary operator.
    MetaBinary,
    /// A metavariable for a unary operator.
    MetaUnary,
    /// `...`
    Dots,
    /// `<...` or `<+...`
    NestOpen,
    /// `...>` or `...+>`
    NestClose,
    /// `(` of a disjunction or conjunction.
    DisjOpen,
    /// `|` of a disjunction.
    DisjOr,
    /// `&` of a conjunction.
    DisjAnd,
    /// `)` of a disjunction or conjunction.
    DisjClose,

    // Keywords; spellings such as `__inline__` share the kind of the plain one.
    /// A metavariable that stands for a type; only in semantic patches.
    MetaType,
    /// `void`, `char`, `int`, `long`, `_Bool` …: a built-in type or a part of one.
    KwBuiltinType,
    KwStruct,
    KwUnion,
    KwEnum,
    KwTypeof,
    KwAutoType,
    KwTypedef,
    /// `static`, `extern`, `register`, `auto`, `_Thread_local`.
    KwStorage,
    KwInline,
    /// `const`, `volatile`, `restrict`, `_Atomic`.
    KwQualifier,
    KwAttribute,
    KwExtension,
    KwSizeof,
    KwAlignof,
    KwAlignas,
    KwGeneric,
    KwStaticAssert,
    KwAsm,
    KwIf,
    KwElse,
    KwFor,
    KwWhile,
    KwDo,
    KwSwitch,
    KwCase,
    KwDefault,
    KwBreak,
    KwContinue,
    KwReturn,
    KwGoto,
    KwLabel,

    // Nodes: the file and its directives.
    SourceFile,
    IncludeDirective,
    DefineDirective,
    MacroParams,
    MacroBody,
    /// `#if`, `#ifdef`, `#ifndef`.
    IfDirective,
    /// `#elif`, `#else`.
    ElseDirective,
    EndifDirective,
    OtherDirective,
    /// A branch of an `#if` that could not be read in one stream with the others: parsed by itself.
    InactiveBranch,
    /// Tokens that could not be parsed.
    Opaque,

    // Items.
    Function,
    /// `SYSCALL_DEFINE3(read, …) { … }`.
    MacroFunction,
    Declaration,
    /// `EXPORT_SYMBOL(f);`, `MODULE_LICENSE("GPL");`, and a macro that declares something.
    MacroItem,
    LinkageBlock,
    StaticAssert,
    AsmItem,
    EmptyItem,

    // Declarations.
    Specifiers,
    /// A name that stands for a type.
    TypeRef,
    /// `__attribute__((…))`, or a macro that stands for one.
    Attribute,
    TypeofSpec,
    AlignasSpec,
    StructSpec,
    UnionSpec,
    EnumSpec,
    FieldList,
    Field,
    EnumeratorList,
    Enumerator,
    InitDeclarator,
    PointerDeclarator,
    ParenDeclarator,
    ArrayDeclarator,
    FunctionDeclarator,
    NameDeclarator,
    /// A macro call where a declarator stands: `static DEFINE_MUTEX(lock);`.
    MacroDeclarator,
    Bitfield,
    ParamList,
    Param,
    VariadicParam,
    /// The declarations between the declarator and the body of a K&R function.
    KrDeclarations,
    TypeName,
    InitializerList,
    InitElement,
    Designator,
    AsmLabel,

    // Statements.
    Block,
    ExprStmt,
    EmptyStmt,
    IfStmt,
    WhileStmt,
    DoStmt,
    ForStmt,
    SwitchStmt,
    /// `case x:`; the statements behind it are its siblings.
    CaseLabel,
    DefaultLabel,
    /// `name:`; the statement behind it is its sibling.
    Label,
    GotoStmt,
    BreakStmt,
    ContinueStmt,
    ReturnStmt,
    AsmStmt,
    LocalLabels,
    /// A macro call with a statement as its body: `list_for_each_entry(…) { … }`.
    MacroLoop,
    /// A macro call that needs no semicolon.
    MacroStmt,

    // Expressions.
    NameExpr,
    Literal,
    /// Adjacent strings, and macros glued to them.
    StringExpr,
    ParenExpr,
    CallExpr,
    ArgList,
    /// An argument that is no expression and no type: statements, an operator, a sequence.
    MacroArg,
    IndexExpr,
    MemberExpr,
    PostfixExpr,
    PrefixExpr,
    CastExpr,
    CompoundLiteral,
    SizeofExpr,
    BinaryExpr,
    ConditionalExpr,
    AssignExpr,
    CommaExpr,
    StmtExpr,
    LabelAddress,
    GenericExpr,
    GenericAssociation,
    /// `#x` and `a ## b` in a macro body.
    PasteExpr,

    // Nodes of semantic patches.
    /// `...`, or a metavariable where no other node is for it: a token by itself.
    PatternLeaf,
    /// `<... … ...>`
    PatternNest,
    /// `( … | … )` or `( … & … )`; its children are branches.
    PatternDisj,
    /// One alternative: statements, an expression, a type or a name.
    PatternBranch,
    /// An expression that stands for any expression, not for a statement: it has no semicolon.
    PatternExpr,
    /// A type that stands for any mention of it.
    PatternType,

    /// Marks an event that was taken back; never in a tree.
    Tombstone,
}

use SyntaxKind::*;

impl SyntaxKind {
    /// White space, comments and the ends of directives.
    pub fn is_trivia(self) -> bool {
        self <= Newline
    }

    /// Whether this is a node and no token.
    pub fn is_node(self) -> bool {
        self >= SourceFile
    }

    /// A keyword that only a type or a declaration begins with.
    pub fn starts_declaration(self) -> bool {
        (MetaType..=KwQualifier).contains(&self) || matches!(self, KwAttribute | KwAlignas)
    }

    /// A keyword that a type name begins with.
    pub fn starts_type(self) -> bool {
        (MetaType..=KwAutoType).contains(&self) || self == KwQualifier
    }

    /// A keyword that only a statement begins with.
    pub fn starts_statement(self) -> bool {
        (KwAsm..=KwLabel).contains(&self)
    }

    /// A token that only semantic patches have.
    pub fn is_pattern(self) -> bool {
        (MetaAssign..=MetaType).contains(&self)
    }

    /// `=`, `+=` and their kin.
    pub fn is_assignment(self) -> bool {
        (Eq..=MetaAssign).contains(&self)
    }

    /// A binary, unary or assignment operator.
    pub fn is_operator(self) -> bool {
        (Plus..=CaretEq).contains(&self)
    }

    /// A node that is a statement when it stands in a block.
    pub fn is_statement(self) -> bool {
        (Block..=MacroStmt).contains(&self) || matches!(self, Declaration | StaticAssert | Function)
    }

    /// A node that is an expression.
    pub fn is_expression(self) -> bool {
        (NameExpr..=PasteExpr).contains(&self) && !matches!(self, ArgList | MacroArg | GenericAssociation)
    }

    /// A node that is a directive.
    pub fn is_directive(self) -> bool {
        matches!(self, IncludeDirective | DefineDirective) || (IfDirective..=OtherDirective).contains(&self)
    }

    /// The keyword that `word` spells, if any.
    pub fn keyword(word: &[u8]) -> Option<SyntaxKind> {
        // The quick refusal spares most identifiers the comparison below.
        if word.len() < 2 || word.len() > 17 || !KEYWORD_START[word[0] as usize] {
            return None;
        }
        Some(match word {
            b"void" | b"char" | b"short" | b"int" | b"long" | b"float" | b"double" | b"signed"
            | b"unsigned" | b"_Bool" | b"_Complex" | b"__signed__" | b"__signed" | b"__int128"
            | b"__int128_t" | b"__uint128_t" | b"__builtin_va_list" | b"_Float128" => KwBuiltinType,
            b"struct" => KwStruct,
            b"union" => KwUnion,
            b"enum" => KwEnum,
            b"typeof" | b"__typeof" | b"__typeof__" | b"typeof_unqual" => KwTypeof,
            b"__auto_type" => KwAutoType,
            b"typedef" => KwTypedef,
            b"static" | b"extern" | b"register" | b"auto" | b"_Thread_local" | b"__thread" => KwStorage,
            b"inline" | b"__inline" | b"__inline__" | b"_Noreturn" => KwInline,
            b"const" | b"volatile" | b"restrict" | b"__const" | b"__const__" | b"__volatile"
            | b"__volatile__" | b"__restrict" | b"__restrict__" | b"_Atomic" => KwQualifier,
            b"__attribute__" | b"__attribute" => KwAttribute,
            b"__extension__" => KwExtension,
            b"sizeof" => KwSizeof,
            b"_Alignof" | b"__alignof__" | b"__alignof" => KwAlignof,
            b"_Alignas" => KwAlignas,
            b"_Generic" => KwGeneric,
            b"_Static_assert" => KwStaticAssert,
            b"asm" | b"__asm" | b"__asm__" | b"asm_inline" => KwAsm,
            b"if" => KwIf,
            b"else" => KwElse,
            b"for" => KwFor,
            b"while" => KwWhile,
            b"do" => KwDo,
            b"switch" => KwSwitch,
            b"case" => KwCase,
            b"default" => KwDefault,
            b"break" => KwBreak,
            b"continue" => KwContinue,
            b"return" => KwReturn,
            b"goto" => KwGoto,
            b"__label__" => KwLabel,
            _ => return None,
        })
    }
}

/// Bytes that a keyword begins with.
const KEYWORD_START: [bool; 256] = {
    let mut table = [false; 256];
    let starts = b"_abcdefgilrstuvw";
    let mut i = 0;
    while i < starts.len() {
        table[starts[i] as usize] = true;
        i += 1;
    }
    table
};
