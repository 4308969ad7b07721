//! Checks of a rewrite that don't rest on what made it.

pub mod edit_gate;
pub mod oracle;
pub mod proof;
pub mod scan;
pub mod second_reader;
pub mod untouched;
