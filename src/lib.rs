//! respin rewrites Linux-kernel C and hands out the result as a git patch series.
//!
//! A stage takes plain values and gives plain values; only `pipeline` knows their order.
//! The modules are listed in reading order, from plain data to output.

pub mod cli;
pub mod diagnostics;
pub mod edit;
pub mod facts;
pub mod flow;
pub mod ledger;
pub mod matching;
pub mod output;
pub mod passes;
pub mod pipeline;
pub mod plan;
pub mod scan;
pub mod script;
pub mod series;
pub mod smpl;
pub mod syntax;
pub mod text;
pub mod transform;
pub mod verify;
pub mod worktree;
pub mod writeback;
