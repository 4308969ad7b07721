//! Reads MAINTAINERS line by line into sections; a broken line costs itself only.

use std::sync::OnceLock;

use bstr::{BStr, BString, ByteSlice};
use regex::bytes::Regex;

use super::Maintainers;
use super::address::{Address, Mailmap, split_list};
use super::pattern::{PathPattern, compile, translate};
use crate::diagnostics::{Diagnostic, Severity};
use crate::text::TextRange;

/// The longest line that is read; the longest one of a real kernel has 170 bytes.
const MOST_LINE: usize = 10_000;

/// The largest file that is read; a real one has 0.7 MB.
const MOST_FILE: usize = 64 << 20;

/// Regular expressions that are compiled; a real kernel has 170.
const MOST_EXPRESSIONS: usize = 2000;

/// Diagnostics that are given; whoever has more of them has another kind of file.
const MOST_DIAGNOSTICS: usize = 50;

/// What differs between the scripts of several kernels.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Dialect {
    /// `-f` looks for `K:` in the contents of a file; scripts since 6.8 do so on request only.
    pub keywords_in_files: bool,
    /// The role of who was found by `K:` names the pattern; since 6.8.
    pub keyword_in_role: bool,
    /// Names found inside of files are cleaned of punctuation; since 6.8.
    pub tidy_names: bool,
}

impl Dialect {
    /// What a tree's own script does; without one, what today's does.
    pub fn of_script(script: Option<&[u8]>) -> Self {
        let has = |text: &str| script.is_none_or(|script| script.contains_str(text));
        Self {
            keywords_in_files: !has("keywords-in-file"),
            keyword_in_role: has("keywords-in-file"),
            tidy_names: has("stray punctuation"),
        }
    }
}

/// One entry of MAINTAINERS: a title and what is said about it.
#[derive(Debug)]
pub struct Section {
    /// The line above the first typed line.
    pub title: BString,
    /// Line of the first typed line, from 1.
    pub line: u32,
    /// What `S:` says, as it stands there; the last one counts.
    pub status: Option<BString>,
    pub(super) rules: Vec<Rule>,
    pub(super) contacts: Vec<Entry>,
}

impl Section {
    /// Whether somebody is named who applies patches, and has not given it up.
    pub fn is_cared_for(&self) -> bool {
        let given_up = self.status.as_ref().is_some_and(|status| {
            status.eq_ignore_ascii_case(b"orphan") || status.eq_ignore_ascii_case(b"obsolete")
        });
        let maintainer = |entry: &Entry| matches!(entry, Entry::Maintainer(people) if !people.is_empty());
        !given_up && self.contacts.iter().any(maintainer)
    }
}

/// What decides whether a section is about a path.
#[derive(Debug)]
pub(super) enum Rule {
    /// `F:`
    Path(PathPattern),
    /// `X:`
    Except(PathPattern),
    /// `N:`
    Name(Regex),
}

/// Who is named, in the order of the file.
#[derive(Debug)]
pub(super) enum Entry {
    /// `M:`, split into addresses.
    Maintainer(Vec<Address>),
    /// `R:`, split into addresses.
    Reviewer(Vec<Address>),
    /// `L:`: the list, and what is said about it in parentheses.
    List(BString, BString),
}

/// A `K:` line.
#[derive(Debug)]
pub(super) struct Keyword {
    pub section: usize,
    /// As it stands in the file.
    pub text: BString,
    /// As it applies to a file, and to what stands in front of a patch.
    pub regex: Regex,
    /// As it applies to a line of a patch.
    pub in_patch: Regex,
}

impl Maintainers {
    /// Reads the text of MAINTAINERS.
    ///
    /// `is_directory` says whether the tree has a folder of that name: `F: mm` is then read as `F: mm/`.
    pub fn parse(
        text: &[u8],
        dialect: Dialect,
        is_directory: &dyn Fn(&BStr) -> bool,
    ) -> (Self, Vec<Diagnostic>) {
        let mut parser = Parser {
            sections: Vec::new(),
            keywords: Vec::new(),
            title: BString::default(),
            in_section: false,
            entries: 0,
            expressions: 0,
            diagnostics: Vec::new(),
            unsaid: 0,
            is_directory,
        };
        let text = if text.len() > MOST_FILE {
            let message = format!("MAINTAINERS is larger than {} MiB", MOST_FILE >> 20);
            parser.say(
                "maintainers-too-large",
                message,
                TextRange::default(),
                "the rest of it is not read",
            );
            &text[..MOST_FILE]
        } else {
            text
        };
        let mut start = 0;
        for (number, line) in text.lines_with_terminator().enumerate() {
            parser.line(number, start, line);
            start += line.len();
        }
        parser.finish(dialect)
    }

    /// Adds .mailmap, by which people are known under their present address.
    pub fn with_mailmap(mut self, text: &[u8]) -> Self {
        self.mailmap = Mailmap::parse(text);
        self
    }

    /// The sections in the order of the file.
    pub fn sections(&self) -> &[Section] {
        &self.sections
    }
}

struct Parser<'a> {
    sections: Vec<Section>,
    /// With the number of its entry in the file.
    keywords: Vec<(usize, Keyword)>,
    title: BString,
    in_section: bool,
    /// Lines that are neither blank nor comments.
    entries: usize,
    expressions: usize,
    diagnostics: Vec<Diagnostic>,
    unsaid: usize,
    is_directory: &'a dyn Fn(&BStr) -> bool,
}

impl Parser<'_> {
    fn say(&mut self, code: &'static str, message: String, range: TextRange, help: &str) {
        if self.diagnostics.len() == MOST_DIAGNOSTICS {
            self.unsaid += 1;
            return;
        }
        self.diagnostics.push(
            Diagnostic::new(Severity::Warning, code, message)
                .in_file("MAINTAINERS")
                .at(range, "")
                .help(help),
        );
    }

    fn line(&mut self, number: usize, start: usize, line: &[u8]) {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        // A file is at most 64 MiB, so that offsets fit.
        let range = TextRange::new(start as u32, (start + line.len()) as u32);
        if line.len() > MOST_LINE {
            let message = format!("line {} has {} bytes", number + 1, line.len());
            self.say(
                "maintainers-long-line",
                message,
                range,
                "it is skipped; split it into several lines",
            );
            return;
        }
        match line {
            [letter @ b'A'..=b'Z', b':', value @ ..] => {
                if !self.in_section {
                    self.in_section = true;
                    self.sections.push(Section {
                        title: std::mem::take(&mut self.title),
                        line: number as u32 + 1,
                        status: None,
                        rules: Vec::new(),
                        contacts: Vec::new(),
                    });
                }
                if let Err(problem) = self.entry(*letter, value.trim_ascii_start().as_bstr()) {
                    self.say(
                        "maintainers-entry",
                        format!(
                            "line {} of MAINTAINERS is ignored: {problem}",
                            number + 1
                        ),
                        range,
                        "the other lines of its section count; correct the line, or add the people by hand in recipients.toml",
                    );
                }
                self.entries += 1;
            }
            _ if line.trim_ascii().is_empty() || line.trim_ascii_start().starts_with(b"#") => {}
            _ => {
                self.in_section = false;
                self.title = line.into();
                self.entries += 1;
            }
        }
    }

    fn entry(&mut self, letter: u8, value: &BStr) -> Result<(), String> {
        let index = self.sections.len() - 1;
        let rule = match letter {
            b'F' | b'X' if value.is_empty() => return Err("it names no path".to_owned()),
            b'F' => Rule::Path(self.path(value)?),
            b'X' => Rule::Except(self.path(value)?),
            b'N' => Rule::Name(self.expression(value)?.0),
            b'K' => {
                let (regex, translated) = self.expression(value)?;
                // Put together as text, as the script does it: of `a|b` only `a` is held to changed lines.
                let in_patch = compile(&format!(r"\A[+-].*{translated}"))?;
                let keyword = Keyword {
                    section: index,
                    text: value.into(),
                    regex,
                    in_patch,
                };
                self.keywords.push((self.entries, keyword));
                return Ok(());
            }
            _ => return self.contact(letter, value, index),
        };
        self.sections[index].rules.push(rule);
        Ok(())
    }

    fn contact(&mut self, letter: u8, value: &BStr, index: usize) -> Result<(), String> {
        let section = &mut self.sections[index];
        match letter {
            b'M' | b'R' => {
                let addresses: Vec<_> = split_list(value)
                    .iter()
                    .map(|part| Address::parse(part))
                    .filter(|address| !address.address.is_empty())
                    .collect();
                let nobody = addresses.is_empty();
                section.contacts.push(if letter == b'M' {
                    Entry::Maintainer(addresses)
                } else {
                    Entry::Reviewer(addresses)
                });
                if nobody {
                    return Err("it holds no address".to_owned());
                }
            }
            b'L' => {
                let end = value.find_byteset(b" \t\r\x0b\x0c").unwrap_or(value.len());
                let (list, about) = value.split_at(end);
                if list.is_empty() {
                    return Err("it names no list".to_owned());
                }
                section
                    .contacts
                    .push(Entry::List(list.into(), about.trim_ascii_start().into()));
            }
            b'S' => section.status = Some(value.into()),
            _ => {}
        }
        Ok(())
    }

    fn path(&mut self, value: &BStr) -> Result<PathPattern, String> {
        let pattern = PathPattern::new(value, self.is_directory)?;
        if pattern.is_compiled() {
            self.count()?;
        }
        Ok(pattern)
    }

    fn expression(&mut self, value: &BStr) -> Result<(Regex, String), String> {
        // Perl takes an empty pattern for the one before it, which nobody means.
        if value.is_empty() {
            return Err("it holds no pattern".to_owned());
        }
        self.count()?;
        let translated = translate(value, true)?;
        Ok((compile(&translated)?, translated))
    }

    fn count(&mut self) -> Result<(), String> {
        self.expressions += 1;
        if self.expressions > MOST_EXPRESSIONS {
            return Err(format!(
                "there are more than {MOST_EXPRESSIONS} regular expressions"
            ));
        }
        Ok(())
    }

    fn finish(mut self, dialect: Dialect) -> (Maintainers, Vec<Diagnostic>) {
        if self.sections.is_empty() {
            self.say(
                "maintainers-empty",
                "MAINTAINERS has no section".to_owned(),
                TextRange::default(),
                "nobody can be found; name people with --to and --cc, or in recipients.toml",
            );
        }
        if self.unsaid > 0 {
            self.diagnostics.push(
                Diagnostic::new(
                    Severity::Warning,
                    "maintainers-entry",
                    format!("{} more lines of MAINTAINERS are ignored", self.unsaid),
                )
                .in_file("MAINTAINERS"),
            );
        }
        // The script sorts the numbers of the lines as text.
        self.keywords.sort_by_cached_key(|(number, _)| number.to_string());
        let maintainers = Maintainers {
            sections: self.sections,
            keywords: self.keywords.into_iter().map(|(_, keyword)| keyword).collect(),
            mailmap: Mailmap::default(),
            dialect,
            keyword_sets: OnceLock::new(),
        };
        (maintainers, self.diagnostics)
    }
}
