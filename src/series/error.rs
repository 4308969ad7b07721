//! What can go wrong between a plan and the folder with its patches.

/// Which stage gave up; the command line decides the exit code by it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ErrorKind {
    /// An option or a value that the user gave.
    Usage,
    /// The repository, the revision or the folder.
    Repository,
    /// The tree no longer is what the plan was made from.
    Stale,
    /// Author, committer or date.
    Identity,
    /// A rendered message that git or a maintainer would not take.
    Message,
    /// The output folder.
    Output,
    /// Known, but not built yet.
    Unsupported,
    /// The series was made, but does not give back the tree it was made from: nothing is handed out.
    Unproved,
}

/// One failure: what happened, and what the user can do next.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    /// Which stage gave up.
    pub kind: ErrorKind,
    /// One sentence without a final period.
    pub message: String,
    /// The next step.
    pub help: Option<String>,
    #[source]
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// A result of this module.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// A failure without a cause or a next step.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            help: None,
            source: None,
        }
    }

    /// Adds the next step.
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(text.into());
        self
    }

    /// Adds the failure that led to this one.
    pub fn caused_by(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// A failure of libgit2 while doing `what`.
    pub(super) fn git(what: impl Into<String>, source: git2::Error) -> Self {
        let help = match source.code() {
            git2::ErrorCode::NotFound if source.class() == git2::ErrorClass::Odb => {
                Some("the repository lacks an object; a partial clone gets it with `git fetch --refetch`")
            }
            git2::ErrorCode::Owner => Some(
                "the folder belongs to somebody else; `git config --global --add safe.directory DIR` allows it",
            ),
            git2::ErrorCode::Locked => {
                Some("another git process is at work; if there is none, remove the .lock file it left")
            }
            _ => None,
        };
        let error = Self::new(ErrorKind::Repository, what).caused_by(source);
        match help {
            Some(help) => error.help(help),
            None => error,
        }
    }
}
