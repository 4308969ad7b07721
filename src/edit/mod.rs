//! Edits of one file: replacements of byte ranges, disjoint and sorted.

pub mod added;
pub mod dead_locals;
pub mod layout;
mod set;
pub mod unified;

pub use set::{Bias, Edit, EditSet, EditSetBuilder, Overlap};
