//! Which lines differ.

use std::hash::Hash;
use std::ops::Range;

use rustc_hash::FxHashMap;
use similar::{Algorithm, DiffTag};

/// Lines of the old contents that give way to lines of the new contents; one of the two may be empty.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Change {
    pub(super) old: Range<usize>,
    pub(super) new: Range<usize>,
}

/// The number of line pairs that Myers' algorithm may look at in the worst case.
///
/// A bound on the input and not on the clock, so that a diff has the same bytes on a slow and on a fast machine.
const MYERS_LIMIT: usize = 4_000_000;

/// How often a part is split again at lines that are unique in it.
const SPLIT_LIMIT: usize = 8;

/// The changes from `old` to `new`, sorted; between two of them lies at least one unchanged line.
pub(super) fn changes(old: &[&[u8]], new: &[&[u8]]) -> Vec<Change> {
    let whole = trimmed(old, new, 0..old.len(), 0..new.len());
    let (old_ids, new_ids) = interned(&old[whole.old.clone()], &new[whole.new.clone()]);
    let mut found = Vec::new();
    let inner = Change {
        old: 0..old_ids.len(),
        new: 0..new_ids.len(),
    };
    compare(&old_ids, &new_ids, inner, SPLIT_LIMIT, &mut found);
    let mut merged: Vec<Change> = Vec::with_capacity(found.len());
    for change in found {
        let old = change.old.start + whole.old.start..change.old.end + whole.old.start;
        let new = change.new.start + whole.new.start..change.new.end + whole.new.start;
        match merged.last_mut() {
            Some(last) if last.old.end == old.start && last.new.end == new.start => {
                last.old.end = old.end;
                last.new.end = new.end;
            }
            _ => merged.push(Change { old, new }),
        }
    }
    merged
}

/// Without the lines that both parts begin and end with.
fn trimmed<T: PartialEq>(old: &[T], new: &[T], old_part: Range<usize>, new_part: Range<usize>) -> Change {
    let (a, b) = (&old[old_part.clone()], &new[new_part.clone()]);
    let prefix = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let (a, b) = (&a[prefix..], &b[prefix..]);
    let suffix = a
        .iter()
        .rev()
        .zip(b.iter().rev())
        .take_while(|(a, b)| a == b)
        .count();
    Change {
        old: old_part.start + prefix..old_part.end - suffix,
        new: new_part.start + prefix..new_part.end - suffix,
    }
}

/// Equal lines get equal numbers, so that each line is hashed once and compared as a number from then on.
fn interned(old: &[&[u8]], new: &[&[u8]]) -> (Vec<u32>, Vec<u32>) {
    let mut ids = FxHashMap::default();
    let mut number = |line| {
        let next = ids.len() as u32;
        *ids.entry(line).or_insert(next)
    };
    let old = old.iter().map(|&line| number(line)).collect();
    let new = new.iter().map(|&line| number(line)).collect();
    (old, new)
}

fn compare(old: &[u32], new: &[u32], part: Change, splits: usize, found: &mut Vec<Change>) {
    let part = trimmed(old, new, part.old, part.new);
    if part.old.is_empty() && part.new.is_empty() {
        return;
    }
    if part.old.is_empty() || part.new.is_empty() {
        return found.push(part);
    }
    if part.old.len().saturating_mul(part.new.len()) <= MYERS_LIMIT {
        return myers(old, new, &part, found);
    }
    let anchors = if splits == 0 {
        Vec::new()
    } else {
        anchors(&old[part.old.clone()], &new[part.new.clone()])
    };
    if anchors.is_empty() {
        return found.push(part);
    }
    let (mut old_at, mut new_at) = (part.old.start, part.new.start);
    for (old_index, new_index) in anchors {
        let (old_index, new_index) = (part.old.start + old_index, part.new.start + new_index);
        let gap = Change {
            old: old_at..old_index,
            new: new_at..new_index,
        };
        compare(old, new, gap, splits - 1, found);
        (old_at, new_at) = (old_index + 1, new_index + 1);
    }
    let rest = Change {
        old: old_at..part.old.end,
        new: new_at..part.new.end,
    };
    compare(old, new, rest, splits - 1, found);
}

fn myers(old: &[u32], new: &[u32], part: &Change, found: &mut Vec<Change>) {
    let (a, b) = (&old[part.old.clone()], &new[part.new.clone()]);
    // Only the lengths count: after similar's compaction an operation may name a place beside its own.
    let (mut old_at, mut new_at) = (part.old.start, part.new.start);
    for op in similar::capture_diff_slices(Algorithm::Myers, a, b) {
        let (tag, old, new) = op.as_tag_tuple();
        let change = Change {
            old: old_at..old_at + old.len(),
            new: new_at..new_at + new.len(),
        };
        (old_at, new_at) = (change.old.end, change.new.end);
        if tag != DiffTag::Equal {
            found.push(change);
        }
    }
}

/// Pairs of lines that occur once on each side, as many as keep their order.
fn anchors(old: &[u32], new: &[u32]) -> Vec<(usize, usize)> {
    let (old_unique, new_unique) = (unique(old), unique(new));
    let mut pairs: Vec<(usize, usize)> = old_unique
        .iter()
        .filter_map(|(id, &at)| Some((at?, (*new_unique.get(id)?)?)))
        .collect();
    pairs.sort_unstable();
    increasing(&pairs)
}

/// Where each value stands, or `None` when it occurs more than once.
fn unique<T: Hash + Eq + Copy>(lines: &[T]) -> FxHashMap<T, Option<usize>> {
    let mut places = FxHashMap::default();
    for (at, &line) in lines.iter().enumerate() {
        places
            .entry(line)
            .and_modify(|place| *place = None)
            .or_insert(Some(at));
    }
    places
}

/// The longest run of pairs whose second members increase, found by patience sorting.
fn increasing(pairs: &[(usize, usize)]) -> Vec<(usize, usize)> {
    let mut tops: Vec<usize> = Vec::new();
    let mut previous = vec![None; pairs.len()];
    for (index, pair) in pairs.iter().enumerate() {
        let pile = tops.partition_point(|&top| pairs[top].1 < pair.1);
        previous[index] = pile.checked_sub(1).map(|left| tops[left]);
        if pile == tops.len() {
            tops.push(index);
        } else {
            tops[pile] = index;
        }
    }
    let mut chain = Vec::new();
    let mut at = tops.last().copied();
    while let Some(index) = at {
        chain.push(pairs[index]);
        at = previous[index];
    }
    chain.reverse();
    chain
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Carries changes out on numbers and says whether they lead from `old` to `new`.
    fn leads(old: &[u32], new: &[u32], changes: &[Change]) -> bool {
        let mut result = Vec::new();
        let mut at = 0;
        for change in changes {
            result.extend_from_slice(&old[at..change.old.start]);
            result.extend_from_slice(&new[change.new.clone()]);
            at = change.old.end;
        }
        result.extend_from_slice(&old[at..]);
        result == new
    }

    #[test]
    fn parts_beyond_the_limit_are_split_at_unique_lines() {
        let old: Vec<u32> = (0..10_000).map(|n| if n % 3 == 0 { n } else { 1 }).collect();
        let mut new = old.clone();
        new[10] = 100_000;
        new.remove(5_000);
        new.insert(9_990, 100_001);
        let part = Change {
            old: 0..old.len(),
            new: 0..new.len(),
        };
        let mut found = Vec::new();
        compare(&old, &new, part, SPLIT_LIMIT, &mut found);
        assert!(leads(&old, &new, &found));
        assert!(
            found
                .iter()
                .map(|change| change.old.len() + change.new.len())
                .sum::<usize>()
                <= 4
        );
    }

    #[test]
    fn hostile_contents_end_soon() {
        let started = std::time::Instant::now();
        let old: Vec<u32> = (0..200_000).map(|n| n % 7).collect();
        let new: Vec<u32> = (0..200_000).map(|n| (n * 5 + n / 11) % 7).collect();
        let part = Change {
            old: 0..old.len(),
            new: 0..new.len(),
        };
        let mut found = Vec::new();
        compare(&old, &new, part, SPLIT_LIMIT, &mut found);
        assert!(leads(&old, &new, &found));
        assert!(started.elapsed().as_secs() < 20);
    }
}
