//! Whether operators take the values of metavariables in added code apart.

use crate::smpl::PlusToken;
use crate::syntax::SyntaxKind::{self, *};

use super::render::Word;
use super::spacing::is_cast;

/// What binds tighter than any operator with two operands.
pub(super) const UNARY: u8 = 14;
/// Names, literals, calls, members.
pub(super) const POSTFIX: u8 = 15;

/// `? :`
pub(super) const CONDITIONAL: u8 = 3;
/// Operators that assign.
pub(super) const ASSIGN: u8 = 2;

/// How tightly an operator with two operands binds (C11, 6.5).
pub(super) fn binary(kind: SyntaxKind) -> Option<u8> {
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
        Question | Colon => CONDITIONAL,
        Eq | PlusEq | MinusEq | StarEq | SlashEq | PercentEq | ShlEq | ShrEq | AmpEq | PipeEq | CaretEq => {
            ASSIGN
        }
        Comma => 1,
        _ => return None,
    })
}

/// Whether an operand ends with a token, so that what follows is no prefix.
pub(super) fn ends_operand(kind: SyntaxKind) -> bool {
    matches!(
        kind,
        Ident | Number | String | Char | RParen | RBracket | MetaExpr | MetaList | PlusPlus | MinusMinus
    )
}

/// How tightly the parts of an expression hold together.
pub(super) fn own(words: &[Word]) -> u8 {
    let mut open: Vec<(usize, bool)> = Vec::new();
    let mut level = POSTFIX;
    let mut behind_operand = false;
    let code = words.iter().enumerate().filter(|(_, word)| word.kind != Comment);
    for (index, word) in code {
        let was_operand = std::mem::replace(&mut behind_operand, ends_operand(word.kind));
        match word.kind {
            LParen | LBracket | LBrace => open.push((index, was_operand)),
            RParen | RBracket | RBrace => {
                let next = words.get(index + 1).map(|next| next.kind);
                if let Some((start, false)) = open.pop()
                    && word.kind == RParen
                    && open.is_empty()
                    && next != Some(LBrace)
                    && (is_cast(words, start, index) || next.is_some_and(is_operand_word))
                {
                    level = level.min(UNARY);
                    behind_operand = false;
                }
            }
            kind if open.is_empty() && was_operand => level = level.min(binary(kind).unwrap_or(level)),
            Star | Amp | Minus | Plus | Bang | Tilde | PlusPlus | MinusMinus | KwSizeof
                if open.is_empty() =>
            {
                level = level.min(UNARY);
            }
            _ => {}
        }
    }
    level
}

/// Whether a token can only begin an operand.
fn is_operand_word(kind: SyntaxKind) -> bool {
    matches!(kind, Ident | Number | String | Char)
}

/// Whether an operand behind an operator that binds as tightly as its own ones means the same without parentheses.
pub(super) fn is_same_without(operator: SyntaxKind, operand: &[Word]) -> bool {
    match operator {
        Star => !operand.iter().any(|word| matches!(word.kind, Slash | Percent)),
        Minus | Slash | Percent | Shl | Shr | Lt | Gt | Le | Ge | EqEq | Ne => false,
        _ => true,
    }
}

/// Whether the value of the metavariable at `index` of the added code needs parentheses there.
pub(super) fn needs_parentheses(tokens: &[PlusToken], index: usize, value: &[Word]) -> bool {
    let own = own(value);
    if own == POSTFIX || value.iter().any(|word| word.kind == LBrace) {
        return false;
    }
    let kind = |at: Option<usize>| at.and_then(|at| tokens.get(at)).map(|token| token.kind);
    let (before, behind) = (kind(index.checked_sub(1)), kind(index.checked_add(1)));
    if matches!(
        behind,
        Some(Arrow | Dot | LBracket | LParen | PlusPlus | MinusMinus)
    ) {
        return true;
    }
    if behind.and_then(binary).is_some_and(|level| level > own)
        || behind == Some(Question) && own == CONDITIONAL
    {
        return true;
    }
    let Some(before) = before else { return false };
    if matches!(before, Bang | Tilde | KwSizeof) || before == RParen && closes_cast(tokens, index - 1) {
        return own < UNARY;
    }
    let is_binary = kind(index.checked_sub(2)).is_some_and(ends_operand);
    match binary(before) {
        Some(_) if !is_binary && matches!(before, Star | Amp | Minus | Plus) => own < UNARY,
        Some(level) if is_binary => level > own || level == own && !is_same_without(before, value),
        _ => false,
    }
}

/// Whether the parenthesis at `close`, behind which an operand stands, closes a cast.
fn closes_cast(tokens: &[PlusToken], close: usize) -> bool {
    let mut depth = 0u32;
    for at in (0..=close).rev() {
        match tokens[at].kind {
            RParen => depth += 1,
            LParen => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            let before = at.checked_sub(1).map(|at| tokens[at].kind);
            return before.is_none_or(|kind| {
                binary(kind).is_some()
                    || matches!(
                        kind,
                        LParen | LBracket | LBrace | Semicolon | Bang | Tilde | KwReturn
                    )
            });
        }
    }
    false
}
