//! spatch's command line: single and double dashes, and values behind a space or an equals sign.

use std::ffi::OsString;
use std::path::PathBuf;

use crate::pipeline::includes::Depth;

/// What the command line asks for.
#[derive(Clone, Debug)]
pub(super) struct Options {
    pub rules: Option<PathBuf>,
    pub targets: Vec<PathBuf>,
    pub dirs: Vec<PathBuf>,
    pub defined: Vec<String>,
    pub identifiers: Vec<(String, String)>,
    pub iso_files: Vec<PathBuf>,
    pub disabled_isos: Vec<String>,
    pub ignored: Vec<String>,
    pub patch_prefix: Option<String>,
    pub output: Option<PathBuf>,
    pub in_place: bool,
    pub show_diff: bool,
    pub quiet: bool,
    pub very_quiet: bool,
    pub headers: bool,
    pub includes: Depth,
    pub include_folders: Vec<PathBuf>,
    pub jobs: Option<usize>,
    pub context: Option<usize>,
    pub parts: Option<usize>,
    pub part: Option<usize>,
    /// Options whose value is not used, for a remark.
    pub unused: Vec<(&'static str, String)>,
    pub parse_rules: bool,
    pub version: bool,
    pub help: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            rules: None,
            targets: Vec::new(),
            dirs: Vec::new(),
            defined: Vec::new(),
            identifiers: Vec::new(),
            iso_files: Vec::new(),
            disabled_isos: Vec::new(),
            ignored: Vec::new(),
            patch_prefix: None,
            output: None,
            in_place: false,
            show_diff: true,
            quiet: false,
            very_quiet: false,
            headers: false,
            includes: Depth::None,
            include_folders: Vec::new(),
            jobs: None,
            context: None,
            parts: None,
            part: None,
            unused: Vec::new(),
            parse_rules: false,
            version: false,
            help: false,
        }
    }
}

/// What an option does.
#[derive(Clone, Copy)]
enum Action {
    /// Sets something.
    Flag(fn(&mut Options)),
    /// Takes a value.
    Value(fn(&mut Options, String)),
    /// Is accepted and changes nothing here.
    Nothing,
    /// Takes a value and changes nothing here.
    NothingWithValue,
}

use Action::{Flag, Nothing, NothingWithValue, Value};

/// Names without their dashes, and what `--help` says of them.
const OPTIONS: &[(&str, Action, &str)] = &[
    (
        "sp-file",
        Value(|o, v| o.rules = Some(v.into())),
        "FILE  the rules",
    ),
    (
        "cocci-file",
        Value(|o, v| o.rules = Some(v.into())),
        "FILE  the same",
    ),
    ("sp", Value(|o, v| o.rules = Some(v.into())), "FILE  the same"),
    (
        "D",
        Value(define),
        "NAME or NAME=VALUE  switch a virtual rule on, or give a virtual identifier",
    ),
    (
        "dir",
        Value(|o, v| o.dirs.push(v.into())),
        "DIR  all files in this folder",
    ),
    (
        "include-headers",
        Flag(|o| o.headers = true),
        "in folders, header files too",
    ),
    (
        "ignore",
        Value(|o, v| o.ignored.push(v)),
        "PREFIX  leave files out whose path begins with it",
    ),
    ("in-place", Flag(|o| o.in_place = true), "change the files"),
    ("inplace", Flag(|o| o.in_place = true), "the same"),
    (
        "o",
        Value(|o, v| o.output = Some(v.into())),
        "FILE  write the result of the one file there",
    ),
    (
        "patch",
        Value(|o, v| o.patch_prefix = Some(v)),
        "PREFIX  a diff that `patch -p1` takes, the prefix taken off the paths",
    ),
    (
        "show-diff",
        Flag(|o| o.show_diff = true),
        "print the diff (default)",
    ),
    ("no-show-diff", Flag(|o| o.show_diff = false), "print no diff"),
    (
        "U",
        Value(|o, v| o.context = v.parse().ok()),
        "N  lines of context in the diff",
    ),
    ("j", Value(|o, v| o.jobs = v.parse().ok()), "N  threads"),
    ("jobs", Value(|o, v| o.jobs = v.parse().ok()), "N  threads"),
    (
        "max",
        Value(|o, v| o.parts = v.parse().ok()),
        "N  take the files for N parts …",
    ),
    (
        "index",
        Value(|o, v| o.part = v.parse().ok()),
        "N  … and do the part with this number, from 0",
    ),
    (
        "disable-iso",
        Value(|o, v| o.disabled_isos.push(v)),
        "NAME  switch an isomorphism off",
    ),
    ("very-quiet", Flag(|o| o.very_quiet = true), "print results only"),
    ("quiet", Flag(|o| o.quiet = true), "print less"),
    (
        "parse-cocci",
        Flag(|o| o.parse_rules = true),
        "read the rules, and do nothing else",
    ),
    ("version", Flag(|o| o.version = true), "print the version"),
    ("help", Flag(|o| o.help = true), "print this"),
    ("longhelp", Flag(|o| o.help = true), "print this"),
    ("shorthelp", Flag(|o| o.help = true), "print this"),
    ("h", Flag(|o| o.help = true), "print this"),
    (
        "iso-file",
        Value(|o, v| o.iso_files.push(v.into())),
        "FILE  isomorphisms instead of those that come with respin",
    ),
    ("iso", Value(|o, v| o.iso_files.push(v.into())), "FILE  the same"),
    (
        "macro-file",
        Value(|o, v| o.unused.push(("macro-file", v))),
        "FILE  not used: macros are recognised without",
    ),
    (
        "I",
        Value(|o, v| o.include_folders.push(v.into())),
        "DIR  look for headers there",
    ),
    (
        "no-includes",
        Flag(|o| o.includes = Depth::None),
        "read no headers for types (default)",
    ),
    (
        "local-includes",
        Flag(|o| o.includes = Depth::Local),
        "read those in quotation marks",
    ),
    (
        "all-includes",
        Flag(|o| o.includes = Depth::All),
        "read all that a file names",
    ),
    (
        "recursive-includes",
        Flag(|o| o.includes = Depth::Recursive),
        "and those that they name",
    ),
    // The rest is accepted and changes nothing: what it is for is done in another way, or is not needed.
    ("include", NothingWithValue, ""),
    ("relax-include-path", Nothing, ""),
    ("include-headers-for-types", Nothing, ""),
    ("no-include-cache", Nothing, ""),
    ("macro-file-builtins", NothingWithValue, ""),
    ("chunksize", NothingWithValue, ""),
    ("timeout", NothingWithValue, ""),
    ("use-gitgrep", Nothing, ""),
    ("use-idutils", Nothing, ""),
    ("use-glimpse", Nothing, ""),
    ("use-coccigrep", Nothing, ""),
    ("no-scanner", Nothing, ""),
    ("no-loops", Nothing, ""),
    ("debug", Nothing, ""),
    ("linux-spacing", Nothing, ""),
    ("smpl-spacing", Nothing, ""),
    ("ignore-unknown-options", Nothing, ""),
    ("python", NothingWithValue, ""),
    ("profile", Nothing, ""),
    ("show-trying", Nothing, ""),
    ("verbose-parsing", Nothing, ""),
    ("parse-error-msg", Nothing, ""),
    ("keep-comments", Nothing, ""),
    ("disable-worth-trying-opt", Nothing, ""),
    ("only-return-is-error-exit", Nothing, ""),
    ("ocaml-regexps", Nothing, ""),
];

/// The text of `--help`.
pub(super) fn help() -> String {
    let mut text = String::from(
        "usage: respin spatch --sp-file RULES.cocci [OPTION..] [FILE..] [--dir DIR]\n\n\
         Options may be written with one dash or two, and with their value behind a space or `=`.\n\n",
    );
    for (name, _, words) in OPTIONS.iter().filter(|(_, _, words)| !words.is_empty()) {
        let dashes = if name.len() == 1 { "-" } else { "--" };
        let (value, words) = words.split_once("  ").unwrap_or(("", words));
        let option = format!("{dashes}{name} {value}");
        text.push_str(&format!("  {option:<28} {words}\n"));
    }
    text.push_str("\nAccepted, and without effect here:\n ");
    for (name, ..) in OPTIONS.iter().filter(|(_, _, words)| words.is_empty()) {
        text.push_str(if name.len() == 1 { " -" } else { " --" });
        text.push_str(name);
    }
    text.push_str("\n\ndocs/semantic-patches.md says what differs from spatch.\n");
    text
}

fn define(options: &mut Options, value: String) {
    match value.split_once('=') {
        Some((name, value)) => options.identifiers.push((name.to_owned(), value.to_owned())),
        None => options.defined.push(value),
    }
}

/// The options in a `.cocciconfig`: what stands behind `options =` in its section `[spatch]`.
pub(super) fn configured(text: &str) -> Vec<OsString> {
    let mut inside = false;
    let mut words = Vec::new();
    for line in text.lines().map(str::trim) {
        if line.starts_with('[') {
            inside = line == "[spatch]";
        } else if inside
            && let Some((key, value)) = line.split_once('=')
            && key.trim() == "options"
        {
            words.extend(value.split_whitespace().map(OsString::from));
        }
    }
    words
}

/// The options in a file of rules: what stands behind `#spatch` before the first rule.
pub(super) fn of_rules(text: &[u8]) -> Vec<OsString> {
    String::from_utf8_lossy(text)
        .lines()
        .take_while(|line| !line.starts_with('@'))
        .filter_map(|line| line.strip_prefix('#')?.trim_start().strip_prefix("spatch"))
        .flat_map(str::split_whitespace)
        .map(OsString::from)
        .collect()
}

/// Reads the arguments behind the name of the program; an error is a sentence.
pub(super) fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Options, String> {
    let mut options = Options::default();
    let mut arguments = arguments.into_iter();
    while let Some(argument) = arguments.next() {
        let text = argument.to_string_lossy().into_owned();
        let Some(name) = text
            .strip_prefix("--")
            .or_else(|| text.strip_prefix('-'))
            .filter(|name| !name.is_empty())
        else {
            let path = PathBuf::from(argument);
            if path.extension().is_some_and(|extension| extension == "cocci") && options.rules.is_none() {
                options.rules = Some(path);
            } else {
                options.targets.push(path);
            }
            continue;
        };
        let (name, mut value) = match name.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (name, None),
        };
        let known = OPTIONS.iter().find(|(known, ..)| *known == name);
        let (name, action) = match known {
            Some((name, action, _)) => (*name, *action),
            // `-j4`, `-Dx`, `-Idir`, `-U5`
            None if !text.starts_with("--")
                && ["j", "D", "I", "U"].iter().any(|short| name.starts_with(short)) =>
            {
                let short = &name[..1];
                let rest = text.trim_start_matches('-')[1..].to_owned();
                value = Some(rest);
                match OPTIONS.iter().find(|(known, ..)| *known == short) {
                    Some((name, action, _)) => (*name, *action),
                    None => return Err(unknown(&text, name)),
                }
            }
            None => return Err(unknown(&text, name)),
        };
        match action {
            Flag(set) => {
                set(&mut options);
                // `--parse-cocci FILE`
                if let Some(value) = value {
                    options.targets.push(value.into());
                }
            }
            Nothing => {}
            Value(set) => {
                match value.or_else(|| arguments.next().map(|next| next.to_string_lossy().into_owned())) {
                    Some(value) => set(&mut options, value),
                    None => return Err(format!("option --{name} needs a value")),
                }
            }
            NothingWithValue => {
                if value.is_none() {
                    arguments.next();
                }
            }
        }
    }
    // The rightmost folder counts, as with spatch.
    if let Some(dir) = options.dirs.pop() {
        options.dirs = vec![dir];
    }
    Ok(options)
}

fn unknown(text: &str, name: &str) -> String {
    let near = OPTIONS
        .iter()
        .map(|(known, ..)| (strsim::damerau_levenshtein(name, known), *known))
        .min()
        .filter(|(distance, known)| *distance <= 1 + known.len() / 4);
    match near {
        Some((_, near)) => format!("unknown option {text}: did you mean --{near}?"),
        None => format!("unknown option {text}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Options, String> {
        parse(line.split_whitespace().map(OsString::from))
    }

    #[test]
    fn options_come_from_files_too() {
        let text = "[other]\noptions = --no\n[spatch]\n\toptions = --timeout 200\n\toptions=--use-gitgrep\n";
        assert_eq!(configured(text), ["--timeout", "200", "--use-gitgrep"]);
        let rules = b"# spatch -j 2\n#spatch --very-quiet\n@@ @@\n#spatch --no\n";
        assert_eq!(of_rules(rules), ["-j", "2", "--very-quiet"]);
    }

    #[test]
    fn coccicheck_finds_the_option_that_it_looks_for() {
        assert!(help().lines().any(|line| line.contains("--jobs")));
        let line = "-D report --no-show-diff --very-quiet --cocci-file x.cocci --no-includes --include-headers \
            --patch . --dir fs -I ./include --include ./include/linux/kconfig.h --jobs 2 --chunksize 1";
        let options = read(line).unwrap();
        assert_eq!(options.patch_prefix.as_deref(), Some("."));
        assert!(options.headers && !options.show_diff && options.targets.is_empty());
    }

    #[test]
    fn one_and_two_dashes_mean_the_same() {
        let options = read("-sp_file --very-quiet").unwrap_err();
        assert!(options.contains("did you mean --sp-file?"), "{options}");
        let options = read("-sp-file a.cocci --in-place x.c -D patch -D f=g -j4 --dir y --dir z").unwrap();
        assert_eq!(options.rules, Some("a.cocci".into()));
        assert_eq!(options.targets, [PathBuf::from("x.c")]);
        assert_eq!(options.defined, ["patch"]);
        assert_eq!(options.identifiers, [("f".to_owned(), "g".to_owned())]);
        assert_eq!((options.jobs, options.in_place), (Some(4), true));
        assert_eq!(options.dirs, [PathBuf::from("z")]);
    }
}
