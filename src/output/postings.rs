//! A series as it would be sent, for a person to look at.

use std::fmt::Write;

use super::Verbosity;
use super::json::{Patch, Series};
use super::style::{Paint, visible};
use super::summary::counted;

/// Names on one line; of more the number is said, unless all are wanted.
const SHOWN: usize = 4;

/// The lines for standard output: what is sent at once under its folder, and each patch with whom it goes to.
pub fn render(series: &Series<'_>, verbosity: Verbosity, paint: Paint) -> String {
    let limit = match verbosity {
        Verbosity::Verbose => usize::MAX,
        _ => SHOWN,
    };
    let mut text = String::new();
    let mut folder = None;
    let strong = paint.strong();
    for patch in &series.patches {
        if patch.posting != folder {
            folder = patch.posting;
            let _ = writeln!(text, "{}/", visible(folder.unwrap_or_default().as_bytes()));
        }
        let number = format!("{}/{}", patch.number, patch.of);
        let subject = visible(patch.subject.as_bytes());
        let _ = writeln!(text, "  {number:>5}  {strong}{subject}{strong:#}");
        let _ = writeln!(text, "         {}", what(patch, limit));
        people(&mut text, "To", patch.to, limit);
        people(&mut text, "Cc", patch.cc, limit);
    }
    text
}

fn what(patch: &Patch<'_>, limit: usize) -> String {
    let mut text = format!(
        "{}: {} in {}: ",
        patch.phase,
        counted(patch.places, "place"),
        counted(patch.files.len(), "file")
    );
    text += &some(&patch.files, limit);
    text
}

fn people(text: &mut String, name: &str, people: &[String], limit: usize) {
    if !people.is_empty() {
        let _ = writeln!(text, "         {name}: {}", some(people, limit));
    }
}

fn some(names: &[String], limit: usize) -> String {
    let shown: Vec<_> = names
        .iter()
        .take(limit)
        .map(|name| visible(name.as_bytes()))
        .collect();
    match names.len() - shown.len() {
        0 => shown.join(", "),
        more => format!("{} and {more} more (--verbose names all)", shown.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_patch_has_its_place_and_its_people() {
        let people = ["a@x", "b@x", "c@x", "d@x", "e@x"].map(String::from);
        let patch = |posting, number| Patch {
            subject: "mm: use f()",
            commit: "1",
            files: vec!["mm/a\n.c".to_owned()],
            phase: "convert",
            places: 2,
            posting,
            number,
            of: 2,
            to: &people,
            cc: &[],
        };
        let series = Series {
            base: None,
            branch: None,
            patches: vec![patch(Some("01-mm"), 1), patch(Some("01-mm"), 2)],
            mails: Vec::new(),
            remarks: Vec::new(),
        };
        let plain = Paint { colored: false };
        let text = render(&series, Verbosity::Normal, plain);
        let one = "  mm: use f()\n         convert: 2 places in 1 file: mm/a\\u{a}.c\n         \
                   To: a@x, b@x, c@x, d@x and 1 more (--verbose names all)\n";
        assert_eq!(text, format!("01-mm/\n    1/2{one}    2/2{one}"));
        let text = render(&series, Verbosity::Verbose, plain);
        assert_eq!(text.matches("To: a@x, b@x, c@x, d@x, e@x\n").count(), 2, "{text}");
    }
}
