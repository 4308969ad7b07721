//! Python rules of semantic patches, run by an interpreter of our own for the part of Python that such rules use.
//!
//! No program is started, no file is read or written, and every run is bounded in steps, depth and memory: a rule that
//! somebody sent is data. What is beyond that part is an error with its line.

mod ast;
mod builtins;
mod coccilib;
mod error;
mod eval;
mod expression;
mod format;
mod host;
mod lexer;
mod methods;
mod operators;
mod parser;
mod regexes;
mod state;
#[cfg(test)]
mod tests;
mod value;

use std::sync::Arc;

pub use error::Fault;
pub use eval::Interpreter;
pub use host::{Effects, Input, Position};

/// A script that was read and can be run any number of times, by any thread.
#[derive(Clone, Debug)]
pub struct Program(Arc<Vec<ast::Stmt>>);

impl Program {
    /// Reads a script.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        parser::parse(text).map(|list| Self(Arc::new(list)))
    }

    /// Reads the expression of a constraint, or the body of a function that ends with `return`.
    pub fn parse_condition(text: &str) -> Result<Self, Fault> {
        match parser::parse_expression(text) {
            Ok(value) => Ok(Self(Arc::new(vec![ast::Stmt {
                line: value.line,
                kind: ast::StmtKind::Return(Some(value)),
            }]))),
            Err(fault) => Self::parse(text).map_err(|_| fault),
        }
    }
}

impl Program {
    /// Whether a run may leave something behind that a later run sees: then their order matters.
    pub fn keeps_state(&self) -> bool {
        self.0.iter().any(state::is_kept)
    }
}
