//! The body of a rule as marked tokens: minus and context on one side, added code on the other.

use rustc_hash::FxHashMap;

use crate::syntax::{SyntaxKind, lex};
use crate::text::{LineIndex, TextRange};

use super::cursor::{Result, error};
use super::declare::Declarations;
use super::pattern::{Mark, TokenInfo};
use super::rule::{MetaKind, Plus, PlusToken, VarId};

/// A token of the body.
#[derive(Clone, Debug)]
pub(super) struct BodyToken {
    pub kind: SyntaxKind,
    pub text: Vec<u8>,
    pub range: TextRange,
    pub var: Option<VarId>,
    pub line: u32,
    pub column: u32,
    /// White space or a line break stands before it.
    pub spaced: bool,
    pub mark: LineMark,
    /// The first token of a directive that ends at this index of the token list.
    pub directive_end: usize,
}

/// The marks of a line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct LineMark {
    pub kind: MarkKind,
    pub optional: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum MarkKind {
    Context,
    Minus,
    Star,
    Plus,
    PlusMany,
}

/// Reads the tokens of a body.
pub(super) fn tokens(
    text: &[u8],
    body: TextRange,
    declared: &Declarations,
    lines: &LineIndex,
) -> Result<Vec<BodyToken>> {
    let (plain, marks) = unmark(text, body);
    let raw = lex(&plain);
    let mut list: Vec<BodyToken> = Vec::new();
    let mut index = 0;
    let mut directive: Option<usize> = None;
    while index < raw.len() {
        let kind = raw.kind(index);
        let range = raw.range(index);
        let start = range.start + body.start;
        let place = lines.line_column(start);
        let first_line = lines.line_column(body.start).line;
        let mark = marks[(place.line - first_line) as usize];
        let is_plus = matches!(mark.kind, MarkKind::Plus | MarkKind::PlusMany);
        if kind == SyntaxKind::Newline {
            if let Some(first) = directive.take() {
                let end = list.len();
                list[first].directive_end = end;
            }
            index += 1;
            continue;
        }
        if kind.is_trivia() && !(kind == SyntaxKind::Comment && is_plus) {
            index += 1;
            continue;
        }
        let spaced = index > 0 && raw.kind(index - 1).is_trivia();
        let column0 = place.column == 1;
        let (kind, len) = special(
            &raw,
            &plain,
            index,
            column0 && mark.kind == MarkKind::Context,
            is_plus,
        );
        let end = raw.range(index + len - 1).end;
        let text = plain[range.start as usize..end as usize].to_vec();
        if kind == SyntaxKind::Hash
            && directive.is_none()
            && (list.last().is_none_or(|last| last.line < place.line))
        {
            directive = Some(list.len());
        }
        let var = (kind == SyntaxKind::Ident || kind == SyntaxKind::KwStorage)
            .then(|| {
                std::str::from_utf8(&text)
                    .ok()
                    .and_then(|name| declared.by_name.get(name).copied())
            })
            .flatten();
        let kind = var.map_or(kind, |var| meta_kind(&declared.vars[var as usize].kind));
        list.push(BodyToken {
            kind,
            text,
            range: TextRange::new(start, end + body.start),
            var,
            line: place.line,
            column: place.column - 1,
            spaced,
            mark,
            directive_end: 0,
        });
        index += len;
    }
    if let Some(first) = directive {
        let end = list.len();
        list[first].directive_end = end;
    }
    Ok(list)
}

/// The body with its marks blanked, and the mark of each line.
fn unmark(text: &[u8], body: TextRange) -> (Vec<u8>, Vec<LineMark>) {
    let mut plain = Vec::with_capacity(body.len() as usize);
    let mut marks = Vec::new();
    let mut at_line_start = body.start == 0 || text[body.start as usize - 1] == b'\n';
    let mut in_comment = false;
    for line in body.slice(text).split_inclusive(|&byte| byte == b'\n') {
        let mut mark = LineMark {
            kind: MarkKind::Context,
            optional: false,
        };
        let mut at = 0;
        if in_comment {
            // A comment that began on an added line is added as a whole.
            mark = marks.last().copied().unwrap_or(mark);
            if line.first() == Some(&b'+') && matches!(mark.kind, MarkKind::Plus | MarkKind::PlusMany) {
                at = 1;
            }
        } else if at_line_start {
            loop {
                match line.get(at) {
                    Some(b'-') if mark.kind == MarkKind::Context => mark.kind = MarkKind::Minus,
                    Some(b'*') if mark.kind == MarkKind::Context => mark.kind = MarkKind::Star,
                    Some(b'+') if mark.kind == MarkKind::Context => mark.kind = MarkKind::Plus,
                    Some(b'+') if mark.kind == MarkKind::Plus && at == 1 => mark.kind = MarkKind::PlusMany,
                    Some(b'?') if !mark.optional => mark.optional = true,
                    _ => break,
                }
                at += 1;
            }
        }
        plain.extend(std::iter::repeat_n(b' ', at));
        plain.extend_from_slice(&line[at..]);
        in_comment = comment_stays_open(&line[at..], in_comment);
        marks.push(mark);
        at_line_start = true;
    }
    if marks.is_empty() || body.slice(text).ends_with(b"\n") {
        marks.push(LineMark {
            kind: MarkKind::Context,
            optional: false,
        });
    }
    (plain, marks)
}

/// Whether a block comment is open at the end of a line.
fn comment_stays_open(line: &[u8], mut open: bool) -> bool {
    let mut at = 0;
    let mut quote = false;
    while at < line.len() {
        if open {
            match memchr::memmem::find(&line[at..], b"*/") {
                Some(end) => {
                    at += end + 2;
                    open = false;
                }
                None => return true,
            }
        } else if quote {
            match line[at] {
                b'\\' => at += 1,
                b'"' => quote = false,
                _ => {}
            }
            at += 1;
        } else if line[at..].starts_with(b"//") {
            return false;
        } else if line[at..].starts_with(b"/*") {
            open = true;
            at += 2;
        } else {
            quote = line[at] == b'"';
            at += 1;
        }
    }
    open
}

/// The kind of the token at `index` and how many tokens of C it is made of.
fn special(
    raw: &crate::syntax::Tokens,
    text: &[u8],
    index: usize,
    column0: bool,
    is_plus: bool,
) -> (SyntaxKind, usize) {
    use SyntaxKind::*;
    let kind = raw.kind(index);
    let next = raw.kind(index + 1);
    match kind {
        Unknown if raw.range(index).slice(text) == b"\\" => match next {
            LParen => (DisjOpen, 2),
            Pipe => (DisjOr, 2),
            Amp => (DisjAnd, 2),
            RParen => (DisjClose, 2),
            PipePipe => (DisjOr, 2),
            _ => (kind, 1),
        },
        LParen if column0 => (DisjOpen, 1),
        Pipe if column0 => (DisjOr, 1),
        Amp if column0 => (DisjAnd, 1),
        RParen if column0 => (DisjClose, 1),
        Lt if next == Ellipsis => (NestOpen, 2),
        Lt if next == Plus && raw.kind(index + 2) == Ellipsis => (NestOpen, 3),
        Ellipsis if is_plus => (Ellipsis, 1),
        Ellipsis if next == Gt => (NestClose, 2),
        Ellipsis if next == Plus && raw.kind(index + 2) == Gt => (NestClose, 3),
        Ellipsis if next == Ellipsis => (Ellipsis, 2),
        Ellipsis => (Dots, 1),
        _ => (kind, 1),
    }
}

/// The kind of token that a metavariable is for the parser.
fn meta_kind(kind: &MetaKind) -> SyntaxKind {
    match kind {
        MetaKind::Expression(_) | MetaKind::IdExpression(..) | MetaKind::Constant(_) => SyntaxKind::MetaExpr,
        MetaKind::ExpressionList(_)
        | MetaKind::IdentifierList(_)
        | MetaKind::Field
        | MetaKind::FieldList(_)
        | MetaKind::Parameter
        | MetaKind::ParameterList(_)
        | MetaKind::Initializer
        | MetaKind::InitializerList(_) => SyntaxKind::MetaList,
        MetaKind::Statement | MetaKind::StatementList | MetaKind::Declaration => SyntaxKind::MetaStmt,
        MetaKind::Type => SyntaxKind::MetaType,
        MetaKind::BinaryOperator => SyntaxKind::MetaBinary,
        MetaKind::AssignOperator => SyntaxKind::MetaAssign,
        MetaKind::UnaryOperator => SyntaxKind::MetaUnary,
        _ => SyntaxKind::Ident,
    }
}

/// One token of the slice that is matched, or the begin of a directive in it.
#[derive(Debug)]
pub(super) struct Slice {
    /// Tokens of the minus slice, positions and `when` clauses taken out.
    pub tokens: Vec<BodyToken>,
    /// What is known of each.
    pub infos: Vec<TokenInfo>,
    /// The tokens of each `when` clause, and the dots (index into `tokens`) they belong to.
    pub whens: Vec<(usize, Vec<BodyToken>)>,
    /// The added code.
    pub plus: Vec<Plus>,
    /// Added code, when nothing else is there.
    pub only_plus: bool,
}

/// Takes the body apart.
pub(super) fn slice(list: Vec<BodyToken>, declared: &Declarations) -> Result<Slice> {
    use SyntaxKind::*;
    let mut slice = Slice {
        tokens: Vec::new(),
        infos: Vec::new(),
        whens: Vec::new(),
        plus: Vec::new(),
        only_plus: false,
    };
    let mut pending: Vec<BodyToken> = Vec::new();
    let mut groups: Vec<(usize, Vec<BodyToken>)> = Vec::new();
    let mut index = 0;
    while index < list.len() {
        let token = &list[index];
        if matches!(token.mark.kind, MarkKind::Plus | MarkKind::PlusMany) {
            if pending
                .last()
                .is_some_and(|last| last.mark.kind != token.mark.kind)
            {
                groups.push((slice.tokens.len(), std::mem::take(&mut pending)));
            }
            pending.push(token.clone());
            index += 1;
            continue;
        }
        if !pending.is_empty() {
            groups.push((slice.tokens.len(), std::mem::take(&mut pending)));
        }
        let is_at = token.kind == Unknown && token.text == b"@";
        if is_at && index + 1 < list.len() && !slice.infos.is_empty() {
            let attached = &list[index + 1];
            let Some(var) = attached.var else {
                let name = std::string::String::from_utf8_lossy(&attached.text).into_owned();
                return Err(Box::new(
                    (*error(
                        "unknown-name",
                        attached.range,
                        format!("`{name}` is not declared as a position"),
                    ))
                    .help(format!("declare it: `position {name};`")),
                ));
            };
            if let Some(info) = slice.infos.last_mut() {
                info.attached.push(var);
            }
            index += 2;
            continue;
        }
        let after_dots = slice
            .tokens
            .last()
            .is_some_and(|last| matches!(last.kind, Dots | NestOpen));
        if after_dots && token.var.is_none() && (token.text == b"when" || token.text == b"WHEN") {
            let end = when_end(&list, index);
            slice
                .whens
                .push((slice.tokens.len() - 1, list[index + 1..end].to_vec()));
            index = end;
            continue;
        }
        slice.infos.push(TokenInfo {
            mark: match token.mark.kind {
                MarkKind::Minus => Mark::Minus,
                MarkKind::Star => Mark::Star,
                _ => Mark::Context,
            },
            optional: token.mark.optional,
            attached: Vec::new(),
            before: Vec::new(),
            after: Vec::new(),
            whens: Vec::new(),
            ends: 0,
            line: token.line,
            column: token.column,
            range: token.range,
        });
        let mut token = token.clone();
        if token.directive_end > 0 {
            // The end moves with the tokens that were taken out; directives hold none of them.
            token.directive_end = slice.tokens.len() + (token.directive_end - index);
        }
        slice.tokens.push(token);
        index += 1;
    }
    if !pending.is_empty() {
        groups.push((slice.tokens.len(), pending));
    }
    attach(&mut slice, groups, declared)?;
    Ok(slice)
}

/// Where the clause ends whose `when` stands at `index`: with its line, but not inside of brackets.
fn when_end(list: &[BodyToken], index: usize) -> usize {
    use SyntaxKind::*;
    let mut depth = 0i32;
    let mut at = index + 1;
    while at < list.len() {
        let token = &list[at];
        let starts = matches!(token.mark.kind, MarkKind::Plus | MarkKind::PlusMany);
        if depth == 0 && (token.line > list[at - 1].line && at > index + 1 || starts) {
            break;
        }
        match token.kind {
            LParen | LBrace | LBracket | DisjOpen | NestOpen => depth += 1,
            RParen | RBrace | RBracket | DisjClose | NestClose => {
                depth -= 1;
                if depth < 0 {
                    break;
                }
            }
            _ if depth == 0 && at > index + 1 && token.text == b"when" => break,
            _ => {}
        }
        at += 1;
    }
    at
}

/// Attaches each group of added tokens to a token before or behind it.
fn attach(slice: &mut Slice, groups: Vec<(usize, Vec<BodyToken>)>, declared: &Declarations) -> Result<()> {
    use SyntaxKind::*;
    slice.only_plus = slice.tokens.is_empty() && !groups.is_empty();
    for (at, tokens) in groups {
        let id = slice.plus.len() as u32;
        let plus = plus(&tokens, declared);
        slice.plus.push(plus);
        let structural =
            |kind: SyntaxKind| matches!(kind, Dots | NestOpen | NestClose | DisjOpen | DisjOr | DisjAnd);
        let before = at.checked_sub(1);
        let behind = (at < slice.tokens.len()).then_some(at);
        let fits_before = before.filter(|&index| !structural(slice.tokens[index].kind));
        let fits_behind = behind.filter(|&index| {
            !matches!(
                slice.tokens[index].kind,
                Dots | NestOpen | NestClose | DisjOr | DisjAnd | DisjClose
            )
        });
        match (fits_before, fits_behind) {
            // Behind a disjunction: it belongs to what follows, else to each of the branches.
            (Some(index), Some(next)) if slice.tokens[index].kind == DisjClose => {
                slice.infos[next].before.push(id);
            }
            (Some(index), Some(next))
                if slice.tokens[index].kind == LBrace && slice.tokens[next].kind == Dot =>
            {
                // A directive before the first field.
                slice.infos[next].before.push(id);
            }
            (Some(index), Some(next))
                if slice.tokens[index].kind == Comma
                    && slice.tokens[next].kind == Dot
                    && index
                        .checked_sub(1)
                        .is_some_and(|at| slice.tokens[at].kind == Dots) =>
            {
                // Behind `...,` an element stands beside the one that follows.
                slice.infos[next].before.push(id);
            }
            (Some(index), _) if slice.tokens[index].kind == DisjClose => {
                for end in ends(&slice.tokens, index).ok_or_else(|| beside_nothing(&tokens))? {
                    slice.infos[end].after.push(id);
                }
            }
            (Some(index), _) => slice.infos[index].after.push(id),
            (None, Some(index)) if slice.tokens[index].kind == DisjOpen => {
                for begin in begins(&slice.tokens, index).ok_or_else(|| beside_nothing(&tokens))? {
                    slice.infos[begin].before.push(id);
                }
            }
            (None, Some(index)) => slice.infos[index].before.push(id),
            (None, None) => match before {
                Some(index) if slice.infos[index].mark == Mark::Minus => slice.infos[index].after.push(id),
                _ if slice.only_plus => {}
                _ => return Err(beside_nothing(&tokens)),
            },
        }
    }
    Ok(())
}

fn beside_nothing(added: &[BodyToken]) -> Box<crate::diagnostics::Diagnostic> {
    let range = added.first().map_or(TextRange::new(0, 0), |first| first.range);
    let message = "this code is added beside dots or an empty branch, which say nothing of its place";
    Box::new(
        (*error("added-beside-nothing", range, message))
            .help("write the statement before or behind it into the rule"),
    )
}

/// The last tokens of the branches of the disjunction that closes at `close`, unless one has none or ends in dots.
fn ends(tokens: &[BodyToken], close: usize) -> Option<Vec<usize>> {
    use SyntaxKind::*;
    let mut list = Vec::new();
    let mut depth = 0;
    for index in (1..=close).rev() {
        match tokens[index].kind {
            DisjClose => depth += 1,
            DisjOpen => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            break;
        }
        if depth == 1 && (index == close || matches!(tokens[index].kind, DisjOr | DisjAnd)) {
            match tokens[index - 1].kind {
                DisjClose => list.extend(ends(tokens, index - 1)?),
                DisjOpen | DisjOr | DisjAnd | Dots | NestClose => return None,
                _ => list.push(index - 1),
            }
        }
    }
    Some(list)
}

/// The first tokens of the branches of the disjunction that opens at `open`, unless one has none or begins with dots.
fn begins(tokens: &[BodyToken], open: usize) -> Option<Vec<usize>> {
    use SyntaxKind::*;
    let mut list = Vec::new();
    let mut depth = 0;
    for index in open..tokens.len().saturating_sub(1) {
        match tokens[index].kind {
            DisjOpen => depth += 1,
            DisjClose => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            break;
        }
        if depth == 1 && (index == open || matches!(tokens[index].kind, DisjOr | DisjAnd)) {
            match tokens[index + 1].kind {
                DisjOpen => list.extend(begins(tokens, index + 1)?),
                DisjClose | DisjOr | DisjAnd | Dots | NestOpen => return None,
                _ => list.push(index + 1),
            }
        }
    }
    Some(list)
}

fn plus(tokens: &[BodyToken], declared: &Declarations) -> Plus {
    let _: &FxHashMap<String, VarId> = &declared.by_name;
    let list: Vec<PlusToken> = tokens
        .iter()
        .map(|token| PlusToken {
            kind: token.kind,
            text: token.text.clone(),
            var: token.var,
            line: token.line,
            column: token.column,
            spaced: token.spaced,
        })
        .collect();
    let ends_line = |kind: SyntaxKind| {
        matches!(
            kind,
            SyntaxKind::Semicolon
                | SyntaxKind::LBrace
                | SyntaxKind::RBrace
                | SyntaxKind::Comment
                | SyntaxKind::MetaStmt
        )
    };
    let begins = |kind: SyntaxKind| list.first().is_some_and(|first| first.kind == kind);
    let ends_with_comma = list.last().is_some_and(|last| last.kind == SyntaxKind::Comma);
    let lines = list.last().is_some_and(|last| ends_line(last.kind))
        || begins(SyntaxKind::Hash)
        // Initializers of named fields stand on lines of their own.
        || begins(SyntaxKind::Dot) && ends_with_comma;
    Plus {
        many: tokens
            .first()
            .is_some_and(|token| token.mark.kind == MarkKind::PlusMany),
        lines,
        tokens: list,
    }
}

/// What is known of a token that has no marks.
pub(super) fn plain_info(token: &BodyToken) -> TokenInfo {
    TokenInfo {
        mark: Mark::Context,
        optional: false,
        attached: Vec::new(),
        before: Vec::new(),
        after: Vec::new(),
        whens: Vec::new(),
        ends: 0,
        line: token.line,
        column: token.column,
        range: token.range,
    }
}
