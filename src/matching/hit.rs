//! One way in which a piece of pattern fits a piece of code.

use std::rc::Rc;

use super::source::Span;
use super::value::Env;

/// A way to fit: the bindings, and which token of the pattern stands for which code.
#[derive(Clone, Debug, Default)]
pub struct Hit {
    /// What the metavariables hold.
    pub env: Env,
    /// Which marked token of the pattern stands for which tokens.
    pub trail: Trail,
}

/// Pairs of tokens, the last one first.
#[derive(Clone, Debug, Default)]
pub struct Trail(Option<Rc<Step>>);

#[derive(Debug)]
struct Step {
    pair: Pair,
    before: Trail,
}

/// A token of the pattern and what it stands for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Pair {
    /// Token of the pattern.
    pub info: u32,
    /// Tokens of the code; empty where dots stand for nothing.
    pub span: Span,
    /// The tokens serve others too and stay, even if the pattern's token is removed.
    pub keep: bool,
}

impl Trail {
    /// With one more pair.
    pub fn with(&self, pair: Pair) -> Trail {
        Trail(Some(Rc::new(Step {
            pair,
            before: self.clone(),
        })))
    }

    /// The pairs, the last one first.
    pub fn iter(&self) -> impl Iterator<Item = Pair> + '_ {
        let mut at = self.0.as_deref();
        std::iter::from_fn(move || {
            let step = at?;
            at = step.before.0.as_deref();
            Some(step.pair)
        })
    }

    /// Whether there is no pair.
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }
}

impl Drop for Trail {
    fn drop(&mut self) {
        // Step by step, as a long trail would overflow the stack otherwise.
        let mut at = self.0.take();
        while let Some(step) = at {
            match Rc::try_unwrap(step) {
                Ok(mut step) => at = step.before.0.take(),
                Err(_) => break,
            }
        }
    }
}
