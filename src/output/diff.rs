//! Unified diffs on standard output: as they are for programs, coloured for people.

use std::io::{self, Write};

use super::style::{Paint, visible};

/// Writes a diff exactly as it is.
pub fn write_plain(out: &mut dyn Write, diff: &[u8]) -> io::Result<()> {
    out.write_all(diff)
}

/// Writes a diff for a terminal: with colours, and with control characters made visible.
pub fn write_pretty(out: &mut dyn Write, diff: &[u8], paint: Paint) -> io::Result<()> {
    // The header ends at the first hunk; behind that a line `--- x` is a removed line.
    let mut in_hunk = false;
    for line in diff.split_inclusive(|&byte| byte == b'\n') {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        if line.starts_with(b"diff --git ") {
            in_hunk = false;
        }
        let style = match line.first() {
            Some(b'@') => {
                in_hunk = true;
                paint.place()
            }
            _ if !in_hunk => paint.strong(),
            Some(b'+') => paint.good(),
            Some(b'-') => paint.bad(),
            _ => anstyle::Style::new(),
        };
        writeln!(out, "{style}{}{style:#}", visible(line))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_get_the_colour_of_their_first_byte() {
        let diff = b"diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@ f()\n--- y\n+\x1bz\n same\n";
        let mut out = Vec::new();
        write_pretty(&mut out, diff, Paint { colored: true }).unwrap();
        let text = String::from_utf8(out).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[1], "\u{1b}[1m--- a/x\u{1b}[0m");
        assert_eq!(lines[3], "\u{1b}[36m@@ -1 +1 @@ f()\u{1b}[0m");
        assert_eq!(lines[4], "\u{1b}[31m--- y\u{1b}[0m");
        assert_eq!(lines[5], "\u{1b}[32m+\\u{1b}z\u{1b}[0m");
        assert_eq!(lines[6], " same");
    }
}
