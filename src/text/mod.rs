//! Ranges of bytes and the line index: where things are in a file.

/// A half-open range of bytes in one file. Files are limited to 4 GiB by construction.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Default)]
pub struct TextRange {
    /// First byte, counted from 0.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl TextRange {
    /// The range from `start` up to but not including `end`.
    pub fn new(start: u32, end: u32) -> Self {
        debug_assert!(start <= end);
        Self { start, end }
    }

    /// Length in bytes.
    pub fn len(self) -> u32 {
        self.end - self.start
    }

    /// Whether the range holds no byte.
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// Whether `offset` lies inside.
    pub fn contains(self, offset: u32) -> bool {
        self.start <= offset && offset < self.end
    }

    /// Whether all of `other` lies inside.
    pub fn contains_range(self, other: TextRange) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// The bytes of `text` in this range.
    pub fn slice(self, text: &[u8]) -> &[u8] {
        &text[self.start as usize..self.end as usize]
    }
}

/// Whether a simple escape sequence of a literal, such as the `\n` of `"\nword"`, ends right before `at`.
pub fn is_behind_escape(text: &[u8], at: usize) -> bool {
    let Some(before) = at.checked_sub(1).map(|end| &text[..end]) else {
        return false;
    };
    let letter = matches!(
        text.get(before.len()),
        Some(b'a' | b'b' | b'e' | b'f' | b'n' | b'r' | b't' | b'v' | b'0')
    );
    letter && before.iter().rev().take_while(|&&byte| byte == b'\\').count() % 2 == 1
}

/// A place as people write it: line and column count from 1, the column in bytes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct LineColumn {
    /// Line, from 1.
    pub line: u32,
    /// Column in bytes, from 1.
    pub column: u32,
}

/// Offsets of the line starts of one file.
#[derive(Clone, Debug)]
pub struct LineIndex {
    starts: Vec<u32>,
    len: u32,
}

impl LineIndex {
    /// Indexes `text`; a line ends after its `\n`.
    pub fn new(text: &[u8]) -> Self {
        let mut starts = vec![0];
        starts.extend(memchr::memchr_iter(b'\n', text).map(|at| at as u32 + 1));
        Self {
            starts,
            len: text.len() as u32,
        }
    }

    /// Line and column of a byte offset; an offset past the end gives the end.
    pub fn line_column(&self, offset: u32) -> LineColumn {
        let offset = offset.min(self.len);
        let line = self.starts.partition_point(|&start| start <= offset);
        LineColumn {
            line: line as u32,
            column: offset - self.starts[line - 1] + 1,
        }
    }

    /// The bytes of a line, from 1, with its line break; `None` past the last line.
    pub fn line_range(&self, line: u32) -> Option<TextRange> {
        let index = line.checked_sub(1)? as usize;
        let start = *self.starts.get(index)?;
        let end = self.starts.get(index + 1).copied().unwrap_or(self.len);
        Some(TextRange::new(start, end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_escape_is_no_part_of_the_word_behind_it() {
        assert!(is_behind_escape(b"\\nword", 2));
        assert!(!is_behind_escape(b"\\\\nword", 3));
        assert!(!is_behind_escape(b"nword", 1));
        assert!(!is_behind_escape(b"word", 0));
    }

    #[test]
    fn lines_and_columns_count_from_one() {
        let index = LineIndex::new(b"ab\ncd\n");
        assert_eq!(index.line_column(0), LineColumn { line: 1, column: 1 });
        assert_eq!(index.line_column(4), LineColumn { line: 2, column: 2 });
        assert_eq!(index.line_column(99), LineColumn { line: 3, column: 1 });
        assert_eq!(index.line_range(2), Some(TextRange::new(3, 6)));
        assert_eq!(index.line_range(4), None);
    }
}
