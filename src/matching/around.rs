//! Whether a place that changes is come to through the begin of a match only.
//!
//! Where another way leads there, code would change that the rule does not match on that way. spatch calls such ways
//! inconsistent, and gives the file up.

use rustc_hash::{FxHashMap, FxHashSet};

use super::check::Leaf;
use super::value::Env;
use super::ways::{StateId, Ways};

/// Matches are given up one after the other, as one may have covered a way to what another changes; after that many
/// rounds all that are left go.
const MAX_ROUNDS: usize = 50;

/// One match of a rule in a function.
#[derive(Debug)]
pub(super) struct Match {
    /// Where it begins.
    pub start: StateId,
    /// What the metavariables hold that matter outside of it.
    pub env: Env,
    /// What it changes.
    pub changes: Vec<Leaf>,
}

/// The matches that can't be carried out, by their number, each with a state that a way leads to around all of the
/// matches that change it.
pub(super) fn passed_around(ways: &Ways, matches: &[Match]) -> FxHashMap<usize, StateId> {
    let mut dropped = FxHashMap::default();
    for round in 0.. {
        let mut starts: FxHashMap<StateId, Vec<StateId>> = FxHashMap::default();
        let left = || (0..matches.len()).filter(|index| !dropped.contains_key(index));
        for one in left().map(|index| &matches[index]) {
            for change in &one.changes {
                starts.entry(change.state).or_default().push(one.start);
            }
        }
        let mut known: FxHashMap<Vec<StateId>, Vec<bool>> = FxHashMap::default();
        let mut open: FxHashSet<StateId> = FxHashSet::default();
        for (state, mut starts) in starts {
            starts.sort_unstable();
            starts.dedup();
            let reached = known
                .entry(starts)
                .or_insert_with_key(|starts| ways.reached_past(starts));
            if reached[state as usize] {
                open.insert(state);
            }
        }
        if open.is_empty() {
            break;
        }
        let is_open = |change: &&Leaf| open.contains(&change.state) || round > MAX_ROUNDS;
        let news: Vec<(usize, StateId)> = left()
            .filter_map(|index| Some((index, matches[index].changes.iter().find(is_open)?.state)))
            .collect();
        dropped.extend(news);
    }
    dropped
}
