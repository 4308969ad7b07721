//! Standard output and standard error, with what the user wants to see on them.

use std::io::{self, BufWriter, IsTerminal, Write};

use crate::diagnostics::Diagnostic;

use super::message;
use super::pager::Pager;
use super::progress::Progress;
use super::style::Paint;

/// When to use colours.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum ColorChoice {
    /// On a terminal that takes them, unless NO_COLOR is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// How much to say on standard error.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub enum Verbosity {
    /// Errors only.
    Quiet,
    /// The summary too.
    #[default]
    Normal,
    /// Each site that was left alone too.
    Verbose,
}

/// What the user wants to see.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Options {
    /// When to use colours.
    pub color: ColorChoice,
    /// How much to say.
    pub verbosity: Verbosity,
    /// Whether a pager may be used.
    pub pager: bool,
}

/// The two streams.
pub struct Shell {
    options: Options,
    out: Box<dyn Write + Send>,
    pager: Option<Pager>,
    /// Styles for standard output.
    pub paint: Paint,
    /// Styles for standard error.
    pub err_paint: Paint,
}

impl Shell {
    /// The process's own streams.
    pub fn new(options: Options) -> Self {
        let colored = |auto: anstream::ColorChoice| match options.color {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => auto != anstream::ColorChoice::Never,
        };
        Self {
            options,
            paint: Paint {
                colored: colored(anstream::AutoStream::choice(&io::stdout())),
            },
            err_paint: Paint {
                colored: colored(anstream::AutoStream::choice(&io::stderr())),
            },
            out: Box::new(BufWriter::new(io::stdout())),
            pager: None,
        }
    }

    /// Standard output, or the pager's input.
    pub fn out(&mut self) -> &mut dyn Write {
        match &mut self.pager {
            Some(pager) => pager,
            None => &mut self.out,
        }
    }

    /// Whether a person reads standard output, so that it may be made pretty.
    pub fn is_for_people(&self) -> bool {
        self.paint.colored || io::stdout().is_terminal()
    }

    /// Sends what follows on standard output through the pager, if that is a terminal.
    pub fn start_pager(&mut self) {
        if self.options.pager && self.pager.is_none() && io::stdout().is_terminal() {
            self.pager = Pager::start();
        }
    }

    /// How much to say.
    pub fn verbosity(&self) -> Verbosity {
        self.options.verbosity
    }

    /// A progress display; it shows nothing unless standard error is a terminal.
    pub fn progress(&self) -> Progress {
        let wanted = self.options.verbosity > Verbosity::Quiet && io::stderr().is_terminal();
        Progress::new(wanted)
    }

    /// Says something on standard error, unless the user wants to hear of errors only.
    pub fn say(&mut self, text: &str) {
        if self.options.verbosity > Verbosity::Quiet {
            complain(text);
        }
    }

    /// Prints a diagnostic on standard error; `text` is the file that it names.
    pub fn report(&mut self, diagnostic: &Diagnostic, text: Option<&[u8]>) {
        let quiet = self.options.verbosity == Verbosity::Quiet;
        if quiet && diagnostic.severity != crate::diagnostics::Severity::Error {
            return;
        }
        complain(&message::render(diagnostic, text, self.err_paint.colored));
    }

    /// Flushes standard output, and waits for the pager.
    pub fn finish(&mut self) -> io::Result<()> {
        match self.pager.take() {
            Some(pager) => pager.wait(),
            None => self.out.flush(),
        }
    }
}

/// Writes to standard error. There is nowhere to report a failure of that, so it is none.
fn complain(text: &str) {
    let _ = writeln!(io::stderr(), "{}", text.trim_end_matches('\n'));
}
