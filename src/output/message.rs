//! Diagnostics as text, with the lines they point at.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use crate::diagnostics::{Diagnostic, Label, Severity};
use crate::text::{LineIndex, TextRange};

use super::style::visible;

/// A frame shows at most this much of a line, so that a file of one long line doesn't fill the screen.
const LONGEST_EXCERPT: usize = 160;

/// Renders a diagnostic; `text` is the file that it names.
pub fn render(diagnostic: &Diagnostic, text: Option<&[u8]>, colored: bool) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let title = visible(diagnostic.message.as_bytes());
    let mut group = Group::with_title(level.primary_title(title).id(diagnostic.code));
    let path = diagnostic.path.as_ref().map(|path| visible(path));
    match (&path, text) {
        (Some(path), Some(text)) if !diagnostic.labels.is_empty() => {
            for excerpt in excerpts(text, &diagnostic.labels) {
                group = group.element(
                    Snippet::source(excerpt.text)
                        .line_start(excerpt.line)
                        .path(path.to_string())
                        .annotations(excerpt.marks.into_iter().map(|mark| {
                            let kind = if mark.primary {
                                AnnotationKind::Primary
                            } else {
                                AnnotationKind::Context
                            };
                            kind.span(mark.range).label(mark.label)
                        })),
                );
            }
        }
        (Some(path), _) => group = group.element(Origin::path(path.to_string())),
        (None, _) => {}
    }
    let mut aside = None;
    if let Some(help) = &diagnostic.help {
        let help = visible(help.as_bytes());
        if path.is_some() {
            group = group.element(Level::HELP.message(help));
        } else {
            aside = Some(Group::with_title(Level::HELP.secondary_title(help)));
        }
    }
    let renderer = if colored {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    // One report of both would have the gutter of a frame between them, where there is no frame.
    let mut text = renderer.render(&[group]);
    if let Some(aside) = aside {
        text.push('\n');
        text.push_str(&renderer.render(&[aside]));
    }
    text
}

/// One line of the file, made printable, with what to say about it.
struct Excerpt {
    text: String,
    line: usize,
    marks: Vec<Mark>,
}

struct Mark {
    range: Range<usize>,
    label: String,
    primary: bool,
}

fn excerpts(text: &[u8], labels: &[Label]) -> Vec<Excerpt> {
    let index = LineIndex::new(text);
    let mut excerpts: Vec<Excerpt> = Vec::new();
    for (number, label) in labels.iter().enumerate() {
        let line = index.line_column(label.range.start).line;
        let range = index.line_range(line).unwrap_or_default();
        let (text, marked) = excerpt(text, range, label.range);
        let mark = Mark {
            range: marked,
            label: visible(label.text.as_bytes()).into_owned(),
            primary: number == 0,
        };
        let line = line as usize;
        match excerpts
            .iter_mut()
            .find(|known| known.line == line && known.text == text)
        {
            Some(known) => known.marks.push(mark),
            None => excerpts.push(Excerpt {
                text,
                line,
                marks: vec![mark],
            }),
        }
    }
    excerpts
}

/// The printable text of a line around `marked`, and where that is in it.
///
/// The pieces are made printable one by one, because bytes that are not UTF-8 change their length.
fn excerpt(text: &[u8], line: TextRange, marked: TextRange) -> (String, Range<usize>) {
    let (line_start, line_end) = (line.start as usize, line.end as usize);
    let start = (marked.start as usize).clamp(line_start, line_end);
    let end = (marked.end as usize).clamp(start, line_end.min(start + LONGEST_EXCERPT));
    let from = line_start.max(start.saturating_sub(LONGEST_EXCERPT));
    let to = line_end.min(end + LONGEST_EXCERPT);
    let piece = |range: Range<usize>| {
        let bytes = text.get(range).unwrap_or_default();
        let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
        visible(bytes.strip_suffix(b"\r").unwrap_or(bytes)).into_owned()
    };
    let mut shown = piece(from..start);
    let mark_start = shown.len();
    shown.push_str(&piece(start..end));
    let mark_end = shown.len();
    shown.push_str(&piece(end..to));
    (shown, mark_start..mark_end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn diagnostic(start: u32, end: u32) -> Diagnostic {
        Diagnostic::new(Severity::Error, "unknown-key", "unknown key `spilt`")
            .in_file("transform.toml")
            .at(TextRange::new(start, end), "did you mean `split`?")
            .help("known here: name, split")
    }

    #[test]
    fn a_frame_has_place_caret_and_help() {
        let text = b"name = \"x\"\nspilt = 1\n";
        assert_eq!(
            render(&diagnostic(11, 16), Some(text), false),
            "error[unknown-key]: unknown key `spilt`\n \
             --> transform.toml:2:1\n  \
             |\n\
             2 | spilt = 1\n  \
             | ^^^^^ did you mean `split`?\n  \
             |\n  \
             = help: known here: name, split"
        );
    }

    #[test]
    fn without_text_the_path_is_still_named() {
        let text = render(&diagnostic(11, 16), None, false);
        assert!(text.contains("--> transform.toml"), "{text}");
    }

    #[test]
    fn a_message_without_a_place_has_no_frame() {
        let plain = Diagnostic::new(Severity::Warning, "io", "no").help("try again");
        assert_eq!(render(&plain, None, false), "warning[io]: no\nhelp: try again");
    }

    #[test]
    fn any_text_and_any_range_can_be_shown() {
        let long = vec![b'x'; 1_000_000];
        for (text, start, end) in [
            (&b""[..], 0, 0),
            (b"\n\n", 2, 2),
            (b"\xff\xfea\x1b\xff\n", 2, 4),
            (b"a\r\nb", 1, 4),
            (b"ab", 7, 9),
            (&long, 500_000, 999_999),
        ] {
            let shown = render(&diagnostic(start, end), Some(text), false);
            assert!(shown.len() < 2000 && !shown.contains('\x1b'), "{shown}");
        }
    }
}
