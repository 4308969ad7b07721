//! Parentheses around the values of metavariables in added code, where the operators beside them would take them apart.

use super::render::Word;
use crate::smpl::PlusToken;
use crate::syntax::SyntaxKind::{self, *};

/// What binds tighter than any operator with two operands.
const UNARY: u8 = 14;
/// Names, literals, calls, members.
const POSTFIX: u8 = 15;

/// How tightly an operator with two operands binds (C11, 6.5).
fn binary(kind: SyntaxKind) -> Option<u8> {
    Some(match kind {
        Star | Slash | Percent => 13,
        Plus | Minus => 12,
        Shl | Shr => 11,
        Lt | Gt | Le | Ge => 10,
        EqEq | Ne => 9,
        Amp => 8,
        Caret => 7,
        Pipe => 6,
        AmpAmp => 5,
        PipePipe => 4,
        Question | Colon => 3,
        Eq | PlusEq | MinusEq | StarEq | SlashEq | PercentEq | ShlEq | ShrEq | AmpEq | PipeEq | CaretEq => 2,
        Comma => 1,
        _ => return None,
    })
}

/// Whether an operand ends with a token, so that what follows is no prefix.
fn ends_operand(kind: SyntaxKind) -> bool {
    matches!(
        kind,
        Ident | Number | String | Char | RParen | RBracket | MetaExpr | MetaList | PlusPlus | MinusMinus
    )
}

/// How tightly the parts of a value hold together.
fn own(words: &[Word]) -> u8 {
    let mut depth = 0i32;
    let mut level = POSTFIX;
    let mut before: Option<SyntaxKind> = None;
    for word in words {
        match word.kind {
            LParen | LBracket | LBrace => depth += 1,
            RParen | RBracket | RBrace => depth -= 1,
            kind if depth == 0 => match before.is_some_and(ends_operand) {
                true => level = level.min(binary(kind).unwrap_or(level)),
                false
                    if matches!(
                        kind,
                        Star | Amp | Minus | Plus | Bang | Tilde | PlusPlus | MinusMinus
                    ) =>
                {
                    level = level.min(UNARY);
                }
                false => {}
            },
            _ => {}
        }
        // A name behind a parenthesis: that was a cast.
        if depth == 0 && before == Some(RParen) && matches!(word.kind, Ident | Number | String) {
            level = level.min(UNARY);
        }
        before = Some(word.kind);
    }
    level
}

/// Whether the value of the metavariable at `index` of the added code needs parentheses there.
pub(super) fn needs_parentheses(tokens: &[PlusToken], index: usize, value: &[Word]) -> bool {
    let own = own(value);
    if own == POSTFIX || value.iter().any(|word| word.kind == LBrace) {
        return false;
    }
    let kind = |at: Option<usize>| at.and_then(|at| tokens.get(at)).map(|token| token.kind);
    let (before, behind) = (kind(index.checked_sub(1)), kind(index.checked_add(1)));
    if matches!(behind, Some(Arrow | Dot | LBracket | PlusPlus | MinusMinus)) {
        return true;
    }
    if behind.and_then(binary).is_some_and(|level| level > own) {
        return true;
    }
    let Some(before) = before else { return false };
    if matches!(before, Bang | Tilde | KwSizeof) {
        return own < UNARY;
    }
    let is_binary = kind(index.checked_sub(2)).is_some_and(ends_operand);
    match binary(before) {
        Some(_) if !is_binary && matches!(before, Star | Amp | Minus | Plus) => own < UNARY,
        Some(level) if is_binary => {
            let keeps_order = matches!(before, Minus | Slash | Percent | Shl | Shr);
            level > own || level == own && keeps_order
        }
        _ => false,
    }
}
