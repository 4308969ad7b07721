//! What one occurrence of a name means in C.

use crate::ledger::SiteKind;
use crate::syntax::SyntaxKind::{self, *};
use crate::syntax::{Names, NodeId, Tree};
use crate::text::TextRange;

use super::{Occurrence, argument};

/// What an occurrence means.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Meaning {
    /// The function, in code.
    Function,
    /// Words of a comment.
    Comment,
    /// Words of a string literal.
    Message,
    /// Words of a text file.
    Documentation,
    /// Something else of the same spelling.
    Other {
        /// Reason code.
        code: &'static str,
        /// One sentence.
        text: std::string::String,
        /// What shows it, if that is another place.
        at: Option<TextRange>,
    },
    /// Not known, as the text around it could not be parsed.
    Unparsed,
}

impl Meaning {
    /// Whether it stands in code, as opposed to words about it.
    pub fn is_code(&self) -> bool {
        match self {
            Meaning::Function | Meaning::Unparsed => true,
            Meaning::Other { code, .. } => {
                !matches!(*code, "file-name" | "link" | "other-file" | "several-names")
            }
            Meaning::Comment | Meaning::Message | Meaning::Documentation => false,
        }
    }
}

/// The declarations of a file that give the name another meaning, and how far each reaches.
pub(super) struct Scopes {
    shadows: Vec<Shadow>,
    /// The first declaration that other files see too, and what it declares.
    pub global: Option<(TextRange, &'static str)>,
}

struct Shadow {
    /// The name in the declaration.
    name: TextRange,
    /// Where the declaration holds.
    scope: TextRange,
    /// Where it holds only if a branch of `#if` is compiled; empty for most.
    perhaps: TextRange,
    code: &'static str,
    what: &'static str,
}

impl Scopes {
    /// Collects the declarations of `name`.
    pub fn of(tree: &Tree, text: &[u8], name: &[u8]) -> Self {
        let mut shadows = Vec::new();
        for start in super::words(text, name) {
            let token = tree.tokens().at_offset(start);
            let node = tree.node_at_token(token);
            if tree.kind(node) == MacroParams {
                let define = tree.parent(node).unwrap_or(NodeId::ROOT);
                shadows.push(Shadow {
                    name: tree.tokens().range(token),
                    scope: tree.range(define),
                    perhaps: TextRange::default(),
                    code: "macro-parameter",
                    what: "a parameter of this macro",
                });
            } else if tree.kind(node) == NameDeclarator {
                shadows.extend(declared(tree, text, node));
            } else if tree.kind(node) == Enumerator && tree.own_tokens(node).next() == Some(token) {
                shadows.push(Shadow {
                    name: tree.range(node),
                    scope: rest_of_block(tree, text, node),
                    perhaps: TextRange::default(),
                    code: "other-identifier",
                    what: "a constant of an enumeration",
                });
            }
        }
        let global = shadows
            .iter()
            .find(|shadow| is_global(tree, text, shadow))
            .map(|shadow| (shadow.name, shadow.what));
        for shadow in &mut shadows {
            shadow.end_with_branch(tree);
        }
        Self { shadows, global }
    }

    fn at(&self, range: TextRange) -> Option<&Shadow> {
        self.shadows
            .iter()
            .rev()
            .find(|shadow| shadow.scope.contains(range.start))
    }
}

impl Shadow {
    /// A declaration in a branch of `#if` does not hold in the other branches, and behind the `#endif` only perhaps.
    fn end_with_branch(&mut self, tree: &Tree) {
        let mut depth = 0;
        let mut branch_end = None;
        for node in tree.descendants(NodeId::ROOT) {
            let at = tree.range(node).start;
            if at < self.name.end || !tree.kind(node).is_directive() {
                continue;
            }
            if at >= self.scope.end {
                break;
            }
            match tree.kind(node) {
                IfDirective => depth += 1,
                EndifDirective if depth > 0 => depth -= 1,
                ElseDirective if depth == 0 => branch_end = branch_end.or(Some(at)),
                EndifDirective => {
                    self.perhaps = TextRange::new(tree.range(node).end.min(self.scope.end), self.scope.end);
                    self.scope.end = branch_end.unwrap_or(at);
                    return;
                }
                _ => {}
            }
        }
        if let Some(end) = branch_end {
            self.scope.end = end;
        }
    }
}

/// What a declarator with the name declares, if it isn't the function.
fn declared(tree: &Tree, text: &[u8], name: NodeId) -> Option<Shadow> {
    let mut node = name;
    let mut is_function = false;
    let mut is_pointer = false;
    while let Some(parent) = tree.parent(node) {
        match tree.kind(parent) {
            FunctionDeclarator if !is_pointer => is_function = true,
            PointerDeclarator | ArrayDeclarator if !is_function => is_pointer = true,
            FunctionDeclarator | PointerDeclarator | ArrayDeclarator | ParenDeclarator => {}
            _ => break,
        }
        node = parent;
    }
    let owner = tree.parent(node)?;
    let holder = if tree.kind(owner) == InitDeclarator {
        tree.parent(owner)?
    } else {
        owner
    };
    let shadow = |scope, code, what| {
        Some(Shadow {
            name: tree.range(name),
            scope,
            perhaps: TextRange::default(),
            code,
            what,
        })
    };
    match tree.kind(holder) {
        Param => {
            let function = tree
                .ancestors(holder)
                .find(|&node| matches!(tree.kind(node), Function | Declaration));
            shadow(from_parameters(tree, holder, function), "local", "a parameter")
        }
        Declaration if is_typedef(tree, text, holder) => {
            shadow(rest_of_block(tree, text, name), "other-identifier", "a type")
        }
        Declaration if !is_function => {
            let scope = rest_of_block(tree, text, name);
            if let Some(kr) = tree.enclosing(holder, |kind| kind == KrDeclarations) {
                return shadow(
                    from_parameters(tree, holder, tree.parent(kr)),
                    "local",
                    "a parameter",
                );
            }
            let local = tree
                .enclosing(holder, |kind| matches!(kind, Block | ForStmt))
                .is_some();
            if local {
                shadow(scope, "local", "a local variable")
            } else if may_be_assembler(tree, text, holder) {
                let mut shadow = shadow(TextRange::default(), "other-identifier", "a variable")?;
                shadow.perhaps = scope;
                Some(shadow)
            } else {
                shadow(scope, "other-identifier", "a variable")
            }
        }
        _ => None,
    }
}

/// Whether a declaration in the body of a macro is nothing but two names, as `jal f` in a macro for assembler is.
fn may_be_assembler(tree: &Tree, text: &[u8], declaration: NodeId) -> bool {
    let counting = |node| {
        let tokens = tree.token_span(node);
        tokens.filter(|&token| !tree.tokens().kind(token).is_trivia())
    };
    tree.enclosing(declaration, |kind| kind == MacroBody).is_some()
        && tree.child(declaration, Specifiers).is_some_and(|specifiers| {
            let mut words = counting(specifiers).map(|token| tree.tokens().range(token).slice(text));
            let is_type = |word: &[u8]| word.ends_with(b"_t") || Names::new().is_type(word);
            words.next().is_some_and(|word| !is_type(word)) && words.next().is_none()
        })
        && counting(declaration)
            .filter(|&token| tree.tokens().kind(token) == Ident)
            .count()
            == 2
}

/// Whether a declaration stands outside of functions and is not `static`.
fn is_global(tree: &Tree, text: &[u8], shadow: &Shadow) -> bool {
    let node = tree.node_at_offset(shadow.name.start);
    let within = |kind| matches!(kind, Function | Block | MacroBody);
    let is_static = || {
        let declaration = tree.enclosing(node, |kind| kind == Declaration);
        let specifiers = declaration.and_then(|declaration| tree.child(declaration, Specifiers));
        specifiers.is_some_and(|specifiers| {
            let mut words = tree.own_tokens(specifiers);
            words.any(|token| tree.tokens().range(token).slice(text) == b"static")
        })
    };
    shadow.code == "other-identifier" && tree.enclosing(node, within).is_none() && !is_static()
}

/// From the parameter list of a function to its end.
fn from_parameters(tree: &Tree, parameter: NodeId, function: Option<NodeId>) -> TextRange {
    let function = function.unwrap_or(parameter);
    let list = tree.enclosing(parameter, |kind| kind == ParamList).or_else(|| {
        // A K&R definition declares its parameters behind the list of their names.
        tree.descendants(function)
            .find(|&node| tree.kind(node) == ParamList)
    });
    TextRange::new(
        tree.range(list.unwrap_or(parameter)).start,
        tree.range(function).end,
    )
}

fn is_typedef(tree: &Tree, text: &[u8], declaration: NodeId) -> bool {
    tree.child(declaration, Specifiers).is_some_and(|specifiers| {
        tree.own_tokens(specifiers)
            .any(|token| tree.tokens().range(token).slice(text) == b"typedef")
    })
}

/// From a name to the end of the block, loop or file it is declared in.
fn rest_of_block(tree: &Tree, text: &[u8], node: NodeId) -> TextRange {
    let start = tree.range(node).start;
    let end = tree
        .enclosing(node, |kind| {
            matches!(kind, Block | ForStmt | MacroBody | InactiveBranch)
        })
        .map_or(text.len() as u32, |block| tree.range(block).end);
    TextRange::new(start, end.max(start))
}

/// What the occurrence at `range` means.
pub(super) fn occurrence(tree: &Tree, text: &[u8], scopes: &Scopes, range: TextRange) -> Occurrence {
    let token = tree.tokens().at_offset(range.start);
    let node = tree.node_at_token(token);
    let function = enclosing_function(tree, text, node);
    let (kind, meaning) = match tree.tokens().kind(token) {
        Comment if text[range.end as usize..].starts_with(b"(s)") => (
            SiteKind::Comment,
            other("several-names", "with its `(s)` it stands for two names", None),
        ),
        Comment => (SiteKind::Comment, in_comment(text, range)),
        HeaderName => (SiteKind::String, file_name()),
        String if tree.kind(node) == IncludeDirective => (SiteKind::String, file_name()),
        String if text[..range.start as usize].ends_with(b"%l[") => {
            (SiteKind::String, other("label", "it is a label", None))
        }
        String if names_file(&text[range.end as usize..]) => (SiteKind::String, file_name()),
        String | Char | DirectiveText => (SiteKind::String, Meaning::Message),
        Ident => identifier(tree, text, scopes, node, token, range),
        // An unterminated literal, or a number such as `0_name`.
        _ => (SiteKind::Reference, Meaning::Unparsed),
    };
    Occurrence {
        range,
        kind,
        function,
        meaning,
        reason: None,
    }
}

/// What the word is in a comment, as far as its neighbours tell for sure.
fn in_comment(text: &[u8], range: TextRange) -> Meaning {
    let (before, behind) = (&text[..range.start as usize], &text[range.end as usize..]);
    if names_file(behind) {
        return file_name();
    }
    if before.ends_with(b"->") {
        return other("member", "it is the name of a member", None);
    }
    let word = before
        .trim_ascii_end()
        .rsplit(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_')
        .next();
    match word {
        Some(b"goto") => other("label", "it is a label", None),
        Some(b"struct" | b"union" | b"enum") => other("tag", "it is the tag of a type", None),
        _ => Meaning::Comment,
    }
}

/// Whether a word goes on as the name of a file: `.c`, `.rst` and their kin.
pub(super) fn names_file(behind: &[u8]) -> bool {
    let Some(rest) = behind.strip_prefix(b".") else {
        return false;
    };
    let length = rest
        .iter()
        .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_')
        .count();
    let endings: [&[u8]; 14] = [
        b"c", b"h", b"S", b"o", b"ko", b"rs", b"rst", b"txt", b"html", b"py", b"sh", b"yaml", b"cocci",
        b"svg",
    ];
    endings.contains(&&rest[..length])
}

fn file_name() -> Meaning {
    other("file-name", "it is part of the name of a file", None)
}

pub(super) fn other(
    code: &'static str,
    text: impl Into<std::string::String>,
    at: Option<TextRange>,
) -> Meaning {
    Meaning::Other {
        code,
        text: text.into(),
        at,
    }
}

fn identifier(
    tree: &Tree,
    text: &[u8],
    scopes: &Scopes,
    node: NodeId,
    token: usize,
    range: TextRange,
) -> (SiteKind, Meaning) {
    let in_macro = tree.enclosing(node, |kind| kind == MacroBody).is_some();
    let kind_in_macro = |kind| if in_macro { SiteKind::MacroBody } else { kind };
    let reference = kind_in_macro(SiteKind::Reference);
    match tree.kind(node) {
        MemberExpr | Designator => return (reference, other("member", "it is the name of a member", None)),
        Label | GotoStmt | LabelAddress | LocalLabels => {
            return (reference, other("label", "it is a label", None));
        }
        StructSpec | UnionSpec | EnumSpec => {
            return (SiteKind::Type, other("tag", "it is the tag of a type", None));
        }
        StringExpr if argument::is_asm_label(tree, text, node) => {
            return (reference, other("label", "it is a label", None));
        }
        _ => {}
    }
    if scopes
        .shadows
        .iter()
        .any(|shadow| shadow.perhaps.contains(range.start))
    {
        return (reference, Meaning::Unparsed);
    }
    if let Some(shadow) = scopes.at(range) {
        let at = (shadow.name != range).then_some(shadow.name);
        let text = if at.is_some() {
            format!("the name means {} here", shadow.what)
        } else {
            format!("it is {}", shadow.what)
        };
        return (reference, other(shadow.code, text, at));
    }
    match tree.kind(node) {
        NameDeclarator => declarator(tree, text, node, kind_in_macro),
        DefineDirective => (SiteKind::Definition, Meaning::Function),
        NameExpr => {
            if let Some(meaning) = argument::meaning(tree, text, node) {
                return (reference, meaning);
            }
            let kind = tree
                .parent(node)
                .map_or(SiteKind::Reference, |parent| use_kind(tree, text, parent, node));
            (kind_in_macro(kind), Meaning::Function)
        }
        Opaque => opaque(tree, text, token),
        // No function stands where an attribute or a type does, so the text is not what it was read as.
        Attribute | TypeRef if !in_macro => (reference, Meaning::Unparsed),
        _ => (reference, Meaning::Function),
    }
}

/// In an opaque node only what two tokens tell for sure is known.
fn opaque(tree: &Tree, text: &[u8], token: usize) -> (SiteKind, Meaning) {
    let before = (0..token)
        .rev()
        .find(|&token| !tree.tokens().kind(token).is_trivia());
    match before.map(|token| tree.tokens().range(token).slice(text)) {
        Some(b"." | b"->") => (
            SiteKind::Reference,
            other("member", "it is the name of a member", None),
        ),
        Some(b"goto") => (SiteKind::Reference, other("label", "it is a label", None)),
        _ => (SiteKind::Reference, Meaning::Unparsed),
    }
}

/// A declarator that no scope claims declares the function, or is a member.
fn declarator(
    tree: &Tree,
    _text: &[u8],
    node: NodeId,
    kind_in_macro: impl Fn(SiteKind) -> SiteKind,
) -> (SiteKind, Meaning) {
    let holder = tree
        .ancestors(node)
        .find(|&node| matches!(tree.kind(node), Field | Function | Declaration | Param | TypeName));
    match holder.map(|holder| tree.kind(holder)) {
        Some(Field) => (
            SiteKind::Reference,
            other("member", "it is the name of a member", None),
        ),
        Some(Function) => (kind_in_macro(SiteKind::Definition), Meaning::Function),
        _ => (kind_in_macro(SiteKind::Declaration), Meaning::Function),
    }
}

/// How an expression uses the name.
fn use_kind(tree: &Tree, text: &[u8], parent: NodeId, name: NodeId) -> SiteKind {
    let is_callee = |node: NodeId| tree.kind(node) == CallExpr && tree.children(node).next() == Some(name);
    if is_callee(parent) {
        return SiteKind::Call;
    }
    if tree.kind(parent) == ArgList
        && let Some(call) = tree.parent(parent)
        && let Some(callee) = tree.children(call).next()
        && memchr::memmem::find(tree.text(callee, text), b"EXPORT_SYMBOL").is_some()
    {
        return SiteKind::Export;
    }
    SiteKind::Reference
}

/// The name of the function around a node; empty outside of functions.
pub(super) fn enclosing_function(tree: &Tree, text: &[u8], node: NodeId) -> std::string::String {
    let Some(function) = tree.enclosing(node, |kind| matches!(kind, Function | MacroFunction)) else {
        return std::string::String::new();
    };
    let name = match tree.kind(function) {
        Function => tree
            .children(function)
            .filter(|&child| is_declarator(tree.kind(child)))
            .find_map(|declarator| name_of(tree, declarator)),
        _ => tree.child(function, CallExpr),
    };
    name.map_or_else(std::string::String::new, |name| {
        std::string::String::from_utf8_lossy(tree.text(name, text))
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
    })
}

fn is_declarator(kind: SyntaxKind) -> bool {
    (PointerDeclarator..=NameDeclarator).contains(&kind)
}

/// The name in a declarator, without those of its parameters.
fn name_of(tree: &Tree, declarator: NodeId) -> Option<NodeId> {
    let mut node = declarator;
    while tree.kind(node) != NameDeclarator {
        node = tree
            .children(node)
            .find(|&child| is_declarator(tree.kind(child)))?;
    }
    Some(node)
}
