//! Spaces between the words of added code.

use crate::syntax::SyntaxKind::{self, *};

use super::render::Word;

/// What the words so far tell about the next space.
#[derive(Debug, Default)]
pub(super) struct Spacing {
    /// The last word is an operator with one operand, which comes next.
    unary: bool,
    /// The last word closes a cast.
    cast: bool,
    /// Parentheses: where each begins, and whether it is a call or a head.
    parens: Vec<(usize, bool)>,
    /// Questions that wait for their colon.
    questions: u32,
    /// The last word is the colon of a label.
    label: bool,
    /// Where the statement begins.
    statement: usize,
    /// The words are part of a line, and a declaration only if they are written like one.
    inline: bool,
}

impl Spacing {
    /// `lines`: the words are whole statements.
    pub fn new(lines: bool) -> Self {
        Self {
            inline: !lines,
            ..Self::default()
        }
    }

    pub fn last_was_cast(&self) -> bool {
        self.cast
    }

    pub fn last_was_label(&self) -> bool {
        self.label
    }

    /// Whether a space stands before the word at `index`.
    pub fn space(&self, words: &[Word], index: usize) -> bool {
        let (last, word) = (&words[index - 1], &words[index]);
        if last.kind == Comment || word.kind == Comment {
            return true;
        }
        if self.unary || self.cast {
            // `- -x` stays two operators.
            return self.unary
                && (last.text.last() == word.text.first())
                && matches!(word.kind, Minus | Plus | Amp | MinusMinus | PlusPlus);
        }
        match (last.kind, word.kind) {
            (_, Comma | RParen | RBracket) => false,
            (_, Semicolon) => false,
            (LParen | LBracket, _) => false,
            (Arrow | Dot, _) | (_, Arrow) => false,
            (_, Dot) => matches!(last.kind, Comma | LBrace | Eq),
            (_, LBracket) => matches!(last.kind, Comma | LBrace | Eq),
            (LBrace, RBrace) => word.spaced,
            (KwIf | KwWhile | KwFor | KwSwitch | KwReturn | KwElse | KwDo | KwCase | KwGoto, _) => true,
            (KwSizeof | KwTypeof | KwAttribute | KwAlignof | KwAlignas, LParen) => false,
            (Ident | RParen | RBracket | MetaExpr | MetaList, LParen) => {
                // A pointer to a function, or something that is called.
                word.spaced
                    && words.get(index + 1).is_some_and(|next| next.kind == Star)
                    && last.kind == Ident
                    && (index - 1 == self.statement || is_pointed_at(words, index))
            }
            (_, PlusPlus | MinusMinus) => !is_operand_end(last.kind),
            (PlusPlus | MinusMinus, _) => {
                !is_operand_begin(word.kind) || word.kind == Star || word.kind == Minus
            }
            (Hash | HashHash, _) | (_, Hash | HashHash) => word.spaced,
            (_, Colon) => self.questions > 0,
            (Star, Ident | Star | LParen | KwQualifier) if !is_binary(self, words, index - 1) => false,
            _ => true,
        }
    }

    /// Goes past the word at `index`.
    pub fn step(&mut self, words: &[Word], index: usize) {
        let word = &words[index];
        let last = words[..index]
            .iter()
            .map(|word| word.kind)
            .rfind(|&kind| kind != Comment);
        let was_cast = std::mem::take(&mut self.cast);
        self.label = false;
        let was_unary = std::mem::take(&mut self.unary);
        match word.kind {
            LParen => {
                let is_call = !was_cast
                    && !was_unary
                    && last.is_some_and(|last| {
                        matches!(last, Ident | RParen | RBracket | MetaExpr)
                            || (KwAttribute..=KwGeneric).contains(&last)
                            || matches!(last, KwIf | KwFor | KwWhile | KwSwitch | KwTypeof | KwAsm)
                    });
                self.parens.push((index, is_call));
            }
            RParen => {
                if let Some((open, false)) = self.parens.pop() {
                    self.cast = is_cast(words, open, index);
                }
            }
            Bang | Tilde => self.unary = true,
            Star | Amp | Minus | Plus => self.unary = !is_binary(self, words, index) || was_cast,
            PlusPlus | MinusMinus => {
                self.unary = !last.is_some_and(is_operand_end) || was_cast;
            }
            AmpAmp => self.unary = !last.is_some_and(is_operand_end) && last.is_some(),
            Question => self.questions += 1,
            Colon if self.questions > 0 => self.questions -= 1,
            Colon => {
                let first = words.get(self.statement).map(|first| first.kind);
                self.label = self.parens.is_empty()
                    && (matches!(first, Some(KwCase | KwDefault))
                        || first == Some(Ident) && index == self.statement + 1);
                if self.label {
                    self.statement = index + 1;
                }
            }
            _ => {}
        }
        if matches!(word.kind, Semicolon | LBrace | RBrace | Comment) && self.parens.is_empty() {
            self.statement = index + 1;
            self.questions = 0;
        }
    }
}

/// Whether parentheses hold a declarator behind which parameters or a size stand.
fn is_pointed_at(words: &[Word], open: usize) -> bool {
    let mut depth = 0usize;
    for (index, word) in words.iter().enumerate().skip(open) {
        match word.kind {
            LParen => depth += 1,
            RParen => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return words
                .get(index + 1)
                .is_some_and(|next| matches!(next.kind, LParen | LBracket));
        }
    }
    false
}

/// Whether `*`, `&`, `+` or `-` stands between two operands.
fn is_binary(spacing: &Spacing, words: &[Word], index: usize) -> bool {
    let word = &words[index];
    let Some(last) = index.checked_sub(1).map(|last| &words[last]) else {
        // Code that goes on behind an operand.
        return words.get(1).is_some_and(|next| next.spaced);
    };
    if last.kind == Comment {
        let code = words[..index].iter().rfind(|word| word.kind != Comment);
        return code.is_some_and(|word| is_operand_end(word.kind));
    }
    if !is_operand_end(last.kind) || spacing.cast && index > 0 && word.kind != Plus {
        return false;
    }
    if word.kind != Star {
        return true;
    }
    let next = words.get(index + 1);
    if word.spaced && next.is_some_and(|next| next.kind == Star && next.spaced) {
        return last.kind != Ident || index - 1 != spacing.statement;
    }
    if next.is_none_or(|next| matches!(next.kind, RParen | Comma | Star | KwQualifier | Semicolon)) {
        return false;
    }
    if last.kind != Ident {
        return true;
    }
    // `struct s *x`, and `name *x` where a statement begins or in a list of parameters.
    if index >= 2
        && matches!(
            words[index - 2].kind,
            KwStruct
                | KwUnion
                | KwEnum
                | KwQualifier
                | KwStorage
                | KwInline
                | KwBuiltinType
                | MetaType
                | Ident
        )
    {
        return false;
    }
    if index - 1 == spacing.statement {
        return spacing.inline && !(word.spaced && next.is_some_and(|next| !next.spaced));
    }
    let in_parameters = index >= 2
        && matches!(words[index - 2].kind, LParen | Comma)
        && next.is_some_and(|next| !next.spaced)
        && word.spaced;
    !in_parameters
}

/// Whether parentheses from `open` to `close` hold a type before an operand.
pub(super) fn is_cast(words: &[Word], open: usize, close: usize) -> bool {
    let inner = &words[open + 1..close];
    let Some(first) = inner.first() else {
        return false;
    };
    let Some(next) = words.get(close + 1) else {
        return false;
    };
    let looks_like_type = first.kind.starts_type()
        || inner.last().is_some_and(|last| last.kind == Star)
        || inner.len() == 1 && first.kind == Ident && first.text.ends_with(b"_t");
    if next.kind == LBrace {
        return looks_like_type;
    }
    if !is_operand_begin(next.kind) {
        return false;
    }
    if looks_like_type {
        return true;
    }
    // A name before something that is no operator.
    inner.len() == 1
        && first.kind == Ident
        && matches!(
            next.kind,
            Ident | Number | String | Char | Tilde | Bang | KwSizeof | MetaExpr
        )
}

fn is_operand_end(kind: SyntaxKind) -> bool {
    matches!(
        kind,
        Ident | RParen | RBracket | MetaExpr | Number | String | Char | MetaList | PlusPlus | MinusMinus
    )
}

fn is_operand_begin(kind: SyntaxKind) -> bool {
    matches!(
        kind,
        Ident
            | Number
            | String
            | Char
            | LParen
            | MetaExpr
            | MetaList
            | Star
            | Amp
            | AmpAmp
            | Minus
            | Plus
            | PlusPlus
            | MinusMinus
            | Tilde
            | Bang
            | KwSizeof
    )
}
