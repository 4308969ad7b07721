//! The flags as clap sees them. `plan` turns them into values; nothing else looks at these types.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};

use crate::output::{ColorChoice, Options, Verbosity};

/// Rewrites Linux-kernel C and hands out the result as a git patch series
#[derive(Parser, Debug)]
#[command(name = "respin", version, max_term_width = 100, after_help = EXIT_CODES)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Command,

    /// When to use colours
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    color: Color,

    /// Say nothing but errors
    #[arg(short, long, global = true)]
    quiet: bool,

    /// Don't send output through a pager
    #[arg(long, global = true)]
    no_pager: bool,
}

const EXIT_CODES: &str = "Exit codes: 0 done, 1 `check` found work, 2 usage, rule or I/O error, \
3 finished but incomplete";

#[derive(Clone, Copy, ValueEnum, Debug)]
enum Color {
    Auto,
    Always,
    Never,
}

#[derive(Subcommand, Debug)]
pub(super) enum Command {
    /// List the transforms
    List(List),
    /// Show a transform: what it does, and its parameters
    Show(Show),
    /// Say of every use of a function what it is for, and which interface would serve it better
    Survey(Survey),
    /// Print what a transform would change as a diff that `git apply` takes; writes nothing
    Diff(Diff),
    /// Change the files, all of them or none
    Apply(Apply),
    /// Say why the site on a line is, or is not, rewritten
    Explain(Explain),
    /// Fail when a transform has work left, for use in CI
    Check(Check),
    /// Make a patch series, as files for mail or as commits on a branch
    Series(Box<Series>),
    /// Check patches one after the other: apply, parse, checkpatch, message, recipients
    Verify(Verify),
    /// Run the tests beside the transforms
    Test(Test),
    /// Read all C and say what was understood
    Parse(Parse),
    /// Print a shell's completion script
    Completions(Completions),
    /// Print a manual page
    Man(Man),
}

#[derive(Args, Debug)]
pub(super) struct List {
    #[command(flatten)]
    pub(super) registry: RegistryArgs,

    /// Print one JSON object
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Args, Debug)]
pub(super) struct Show {
    #[command(flatten)]
    pub(super) transform: TransformArgs,

    /// Print one JSON object
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Args, Debug)]
pub(super) struct Completions {
    /// The shell
    pub(super) shell: clap_complete::Shell,
}

#[derive(Args, Debug)]
pub(super) struct Man {
    /// The command; without it, the page of respin itself
    pub(super) command: Option<String>,
}

#[derive(Args, Debug)]
pub(super) struct Survey {
    /// The function
    pub(super) api: OsString,

    #[command(flatten)]
    pub(super) place: PlaceArgs,

    #[command(flatten)]
    pub(super) revision: RevisionArgs,

    #[command(flatten)]
    pub(super) registry: RegistryArgs,

    /// Print one JSON object
    #[arg(long)]
    pub(super) json: bool,

    /// Print Markdown
    #[arg(long, conflicts_with = "json")]
    pub(super) markdown: bool,

    /// Show the lines that prove each answer
    #[arg(short, long, conflicts_with = "quiet")]
    verbose: bool,
}

#[derive(Args, Debug)]
pub(super) struct Diff {
    #[command(flatten)]
    pub(super) run: RunArgs,

    #[command(flatten)]
    pub(super) revision: RevisionArgs,

    #[command(flatten)]
    verbose: VerboseArgs,
}

#[derive(Args, Debug)]
pub(super) struct Apply {
    #[command(flatten)]
    pub(super) run: RunArgs,

    /// Also write when the tree has changes that are not committed, or git is in the middle of a merge or rebase
    #[arg(long)]
    pub(super) allow_dirty: bool,

    /// Also write to a folder that is not under version control
    #[arg(long)]
    pub(super) allow_no_vcs: bool,

    #[command(flatten)]
    verbose: VerboseArgs,
}

#[derive(Args, Debug)]
pub(super) struct Check {
    #[command(flatten)]
    pub(super) run: RunArgs,

    #[command(flatten)]
    pub(super) revision: RevisionArgs,

    #[command(flatten)]
    verbose: VerboseArgs,
}

#[derive(Args, Debug)]
pub(super) struct Explain {
    /// The file, relative to the tree, and the line
    #[arg(value_name = "FILE:LINE")]
    pub(super) place: String,

    /// A transform, or a folder with a transform.toml; without it, all of them
    pub(super) name: Option<OsString>,

    /// Set a parameter of the transform
    #[arg(long = "set", value_name = "KEY=VALUE", requires = "name")]
    pub(super) sets: Vec<String>,

    #[command(flatten)]
    pub(super) registry: RegistryArgs,

    /// The tree
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub(super) tree: PathBuf,

    #[command(flatten)]
    pub(super) revision: RevisionArgs,
}

/// The flags of the series itself carry the names of `git format-patch`.
#[derive(Args, Debug)]
#[command(group = clap::ArgGroup::new("target").args(["output_directory", "branch", "plan"]).required(true).multiple(true))]
pub(super) struct Series {
    #[command(flatten)]
    pub(super) run: RunArgs,

    #[command(flatten)]
    pub(super) revision: RevisionArgs,

    /// Write the patches into this folder
    #[arg(short, long, value_name = "DIR")]
    pub(super) output_directory: Option<PathBuf>,

    /// Make commits on this new branch; files and index stay as they are
    #[arg(long, value_name = "NAME")]
    pub(super) branch: Option<String>,

    /// Only show the patches, their subjects and recipients, in order; nothing is written
    #[arg(long, conflicts_with = "branch")]
    pub(super) plan: bool,

    /// Replace patches in the folder that were edited
    #[arg(long)]
    pub(super) force: bool,

    /// How to group the changes: none, file, driver, directory, maintainer, subsystem
    #[arg(long, value_name = "HOW")]
    pub(super) split: Option<String>,

    /// Mark the series as version N
    #[arg(short = 'v', long, value_name = "N")]
    pub(super) reroll_count: Option<String>,

    /// Show what changed since an earlier version: its folder, its branch, or a range of commits
    #[arg(long, value_name = "EARLIER")]
    pub(super) range_diff: Option<String>,

    /// The same, as one difference of what both versions lead to
    #[arg(long, value_name = "EARLIER")]
    pub(super) interdiff: Option<String>,

    /// Sign off as the committer
    #[arg(short, long)]
    pub(super) signoff: bool,

    /// Write a cover letter; without the flag, there is one for more than one patch
    #[arg(long)]
    pub(super) cover_letter: bool,

    /// Write no cover letter
    #[arg(long, conflicts_with = "cover_letter")]
    pub(super) no_cover_letter: bool,

    /// What to name as the base: auto, none, or a commit
    #[arg(long, value_name = "COMMIT", default_value = "auto")]
    pub(super) base: String,

    /// The word in the brackets of the subjects
    #[arg(long, value_name = "PREFIX", default_value = "PATCH")]
    pub(super) subject_prefix: String,

    /// Mark the series as a request for comments
    #[arg(long)]
    pub(super) rfc: bool,

    /// Add a recipient to every mail
    #[arg(long, value_name = "ADDRESS")]
    pub(super) to: Vec<String>,

    /// Add a recipient of a copy to every mail
    #[arg(long, value_name = "ADDRESS")]
    pub(super) cc: Vec<String>,

    /// Make each mail a reply to the first one, or to the one before it
    #[arg(long, value_name = "STYLE", num_args = 0..=1, require_equals = true, default_missing_value = "shallow")]
    pub(super) thread: Option<Thread>,

    /// Number the patches from N
    #[arg(long, value_name = "N", default_value = "1", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(super) start_number: u32,

    /// Name every site that was left alone
    #[arg(long, conflicts_with = "quiet")]
    verbose: bool,
}

#[derive(Clone, Copy, ValueEnum, Debug)]
pub(super) enum Thread {
    Shallow,
    Deep,
}

#[derive(Args, Debug)]
pub(super) struct Verify {
    /// A folder with patches, or a range of commits such as HEAD~3..HEAD
    #[arg(value_name = "DIR|REV..REV")]
    pub(super) what: OsString,

    /// The tree
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub(super) tree: PathBuf,

    /// What the patches of a folder apply to; without it, the base commit they name, or HEAD
    #[arg(long, value_name = "REV")]
    pub(super) rev: Option<String>,

    /// Don't run the tree's scripts/checkpatch.pl
    #[arg(long)]
    pub(super) no_checkpatch: bool,

    /// Compile what the patches touch after each of them, with the kernel's make in a scratch folder
    #[arg(long)]
    pub(super) build: bool,

    /// The configuration to build with; without it, defconfig and what the touched files need
    #[arg(long, value_name = "FILE", requires = "build")]
    pub(super) config: Option<PathBuf>,

    /// How many threads to use; without it, one for each core
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(super) jobs: Option<u16>,

    /// Print one JSON object
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Args, Debug)]
pub(super) struct Test {
    /// A transform, or a folder with a transform.toml; without it, all of them
    pub(super) name: Option<OsString>,

    #[command(flatten)]
    pub(super) registry: RegistryArgs,

    /// Print one JSON object
    #[arg(long)]
    pub(super) json: bool,

    #[command(flatten)]
    verbose: VerboseArgs,
}

#[derive(Args, Debug)]
pub(super) struct Parse {
    #[command(flatten)]
    pub(super) place: PlaceArgs,

    #[command(flatten)]
    pub(super) revision: RevisionArgs,

    /// Print the counts; this is what it does without a flag
    #[arg(long)]
    pub(super) stats: bool,

    /// Print each place that could not be parsed
    #[arg(long, conflicts_with = "stats")]
    pub(super) failures: bool,

    /// Print the syntax trees of the files named
    #[arg(long, conflicts_with_all = ["stats", "failures", "json"], requires = "paths")]
    pub(super) dump: bool,

    /// Print one JSON object
    #[arg(long)]
    pub(super) json: bool,
}

/// What every run of a transform over a tree takes.
#[derive(Args, Debug)]
pub(super) struct RunArgs {
    #[command(flatten)]
    pub(super) transform: TransformArgs,

    #[command(flatten)]
    pub(super) place: PlaceArgs,

    /// Also make rewrites that change behaviour; each is marked as such
    #[arg(long = "unsafe")]
    pub(super) include_unsafe: bool,

    /// Print one JSON object
    #[arg(long)]
    pub(super) json: bool,
}

/// Where to work, and with how many hands.
#[derive(Args, Debug)]
pub(super) struct PlaceArgs {
    /// Files and folders to work on, relative to the tree; without them, the whole tree
    #[arg(value_name = "PATH")]
    pub(super) paths: Vec<OsString>,

    /// The tree
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub(super) tree: PathBuf,

    /// How many threads to use; without it, one for each core
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(super) jobs: Option<u16>,
}

#[derive(Args, Debug)]
pub(super) struct RevisionArgs {
    /// Read this revision of the git repository instead of the files as they are
    #[arg(long, value_name = "REV")]
    pub(super) rev: Option<String>,
}

#[derive(Args, Debug)]
struct VerboseArgs {
    /// Name every site that was left alone
    #[arg(short, long, conflicts_with = "quiet")]
    verbose: bool,
}

/// Where transforms come from.
#[derive(Args, Debug)]
pub(super) struct RegistryArgs {
    /// Also offer the transforms in the folders of DIR; they go before the built-in ones
    #[arg(long, value_name = "DIR")]
    pub(super) transforms: Vec<PathBuf>,
}

/// Which transform to run, with which parameters.
#[derive(Args, Debug)]
pub(super) struct TransformArgs {
    /// A transform, or a folder with a transform.toml
    pub(super) name: OsString,

    /// Set a parameter of the transform
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub(super) sets: Vec<String>,

    /// Add the new function to a tree that has an equivalent one: `--set add-interface=true`
    #[arg(long)]
    pub(super) add_interface: bool,

    /// Give the type of fault codes to all fault handlers: `--set all-handlers=true`
    #[arg(long)]
    pub(super) all_handlers: bool,

    /// Remove what nobody uses any more, in a last patch: `--set remove-unused=true`
    #[arg(long)]
    pub(super) remove_unused: bool,

    #[command(flatten)]
    pub(super) registry: RegistryArgs,
}

/// Parses the command line.
pub(super) fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Cli, clap::Error> {
    let matches = definition().try_get_matches_from(arguments)?;
    Cli::from_arg_matches(&matches)
}

/// The definition that completions and manual pages are made from.
pub(super) fn definition() -> clap::Command {
    // It has spatch's own way with flags, so it is taken before clap looks at the arguments; this is for the lists.
    let spatch = clap::Command::new("spatch")
        .about("Run a semantic patch; takes spatch's command line")
        .arg(clap::Arg::new("arguments").num_args(0..).value_name("ARGUMENT"));
    Cli::command().subcommand(spatch)
}

impl Cli {
    /// What the user wants to see.
    pub(super) fn output_options(&self) -> Options {
        Options {
            color: match self.color {
                Color::Auto => ColorChoice::Auto,
                Color::Always => ColorChoice::Always,
                Color::Never => ColorChoice::Never,
            },
            verbosity: match self.quiet {
                true => Verbosity::Quiet,
                false if self.is_verbose() => Verbosity::Verbose,
                false => Verbosity::Normal,
            },
            pager: !self.no_pager,
        }
    }

    fn is_verbose(&self) -> bool {
        match &self.command {
            Command::Survey(survey) => survey.verbose,
            Command::Diff(diff) => diff.verbose.verbose,
            Command::Apply(apply) => apply.verbose.verbose,
            Command::Check(check) => check.verbose.verbose,
            Command::Series(series) => series.verbose,
            Command::Test(test) => test.verbose.verbose,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_definition_is_sound() {
        super::definition().debug_assert();
    }
}
