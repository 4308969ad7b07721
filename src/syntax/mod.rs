//! Reading C that no preprocessor has touched: lexer, directives, event parser, lossless tree.
//!
//! [`parse`] never fails. The tokens of the tree joined are the text, byte for byte; what does not fit the grammar is an
//! [`SyntaxKind::Opaque`] node with its tokens.

mod directive;
mod event;
mod grammar;
pub mod kind;
pub mod lexer;
pub mod names;
mod parser;
mod stream;
#[cfg(test)]
mod tests;
pub mod tree;

pub use grammar::pattern::Goal;
pub use kind::SyntaxKind;
pub use lexer::{Token, Tokens, lex};
pub use names::Names;
pub use tree::{Element, NodeId, Tree};

/// Parses the body of a semantic-patch rule, whose tokens also stand for metavariables, dots, nests and disjunctions.
pub fn parse_pattern(text: &[u8], tokens: Tokens, goal: Goal, names: &Names) -> Tree {
    let stream = stream::Stream::plain(&tokens);
    let mut parser = parser::Parser::new(text, &tokens, &stream, names);
    parser.pattern = true;
    let main = parser.region(stream.main, |p| grammar::pattern::rule(p, goal));
    let events = parser.into_events();
    event::build(tokens, &stream, events, main, &[])
}

/// Parses one text. Takes time in proportion to its length and a bounded stack.
pub fn parse(text: &[u8], names: &Names) -> Tree {
    let tokens = lex(text);
    let stream = stream::Stream::new(text, &tokens);
    let mut parser = parser::Parser::new(text, &tokens, &stream, names);
    let main = parser.region(stream.main, grammar::source_file);
    let contents: Vec<_> = stream
        .islands
        .iter()
        .map(|island| match island.kind {
            SyntaxKind::InactiveBranch if island.top => parser.region(island.content, grammar::source_file),
            SyntaxKind::InactiveBranch => parser.fragment(island.content, grammar::fragment),
            _ => parser.region(island.content, grammar::macro_body),
        })
        .collect();
    let events = parser.into_events();
    event::build(tokens, &stream, events, main, &contents)
}
