//! A progress bar on standard error.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// The bar of one run; hidden unless a person watches.
pub struct Progress {
    bar: ProgressBar,
}

impl Progress {
    pub(super) fn new(shown: bool) -> Self {
        let bar = if shown {
            ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(10))
        } else {
            ProgressBar::hidden()
        };
        if let Ok(style) = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len}") {
            bar.set_style(style);
        }
        if shown {
            bar.enable_steady_tick(Duration::from_millis(200));
        }
        Self { bar }
    }

    /// A stage begins; `total` is how many steps it has, or 0 when nobody knows.
    pub fn stage(&self, name: &str, total: usize) {
        self.bar.set_message(name.to_owned());
        self.bar.set_length(total as u64);
        self.bar.set_position(0);
    }

    /// Some steps are done.
    pub fn advance(&self, steps: usize) {
        self.bar.inc(steps as u64);
    }

    /// Takes the bar off the terminal.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
