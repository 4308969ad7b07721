//! Patterns of MAINTAINERS: Perl's regular expressions and the script's globs, for an engine that takes linear time.
//!
//! The file may come from anybody, so a pattern is never given to a backtracking engine. What the engine cannot do (look
//! around, back references, possessive quantifiers) is an error with its name, not a silent difference.

use std::fmt::Write as _;
use std::sync::OnceLock;

use bstr::{BStr, BString, ByteSlice};
use regex::bytes::{Regex, RegexBuilder};

/// The longest pattern that is read; the longest one of a real kernel has 150 bytes.
const MOST_BYTES: usize = 1000;

/// The size of a compiled pattern, in bytes; `(a{500}){500}` is stopped here.
const MOST_PROGRAM: usize = 1 << 18;

/// Translates a regular expression of Perl that is matched against bytes without `/u`.
///
/// `extended` is `/x`: white space and comments in the pattern mean nothing.
pub(super) fn translate(pattern: &[u8], extended: bool) -> Result<String, String> {
    if pattern.len() > MOST_BYTES {
        return Err(format!("it is longer than {MOST_BYTES} bytes"));
    }
    let mut translation = Translation {
        rest: pattern,
        out: String::new(),
        extended,
        repeatable: false,
    };
    while let Some((&byte, rest)) = translation.rest.split_first() {
        translation.rest = rest;
        translation.one(byte)?;
    }
    Ok(translation.out)
}

/// Compiles what [`translate`] or [`glob`] made.
pub(super) fn compile(translated: &str) -> Result<Regex, String> {
    RegexBuilder::new(translated)
        .unicode(false)
        .size_limit(MOST_PROGRAM)
        .dfa_size_limit(MOST_PROGRAM)
        .nest_limit(50)
        .build()
        .map_err(|error| match error {
            regex::Error::CompiledTooBig(_) => "it needs too much memory".to_owned(),
            error => {
                let text = error.to_string();
                let last = text.lines().last().unwrap_or_default();
                last.strip_prefix("error: ").unwrap_or(last).to_owned()
            }
        })
}

struct Translation<'a> {
    rest: &'a [u8],
    out: String,
    extended: bool,
    /// Whether a quantifier may follow.
    repeatable: bool,
}

impl Translation<'_> {
    fn one(&mut self, byte: u8) -> Result<(), String> {
        match byte {
            b'\\' => self.escape()?,
            b'[' => self.class()?,
            b'(' => self.group()?,
            b')' => {
                self.out.push(')');
                self.repeatable = true;
            }
            b'|' => {
                self.out.push('|');
                self.repeatable = false;
            }
            b'.' => {
                self.out.push('.');
                self.repeatable = true;
            }
            b'^' => {
                self.out.push_str(r"\A");
                self.repeatable = false;
            }
            // The end, or the line break before it.
            b'$' => {
                self.out.push_str(r"(?:\n?\z)");
                self.repeatable = false;
            }
            b'*' | b'+' | b'?' => self.quantifier(&char::from(byte).to_string())?,
            b'{' => match counts(self.rest) {
                Some(length) => {
                    let (inner, rest) = self.rest.split_at(length);
                    self.rest = rest;
                    self.quantifier(&format!("{{{}", String::from_utf8_lossy(inner)))?;
                }
                None => self.literal(byte),
            },
            b'#' if self.extended => {
                let end = self.rest.find_byte(b'\n').map_or(self.rest.len(), |at| at + 1);
                self.rest = &self.rest[end..];
            }
            _ if self.extended && byte.is_ascii_whitespace() => {}
            _ => self.literal(byte),
        }
        Ok(())
    }

    fn literal(&mut self, byte: u8) {
        push_literal(&mut self.out, byte);
        self.repeatable = true;
    }

    fn quantifier(&mut self, text: &str) -> Result<(), String> {
        if !self.repeatable {
            return Err(format!("`{text}` has nothing to repeat"));
        }
        self.out.push_str(text);
        match self.rest.first() {
            Some(b'?') => {
                self.out.push('?');
                self.rest = &self.rest[1..];
            }
            Some(b'+') => return Err(format!("`{text}+` is possessive, which is not supported")),
            _ => {}
        }
        self.repeatable = false;
        Ok(())
    }

    fn escape(&mut self) -> Result<(), String> {
        let Some((&byte, rest)) = self.rest.split_first() else {
            return Err("it ends with a backslash".to_owned());
        };
        self.rest = rest;
        self.repeatable = true;
        match byte {
            b'd' | b'D' | b's' | b'S' | b'w' | b'W' => {
                self.out.push('\\');
                self.out.push(char::from(byte));
            }
            b'b' | b'B' | b'A' | b'z' if self.rest.first() != Some(&b'{') => {
                self.out.push('\\');
                self.out.push(char::from(byte));
                self.repeatable = false;
            }
            b'Z' => {
                self.out.push_str(r"(?:\n?\z)");
                self.repeatable = false;
            }
            b'h' => self.out.push_str(r"[\t\x20]"),
            _ => match plain_escape(byte, &mut self.rest)? {
                Some(byte) => self.literal(byte),
                None => return Err(format!("`\\{}` is not supported", char::from(byte))),
            },
        }
        Ok(())
    }

    fn group(&mut self) -> Result<(), String> {
        self.repeatable = false;
        if self.rest.first() == Some(&b'*') {
            return Err("a verb such as `(*FAIL)` is not supported".to_owned());
        }
        let Some(after) = self.rest.strip_prefix(b"?") else {
            // Nobody asks what a group held.
            self.out.push_str("(?:");
            return Ok(());
        };
        if let Some(comment) = after.strip_prefix(b"#") {
            let end = comment.find_byte(b')').ok_or("a comment does not end")?;
            self.rest = &comment[end + 1..];
            return Ok(());
        }
        let length = after
            .iter()
            .take_while(|byte| matches!(byte, b'i' | b's' | b'x' | b'-'))
            .count();
        let (flags, rest) = after.split_at(length);
        let sets = flags.split_str("-").next().unwrap_or_default();
        if flags.contains(&b'x') || flags.iter().filter(|byte| **byte == b'-').count() > 1 {
            return Err("these flags of a group are not supported".to_owned());
        }
        let clears = &flags[(sets.len() + 1).min(flags.len())..];
        let mut text = "(?".to_owned();
        text.push_str(&sets.to_str_lossy());
        if !clears.is_empty() {
            text.push('-');
            text.push_str(&clears.to_str_lossy());
        }
        match rest.first() {
            Some(b':') => text.push(':'),
            Some(b')') => {
                self.rest = &rest[1..];
                if text.len() > 2 {
                    self.out.push_str(&text);
                    self.out.push(')');
                }
                return Ok(());
            }
            Some(b'=' | b'!') => return Err("looking ahead is not supported".to_owned()),
            Some(b'<') if matches!(rest.get(1), Some(b'=' | b'!')) => {
                return Err("looking back is not supported".to_owned());
            }
            Some(b'>') => return Err("an atomic group is not supported".to_owned()),
            _ => return Err("this kind of group is not supported".to_owned()),
        }
        self.rest = &rest[1..];
        self.out.push_str(&text);
        Ok(())
    }

    fn class(&mut self) -> Result<(), String> {
        let unclosed = || "`[` is not closed".to_owned();
        self.out.push('[');
        if let Some(rest) = self.rest.strip_prefix(b"^") {
            self.rest = rest;
            self.out.push('^');
        }
        let mut first = true;
        loop {
            let (&byte, rest) = self.rest.split_first().ok_or_else(unclosed)?;
            if byte == b']' && !first {
                self.rest = rest;
                break;
            }
            first = false;
            if rest.first() == Some(&b':')
                && byte == b'['
                && let Some(end) = rest.find(b":]")
                && end > 1
                && rest[1..end]
                    .iter()
                    .all(|byte| byte.is_ascii_lowercase() || *byte == b'^')
            {
                self.out.push_str(&String::from_utf8_lossy(&self.rest[..end + 3]));
                self.rest = &rest[end + 2..];
                continue;
            }
            let Some(low) = self.class_member()? else {
                continue;
            };
            match self.rest {
                // A hyphen before the end is itself.
                [b'-', b']', ..] => push_literal(&mut self.out, low),
                [b'-', rest @ ..] => {
                    self.rest = rest;
                    let high = self
                        .class_member()?
                        .ok_or("a range ends with a set of characters")?;
                    if high < low {
                        return Err("a range runs backwards".to_owned());
                    }
                    push_literal(&mut self.out, low);
                    self.out.push('-');
                    push_literal(&mut self.out, high);
                }
                _ => push_literal(&mut self.out, low),
            }
        }
        self.out.push(']');
        self.repeatable = true;
        Ok(())
    }

    /// One member of a class; `None` when it was a set such as `\w`, which has been written already.
    fn class_member(&mut self) -> Result<Option<u8>, String> {
        let (&byte, rest) = self.rest.split_first().ok_or("`[` is not closed")?;
        self.rest = rest;
        if byte != b'\\' {
            return Ok(Some(byte));
        }
        let (&byte, rest) = self.rest.split_first().ok_or("`[` is not closed")?;
        self.rest = rest;
        match byte {
            b'd' | b'D' | b's' | b'S' | b'w' | b'W' => {
                self.out.push('\\');
                self.out.push(char::from(byte));
                Ok(None)
            }
            b'b' => Ok(Some(8)),
            _ => match plain_escape(byte, &mut self.rest)? {
                Some(byte) => Ok(Some(byte)),
                None => Err(format!("`\\{}` is not supported", char::from(byte))),
            },
        }
    }
}

/// The byte that `\` and `byte` stand for; `None` when it is not one byte.
fn plain_escape(byte: u8, rest: &mut &[u8]) -> Result<Option<u8>, String> {
    Ok(Some(match byte {
        b'n' => b'\n',
        b't' => b'\t',
        b'r' => b'\r',
        b'f' => 0x0c,
        b'e' => 0x1b,
        b'a' => 0x07,
        b'0' if !rest.first().is_some_and(u8::is_ascii_digit) => 0,
        b'x' => {
            let length = rest
                .iter()
                .take(2)
                .take_while(|byte| byte.is_ascii_hexdigit())
                .count();
            let (digits, after) = rest.split_at(length);
            let digits = digits.to_str().unwrap_or_default();
            let value = u8::from_str_radix(digits, 16).map_err(|_| "`\\x` needs two digits")?;
            *rest = after;
            value
        }
        byte if byte.is_ascii_alphanumeric() => return Ok(None),
        byte => byte,
    }))
}

/// The length of `3}`, `3,}` or `3,4}`, which make a `{` a quantifier.
fn counts(rest: &[u8]) -> Option<usize> {
    let digits = |bytes: &[u8]| bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let low = digits(rest);
    if low == 0 {
        return None;
    }
    let mut length = low;
    if rest.get(length) == Some(&b',') {
        length += 1;
        length += digits(&rest[length..]);
    }
    (rest.get(length) == Some(&b'}')).then_some(length + 1)
}

fn push_literal(out: &mut String, byte: u8) {
    if byte.is_ascii_alphanumeric() || byte == b'_' {
        out.push(char::from(byte));
    } else {
        // Writing to a string cannot fail.
        let _ = write!(out, r"\x{byte:02x}");
    }
}

/// The pattern of an `F:` or `X:` line.
///
/// The script turns `.`, `*` and `?` into their regular expressions and leaves the rest as it is, so `[ch]` is a class and
/// `+` repeats. It matches from the start of a path; without a slash at the end the path must be as deep as the pattern.
#[derive(Debug)]
pub(super) struct PathPattern {
    /// As the script has it after the conversion, which is what its depth is counted on.
    converted: BString,
    /// What every path that matches begins with; most patterns end the search here.
    prefix: BString,
    /// Compiled when the first path gets past the prefix; `None` when the prefix is all.
    rest: Option<(String, OnceLock<Option<Regex>>)>,
    slashes: usize,
}

impl PathPattern {
    /// Reads a pattern. `is_directory` says whether the tree has a folder of that name.
    pub(super) fn new(value: &BStr, is_directory: &dyn Fn(&BStr) -> bool) -> Result<Self, String> {
        let special = |byte: &u8| b".*?[]+(){}|^$\\@#".contains(byte);
        let plain = !value.iter().any(special);
        let mut converted = BString::from(Vec::with_capacity(value.len()));
        for &byte in value.iter() {
            match byte {
                b'.' => converted.extend_from_slice(br"\."),
                b'*' => converted.extend_from_slice(b".*"),
                b'?' => converted.push(b'.'),
                _ => converted.push(byte),
            }
        }
        // The script asks for a folder of the converted name, so that one with a dot is never found.
        if plain && !value.is_empty() && !value.ends_with(b"/") && is_directory(value) {
            converted.push(b'/');
        }
        let translated = translate(&converted, false)?;
        let slashes = count_slashes(&converted);
        if plain {
            return Ok(Self {
                prefix: converted.clone(),
                rest: None,
                slashes,
                converted,
            });
        }
        // Without a group around it, as in the script: of `a|b` only `a` is held to the start.
        let translated = format!("\\A{translated}");
        let only_globs = value.iter().all(|byte| !special(byte) || b".*?".contains(byte));
        let compiled = OnceLock::new();
        let mut prefix = BString::from("");
        if only_globs {
            let end = value.find_byteset(b"*?").unwrap_or(value.len());
            prefix.extend_from_slice(&value[..end]);
        } else {
            // Only such a pattern can be wrong, and this is the place to say so.
            let _ = compiled.set(Some(compile(&translated)?));
        }
        Ok(Self {
            converted,
            prefix,
            rest: Some((translated, compiled)),
            slashes,
        })
    }

    /// Whether the script would say that this pattern is about `path`.
    pub(super) fn matches(&self, path: &BStr) -> bool {
        if !path.starts_with(&self.prefix) {
            return false;
        }
        if !self.converted.ends_with(b"/") && count_slashes(path) != self.slashes {
            return false;
        }
        self.rest.as_ref().is_none_or(|(text, compiled)| {
            compiled
                .get_or_init(|| compile(text).ok())
                .as_ref()
                .is_some_and(|regex| regex.is_match(path))
        })
    }

    /// Whether it took a regular expression to read it.
    pub(super) fn is_compiled(&self) -> bool {
        matches!(&self.rest, Some((_, compiled)) if compiled.get().is_some())
    }

    /// How specific the pattern is: the higher, the earlier its section comes.
    pub(super) fn depth(&self) -> i64 {
        if self.converted.starts_with(b".*") {
            return -1;
        }
        self.slashes as i64 + i64::from(!self.converted.ends_with(b"/"))
    }
}

fn count_slashes(text: &[u8]) -> usize {
    text.iter().filter(|byte| **byte == b'/').count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn perl(pattern: &str, text: &str) -> bool {
        let translated = translate(pattern.as_bytes(), true).expect(pattern);
        compile(&translated).expect(pattern).is_match(text.as_bytes())
    }

    #[test]
    fn perl_is_translated() {
        for (pattern, yes, no) in [
            (r"(?:\b|_)bpf(?:\b|_)", "a_bpf_b", "bpfx"),
            (r"\b(?i:clang|llvm)\b", "use LLVM now", "llvms"),
            (r"(?i)pidfd", "PidFD", "pid fd"),
            (r"mt[678]", "mt8192", "mt9"),
            (r"[^a-z]tegra", "/tegra", "xtegra"),
            (r"phylink\.h|>phylink_", "a->phylink_x", "phylinkxh"),
            (r"a b # comment", "ab", "a b"),
            (r"[ #]x", "# x #x", "\tx"),
            (r"x{2,3}y", "xxy", "xy"),
            (r"a{,2}", "a{,2}", "aa"),
            (r"[]a]b", "]b", "cb"),
            (r"[a\-z]b", "-b", "cb"),
            (r"[a-]b", "-b", "bb"),
            (r"^a.c$", "abc\n", "xabc"),
            (r"[[:digit:]]+z", "42z", "z"),
            (r"a&&b", "a&&b", "ab"),
            (r"[a&&b]x", "&x", "cx"),
            (r"\x41\.", "A.", "AB"),
            (r"a(?#not this)b", "ab", "a"),
            (r"(?i-s:A)", "a", "b"),
        ] {
            assert!(perl(pattern, yes), "{pattern} on {yes}");
            assert!(!perl(pattern, no), "{pattern} on {no}");
        }
    }

    #[test]
    fn what_the_engine_cannot_do_is_an_error_with_its_name() {
        for (pattern, word) in [
            (r"(a)\1", "not supported"),
            (r"(?=a)", "ahead"),
            (r"(?<!a)b", "back"),
            (r"(?>a)", "atomic"),
            (r"a++", "possessive"),
            (r"a**", "nothing to repeat"),
            (r"*a", "nothing to repeat"),
            (r"^*", "nothing to repeat"),
            (r"(*FAIL)", "verb"),
            (r"[a", "not closed"),
            (r"a\", "backslash"),
            (r"[z-a]", "backwards"),
            (r"\p{L}", "not supported"),
            (r"(?{ system('x') })", "not supported"),
        ] {
            let error = translate(pattern.as_bytes(), true).unwrap_err();
            assert!(error.contains(word), "{pattern}: {error}");
        }
        assert!(compile("(").is_err());
    }

    #[test]
    fn bombs_are_refused_or_harmless() {
        assert!(compile(&translate(b"((a{900}){900}){900}", false).unwrap()).is_err());
        assert!(translate(&vec![b'a'; 1 << 20], false).is_err());
        assert!(compile(&translate("(".repeat(900).as_bytes(), false).unwrap()).is_err());
        let slow = compile(&translate(b"(a*)*(a*)*(a|aa)*b", false).unwrap()).unwrap();
        assert!(!slow.is_match(&vec![b'a'; 100_000]));
    }

    #[test]
    fn paths_match_as_the_script_matches_them() {
        let is_directory = |path: &BStr| path == "drivers/net";
        for (pattern, yes, no) in [
            ("drivers/net/", "drivers/net/a/b.c", "drivers/nets/a.c"),
            ("drivers/net", "drivers/net/a/b.c", "drivers/nets/a.c"),
            ("drivers/a.c", "drivers/a.c", "drivers/abc"),
            // There is no end to a pattern.
            ("drivers/a", "drivers/ab.c", "drivers/a/b.c"),
            ("drivers/*/x*", "drivers/net/xy.c", "drivers/net/a/xy.c"),
            ("drivers/*/x*/", "drivers/net/a/xy/b.c", "drivers/net/xy.c"),
            ("*", "Makefile", "mm/Makefile"),
            ("*/", "mm/Makefile", "Makefile"),
            ("lib/locking*.[ch]", "lib/locking-a.h", "lib/locking-a.o"),
            ("a/da72??.c", "a/da7219.c", "a/da72.c"),
            ("a/b+c", "a/bbbc", "a/b+c"),
        ] {
            let pattern = PathPattern::new(pattern.into(), &is_directory).expect(pattern);
            assert!(pattern.matches(yes.into()), "{pattern:?} on {yes}");
            assert!(!pattern.matches(no.into()), "{pattern:?} on {no}");
        }
    }

    #[test]
    fn the_deeper_pattern_is_the_more_specific_one() {
        let depth = |pattern: &str| PathPattern::new(pattern.into(), &|_| false).unwrap().depth();
        assert_eq!(depth("*/"), -1);
        assert_eq!(depth("*"), -1);
        assert_eq!(depth("mm/"), 1);
        assert_eq!(depth("drivers/net/"), 2);
        assert_eq!(depth("drivers/net/a.c"), 3);
        assert_eq!(depth("drivers/net/x*"), 3);
    }
}
