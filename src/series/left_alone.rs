//! What a cover letter tells of the sites that were left alone: what a reader would ask about, and no more.

use super::facts::{LeftAlone, counted, sentence};

/// Reasons for uses that nobody expects to be changed; the ledger has them.
const UNTOLD: [&str; 2] = ["implementation", "no-call"];

/// Reasons by which the name means something else than the function, and what it means there.
const OTHER_MEANINGS: [(&str, &str); 9] = [
    ("member", "a member of a struct"),
    ("label", "a label"),
    ("tag", "the tag of a type"),
    ("local", "a local variable or parameter"),
    ("macro-parameter", "a parameter of a macro"),
    ("other-identifier", "a type, variable or constant of one file"),
    ("file-local", "a static function of one file"),
    ("other-program", "a function of a program outside of the kernel"),
    ("file-name", "a file"),
];

/// Reasons of sites that are the rule rather than an exception: a few of them are enough.
const ORDINARY: [&str; 1] = ["no-fault-handler"];

/// Sites that a reason lists by place; of more it gives the number.
const LISTED: usize = 12;
const LISTED_ORDINARY: usize = 3;

/// The longest reason that is given with the code that it quotes.
const MOST_COLUMNS: usize = 70;

/// A list of reasons with places; empty when there is nothing to tell.
pub(super) fn told(groups: &[LeftAlone]) -> String {
    let mut reasons: Vec<Told> = Vec::new();
    let mut elsewhere: Vec<(&str, usize)> = Vec::new();
    for group in groups {
        if UNTOLD.contains(&group.code.as_str()) {
            continue;
        }
        if let Some((_, meaning)) = OTHER_MEANINGS.iter().find(|(code, _)| *code == group.code) {
            match elsewhere.iter_mut().find(|(known, _)| known == meaning) {
                Some((_, places)) => *places += group.places.len(),
                None => elsewhere.push((meaning, group.places.len())),
            }
            continue;
        }
        let told = Told::of(group);
        match reasons.iter_mut().find(|known| known.is_like(&told)) {
            Some(known) => known.join(told),
            None => reasons.push(told),
        }
    }
    reasons.sort_by_key(|told| std::cmp::Reverse(told.places.len()));
    let mut lines: Vec<String> = reasons.iter().map(Told::line).collect();
    if !elsewhere.is_empty() {
        let places = counted(elsewhere.iter().map(|(_, places)| places).sum(), "place");
        let meanings = sentence(elsewhere.iter().map(|(meaning, _)| (*meaning).to_owned()));
        lines.push(format!("- the name means something else: {meanings} ({places})"));
    }
    if lines.is_empty() {
        return String::new();
    }
    format!("Left alone:\n\n{}", lines.join("\n"))
}

/// Sites that stay for reasons of one kind.
struct Told<'a> {
    code: &'a str,
    /// The reason without the code that it quotes.
    general: &'a str,
    /// With that code, as long as all sites quote the same.
    exact: Option<&'a str>,
    places: Vec<&'a str>,
}

impl<'a> Told<'a> {
    fn of(group: &'a LeftAlone) -> Self {
        // The first reason is enough for a letter.
        let first = group.reason.split("; also, ").next().unwrap_or_default();
        let exact = first.trim_end_matches('.');
        Self {
            code: &group.code,
            general: exact.split(": `").next().unwrap_or(exact),
            exact: (exact.chars().count() <= MOST_COLUMNS).then_some(exact),
            places: group.places.iter().map(String::as_str).collect(),
        }
    }

    fn is_like(&self, other: &Self) -> bool {
        self.code == other.code && self.general == other.general
    }

    fn join(&mut self, other: Self) {
        self.places.extend(other.places);
        self.exact = self.exact.filter(|exact| other.exact == Some(exact));
    }

    /// An item of a list: the reason, and where it holds.
    fn line(&self) -> String {
        let most = match ORDINARY.contains(&self.code) {
            true => LISTED_ORDINARY,
            false => LISTED,
        };
        let shown = &self.places[..self.places.len().min(most)];
        let more = match self.places.len() - shown.len() {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let reason = self.exact.unwrap_or(self.general);
        format!("- {reason}: {}{more}", joined(shown).join(", "))
    }
}

/// Places in one function one behind the other: `a.c:1 (f())` and `a.c:3 (f())` are `a.c:1, 3 (f())`.
fn joined(places: &[&str]) -> Vec<String> {
    let split = |place: &str| {
        let (start, function) = place.split_once(" (")?;
        let (path, line) = start.rsplit_once(':')?;
        Some((path.to_owned(), line.to_owned(), function.to_owned()))
    };
    let mut found: Vec<String> = Vec::new();
    let mut before: Option<(String, String, String)> = None;
    for place in places {
        let parts = split(place);
        match (found.last_mut(), &before, &parts) {
            (Some(text), Some((path, _, function)), Some((own, line, other)))
                if path == own && function == other =>
            {
                let end = text.len() - function.len() - " (".len();
                text.insert_str(end, &format!(", {line}"));
            }
            _ => found.push((*place).to_owned()),
        }
        before = parts;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(code: &str, reason: &str, places: &[&str]) -> LeftAlone {
        LeftAlone {
            code: code.into(),
            reason: reason.into(),
            places: places.iter().map(|place| (*place).to_owned()).collect(),
        }
    }

    #[test]
    fn what_nobody_asks_about_is_not_told() {
        assert_eq!(told(&[]), "");
        assert_eq!(
            told(&[group("implementation", "it is the export", &["a.c:1"])]),
            ""
        );
        let places: Vec<String> = (0..20).map(|line| format!("a.c:{line}")).collect();
        let places: Vec<&str> = places.iter().map(String::as_str).collect();
        assert_eq!(
            told(&[
                group("label", "it is a label", &["b.c:1", "b.c:2"]),
                group("local", "it is a parameter", &["b.c:3"]),
                group("local", "it is a local variable", &["b.c:4"]),
                group("no-fault-handler", "no page fault leads to it", &places),
                group("insert-in-loop", "the insert stands in a loop", &places),
            ]),
            "Left alone:\n\n\
             - no page fault leads to it: a.c:0, a.c:1, a.c:2 and 17 more\n\
             - the insert stands in a loop: a.c:0, a.c:1, a.c:2, a.c:3, a.c:4, a.c:5, a.c:6, a.c:7, a.c:8, a.c:9, a.c:10, \
             a.c:11 and 8 more\n\
             - the name means something else: a label and a local variable or parameter (4 places)"
        );
    }

    #[test]
    fn places_in_one_function_share_its_name() {
        let places = [
            "a.c:1 (f())",
            "a.c:3 (f())",
            "a.c:12 (f())",
            "a.c:20 (g())",
            "b.c:2 (g())",
            "b.c:3",
        ];
        assert_eq!(
            joined(&places),
            ["a.c:1, 3, 12 (f())", "a.c:20 (g())", "b.c:2 (g())", "b.c:3"]
        );
    }

    #[test]
    fn reasons_that_differ_in_what_they_quote_are_one() {
        let long = format!("it is not known what this returns: `f({})`", "x, ".repeat(30));
        assert_eq!(
            told(&[
                group(
                    "mixed-result",
                    "it may return something else: `-EFAULT`",
                    &["a.c:1"]
                ),
                group(
                    "mixed-result",
                    "it may return something else: `-ENOENT`",
                    &["b.c:2"]
                ),
                group("not-evaluable", &long, &["c.c:3"]),
                group(
                    "page-computed",
                    "no array: `f(x)`; also, a turn does more",
                    &["d.c:4"]
                ),
            ]),
            "Left alone:\n\n\
             - it may return something else: a.c:1, b.c:2\n\
             - it is not known what this returns: c.c:3\n\
             - no array: `f(x)`: d.c:4"
        );
    }
}
