//! The files of a series are those of `git format-patch`, byte for byte: random commits, made by
//! git, are written by both.

mod series_support;

use std::collections::BTreeMap;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use respin::series::{BaseLine, Mail, Options, PatchText, Thread, format_commits};
use series_support::random::File;
use series_support::{Chance, Git, options, without_version};

const PATHS: &[&str] = &[
    "mm/memory.c",
    "include/linux/mm.h",
    "drivers/gpu/drm/a-rather-long-name-of-a-driver/with/deep/folders/driver_gem_mmap_implementation.c",
    "a b.c",
    "quo\"te.c",
    "back\\slash.h",
    "tab\there.c",
    "line\nbreak.c",
    "\u{fc}ml\u{e4}ut.c",
    "-dash.c",
    "arch/arm/boot/dts/board.dts",
    "Documentation/mm/text.rst",
    "drivers/x/sub/blob.c",
    "drivers/x/text.h",
];

const SUBJECTS: &[&str] = &[
    "mm: rename foo() to bar()",
    "drm/driver: use a helper whose name is so long that the subject of the mail has to be folded once",
    "sound: \u{fc}berall gr\u{fc}\u{df}en, und zwar so lange, bis die Zeile umgebrochen werden muss \u{2013} zweimal",
    "x: what =?UTF-8?q?is=20this?= doing in a subject",
    "a/b: \"quotes\", <angle> & co_under_scores: ../../etc",
    "short",
    "supercalifragilisticexpialidocious_supercalifragilisticexpialidocious_supercalifragilistic: x",
];

const BODIES: &[&str] = &[
    "",
    "One line.",
    "Two paragraphs.\n\nThe second one.\n\nSigned-off-by: A <a@b>",
    "Not ASCII: \u{e4}\u{f6}\u{fc} \u{2013} \u{20ac}\n\n\tindented code\n\n\n\nmany blank lines",
];

const AUTHORS: &[(&str, &str)] = &[
    ("A U Thor", "author@example.org"),
    (
        "J\u{fc}rgen M\u{fc}ller-L\u{fc}denscheid von und zu Irgendwo im Walde",
        "j@example.org",
    ),
    ("Dr. Who, (the third)", "who@example.org"),
    ("O'Neil \"the\" Hacker \\", "o@example.org"),
    (
        "A Name Of So Very Many Words That No Header Line Of Any Mail Could Ever Hold It Without A Fold",
        "a-rather-long-address-of-a-person@some.rather.long.example.org",
    ),
];

/// A row of random commits on a base.
fn random_history(git: &mut Git, seed: u64) -> String {
    let mut chance = Chance::new(seed);
    let mut files: BTreeMap<&str, File> = BTreeMap::new();
    if chance.one_in(2) {
        git.write(
            ".gitattributes",
            "*.[ch] diff=cpp\n*.dts diff=dts\nDocumentation/** -diff\n[attr]blob -diff\n",
        );
        git.write("drivers/x/.gitattributes", "sub/*.c blob\n*.h !diff\n");
    }
    for path in PATHS {
        if !chance.one_in(4) {
            let file = File::new(&mut chance);
            git.write(path, file.bytes());
            files.insert(path, file);
        }
    }
    let base = git.commit("base");
    for _ in 0..=chance.below(4) {
        for _ in 0..=chance.below(6) {
            let path = *chance.pick(PATHS);
            let full = git.dir.join(path);
            match (files.get_mut(path), chance.below(8)) {
                (Some(_), 0) => {
                    files.remove(path);
                    std::fs::remove_file(full).unwrap();
                }
                (Some(_), 1) => {
                    let mode = if chance.one_in(2) { 0o755 } else { 0o644 };
                    std::fs::set_permissions(full, PermissionsExt::from_mode(mode)).unwrap();
                }
                (Some(_), 2) if chance.one_in(4) => {
                    // Binary from here on.
                    let mut bytes = files.remove(path).unwrap().bytes();
                    bytes.extend_from_slice(b"\0binary\0");
                    std::fs::write(full, bytes).unwrap();
                }
                (Some(file), _) => {
                    file.edit(&mut chance);
                    std::fs::write(full, file.bytes()).unwrap();
                }
                (None, _) => {
                    let file = File::new(&mut chance);
                    git.write(path, file.bytes());
                    files.insert(path, file);
                }
            }
        }
        let (name, email) = chance.pick(AUTHORS);
        git.author = ((*name).into(), (*email).into());
        let subject = chance.pick(SUBJECTS);
        git.commit(&format!("{subject}\n\n{}\n", chance.pick(BODIES)));
    }
    base
}

/// What git writes for the same commits, with the names of the files.
fn by_git(git: &Git, base: &str, args: &[&str]) -> Vec<Mail> {
    let out = git.dir.join(".git/patches");
    let _ = std::fs::remove_dir_all(&out);
    // libgit2 compresses binary patches as zlib does by default, git as fast as it can.
    let mut all = vec![
        "-c",
        "core.compression=-1",
        "format-patch",
        "-q",
        "--no-renames",
        "-o",
        out.to_str().unwrap(),
    ];
    all.extend(args);
    all.push(base);
    git.run(&all);
    read_folder(&out)
}

fn read_folder(dir: &Path) -> Vec<Mail> {
    let mut mails: Vec<Mail> = std::fs::read_dir(dir)
        .map(|entries| {
            entries
                .map(|entry| entry.unwrap())
                .map(|entry| Mail {
                    name: entry.file_name().into_string().unwrap(),
                    text: std::fs::read(entry.path()).unwrap(),
                })
                .collect()
        })
        .unwrap_or_default();
    mails.sort_by(|a, b| a.name.cmp(&b.name));
    mails
}

#[track_caller]
fn check(git: &Git, base: &str, args: &[&str], options: &Options, cover: Option<&PatchText>) {
    let expected = by_git(git, base, args);
    let mails = format_commits(&git.dir, base, "HEAD", options, cover).unwrap();
    let names = |mails: &[Mail]| mails.iter().map(|mail| mail.name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&mails), names(&expected));
    for (mail, expected) in mails.iter().zip(&expected) {
        let (ours, theirs) = (without_version(&mail.text), without_version(&expected.text));
        if ours == theirs {
            continue;
        }
        let lines = |text: &[u8]| -> Vec<String> {
            let lines = text.split(|&byte| byte == b'\n');
            lines
                .map(|line| format!("{:?}", String::from_utf8_lossy(line)))
                .collect()
        };
        let (ours, theirs) = (lines(ours), lines(theirs));
        let at = ours.iter().zip(&theirs).position(|(a, b)| a != b);
        let at = at.unwrap_or(ours.len().min(theirs.len()));
        panic!(
            "{} differs at line {}\nours: {:#?}\ngit:  {:#?}",
            mail.name,
            at + 1,
            &ours[at.saturating_sub(3)..(at + 3).min(ours.len())],
            &theirs[at.saturating_sub(3)..(at + 3).min(theirs.len())],
        );
    }
}

#[test]
fn random_commits_are_written_as_git_writes_them() {
    let count = std::env::var("RESPIN_ROUNDS")
        .ok()
        .and_then(|text| text.parse().ok());
    for seed in 1..=count.unwrap_or(25) {
        let dir = tempfile::tempdir().unwrap();
        let mut git = Git::init(dir.path());
        let base = random_history(&mut git, seed);
        let mut options = options();
        options.base = BaseLine::Omit;
        println!("seed {seed}");
        check(&git, &base, &[], &options, None);
    }
}

/// Runs over a real history: `RESPIN_HISTORY=repo RESPIN_ROUNDS=500 cargo test -- --ignored`.
#[test]
#[ignore = "needs a repository with a history"]
fn real_commits_are_written_as_git_writes_them() {
    let Some(repo) = std::env::var_os("RESPIN_HISTORY") else {
        return;
    };
    let count = std::env::var("RESPIN_ROUNDS").unwrap_or("100".into());
    let home = tempfile::tempdir().unwrap();
    let git = Git::new(Path::new(&repo));
    let commits = git.text(&["log", "--no-merges", "--format=%H %P", "-n", &count]);
    let mut options = options();
    options.base = BaseLine::Omit;
    let (mut equal, mut other_languages) = (0, 0);
    for line in commits.lines() {
        let (id, parent) = line.split_once(' ').unwrap_or((line, ""));
        let attributes = format!("--attr-source={id}");
        let expected = git
            .command(&[
                &attributes,
                "-c",
                "core.compression=-1",
                "format-patch",
                "--no-renames",
                "--stdout",
                "-1",
                id,
            ])
            .env("HOME", home.path())
            .output()
            .unwrap()
            .stdout;
        let mails = format_commits(&git.dir, parent, id, &options, None).unwrap();
        let (ours, theirs) = (without_version(&mails[0].text), without_version(&expected));
        if ours == theirs {
            equal += 1;
        } else if without_other_languages(ours) == without_other_languages(theirs) {
            other_languages += 1;
        } else {
            std::fs::write(home.path().join("ours"), ours).unwrap();
            std::fs::write(home.path().join("git"), theirs).unwrap();
            let diff = Command::new("diff")
                .args(["-au", "git", "ours"])
                .current_dir(home.path())
                .output()
                .unwrap();
            panic!("{id}: {}", String::from_utf8_lossy(&diff.stdout));
        }
    }
    println!("{equal} equal, {other_languages} equal but for functions of another language");
}

/// A mail without the functions in hunk headers of files that are not C.
fn without_other_languages(mail: &[u8]) -> Vec<u8> {
    let mut is_c = true;
    let mut text = Vec::new();
    for line in mail.split_inclusive(|&byte| byte == b'\n') {
        if line.starts_with(b"diff --git ") {
            let name = line.trim_ascii_end();
            is_c = name.ends_with(b".c") || name.ends_with(b".h");
        }
        let end = line.windows(3).rposition(|window| window == b" @@");
        match end.filter(|_| !is_c && line.starts_with(b"@@ -")) {
            Some(end) => text.extend_from_slice(&line[..end]),
            None => text.extend_from_slice(line),
        }
    }
    text
}

/// A repository with two commits on a base; the name of the base.
fn two_commits(git: &Git) -> String {
    git.write(".mailmap", "Author Known <author@example.org>\n");
    git.write("mm/a.c", "int a(void)\n{\n\treturn 1;\n}\n");
    let base = git.commit("base");
    git.write("mm/a.c", "int a(void)\n{\n\treturn 2;\n}\n");
    git.commit(
        "mm: a rather long subject for a patch that will have to be folded in a list of subjects\n\nBody.\n",
    );
    git.write("mm/b.c", "int b;\n");
    git.commit("mm: add b");
    base
}

/// Whether it is git 2.`minor` or later.
fn git_is_at_least(git: &Git, minor: u32) -> bool {
    let version = git.text(&["version"]);
    let number = version
        .split(['.', ' '])
        .nth(3)
        .and_then(|number| number.parse().ok());
    number.is_none_or(|number: u32| number >= minor)
}

#[test]
fn options_mean_what_they_mean_to_git() {
    let dir = tempfile::tempdir().unwrap();
    let git = Git::init(dir.path());
    let base = two_commits(&git);
    let plain = Options {
        base: BaseLine::Omit,
        ..options()
    };
    check(
        &git,
        &base,
        &["-v2"],
        &Options {
            reroll_count: Some("2".into()),
            ..plain.clone()
        },
        None,
    );
    check(
        &git,
        &base,
        &["--rfc"],
        &Options {
            rfc: true,
            ..plain.clone()
        },
        None,
    );
    let prefix = Options {
        subject_prefix: "PATCH net-next".into(),
        ..plain.clone()
    };
    check(&git, &base, &["--subject-prefix=PATCH net-next"], &prefix, None);
    // An old git lets one of the two win.
    if git_is_at_least(&git, 43) {
        let everything = Options {
            rfc: true,
            reroll_count: Some("12".into()),
            ..prefix
        };
        check(
            &git,
            &base,
            &["--subject-prefix=PATCH net-next", "--rfc", "-v12"],
            &everything,
            None,
        );
    }
    check(
        &git,
        &base,
        &["--subject-prefix="],
        &Options {
            subject_prefix: String::new(),
            ..plain.clone()
        },
        None,
    );
    check(
        &git,
        &base,
        &["--start-number=9"],
        &Options {
            start_number: 9,
            ..plain.clone()
        },
        None,
    );
    let mut people = plain.clone();
    people.recipients.to = vec!["A <a@example.org>".into(), "list@example.org".into()];
    people.recipients.cc = vec!["\"B, C\" <b@example.org>".into()];
    let args = [
        "--to=A <a@example.org>",
        "--to=list@example.org",
        "--cc=\"B, C\" <b@example.org>",
    ];
    check(&git, &base, &args, &people, None);
    let with_base = Options {
        base: BaseLine::Automatic,
        ..plain
    };
    check(&git, &base, &[&format!("--base={base}")], &with_base, None);
}

#[test]
fn one_patch_has_no_number() {
    let dir = tempfile::tempdir().unwrap();
    let git = Git::init(dir.path());
    two_commits(&git);
    let plain = Options {
        base: BaseLine::Omit,
        ..options()
    };
    check(&git, "HEAD^", &[], &plain, None);
    check(
        &git,
        "HEAD^",
        &["--start-number=3"],
        &Options {
            start_number: 3,
            ..plain
        },
        None,
    );
}

/// git reads the text of a cover letter from the description of the branch.
fn described(git: &Git, cover: &PatchText) {
    let text = format!("{}\n\n{}", cover.subject, cover.body);
    git.run(&["config", "branch.main.description", &text]);
}

#[test]
fn cover_letters_are_laid_out_as_by_git() {
    let dir = tempfile::tempdir().unwrap();
    let git = Git::init(dir.path());
    let base = two_commits(&git);
    let long = "mm: a subject that is folded, since no line of a header may have more than 78 columns";
    for (subject, body) in [(long, "What.\n\nWhy.\n\n- a\n- b"), ("mm: \u{fc}ber", "ASCII")] {
        let cover = PatchText {
            subject: subject.into(),
            body: body.into(),
        };
        described(&git, &cover);
        let mut options = options();
        options.recipients.cc = vec!["list@example.org".into()];
        let by_base = format!("--base={base}");
        let args = [
            "--cover-letter",
            "--cover-from-description=subject",
            "--cc=list@example.org",
            &by_base,
        ];
        if subject.is_ascii() {
            check(&git, &base, &args, &options, Some(&cover));
        } else {
            // git says nothing of the encoding of a cover letter whose commits are ASCII.
            let mails = format_commits(&git.dir, &base, "HEAD", &options, Some(&cover)).unwrap();
            let text = String::from_utf8(mails[0].text.clone()).unwrap();
            let without = text.replace(
                "MIME-Version: 1.0\nContent-Type: text/plain; charset=UTF-8\nContent-Transfer-Encoding: 8bit\n",
                "",
            );
            assert_ne!(text, without);
            let expected = by_git(&git, &base, &args);
            let theirs = without_version(&expected[0].text);
            // Nor does an old git encode its subject.
            let old = without.replace("=?UTF-8?q?mm:=20=C3=BCber?=", "mm: \u{fc}ber");
            let is_same = [&without, &old].map(|text| without_version(text.as_bytes()) == theirs);
            assert!(is_same.contains(&true), "{without}");
        }
    }
}

/// Replaces identifiers of mails by the order in which they first appear.
fn without_identifiers(mails: &[Mail]) -> Vec<Vec<String>> {
    let mut known: Vec<String> = Vec::new();
    let mut number = |id: &str| {
        let at = known.iter().position(|other| other == id);
        at.unwrap_or_else(|| {
            known.push(id.to_owned());
            known.len() - 1
        })
    };
    let headers = |mail: &Mail| {
        let text = String::from_utf8(without_version(&mail.text).to_vec()).unwrap();
        text.lines()
            .map(|line| match line.split_once('<') {
                Some((head, id))
                    if ["Message-I", "In-Reply-To", "References", "\t"]
                        .iter()
                        .any(|start| head.starts_with(start)) =>
                {
                    format!("{} {}", head.to_ascii_lowercase(), number(id))
                }
                _ => line.to_owned(),
            })
            .collect()
    };
    mails.iter().map(headers).collect()
}

#[test]
fn threads_hang_together_as_in_git() {
    let dir = tempfile::tempdir().unwrap();
    let git = Git::init(dir.path());
    let base = two_commits(&git);
    git.write("mm/c.c", "int c;\n");
    git.commit("mm: add c");
    let cover = PatchText {
        subject: "cover".into(),
        body: "text".into(),
    };
    described(&git, &cover);
    for (thread, argument) in [(Thread::Shallow, "--thread"), (Thread::Deep, "--thread=deep")] {
        for cover in [None, Some(&cover)] {
            let options = Options {
                base: BaseLine::Omit,
                thread: Some(thread),
                ..options()
            };
            let mut args = vec![argument];
            if cover.is_some() {
                args.extend(["--cover-letter", "--cover-from-description=subject"]);
            }
            let expected = by_git(&git, &base, &args);
            let mails = format_commits(&git.dir, &base, "HEAD", &options, cover).unwrap();
            assert_eq!(without_identifiers(&mails), without_identifiers(&expected));
            assert_eq!(
                mails,
                format_commits(&git.dir, &base, "HEAD", &options, cover).unwrap()
            );
        }
    }
}

#[test]
fn index_lines_are_as_long_as_those_of_git() {
    let dir = tempfile::tempdir().unwrap();
    let git = Git::init(&dir.path().join("one"));
    let mut base = two_commits(&git);
    let plain = Options {
        base: BaseLine::Omit,
        ..options()
    };
    // Enough objects for eight digits, and for pairs of them that share seven.
    let mut stream = String::from("reset refs/heads/many\n");
    for number in 0..20_000 {
        let data = format!("{number}\n");
        stream += &format!("blob\ndata {}\n{data}", data.len());
    }
    import(&git, &stream);
    check(&git, &base, &[], &plain, None);
    // The same through a multi-pack-index, and through another repository's objects.
    git.run(&["multi-pack-index", "write"]);
    check(&git, &base, &[], &plain, None);
    let borrower = dir.path().join("two");
    git.run(&["clone", "-q", "-s", ".", borrower.to_str().unwrap()]);
    let git = Git::new(&borrower);
    check(&git, &base, &[], &plain, None);
    for length in ["12", "4", "no", "auto"] {
        git.run(&["config", "core.abbrev", length]);
        check(&git, &base, &[], &plain, None);
    }
    // With four digits most of so many names are ambiguous.
    git.run(&["config", "core.abbrev", "4"]);
    for number in 0..30 {
        git.write("mm/a.c", format!("int a = {number};\n"));
        git.commit("mm: change a");
    }
    base = git.text(&["rev-parse", "HEAD~30"]);
    check(&git, &base, &[], &plain, None);
}

fn import(git: &Git, stream: &str) {
    let mut child = git
        .command(&["fast-import", "--quiet"])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(stream.as_bytes()).unwrap();
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_patch_of_five_megabytes_is_written_as_by_git() {
    let dir = tempfile::tempdir().unwrap();
    let git = Git::init(dir.path());
    let line = |number: usize, word: &str| format!("\t{word}({number}, 0x{:x});\n", number * 7919);
    let before: String = (0..150_000).map(|number| line(number, "foo")).collect();
    git.write("big.c", format!("int f(void)\n{{\n{before}}}\n"));
    let base = git.commit("base");
    let after: String = (0..150_000)
        .map(|number| line(number, if number % 2 == 0 { "foo" } else { "barbar" }))
        .collect();
    git.write("big.c", format!("int f(void)\n{{\n{after}}}\n"));
    git.commit("big: rename foo()");
    let plain = Options {
        base: BaseLine::Omit,
        ..options()
    };
    let mails = format_commits(&git.dir, &base, "HEAD", &plain, None).unwrap();
    assert!(mails[0].text.len() > 5_000_000, "{}", mails[0].text.len());
    check(&git, &base, &[], &plain, None);
}
