//! What any rewrite must hold to: no byte outside of the edits changes, what could be parsed still can be, and doing it
//! once more changes nothing.

use crate::diagnostics::{Diagnostic, Severity};
use crate::edit::EditSet;
use crate::syntax::{NodeId, SyntaxKind, Tree};
use crate::text::TextRange;

/// A byte differs where no edit allows it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "byte {after} of the new text differs from byte {before} of the old text, where no edit was asked for"
)]
pub struct Touched {
    /// Offset in the old text.
    pub before: u32,
    /// Offset in the new text.
    pub after: u32,
}

/// Proves that `after` is `before` outside of the edits, and the edits' own texts inside of them.
pub fn untouched(before: &[u8], after: &[u8], edits: &EditSet) -> Result<(), Touched> {
    let (mut old, mut new) = (0, 0);
    for edit in edits.edits() {
        let start = edit.range.start as usize;
        same(before, after, &mut old, &mut new, start)?;
        let written = after.get(new..new + edit.text.len());
        if written != Some(&edit.text[..]) {
            return Err(touched(old, new));
        }
        old = edit.range.end as usize;
        new += edit.text.len();
    }
    same(before, after, &mut old, &mut new, before.len())?;
    if new == after.len() {
        Ok(())
    } else {
        Err(touched(old, new))
    }
}

/// Compares up to an offset of the old text, and moves on.
fn same(before: &[u8], after: &[u8], old: &mut usize, new: &mut usize, end: usize) -> Result<(), Touched> {
    let (Some(a), rest) = (before.get(*old..end), after.get(*new..).unwrap_or_default()) else {
        return Err(touched(*old, *new));
    };
    let length = a.iter().zip(rest).take_while(|(a, b)| a == b).count();
    *old += length;
    *new += length;
    if length == a.len() {
        Ok(())
    } else {
        Err(touched(*old, *new))
    }
}

fn touched(before: usize, after: usize) -> Touched {
    Touched {
        before: before as u32,
        after: after as u32,
    }
}

/// The parts of the tree `after` that can't be parsed though they could be `before` the edits, sorted.
pub fn newly_opaque(before: &Tree, after: &Tree, edits: &EditSet) -> Vec<TextRange> {
    let known: Vec<TextRange> = opaque(before).map(|range| edits.map_range(range)).collect();
    let old = |range: &TextRange| {
        let index = known.partition_point(|known| known.end < range.end);
        known.get(index).is_some_and(|known| known.contains_range(*range))
    };
    opaque(after).filter(|range| !old(range)).collect()
}

/// The outermost opaque nodes, sorted.
fn opaque(tree: &Tree) -> impl Iterator<Item = TextRange> + '_ {
    let mut end = 0;
    tree.descendants(NodeId::ROOT)
        .filter(|&node| tree.kind(node) == SyntaxKind::Opaque)
        .filter_map(move |node| {
            let range = tree.range(node);
            let outermost = range.start >= end;
            end = end.max(range.end);
            outermost.then_some(range)
        })
}

/// Runs a rewrite on its own result: it must find nothing left to do. Gives the offset where it did something.
pub fn settles(after: &[u8], rewrite: impl FnOnce(&[u8]) -> Vec<u8>) -> Result<(), u32> {
    let again = rewrite(after);
    if again == after {
        return Ok(());
    }
    Err(after.iter().zip(&again).take_while(|(a, b)| a == b).count() as u32)
}

/// The message for a part that can't be parsed any more.
pub fn opaque_diagnostic(range: TextRange) -> Diagnostic {
    Diagnostic::new(
        Severity::Error,
        "newly-unparsed",
        "after the change, this can't be parsed any more",
    )
    .at(range, "")
    .help("don't use this change of the file, and report this as a bug of respin")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::edit::EditSetBuilder;
    use crate::syntax::{Names, parse};

    fn edits(list: &[(u32, u32, &str)]) -> EditSet {
        let mut builder = EditSetBuilder::new();
        for &(start, end, text) in list {
            builder.replace(TextRange::new(start, end), text);
        }
        builder.finish().unwrap()
    }

    #[test]
    fn only_the_edits_may_change_bytes() {
        let set = edits(&[(1, 2, "XY"), (4, 4, "-")]);
        let check = |after: &str| untouched(b"abcdef", after.as_bytes(), &set);
        assert_eq!(check("aXYcd-ef"), Ok(()));
        for (after, place) in [
            ("aXYcd-eg", 7),
            ("aXYcd-e", 7),
            ("aXYcd-ef ", 8),
            ("aXZcd-ef", 1),
            ("aXYc-ef", 4),
            ("", 0),
        ] {
            assert_eq!(
                check(after).map_err(|touched| touched.after),
                Err(place),
                "{after}"
            );
        }
        assert!(untouched(b"ab", b"ab", &edits(&[(1, 9, "b")])).is_err());
    }

    #[test]
    fn what_could_be_parsed_still_can_be() {
        let before = b"int f(void)\n{\n\told(1);\n\tx = ) 2;\n}\nint y = old(1);\n";
        let at = |text: &[u8], name: &[u8]| memchr::memmem::find(text, name).unwrap() as u32;
        let start = at(before, b"old(1);\n\t");
        let fine = edits(&[(start, start + 3, "brand_new")]);
        let opaque = |edits: &EditSet| {
            let [old, new] = [before, &edits.apply(before)[..]].map(|text| parse(text, &Names::new()));
            newly_opaque(&old, &new, edits)
        };
        assert_eq!(opaque(&fine), []);
        let broken = edits(&[(start, start + 3, "a @ ]")]);
        let found = opaque(&broken);
        assert!(
            !found.is_empty() && found[0].end < at(&broken.apply(before), b"x = )"),
            "{found:?}"
        );
    }

    #[test]
    fn a_rewrite_settles() {
        let replaced = |text: &[u8]| String::from_utf8_lossy(text).replace("aa", "a").into_bytes();
        assert_eq!(settles(b"ba", replaced), Ok(()));
        assert_eq!(settles(b"xaaa", replaced), Err(3));
    }

    proptest! {
        #[test]
        fn what_apply_does_is_allowed(
            text in prop::collection::vec(any::<u8>(), 0..60),
            cuts in prop::collection::vec((0..60u32, "[a-c]{0,3}"), 0..6),
        ) {
            let mut builder = EditSetBuilder::new();
            let mut places: Vec<u32> = cuts.iter().map(|(at, _)| (*at).min(text.len() as u32)).collect();
            places.sort_unstable();
            for (pair, (_, new)) in places.chunks(2).zip(&cuts) {
                builder.replace(TextRange::new(pair[0], *pair.last().unwrap()), new.as_bytes());
            }
            let set = builder.finish().unwrap();
            prop_assert_eq!(untouched(&text, &set.apply(&text), &set), Ok(()));
        }
    }
}
