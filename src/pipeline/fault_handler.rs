//! Writes inserts in fault handlers with their twins.

use crate::passes::fault_handler::{self, Parameters};
use crate::transform::{FaultHandlerParameters, Problems};
use crate::worktree::Worktree;

use super::search::Search;
use super::{Request, Run, Watch};

pub(super) fn run(
    worktree: Worktree,
    request: &Request,
    parameters: &FaultHandlerParameters,
    watch: Watch<'_>,
) -> Result<Run, Problems> {
    let pass = Parameters {
        pairs: parameters.pairs.clone(),
        have_interface: parameters.have_interface,
        all_handlers: parameters.all_handlers,
        remove_unused: parameters.remove_unused,
        under: request.place.paths.clone(),
        include_unsafe: request.include_unsafe,
    };
    let calls: Vec<&str> = pass.pairs.iter().map(|(from, _)| from.as_str()).collect();
    let search = Search {
        first: pass.names(),
        calls: &calls,
        request,
        stage: "looking at the fault handlers",
    };
    search.run(worktree, watch, |files, find| {
        fault_handler::run(&pass, files, find)
    })
}
