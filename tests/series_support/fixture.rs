//! A small tree, a plan for it, and a git that takes what is made of it.
#![allow(dead_code, reason = "each test binary uses a part of it")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use bstr::BString;
use respin::ledger::{Reason, Role, Safety, Site, SiteKind, Verdict};
use respin::plan::{Atom, FileChange, Phase, Plan};
use respin::series::{
    Addressed, Advisor, Base, CoverFacts, Messages, Options, PatchFacts, PatchText, Recipients, RenderError,
    Series, build, commit_branch,
};
use respin::text::TextRange;
use respin::transform::Split;
use respin::worktree::Worktree;

use super::{Git, options};

/// The tree before: a header, its users in some drivers, and a file that nothing happens to.
pub const FILES: &[(&str, &str)] = &[
    (".gitattributes", "*.[ch] diff=cpp\n"),
    ("MAINTAINERS", "nothing happens here\n"),
    ("include/foo.h", "int foo(void);\n"),
    ("drivers/a/Makefile", "obj-y += one.o two.o\n"),
    ("drivers/a/one.c", "int one(void)\n{\nout:\n\treturn foo();\n}\n"),
    ("drivers/a/two.c", "int two(void)\n{\n\treturn foo();\n}\n"),
    ("drivers/b/b.c", "int b(void)\n{\n\treturn foo();\n}"),
    (
        "drivers/b/crlf.c",
        "int crlf(void)\r\n{\r\n\treturn foo();\r\n}\r\n",
    ),
    (
        "sound/c.c",
        "int c(void)\n{\n\treturn foo(); // gr\u{fc}\u{df}e\n}\n",
    ),
    ("-dash \"q\"/new\nline.c", "int d(void) { return foo(); }\n"),
];

pub fn tree(dir: &Path) -> Git {
    let git = Git::init(dir);
    for (path, text) in FILES {
        git.write(path, text);
    }
    git.commit("The tree as it is");
    git
}

pub fn change(path: &str, before: &str, after: &str) -> FileChange {
    FileChange {
        path: path.into(),
        before: before.as_bytes().into(),
        after: after.as_bytes().into(),
    }
}

pub fn site(path: &str, verdict: Verdict) -> Site {
    Site {
        path: path.into(),
        line: 3,
        column: 9,
        function: "some_function".into(),
        api: "foo".into(),
        kind: SiteKind::Call,
        role: Role::Unknown,
        verdict,
        safety: (verdict == Verdict::Rewritten).then_some(Safety::Safe),
        reason: (verdict == Verdict::LeftAlone).then(|| Reason {
            code: "other",
            text: "means something else".into(),
            at: Vec::new(),
        }),
        range: TextRange::new(0, 1),
    }
}

/// foo() becomes bar(): the new name first, the users one by one, the old name goes last.
pub fn staged_plan() -> Plan {
    let mut plan = Plan::default();
    let header = "include/foo.h";
    plan.atoms.push(Atom {
        phase: Phase::Introduce,
        files: vec![change(
            header,
            "int foo(void);\n",
            "int bar(void);\nint foo(void);\n",
        )],
        sites: Vec::new(),
        notes: vec!["add bar()".into()],
    });
    let users = FILES
        .iter()
        .filter(|(path, text)| *path != header && text.contains("foo()"));
    for (path, text) in users {
        plan.atoms.push(Atom {
            phase: Phase::Convert,
            files: vec![change(path, text, &text.replace("foo()", "bar()"))],
            sites: vec![plan.sites.len()],
            notes: vec![format!("call bar() in {}", path.replace('\n', " "))],
        });
        plan.sites.push(site(path, Verdict::Rewritten));
    }
    plan.atoms.push(Atom {
        phase: Phase::Retire,
        files: vec![change(
            header,
            "int bar(void);\nint foo(void);\n",
            "int bar(void);\n",
        )],
        sites: Vec::new(),
        notes: vec!["remove foo()".into()],
    });
    plan.sites.push(site("MAINTAINERS", Verdict::LeftAlone));
    plan
}

pub struct Words;

impl Messages for Words {
    fn patch(&self, facts: &PatchFacts) -> Result<PatchText, RenderError> {
        Ok(PatchText {
            subject: match facts.phase {
                Some(Phase::Introduce) => "add bar()".into(),
                Some(Phase::Retire) => "remove foo()".into(),
                _ => "use bar() instead of foo()".into(),
            },
            body: format!(
                "{}\n\n{}",
                "foo() was badly named. ".repeat(6),
                facts.notes.join("\n\n")
            ),
        })
    }

    fn cover(&self, facts: &CoverFacts) -> Result<PatchText, RenderError> {
        let left: Vec<&str> = facts
            .left_alone
            .iter()
            .map(|group| group.reason.as_str())
            .collect();
        Ok(PatchText {
            subject: "rename foo() to bar()".into(),
            body: format!("Why.\n\nLeft alone: {}", left.join(", ")),
        })
    }
}

pub struct Habits;

impl Advisor for Habits {
    fn prefix(&self, paths: &[BString]) -> String {
        match paths[0].starts_with(b"sound/") {
            true => "ALSA: gr\u{fc}n".into(),
            false => "treewide".into(),
        }
    }

    fn maintainers(&self, paths: &[BString]) -> Vec<String> {
        let sound = paths[0].starts_with(b"sound/");
        vec![
            if sound {
                "S <s@example.org>"
            } else {
                "D <d@example.org>"
            }
            .into(),
        ]
    }

    fn recipients(&self, patches: &[Addressed]) -> Vec<Recipients> {
        let of = |patch: &Addressed| Recipients {
            to: self.maintainers(&patch.paths),
            cc: vec!["list@example.org".into()],
        };
        patches.iter().map(of).collect()
    }
}

pub fn made(dir: &Path, rev: Option<&str>, plan: &Plan, options: &Options) -> respin::series::Result<Series> {
    let worktree = Worktree::open(dir, rev).unwrap();
    build(&Base::of(&worktree)?, plan, options, &Words, &Habits)
}

pub fn made_on_branch(dir: &Path, series: &Series, name: &str) -> respin::series::Result<()> {
    let worktree = Worktree::open(dir, None).unwrap();
    commit_branch(series, &Base::of(&worktree)?, name)
}

pub fn split(split: Split) -> Options {
    Options { split, ..options() }
}

/// Lets a real git take the files, in a clone of the repository, and returns the clone.
pub fn taken(git: &Git, scratch: &Path, series: &Series, files: &[PathBuf]) -> Git {
    let clone = scratch.join("clone");
    git.run(&["clone", "-q", git.dir.to_str().unwrap(), clone.to_str().unwrap()]);
    let clone = Git::new(&clone);
    let mut args = vec!["am", "-q"];
    let options = series.am_options();
    args.extend(options.iter().map(String::as_str));
    let covers: BTreeSet<usize> = covers(series);
    let patches = files
        .iter()
        .enumerate()
        .filter(|(index, _)| !covers.contains(index));
    args.extend(patches.map(|(_, path)| path.to_str().unwrap()));
    clone.run(&args);
    clone
}

/// The places of the cover letters among the files.
pub fn covers(series: &Series) -> BTreeSet<usize> {
    let mut at = 0;
    let mut covers = BTreeSet::new();
    for posting in &series.postings {
        if posting.mails.len() > posting.patches.len() {
            covers.insert(at);
        }
        at += posting.mails.len();
    }
    covers
}

/// The files of a folder but for what starts with a dot, by name.
pub fn listed(dir: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(dir).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter(|name| !name.starts_with('.')).collect();
    names.sort();
    names
}
