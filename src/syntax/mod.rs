//! Reading C that no preprocessor has touched: lexer, directives, event parser, lossless tree.

pub mod kind;
pub mod lexer;

pub use kind::SyntaxKind;
pub use lexer::{Token, Tokens, lex};
