//! Fills the paragraphs of a message to 75 columns.

use unicode_width::UnicodeWidthStr;

/// The columns a changelog may have.
pub(super) const COLUMNS: usize = 75;

/// One piece of a paragraph.
enum Block {
    /// Words to fill; the first line and the others start with these.
    Words(String, String, Vec<String>),
    /// A line that stays as it is.
    Verbatim(String),
}

/// Fills the text. Indented lines stay, list items get a hanging indent, several blank lines
/// become one.
pub(super) fn fill(text: &str) -> String {
    let mut paragraphs: Vec<String> = Vec::new();
    for paragraph in text.split("\n\n") {
        let lines: Vec<&str> = paragraph
            .lines()
            .map(str::trim_end)
            .filter(|line| !line.is_empty())
            .collect();
        if !lines.is_empty() {
            paragraphs.push(paragraph_of(&lines));
        }
    }
    paragraphs.join("\n\n")
}

fn paragraph_of(lines: &[&str]) -> String {
    let mut blocks: Vec<Block> = Vec::new();
    for line in lines {
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let is_indented = line.starts_with([' ', '\t']);
        match (bullet(line), blocks.last_mut()) {
            (Some(mark), _) => {
                let hanging = " ".repeat(mark.len());
                blocks.push(Block::Words(mark.to_owned(), hanging, words(&line[mark.len()..])));
            }
            (None, Some(Block::Words(mark, _, before))) if is_indented != mark.is_empty() => {
                before.extend(words(line));
            }
            (None, _) if is_indented => blocks.push(Block::Verbatim((*line).to_owned())),
            (None, _) => blocks.push(Block::Words(String::new(), String::new(), words(line))),
        }
    }
    let lines: Vec<String> = blocks.iter().map(Block::render).collect();
    lines.join("\n")
}

/// `- `, `* ` or `1. ` at the start of a line.
fn bullet(line: &str) -> Option<&str> {
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    let length = match line.as_bytes().get(digits..)? {
        [b'.' | b')', b' ', ..] if (1..4).contains(&digits) => digits + 2,
        [b'-' | b'*', b' ', ..] if digits == 0 => 2,
        _ => return None,
    };
    Some(&line[..length])
}

impl Block {
    fn render(&self) -> String {
        let (first, others, words) = match self {
            Self::Verbatim(line) => return line.clone(),
            Self::Words(first, others, words) => (first, others, words),
        };
        let mut text = first.clone();
        let mut width = first.len();
        let mut is_start = true;
        let mut rest = words.as_slice();
        while !rest.is_empty() {
            // A word that would mean something to git at the start of a line stays with the one
            // before it.
            let glued = rest[1..].iter().take_while(|word| means_something(word));
            let (unit, after) = rest.split_at(1 + glued.count());
            let unit = unit.join(" ");
            let columns = unit.width();
            if !is_start && width + 1 + columns > COLUMNS {
                text.push('\n');
                text.push_str(others);
                width = others.len();
            } else if !is_start {
                text.push(' ');
                width += 1;
            }
            text.push_str(&unit);
            width += columns;
            is_start = false;
            rest = after;
        }
        text
    }
}

/// Whether git, or an editor's comment rule, takes a line that starts so for something else.
fn means_something(word: &str) -> bool {
    matches!(word, "From" | ">From" | "diff" | "Index:" | "-" | "*")
        || word.starts_with("---")
        || word.starts_with('#')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_are_filled_and_lists_hang() {
        let text = "one\ntwo\n\n\n\n- item with\n  more\n- b\n\n\tcode  stays\n\t\tas it is\n";
        assert_eq!(
            fill(text),
            "one two\n\n- item with more\n- b\n\n\tcode  stays\n\t\tas it is"
        );
        let long = format!("- {}", "word ".repeat(30));
        let filled = fill(&long);
        assert!(filled.lines().all(|line| line.len() <= COLUMNS));
        assert!(filled.lines().skip(1).all(|line| line.starts_with("  word")));
    }

    #[test]
    fn no_line_starts_with_a_word_that_git_knows() {
        for word in ["From", "---", "diff", "#if", "Index:"] {
            for length in 60..80 {
                let filled = fill(&format!("{} {word} x", "a".repeat(length)));
                assert!(filled.lines().all(|line| !line.starts_with(word)), "{filled}");
            }
        }
    }

    #[test]
    fn long_words_are_left_whole() {
        let word = "x".repeat(100);
        assert_eq!(fill(&format!("a {word} b")), format!("a\n{word}\nb"));
    }
}
