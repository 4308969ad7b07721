//! The tree's own scripts/checkpatch.pl, and which of its complaints are new.
//!
//! A complaint is new unless `checkpatch.pl -f` makes the same one about the lines of the old file that the patch replaces.

use std::fs;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use bstr::{BStr, BString, ByteSlice};

use super::finding::Finding;
use super::process::{self, Ran};
use crate::edit::unified::{self, Options};

/// How long it may take for one patch or file.
const PATIENCE: Duration = Duration::from_secs(300);
/// By what the script knows the top of a kernel tree.
const TOP: [&str; 16] = [
    "COPYING",
    "CREDITS",
    "Kbuild",
    "MAINTAINERS",
    "Makefile",
    "README",
    "Documentation",
    "arch",
    "include",
    "drivers",
    "fs",
    "init",
    "ipc",
    "kernel",
    "lib",
    "scripts",
];
/// Where the script and what it reads lie in a tree.
pub const FILES: [&str; 4] = [
    "scripts/checkpatch.pl",
    "scripts/spelling.txt",
    "scripts/const_structs.checkpatch",
    "Documentation/dev-tools/checkpatch.rst",
];

/// The script, ready to run.
pub struct Checkpatch<'a> {
    script: PathBuf,
    root: Option<PathBuf>,
    scratch: &'a Path,
    stop: &'a dyn Fn() -> bool,
}

/// A file before and after a patch.
#[derive(Clone, Copy)]
pub struct Change<'a> {
    /// Relative to the tree.
    pub path: &'a BStr,
    /// Empty for a new file.
    pub before: &'a [u8],
    /// Empty for one that goes.
    pub after: &'a [u8],
}

#[derive(Clone, PartialEq, Eq, Debug)]
struct Complaint {
    /// Empty when it is about the message.
    path: BString,
    line: u32,
    level: String,
    kind: String,
    message: String,
}

impl<'a> Checkpatch<'a> {
    /// The script of a tree that lies in `folder`. Each run gets a folder of its own below `scratch`: what a patch says of
    /// a script or a `.checkpatch.conf` does not reach the next one.
    pub fn in_folder(folder: &Path, scratch: &'a Path, stop: &'a dyn Fn() -> bool) -> Self {
        let is_top = TOP.iter().all(|name| folder.join(name).exists());
        Self {
            script: folder.join(FILES[0]),
            root: is_top.then(|| folder.to_owned()),
            scratch,
            stop,
        }
    }

    /// The new complaints about a patch; the error says why there is no answer.
    pub fn check(&self, mail: &[u8], changes: &[Change<'_>]) -> Result<Vec<Finding>, String> {
        if let Some(line) = unsafe_line(mail) {
            return Err(format!(
                "checkpatch.pl gives file names to a shell, and this one is not for it: {}",
                shown(line)
            ));
        }
        let folder = self.folder()?;
        let complaints = self.complaints(folder.path(), &["-"], mail)?;
        let mut known: Vec<(BString, Vec<Complaint>)> = Vec::new();
        let mut findings = Vec::new();
        for complaint in complaints {
            let change = changes.iter().find(|change| change.path == complaint.path);
            if let Some(change) = change.filter(|change| !change.before.is_empty()) {
                let old = match known.iter_mut().find(|(path, _)| *path == complaint.path) {
                    Some((_, old)) => old,
                    None => {
                        known.push((complaint.path.clone(), self.of_file(change)?));
                        match known.last_mut() {
                            Some((_, old)) => old,
                            None => continue,
                        }
                    }
                };
                let lines = replaced(change, complaint.line);
                let same = |old: &Complaint| {
                    old.kind == complaint.kind && old.level == complaint.level && lines.contains(&old.line)
                };
                if let Some(at) = old.iter().position(same) {
                    old.remove(at);
                    continue;
                }
            }
            let message = format!("{}:{}: {}", complaint.level, complaint.kind, complaint.message);
            let finding = match complaint.level.as_str() {
                "CHECK" => Finding::remark("checkpatch", message),
                _ => Finding::problem("checkpatch", message),
            };
            findings.push(match complaint.path.is_empty() {
                true => finding,
                false => finding.at(complaint.path, complaint.line),
            });
        }
        Ok(findings)
    }

    fn folder(&self) -> Result<tempfile::TempDir, String> {
        tempfile::tempdir_in(self.scratch).map_err(|error| format!("no scratch folder can be made: {error}"))
    }

    /// What the script says about a file as it was.
    fn of_file(&self, change: &Change<'_>) -> Result<Vec<Complaint>, String> {
        // The script would take it for its own settings.
        if change.path.starts_with(b".") {
            return Ok(Vec::new());
        }
        let path = change.path.to_path().map_err(|error| error.to_string())?;
        let folder = self.folder()?;
        let file = folder.path().join(path);
        let write = || -> io::Result<()> {
            fs::create_dir_all(file.parent().unwrap_or(self.scratch))?;
            fs::write(&file, change.before)
        };
        write().map_err(|error| format!("{} cannot be written: {error}", file.display()))?;
        let shown = change.path.to_str().map_err(|error| error.to_string())?;
        // A path that starts with a dash would be an option.
        self.complaints(folder.path(), &["-f", "--", shown], b"")
    }

    fn complaints(&self, folder: &Path, what: &[&str], input: &[u8]) -> Result<Vec<Complaint>, String> {
        let mut command = Command::new("perl");
        command.arg(&self.script).current_dir(folder);
        command.args([
            "--terse",
            "--showfile",
            "--show-types",
            "--no-summary",
            "--no-signoff",
        ]);
        command.args(["--color=never"]);
        match &self.root {
            Some(root) => command.arg(format!("--root={}", root.display())),
            None => command.arg("--no-tree"),
        };
        command.args(what).env("LC_ALL", "C");
        let ran = process::run(&mut command, input, PATIENCE, self.stop);
        let ran = ran.map_err(|error| format!("perl cannot be run: {error}"))?;
        if ran.was_ended {
            return Err(format!("it took longer than {} s", PATIENCE.as_secs()));
        }
        // 1 says that there are complaints.
        if !matches!(ran.code, Some(0 | 1)) {
            return Err(format!("it failed: {}", last_words(&ran)));
        }
        Ok(ran.stdout.lines().filter_map(complaint).collect())
    }
}

/// The first line from which the script would take a file name with characters that mean something to a shell.
fn unsafe_line(mail: &[u8]) -> Option<&[u8]> {
    let names_file = |line: &&[u8]| {
        let starts = ["diff --git", "--- ", "---\t", "+++ ", "+++\t", "rename ", "copy "];
        starts.iter().any(|start| line.starts_with(start.as_bytes()))
    };
    let is_safe =
        |byte: &u8| byte.is_ascii_alphanumeric() || b"_./+,=@%:- \t\r".contains(byte) || *byte >= 0x80;
    let mut lines = mail.split(|&byte| byte == b'\n').filter(names_file);
    lines.find(|line| !line.iter().all(is_safe))
}

fn shown(line: &[u8]) -> String {
    let line = line.to_str_lossy();
    line.chars().take(200).filter(|c| !c.is_control()).collect()
}

fn last_words(ran: &Ran) -> String {
    let said = [&ran.stderr[..], &ran.stdout[..]].concat();
    let line = said
        .lines()
        .find(|line| !line.trim().is_empty())
        .unwrap_or_default();
    shown(line)
}

/// `path:line: LEVEL:TYPE: words`; the place is empty for what is about the message.
fn complaint(line: &[u8]) -> Option<Complaint> {
    let levels = [
        (&b"ERROR:"[..], "ERROR"),
        (b"WARNING:", "WARNING"),
        (b"CHECK:", "CHECK"),
    ];
    let (at, word, level) = levels
        .iter()
        .filter_map(|(word, level)| Some((line.find(word)?, word, level)))
        .min_by_key(|(at, ..)| *at)?;
    let (place, rest) = (line[..at].trim(), &line[at + word.len()..]);
    let (kind, message) = rest.split_once_str(": ")?;
    let place = place.strip_suffix(b":").unwrap_or(place);
    let (path, number) = match place.rsplit_once_str(":") {
        Some((path, number)) => (path, number.to_str().ok()?.parse().unwrap_or(0)),
        None => (&b""[..], 0),
    };
    let is_mail = path.is_empty() || path == b"-" || path == b"Your patch";
    Some(Complaint {
        path: if is_mail { BString::default() } else { path.into() },
        line: number,
        level: (*level).to_owned(),
        kind: kind.to_str_lossy().into_owned(),
        message: message
            .to_str_lossy()
            .chars()
            .filter(|c| !c.is_control())
            .collect(),
    })
}

/// The lines of the old file in whose place the run of changed lines around a new line stands.
fn replaced(change: &Change<'_>, line: u32) -> Range<u32> {
    let line = line.saturating_sub(1) as usize;
    let mut moved = 0i64;
    for hunk in unified::hunks(change.before, change.after, Options { context: 0 }) {
        // The first line behind a run counts, too: some complaints are about what a line follows.
        if (hunk.new.start..hunk.new.end + 1).contains(&line) {
            return hunk.old.start as u32 + 1..hunk.old.end as u32 + 2;
        }
        if hunk.new.start > line {
            break;
        }
        moved = hunk.old.end as i64 - hunk.new.end as i64;
    }
    let same = (line as i64 + moved + 1).max(0) as u32;
    same..same + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn complaints_are_read() {
        let read =
            complaint(b"mm/a b.c:12: WARNING:LONG_LINE: line length of 120 exceeds 100 columns").unwrap();
        assert_eq!((read.path, read.line), ("mm/a b.c".into(), 12));
        assert_eq!((&read.level[..], &read.kind[..]), ("WARNING", "LONG_LINE"));
        let read = complaint(b"-:7: ERROR:GIT_COMMIT_ID: Please use git commit description style").unwrap();
        assert_eq!(read.path, "");
        assert_eq!(complaint(b"total: 0 errors, 0 warnings"), None);
    }

    #[test]
    fn names_that_are_words_for_a_shell_do_not_reach_the_script() {
        for line in [
            "diff --git a/x;touch${IFS}y b/x",
            "+++ b/$(id)",
            "--- a/`id`",
            "rename to a&b",
            "+++ b/a|b",
            "+++ b/a\\nb",
        ] {
            let mail = format!("Subject: x\n\n{line}\n");
            assert_eq!(unsafe_line(mail.as_bytes()), Some(line.as_bytes()), "{line}");
        }
        let plain =
            b"a; b\n---\n mm/x.c | 2 +-\n\ndiff --git a/mm/x-1_y.c b/mm/x.c\n--- a/mm/x.c\n+++ b/mm/x.c\n";
        assert_eq!(unsafe_line(plain), None);
    }

    const SCRIPT: &str = r#"
my ($f, @lines) = (0);
for (@ARGV) { $f = 1 if $_ eq '-f'; die "odd\n" if $_ eq 'fail'; }
if ($f) {
    open(my $in, '<', $ARGV[-1]) or die; my $n = 0;
    while (<$in>) { $n++; print "$ARGV[-1]:$n: WARNING:UGLY: ugly\n" if /ugly/; }
} else {
    my ($path, $n);
    while (<STDIN>) {
        if (/^\+\+\+ b\/(.*)/) { $path = $1 }
        elsif (/^@@ -\S+ \+(\d+)/) { $n = $1 - 1 }
        elsif (/^[ +]/) { $n++; print "$path:$n: WARNING:UGLY: ugly\n" if /^\+.*ugly/; }
        die "broken\n" if /BREAK/;
        print "-:1: ERROR:ODD: odd\n" if /ODD/;
    }
}
exit 1;
"#;

    #[test]
    fn only_new_complaints_count() {
        let scratch = tempfile::tempdir().unwrap();
        let tree = tempfile::tempdir_in(scratch.path()).unwrap();
        fs::create_dir(tree.path().join("scripts")).unwrap();
        fs::write(tree.path().join(FILES[0]), SCRIPT).unwrap();
        let checkpatch = Checkpatch::in_folder(tree.path(), scratch.path(), &|| false);
        let (before, after) = (b"a\nugly old\nb\nc\n", b"a\nugly new\nb\nugly c\n");
        let change = Change {
            path: "d/x.c".into(),
            before,
            after,
        };
        let diff = unified::unified("d/x.c".into(), before, after, Options::default());
        let findings = checkpatch.check(&diff, &[change]).unwrap();
        assert_eq!(findings.len(), 1, "{findings:?}");
        assert_eq!(findings[0].place, Some(("d/x.c".into(), 4)));
        let odd = checkpatch.check(b"ODD\n", &[]).unwrap();
        assert_eq!(
            (odd[0].place.clone(), &odd[0].message[..]),
            (None, "ERROR:ODD: odd")
        );
        // A file by the name of the script, or of its settings, is a file like others.
        let script = tree.path().join(FILES[0]);
        for path in ["scripts/checkpatch.pl", ".checkpatch.conf"] {
            let change = Change {
                path: path.into(),
                before: b"die;\n",
                after: b"die; ugly\n",
            };
            let diff = unified::unified(path.into(), change.before, change.after, Options::default());
            assert_eq!(checkpatch.check(&diff, &[change]).unwrap().len(), 1, "{path}");
        }
        assert_eq!(fs::read(script).unwrap(), SCRIPT.as_bytes());
        let why = checkpatch.check(b"BREAK\n", &[]).unwrap_err();
        assert!(why.contains("broken"), "{why}");
    }
}
