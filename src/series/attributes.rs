//! The `diff` attribute of a path: what `.gitattributes` files say about how to show changes.

use std::collections::BTreeMap;

use bstr::{BStr, BString, ByteSlice};

/// What the attributes say about a file.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) enum DiffAttribute {
    /// Nothing: the contents decide whether it is text.
    #[default]
    Unspecified,
    /// `diff`: it is text.
    Text,
    /// `-diff`: it is binary.
    Binary,
    /// `diff=NAME`: a driver that knows the lines functions start with.
    Driver(BString),
}

/// The attributes of a tree; its files are read when they are first needed.
pub(super) struct Attributes<'a> {
    read: &'a dyn Fn(&BStr) -> Option<Vec<u8>>,
    overriding: Vec<Rule>,
    folders: BTreeMap<BString, Vec<Rule>>,
    macros: BTreeMap<BString, DiffAttribute>,
}

/// One line that says something about `diff`.
struct Rule {
    pattern: Pattern,
    value: DiffAttribute,
}

enum Pattern {
    /// Matches the last component of a path.
    Name(BString),
    /// Matches the whole path below the folder, component by component.
    Path(Vec<BString>),
}

impl<'a> Attributes<'a> {
    /// The attributes that `read` finds in a tree; `info` is the repository's own file, which goes
    /// before all of them.
    pub(super) fn new(read: &'a dyn Fn(&BStr) -> Option<Vec<u8>>, info: Option<&[u8]>) -> Self {
        let mut macros = BTreeMap::from([("binary".into(), DiffAttribute::Binary)]);
        // Only the top of a tree and the repository may define macros.
        let top = read(".gitattributes".into()).unwrap_or_default();
        let folders = BTreeMap::from([(BString::default(), rules(&top, &mut macros, true))]);
        let overriding = rules(info.unwrap_or_default(), &mut macros, true);
        Self {
            read,
            overriding,
            folders,
            macros,
        }
    }

    /// What holds for `path`: the last matching line of the innermost folder that has one.
    pub(super) fn of(&mut self, path: &BStr) -> DiffAttribute {
        if let Some(value) = last_match(&self.overriding, path) {
            return value;
        }
        let folders: Vec<usize> = path.find_iter("/").collect();
        for end in folders.into_iter().rev() {
            let folder = path[..end].as_bstr();
            if !self.folders.contains_key(folder) {
                let mut name = folder.to_owned();
                name.extend_from_slice(b"/.gitattributes");
                let text = (self.read)(name.as_bstr()).unwrap_or_default();
                let found = rules(&text, &mut self.macros, false);
                self.folders.insert(folder.to_owned(), found);
            }
            let inside = path[end + 1..].as_bstr();
            let found = self.folders.get(folder);
            if let Some(value) = found.and_then(|rules| last_match(rules, inside)) {
                return value;
            }
        }
        let top = self.folders.get(b"".as_bstr());
        top.and_then(|rules| last_match(rules, path)).unwrap_or_default()
    }
}

fn last_match(rules: &[Rule], path: &BStr) -> Option<DiffAttribute> {
    let rule = rules.iter().rev().find(|rule| rule.pattern.matches(path));
    rule.map(|rule| rule.value.clone())
}

fn rules(text: &[u8], macros: &mut BTreeMap<BString, DiffAttribute>, may_define: bool) -> Vec<Rule> {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let mut rules = Vec::new();
    for line in text.lines() {
        let line = line.trim_with(|c| matches!(c, ' ' | '\t' | '\r'));
        if line.is_empty() || line.starts_with(b"#") {
            continue;
        }
        let Some((pattern, states)) = first_word(line) else {
            continue;
        };
        if let Some(name) = pattern.strip_prefix(b"[attr]") {
            if let Some(value) = diff_state(states, macros).filter(|_| may_define) {
                macros.insert(name.into(), value);
            }
        } else if let Some(value) = diff_state(states, macros) {
            rules.extend(Pattern::new(&pattern).map(|pattern| Rule { pattern, value }));
        }
    }
    rules
}

/// The pattern of a line, without its quotes, and what follows it.
fn first_word(line: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    if line.starts_with(b"\"") {
        let close = (1..line.len()).find(|&at| line[at] == b'"' && line[at - 1] != b'\\')?;
        let pattern = super::quote::unquote(&line[..=close])?;
        return Some((pattern, &line[close + 1..]));
    }
    let end = line.find_byteset(b" \t").unwrap_or(line.len());
    Some((line[..end].to_vec(), &line[end..]))
}

/// What a list of attributes says about `diff`; the last word counts.
fn diff_state(states: &[u8], macros: &BTreeMap<BString, DiffAttribute>) -> Option<DiffAttribute> {
    let words = states.fields_with(|c| matches!(c, ' ' | '\t'));
    words
        .filter_map(|word| match word {
            b"diff" => Some(DiffAttribute::Text),
            b"-diff" => Some(DiffAttribute::Binary),
            b"!diff" => Some(DiffAttribute::Unspecified),
            _ => match word.strip_prefix(b"diff=") {
                Some(name) => Some(DiffAttribute::Driver(name.into())),
                None => macros.get(word.as_bstr()).cloned(),
            },
        })
        .last()
}

impl Pattern {
    /// `None` for a pattern that can match no file.
    fn new(pattern: &[u8]) -> Option<Self> {
        // A negative pattern means nothing here, and one with a slash at its end a folder.
        if pattern.starts_with(b"!") || pattern.ends_with(b"/") {
            return None;
        }
        if !pattern.contains(&b'/') {
            return Some(Self::Name(pattern.into()));
        }
        let pattern = pattern.strip_prefix(b"/").unwrap_or(pattern);
        Some(Self::Path(pattern.split_str("/").map(BString::from).collect()))
    }

    fn matches(&self, path: &BStr) -> bool {
        match self {
            Self::Name(pattern) => {
                let name = path.rsplit_str("/").next().unwrap_or_default();
                wildcard(pattern, name)
            }
            Self::Path(pattern) => {
                let parts: Vec<&[u8]> = path.split_str("/").collect();
                components(pattern, &parts)
            }
        }
    }
}

/// Matches component by component; `**` stands for any number of them.
fn components(pattern: &[BString], path: &[&[u8]]) -> bool {
    // Row by row over the pattern: which numbers of components it can have taken so far.
    let mut taken = vec![false; path.len() + 1];
    taken[0] = true;
    for (at, part) in pattern.iter().enumerate() {
        if part == "**" {
            // At its end a pattern wants something below the folder, not the folder itself.
            let least = usize::from(at + 1 == pattern.len());
            let first = taken.iter().position(|&reached| reached);
            for (count, reached) in taken.iter_mut().enumerate() {
                *reached = first.is_some_and(|first| count >= first + least);
            }
            continue;
        }
        for count in (0..path.len()).rev() {
            taken[count + 1] = taken[count] && wildcard(part, path[count]);
        }
        taken[0] = false;
    }
    taken[path.len()]
}

/// `*`, `?`, `[...]` and `\` within one component.
///
/// Only the last `*` is ever tried again, which is enough and keeps the time quadratic.
fn wildcard(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut again: Option<(usize, usize)> = None;
    loop {
        let step = match pattern.get(p) {
            Some(b'*') => {
                again = Some((p + 1, t));
                p += 1;
                continue;
            }
            None if t == text.len() => return true,
            None => None,
            Some(_) if t == text.len() => return false,
            Some(_) => one(&pattern[p..], text[t]),
        };
        match (step, &mut again) {
            (Some(length), _) => {
                p += length;
                t += 1;
            }
            (None, Some((after, start))) => {
                *start += 1;
                (p, t) = (*after, *start);
            }
            (None, None) => return false,
        }
        if t > text.len() {
            return false;
        }
    }
}

/// The length of the pattern's first element if it matches `byte`.
fn one(pattern: &[u8], byte: u8) -> Option<usize> {
    match *pattern {
        [b'?', ..] => Some(1),
        [b'\\', literal, ..] => (literal == byte).then_some(2),
        [b'[', ..] => bracket(pattern, byte),
        [literal, ..] => (literal == byte).then_some(1),
        [] => None,
    }
}

fn bracket(pattern: &[u8], byte: u8) -> Option<usize> {
    let negated = matches!(pattern.get(1), Some(b'!' | b'^'));
    let first = if negated { 2 } else { 1 };
    let mut at = first;
    let mut found = false;
    loop {
        match pattern.get(at)? {
            b']' if at > first => break,
            b'[' if pattern.get(at + 1) == Some(&b':') => {
                let rest = &pattern[at + 2..];
                let end = rest.find(":]")?;
                found |= class(&rest[..end], byte)?;
                at += end + 4;
            }
            _ => {
                let (low, length) = bracket_byte(&pattern[at..])?;
                at += length;
                let is_range =
                    pattern.get(at) == Some(&b'-') && pattern.get(at + 1).is_some_and(|&next| next != b']');
                let high = if is_range {
                    let (high, length) = bracket_byte(&pattern[at + 1..])?;
                    at += 1 + length;
                    high
                } else {
                    low
                };
                found |= (low..=high).contains(&byte);
            }
        }
    }
    (found != negated).then_some(at + 1)
}

fn bracket_byte(pattern: &[u8]) -> Option<(u8, usize)> {
    match *pattern {
        [b'\\', literal, ..] => Some((literal, 2)),
        [literal, ..] => Some((literal, 1)),
        [] => None,
    }
}

fn class(name: &[u8], byte: u8) -> Option<bool> {
    Some(match name {
        b"alnum" => byte.is_ascii_alphanumeric(),
        b"alpha" => byte.is_ascii_alphabetic(),
        b"blank" => matches!(byte, b' ' | b'\t'),
        b"cntrl" => byte.is_ascii_control(),
        b"digit" => byte.is_ascii_digit(),
        b"graph" => byte.is_ascii_graphic(),
        b"lower" => byte.is_ascii_lowercase(),
        b"print" => byte == b' ' || byte.is_ascii_graphic(),
        b"punct" => byte.is_ascii_punctuation(),
        b"space" => byte.is_ascii_whitespace() || byte == 0x0b,
        b"upper" => byte.is_ascii_uppercase(),
        b"xdigit" => byte.is_ascii_hexdigit(),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attribute(files: &[(&str, &str)], path: &str) -> DiffAttribute {
        let read = |wanted: &BStr| {
            let found = files.iter().find(|(name, _)| wanted == *name);
            found.map(|(_, text)| text.as_bytes().to_vec())
        };
        Attributes::new(&read, None).of(path.into())
    }

    fn driver(name: &str) -> DiffAttribute {
        DiffAttribute::Driver(name.into())
    }

    #[test]
    fn the_innermost_last_line_counts() {
        let files = [
            (
                ".gitattributes",
                "*.[ch] diff=cpp\n*.dts* diff=dts\n/top.c -diff\n[attr]blob -diff\n",
            ),
            (
                "drivers/.gitattributes",
                "x.c diff\n*.h !diff\n# c\n\"a b.c\" binary\ny.c blob text\n",
            ),
        ];
        assert_eq!(attribute(&files, "mm/memory.c"), driver("cpp"));
        assert_eq!(attribute(&files, "a.dtsi"), driver("dts"));
        assert_eq!(attribute(&files, "top.c"), DiffAttribute::Binary);
        assert_eq!(attribute(&files, "mm/top.c"), driver("cpp"));
        assert_eq!(attribute(&files, "drivers/x.c"), DiffAttribute::Text);
        assert_eq!(attribute(&files, "drivers/net/x.c"), DiffAttribute::Text);
        assert_eq!(attribute(&files, "drivers/net/x.h"), DiffAttribute::Unspecified);
        assert_eq!(attribute(&files, "drivers/a b.c"), DiffAttribute::Binary);
        assert_eq!(attribute(&files, "drivers/y.c"), DiffAttribute::Binary);
        assert_eq!(attribute(&files, "Makefile"), DiffAttribute::Unspecified);
    }

    #[test]
    fn patterns_match_as_in_git() {
        let matches = |pattern: &str, path: &str| {
            Pattern::new(pattern.as_bytes()).is_some_and(|pattern| pattern.matches(path.into()))
        };
        for (pattern, path) in [
            ("*.c", "a/b.c"),
            ("a/*.c", "a/b.c"),
            ("/a/**/z", "a/z"),
            ("/a/**/z", "a/b/c/z"),
            ("**/z", "z"),
            ("a/**", "a/b/c"),
            ("[a-c]x", "bx"),
            ("[!a-c]x", "dx"),
            ("\\*", "*"),
            ("[[:digit:]]?", "1a"),
            ("*a*a*b", "aaaab"),
            ("x[]]", "x]"),
        ] {
            assert!(matches(pattern, path), "{pattern} {path}");
        }
        for (pattern, path) in [
            ("a/*.c", "a/b/c.c"),
            ("*.c", "a.ch"),
            ("a/**", "a"),
            ("[a-c]x", "dx"),
            ("!x", "!x"),
            ("x/", "x"),
            ("[x", "x"),
            ("a/b", "c/a/b"),
            ("*a*a*b", "aaaac"),
        ] {
            assert!(!matches(pattern, path), "{pattern} {path}");
        }
        let hostile = "a*".repeat(200) + "b";
        assert!(!matches(&hostile, &"a".repeat(5000)));
    }
}
