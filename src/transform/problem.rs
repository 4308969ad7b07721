//! What is wrong with a transform: diagnostics together with the text they point into.

use std::sync::Arc;

use crate::diagnostics::{Diagnostic, Severity};
use crate::text::TextRange;

/// One diagnostic and the file it points into, so that a frame can be drawn without reading the file again.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problem {
    /// What is wrong.
    pub diagnostic: Box<Diagnostic>,
    /// Contents of the file that the diagnostic names.
    pub text: Option<Arc<[u8]>>,
}

impl Problem {
    /// A problem without a place.
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            diagnostic: Box::new(Diagnostic::new(Severity::Error, code, message)),
            text: None,
        }
    }

    /// Adds the next step.
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.diagnostic.help = Some(text.into());
        self
    }
}

impl From<Diagnostic> for Problem {
    fn from(diagnostic: Diagnostic) -> Self {
        Self {
            diagnostic: Box::new(diagnostic),
            text: None,
        }
    }
}

/// Everything that is wrong with one transform, never empty.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{}", .0.first().map_or("", |problem| &problem.diagnostic.message))]
pub struct Problems(pub Vec<Problem>);

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Self {
        Self(vec![problem])
    }
}

/// A file of a transform that is being read, and what was found wrong in it so far.
pub(super) struct Reader {
    path: String,
    text: Arc<[u8]>,
    pub(super) problems: Vec<Problem>,
}

impl Reader {
    pub(super) fn new(path: impl Into<String>, text: impl Into<Arc<[u8]>>) -> Self {
        Self {
            path: path.into(),
            text: text.into(),
            problems: Vec::new(),
        }
    }

    /// The file as text, or a problem that says where it stops being UTF-8.
    pub(super) fn utf8(&mut self) -> Option<String> {
        match std::str::from_utf8(&self.text) {
            Ok(text) => Some(text.to_owned()),
            Err(error) => {
                let at = error.valid_up_to();
                self.report("not-utf8", "the file is not UTF-8 text", at..at + 1, "")
                    .diagnostic
                    .help = Some("save it as UTF-8".into());
                None
            }
        }
    }

    pub(super) fn report(
        &mut self,
        code: &'static str,
        message: impl Into<String>,
        at: std::ops::Range<usize>,
        label: &str,
    ) -> &mut Problem {
        let end = |offset: usize| offset.min(self.text.len()) as u32;
        let range = TextRange::new(end(at.start), end(at.end.max(at.start)));
        let diagnostic = Diagnostic::new(Severity::Error, code, message)
            .in_file(self.path.as_str())
            .at(range, label);
        self.problems.push(Problem {
            diagnostic: Box::new(diagnostic),
            text: Some(self.text.clone()),
        });
        let last = self.problems.len() - 1;
        &mut self.problems[last]
    }
}
