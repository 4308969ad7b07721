//! The pager, chosen as git chooses it.

use std::io::{self, BufWriter, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// A running pager.
pub(super) struct Pager {
    child: Child,
    input: BufWriter<ChildStdin>,
}

impl Pager {
    /// Starts the user's pager; `None` when there is none, or it can't be started.
    pub(super) fn start() -> Option<Self> {
        let command = ["GIT_PAGER", "PAGER"]
            .iter()
            .find_map(std::env::var_os)
            .unwrap_or_else(|| "less".into());
        if command.is_empty() || command == "cat" {
            return None;
        }
        let mut shell = Command::new("sh");
        // As in git the variable holds a command line, so a shell takes it apart.
        shell.arg("-c").arg(&command).stdin(Stdio::piped());
        if std::env::var_os("LESS").is_none() {
            shell.env("LESS", "FRX");
        }
        let mut child = shell.spawn().ok()?;
        let input = BufWriter::new(child.stdin.take()?);
        // Ctrl-C belongs to the pager as long as it runs; without this it would end respin and leave the pager alone
        // with the terminal.
        let _ = signal_hook::flag::register(signal_hook::consts::SIGINT, Arc::new(AtomicBool::new(false)));
        Some(Self { child, input })
    }

    /// Closes the pager's input and waits until the user leaves it.
    pub(super) fn wait(self) -> io::Result<()> {
        let Self { mut child, mut input } = self;
        // A pager that was left before the end is no failure, and it has to be waited for in any case.
        let flushed = input.flush();
        drop(input);
        child.wait()?;
        flushed
    }
}

impl Write for Pager {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.input.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.input.flush()
    }
}
