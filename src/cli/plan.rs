//! What the user asked for, checked: behind this file there are only values that make sense.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStringExt;
use std::path::Path;

use bstr::BString;

use crate::pipeline::build::BuildOrder;
use crate::pipeline::verify::{Handed, VerifyOrder};
use crate::pipeline::{Request, SeriesOrder, SurveyRequest, Where};
use crate::series::{self, BaseLine, Disclosure, Environment, Recipients, Thread};
use crate::transform::{Kind, Pass, Problem, Registry, Split, Transform, Values, nearest};
use crate::worktree::plain_paths;

use super::args::{self, Cli, Command};
use super::error::Failure;

/// One command with all that it needs.
#[derive(Debug)]
pub(super) enum Task {
    List(ListPlan),
    Show(ShowPlan),
    Survey(SurveyPlan),
    Diff(RunPlan),
    Apply(ApplyPlan),
    Check(RunPlan),
    Explain(ExplainPlan),
    Series(SeriesPlan),
    Verify(VerifyPlan),
    Test(TestPlan),
    Parse(ParsePlan),
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
pub(super) struct SurveyPlan {
    pub(super) request: SurveyRequest,
    pub(super) form: SurveyForm,
}

/// How a survey is printed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum SurveyForm {
    Terminal,
    Markdown,
    Json,
}

/// The runs that may have something to say of a line.
#[derive(Debug)]
pub(super) struct ExplainPlan {
    pub(super) path: BString,
    pub(super) line: u32,
    pub(super) runs: Vec<RunPlan>,
}

/// A run of a transform over a tree.
#[derive(Debug)]
pub(super) struct RunPlan {
    pub(super) transform: Transform,
    pub(super) request: Request,
    pub(super) json: bool,
}

#[derive(Debug)]
pub(super) struct ApplyPlan {
    pub(super) run: RunPlan,
    /// Whether changes that are not committed are no reason to refuse.
    pub(super) allow_dirty: bool,
    /// Whether a tree without a repository is none.
    pub(super) allow_no_vcs: bool,
}

#[derive(Debug)]
pub(super) struct SeriesPlan {
    pub(super) run: RunPlan,
    /// The parameters of the transform, for messages.
    pub(super) values: Values,
    pub(super) order: SeriesOrder,
}

#[derive(Debug)]
pub(super) struct VerifyPlan {
    pub(super) order: VerifyOrder,
    pub(super) json: bool,
}

#[derive(Debug)]
pub(super) struct TestPlan {
    pub(super) transforms: Vec<Transform>,
    pub(super) json: bool,
}

#[derive(Debug)]
pub(super) struct ParsePlan {
    pub(super) place: Where,
    pub(super) view: ParseView,
    pub(super) json: bool,
}

/// What `parse` shows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum ParseView {
    Stats,
    Failures,
    Dump,
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
        Command::Survey(survey) => Task::Survey(survey_plan(survey)?),
        Command::Diff(diff) => Task::Diff(run_plan(diff.run, diff.revision.rev)?),
        Command::Apply(apply) => Task::Apply(ApplyPlan {
            run: run_plan(apply.run, None)?,
            allow_dirty: apply.allow_dirty,
            allow_no_vcs: apply.allow_no_vcs,
        }),
        Command::Explain(explain) => Task::Explain(explain_plan(explain)?),
        Command::Check(check) => Task::Check(run_plan(check.run, check.revision.rev)?),
        Command::Series(series) => Task::Series(series_plan(*series)?),
        Command::Verify(verify) => Task::Verify(verify_plan(verify)?),
        Command::Test(test) => Task::Test(test_plan(&test)?),
        Command::Parse(parse) => Task::Parse(ParsePlan {
            place: place(parse.place, parse.revision.rev),
            view: match (parse.dump, parse.failures) {
                (true, _) => ParseView::Dump,
                (_, true) => ParseView::Failures,
                _ => ParseView::Stats,
            },
            json: parse.json,
        }),
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
    let mut sets = raw
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
    // A switch that has a flag of its own.
    let switches = [
        ("add-interface", raw.add_interface),
        ("all-handlers", raw.all_handlers),
        ("remove-unused", raw.remove_unused),
    ];
    let on = switches.into_iter().filter(|(_, on)| *on);
    sets.extend(on.map(|(name, _)| (name.to_owned(), "true".to_owned())));
    let values = transform.values(&sets)?;
    Ok((transform, values))
}

fn explain_plan(raw: args::Explain) -> Result<ExplainPlan, Failure> {
    let wrong = || {
        Problem::new("usage", format!("`{}` names no line", raw.place.escape_debug()))
            .help("write FILE:LINE, the file relative to the tree, for instance drivers/x/y.c:12")
    };
    let (path, line) = raw.place.rsplit_once(':').ok_or_else(wrong)?;
    let line: u32 = line.parse().map_err(|_| wrong())?;
    let path = tree_path(path.into(), &raw.tree);
    let names: Vec<OsString> = match &raw.name {
        Some(name) => vec![name.clone()],
        None => {
            let registry = Registry::new(&raw.registry.transforms)?;
            registry.names().map(OsString::from).collect()
        }
    };
    let mut runs = Vec::new();
    for name in names {
        let (transform, values) = named(&args::TransformArgs {
            add_interface: false,
            all_handlers: false,
            remove_unused: false,
            name,
            sets: raw.sets.clone(),
            registry: args::RegistryArgs {
                transforms: raw.registry.transforms.clone(),
            },
        })?;
        let pass = match transform.pass(&values) {
            Ok(pass) => pass,
            Err(_) if raw.name.is_none() => continue,
            Err(problem) => return Err(problem.into()),
        };
        runs.push(RunPlan {
            transform,
            request: Request {
                place: Where {
                    paths: vec![path.clone()],
                    revision: raw.revision.rev.clone(),
                    tree: raw.tree.clone(),
                    jobs: None,
                },
                pass,
                staged: false,
                include_unsafe: false,
            },
            json: false,
        });
    }
    Ok(ExplainPlan { path, line, runs })
}

/// What the transforms at hand offer for a function.
fn survey_plan(raw: args::Survey) -> Result<SurveyPlan, Failure> {
    let api = raw.api.to_string_lossy().into_owned();
    if let Err(fault) = Kind::Identifier.parse(&api) {
        let problem = Problem::new("usage", fault);
        return Err(problem
            .help("`respin survey` takes the name of a function")
            .into());
    }
    let registry = Registry::new(&raw.registry.transforms)?;
    let names: Vec<String> = registry.names().map(str::to_owned).collect();
    let mut loops = Vec::new();
    let mut twin = None;
    for name in names {
        let transform = registry.resolve(OsStr::new(&name))?;
        // A transform that has to be told its parameters first offers nothing by itself.
        let Ok(pass) = transform.pass(&transform.values(&[])?) else {
            continue;
        };
        match pass {
            Pass::InsertLoop(parameters) if parameters.from == api => loops.push(parameters),
            Pass::FaultHandler(parameters) => {
                let pair = parameters.pairs.into_iter().find(|(from, _)| *from == api);
                twin = twin.or(pair.map(|(_, to)| to));
            }
            _ => {}
        }
    }
    Ok(SurveyPlan {
        request: SurveyRequest {
            place: place(raw.place, raw.revision.rev),
            twin,
            api,
            loops,
        },
        form: match (raw.json, raw.markdown) {
            (true, _) => SurveyForm::Json,
            (_, true) => SurveyForm::Markdown,
            _ => SurveyForm::Terminal,
        },
    })
}

fn run_plan(raw: args::RunArgs, revision: Option<String>) -> Result<RunPlan, Failure> {
    let (transform, values) = named(&raw.transform)?;
    let pass = transform.pass(&values)?;
    Ok(RunPlan {
        transform,
        request: Request {
            place: place(raw.place, revision),
            pass,
            staged: false,
            include_unsafe: raw.include_unsafe,
        },
        json: raw.json,
    })
}

fn series_plan(raw: args::Series) -> Result<SeriesPlan, Failure> {
    let (_, values) = named(&raw.run.transform)?;
    let mut run = run_plan(raw.run, raw.revision.rev)?;
    let split = match &raw.split {
        None => run.transform.manifest.split,
        Some(name) => Split::from_name(name).ok_or_else(|| unknown_split(name))?,
    };
    // One patch needs no steps in between; several have to apply one after the other.
    run.request.staged = split != Split::None;
    let cover_letter = match (raw.cover_letter, raw.no_cover_letter) {
        (true, _) => Some(true),
        (_, true) => Some(false),
        _ => None,
    };
    let options = series::Options {
        split,
        reroll_count: raw.reroll_count,
        range_diff: raw.range_diff,
        interdiff: raw.interdiff,
        signoff: raw.signoff,
        cover_letter,
        base: match raw.base.as_str() {
            "auto" => BaseLine::Automatic,
            "none" => BaseLine::Omit,
            _ => BaseLine::Commit(raw.base),
        },
        subject_prefix: raw.subject_prefix,
        rfc: raw.rfc,
        recipients: Recipients {
            to: raw.to,
            cc: raw.cc,
        },
        thread: raw.thread.map(|style| match style {
            args::Thread::Shallow => Thread::Shallow,
            args::Thread::Deep => Thread::Deep,
        }),
        start_number: raw.start_number as usize,
        ..series::Options::new(disclosure(&run.transform, &values), Environment::of_process())
    };
    Ok(SeriesPlan {
        run,
        values,
        order: SeriesOrder {
            options,
            folder: raw.output_directory,
            branch: raw.branch,
            force: raw.force,
            only_planned: raw.plan,
        },
    })
}

fn verify_plan(raw: args::Verify) -> Result<VerifyPlan, Problem> {
    let folder = Path::new(&raw.what);
    let range = raw.what.to_str().and_then(|text| text.split_once(".."));
    let what = match range {
        _ if folder.is_dir() => Handed::Folder(folder.to_owned()),
        Some((base, tip)) if !base.is_empty() && !tip.starts_with('.') => {
            let tip = if tip.is_empty() { "HEAD" } else { tip };
            Handed::Range(base.to_owned(), tip.to_owned())
        }
        _ => {
            let what = raw.what.to_string_lossy().escape_debug().to_string();
            return Err(
                Problem::new("usage", format!("`{what}` is neither a folder nor a range"))
                    .help("name the folder of `respin series -o`, or a range such as HEAD~3..HEAD"),
            );
        }
    };
    if let (Handed::Range(..), Some(_)) = (&what, &raw.rev) {
        return Err(
            Problem::new("usage", "--rev says what a folder's patches apply to")
                .help("a range names its base itself"),
        );
    }
    Ok(VerifyPlan {
        order: VerifyOrder {
            place: Where {
                tree: raw.tree,
                revision: raw.rev,
                paths: Vec::new(),
                jobs: raw.jobs.map(usize::from),
            },
            what,
            with_checkpatch: !raw.no_checkpatch,
            build: raw.build.then(|| BuildOrder {
                config: raw.config,
                jobs: raw.jobs.map_or_else(cores, usize::from),
            }),
        },
        json: raw.json,
    })
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

fn unknown_split(name: &str) -> Problem {
    let names = Split::ALL.map(Split::name);
    let message = format!("there is no grouping `{}`", name.escape_debug());
    let help = match nearest(name, names) {
        Some(known) => format!("did you mean `{known}`?"),
        None => format!("groupings: {}", names.join(", ")),
    };
    Problem::new("usage", message).help(help)
}

/// What every message says of how it came about; what was checked is added when it is known.
fn disclosure(transform: &Transform, values: &Values) -> Disclosure {
    let known = transform.manifest.pass.parameters().iter();
    // What the transform says of itself goes with its name.
    let set: Vec<String> = known
        .filter_map(|parameter| {
            let value = values.get(parameter.name)?;
            let preset = transform.manifest.parameters.get(parameter.name).cloned();
            let is_own = preset.or_else(|| parameter.default_value()).as_ref() == Some(value);
            (!is_own).then(|| format!("{}={value}", parameter.name))
        })
        .collect();
    let name = &transform.manifest.name;
    Disclosure {
        tool: "respin".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        input: match &set[..] {
            [] => format!("the transform {name}"),
            _ => format!("the transform {name} ({})", set.join(", ")),
        },
        tested: String::new(),
    }
}

fn place(raw: args::PlaceArgs, revision: Option<String>) -> Where {
    let paths = raw.paths.into_iter().map(|path| tree_path(path, &raw.tree));
    Where {
        paths: plain_paths(paths.collect()),
        revision,
        tree: raw.tree,
        jobs: raw.jobs.map(usize::from),
    }
}

/// A PATH as the tree knows it; one that leads elsewhere stays as it is, and is refused when the tree is opened.
fn tree_path(path: OsString, tree: &Path) -> BString {
    let relative = Path::new(&path)
        .strip_prefix("/")
        .ok()
        .and_then(|_| {
            let inner = Path::new(&path).strip_prefix(tree.canonicalize().ok()?);
            inner.ok().map(|inner| inner.as_os_str().to_owned())
        })
        .unwrap_or(path);
    BString::from(relative.into_vec())
}

fn test_plan(raw: &args::Test) -> Result<TestPlan, Failure> {
    let registry = Registry::new(&raw.registry.transforms)?;
    let transforms = match &raw.name {
        Some(name) => vec![registry.resolve(name)?],
        None => {
            let names: Vec<&str> = registry.names().collect();
            let load = |name: &str| registry.resolve(OsStr::new(name));
            names.into_iter().map(load).collect::<Result<_, _>>()?
        }
    };
    Ok(TestPlan {
        transforms,
        json: raw.json,
    })
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
