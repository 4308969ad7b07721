//! From marked tokens to pattern trees, by the grammar of C.

use crate::diagnostics::Diagnostic;
use crate::syntax::{Goal, Names, NodeId, SyntaxKind, Token as CToken, Tokens, Tree, parse_pattern};

use super::cursor::{Result, error};
use super::declare::{Declarations, Words};
use super::lines::{BodyToken, Slice};
use super::pattern::{Element, Node, Token, TokenInfo, When, own};
use super::rule::{MetaKind, RuleKind};

/// What is known of names in the rules.
pub(super) fn names(words: &Words, declared: &Declarations) -> Names {
    let mut names = Names::new();
    for name in &words.typedefs {
        names.add_type(name.as_bytes());
    }
    for name in &words.attributes {
        names.add_attribute(name.as_bytes());
    }
    for name in &words.iterators {
        names.add_loop(name.as_bytes());
    }
    for var in &declared.vars {
        match var.kind {
            MetaKind::Iterator => names.add_loop(var.name.as_bytes()),
            MetaKind::Attribute => names.add_attribute(var.name.as_bytes()),
            _ => {}
        }
    }
    names
}

/// The trees of a body.
pub(super) struct Trees {
    pub pattern: Vec<Node>,
    pub whens: Vec<When>,
    pub infos: Vec<TokenInfo>,
}

/// Brackets and disjunctions in each other, at most; the grammar gives up not far beyond.
const MAX_NESTING: usize = 100;

fn check_nesting(tokens: &[BodyToken]) -> Result<()> {
    use SyntaxKind::*;
    let mut depth = 0usize;
    for token in tokens {
        match token.kind {
            LParen | LBrace | LBracket | DisjOpen | NestOpen => depth += 1,
            RParen | RBrace | RBracket | DisjClose | NestClose => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MAX_NESTING {
            let message = format!("more than {MAX_NESTING} brackets are open here");
            return Err(Box::new(
                (*error("too-deep", token.range, message)).help("split the rule into several ones"),
            ));
        }
    }
    Ok(())
}

/// Parses the minus slice and the `when` clauses.
pub(super) fn trees(slice: &Slice, kind: RuleKind, names: &Names) -> Result<Trees> {
    check_nesting(&slice.tokens)?;
    let mut infos = slice.infos.clone();
    let mut whens = Vec::new();
    for (dots, tokens) in &slice.whens {
        for when in when(tokens, &mut infos, names)? {
            infos[*dots].whens.push(whens.len() as u32);
            whens.push(when);
        }
    }
    let goal = match kind {
        RuleKind::Expression | RuleKind::Identifier => Goal::Expression,
        RuleKind::Type => Goal::Type,
        RuleKind::Any => Goal::Any,
    };
    let mut pattern = Vec::new();
    let mut start = 0;
    while start < slice.tokens.len() {
        let directive = slice.tokens[start..]
            .iter()
            .position(|token| token.directive_end > 0);
        let end = directive.map_or(slice.tokens.len(), |at| start + at);
        if start < end {
            pattern.extend(parse(
                &slice.tokens[start..end],
                start as u32,
                &infos,
                goal,
                names,
            )?);
            start = end;
        }
        if directive.is_some() {
            let end = slice.tokens[start]
                .directive_end
                .clamp(start + 1, slice.tokens.len());
            pattern.push(self::directive(
                &slice.tokens[start..end],
                start as u32,
                &infos,
                names,
            )?);
            start = end;
        }
    }
    for node in &pattern {
        find_ends(node, 0, &mut infos);
    }
    Ok(Trees {
        pattern,
        whens,
        infos,
    })
}

/// Finds how many statements with bodies end at each token.
fn find_ends(node: &Node, level: u32, infos: &mut [TokenInfo]) {
    let has_body = matches!(
        node.kind,
        SyntaxKind::IfStmt | SyntaxKind::WhileStmt | SyntaxKind::ForStmt | SyntaxKind::MacroLoop
    );
    let count = node.elements.len();
    for (index, element) in node.elements.iter().enumerate() {
        let own = match index + 1 == count {
            true if has_body => level + 1,
            true if matches!(node.kind, SyntaxKind::PatternDisj | SyntaxKind::PatternNest) => 0,
            true => level,
            false => 0,
        };
        match element {
            Element::Node(child) => find_ends(child, own, infos),
            Element::Token(token) => {
                if let Some(info) = infos.get_mut(token.info as usize)
                    && index + 1 == count
                {
                    info.ends = info.ends.max(own);
                }
            }
        }
    }
}

/// Parses tokens; `first` is the index of the first one in `infos`.
pub(super) fn parse(
    tokens: &[BodyToken],
    first: u32,
    infos: &[TokenInfo],
    goal: Goal,
    names: &Names,
) -> Result<Vec<Node>> {
    let mut text = Vec::new();
    let mut list = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        if index > 0 {
            list.push(CToken {
                kind: SyntaxKind::Whitespace,
                start: text.len() as u32,
            });
            let broken = token.line > tokens[index - 1].line;
            text.push(if broken { b'\n' } else { b' ' });
        }
        list.push(CToken {
            kind: token.kind,
            start: text.len() as u32,
        });
        text.extend_from_slice(&token.text);
    }
    check_brackets(tokens)?;
    let tree = parse_pattern(&text, Tokens::from_list(list, text.len() as u32), goal, names);
    if let Some(opaque) = opaque(&tree) {
        let span = tree.token_span(opaque);
        let at = &tokens[(span.start / 2).min(tokens.len() - 1)];
        return Err(not_c(at));
    }
    let token = |index: usize| {
        let body = &tokens[index / 2];
        Token {
            kind: body.kind,
            text: body.text.clone().into_boxed_slice(),
            info: first + (index / 2) as u32,
            var: body.var,
        }
    };
    Ok(tree
        .children(NodeId::ROOT)
        .map(|child| own(&tree, child, infos, &token))
        .collect())
}

fn not_c(at: &BodyToken) -> Box<Diagnostic> {
    let text = String::from_utf8_lossy(&at.text);
    let message = format!("the rule can't be read as C from `{text}` on");
    Box::new(
        (*error("not-c", at.range, message))
            .help("the context and minus lines, and the context and plus lines, each have to be C"),
    )
}

fn opaque(tree: &Tree) -> Option<NodeId> {
    tree.descendants(NodeId::ROOT)
        .find(|&id| tree.kind(id) == SyntaxKind::Opaque)
}

fn check_brackets(tokens: &[BodyToken]) -> Result<()> {
    use SyntaxKind::*;
    let mut open: Vec<&BodyToken> = Vec::new();
    for token in tokens {
        let opener = match token.kind {
            LParen | LBrace | LBracket | DisjOpen | NestOpen => {
                open.push(token);
                continue;
            }
            RParen => LParen,
            RBrace => LBrace,
            RBracket => LBracket,
            DisjClose => DisjOpen,
            NestClose => NestOpen,
            DisjOr | DisjAnd if open.last().is_none_or(|top| top.kind != DisjOpen) => {
                return Err(unbalanced(token));
            }
            _ => continue,
        };
        match open.pop() {
            Some(top) if top.kind == opener => {}
            _ => return Err(unbalanced(token)),
        }
    }
    match open.pop() {
        Some(token) => Err(unbalanced(token)),
        None => Ok(()),
    }
}

fn unbalanced(token: &BodyToken) -> Box<Diagnostic> {
    let text = String::from_utf8_lossy(&token.text);
    let mut message = *error(
        "unbalanced",
        token.range,
        format!("`{text}` has no partner in the context and minus lines"),
    );
    if token.column == 0 && matches!(token.kind, SyntaxKind::DisjOpen | SyntaxKind::DisjClose) {
        message =
            message.help("in the first column it belongs to a disjunction; indent it if it is meant as C");
    }
    Box::new(message)
}

/// One clause: `!= x`, `any, strict`, `true != x` …
fn when(tokens: &[BodyToken], infos: &mut Vec<TokenInfo>, names: &Names) -> Result<Vec<When>> {
    let Some(head) = tokens.first() else {
        return Ok(Vec::new());
    };
    let word = String::from_utf8_lossy(&head.text).into_owned();
    let (make, skip): (fn(Vec<Node>) -> When, usize) = match word.as_str() {
        // The kernel's rules write `when != true e`, the manual `when true != e`.
        "!=" if tokens.len() > 2 && tokens[1].text == b"true" => (When::NotTrue, 2),
        "!=" if tokens.len() > 2 && tokens[1].text == b"false" => (When::NotFalse, 2),
        "!=" => (When::Not, 1),
        "==" | "=" => (When::Only, 1),
        "true" if tokens.get(1).is_some_and(|token| token.text == b"!=") => (When::NotTrue, 2),
        "false" if tokens.get(1).is_some_and(|token| token.text == b"!=") => (When::NotFalse, 2),
        _ => {
            let mut list = Vec::new();
            for token in tokens.iter().filter(|token| token.kind != SyntaxKind::Comma) {
                list.push(match &token.text[..] {
                    b"any" => When::Any,
                    b"strict" => When::Strict,
                    b"exists" => When::Exists,
                    b"forall" => When::Forall,
                    other => {
                        let other = String::from_utf8_lossy(other);
                        let message = format!("`{other}` is no condition on dots");
                        return Err(Box::new(
                            (*error("unknown-when", token.range, message))
                                .help("`when` takes `!= code`, `any`, `strict`, `exists`, `forall`, `true != e` or `false != e`"),
                        ));
                    }
                });
            }
            return Ok(list);
        }
    };
    let rest = &tokens[skip..];
    let first = infos.len() as u32;
    infos.extend(rest.iter().map(|token| TokenInfo {
        mark: super::pattern::Mark::Context,
        optional: false,
        attached: Vec::new(),
        before: Vec::new(),
        after: Vec::new(),
        whens: Vec::new(),
        ends: 0,
        line: token.line,
        column: token.column,
        range: token.range,
    }));
    let nodes = parse(rest, first, infos, Goal::Any, names)?;
    Ok(vec![make(nodes)])
}

/// A directive in the minus slice.
fn directive(tokens: &[BodyToken], first: u32, infos: &[TokenInfo], names: &Names) -> Result<Node> {
    let make = |index: usize| {
        let body = &tokens[index];
        Element::Token(Token {
            kind: body.kind,
            text: body.text.clone().into_boxed_slice(),
            info: first + index as u32,
            var: body.var,
        })
    };
    let word = tokens.get(1).map_or(&b""[..], |token| &token.text[..]);
    let mut elements: Vec<Element> = (0..tokens.len().min(2)).map(make).collect();
    let kind = match word {
        b"include" => SyntaxKind::IncludeDirective,
        b"define" => SyntaxKind::DefineDirective,
        _ => SyntaxKind::OtherDirective,
    };
    let mut at = 2;
    if kind == SyntaxKind::DefineDirective {
        if at < tokens.len() {
            elements.push(make(at));
            at += 1;
        }
        let has_params = tokens
            .get(at)
            .is_some_and(|token| token.kind == SyntaxKind::LParen && !token.spaced);
        if has_params {
            let close = tokens[at..]
                .iter()
                .position(|token| token.kind == SyntaxKind::RParen);
            let end = close.map_or(tokens.len(), |close| at + close + 1);
            let params = (at..end).map(make).collect();
            elements.push(Element::Node(Node::new(SyntaxKind::MacroParams, params, infos)));
            at = end;
        }
        if at < tokens.len() {
            let body = parse(&tokens[at..], first + at as u32, infos, Goal::Any, names)?;
            let body = body.into_iter().map(Element::Node).collect();
            elements.push(Element::Node(Node::new(SyntaxKind::MacroBody, body, infos)));
        }
    } else {
        elements.extend((at..tokens.len()).map(make));
    }
    Ok(Node::new(kind, elements, infos))
}
