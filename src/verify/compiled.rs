//! Which lines of a file a compiler saw, told from what its preprocessor wrote.

use std::collections::{BTreeMap, BTreeSet};

use bstr::{BString, ByteSlice};

use crate::syntax;
use crate::text::LineIndex;

/// Lines, by file, that something was left of.
pub type Seen = BTreeMap<BString, BTreeSet<u32>>;

/// Reads the output of `cpp -dD`: text between markers such as `# 12 "mm/memory.c"`.
pub fn seen(preprocessed: &[u8]) -> Seen {
    let mut seen = Seen::new();
    let mut file = BString::default();
    let mut line = 0u32;
    for text in preprocessed.lines() {
        if let Some((number, name)) = marker(text) {
            (line, file) = (number, name);
            continue;
        }
        if !text.trim().is_empty() {
            match seen.get_mut(&file) {
                Some(lines) => drop(lines.insert(line)),
                None => drop(seen.insert(file.clone(), BTreeSet::from([line]))),
            }
        }
        line = line.saturating_add(1);
    }
    seen
}

fn marker(text: &[u8]) -> Option<(u32, BString)> {
    let rest = text.strip_prefix(b"# ")?;
    let (number, rest) = rest.split_once_str(" \"")?;
    let (name, _) = rest.split_once_str("\"")?;
    let name = name.strip_prefix(b"./").unwrap_or(name);
    Some((number.to_str().ok()?.parse().ok()?, name.into()))
}

/// Those of `lines` that hold code of which nothing was seen.
///
/// Between two conditional directives either all lines are compiled or none, so it is enough that one of them was seen: a
/// call over several lines is written as one, and a macro's body nowhere.
pub fn unseen(text: &[u8], lines: &BTreeSet<u32>, seen: Option<&BTreeSet<u32>>) -> Vec<u32> {
    let tokens = syntax::lex(text);
    let index = LineIndex::new(text);
    let mut code = BTreeSet::new();
    for token in 0..tokens.len() {
        if !tokens.kind(token).is_trivia() && !tokens.range(token).slice(text).trim().is_empty() {
            code.insert(index.line_column(tokens.range(token).start).line);
        }
    }
    let borders: Vec<u32> = (1..)
        .zip(text.lines())
        .filter(|(_, line)| is_conditional(line))
        .map(|(number, _)| number)
        .collect();
    let is_seen = |line: u32| {
        let next = borders.partition_point(|&border| border <= line);
        let from = next.checked_sub(1).map_or(0, |before| borders[before]);
        let to = borders.get(next).copied().unwrap_or(u32::MAX);
        seen.is_some_and(|seen| seen.range(from + 1..to).next().is_some())
    };
    let is_border = |line: &u32| borders.binary_search(line).is_ok();
    lines
        .iter()
        .filter(|line| code.contains(line) && !is_border(line) && !is_seen(**line))
        .copied()
        .collect()
}

fn is_conditional(line: &[u8]) -> bool {
    let Some(rest) = line.trim_start().strip_prefix(b"#") else {
        return false;
    };
    let rest = rest.trim_start();
    ["if", "el", "endif"]
        .iter()
        .any(|word| rest.starts_with(word.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_configuration_compiles_is_known() {
        let text = b"int a;\n#ifdef A\nint b(int x,\n      int y);\n#else\nint c;\n/* words */\n#endif\n#define D(x) \\\n\tx\n";
        let output = b"# 0 \"x.c\"\n# 1 \"<built-in>\"\n#define __X 1\n# 1 \"./x.c\"\nint a;\n\nint b(int x, int y);\n\n\n\n\n\n#define D(x) x\n";
        let seen = seen(output);
        let lines = (1..=10).collect();
        assert_eq!(unseen(text, &lines, seen.get(&BString::from("x.c"))), [6]);
        assert_eq!(unseen(text, &lines, None), [1, 3, 4, 6, 9, 10]);
    }
}
