//! spatch's command line: single and double dashes, and values behind a space or an equals sign.

use std::ffi::OsString;
use std::path::PathBuf;

/// What the command line asks for.
#[derive(Clone, Debug)]
pub(super) struct Options {
    pub rules: Option<PathBuf>,
    pub targets: Vec<PathBuf>,
    pub dirs: Vec<PathBuf>,
    pub defined: Vec<String>,
    pub identifiers: Vec<(String, String)>,
    pub disabled_isos: Vec<String>,
    pub ignored: Vec<String>,
    pub patch_prefix: Option<String>,
    pub output: Option<PathBuf>,
    pub in_place: bool,
    pub show_diff: bool,
    pub quiet: bool,
    pub very_quiet: bool,
    pub headers: bool,
    pub jobs: Option<usize>,
    pub context: Option<usize>,
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
            disabled_isos: Vec::new(),
            ignored: Vec::new(),
            patch_prefix: None,
            output: None,
            in_place: false,
            show_diff: true,
            quiet: false,
            very_quiet: false,
            headers: false,
            jobs: None,
            context: None,
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

/// Names without their dashes.
const OPTIONS: &[(&str, Action)] = &[
    ("sp-file", Value(|o, v| o.rules = Some(v.into()))),
    ("cocci-file", Value(|o, v| o.rules = Some(v.into()))),
    ("c", Value(|o, v| o.rules = Some(v.into()))),
    ("dir", Value(|o, v| o.dirs.push(v.into()))),
    ("D", Value(define)),
    ("patch", Value(|o, v| o.patch_prefix = Some(v))),
    ("in-place", Flag(|o| o.in_place = true)),
    ("inplace", Flag(|o| o.in_place = true)),
    ("o", Value(|o, v| o.output = Some(v.into()))),
    ("out-place", Nothing),
    ("show-diff", Flag(|o| o.show_diff = true)),
    ("no-show-diff", Flag(|o| o.show_diff = false)),
    ("very-quiet", Flag(|o| o.very_quiet = true)),
    ("quiet", Flag(|o| o.quiet = true)),
    ("include-headers", Flag(|o| o.headers = true)),
    ("ignore", Value(|o, v| o.ignored.push(v))),
    ("disable-iso", Value(|o, v| o.disabled_isos.push(v))),
    ("j", Value(|o, v| o.jobs = v.parse().ok())),
    ("jobs", Value(|o, v| o.jobs = v.parse().ok())),
    ("U", Value(|o, v| o.context = v.parse().ok())),
    ("parse-cocci", Flag(|o| o.parse_rules = true)),
    ("version", Flag(|o| o.version = true)),
    ("help", Flag(|o| o.help = true)),
    ("h", Flag(|o| o.help = true)),
    ("I", NothingWithValue),
    ("include", NothingWithValue),
    ("no-includes", Nothing),
    ("local-includes", Nothing),
    ("all-includes", Nothing),
    ("recursive-includes", Nothing),
    ("relax-include-path", Nothing),
    ("include-headers-for-types", Nothing),
    ("iso-file", NothingWithValue),
    ("iso", NothingWithValue),
    ("macro-file", NothingWithValue),
    ("macro-file-builtins", NothingWithValue),
    ("chunksize", NothingWithValue),
    ("timeout", NothingWithValue),
    ("use-gitgrep", Nothing),
    ("use-idutils", Nothing),
    ("use-glimpse", Nothing),
    ("use-coccigrep", Nothing),
    ("no-scanner", Nothing),
    ("max", NothingWithValue),
    ("index", NothingWithValue),
    ("no-loops", Nothing),
    ("debug", Nothing),
    ("linux-spacing", Nothing),
    ("smpl-spacing", Nothing),
    ("ignore-unknown-options", Nothing),
    ("preprocess", Nothing),
    ("python", NothingWithValue),
    ("profile", Nothing),
    ("show-trying", Nothing),
    ("verbose-parsing", Nothing),
    ("parse-error-msg", Nothing),
    ("defined", NothingWithValue),
    ("undefined", NothingWithValue),
    ("keep-comments", Nothing),
    ("disable-worth-trying-opt", Nothing),
    ("only-return-is-error-exit", Nothing),
    ("ocaml-regexps", Nothing),
    ("no-gotos", Nothing),
    ("mod-distrib", Nothing),
];

fn define(options: &mut Options, value: String) {
    match value.split_once('=') {
        Some((name, value)) => options.identifiers.push((name.to_owned(), value.to_owned())),
        None => options.defined.push(value),
    }
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
        let known = OPTIONS.iter().find(|(known, _)| *known == name);
        let (name, action) = match known {
            Some((name, action)) => (*name, *action),
            // `-j4`, `-Dx`, `-Idir`, `-U5`
            None if !text.starts_with("--")
                && ["j", "D", "I", "U"].iter().any(|short| name.starts_with(short)) =>
            {
                let short = &name[..1];
                let rest = text.trim_start_matches('-')[1..].to_owned();
                value = Some(rest);
                match OPTIONS.iter().find(|(known, _)| *known == short) {
                    Some((name, action)) => (*name, *action),
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
        .map(|(known, _)| (strsim::damerau_levenshtein(name, known), *known))
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
