//! What the tree says about names: which are types and macros, who calls a function, and what for.
//!
//! Nothing here reads files. [`Sources`] asks its owner for the files that hold a word, so that only files that matter
//! are parsed, and [`roles()`] follows callers and ops tables through them.

mod extract;
pub mod file;
pub mod macros;
pub mod names;
pub mod records;
pub mod roles;
pub mod sources;
#[cfg(test)]
mod tests;
pub mod types;
mod typing;

pub use file::FileFacts;
pub use roles::{RoleOf, roles};
pub use sources::Sources;
