//! Folds insert loops.

use bstr::BString;

use crate::passes::insert_loop::{self, Argument, Interface, Parameters};
use crate::transform::{InsertLoopParameters, InterfaceTexts, LoopArgument, Problems};
use crate::worktree::Worktree;

use super::search::Search;
use super::{Request, Run, Watch};

pub(super) fn run(
    worktree: Worktree,
    request: &Request,
    parameters: &InsertLoopParameters,
    watch: Watch<'_>,
) -> Result<Run, Problems> {
    let pass = pass_parameters(parameters, &request.place.paths, request.include_unsafe);
    let search = Search {
        first: pass.names(),
        calls: &[&parameters.from],
        request,
        stage: "looking at the loops",
    };
    search.run(worktree, watch, |files, find| {
        insert_loop::run(&pass, files, find)
    })
}

pub(super) fn pass_parameters(
    parameters: &InsertLoopParameters,
    under: &[BString],
    include_unsafe: bool,
) -> Parameters {
    let argument = |argument: &LoopArgument| match argument {
        LoopArgument::Vma => Argument::Vma,
        LoopArgument::Address => Argument::Address,
        LoopArgument::Pages => Argument::Pages,
        LoopArgument::Count => Argument::Count,
        LoopArgument::Array => Argument::Array,
        LoopArgument::Total => Argument::Total,
    };
    let interface = |texts: &InterfaceTexts| Interface {
        definition: texts.definition.clone(),
        stub: texts.stub.clone(),
        prototype: texts.prototype.clone(),
    };
    Parameters {
        from: parameters.from.clone(),
        to: parameters.to.clone(),
        arguments: parameters.arguments.iter().map(argument).collect(),
        at_start: parameters.at_start.clone(),
        equivalents: parameters.equivalents.clone(),
        interface: parameters.interface.as_ref().map(interface),
        add_interface: parameters.add_interface,
        have_interface: parameters.have_interface,
        under: under.to_vec(),
        include_unsafe,
    }
}
