//! The line after `@@`: the last one above a hunk that looks like the start of a function.
//!
//! libgit2 gives hunk headers of its own, but cuts them at another length and knows no
//! `.gitattributes` for contents that lie in no work tree; so the line is looked for here, by the
//! rules that git documents in gitattributes(5) and shows in its output.

use super::attributes::DiffAttribute;

/// As much of the line as git shows, in bytes.
const SHOWN: usize = 80;

/// What a line must look like.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Driver {
    /// A letter, `_` or `$` at the start of the line.
    Plain,
    /// `diff=cpp`: the same without `$`, and no label.
    Cpp,
    /// `diff=dts`: a node, and neither a property nor a statement.
    Dts,
}

impl Driver {
    /// The driver for an attribute. Those of other languages than a kernel patch changes are not
    /// known here and show the plain line.
    pub(super) fn of(attribute: &DiffAttribute) -> Self {
        match attribute {
            DiffAttribute::Driver(name) if name == "cpp" => Self::Cpp,
            DiffAttribute::Driver(name) if name == "dts" => Self::Dts,
            _ => Self::Plain,
        }
    }

    /// The part of `line` to show if a function starts there.
    fn shown(self, line: &[u8]) -> Option<&[u8]> {
        match self {
            Self::Plain => {
                let first = *line.first()?;
                (is_word_start(first) || first == b'$').then_some(line)
            }
            Self::Cpp => is_cpp(line).then_some(line),
            Self::Dts => dts(line),
        }
    }
}

/// Finds the lines for the hunks of one file, from the first hunk to the last one.
pub(super) struct FunctionLines<'a> {
    text: &'a [u8],
    driver: Driver,
    /// Where the search of the hunk before this one began, and what it found.
    searched: (usize, Option<&'a [u8]>),
    /// The start of each line, and the end of the text.
    starts: Vec<usize>,
}

impl<'a> FunctionLines<'a> {
    pub(super) fn new(text: &'a [u8], driver: Driver) -> Self {
        let mut starts = vec![0];
        starts.extend(memchr::memchr_iter(b'\n', text).map(|at| at + 1));
        if starts.last() != Some(&text.len()) {
            starts.push(text.len());
        }
        Self {
            text,
            driver,
            searched: (0, None),
            starts,
        }
    }

    /// What to show for a hunk that starts at line `start`, from 1, of the old file.
    pub(super) fn above(&mut self, start: usize) -> &'a [u8] {
        let end = start.saturating_sub(1).min(self.starts.len() - 1);
        let (done, before) = self.searched;
        let found = (done..end).rev().find_map(|line| {
            let text = &self.text[self.starts[line]..self.starts[line + 1]];
            self.driver.shown(without_line_end(text))
        });
        let found = found.or(before);
        self.searched = (end.max(done), found);
        found.map_or(&[], cut)
    }
}

fn without_line_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// At most [`SHOWN`] bytes, up to the first one that is no character, without white space after.
fn cut(line: &[u8]) -> &[u8] {
    let mut line = &line[..line.len().min(SHOWN)];
    while let [rest @ .., b' ' | b'\t' | b'\r' | b'\n'] = line {
        line = rest;
    }
    let mut valid = match std::str::from_utf8(line) {
        Ok(text) => text,
        Err(error) => std::str::from_utf8(&line[..error.valid_up_to()]).unwrap_or_default(),
    };
    // git takes these two for no characters either.
    if let Some(at) = valid.find(['\u{fffe}', '\u{ffff}']) {
        valid = &valid[..at];
    }
    valid.as_bytes()
}

fn is_word_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_'
}

fn is_space(byte: u8) -> bool {
    byte.is_ascii_whitespace() || byte == 0x0b
}

fn is_cpp(line: &[u8]) -> bool {
    if is_label(line) {
        return false;
    }
    let line = match line.strip_prefix(b"::") {
        Some(rest) => rest.trim_ascii_start(),
        None => line,
    };
    line.first().is_some_and(|&byte| is_word_start(byte))
}

/// A jump target or an access declaration: `name:`, with nothing or a comment behind it.
fn is_label(line: &[u8]) -> bool {
    let line = trim_blanks(line);
    let length = line
        .iter()
        .position(|&byte| !byte.is_ascii_alphanumeric() && byte != b'_')
        .unwrap_or(line.len());
    if !line.first().is_some_and(|&byte| is_word_start(byte)) || line.get(length) != Some(&b':') {
        return false;
    }
    let mut rest = &line[length + 1..];
    while let [byte, after @ ..] = rest
        && is_space(*byte)
    {
        rest = after;
    }
    matches!(rest, [] | [b'/', b'/' | b'*', ..])
}

fn dts(line: &[u8]) -> Option<&[u8]> {
    if line.iter().any(|byte| matches!(byte, b';' | b'=')) {
        return None;
    }
    let line = trim_blanks(line);
    let is_node = match line {
        [b'/', rest @ ..] => trim_blanks(rest).starts_with(b"{"),
        [b'&', first, ..] | [first, ..] => is_word_start(*first),
        [] => false,
    };
    is_node.then_some(line)
}

fn trim_blanks(mut line: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] = line {
        line = rest;
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_no_functions_in_c() {
        let text = b"int f(void)\n{\nout: /* x */\nout:\n\treturn;\n$x\n";
        assert_eq!(FunctionLines::new(text, Driver::Cpp).above(6), b"int f(void)");
        assert_eq!(FunctionLines::new(text, Driver::Plain).above(6), b"out:");
        assert_eq!(FunctionLines::new(text, Driver::Plain).above(7), b"$x");
        assert_eq!(FunctionLines::new(text, Driver::Plain).above(1), b"");
    }

    #[test]
    fn a_hunk_without_one_shows_that_of_the_hunk_before() {
        let mut lines = FunctionLines::new(b"int f(void)\n1\n2\n3\n", Driver::Plain);
        assert_eq!(lines.above(2), b"int f(void)");
        assert_eq!(lines.above(4), b"int f(void)");
        assert_eq!(lines.above(400), b"int f(void)");
    }

    #[test]
    fn long_lines_are_cut_between_characters() {
        let long = format!("a{}\n", "ä".repeat(60));
        let mut lines = FunctionLines::new(long.as_bytes(), Driver::Plain);
        assert_eq!(lines.above(9).len(), 79);
        assert_eq!(
            FunctionLines::new(b"int \xe4(void)\n", Driver::Cpp).above(2),
            b"int "
        );
    }

    #[test]
    fn device_trees_show_nodes() {
        let text = b"\tsoc: bus@0 {\n\t\treg = <0>;\n";
        assert_eq!(FunctionLines::new(text, Driver::Dts).above(3), b"soc: bus@0 {");
    }
}
