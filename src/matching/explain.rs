//! Why a rule matches, or does not match, what begins on one line.

use std::sync::Arc;

use rustc_hash::FxHashSet;

use crate::text::TextRange;

use super::branch::Branch;
use super::engine::{Engine, Outcome, Scripts};
use super::miss::{Miss, Watch};
use super::run::RuleRun;

/// What a rule has to say of a line.
#[derive(Clone, Debug)]
pub struct Explained {
    /// The number of the rule.
    pub rule: usize,
    /// What became of it.
    pub fate: Fate,
}

/// What became of a rule.
#[derive(Clone, Debug)]
pub enum Fate {
    /// It matches what begins on the line.
    Matches,
    /// It is not run, for this reason.
    NotRun(&'static str),
    /// It does not match; what got furthest, and what a `when` of the rule forbids.
    Misses(Vec<Near>),
}

/// A token of the rule and what stands there in the code.
#[derive(Clone, Debug)]
pub struct Near {
    /// The token, in the file of rules.
    pub rule: TextRange,
    /// The code, in the text as it was given.
    pub code: TextRange,
    /// What is wrong, as a sentence without a period.
    pub why: String,
}

impl Engine {
    /// Runs the rules on one file, up to the first one that changes it, and says what each has to do with a line.
    pub fn explain(
        &self,
        path: &str,
        text: Arc<[u8]>,
        line: u32,
        scripts: &mut dyn Scripts,
    ) -> Vec<Explained> {
        self.run_asked(path, text, scripts, Some(line)).1
    }
}

impl RuleRun<'_> {
    /// What the rule has to do with a line.
    pub(super) fn explain(&self, branches: &[Branch], ever: &FxHashSet<String>, line: u32) -> Fate {
        let watch = Watch::new(line);
        let mut not_run = Some("what it depends on does not hold");
        let places = self.places_by_env(branches);
        for branch in branches {
            let depends = self.rule.depends.as_ref();
            if depends.is_some_and(|depends| !self.engine.holds(depends, branch, ever, self.path)) {
                continue;
            }
            let Some(env) = self.inherited(branch) else {
                not_run = not_run.map(|_| "a rule that it takes metavariables from found nothing");
                continue;
            };
            not_run = None;
            let found = self.matches(&env, &places, &mut Outcome::default(), Some(&watch));
            if !found.envs.is_empty() {
                return Fate::Matches;
            }
        }
        if let Some(reason) = not_run {
            return Fate::NotRun(reason);
        }
        let (nearest, ruled_out) = watch.into_found();
        let near = [nearest, ruled_out].into_iter().flatten();
        Fate::Misses(near.map(|miss| self.near(miss)).collect())
    }

    fn near(&self, miss: Miss) -> Near {
        Near {
            rule: self.body.tokens[miss.info as usize].range,
            code: self.source.range(miss.span),
            why: miss.why,
        }
    }
}
