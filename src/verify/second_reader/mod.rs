//! The second reader: lang-c, asked about one function at a time.
//!
//! lang-c wants preprocessed C, gives up at the first error and recurses as deep as its input, so a function is masked
//! first, is refused when it is too big or too deep, and is read on a thread of its own.

mod limits;
pub mod mask;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;
use std::time::Duration;

use lang_c::ast::TranslationUnit;
use lang_c::driver::{Config, Flavor, parse_preprocessed};

use mask::{Masked, Unmaskable, Way};

pub use limits::TooMuch;

/// What lang-c says about a function.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Opinion {
    /// It reads the function.
    Parses,
    /// It does not.
    Fails {
        /// Where it stopped, as an offset in the function's text.
        at: u32,
        /// What it expected there.
        message: String,
    },
    /// It was not asked, or gave no answer.
    NoOpinion(Why),
}

/// Why there is no opinion.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Why {
    /// The function can't be masked.
    #[error("{0}")]
    Unmaskable(#[from] Unmaskable),
    /// It is too big or too deep for lang-c.
    #[error("{0}")]
    TooMuch(#[from] TooMuch),
    /// lang-c panicked.
    #[error("the second reader failed on it")]
    Panic,
    /// lang-c took too long.
    #[error("the second reader took too long on it")]
    Timeout,
    /// No thread could be started.
    #[error("no thread could be started for the second reader")]
    NoThread,
}

/// How long lang-c may take. The limits keep the work far below this; it is the last resort against a loop in lang-c,
/// whose thread is then left behind.
const PATIENCE: Duration = Duration::from_secs(60);

/// Asks lang-c about the text of one function; `is_type` says which names the tree knows as types.
///
/// Tries the ways of masking in turn, and gives the opinion on the first one that parses, else on the first one.
pub fn check_function(function: &[u8], is_type: &dyn Fn(&[u8]) -> bool) -> Opinion {
    let mut first = None;
    for way in WAYS {
        let opinion = check_masked(mask::mask(function, is_type, way));
        if opinion == Opinion::Parses {
            return opinion;
        }
        let undecided = matches!(first, None | Some(Opinion::NoOpinion(_)));
        if undecided && !(first.is_some() && matches!(opinion, Opinion::NoOpinion(_))) {
            first = Some(opinion);
        }
    }
    first.unwrap_or(Opinion::NoOpinion(Why::NoThread))
}

/// The ways of masking, the one that hides least first.
pub(crate) const WAYS: [Way<'static>; 4] = {
    const fn way(plain_header: bool, last_branches: bool) -> Way<'static> {
        Way {
            plain_header,
            last_branches,
            focus: &[],
        }
    }
    [
        way(false, false),
        way(true, false),
        way(false, true),
        way(true, true),
    ]
};

/// Asks lang-c about a masked function.
pub(crate) fn check_masked(masked: Result<Masked, Unmaskable>) -> Opinion {
    let masked = match masked {
        Ok(masked) => masked,
        Err(why) => return Opinion::NoOpinion(why.into()),
    };
    on_big_stack(masked, |masked| opinion(&masked)).unwrap_or_else(Opinion::NoOpinion)
}

/// Runs lang-c here and now, without a look at the limits.
fn opinion(masked: &Masked) -> Opinion {
    match catch_unwind(AssertUnwindSafe(|| parse(masked))) {
        Ok(Ok(_)) => Opinion::Parses,
        Ok(Err((at, message))) => Opinion::Fails { at, message },
        Err(_) => Opinion::NoOpinion(Why::Panic),
    }
}

/// Runs `work` on a thread with a stack that is deep enough for lang-c to read the function.
pub(crate) fn on_big_stack<T: Send + 'static>(
    masked: Masked,
    work: impl FnOnce(Masked) -> T + Send + 'static,
) -> Result<T, Why> {
    let stack = limits::stack(&masked.text)?;
    let (send, receive) = mpsc::channel();
    let thread = std::thread::Builder::new()
        .name("second reader".into())
        .stack_size(stack)
        .spawn(move || send.send(work(masked)))
        .map_err(|_| Why::NoThread)?;
    let result = receive.recv_timeout(PATIENCE).map_err(|error| match error {
        mpsc::RecvTimeoutError::Timeout => Why::Timeout,
        mpsc::RecvTimeoutError::Disconnected => Why::Panic,
    });
    if matches!(result, Err(Why::Timeout)) {
        // Dropping the handle would detach the thread, which older C libraries do wrong when it ends at that moment.
        std::mem::forget(thread);
    } else {
        // It is over, or about to be; a panic was noticed above.
        let _ = thread.join();
    }
    result
}

/// Parses a masked function; an error has its offset in the function and a message.
///
/// The offsets in the tree are behind the prologue of [`prologue`]'s length.
pub(crate) fn parse(masked: &Masked) -> Result<TranslationUnit, (u32, String)> {
    let mut text = prologue(masked);
    let skip = text.len();
    // The mask leaves nothing but ASCII; should that be wrong, lang-c just sees other letters.
    text.push_str(&String::from_utf8_lossy(&masked.text));
    let config = Config {
        flavor: Flavor::GnuC11,
        ..Config::with_gcc()
    };
    match parse_preprocessed(&config, text) {
        Ok(parse) => Ok(parse.unit),
        Err(error) => {
            let mut expected: Vec<_> = error.expected.into_iter().collect();
            expected.sort_unstable();
            expected.truncate(8);
            let message = format!("expected {}", expected.join(", "));
            Err((error.offset.saturating_sub(skip) as u32, message))
        }
    }
}

/// Declares the types that the function uses.
pub(crate) fn prologue(masked: &Masked) -> String {
    let mut text = format!("typedef int {}", masked.int_name as char);
    for name in &masked.types {
        text.push(',');
        text.push_str(&String::from_utf8_lossy(name));
    }
    text.push(';');
    text
}

#[cfg(test)]
mod tests;
