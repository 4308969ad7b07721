//! How results reach a person or a program: text, colours, JSON, the pager, progress. It decides nothing about a run.

pub mod diff;
pub mod json;
pub mod message;
mod pager;
pub mod postings;
mod progress;
mod shell;
mod style;
pub mod summary;
pub mod survey;
pub mod verdicts;

pub use progress::Progress;
pub use shell::{ColorChoice, Options, Shell, Verbosity};
pub use style::{Paint, visible};
