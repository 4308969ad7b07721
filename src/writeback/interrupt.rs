//! Signals that must not stop a run between two files.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::flag;

/// Knows whether the user asked to stop.
///
/// While nothing is written, the signals do what they always do. While something is, the first one
/// is noted and the second one ends the process; the next run then recovers the tree.
#[derive(Clone, Debug)]
pub struct Interrupt {
    signal: Arc<AtomicUsize>,
    default: Arc<AtomicBool>,
}

impl Interrupt {
    /// Listens to SIGINT, SIGTERM and SIGHUP from now on. To be called once, by the program.
    pub fn install() -> io::Result<Self> {
        let interrupt = Self::none();
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            // In this order, so that the first signal does not see what it sets itself, and the second one
            // is obeyed as soon as the first can be seen.
            flag::register_conditional_default(signal, interrupt.default.clone())?;
            flag::register(signal, interrupt.default.clone())?;
            flag::register_usize(signal, interrupt.signal.clone(), signal as usize)?;
        }
        Ok(interrupt)
    }

    /// Listens to nothing, for callers that handle signals themselves.
    pub fn none() -> Self {
        Self {
            signal: Arc::new(AtomicUsize::new(0)),
            default: Arc::new(AtomicBool::new(true)),
        }
    }

    /// The signal that came, if one came.
    pub fn signal(&self) -> Option<i32> {
        match self.signal.load(Ordering::SeqCst) {
            0 => None,
            signal => Some(signal as i32),
        }
    }

    /// The exit code of a program that a signal ended: 130 for SIGINT.
    pub fn exit_code(signal: i32) -> i32 {
        128 + signal
    }

    /// Notes signals instead of obeying them until the value is dropped.
    pub fn hold(&self) -> Hold<'_> {
        self.default.store(false, Ordering::SeqCst);
        Hold(self)
    }
}

/// While it lives, a first signal is noted instead of obeyed.
#[derive(Debug)]
pub struct Hold<'a>(&'a Interrupt);

impl Drop for Hold<'_> {
    fn drop(&mut self) {
        self.0.default.store(true, Ordering::SeqCst);
    }
}
