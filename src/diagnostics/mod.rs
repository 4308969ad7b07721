//! What respin has to say about an input: data only, rendered by `output`.

use bstr::BString;

use crate::text::TextRange;

/// How bad a diagnostic is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Severity {
    /// The run can't give a result because of it.
    Error,
    /// The run goes on, but something was not done or looks wrong.
    Warning,
    /// Background for another diagnostic.
    Note,
}

/// A range of a file with a sentence about it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Label {
    /// Bytes the label underlines.
    pub range: TextRange,
    /// What to say there; may be empty.
    pub text: String,
}

/// One message for a person, with its place and the next step.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Diagnostic {
    /// Stable, documented code, for instance `unknown-key`.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// One sentence without a final period.
    pub message: String,
    /// The file it speaks of, relative to the tree; `None` for the run as a whole.
    pub path: Option<BString>,
    /// Places in that file; the first one is the main one.
    pub labels: Vec<Label>,
    /// What the user can do next.
    pub help: Option<String>,
}

impl Diagnostic {
    /// A diagnostic without a place.
    pub fn new(severity: Severity, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            severity,
            message: message.into(),
            path: None,
            labels: Vec::new(),
            help: None,
        }
    }

    /// Names the file.
    pub fn in_file(mut self, path: impl Into<BString>) -> Self {
        self.path = Some(path.into());
        self
    }

    /// Adds a place in the file.
    pub fn at(mut self, range: TextRange, text: impl Into<String>) -> Self {
        self.labels.push(Label {
            range,
            text: text.into(),
        });
        self
    }

    /// Adds the next step.
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(text.into());
        self
    }
}
