//! Cuts a file of rules into headers, declarations and bodies.

use crate::text::TextRange;

use super::cursor::{Result, error};

/// The parts of one rule, uninterpreted.
#[derive(Clone, Copy, Debug)]
pub(super) struct RawRule {
    pub header: TextRange,
    pub declarations: TextRange,
    pub body: TextRange,
}

/// What stands before the first rule, and the rules.
pub(super) fn split(text: &[u8]) -> Result<(TextRange, Vec<RawRule>)> {
    let len = text.len() as u32;
    let mut starts = rule_start(text, 0);
    let preamble = TextRange::new(0, starts.unwrap_or(len));
    let mut rules = Vec::new();
    while let Some(start) = starts {
        let here = TextRange::new(start, start + 1);
        let header_end = find(text, start + 1, b"@")
            .ok_or_else(|| error("unclosed-header", here, "this rule header has no closing `@`"))?;
        let declarations_end = find(text, header_end + 1, b"@@");
        // `@@ … @@`: the header is empty, its second `@` follows the first one.
        let declarations_end = declarations_end.ok_or_else(|| {
            let message = "the metavariables of this rule are not closed by `@@`";
            Box::new((*error("unclosed-declarations", here, message)).help("write `@@` behind the last one"))
        })?;
        let body = declarations_end + 2;
        let end = rule_start(text, body);
        rules.push(RawRule {
            header: TextRange::new(start + 1, header_end),
            declarations: TextRange::new(header_end + 1, declarations_end),
            body: TextRange::new(body, end.unwrap_or(len)),
        });
        starts = end;
    }
    Ok((preamble, rules))
}

/// The next `@` that begins a line, from `from` on.
fn rule_start(text: &[u8], from: u32) -> Option<u32> {
    let mut at = from as usize;
    loop {
        let found = memchr::memchr(b'@', text.get(at..)?)? + at;
        if found == 0 || text[found - 1] == b'\n' {
            return Some(found as u32);
        }
        at = found + 1;
    }
}

/// The next `wanted` outside of strings and comments.
fn find(text: &[u8], from: u32, wanted: &[u8]) -> Option<u32> {
    let mut at = from as usize;
    while at < text.len() {
        let rest = &text[at..];
        if rest.starts_with(wanted) {
            return Some(at as u32);
        }
        if rest.starts_with(b"//") {
            at += memchr::memchr(b'\n', rest)?;
        } else if rest.starts_with(b"/*") {
            at += memchr::memmem::find(rest, b"*/")? + 2;
        } else if rest[0] == b'"' {
            at += 1;
            while at < text.len() && text[at] != b'"' && text[at] != b'\n' {
                at += if text[at] == b'\\' { 2 } else { 1 };
            }
            at += 1;
        } else {
            at += 1;
        }
    }
    None
}
