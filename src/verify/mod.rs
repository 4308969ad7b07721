//! Checks of a rewrite, and of patches, that don't rest on what made them.

pub mod build;
pub mod checkpatch;
pub mod compiled;
pub mod edit_gate;
pub mod finding;
pub mod kbuild;
pub mod letter;
pub mod oracle;
pub mod process;
pub mod proof;
pub mod scan;
pub mod second_reader;
pub mod untouched;
