//! Writes inserts in fault handlers with their twins that give fault codes.
//!
//! `vm_insert_page()` gives an errno that each handler translates for itself; `vmf_insert_page()` gives the fault code. What the
//! code behind an insert makes of each result is found by running it in the mind (`eval`). Where that is what the twin
//! gives, the rewrite is safe; where it differs, the rewrite is unsafe and says what changes.

mod clean;
mod eval;
mod fold;
mod handlers;
mod helper;
mod interface;
mod kept;
mod plan;
mod rewrite;
mod sites;
mod split;
#[cfg(test)]
mod tests;
mod translate;
mod types;
mod unused;
mod variable;
mod vmf_error;

use bstr::BString;

use crate::diagnostics::Diagnostic;
use crate::facts::sources::Find;
use crate::passes::SourceFile;
use crate::plan::Plan;

/// What to rewrite.
#[derive(Clone, Debug)]
pub struct Parameters {
    /// Functions that insert something and give an errno, each with its twin.
    pub pairs: Vec<(String, String)>,
    /// Take for granted that the twins exist.
    pub have_interface: bool,
    /// Give the type to all functions in fault operations, also to those that don't insert.
    pub all_handlers: bool,
    /// Take inserts out of the tree that nobody uses any more.
    pub remove_unused: bool,
    /// Where to rewrite, relative to the tree; everywhere if there is none.
    pub under: Vec<BString>,
    /// Also carry rewrites out that change behaviour.
    pub include_unsafe: bool,
}

impl Parameters {
    /// The words one of which a file must hold to be looked at first.
    pub fn names(&self) -> Vec<BString> {
        let names = self.pairs.iter().flat_map(|(from, to)| [from, to]);
        names.map(|name| BString::from(name.as_str())).collect()
    }
}

/// Rewrites in `files`, which are all files of the tree that hold one of the names; `find` gives those that hold other words.
pub fn run(parameters: &Parameters, files: &[SourceFile], find: Find<'_>) -> Result<Plan, Vec<Diagnostic>> {
    let mut sources = super::sources(files, parameters.names(), find);
    plan::make(parameters, &mut sources)
}
