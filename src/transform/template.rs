//! Message templates: text with `{field}` in it. `{{` and `}}` stand for the braces themselves.

use std::ops::Range;

use super::nearest::nearest;
use super::problem::{Problems, Reader};

#[derive(Clone, PartialEq, Eq, Debug)]
enum Piece {
    Text(String),
    Field(String),
}

/// A template whose fields are all known.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Template {
    lines: Vec<Vec<Piece>>,
}

impl Template {
    /// Reads a template; a field that is not in `fields` is a problem with file and line.
    pub fn parse(path: &str, text: &[u8], fields: &[&str]) -> Result<Self, Problems> {
        let mut reader = Reader::new(path, text);
        let mut lines = Vec::new();
        if let Some(text) = reader.utf8() {
            let mut start = 0;
            for line in text.split_inclusive('\n') {
                let stripped = line.trim_end_matches(['\n', '\r', ' ', '\t']);
                lines.push(read_line(&mut reader, stripped, start, fields));
                start += line.len();
            }
        }
        if reader.problems.is_empty() {
            Ok(Self { lines })
        } else {
            Err(Problems(reader.problems))
        }
    }

    /// The text with the fields filled in.
    ///
    /// A line that is only a field disappears, with the blank line behind it, when the field is empty: so a list of
    /// which there is nothing to say leaves no gap.
    pub fn fill(&self, mut value: impl FnMut(&str) -> String) -> String {
        let mut filled = String::new();
        let mut lines = self.lines.iter().peekable();
        while let Some(line) = lines.next() {
            let text: String = line
                .iter()
                .map(|piece| match piece {
                    Piece::Text(text) => text.clone(),
                    Piece::Field(field) => value(field),
                })
                .collect();
            if matches!(line[..], [Piece::Field(_)]) && text.is_empty() {
                lines.next_if(|next| next.is_empty());
                continue;
            }
            filled.push_str(text.trim_end());
            filled.push('\n');
        }
        let end = filled.trim_end().len();
        filled.truncate(end);
        filled.push('\n');
        filled
    }
}

fn read_line(reader: &mut Reader, line: &str, start: usize, fields: &[&str]) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut text = String::new();
    let mut rest = line;
    while let Some(at) = rest.find(['{', '}']) {
        let (before, brace) = rest.split_at(at);
        text.push_str(before);
        let offset = start + line.len() - brace.len();
        if brace.starts_with("{{") || brace.starts_with("}}") {
            text.push_str(&brace[..1]);
            rest = &brace[2..];
            continue;
        }
        let Some(length) = brace.find('}').filter(|_| brace.starts_with('{')) else {
            let message = "a brace that opens or closes nothing";
            reader
                .report("template-syntax", message, offset..offset + 1, "")
                .diagnostic
                .help = Some("fields are written {name}; write {{ or }} for a brace".into());
            return pieces;
        };
        let field = &brace[1..length];
        check_field(reader, field, offset..offset + length + 1, fields);
        if !text.is_empty() {
            pieces.push(Piece::Text(std::mem::take(&mut text)));
        }
        pieces.push(Piece::Field(field.to_owned()));
        rest = &brace[length + 1..];
    }
    text.push_str(rest);
    if !text.is_empty() {
        pieces.push(Piece::Text(text));
    }
    pieces
}

fn check_field(reader: &mut Reader, field: &str, at: Range<usize>, fields: &[&str]) {
    if fields.contains(&field) {
        return;
    }
    let label = nearest(field, fields.iter().copied())
        .map_or(String::new(), |known| format!("did you mean `{{{known}}}`?"));
    let message = format!("unknown field `{}`", field.escape_debug());
    reader
        .report("unknown-field", message, at, &label)
        .diagnostic
        .help = Some(format!("known here: {}", fields.join(", ")));
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIELDS: [&str; 3] = ["from", "to", "changes"];

    fn filled(text: &str) -> String {
        let template = Template::parse("t.txt", text.as_bytes(), &FIELDS).unwrap();
        template.fill(|field| match field {
            "changes" => String::new(),
            name => name.to_uppercase(),
        })
    }

    #[test]
    fn fields_and_braces() {
        assert_eq!(filled("a {from}() -> {to}\n"), "a FROM() -> TO\n");
        assert_eq!(filled("{{{from}}} {{}}\n"), "{FROM} {}\n");
        assert_eq!(filled("a  \n\n\n"), "a\n");
    }

    #[test]
    fn an_empty_list_leaves_no_gap() {
        assert_eq!(filled("a\n\n{changes}\n\nb\n"), "a\n\nb\n");
        assert_eq!(filled("a\n\nin {changes}\n\nb\n"), "a\n\nin\n\nb\n");
    }

    #[test]
    fn an_unknown_field_has_its_place() {
        let Problems(problems) = Template::parse("t.txt", b"a\nb {form} {", &FIELDS).unwrap_err();
        let [field, brace] = &problems[..] else {
            panic!("{problems:?}")
        };
        assert_eq!(field.diagnostic.code, "unknown-field");
        assert_eq!(field.diagnostic.labels[0].range.start, 4);
        assert_eq!(field.diagnostic.labels[0].text, "did you mean `{from}`?");
        assert_eq!(brace.diagnostic.code, "template-syntax");
        assert_eq!(brace.diagnostic.labels[0].range.start, 11);
    }
}
