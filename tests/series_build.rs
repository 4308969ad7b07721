//! From a plan to a series that a real git takes.

mod series_support;

use std::collections::BTreeSet;

use bstr::{BStr, BString, ByteSlice};
use respin::plan::{Atom, FileChange, Phase, Plan};
use respin::series::{
    Advisor, Base, BaseLine, CoverFacts, ErrorKind, Footing, Messages, Options, PatchFacts, PatchText,
    RenderError, Templates, build, write,
};
use respin::transform::{Registry, Split};
use respin::worktree::Worktree;
use series_support::fixture::{
    Habits, Words, change, listed, made, made_on_branch, split, staged_plan, taken, tree,
};
use series_support::random::File;
use series_support::{Chance, Git, environment_with, options, without_version};

#[test]
fn every_split_is_taken_and_written_as_by_git() {
    let mut counts = Vec::new();
    for split_by in Split::ALL {
        let dir = tempfile::tempdir().unwrap();
        let git = tree(&dir.path().join("tree"));
        let base = git.text(&["rev-parse", "HEAD"]);
        let options = Options {
            signoff: true,
            ..split(split_by)
        };
        let series = made(&git.dir, None, &staged_plan(), &options).unwrap();
        counts.push(series.patches.len());
        assert_eq!(series.footing, Footing::Commit);
        assert!(series.diagnostics.is_empty(), "{:?}", series.diagnostics);
        let files = write(&series, &dir.path().join("out"), None, false).unwrap();
        let clone = taken(&git, dir.path(), &series, &files);
        // The same author, date, message and tree: the same commits.
        assert_eq!(
            clone.text(&["rev-parse", "HEAD"]),
            series.patches.last().unwrap().commit
        );
        let theirs = dir.path().join("theirs");
        clone.run(&[
            "format-patch",
            "-q",
            "-o",
            theirs.to_str().unwrap(),
            "--to=D <d@example.org>",
            &format!("--base={base}"),
            "--cover-letter",
            &base,
        ]);
        assert_eq!(listed(&theirs), listed(&dir.path().join("out")));
        for name in listed(&theirs).iter().skip(1) {
            let read = |folder: &str| std::fs::read(dir.path().join(folder).join(name)).unwrap();
            let no_people = |text: Vec<u8>| {
                let lines = text.split_inclusive(|&byte| byte == b'\n');
                let is_people = |line: &&[u8]| {
                    ["To: ", "Cc: ", "    "]
                        .iter()
                        .any(|start| line.starts_with(start.as_bytes()))
                };
                lines.filter(|line| !is_people(line)).collect::<Vec<_>>().concat()
            };
            let (ours, git) = (no_people(read("out")), no_people(read("theirs")));
            assert_eq!(without_version(&ours).as_bstr(), without_version(&git).as_bstr());
        }
        let last = clone.text(&["log", "-1", "--format=%b"]);
        assert!(
            last.ends_with("Signed-off-by: C O Mitter <committer@example.org>"),
            "{last}"
        );
    }
    assert_eq!(counts, [3, 8, 7, 6, 4, 6]);
}

#[test]
fn the_same_run_gives_the_same_bytes() {
    let dir = tempfile::tempdir().unwrap();
    let git = tree(dir.path());
    let plan = staged_plan();
    let options = Options {
        thread: Some(respin::series::Thread::Shallow),
        ..split(Split::File)
    };
    let first = made(&git.dir, None, &plan, &options).unwrap();
    let mut turned = plan.clone();
    turned.atoms.reverse();
    assert_eq!(first, made(&git.dir, None, &turned, &options).unwrap());
    assert_eq!(
        first.patches,
        made(&git.dir, Some("HEAD"), &plan, &options).unwrap().patches
    );
}

#[test]
fn messages_keep_the_rules() {
    let dir = tempfile::tempdir().unwrap();
    let git = tree(dir.path());
    let series = made(&git.dir, None, &staged_plan(), &split(Split::File)).unwrap();
    let subjects: BTreeSet<&str> = series
        .patches
        .iter()
        .map(|patch| patch.subject.as_str())
        .collect();
    assert_eq!(subjects.len(), series.patches.len());
    assert_eq!(series.patches[0].subject, "treewide: add bar()");
    assert_eq!(series.patches[7].subject, "treewide: remove foo()");
    assert!(
        subjects.contains("treewide: two: use bar() instead of foo()"),
        "{subjects:?}"
    );
    for patch in &series.patches {
        assert!(patch.subject.chars().count() <= 75);
        assert!(
            patch.body.lines().all(|line| line.chars().count() <= 75),
            "{}",
            patch.body
        );
        assert!(
            patch
                .body
                .contains("respin 0.0.0 wrote the change and this text from a test: ")
        );
        assert!(patch.body.ends_with("It was not compiled or run."));
        assert!(patch.trailers.is_empty());
    }
    let cover = String::from_utf8(series.postings[0].mails[0].text.clone()).unwrap();
    assert!(
        cover.contains("Subject: [PATCH 0/8] treewide: rename foo() to bar()\n"),
        "{cover}"
    );
    assert!(cover.contains("Left alone: means something else\n"));
    assert!(cover.contains(&format!("\nbase-commit: {}\n", series.base.unwrap())));
}

#[test]
fn a_message_that_cannot_be_used_is_an_error() {
    struct Empty;
    impl Messages for Empty {
        fn patch(&self, _: &PatchFacts) -> Result<PatchText, RenderError> {
            Ok(PatchText {
                subject: " \n".into(),
                body: String::new(),
            })
        }
        fn cover(&self, _: &CoverFacts) -> Result<PatchText, RenderError> {
            Err("no cover-letter.txt".into())
        }
    }
    struct Broken;
    impl Messages for Broken {
        fn patch(&self, _: &PatchFacts) -> Result<PatchText, RenderError> {
            Err("unknown field {form}".into())
        }
        fn cover(&self, _: &CoverFacts) -> Result<PatchText, RenderError> {
            Err("no cover-letter.txt".into())
        }
    }
    struct NoHabits;
    impl Advisor for NoHabits {
        fn prefix(&self, _: &[BString]) -> String {
            String::new()
        }
        fn maintainers(&self, _: &[BString]) -> Vec<String> {
            Vec::new()
        }
    }
    let dir = tempfile::tempdir().unwrap();
    let git = tree(dir.path());
    let worktree = Worktree::open(&git.dir, None).unwrap();
    let base = Base::of(&worktree).unwrap();
    let error = build(&base, &staged_plan(), &options(), &Empty, &NoHabits).unwrap_err();
    assert_eq!(
        (error.kind, error.message.as_str()),
        (ErrorKind::Message, "the subject \"\" is empty")
    );
    let error = build(&base, &staged_plan(), &options(), &Broken, &NoHabits).unwrap_err();
    assert!(error.message.contains("include/foo.h"), "{error}");
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert_eq!(cause, "unknown field {form}");
}

#[test]
fn many_patches_become_one_folder_for_each_subsystem() {
    let dir = tempfile::tempdir().unwrap();
    let git = tree(&dir.path().join("tree"));
    let options = Options {
        most: 4,
        ..split(Split::File)
    };
    let series = made(&git.dir, None, &staged_plan(), &options).unwrap();
    let out = dir.path().join("out");
    let files = write(&series, &out, None, false).unwrap();
    assert_eq!(
        listed(&out),
        [
            "01-interface",
            "02-dash-q",
            "03-a",
            "04-b",
            "05-sound",
            "06-removal"
        ]
    );
    let clone = taken(&git, dir.path(), &series, &files);
    assert_eq!(
        clone.text(&["rev-parse", "HEAD"]),
        series.patches.last().unwrap().commit
    );
    // Each needs the base and what was introduced; the removal needs everything.
    for (posting, needed) in series.postings.iter().zip([0, 1, 1, 1, 1, 7]) {
        let text = posting.mails[0].text.to_str_lossy();
        assert_eq!(text.matches("prerequisite-patch-id: ").count(), needed, "{text}");
        assert_eq!(text.matches("\nbase-commit: ").count(), 1);
    }
    // The first posting has a letter for the whole run.
    let id = clone
        .command(&["patch-id", "--stable"])
        .stdin(std::fs::File::open(&files[1]).unwrap())
        .output()
        .unwrap();
    let id = id.stdout.to_str_lossy().split(' ').next().unwrap().to_owned();
    let second = series.postings[1].mails[0].text.to_str_lossy().into_owned();
    assert!(
        second.contains(&format!("prerequisite-patch-id: {id}\n")),
        "{second}"
    );
}

#[test]
fn an_earlier_base_names_what_lies_between() {
    let dir = tempfile::tempdir().unwrap();
    let git = tree(&dir.path().join("tree"));
    let start = git.text(&["rev-parse", "HEAD"]);
    git.write("MAINTAINERS", "one\ntwo\n");
    git.commit("MAINTAINERS: add two");
    git.write("README", "new\n");
    git.commit("README: new");
    let options = Options {
        base: BaseLine::Commit(start.clone()),
        ..options()
    };
    let series = made(&git.dir, None, &staged_plan(), &options).unwrap();
    made_on_branch(&git.dir, &series, "made").unwrap();
    let out = dir.path().join("theirs");
    let range = format!("{}..made", git.text(&["rev-parse", "HEAD"]));
    git.run(&[
        "format-patch",
        "-q",
        "-o",
        out.to_str().unwrap(),
        "--cover-letter",
        &format!("--base={start}"),
        &range,
    ]);
    let theirs = std::fs::read_to_string(out.join("0000-cover-letter.patch")).unwrap();
    let lines = |text: &str| -> Vec<String> {
        let wanted = |line: &&str| line.starts_with("base-commit") || line.starts_with("prerequisite");
        text.lines().filter(wanted).map(str::to_owned).collect()
    };
    let ours = lines(&series.postings[0].mails[0].text.to_str_lossy());
    assert_eq!(ours.len(), 3);
    assert_eq!(ours, lines(&theirs));
    for wrong in ["nothing", "made"] {
        let options = Options {
            base: BaseLine::Commit(wrong.into()),
            ..options.clone()
        };
        let error = made(&git.dir, None, &staged_plan(), &options).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Usage, "{error}");
    }
}

#[test]
fn recipients_are_collected_and_written_once() {
    let dir = tempfile::tempdir().unwrap();
    let git = tree(dir.path());
    let mut options = split(Split::Subsystem);
    options.recipients.to = vec!["Andrew <akpm@example.org>".into()];
    options.recipients.cc = vec!["S <S@example.org>".into(), "J\u{fc}rgen <j@example.org>".into()];
    let series = made(&git.dir, None, &staged_plan(), &options).unwrap();
    let cover = series.postings[0].mails[0].text.to_str_lossy().into_owned();
    let head = cover.split("\n\n").next().unwrap();
    assert!(
        head.ends_with(
            "To: Andrew <akpm@example.org>,\n    D <d@example.org>,\n    S <s@example.org>\n\
             Cc: =?UTF-8?q?J=C3=BCrgen?= <j@example.org>,\n    list@example.org"
        ),
        "{head}"
    );
    let b = series
        .patches
        .iter()
        .find(|patch| patch.files[0].path == "drivers/b/b.c")
        .unwrap();
    assert_eq!(
        b.recipients.to,
        ["Andrew <akpm@example.org>", "D <d@example.org>"]
    );
    options
        .recipients
        .cc
        .push("x@example.org\nBcc: evil@example.org".into());
    let error = made(&git.dir, None, &staged_plan(), &options).unwrap_err();
    assert!(error.message.contains("control character"), "{error}");
}

#[test]
fn an_earlier_version_that_is_not_there_is_said() {
    let dir = tempfile::tempdir().unwrap();
    let git = tree(dir.path());
    for options in [
        Options {
            range_diff: Some("v1".into()),
            ..options()
        },
        Options {
            interdiff: Some("v1".into()),
            ..options()
        },
    ] {
        let error = made(&git.dir, None, &staged_plan(), &options).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Usage);
        assert!(
            error.message.contains("=v1 names neither a folder nor commits"),
            "{error}"
        );
    }
    let series = made(&git.dir, None, &Plan::default(), &options()).unwrap();
    assert!(series.patches.is_empty() && series.postings.is_empty());
}

#[test]
fn subsystem_names_come_from_the_advisor() {
    struct Hostile;
    impl Advisor for Hostile {
        fn prefix(&self, _: &[BString]) -> String {
            "x\nFrom: evil <e@example.org>\n\n".into()
        }
        fn maintainers(&self, _: &[BString]) -> Vec<String> {
            vec!["../../\n---\ndiff --git".into()]
        }
        fn subsystem(&self, _: &BStr) -> String {
            "../../../tmp\n".into()
        }
    }
    let dir = tempfile::tempdir().unwrap();
    let git = tree(&dir.path().join("tree"));
    let worktree = Worktree::open(&git.dir, None).unwrap();
    let base = Base::of(&worktree).unwrap();
    for by in [Split::Maintainer, Split::Subsystem, Split::File] {
        let options = Options { most: 2, ..split(by) };
        let series = build(&base, &staged_plan(), &options, &Words, &Hostile).unwrap();
        let out = dir.path().join(by.name()).join("out");
        for file in write(&series, &out, None, false).unwrap() {
            assert!(
                file.canonicalize()
                    .unwrap()
                    .starts_with(out.canonicalize().unwrap())
            );
            let text = std::fs::read(&file).unwrap();
            let head = text.to_str_lossy().split("\n\n").next().unwrap().to_owned();
            let froms = head
                .lines()
                .filter(|line| line.to_ascii_lowercase().starts_with("from:"));
            assert_eq!(froms.count(), 1, "{head}");
        }
        assert_eq!(listed(out.parent().unwrap()), ["out"]);
    }
}

#[test]
fn author_names_of_any_kind_come_through() {
    for name in [
        "J\u{fc}rgen M\u{fc}ller",
        "O'Neil, \"the\" Hacker (x)",
        "a\nBcc: evil",
        "=?UTF-8?q?x?=",
        "\u{5f20}\u{4e09} ".repeat(8).trim(),
        "Name ".repeat(12).trim(),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let git = tree(&dir.path().join("tree"));
        let options = Options {
            environment: environment_with("GIT_AUTHOR_NAME", name),
            signoff: true,
            ..options()
        };
        let series = made(&git.dir, None, &staged_plan(), &options).unwrap();
        let files = write(&series, &dir.path().join("out"), None, false).unwrap();
        let clone = taken(&git, dir.path(), &series, &files);
        assert_eq!(clone.text(&["log", "-1", "--format=%an"]), name.replace('\n', ""));
        assert_eq!(
            clone.text(&["rev-parse", "HEAD"]),
            series.patches.last().unwrap().commit,
            "{name}"
        );
    }
    // git itself would make another author of these.
    for name in ["a\nBcc: evil@example.org", "Name ".repeat(13).trim(), "a  b"] {
        let dir = tempfile::tempdir().unwrap();
        let git = tree(dir.path());
        let options = Options {
            environment: environment_with("GIT_AUTHOR_NAME", name),
            ..options()
        };
        let error = made(&git.dir, None, &staged_plan(), &options).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Identity, "{error}");
    }
}

/// A plan of random edits of random files, on a tree that holds them.
fn random_plan(git: &Git, seed: u64) -> Plan {
    let mut chance = Chance::new(seed);
    let mut plan = Plan::default();
    for index in 0..=chance.below(12) {
        let path = format!(
            "{}/file {index}.c",
            chance.pick(&["mm", "drivers/x", "\u{fc}/\"y"])
        );
        let mut file = File::new(&mut chance);
        let mut before = file.bytes();
        if chance.one_in(8) {
            before.extend_from_slice(b"\0");
        }
        let mut after = before.clone();
        while after == before {
            file.edit(&mut chance);
            after = file.bytes();
        }
        git.write(&path, &before);
        if chance.one_in(5) {
            let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
            std::fs::set_permissions(git.dir.join(&path), mode).unwrap();
        }
        plan.atoms.push(Atom {
            phase: Phase::Convert,
            files: vec![FileChange {
                path: path.into(),
                before: before.into(),
                after: after.into(),
            }],
            sites: Vec::new(),
            notes: Vec::new(),
        });
    }
    plan.atoms.sort_by(|a, b| a.files[0].path.cmp(&b.files[0].path));
    git.commit("The tree as it is");
    plan
}

#[test]
fn random_plans_are_proved_and_taken() {
    let count = std::env::var("RESPIN_ROUNDS")
        .ok()
        .and_then(|text| text.parse().ok());
    for seed in 1..=count.unwrap_or(15) {
        let dir = tempfile::tempdir().unwrap();
        let git = Git::init(&dir.path().join("tree"));
        git.run(&["config", "core.autocrlf", "false"]);
        let plan = random_plan(&git, seed);
        let options = split(if seed % 2 == 0 {
            Split::None
        } else {
            Split::Directory
        });
        let series =
            made(&git.dir, None, &plan, &options).unwrap_or_else(|error| panic!("seed {seed}: {error:?}"));
        let files = write(&series, &dir.path().join("out"), None, false).unwrap();
        let clone = taken(&git, dir.path(), &series, &files);
        let last = &series.patches.last().unwrap().commit;
        assert_eq!(clone.text(&["rev-parse", "HEAD"]), *last, "seed {seed}");
    }
}

#[test]
fn a_large_change_is_proved_in_time() {
    let dir = tempfile::tempdir().unwrap();
    let git = Git::init(dir.path());
    let before: String = (0..150_000)
        .map(|number| format!("\tfoo({number}, 0x{:x});\n", number * 7919))
        .collect();
    let after: String = before
        .lines()
        .enumerate()
        .map(|(number, line)| match number % 9 {
            0 => line.replace("foo", "barbar") + "\n",
            _ => format!("{line}\n"),
        })
        .collect();
    git.write("big.c", &before);
    git.commit("The tree as it is");
    let mut plan = Plan::default();
    plan.atoms.push(Atom {
        phase: Phase::Convert,
        files: vec![change("big.c", &before, &after)],
        sites: Vec::new(),
        notes: Vec::new(),
    });
    let start = std::time::Instant::now();
    let series = made(&git.dir, None, &plan, &options()).unwrap();
    let size = series.postings[0].mails[0].text.len();
    println!("{size} bytes in {:?}", start.elapsed());
    assert!(size > 3_000_000, "{size}");
    assert!(start.elapsed().as_secs() < 60, "{:?}", start.elapsed());
}

#[test]
fn the_templates_of_a_transform_are_filled() {
    let dir = tempfile::tempdir().unwrap();
    let git = tree(dir.path());
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("mine");
    std::fs::create_dir_all(&folder).unwrap();
    for (name, text) in [
        (
            "transform.toml",
            "name = \"mine\"\nsummary = \"x\"\npass = \"rename\"\n",
        ),
        (
            "commit-message.txt",
            "{prefix}: call {to}()\n\n{sites} of {from}().\n\n{changes}\n\n{testing}\n\n{tool}\n",
        ),
        (
            "commit-message.retire.txt",
            "{prefix}: drop {from}()\n\nIn {functions}.\n",
        ),
        (
            "cover-letter.txt",
            "{transform} {from}()\n\n{files} {patches}\n\n{left-alone}\n\n{tool}\n",
        ),
    ] {
        std::fs::write(folder.join(name), text).unwrap();
    }
    let transform = Registry::new(&[]).unwrap().resolve(folder.as_os_str()).unwrap();
    let sets = [("from".into(), "foo".into()), ("to".into(), "bar".into())];
    let values = transform.values(&sets).unwrap();
    let templates = Templates {
        messages: &transform.messages,
        values: &values,
        name: &transform.manifest.name,
    };
    let mut options = split(Split::Directory);
    options.disclosure.tested = "Every changed file was parsed again by two readers.".into();
    let worktree = Worktree::open(&git.dir, None).unwrap();
    let base = Base::of(&worktree).unwrap();
    let series = build(&base, &staged_plan(), &options, &templates, &Habits).unwrap();
    let subjects: Vec<&str> = series
        .patches
        .iter()
        .map(|patch| patch.subject.as_str())
        .collect();
    assert_eq!(
        subjects,
        [
            "treewide: call bar()",
            "treewide: \"-dash \\\"q\\\"\": call bar()",
            "treewide: a: call bar()",
            "treewide: b: call bar()",
            "ALSA: gr\u{fc}n: call bar()",
            "treewide: drop foo()",
        ]
    );
    let says = |text: &str, words: &str| {
        let text: Vec<&str> = text.split_whitespace().collect();
        text.join(" ").matches(words).count()
    };
    let tool = "respin 0.0.0 wrote the change and this text from a test: ";
    for patch in &series.patches {
        assert_eq!(
            says(&patch.body, "Every changed file was parsed again"),
            1,
            "{}",
            patch.body
        );
        assert_eq!(says(&patch.body, tool), 1, "{}", patch.body);
        assert!(!patch.body.contains(['{', '}']), "{}", patch.body);
    }
    assert!(
        series.patches[2]
            .body
            .starts_with("2 of foo().\n\n- call bar() in drivers/a/one.c\n- call")
    );
    let cover = series.postings[0].mails[0].text.to_str_lossy().into_owned();
    assert_eq!(says(&cover, tool), 1, "{cover}");
    assert_eq!(
        says(&cover, "- means something else: MAINTAINERS:3 (some_function())"),
        1,
        "{cover}"
    );
}
