//! What the user asked for, checked: behind this file there are only values that make sense.

use std::ffi::OsStr;

use crate::transform::{Problem, Registry, Transform, Values};

use super::args::{self, Cli, Command};
use super::error::Failure;

/// One command with all that it needs.
#[derive(Debug)]
pub(super) enum Task {
    List(ListPlan),
    Show(ShowPlan),
    Completions(CompletionsPlan),
    Man(ManPlan),
}

#[derive(Debug)]
pub(super) struct ListPlan {
    pub(super) registry: Registry,
    pub(super) json: bool,
}

#[derive(Debug)]
pub(super) struct ShowPlan {
    pub(super) transform: Transform,
    /// Some may be missing still: `show` says which.
    pub(super) values: Values,
    pub(super) json: bool,
}

#[derive(Debug)]
pub(super) struct CompletionsPlan {
    pub(super) shell: clap_complete::Shell,
    pub(super) definition: clap::Command,
}

#[derive(Debug)]
pub(super) struct ManPlan {
    pub(super) definition: clap::Command,
}

/// Checks the flags.
pub(super) fn validate(raw: Cli) -> Result<Task, Failure> {
    Ok(match raw.command {
        Command::List(list) => Task::List(ListPlan {
            registry: Registry::new(&list.registry.transforms)?,
            json: list.json,
        }),
        Command::Show(show) => {
            let (transform, values) = named(&show.transform)?;
            Task::Show(ShowPlan {
                transform,
                values,
                json: show.json,
            })
        }
        Command::Completions(completions) => Task::Completions(CompletionsPlan {
            shell: completions.shell,
            definition: args::definition(),
        }),
        Command::Man(man) => Task::Man(ManPlan {
            definition: page(man.command.as_deref())?,
        }),
    })
}

/// The transform that was named, and its parameters as far as they are set.
fn named(raw: &args::TransformArgs) -> Result<(Transform, Values), Failure> {
    let registry = Registry::new(&raw.registry.transforms)?;
    let transform = registry.resolve(OsStr::new(&raw.name))?;
    let sets = raw
        .sets
        .iter()
        .map(|set| match set.split_once('=') {
            Some((key, value)) => Ok((key.to_owned(), value.to_owned())),
            None => Err(
                Problem::new("usage", format!("`--set {}` has no value", set.escape_debug()))
                    .help("write `--set KEY=VALUE`"),
            ),
        })
        .collect::<Result<Vec<_>, _>>()?;
    let values = transform.values(&sets)?;
    Ok((transform, values))
}

fn page(command: Option<&str>) -> Result<clap::Command, Problem> {
    let mut definition = args::definition();
    definition.build();
    let Some(name) = command else {
        return Ok(definition);
    };
    let found = definition.find_subcommand(name).cloned();
    found.ok_or_else(|| {
        Problem::new(
            "usage",
            format!("respin has no command `{}`", name.escape_debug()),
        )
        .help("`respin --help` lists the commands")
    })
}
