//! Files of random lines, and random edits of them.
#![allow(dead_code, reason = "each test binary uses a part of it")]

use super::Chance;

const LINES: &[&str] = &[
    "int function(struct vm_area_struct *vma, unsigned long addr)",
    "static long_name_of_a_type another_function_with_a_very_long_line_that_git_cuts_somewhere(int argument)",
    "{",
    "}",
    "",
    "\treturn 0;",
    "\tif (a) {",
    "\t\tb();",
    "\t}",
    "out:",
    "label: /* a comment */",
    "public:  // c++",
    "default: return;",
    "::name",
    "  indented",
    "#define X(a) \\",
    "$dollar",
    "_underscore();",
    "soc: bus@0 {",
    "&node {",
    "reg = <0>;",
    "-- ",
    "-- not a signature",
    "+++ b/x",
    "--- a/x",
    "@@ -1 +1 @@",
    "diff --git a/x b/x",
    "From me Mon Sep 17 00:00:00 2001",
    "umlaut \u{e4}\u{f6}\u{fc} at the end of a line that is long enough to be cut in the middle of \u{e4}\u{f6}\u{fc}\u{e4}\u{f6}\u{fc}",
    "int j\u{fc}rgen(void)   ",
    "trailing   ",
    "\\ No newline at end of file",
];

/// Contents of a file, edited line by line.
#[derive(Clone, Default)]
pub struct File {
    pub lines: Vec<Vec<u8>>,
    pub has_crlf: bool,
    pub lacks_end: bool,
}

impl File {
    pub fn new(chance: &mut Chance) -> Self {
        let count = match chance.below(6) {
            0 => chance.below(3),
            1 => 600,
            _ => chance.below(120),
        };
        let mut file = Self {
            lines: Vec::new(),
            has_crlf: chance.one_in(6),
            lacks_end: chance.one_in(5),
        };
        for _ in 0..count {
            let line = file.line(chance);
            file.lines.push(line);
        }
        file
    }

    pub fn line(&self, chance: &mut Chance) -> Vec<u8> {
        let mut line = chance.pick(LINES).as_bytes().to_vec();
        if chance.one_in(12) {
            line.extend_from_slice(b" \xe9\xff latin-1");
        }
        if chance.one_in(3) {
            line.extend_from_slice(format!(" /* {} */", chance.below(9)).as_bytes());
        }
        line
    }

    pub fn edit(&mut self, chance: &mut Chance) {
        for _ in 0..=chance.below(5) {
            let at = chance.below(self.lines.len() + 1);
            let end = (at + chance.below(4)).min(self.lines.len());
            match chance.below(5) {
                0 => drop(self.lines.drain(at..end)),
                1 => {
                    let copy: Vec<_> = self.lines[at..end].to_vec();
                    self.lines.splice(at..at, copy);
                }
                2 if at < self.lines.len() => self.lines[at].extend_from_slice(b" changed"),
                _ => {
                    let line = self.line(chance);
                    self.lines.insert(at, line);
                }
            }
        }
        self.lacks_end ^= chance.one_in(10);
    }

    pub fn bytes(&self) -> Vec<u8> {
        let end: &[u8] = if self.has_crlf { b"\r\n" } else { b"\n" };
        let mut bytes = self.lines.join(end);
        if !self.lacks_end && !self.lines.is_empty() {
            bytes.extend_from_slice(end);
        }
        bytes
    }
}
