//! Folds loops that insert page after page into one call.
//!
//! A loop qualifies by what it does: a turn is evaluated in unknowns that do not change, which gives the address and the
//! array element of each turn and the number of turns, in whatever way they are written. What a turn does besides, other
//! ways out, and what is read behind the loop are looked for in the flow graph.

mod arguments;
mod arm;
mod call;
mod comments;
mod condition;
mod context;
mod count;
mod entry;
mod eval;
mod exits;
mod guards;
mod interface;
mod irregular;
mod judge;
mod miss;
mod place;
mod plan;
mod poly;
mod questions;
mod result;
mod rewrite;
mod run;
mod spelling;
#[cfg(test)]
mod tests;
mod trip;
mod turn;
mod value;
mod whole_vma;

pub use interface::Interface;
pub(super) use interface::has as has_interface;
pub use rewrite::Argument;

use bstr::BString;

use crate::diagnostics::Diagnostic;
use crate::facts::Sources;
use crate::passes::SourceFile;
use crate::plan::Plan;

/// What to fold into what.
#[derive(Clone, Debug)]
pub struct Parameters {
    /// The function that inserts one page, called with a VMA, an address and a page.
    pub from: String,
    /// The function that inserts them all.
    pub to: String,
    /// What that is given, in its order.
    pub arguments: Vec<Argument>,
    /// What is called in place of `to` where the pages begin with the first of the array and not with that at `vm_pgoff`;
    /// of interest if an argument is the whole array.
    pub at_start: Option<String>,
    /// Functions that serve as well: if the tree has one of them, no other is added.
    pub equivalents: Vec<String>,
    /// How the function is added to a tree that lacks it.
    pub interface: Option<Interface>,
    /// Add it even if the tree has an equivalent one.
    pub add_interface: bool,
    /// Take for granted that it exists.
    pub have_interface: bool,
    /// Where to fold, relative to the tree; everywhere if there is none.
    pub under: Vec<BString>,
    /// Also carry rewrites out that rest on an assumption.
    pub include_unsafe: bool,
}

/// Folds in `files`, which are all files of the tree that hold one of the names; `find` gives those that hold other words.
pub fn run(
    parameters: &Parameters,
    files: &[SourceFile],
    find: crate::facts::sources::Find<'_>,
) -> Result<Plan, Vec<Diagnostic>> {
    let mut sources = super::sources(files, parameters.names(), find);
    plan::make(parameters, &mut sources)
}

/// The same for a pass that has its files already, those with one of the names among them.
pub(super) fn run_in(parameters: &Parameters, sources: &mut Sources<'_>) -> Result<Plan, Vec<Diagnostic>> {
    plan::make(parameters, sources)
}

impl Parameters {
    /// The words one of which a file must hold to be looked at first.
    pub fn names(&self) -> Vec<BString> {
        let names = [&self.from, &self.to]
            .into_iter()
            .chain(&self.at_start)
            .chain(&self.equivalents);
        names.map(|name| BString::from(name.as_str())).collect()
    }
}
