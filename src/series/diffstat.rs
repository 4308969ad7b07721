//! The diffstat and the summary of created, deleted and re-moded files, column by column as git
//! lays them out.

use bstr::ByteSlice;

use super::diff::{Delta, Size};
use super::quote;

/// The columns that `git format-patch` gives a diffstat.
const WIDTH: usize = 72;

/// One row, ready to be laid out.
struct Row {
    name: String,
    size: Size,
}

/// The lines between `---` and the first `diff --git`, without the blank line after them.
pub(super) fn render<'a>(files: impl IntoIterator<Item = (&'a Delta, Size)>) -> String {
    let files: Vec<_> = files.into_iter().collect();
    let rows: Vec<Row> = files
        .iter()
        .filter(|(delta, size)| is_counted(delta, *size))
        .map(|(delta, size)| Row {
            name: quote::path(delta.path.as_bstr()),
            size: *size,
        })
        .collect();
    let mut text = String::new();
    if !rows.is_empty() {
        graph(&rows, &mut text);
        totals(&rows, &mut text);
    }
    for (delta, _) in &files {
        summary(delta, &mut text);
    }
    text
}

/// git leaves out a file whose contents stay, unless it comes, goes or changes its mode.
fn is_counted(delta: &Delta, size: Size) -> bool {
    match (&delta.old, &delta.new) {
        (Some(old), Some(new)) => size != Size::Lines(0, 0) || old.mode != new.mode,
        _ => true,
    }
}

fn graph(rows: &[Row], text: &mut String) {
    let digits = |number: usize| number.to_string().len();
    let mut longest = 0;
    let mut most = 0;
    let mut binary_width = 0;
    let mut number_width = 0;
    for row in rows {
        longest = longest.max(row.name.len());
        match row.size {
            Size::Lines(added, deleted) => most = most.max(added + deleted),
            Size::Bytes(before, after) => {
                // "Bin BEFORE -> AFTER bytes", with the numbers lined up with "Bin".
                binary_width = binary_width.max(14 + digits(before) + digits(after));
                number_width = 3;
            }
        }
    }
    number_width = number_width.max(digits(most));
    let width = WIDTH.max(16 + 6 + number_width);
    let fixed = number_width + 6;
    let mut graph_width = match most + 4 > binary_width {
        true => most,
        false => binary_width - 4,
    };
    let mut name_width = longest;
    if name_width + fixed + graph_width > width {
        // git counts with signs here: a wide number may leave less than nothing for the graph.
        let share = (width * 3 / 8).saturating_sub(fixed);
        if graph_width > share {
            graph_width = share.max(6);
        }
        if name_width > width - fixed - graph_width {
            name_width = width - fixed - graph_width;
        } else {
            graph_width = width - fixed - name_width;
        }
    }
    for row in rows {
        let (dots, name) = shortened(&row.name, name_width);
        let padding = (name_width - dots.len()).saturating_sub(name.len());
        text.push_str(&format!(" {dots}{name}{:padding$} | ", ""));
        match row.size {
            Size::Bytes(0, 0) => text.push_str(&format!("{:>number_width$}\n", "Bin")),
            Size::Bytes(before, after) => {
                text.push_str(&format!("{:>number_width$} {before} -> {after} bytes\n", "Bin"))
            }
            Size::Lines(added, deleted) => {
                let total = added + deleted;
                let space = if total > 0 { " " } else { "" };
                let (plus, minus) = bars(added, deleted, graph_width, most);
                text.push_str(&format!(
                    "{total:>number_width$}{space}{}{}\n",
                    "+".repeat(plus),
                    "-".repeat(minus)
                ));
            }
        }
    }
}

/// A name that is too long loses its head, up to the next slash if there is one.
fn shortened(name: &str, width: usize) -> (&'static str, &str) {
    if name.len() <= width {
        return ("", name);
    }
    let tail = &name[name.len() - width.saturating_sub(3).min(name.len())..];
    let from = tail.find('/').unwrap_or(0);
    ("...", &tail[from..])
}

/// How many signs stand for lines added and deleted.
fn bars(added: usize, deleted: usize, width: usize, most: usize) -> (usize, usize) {
    if width > most {
        return (added, deleted);
    }
    let scaled = |lines: usize| match lines {
        0 => 0,
        _ => 1 + lines * (width - 1) / most,
    };
    let mut total = scaled(added + deleted);
    if total < 2 && added > 0 && deleted > 0 {
        total = 2;
    }
    if added < deleted {
        let plus = scaled(added);
        (plus, total.saturating_sub(plus))
    } else {
        let minus = scaled(deleted);
        (total.saturating_sub(minus), minus)
    }
}

fn totals(rows: &[Row], text: &mut String) {
    let (mut added, mut deleted) = (0, 0);
    for row in rows {
        if let Size::Lines(plus, minus) = row.size {
            added += plus;
            deleted += minus;
        }
    }
    let plural = |count: usize| if count == 1 { "" } else { "s" };
    *text += &format!(" {} file{} changed", rows.len(), plural(rows.len()));
    if added > 0 || deleted == 0 {
        *text += &format!(", {added} insertion{}(+)", plural(added));
    }
    if deleted > 0 || added == 0 {
        *text += &format!(", {deleted} deletion{}(-)", plural(deleted));
    }
    text.push('\n');
}

fn summary(delta: &Delta, text: &mut String) {
    let name = quote::path(delta.path.as_bstr());
    match (&delta.old, &delta.new) {
        (None, Some(new)) => *text += &format!(" create mode {:06o} {name}\n", new.mode),
        (Some(old), None) => *text += &format!(" delete mode {:06o} {name}\n", old.mode),
        (Some(old), Some(new)) if old.mode != new.mode => {
            *text += &format!(" mode change {:06o} => {:06o} {name}\n", old.mode, new.mode);
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_lose_their_head() {
        assert_eq!(shortened("a/b.c", 10), ("", "a/b.c"));
        assert_eq!(shortened("drivers/gpu/drm/x.c", 12), ("...", "/drm/x.c"));
        assert_eq!(shortened("drivers/gpu/averylongname.c", 12), ("...", "ongname.c"));
    }

    #[test]
    fn bars_always_show_both_signs() {
        assert_eq!(bars(1, 1, 6, 1000), (1, 1));
        assert_eq!(bars(0, 0, 6, 1000), (0, 0));
        assert_eq!(bars(3, 2, 60, 50), (3, 2));
        assert_eq!(bars(900, 100, 40, 1000), (36, 4));
    }
}
