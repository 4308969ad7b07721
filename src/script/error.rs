//! What goes wrong in a script.

/// What reading or running a script gives.
pub(super) type Result<T> = std::result::Result<T, Fault>;

/// Why a script does not go on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fault {
    /// One sentence without a final period.
    pub message: String,
    /// Line in the script, from 1; 0 while it is not known.
    pub line: u32,
    /// The class of the exception, for those that a script may catch.
    pub(super) class: Option<&'static str>,
}

impl Fault {
    /// Gives it a line, if it has none.
    pub(super) fn on_line(mut self, line: u32) -> Self {
        if self.line == 0 {
            self.line = line;
        }
        self
    }
}

/// What no `except` catches: bounds, and what is not supported.
pub(super) fn fault(message: impl Into<String>) -> Fault {
    Fault {
        message: message.into(),
        line: 0,
        class: None,
    }
}

/// An exception of Python.
pub(super) fn raised(class: &'static str, message: impl Into<String>) -> Fault {
    Fault {
        message: message.into(),
        line: 0,
        class: Some(class),
    }
}
