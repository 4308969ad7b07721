//! The passes a manifest can name, and the parameters each of them takes.

use std::collections::BTreeMap;

use super::problem::Problem;

/// A pass as a manifest names it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PassKind {
    /// Renames a function.
    Rename,
    /// Folds loops that insert page after page into one call.
    InsertLoop,
    /// Runs a semantic patch.
    Smpl,
    /// Writes inserts in fault handlers with their twins that give fault codes.
    FaultHandler,
}

/// What a parameter may hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// A C identifier that is no keyword.
    Identifier,
    /// Several of them: a list in a manifest, words with commas between them on the command line.
    Identifiers,
    /// `true` or `false`.
    Switch,
}

/// The value of a parameter.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Value {
    /// For [`Kind::Identifier`].
    Text(String),
    /// For [`Kind::Identifiers`].
    List(Vec<String>),
    /// For [`Kind::Switch`].
    Switch(bool),
}

impl std::fmt::Display for Value {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Value::Text(text) => out.write_str(text),
            Value::List(list) => out.write_str(&list.join(", ")),
            Value::Switch(on) => write!(out, "{on}"),
        }
    }
}

/// One parameter of a pass.
#[derive(Clone, Copy, Debug)]
pub struct Parameter {
    /// Its key in `[parameters]` and in `--set`.
    pub name: &'static str,
    /// What it may hold.
    pub kind: Kind,
    /// The value of a switch that nobody sets; other parameters have to be given, but for lists, which may be empty.
    pub default: Option<bool>,
    /// One line for `respin show`.
    pub summary: &'static str,
}

impl Parameter {
    /// The value when nobody sets it.
    pub fn default_value(&self) -> Option<Value> {
        match self.kind {
            Kind::Identifiers => Some(Value::List(Vec::new())),
            Kind::Identifier | Kind::Switch => self.default.map(Value::Switch),
        }
    }
}

const RENAME: &[Parameter] = &[
    identifier("from", "the function to rename"),
    identifier("to", "its new name"),
    switch("comments", "also in comments and kernel-doc"),
    switch("strings", "also in string literals"),
    switch("documentation", "also in text files under Documentation/"),
    switch(
        "realign",
        "align continuation lines to the open parenthesis again",
    ),
    switch("wrap", "wrap code lines that the new name takes past 80 columns"),
];

const INSERT_LOOP: &[Parameter] = &[
    identifier("from", "the function that inserts one page"),
    identifier("to", "the function that inserts them all"),
    identifiers(
        "arguments",
        "what the latter is given, of vma, address, pages, count, array, total, in its order",
    ),
    identifiers(
        "at-start",
        "the function to use where the pages are mapped from the begin of the array, not from vm_pgoff on",
    ),
    identifiers(
        "equivalents",
        "functions that serve as well; a tree that has one gets no other",
    ),
    off(
        "add-interface",
        "add the function to a tree that lacks it, even if it has an equivalent one",
    ),
    off(
        "have-interface",
        "take for granted that the function exists, as for code outside of its tree",
    ),
];

const SMPL: &[Parameter] = &[
    identifiers(
        "virtual",
        "virtual rules that are switched on; `patch` when there is none and the rules have it",
    ),
    identifiers(
        "needs",
        "functions that a header of the tree has to declare, as the result uses them",
    ),
    identifiers(
        "unary",
        "functions that take one argument where a header of the tree has them, as the result passes one",
    ),
    switch("headers", "also in header files"),
    off(
        "together",
        "all files belong into one patch, as none of them builds without the others",
    ),
];

const FAULT_HANDLER: &[Parameter] = &[
    identifiers("from", "functions that insert something and give an errno"),
    identifiers("to", "their twins that give a fault code, in the same order"),
    identifiers("only", "of the former, those to look at; all when it is empty"),
    off(
        "have-interface",
        "take for granted that the twins exist, as for code outside of their tree",
    ),
    off(
        "all-handlers",
        "give the type of fault codes to all functions in fault operations, also to those that don't insert",
    ),
    off(
        "remove-unused",
        "take those of `from` out of the tree that nobody uses any more, in a last patch",
    ),
];

const fn identifiers(name: &'static str, summary: &'static str) -> Parameter {
    Parameter {
        name,
        kind: Kind::Identifiers,
        default: None,
        summary,
    }
}

const fn off(name: &'static str, summary: &'static str) -> Parameter {
    Parameter {
        name,
        kind: Kind::Switch,
        default: Some(false),
        summary,
    }
}

const fn identifier(name: &'static str, summary: &'static str) -> Parameter {
    Parameter {
        name,
        kind: Kind::Identifier,
        default: None,
        summary,
    }
}

const fn switch(name: &'static str, summary: &'static str) -> Parameter {
    Parameter {
        name,
        kind: Kind::Switch,
        default: Some(true),
        summary,
    }
}

impl PassKind {
    /// All passes, in the order of the documentation.
    pub const ALL: [PassKind; 4] = [
        PassKind::Rename,
        PassKind::InsertLoop,
        PassKind::FaultHandler,
        PassKind::Smpl,
    ];

    /// The name that a manifest uses.
    pub fn name(self) -> &'static str {
        match self {
            PassKind::Rename => "rename",
            PassKind::InsertLoop => "insert-loop",
            PassKind::Smpl => "smpl",
            PassKind::FaultHandler => "fault-handler",
        }
    }

    /// What can be set for it.
    pub fn parameters(self) -> &'static [Parameter] {
        match self {
            PassKind::Rename => RENAME,
            PassKind::InsertLoop => INSERT_LOOP,
            PassKind::Smpl => SMPL,
            PassKind::FaultHandler => FAULT_HANDLER,
        }
    }
}

impl Kind {
    /// What the parameter takes, for messages.
    pub fn expects(self) -> &'static str {
        match self {
            Kind::Identifier => "a C identifier",
            Kind::Identifiers => "C identifiers with commas between them",
            Kind::Switch => "true or false",
        }
    }

    /// Reads a value from the text of `--set KEY=VALUE`, or says why it is none.
    pub fn parse(self, text: &str) -> Result<Value, String> {
        match (self, text) {
            (Kind::Identifier, _) => match identifier_fault(text) {
                None => Ok(Value::Text(text.to_owned())),
                Some(fault) => Err(fault),
            },
            (Kind::Identifiers, _) => {
                let words: Vec<String> = text
                    .split(',')
                    .map(|word| word.trim().to_owned())
                    .filter(|word| !word.is_empty())
                    .collect();
                match words.iter().find_map(|word| identifier_fault(word)) {
                    None => Ok(Value::List(words)),
                    Some(fault) => Err(fault),
                }
            }
            (Kind::Switch, "true") => Ok(Value::Switch(true)),
            (Kind::Switch, "false") => Ok(Value::Switch(false)),
            (Kind::Switch, _) => Err(format!("`{}` is neither true nor false", shown(text))),
        }
    }
}

/// Values by parameter name. All are of the kind that the pass asks for; some may still be missing.
pub type Values = BTreeMap<&'static str, Value>;

/// All that the rename pass has to be told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RenameParameters {
    /// The function to rename.
    pub from: String,
    /// Its new name.
    pub to: String,
    /// Whether comments are covered.
    pub comments: bool,
    /// Whether string literals are covered.
    pub strings: bool,
    /// Whether Documentation/ is covered.
    pub documentation: bool,
    /// Whether continuation lines are aligned again.
    pub realign: bool,
    /// Whether lines past 80 columns are wrapped.
    pub wrap: bool,
}

impl RenameParameters {
    /// Picks the pass's parameters out of `values`.
    pub fn of(values: &Values) -> Result<Self, Problem> {
        let text = |name: &'static str| match values.get(name) {
            Some(Value::Text(text)) => Ok(text.clone()),
            _ => Err(missing(PassKind::Rename, name)),
        };
        let switch = |name| !matches!(values.get(name), Some(Value::Switch(false)));
        let parameters = Self {
            from: text("from")?,
            to: text("to")?,
            comments: switch("comments"),
            strings: switch("strings"),
            documentation: switch("documentation"),
            realign: switch("realign"),
            wrap: switch("wrap"),
        };
        if parameters.from == parameters.to {
            return Err(Problem::new(
                "same-name",
                format!("`from` and `to` are both `{}`", parameters.from),
            )
            .help("give the new name with `--set to=NAME`"));
        }
        Ok(parameters)
    }
}

/// What a call is given in place of a loop.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LoopArgument {
    /// The VMA.
    Vma,
    /// The address of the first page.
    Address,
    /// The first page's place in the array.
    Pages,
    /// How many pages.
    Count,
    /// The array from its begin on.
    Array,
    /// How many pages the array has.
    Total,
}

/// The texts that add a function to a tree.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InterfaceTexts {
    /// interface/definition.c
    pub definition: String,
    /// interface/stub.c
    pub stub: String,
    /// interface/prototype.h
    pub prototype: String,
}

/// All that the insert-loop pass has to be told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InsertLoopParameters {
    /// The function that inserts one page.
    pub from: String,
    /// The function that inserts them all.
    pub to: String,
    /// What that is given.
    pub arguments: Vec<LoopArgument>,
    /// What is called where the pages begin with the first of the array.
    pub at_start: Option<String>,
    /// Functions that serve as well.
    pub equivalents: Vec<String>,
    /// Whether the function is added in spite of an equivalent one.
    pub add_interface: bool,
    /// Whether the function is taken for granted.
    pub have_interface: bool,
    /// How it is added.
    pub interface: Option<InterfaceTexts>,
}

impl InsertLoopParameters {
    /// Picks the pass's parameters out of `values`.
    pub fn of(values: &Values, interface: Option<InterfaceTexts>) -> Result<Self, Problem> {
        let text = |name: &'static str| match values.get(name) {
            Some(Value::Text(text)) => Ok(text.clone()),
            _ => Err(missing(PassKind::InsertLoop, name)),
        };
        let list = |name| match values.get(name) {
            Some(Value::List(list)) => list.clone(),
            _ => Vec::new(),
        };
        let switch = |name| matches!(values.get(name), Some(Value::Switch(true)));
        let arguments: Vec<LoopArgument> = list("arguments")
            .iter()
            .map(|word| argument(word))
            .collect::<Result<_, _>>()?;
        if arguments.is_empty() {
            return Err(missing(PassKind::InsertLoop, "arguments"));
        }
        Ok(Self {
            from: text("from")?,
            to: text("to")?,
            arguments,
            at_start: list("at-start").into_iter().next(),
            equivalents: list("equivalents"),
            add_interface: switch("add-interface"),
            have_interface: switch("have-interface"),
            interface,
        })
    }
}

/// All that the fault-handler pass has to be told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FaultHandlerParameters {
    /// Functions that give an errno, each with its twin.
    pub pairs: Vec<(String, String)>,
    /// Whether the twins are taken for granted.
    pub have_interface: bool,
    /// Whether all functions in fault operations get the type.
    pub all_handlers: bool,
    /// Whether what nobody uses any more is removed.
    pub remove_unused: bool,
}

impl FaultHandlerParameters {
    /// Picks the pass's parameters out of `values`.
    pub fn of(values: &Values) -> Result<Self, Problem> {
        let list = |name| match values.get(name) {
            Some(Value::List(list)) => list.clone(),
            _ => Vec::new(),
        };
        let (from, to, only) = (list("from"), list("to"), list("only"));
        if from.is_empty() {
            return Err(missing(PassKind::FaultHandler, "from"));
        }
        if from.len() != to.len() {
            let message = format!("`from` names {} functions, `to` names {}", from.len(), to.len());
            return Err(
                Problem::new("wrong-value", message).help("each function has one twin, in the same order")
            );
        }
        if let Some(unknown) = only.iter().find(|name| !from.contains(name)) {
            let message = format!(
                "`only` names `{}`, which is not among `from`",
                unknown.escape_debug()
            );
            return Err(Problem::new("wrong-value", message).help(format!("`from` is {}", from.join(", "))));
        }
        let mut pairs: Vec<(String, String)> = from.into_iter().zip(to).collect();
        pairs.retain(|(from, _)| only.is_empty() || only.contains(from));
        let switch = |name| matches!(values.get(name), Some(Value::Switch(true)));
        Ok(Self {
            pairs,
            have_interface: switch("have-interface"),
            all_handlers: switch("all-handlers"),
            remove_unused: switch("remove-unused"),
        })
    }
}

fn argument(word: &str) -> Result<LoopArgument, Problem> {
    Ok(match word {
        "vma" => LoopArgument::Vma,
        "address" => LoopArgument::Address,
        "pages" => LoopArgument::Pages,
        "count" => LoopArgument::Count,
        "array" => LoopArgument::Array,
        "total" => LoopArgument::Total,
        _ => {
            return Err(Problem::new(
                "wrong-value",
                format!("`arguments` knows no `{}`", word.escape_debug()),
            )
            .help("it is a list of vma, address, pages, count, array and total"));
        }
    })
}

/// All that the pass for semantic patches has to be told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SmplParameters {
    /// How messages name the file of rules.
    pub path: String,
    /// The rules.
    pub rules: std::sync::Arc<[u8]>,
    /// Virtual rules that are switched on.
    pub defined: Vec<String>,
    /// Functions that a header has to declare.
    pub needs: Vec<String>,
    /// Functions that take one argument where a header has them.
    pub unary: Vec<String>,
    /// Whether header files are looked at.
    pub headers: bool,
    /// Whether all files go into one patch.
    pub together: bool,
}

impl SmplParameters {
    /// Picks the pass's parameters out of `values`.
    pub fn of(values: &Values, path: String, rules: Vec<u8>) -> Self {
        let list = |name: &'static str| match values.get(name) {
            Some(Value::List(list)) => list.clone(),
            _ => Vec::new(),
        };
        Self {
            path,
            rules: rules.into(),
            defined: list("virtual"),
            needs: list("needs"),
            unary: list("unary"),
            headers: !matches!(values.get("headers"), Some(Value::Switch(false))),
            together: matches!(values.get("together"), Some(Value::Switch(true))),
        }
    }
}

fn missing(pass: PassKind, name: &str) -> Problem {
    let summary = pass
        .parameters()
        .iter()
        .find(|parameter| parameter.name == name)
        .map_or("", |parameter| parameter.summary);
    Problem::new(
        "missing-parameter",
        format!("the parameter `{name}` ({summary}) is not set"),
    )
    .help(format!("give it with `--set {name}=VALUE`"))
}

/// Words that mean something to the compiler or the preprocessor, or that every kernel defines as something else.
const KEYWORDS: &[&str] = &[
    "asm",
    "auto",
    "break",
    "case",
    "char",
    "const",
    "continue",
    "default",
    "do",
    "double",
    "else",
    "enum",
    "extern",
    "float",
    "for",
    "goto",
    "if",
    "inline",
    "int",
    "long",
    "register",
    "restrict",
    "return",
    "short",
    "signed",
    "sizeof",
    "static",
    "struct",
    "switch",
    "typedef",
    "typeof",
    "union",
    "unsigned",
    "void",
    "volatile",
    "while",
    "_Alignas",
    "_Alignof",
    "_Atomic",
    "_Bool",
    "_Complex",
    "_Generic",
    "_Imaginary",
    "_Noreturn",
    "_Static_assert",
    "_Thread_local",
    "__alignof__",
    "__asm__",
    "__attribute__",
    "__auto_type",
    "__builtin_offsetof",
    "__const__",
    "__extension__",
    "__inline",
    "__inline__",
    "__label__",
    "__restrict__",
    "__signed__",
    "__thread",
    "__typeof__",
    "__volatile__",
    "__func__",
    "__FUNCTION__",
    "__FILE__",
    "__LINE__",
    "__DATE__",
    "__TIME__",
    "__COUNTER__",
    "__VA_ARGS__",
    "__VA_OPT__",
    "_Pragma",
    "defined",
    "bool",
    "true",
    "false",
    "NULL",
];

/// Why `text` can't be the name of a C function.
fn identifier_fault(text: &str) -> Option<String> {
    let text_shown = shown(text);
    if text.is_empty() {
        return Some("the name is empty".into());
    }
    if text.starts_with(|first: char| first.is_ascii_digit()) {
        return Some(format!(
            "`{text_shown}` starts with a digit, so it is not a C identifier"
        ));
    }
    if let Some(wrong) = text.chars().find(|&c| !(c.is_ascii_alphanumeric() || c == '_')) {
        return Some(format!(
            "`{text_shown}` holds `{}`, so it is not a C identifier",
            wrong.escape_debug()
        ));
    }
    KEYWORDS.contains(&text).then(|| {
        format!("`{text_shown}` means something else in C already, so it can't be a function's name")
    })
}

/// The text for a message: without control characters, and not longer than a line.
fn shown(text: &str) -> String {
    let mut shown: String = text.chars().take(60).flat_map(char::escape_debug).collect();
    if text.chars().nth(60).is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers() {
        for good in ["a", "_x9", "vm_insert_page", "typeofx"] {
            assert!(Kind::Identifier.parse(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "9a",
            "a-b",
            "a b",
            "while",
            "_Bool",
            "defined",
            "NULL",
            "__VA_ARGS__",
            "é",
            "a\n",
            "a(",
        ] {
            assert!(Kind::Identifier.parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn rename_needs_both_names() {
        let mut values = Values::new();
        values.insert("from", Value::Text("a".into()));
        let problem = RenameParameters::of(&values).unwrap_err();
        assert_eq!(problem.diagnostic.code, "missing-parameter");
        values.insert("to", Value::Text("a".into()));
        assert_eq!(
            RenameParameters::of(&values).unwrap_err().diagnostic.code,
            "same-name"
        );
        values.insert("to", Value::Text("b".into()));
        values.insert("wrap", Value::Switch(false));
        let parameters = RenameParameters::of(&values).unwrap();
        assert!(parameters.comments && !parameters.wrap);
    }
}
