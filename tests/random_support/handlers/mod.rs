//! Page-fault handlers that are written at random together with what they mean, and the comparison of two of them.

pub mod frames;
pub mod harness;
pub mod mappings;
pub mod near_misses;

/// What has to become of a handler.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Meaning {
    /// The twin gives the same for every result.
    Exact,
    /// The twin gives something else for some results, and all else stays.
    Differs,
    /// No twin does the same.
    NearMiss,
}

/// A handler, with its helpers and its operations.
pub struct Handler {
    /// What is counted by itself.
    pub shape: &'static str,
    pub meaning: Meaning,
    /// The text, in which all names begin with `PREFIX`.
    pub source: String,
}

/// What the names of each text begin with, to be replaced by something else.
pub const PREFIX: &str = "drv_";

/// A function that is written line by line.
#[derive(Clone, Default)]
pub struct Body {
    /// Return type, name and parameters.
    pub head: String,
    pub declarations: Vec<String>,
    pub lines: Vec<String>,
}

impl Body {
    pub fn new(head: impl Into<String>) -> Self {
        Self {
            head: head.into(),
            ..Self::default()
        }
    }

    pub fn declare(&mut self, line: impl Into<String>) {
        let line = line.into();
        if !self.declarations.contains(&line) {
            self.declarations.push(line);
        }
    }

    pub fn line(&mut self, line: impl Into<String>) {
        self.lines.push(line.into());
    }

    pub fn lines(&mut self, lines: impl IntoIterator<Item = String>) {
        self.lines.extend(lines);
    }

    /// The text; a line that ends with `:` and begins with no keyword is a label.
    pub fn write(&self) -> String {
        let mut text = format!("{}\n{{\n", self.head);
        for line in &self.declarations {
            text.push_str(&format!("\t{line}\n"));
        }
        if !self.declarations.is_empty() {
            text.push('\n');
        }
        for line in &self.lines {
            let is_label = line.ends_with(':')
                && line
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"_:".contains(&byte))
                && line != "default:";
            match (line.is_empty(), is_label || line.starts_with('#')) {
                (true, _) => text.push('\n'),
                (_, true) => text.push_str(&format!("{line}\n")),
                _ => text.push_str(&format!("\t{line}\n")),
            }
        }
        text.push_str("}\n");
        text
    }
}
