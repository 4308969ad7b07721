//! A name that is the argument of a macro: what the macro makes of it decides what it means.

use crate::syntax::SyntaxKind::*;
use crate::syntax::{NodeId, Tree};
use crate::text::TextRange;

use super::meaning::{Meaning, other};
use super::words;

/// Macros of C and of the kernel that take the name of a member.
const MEMBER_MACROS: &[&[u8]] = &[
    b"__builtin_offsetof",
    b"container_of",
    b"container_of_const",
    b"offsetof",
    b"offsetofend",
    b"sizeof_field",
    b"FIELD_SIZEOF",
    b"struct_size",
    b"flex_array_size",
    b"typeof_member",
    b"rb_entry",
    b"rb_entry_safe",
];

/// Macros of the kernel that make other names, or names for programs, of an argument: their names, or how these begin, and the last
/// argument it may be.
const PASTING_MACROS: &[(&[u8], usize)] = &[
    // include/linux/tracepoint.h and include/trace/
    (b"TRACE_EVENT", 0),
    (b"DEFINE_EVENT", 1),
    (b"DECLARE_EVENT", 0),
    (b"DECLARE_TRACE", 0),
    (b"DEFINE_TRACE", 0),
    (b"EXPORT_TRACEPOINT_SYMBOL", 0),
    // include/linux/syscalls.h, include/linux/compat.h
    (b"SYSCALL_DEFINE", 0),
    (b"COMPAT_SYSCALL_DEFINE", 0),
    (b"COND_SYSCALL", 0),
    // include/linux/static_call.h
    (b"DEFINE_STATIC_CALL", 0),
    (b"DECLARE_STATIC_CALL", 0),
    (b"EXPORT_STATIC_CALL", 0),
    (b"static_call", 0),
    // include/linux/moduleparam.h
    (b"module_param", 0),
    (b"core_param", 0),
];

/// What the name at `name` means as an argument, if it isn't simply a value.
pub(super) fn meaning(tree: &Tree, text: &[u8], name: NodeId) -> Option<Meaning> {
    let list = tree.parent(name).filter(|&list| tree.kind(list) == ArgList)?;
    let call = tree.parent(list).filter(|&call| tree.kind(call) == CallExpr)?;
    let callee = tree
        .children(call)
        .next()
        .filter(|&callee| tree.kind(callee) == NameExpr)?;
    let callee = tree.text(callee, text);
    let index = tree
        .own_tokens(list)
        .take_while(|&token| token < tree.token_span(name).start)
        .filter(|&token| tree.tokens().kind(token) == Comma)
        .count();
    let takes_member = MEMBER_MACROS.contains(&callee)
        || callee.ends_with(b"_entry") && callee.starts_with(b"list_")
        || callee.ends_with(b"_entry") && callee.starts_with(b"hlist_")
        || memchr::memmem::find(callee, b"for_each_entry").is_some();
    if takes_member && index > 0 {
        return Some(other("member", "it is the name of a member", None));
    }
    let pastes = |&&(macros, last): &&(&[u8], usize)| callee.starts_with(macros) && index <= last;
    if PASTING_MACROS.iter().any(|entry| pastes(&entry)) {
        let text = "the macro makes another name of it: that of a system call, a trace event, a parameter";
        return Some(other("pasted", text, None));
    }
    if let Some(parameter) = parameter_around(tree, text, call, callee) {
        let text =
            "a parameter of the macro around it decides what becomes of it, and that may be another name";
        return Some(other("pasted", text, Some(parameter)));
    }
    let define = words(text, callee).find_map(|start| {
        let node = tree.node_at_offset(start);
        (tree.kind(node) == DefineDirective).then_some(node)
    })?;
    use_in_macro(tree, text, define, index)
}

/// The parameter called `callee` of the macro whose body `node` stands in: `#define LIST(X) X(a) X(b)`.
fn parameter_around(tree: &Tree, text: &[u8], node: NodeId, callee: &[u8]) -> Option<TextRange> {
    let define = tree.enclosing(node, |kind| kind == DefineDirective)?;
    let parameters = tree.child(define, MacroParams)?;
    let mut ranges = tree
        .own_tokens(parameters)
        .map(|token| tree.tokens().range(token));
    ranges.find(|range| range.slice(text) == callee)
}

/// What the macro does with its parameter number `index`.
fn use_in_macro(tree: &Tree, text: &[u8], define: NodeId, index: usize) -> Option<Meaning> {
    let tokens = tree.tokens();
    let parameters = tree.child(define, MacroParams)?;
    let parameter = tree
        .own_tokens(parameters)
        .filter(|&token| tokens.kind(token) == Ident)
        .nth(index)?;
    let parameter = tokens.range(parameter).slice(text);
    let body: Vec<usize> = tree
        .token_span(tree.child(define, MacroBody)?)
        .filter(|&token| !tokens.kind(token).is_trivia())
        .collect();
    for (at, &token) in body.iter().enumerate() {
        if tokens.range(token).slice(text) != parameter {
            continue;
        }
        let before = at.checked_sub(1).map(|at| tokens.kind(body[at]));
        let behind = body.get(at + 1).map(|&token| tokens.kind(token));
        if before == Some(HashHash) || behind == Some(HashHash) {
            let text = "the macro makes another name of it, which a rename of this part would change";
            return Some(other("pasted", text, Some(tokens.range(token))));
        }
        if matches!(before, Some(Dot | Arrow)) {
            return Some(other(
                "member",
                "the macro takes it for the name of a member",
                Some(tokens.range(token)),
            ));
        }
    }
    None
}

/// Whether a name in an `asm goto` stands in its last part, which lists labels.
pub(super) fn is_asm_label(tree: &Tree, text: &[u8], node: NodeId) -> bool {
    let Some(statement) = tree.parent(node).filter(|&parent| tree.kind(parent) == AsmStmt) else {
        return false;
    };
    let start = tree.token_span(node).start;
    let tokens = tree.tokens();
    let is_goto = tree
        .own_tokens(statement)
        .any(|token| tokens.range(token).slice(text) == b"goto");
    let colons = tree
        .token_span(statement)
        .take_while(|&token| token < start)
        .filter(|&token| tokens.kind(token) == Colon)
        .count();
    is_goto && colons >= 4
}
