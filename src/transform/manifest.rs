//! transform.toml: what a transform is called, which pass it runs, and with which parameters.

use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use super::nearest::nearest;
use super::parameter::{Kind, Parameter, PassKind, Value, Values};
use super::problem::{Problems, Reader};

/// How sites are grouped into patches.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Split {
    /// All in one patch.
    #[default]
    None,
    /// A patch for each file.
    File,
    /// A patch for each driver: a folder of its own, or a file among others.
    Driver,
    /// A patch for each folder.
    Directory,
    /// A patch for each entry of MAINTAINERS.
    Maintainer,
    /// A patch for each subsystem.
    Subsystem,
}

impl Split {
    /// All groupings, in the order of the documentation.
    pub const ALL: [Split; 6] = [
        Split::None,
        Split::File,
        Split::Driver,
        Split::Directory,
        Split::Maintainer,
        Split::Subsystem,
    ];

    /// The word for it in manifests and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Split::None => "none",
            Split::File => "file",
            Split::Driver => "driver",
            Split::Directory => "directory",
            Split::Maintainer => "maintainer",
            Split::Subsystem => "subsystem",
        }
    }

    /// The grouping with that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|split| split.name() == name)
    }
}

/// A transform.toml that was read and found to be right.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Manifest {
    /// The transform's name, the same as its folder's.
    pub name: String,
    /// One line for `respin list`.
    pub summary: String,
    /// The pass that does the work.
    pub pass: PassKind,
    /// Default grouping of `respin series`.
    pub split: Split,
    /// What the manifest presets.
    pub parameters: Values,
}

const KEYS: [&str; 5] = ["name", "summary", "pass", "split", "parameters"];

impl Manifest {
    /// Reads a manifest; `path` is how messages name the file.
    pub fn parse(path: &str, text: &[u8]) -> Result<Self, Problems> {
        let mut reader = Reader::new(path, text);
        let manifest = reader.utf8().and_then(|text| read_document(&mut reader, &text));
        match manifest {
            Some(manifest) if reader.problems.is_empty() => Ok(manifest),
            _ => Err(Problems(reader.problems)),
        }
    }
}

fn read_document(reader: &mut Reader, text: &str) -> Option<Manifest> {
    let document = match DeTable::parse(text) {
        Ok(document) => document.into_inner(),
        Err(error) => {
            let at = error.span().unwrap_or(0..0);
            let message = format!("the manifest is not TOML: {}", error.message());
            reader.report("manifest-syntax", message, at, "");
            return None;
        }
    };
    for key in document.keys() {
        if !KEYS.contains(&key.get_ref().as_ref()) {
            unknown_key(reader, "unknown-key", key, KEYS);
        }
    }
    let name = required(reader, &document, "name").and_then(|value| read_name(reader, value));
    let summary = required(reader, &document, "summary").and_then(|value| read_summary(reader, value));
    let pass = required(reader, &document, "pass").and_then(|value| read_pass(reader, value));
    let split = match document.get("split") {
        Some(value) => read_split(reader, value)?,
        None => Split::default(),
    };
    let pass = pass?;
    let parameters = match document.get("parameters") {
        Some(value) => read_parameters(reader, value, pass)?,
        None => Values::new(),
    };
    Some(Manifest {
        name: name?,
        summary: summary?,
        pass,
        split,
        parameters,
    })
}

fn unknown_key<'a>(
    reader: &mut Reader,
    code: &'static str,
    key: &Spanned<DeString<'_>>,
    known: impl IntoIterator<Item = &'a str> + Clone,
) {
    let word = key.get_ref();
    let suggestion = nearest(word, known.clone());
    let label = suggestion.map_or(String::new(), |known| format!("did you mean `{known}`?"));
    let message = match code {
        "unknown-parameter" => format!("the pass has no parameter `{word}`"),
        _ => format!("unknown key `{word}`"),
    };
    let list: Vec<&str> = known.into_iter().collect();
    reader.report(code, message, key.span(), &label).diagnostic.help =
        Some(format!("known here: {}", list.join(", ")));
}

fn required<'d, 'i>(
    reader: &mut Reader,
    document: &'d DeTable<'i>,
    key: &str,
) -> Option<&'d Spanned<DeValue<'i>>> {
    let value = document.get(key);
    if value.is_none() {
        let message = format!("the key `{key}` is missing");
        reader.report("missing-key", message, 0..0, "").diagnostic.help =
            Some("a manifest has at least name, summary and pass".into());
    }
    value
}

fn read_text<'d>(reader: &mut Reader, value: &'d Spanned<DeValue<'_>>, what: &str) -> Option<&'d str> {
    let text = value.get_ref().as_str();
    if text.is_none() {
        wrong_type(reader, value, what);
    }
    text
}

fn wrong_type(reader: &mut Reader, value: &Spanned<DeValue<'_>>, what: &str) {
    let found = value.get_ref().type_str();
    let message = format!("expected {what}, found {found}");
    reader.report("wrong-type", message, value.span(), "");
}

fn read_name(reader: &mut Reader, value: &Spanned<DeValue<'_>>) -> Option<String> {
    let name = read_text(reader, value, "a name")?;
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '-');
    if name.is_empty() || name.len() > 64 || !name.chars().all(allowed) || name.starts_with('-') {
        let message = "a name has 1 to 64 of the characters a-z, 0-9, `_` and `-`";
        reader.report("wrong-value", message, value.span(), "");
        return None;
    }
    Some(name.to_owned())
}

fn read_summary(reader: &mut Reader, value: &Spanned<DeValue<'_>>) -> Option<String> {
    let summary = read_text(reader, value, "a sentence")?;
    if summary.trim().is_empty() || summary.chars().any(char::is_control) {
        let message = "the summary is one line of text";
        reader.report("wrong-value", message, value.span(), "");
        return None;
    }
    Some(summary.to_owned())
}

fn read_pass(reader: &mut Reader, value: &Spanned<DeValue<'_>>) -> Option<PassKind> {
    let word = read_text(reader, value, "the name of a pass")?;
    let names = PassKind::ALL.map(PassKind::name);
    if let Some(pass) = PassKind::ALL.into_iter().find(|pass| pass.name() == word) {
        return Some(pass);
    }
    let label = nearest(word, names).map_or(String::new(), |name| format!("did you mean `{name}`?"));
    let message = format!("there is no pass `{}`", word.escape_debug());
    reader
        .report("unknown-pass", message, value.span(), &label)
        .diagnostic
        .help = Some(format!("passes: {}", names.join(", ")));
    None
}

fn read_split(reader: &mut Reader, value: &Spanned<DeValue<'_>>) -> Option<Split> {
    let word = read_text(reader, value, "a grouping")?;
    let names = Split::ALL.map(Split::name);
    let split = Split::from_name(word);
    if split.is_none() {
        let label = nearest(word, names).map_or(String::new(), |name| format!("did you mean `{name}`?"));
        let message = format!("there is no grouping `{}`", word.escape_debug());
        reader
            .report("wrong-value", message, value.span(), &label)
            .diagnostic
            .help = Some(format!("groupings: {}", names.join(", ")));
    }
    split
}

fn read_parameters(reader: &mut Reader, value: &Spanned<DeValue<'_>>, pass: PassKind) -> Option<Values> {
    let Some(table) = value.get_ref().as_table() else {
        wrong_type(reader, value, "a table");
        return None;
    };
    let known = pass.parameters();
    let mut values = Values::new();
    for (key, value) in table {
        let Some(parameter) = known.iter().find(|known| known.name == key.get_ref()) else {
            let names = known.iter().map(|known| known.name);
            unknown_key(reader, "unknown-parameter", key, names);
            continue;
        };
        if let Some(value) = read_value(reader, parameter, value) {
            values.insert(parameter.name, value);
        }
    }
    Some(values)
}

fn read_value(reader: &mut Reader, parameter: &Parameter, value: &Spanned<DeValue<'_>>) -> Option<Value> {
    match (parameter.kind, value.get_ref()) {
        (Kind::Switch, DeValue::Boolean(on)) => Some(Value::Switch(*on)),
        (Kind::Identifiers, DeValue::Array(list)) => {
            let mut words = Vec::new();
            for word in list {
                let text = read_text(reader, word, "a C identifier")?;
                if let Err(fault) = Kind::Identifier.parse(text) {
                    reader.report("wrong-value", fault, word.span(), "");
                    return None;
                }
                words.push(text.to_owned());
            }
            Some(Value::List(words))
        }
        (Kind::Identifier, DeValue::String(text)) => match parameter.kind.parse(text) {
            Ok(value) => Some(value),
            Err(fault) => {
                reader.report("wrong-value", fault, value.span(), "");
                None
            }
        },
        _ => {
            wrong_type(reader, value, parameter.kind.expects());
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "name = \"x\"\nsummary = \"does x\"\npass = \"rename\"\n";

    fn problems(text: &str) -> Vec<(&'static str, String, usize)> {
        let Problems(problems) = Manifest::parse("transform.toml", text.as_bytes()).unwrap_err();
        problems
            .into_iter()
            .map(|problem| {
                let diagnostic = problem.diagnostic;
                let at = diagnostic.labels[0].range.start as usize;
                (diagnostic.code, diagnostic.labels[0].text.clone(), at)
            })
            .collect()
    }

    #[test]
    fn a_manifest_presets_parameters() {
        let text = format!("{GOOD}split = \"driver\"\n[parameters]\nfrom = \"a\"\nwrap = false\n");
        let manifest = Manifest::parse("transform.toml", text.as_bytes()).unwrap();
        assert_eq!(manifest.name, "x");
        assert_eq!(manifest.split, Split::Driver);
        assert_eq!(manifest.parameters["from"], Value::Text("a".into()));
        assert_eq!(manifest.parameters["wrap"], Value::Switch(false));
    }

    #[test]
    fn each_mistake_has_its_place() {
        let at = GOOD.len();
        let wrong = |line: &str| problems(&format!("{GOOD}{line}\n"));
        let meant = |word: &str| format!("did you mean `{word}`?");
        assert_eq!(wrong("spilt = 1"), [("unknown-key", meant("split"), at)]);
        assert_eq!(
            wrong("split = \"drivers\""),
            [("wrong-value", meant("driver"), at + 8)]
        );
        let parameters = |line: &str| {
            let mut found = wrong(&format!("[parameters]\n{line}"));
            found[0].2 -= at + 13;
            found
        };
        assert_eq!(
            parameters("form = \"a\""),
            [("unknown-parameter", meant("from"), 0)]
        );
        assert_eq!(parameters("from = \"a b\""), [("wrong-value", String::new(), 7)]);
        assert_eq!(parameters("wrap = \"yes\""), [("wrong-type", String::new(), 7)]);
        assert_eq!(
            problems("name = \"x\"\nsummary = \"s\"\npass = \"renam\""),
            [("unknown-pass", meant("rename"), 32)]
        );
        assert_eq!(problems("name = \"x\"").len(), 2);
        assert_eq!(problems("name = ")[0].0, "manifest-syntax");
    }

    #[test]
    fn hostile_manifests_end_in_an_error() {
        assert_eq!(Manifest::parse("t", b"name = \"\xff\"").unwrap_err().0.len(), 1);
        let nested = format!("{GOOD}parameters = {}", "[".repeat(100_000));
        assert!(!problems(&nested).is_empty());
        assert!(!problems("name = \"../x\"\nsummary = \"s\"\npass = \"rename\"").is_empty());
    }
}
