//! A series as it would be sent, for a person to look at.

use std::fmt::Write;

use super::json::{Patch, Series};
use super::style::{Paint, visible};
use super::summary::counted;

/// Names on one line; of more the number is said.
const SHOWN: usize = 4;

/// The lines for standard output: what is sent at once under its folder, and each patch with whom it goes to.
pub fn render(series: &Series<'_>, paint: Paint) -> String {
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
        let _ = writeln!(text, "         {}", what(patch));
        people(&mut text, "To", patch.to);
        people(&mut text, "Cc", patch.cc);
    }
    text
}

fn what(patch: &Patch<'_>) -> String {
    let mut text = format!(
        "{}: {} in {}: ",
        patch.phase,
        counted(patch.places, "place"),
        counted(patch.files.len(), "file")
    );
    text += &some(&patch.files);
    text
}

fn people(text: &mut String, name: &str, people: &[String]) {
    if !people.is_empty() {
        let _ = writeln!(text, "         {name}: {}", some(people));
    }
}

fn some(names: &[String]) -> String {
    let shown: Vec<_> = names
        .iter()
        .take(SHOWN)
        .map(|name| visible(name.as_bytes()))
        .collect();
    match names.len() - shown.len() {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
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
        let text = render(&series, Paint { colored: false });
        let one = "  mm: use f()\n         convert: 2 places in 1 file: mm/a\\u{a}.c\n         \
                   To: a@x, b@x, c@x, d@x and 1 more\n";
        assert_eq!(text, format!("01-mm/\n    1/2{one}    2/2{one}"));
    }
}
