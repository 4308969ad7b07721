//! Checks of a rewrite that don't rest on what made it.

pub mod proof;
pub mod scan;
