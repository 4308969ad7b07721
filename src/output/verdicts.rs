//! What was found of patches that somebody handed in: a table for a person, an object for a program.

use std::fmt::Write;

use serde::Serialize;

use super::style::{Paint, visible};

/// The name and version of the schema of [`Report`].
pub const SCHEMA: &str = "respin.verify/1";

/// Everything, as `--json` prints it.
#[derive(Serialize)]
pub struct Report<'a> {
    /// Name and version of the schema.
    pub schema: &'static str,
    /// The commit that the patches were applied to; `null` for a folder as it stands.
    pub base: Option<&'a str>,
    /// The patches in order.
    pub patches: Vec<Patch<'a>>,
    /// What was not done, as sentences.
    pub not_done: Vec<&'a str>,
    /// Whether a check found a problem (exit code 3).
    pub failed: bool,
}

/// One patch or cover letter.
#[derive(Serialize)]
pub struct Patch<'a> {
    /// The file below the folder, or the first digits of the commit.
    pub name: &'a str,
    /// Its subject, without the brackets.
    pub subject: &'a str,
    /// Whether it is a cover letter.
    pub cover: bool,
    /// The paths that it changes.
    pub files: Vec<String>,
    /// What each check says.
    pub checks: Vec<Check<'a>>,
}

/// One check of one patch.
#[derive(Serialize)]
pub struct Check<'a> {
    /// Its name, such as `applies`.
    pub name: &'static str,
    /// `ok`, `remarks`, `failed` or `not-done`.
    pub result: &'static str,
    /// Why it was not done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<&'a str>,
    /// What it found.
    pub findings: Vec<Finding<'a>>,
}

/// One finding.
#[derive(Serialize)]
pub struct Finding<'a> {
    /// A stable word for it.
    pub code: &'a str,
    /// Whether a maintainer would not take it so; otherwise it is to be looked at.
    pub problem: bool,
    /// One sentence.
    pub message: &'a str,
    /// The file it speaks of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The line in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
}

/// The table, and below each patch what was found.
pub fn render(report: &Report<'_>, columns: &[&'static str], paint: Paint) -> String {
    let mut text = String::new();
    for patch in &report.patches {
        let strong = paint.strong();
        let subject = visible(patch.subject.as_bytes());
        let name = visible(patch.name.as_bytes());
        let _ = writeln!(text, "{strong}{subject}{strong:#}\n  {name}");
        let mut line = String::from(" ");
        for column in columns {
            let check = patch.checks.iter().find(|check| check.name == *column);
            let Some(check) = check else { continue };
            let style = match check.result {
                "ok" => paint.good(),
                "failed" => paint.bad(),
                _ => paint.notice(),
            };
            let word = check.result.replace('-', " ");
            let _ = write!(line, " {column}: {style}{word}{style:#} ");
        }
        let _ = writeln!(text, "{}", line.trim_end());
        for check in &patch.checks {
            if let Some(why) = check.why {
                let _ = writeln!(text, "    not done: {}", visible(why.as_bytes()));
            }
            for finding in &check.findings {
                findings(&mut text, finding, paint);
            }
        }
    }
    text
}

fn findings(text: &mut String, finding: &Finding<'_>, paint: Paint) {
    let (style, word) = match finding.problem {
        true => (paint.bad(), "problem"),
        false => (paint.notice(), "remark"),
    };
    let place = match (&finding.path, finding.line) {
        (Some(path), Some(line)) => format!("{}:{line}: ", visible(path.as_bytes())),
        (Some(path), None) => format!("{}: ", visible(path.as_bytes())),
        _ => String::new(),
    };
    let mut lines = finding.message.lines().map(|line| visible(line.as_bytes()));
    let first = lines.next().unwrap_or_default();
    let _ = writeln!(
        text,
        "    {style}{word}{style:#}[{}]: {place}{first}",
        finding.code
    );
    for line in lines {
        let _ = writeln!(text, "      {line}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_check_has_its_word_and_each_finding_its_place() {
        let report = Report {
            schema: SCHEMA,
            base: None,
            patches: vec![Patch {
                name: "0001-x.patch",
                subject: "mm: x",
                cover: false,
                files: vec!["a.c".into()],
                checks: vec![
                    Check {
                        name: "applies",
                        result: "ok",
                        why: None,
                        findings: Vec::new(),
                    },
                    Check {
                        name: "checkpatch",
                        result: "failed",
                        why: None,
                        findings: vec![Finding {
                            code: "checkpatch",
                            problem: true,
                            message: "too\u{1b} ugly\nindeed",
                            path: Some("a.c".into()),
                            line: Some(3),
                        }],
                    },
                ],
            }],
            not_done: Vec::new(),
            failed: true,
        };
        let text = render(
            &report,
            &["applies", "parses", "checkpatch"],
            Paint { colored: false },
        );
        assert_eq!(
            text,
            "mm: x\n  0001-x.patch\n  applies: ok  checkpatch: failed\n    \
             problem[checkpatch]: a.c:3: too\\u{1b} ugly\n      indeed\n"
        );
    }
}
