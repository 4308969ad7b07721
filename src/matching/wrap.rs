//! Lists that became too long for a line because of added code.

use super::layout::leading_blanks;
use super::rewrite::Writer;

/// The columns that an element may reach to if it can be helped: 80 less a closing parenthesis and a semicolon or brace.
const WIDTH: usize = 77;

/// The last column at which elements are aligned with a parenthesis; behind it they hang.
const ALIGN: usize = 56;

impl Writer<'_> {
    /// Breaks the lines of lists to which something was added, behind their commas, where they became too long.
    pub(super) fn wrap(&mut self) {
        let mut breaks: Vec<(usize, usize, Vec<u8>)> = Vec::new();
        let mut done = 0;
        for &(start, end) in &self.fresh {
            if start < done || in_directive(&self.out, start) {
                continue;
            }
            for list in lists(&self.out, start, end) {
                if list.open < done {
                    continue;
                }
                done = done.max(list.close);
                fold(&self.out, &list, (start, end), &mut breaks);
            }
        }
        if breaks.is_empty() {
            return;
        }
        breaks.sort();
        breaks.dedup_by_key(|entry| entry.0);
        let mut out = Vec::with_capacity(self.out.len() + breaks.len() * 16);
        let mut at = 0;
        // By how much the text behind each place moves.
        let mut moves: Vec<(usize, i64)> = Vec::new();
        for (from, to, text) in &breaks {
            out.extend_from_slice(&self.out[at..*from]);
            out.extend_from_slice(text);
            at = *to;
            moves.push((at, out.len() as i64 - at as i64));
        }
        out.extend_from_slice(&self.out[at..]);
        self.out = out;
        self.offsets.moved(|old| {
            let index = moves.partition_point(|entry| entry.0 <= old as usize);
            match index.checked_sub(1) {
                Some(index) => (i64::from(old) + moves[index].1) as u32,
                None => old,
            }
        });
    }
}

/// Whether a place belongs to a directive, whose lines can't be broken without more.
fn in_directive(text: &[u8], at: usize) -> bool {
    let mut end = at;
    loop {
        let start = text[..end]
            .iter()
            .rposition(|&byte| byte == b'\n')
            .map_or(0, |at| at + 1);
        if text[start..].trim_ascii_start().starts_with(b"#") {
            return true;
        }
        match start.checked_sub(1) {
            Some(before) if text[..before].ends_with(b"\\") => end = before,
            _ => return false,
        }
    }
}

/// Parentheses in a text, with the commas directly in them.
struct List {
    open: usize,
    close: usize,
    commas: Vec<usize>,
}

/// The outermost lists that a piece of added code holds or lies in.
fn lists(text: &[u8], start: usize, end: usize) -> Vec<List> {
    let begin = statement_start(text, start);
    let mut stack: Vec<List> = Vec::new();
    let mut found: Vec<List> = Vec::new();
    let mut at = begin;
    // A list goes on for some lines at most.
    let limit = (end + 2000).min(text.len());
    while at < limit {
        match text[at] {
            quote @ (b'"' | b'\'') => {
                at += 1;
                while at < limit && text[at] != quote {
                    if text[at] == b'\n' {
                        return Vec::new();
                    }
                    at += if text[at] == b'\\' { 2 } else { 1 };
                }
            }
            b'/' if text.get(at + 1) == Some(&b'*') => match memchr::memmem::find(&text[at + 2..], b"*/") {
                Some(len) => at += len + 3,
                None => return Vec::new(),
            },
            b'/' if text.get(at + 1) == Some(&b'/') => return Vec::new(),
            b'(' => stack.push(List {
                open: at,
                close: at,
                commas: Vec::new(),
            }),
            b')' => {
                if let Some(mut list) = stack.pop() {
                    list.close = at;
                    let is_touched = list
                        .commas
                        .iter()
                        .any(|&comma| comma + 3 >= start && comma <= end)
                        && list.close >= start
                        && list.open <= end;
                    if is_touched {
                        found.retain(|inner| inner.open < list.open || inner.close > list.close);
                        found.push(list);
                    }
                }
                if stack.is_empty() && at >= end {
                    break;
                }
            }
            b',' => {
                if let Some(list) = stack.last_mut() {
                    list.commas.push(at);
                }
            }
            b';' | b'{' | b'}' if at >= end => break,
            b'{' | b'}' => stack.clear(),
            _ => {}
        }
        at += 1;
    }
    found
}

/// The begin of the line on which the statement around a place seems to begin.
fn statement_start(text: &[u8], place: usize) -> usize {
    let mut begin = place;
    loop {
        begin = text[..begin]
            .iter()
            .rposition(|&byte| byte == b'\n')
            .map_or(0, |at| at + 1);
        // A list goes on for some lines at most.
        if begin == 0 || place - begin > 2000 {
            return begin;
        }
        let line_end = begin - 1;
        let before = text[..line_end].trim_ascii_end();
        let is_blank = text[before.len()..line_end].contains(&b'\n');
        let ends = before.last().is_none_or(|byte| b";{}:/\\".contains(byte));
        if is_blank || ends || in_directive(text, line_end) {
            return begin;
        }
        begin = line_end;
    }
}

/// Finds the breaks that a list needs.
fn fold(text: &[u8], list: &List, fresh: (usize, usize), breaks: &mut Vec<(usize, usize, Vec<u8>)>) {
    let begin = line_start_before(text, list.open);
    // The line may have been broken already before the list.
    let broken = breaks.last().filter(|(_, to, _)| *to > begin && *to <= list.open);
    let (mut line_start, mut base) = match broken {
        Some((_, to, indent)) => (*to, column(&indent[1..], 0)),
        None => (begin, 0),
    };
    let align = column(&text[line_start..=list.open], base);
    let indent = match align {
        ..=ALIGN => blanks(align, text[begin] == b' '),
        _ => hanging(text, list.open),
    };
    let align = column(&indent, 0);
    // What follows on the line of added code may have to move as well.
    let fresh_line_end = text[fresh.1..]
        .iter()
        .position(|&byte| byte == b'\n')
        .map_or(text.len(), |at| fresh.1 + at);
    for (index, &comma) in list.commas.iter().enumerate() {
        let mut next = comma + 1;
        while matches!(text.get(next), Some(b' ' | b'\t')) {
            next += 1;
        }
        if text.get(next) == Some(&b'\n') {
            line_start = next + 1;
            base = 0;
            continue;
        }
        let is_fresh = next >= fresh.0 && comma <= fresh_line_end;
        let end = list.commas.get(index + 1).copied().unwrap_or(list.close);
        // An element over several lines is measured up to the end of its first one.
        let stop = text[next..end]
            .iter()
            .position(|&byte| byte == b'\n')
            .map_or(end, |at| next + at);
        if is_fresh && column(&text[line_start..stop], base) > WIDTH {
            let with = [b"\n", indent.as_slice()].concat();
            breaks.push((comma + 1, next, with));
            line_start = next;
            base = align;
        }
    }
}

/// White space up to a column.
fn blanks(column: usize, spaces: bool) -> Vec<u8> {
    match spaces {
        true => vec![b' '; column],
        false => {
            let mut blanks = vec![b'\t'; column / 8];
            blanks.resize(column / 8 + column % 8, b' ');
            blanks
        }
    }
}

/// The indentation of what continues a statement, where there is no room beside its lists.
fn hanging(text: &[u8], place: usize) -> Vec<u8> {
    let indent = leading_blanks(&text[statement_start(text, place)..]);
    let step = match indent.first() {
        Some(b' ') => vec![b' '; 8],
        _ => b"\t\t".to_vec(),
    };
    [indent, step].concat()
}

fn line_start_before(text: &[u8], place: usize) -> usize {
    let line_break = text[..place].iter().rposition(|&byte| byte == b'\n');
    line_break.map_or(0, |at| at + 1)
}

/// The column behind a text that begins at a column.
fn column(text: &[u8], from: usize) -> usize {
    text.iter().fold(from, |column, &byte| match byte {
        b'\t' => column / 8 * 8 + 8,
        // A further byte of a letter.
        0x80..=0xbf => column,
        _ => column + 1,
    })
}
