//! The edit set: what changes in one file, and where the rest of it goes.

use crate::text::TextRange;

/// One replacement.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Edit {
    /// The bytes that go.
    pub range: TextRange,
    /// What comes in their place.
    pub text: Vec<u8>,
}

/// Edits of one file.
///
/// Invariant: sorted by range and disjoint; two insertions at the same place keep their order.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct EditSet {
    edits: Vec<Edit>,
    /// For each edit, by how many bytes the edits before it move what follows them.
    shifts: Vec<i64>,
}

/// Two edits want to change the same bytes.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("two edits overlap at bytes {}..{}", .0.start, .0.end)]
pub struct Overlap(pub TextRange);

/// Which side of an insertion an offset belongs to that lies exactly at it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Bias {
    /// Before the new text.
    Before,
    /// After the new text.
    After,
}

/// Collects edits in any order.
#[derive(Clone, Debug, Default)]
pub struct EditSetBuilder {
    edits: Vec<Edit>,
}

impl EditSetBuilder {
    /// A builder without edits.
    pub fn new() -> Self {
        Self::default()
    }

    /// Replaces a range.
    pub fn replace(&mut self, range: TextRange, text: impl Into<Vec<u8>>) -> &mut Self {
        self.edits.push(Edit {
            range,
            text: text.into(),
        });
        self
    }

    /// Inserts text in front of the byte at `offset`.
    pub fn insert(&mut self, offset: u32, text: impl Into<Vec<u8>>) -> &mut Self {
        self.replace(TextRange::new(offset, offset), text)
    }

    /// Removes a range.
    pub fn delete(&mut self, range: TextRange) -> &mut Self {
        self.replace(range, Vec::new())
    }

    /// Adds the edits of another set.
    pub fn extend(&mut self, set: EditSet) -> &mut Self {
        self.edits.extend(set.edits);
        self
    }

    /// Sorts the edits, and refuses two that change the same bytes.
    pub fn finish(self) -> Result<EditSet, Overlap> {
        EditSet::new(self.edits)
    }
}

impl EditSet {
    /// Sorts `edits` and refuses two that change the same bytes; an insertion may touch the border of a replacement, but
    /// not lie inside of it.
    pub fn new(mut edits: Vec<Edit>) -> Result<Self, Overlap> {
        edits.retain(|edit| !(edit.range.is_empty() && edit.text.is_empty()));
        // The sort is stable, which keeps insertions at the same place in the order in which they came.
        edits.sort_by_key(|edit| (edit.range.start, edit.range.end));
        for pair in edits.windows(2) {
            if pair[1].range.start < pair[0].range.end {
                let end = pair[0].range.end.min(pair[1].range.end);
                return Err(Overlap(TextRange::new(pair[1].range.start, end)));
            }
        }
        let mut shift = 0;
        let shifts = edits
            .iter()
            .map(|edit| {
                let before = shift;
                shift += edit.text.len() as i64 - i64::from(edit.range.len());
                before
            })
            .collect();
        Ok(Self { edits, shifts })
    }

    /// The edits, sorted.
    pub fn edits(&self) -> &[Edit] {
        &self.edits
    }

    /// The edits that change bytes of `range` or insert inside of it.
    pub fn edits_in(&self, range: TextRange) -> &[Edit] {
        let first = self.edits.partition_point(|edit| edit.range.end <= range.start);
        let end = self.edits.partition_point(|edit| edit.range.start < range.end);
        self.edits.get(first..end).unwrap_or_default()
    }

    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        self.edits.is_empty()
    }

    /// Carries the edits out.
    ///
    /// # Panics
    /// When an edit lies outside of `text`, that is, when the set was made for another file.
    pub fn apply(&self, text: &[u8]) -> Vec<u8> {
        let added: usize = self.edits.iter().map(|edit| edit.text.len()).sum();
        let mut result = Vec::with_capacity(text.len() + added);
        let mut done = 0;
        for edit in &self.edits {
            result.extend_from_slice(&text[done..edit.range.start as usize]);
            result.extend_from_slice(&edit.text);
            done = edit.range.end as usize;
        }
        result.extend_from_slice(&text[done..]);
        result
    }

    /// Where an offset of the old text is in the new text.
    ///
    /// An offset inside of a replaced range goes to the start or the end of the new text, as `bias` says; so does one
    /// that lies exactly at an insertion. The borders of a replaced range stay its borders.
    pub fn map_offset(&self, offset: u32, bias: Bias) -> u32 {
        let Some(last) = self.edits.last() else {
            return offset;
        };
        let first = self.edits.partition_point(|edit| edit.range.end < offset);
        let behind_all =
            || self.shifts.last().unwrap_or(&0) + last.text.len() as i64 - i64::from(last.range.len());
        let mut shift = self.shifts.get(first).copied().unwrap_or_else(behind_all);
        for edit in &self.edits[first..] {
            let Edit { range, text } = edit;
            let length = text.len() as i64;
            if range.start > offset || (range.start == offset && !range.is_empty()) {
                break;
            }
            if range.end <= offset && !(range.is_empty() && range.start == offset) {
                shift += length - i64::from(range.len());
                continue;
            }
            match bias {
                Bias::Before => return (i64::from(range.start) + shift) as u32,
                Bias::After if range.is_empty() => shift += length,
                Bias::After => return (i64::from(range.start) + shift + length) as u32,
            }
        }
        (i64::from(offset) + shift) as u32
    }

    /// The range of the new text that holds what became of `range`; insertions at its borders stay outside.
    pub fn map_range(&self, range: TextRange) -> TextRange {
        let start = self.map_offset(range.start, Bias::After);
        let end = self.map_offset(range.end, Bias::Before);
        TextRange::new(start.min(end), end.max(start))
    }

    /// The ranges of the new text that the edits wrote, sorted.
    pub fn written(&self) -> Vec<TextRange> {
        self.edits
            .iter()
            .zip(&self.shifts)
            .map(|(edit, shift)| {
                let start = (i64::from(edit.range.start) + shift) as u32;
                TextRange::new(start, start + edit.text.len() as u32)
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn range(start: u32, end: u32) -> TextRange {
        TextRange::new(start, end)
    }

    #[test]
    fn edits_are_sorted_and_applied() {
        let mut builder = EditSetBuilder::new();
        builder
            .replace(range(6, 11), "there")
            .insert(0, "oh, ")
            .insert(0, "well: ")
            .delete(range(5, 6));
        let set = builder.finish().unwrap();
        assert_eq!(set.apply(b"hello world"), b"oh, well: hellothere");
        assert_eq!(set.written()[2..], [range(15, 15), range(15, 20)]);
    }

    #[test]
    fn overlaps_are_refused_with_their_place() {
        let mut builder = EditSetBuilder::new();
        builder.replace(range(4, 9), "x").replace(range(2, 5), "y");
        assert_eq!(builder.finish(), Err(Overlap(range(4, 5))));
        let mut inside = EditSetBuilder::new();
        inside.replace(range(4, 9), "x").insert(6, "y");
        assert!(inside.finish().is_err());
        let mut borders = EditSetBuilder::new();
        borders.replace(range(4, 9), "x").insert(4, "<").insert(9, ">");
        assert_eq!(borders.finish().unwrap().apply(b"0123456789"), b"0123<x>9");
    }

    #[test]
    fn offsets_are_mapped() {
        let mut builder = EditSetBuilder::new();
        builder.replace(range(2, 5), "longer").insert(7, "++");
        let set = builder.finish().unwrap();
        // 01[longer]56++789
        for (old, before, after) in [
            (0, 0, 0),
            (2, 2, 2),
            (3, 2, 8),
            (5, 8, 8),
            (7, 10, 12),
            (8, 13, 13),
        ] {
            assert_eq!(set.map_offset(old, Bias::Before), before, "{old}");
            assert_eq!(set.map_offset(old, Bias::After), after, "{old}");
        }
        assert_eq!(set.map_range(range(2, 5)), range(2, 8));
        assert_eq!(set.map_range(range(5, 7)), range(8, 10));
    }

    fn disjoint() -> impl Strategy<Value = (Vec<u8>, Vec<Edit>)> {
        let piece = (0..4u32, 0..4u32, prop::collection::vec(any::<u8>(), 0..4));
        prop::collection::vec(piece, 0..8).prop_flat_map(|pieces| {
            let mut at = 0;
            let mut edits = Vec::new();
            for (gap, length, text) in pieces {
                edits.push(Edit {
                    range: range(at + gap + 1, at + gap + 1 + length),
                    text,
                });
                at += gap + 1 + length;
            }
            let text = prop::collection::vec(any::<u8>(), at as usize + 1);
            (text, Just(edits).prop_shuffle())
        })
    }

    proptest! {
        #[test]
        fn untouched_bytes_are_found_where_the_map_says((text, edits) in disjoint()) {
            let set = EditSet::new(edits).unwrap();
            let new = set.apply(&text);
            for (at, byte) in text.iter().enumerate() {
                if set.edits().iter().all(|edit| !edit.range.contains(at as u32)) {
                    let to = set.map_offset(at as u32, Bias::After) as usize;
                    prop_assert_eq!(new.get(to), Some(byte));
                }
            }
            for (edit, written) in set.edits().iter().zip(set.written()) {
                prop_assert_eq!(written.slice(&new), &edit.text[..]);
            }
        }
    }
}
