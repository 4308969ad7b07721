//! Colours, and how text that came from a tree is made harmless for a terminal.

use std::borrow::Cow;
use std::fmt::Write;

use anstyle::{AnsiColor, Style};

/// Styles for one stream; without colours all of them are empty.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Paint {
    /// Whether the stream takes colours.
    pub colored: bool,
}

impl Paint {
    fn style(self, style: Style) -> Style {
        if self.colored { style } else { Style::new() }
    }

    /// Headings and names.
    pub fn strong(self) -> Style {
        self.style(Style::new().bold())
    }

    /// What is less important than the rest.
    pub fn faint(self) -> Style {
        self.style(Style::new().dimmed())
    }

    /// Added lines, and what went well.
    pub fn good(self) -> Style {
        self.style(AnsiColor::Green.on_default())
    }

    /// Removed lines, and what failed.
    pub fn bad(self) -> Style {
        self.style(AnsiColor::Red.on_default())
    }

    /// Line numbers of hunks.
    pub fn place(self) -> Style {
        self.style(AnsiColor::Cyan.on_default())
    }

    /// What wants to be looked at.
    pub fn notice(self) -> Style {
        self.style(AnsiColor::Yellow.on_default())
    }
}

/// `text` with control characters made visible, so that neither a file nor its name can speak to the terminal.
/// Tabs stay.
pub fn visible(text: &[u8]) -> Cow<'_, str> {
    let text = String::from_utf8_lossy(text);
    if !text.chars().any(is_hidden) {
        return text;
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if is_hidden(c) {
            // Writing to a string can't fail.
            let _ = write!(shown, "{}", c.escape_unicode());
        } else {
            shown.push(c);
        }
    }
    Cow::Owned(shown)
}

/// Control characters, and those that change the direction in which text is shown.
fn is_hidden(c: char) -> bool {
    (c.is_control() && c != '\t') || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::visible;

    #[test]
    fn nothing_speaks_to_the_terminal() {
        assert_eq!(visible(b"a\tb"), "a\tb");
        assert_eq!(visible(b"a\x1b[31m\xff"), "a\\u{1b}[31m\u{fffd}");
        assert_eq!(visible("\u{202e}x".as_bytes()), "\\u{202e}x");
    }
}
