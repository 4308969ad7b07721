//! What a macro stands for, by its body.

use bstr::ByteSlice;

use crate::syntax::SyntaxKind;

/// What a macro stands for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum MacroKind {
    /// Nothing.
    Empty,
    /// The head of a loop, or of an `if`, whose body its user writes.
    Loop,
    /// `__attribute__((…))`, or a storage class or the like.
    Attribute,
    /// A type.
    Type,
    /// One or more statements.
    Statement,
    /// An expression.
    Expression,
    /// Something else: a declaration, part of a list, or what could not be told.
    Other,
}

/// What the tokens of a macro's body make of it, trivia left out.
pub fn kind_of_body(body: &[(SyntaxKind, &[u8])]) -> MacroKind {
    use SyntaxKind::*;
    let (Some(&(first, _)), Some(&(last, _))) = (body.first(), body.last()) else {
        return MacroKind::Empty;
    };
    if begins_loop(body) {
        return MacroKind::Loop;
    }
    if body.iter().all(|&(kind, _)| {
        matches!(
            kind,
            KwStorage | KwInline | KwAttribute | KwQualifier | KwExtension
        )
    }) || first == KwAttribute && closes_at_end(body, 1)
        || first == KwInline
    {
        return MacroKind::Attribute;
    }
    let type_words = body.iter().all(|&(kind, _)| {
        matches!(
            kind,
            KwBuiltinType | KwStruct | KwUnion | KwEnum | KwQualifier | Ident | Star
        )
    });
    if type_words && matches!(first, KwBuiltinType | KwStruct | KwUnion | KwEnum | KwQualifier) {
        return MacroKind::Type;
    }
    if matches!(
        first,
        KwDo | KwIf | KwFor | KwWhile | KwSwitch | KwReturn | KwGoto | LBrace
    ) || last == Semicolon
    {
        return MacroKind::Statement;
    }
    if first.starts_declaration() || matches!(first, Dot | Comma | Hash | HashHash | RParen | RBrace) {
        return MacroKind::Other;
    }
    MacroKind::Expression
}

/// Whether a statement of the user has to follow: the body ends in `for (…)`, or in `if (…)` or `else` behind it.
fn begins_loop(body: &[(SyntaxKind, &[u8])]) -> bool {
    use SyntaxKind::*;
    let first = body[0];
    let head = matches!(first.0, KwFor | KwWhile | KwIf)
        || first.0 == Ident && first.1.contains_str("for_each") && closes_at_end(body, 1);
    if !head {
        return false;
    }
    // A head's parentheses close at the end, or `else` stands there.
    let Some(&(last, _)) = body.last() else {
        return false;
    };
    let has_loop = body.iter().any(|&(kind, word)| {
        matches!(kind, KwFor | KwWhile) || kind == Ident && word.contains_str("for_each")
    });
    if last == KwElse {
        return has_loop;
    }
    if last != RParen || !has_loop {
        return false;
    }
    let mut depth = 0u32;
    for (index, &(kind, _)) in body.iter().enumerate().rev() {
        match kind {
            RParen => depth += 1,
            LParen => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return index
                .checked_sub(1)
                .and_then(|before| body.get(before))
                .is_some_and(|&(kind, word)| {
                    matches!(kind, KwFor | KwWhile | KwIf) || kind == Ident && word.contains_str("for_each")
                });
        }
    }
    false
}

/// Whether the parenthesis at `open` closes with the last token.
fn closes_at_end(body: &[(SyntaxKind, &[u8])], open: usize) -> bool {
    let mut depth = 0u32;
    for (index, &(kind, _)) in body.iter().enumerate().skip(open) {
        match kind {
            SyntaxKind::LParen => depth += 1,
            SyntaxKind::RParen => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return kind == SyntaxKind::RParen && index + 1 == body.len();
        }
    }
    false
}
