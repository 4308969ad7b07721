//! A rule of a semantic patch against C code.
//!
//! A rule is compiled to a formula over the states of a function's flow graph (`formula`), which is checked from the
//! top down (`check`); what single states and pieces of code have to look like, `fit` decides by comparing trees.
//! [`engine`] runs all rules of a patch on one file and hands bindings from one to the next.

mod around;
mod atoms;
mod bind;
mod braces;
mod branch;
mod chain;
mod check;
mod commas;
mod compile;
mod declared;
pub mod engine;
pub mod explain;
mod fit;
mod formula;
mod hit;
mod indent;
mod items;
mod layout;
mod lists;
mod miss;
mod node;
mod operands;
mod parts;
mod possible;
mod precedence;
mod printer;
mod prototypes;
mod regexes;
mod remains;
mod render;
mod rewrite;
mod run;
mod shape;
mod site;
mod source;
mod spacing;
mod specifiers;
#[cfg(test)]
mod tests;
mod torn;
mod types;
mod uses;
mod value;
mod ways;
mod words;
mod worth;
mod wrap;

pub use engine::{Engine, Headers, Isos, NoScripts, Outcome, Scripts, declarations, made};
pub use types::Declarations;
pub use value::{Place, Value};
