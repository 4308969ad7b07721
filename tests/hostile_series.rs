//! What nobody means well with, on its way into a series: names, paths, states of a repository, files that people edit.

mod cli_common;

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use cli_common::{Ran, finish, foo_repository, foo_series as series, git, respin_in, write};

const USER: &str = "int user(struct foo *foo)\n{\n\treturn foo_get(foo);\n}\n";

/// Runs the line that was said, the command that takes the series, on a branch of its own.
fn take(tree: &Path, ran: &Ran) {
    git(tree, &["checkout", "-q", "--detach", "main"]);
    let mut lines = ran.stderr.lines().map(str::trim);
    let command = lines.find(|line| line.starts_with("git am")).expect("a command");
    let output = Command::new("sh")
        .args(["-c", command])
        .current_dir(tree)
        .env("HOME", tree)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .envs([
            ("GIT_COMMITTER_NAME", "Test"),
            ("GIT_COMMITTER_EMAIL", "t@example.org"),
        ])
        .output()
        .expect("sh runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{command}: {said}");
}

fn mails(tree: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(tree.join("out"))
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|end| end == "patch"))
        .collect();
    found.sort();
    found
}

/// Each mail has the headers of a patch, each once, on lines of ASCII.
fn have_sound_headers(tree: &Path) {
    for mail in mails(tree) {
        let text = fs::read(&mail).expect("a mail");
        let end = text.windows(2).position(|pair| pair == b"\n\n").expect("a body");
        let head = std::str::from_utf8(&text[..end]).expect("ASCII");
        assert!(head.is_ascii() && !head.contains('\r'), "{head:?}");
        let mut names: Vec<&str> = head
            .lines()
            .skip(1)
            .filter(|line| !line.starts_with([' ', '\t']))
            .map(|line| line.split(':').next().unwrap_or_default())
            .collect();
        let known = [
            "From",
            "Date",
            "Subject",
            "To",
            "Cc",
            "MIME-Version",
            "Content-Type",
            "Content-Transfer-Encoding",
        ];
        assert!(names.iter().all(|name| known.contains(name)), "{head}");
        names.sort_unstable();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count, "{head}");
    }
}

#[test]
fn an_author_is_who_git_takes_it_for_or_refused() {
    let tree = foo_repository(&[]);
    git(tree.path(), &["config", "--unset", "user.name"]);
    git(tree.path(), &["config", "--unset", "user.email"]);
    let names = [
        "O'Neil, \"the\" Hacker",
        "Hacker, Jr., A.",
        "J\u{f6}rg \u{5f20}\u{4e09}",
        "a\nBcc: victim@example.org",
        "a\r\nBcc: victim@example.org",
        "=?UTF-8?q?=0ABcc:=20victim@example.org?=",
        "Evil <victim@example.org>",
        "\\\"); touch pwned; (\"",
        "$(touch pwned) `touch pwned`",
        "(comment) Name",
        "\u{202e}gnorw",
        "a\u{1b}[31m",
        "- --help",
        "Signed-off-by: Victim",
        "",
        " ",
        "\"\"",
        "\n",
        ",,,",
    ];
    let addresses = [
        "a@example.org",
        "a@example.org>\nBcc: x@y",
        "",
        "a b@c",
        "ä@ö",
        "a",
    ];
    let pairs = names
        .iter()
        .map(|name| (*name, addresses[0]))
        .chain(addresses.iter().map(|address| (names[0], *address)));
    for (name, address) in pairs {
        for is_configured in [false, true] {
            if is_configured {
                git(tree.path(), &["config", "user.name", name]);
                git(tree.path(), &["config", "user.email", address]);
            }
            let people = ["AUTHOR", "COMMITTER"].into_iter().flat_map(|role| {
                [
                    (format!("GIT_{role}_NAME"), name),
                    (format!("GIT_{role}_EMAIL"), address),
                ]
            });
            let environment: Vec<(String, &str)> = if is_configured {
                Vec::new()
            } else {
                people.collect()
            };
            let mut command = respin_in(tree.path());
            command.args([
                "series",
                "rename",
                "--set",
                "from=foo_get",
                "--set",
                "to=foo_acquire",
            ]);
            command.args(["-s", "-o", "out"]).envs(environment.clone());
            let ran = finish(&mut command);
            let what = format!("{name:?} <{address:?}> {is_configured}");
            assert!(
                !ran.stderr.contains(['\u{1b}', '\r', '\u{202e}']),
                "{what}: {:?}",
                ran.stderr
            );
            if ran.code == 0 {
                have_sound_headers(tree.path());
                take(tree.path(), &ran);
                let ours = git(tree.path(), &["log", "-1", "--format=%an <%ae>"]);
                let theirs = Command::new("git")
                    .args(["var", "GIT_AUTHOR_IDENT"])
                    .current_dir(tree.path())
                    .env("GIT_CONFIG_GLOBAL", "/dev/null")
                    .env("GIT_CONFIG_NOSYSTEM", "1")
                    .envs(environment)
                    .output()
                    .expect("git runs");
                let theirs = String::from_utf8_lossy(&theirs.stdout).into_owned();
                assert!(theirs.starts_with(&ours), "{what}: {ours:?} and {theirs:?}");
                let commit = git(tree.path(), &["log", "-1", "--format=%B"]);
                assert_eq!(
                    commit.matches("-by: ").count(),
                    1 + name.matches("-by: ").count(),
                    "{commit}"
                );
            } else {
                assert_eq!(ran.code, 2, "{what}: {}", ran.stderr);
                let hints = ["git config --global user.", "use a name of"];
                assert!(
                    hints.iter().any(|hint| ran.stderr.contains(hint)),
                    "{what}: {}",
                    ran.stderr
                );
                assert!(!tree.path().join("out").exists(), "{what}");
            }
            git(tree.path(), &["checkout", "-q", "main"]);
            let _ = fs::remove_dir_all(tree.path().join("out"));
            if is_configured {
                for key in ["user.name", "user.email"] {
                    git(tree.path(), &["config", "--unset", key]);
                }
            }
        }
    }
    assert!(!tree.path().join("pwned").exists());
}

/// Names that paths may have. Each has to come through, in files and subjects, in each kind of series.
const PATHS: [&str; 15] = [
    "drivers/a b/x  y.c",
    "-rf/-o.c",
    "--exec=touch pwned/a.c",
    "drivers/q\"uote/a\"b.c",
    "drivers/new\nline/a\nb.c",
    "drivers/t\tab\r/x.c",
    "drivers/\u{e4}\u{f6}/\u{fc}.c",
    "drivers/$(touch pwned)/`touch pwned`.c",
    "drivers/a;b/c&d|e.c",
    "[PATCH 9/9] x/y.c",
    "re/x.c",
    "Bcc: victim@example.org/x.c",
    "drivers/\u{1b}[31m\u{202e}/x.c",
    "%s{prefix}/{tool}.c",
    "=?UTF-8?q?=0ABcc:=20x?=/x.c",
];

#[test]
fn paths_of_any_name_come_through() {
    for path in PATHS {
        let tree = foo_repository(&[(path.to_owned(), USER.to_owned())]);
        for split in ["none", "driver", "file"] {
            let what = format!("{path:?}, --split {split}");
            let ran = series(tree.path(), &["-s", "-o", "out", "--split", split]);
            assert_eq!(ran.code, 0, "{what}: {}", ran.stderr);
            assert!(
                !ran.stderr.contains(['\u{1b}', '\r', '\u{202e}', '\t']),
                "{what}: {:?}",
                ran.stderr
            );
            have_sound_headers(tree.path());
            for mail in mails(tree.path()) {
                let name = mail.file_name().expect("a name").as_bytes().to_vec();
                let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.".contains(byte);
                assert!(name.iter().all(is_plain), "{what}: {mail:?}");
            }
            take(tree.path(), &ran);
            let left = Command::new("git")
                .args(["grep", "-qw", "foo_get"])
                .current_dir(tree.path())
                .status();
            assert_eq!(left.expect("git runs").code(), Some(1), "{what}");
            let subjects = git(tree.path(), &["log", "--format=%s", "main.."]);
            for subject in subjects.lines() {
                assert!(
                    subject.contains(": ") && subject.contains("foo_"),
                    "{what}: {subject}"
                );
            }
            git(tree.path(), &["checkout", "-q", "main"]);
            finish(respin_in(tree.path()).args(["verify", "out", "--no-checkpatch", "--json"])).says(&[]);
            fs::remove_dir_all(tree.path().join("out")).expect("the folder");
        }
        assert!(!tree.path().join("pwned").exists());
    }
    // What is no UTF-8 at all.
    let tree = foo_repository(&[]);
    let folder = tree.path().join(std::ffi::OsStr::from_bytes(b"drivers/\xe9\xff"));
    fs::create_dir_all(&folder).expect("a folder");
    fs::write(folder.join("x.c"), USER).expect("a file");
    git(tree.path(), &["add", "drivers"]);
    git(tree.path(), &["commit", "-q", "-m", "two"]);
    let ran = series(tree.path(), &["-s", "-o", "out", "--split", "driver"]).exits(0);
    have_sound_headers(tree.path());
    take(tree.path(), &ran);
}

#[test]
fn an_output_folder_of_any_name_is_written_and_the_lines_for_a_shell_hold() {
    for folder in ["a b", "-rf", "a'b;$(touch pwned)", "[x]*", "\u{e4}"] {
        let tree = foo_repository(&[("drivers/ant/ant.c".to_owned(), USER.to_owned())]);
        let ran = series(tree.path(), &["-s", &format!("--output-directory={folder}")]).exits(0);
        assert_eq!(ran.stdout.lines().count(), 1, "{}", ran.stdout);
        assert!(tree.path().join(folder).is_dir(), "{folder}");
        take(tree.path(), &ran);
        let send = ran
            .stderr
            .lines()
            .map(str::trim)
            .find(|line| line.starts_with("git send-email"));
        // The shell sees the folder as one word.
        let words = send.expect("a line").replace("git send-email", "printf '%s\\n'");
        let output = Command::new("sh")
            .args(["-c", &words])
            .current_dir(tree.path())
            .output();
        let output = output.expect("sh runs");
        let last = String::from_utf8_lossy(&output.stdout)
            .lines()
            .last()
            .map(str::to_owned);
        let last = last.expect("a word");
        assert!(tree.path().join(last).is_file(), "{words}");
        assert!(!tree.path().join("pwned").exists());
    }
}

#[test]
fn a_tree_of_any_name_is_a_word_for_a_shell() {
    for name in ["a b", "-rf", "a'b;$(touch pwned)", "[x]*", "a\nb", "\u{e4}"] {
        let made = foo_repository(&[("drivers/ant/ant.c".to_owned(), USER.to_owned())]);
        let above = tempfile::tempdir().expect("a scratch folder");
        let tree = above.path().join(name);
        fs::rename(made.path(), &tree).expect("another name");
        let mut command = respin_in(above.path());
        command.args([
            "series",
            "rename",
            "--set",
            "from=foo_get",
            "--set",
            "to=foo_acquire",
            "-s",
        ]);
        let ran = finish(command.args(["-o", "out"]).arg("--tree").arg(&tree)).exits(0);
        git(&tree, &["checkout", "-q", "--detach", "main"]);
        let mut lines = ran.stderr.lines().map(str::trim);
        let line = lines.find(|line| line.starts_with("git -C ")).expect("a command");
        let output = Command::new("bash")
            .args(["-c", line])
            .current_dir(above.path())
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .envs([
                ("GIT_COMMITTER_NAME", "T"),
                ("GIT_COMMITTER_EMAIL", "t@example.org"),
            ])
            .output()
            .expect("bash runs");
        assert!(
            output.status.success(),
            "{line}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        assert_eq!(git(&tree, &["rev-list", "--count", "main..HEAD"]), "1", "{line}");
        for place in [above.path(), &tree] {
            assert!(!place.join("pwned").exists(), "{line}");
        }
        fs::rename(&tree, made.path()).expect("its old name");
    }
}

/// All files below a folder, as paths from there.
fn below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        match path.is_dir() && !path.is_symlink() {
            true => found.extend(below(&path)),
            false => found.push(path),
        }
    }
    found
}

#[test]
fn many_patches_for_people_and_folders_of_any_name_stay_in_their_folder() {
    let names = [
        "..",
        "$(touch pwned)",
        "a b",
        "-rf",
        "x\u{202e}y",
        "n\nl",
        "q'q",
        "z",
    ];
    let mut maintainers = String::new();
    let mut files = Vec::new();
    for name in names {
        for number in 0..3 {
            let folder = if name == ".." {
                "drivers/...".to_owned()
            } else {
                format!("drivers/{name}")
            };
            files.push((format!("{folder}/d{number}.c"), USER.to_owned()));
        }
        let word = name.replace('\n', " ");
        maintainers += &format!(
            "../../{word}/$(touch pwned)\nM:\t../../{word}/; touch pwned <-oX{}@example.org>\n\
             M:\t../../{word}/`touch pwned` <p{}@example.org>\nS:\tMaintained\nF:\tdrivers/{word}/\n\n",
            word.len(),
            word.len()
        );
    }
    files.push(("MAINTAINERS".to_owned(), maintainers));
    for split in ["maintainer", "subsystem", "file", "directory"] {
        let above = tempfile::tempdir().expect("a scratch folder");
        let tree = foo_repository(&files);
        let out = above.path().join("out");
        let folder = format!("--output-directory={}", out.display());
        let ran = series(tree.path(), &["-s", &folder, "--split", split]).exits(0);
        assert!(
            !ran.stderr.contains(['\u{1b}', '\r', '\u{202e}']),
            "{:?}",
            ran.stderr
        );
        assert_eq!(
            fs::read_dir(above.path()).expect("a folder").count(),
            1,
            "{split}"
        );
        for path in below(&out) {
            let inside = path.strip_prefix(&out).expect("inside").as_os_str().as_bytes();
            let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_./".contains(byte);
            assert!(
                inside.iter().all(is_plain) && !inside.starts_with(b"-"),
                "{split}: {path:?}"
            );
            let text = fs::read(&path).expect("a mail");
            let text = String::from_utf8_lossy(&text);
            if path.extension().is_some_and(|end| end == "patch") {
                let head = text.split_once("\n\n").map_or("", |(head, _)| head);
                assert!(head.is_ascii() && !head.contains("<-oX"), "{head}");
            }
        }
        // Each line for a shell names files of ours, and does nothing else.
        let lines = ran.stderr.lines().map(str::trim);
        let send: Vec<&str> = lines.filter(|line| line.starts_with("git send-email ")).collect();
        assert!(!send.is_empty(), "{}", ran.stderr);
        for line in send {
            let words = line.replace("git send-email", "printf '%s\\n'");
            let output = Command::new("sh")
                .args(["-c", &words])
                .current_dir(tree.path())
                .output();
            let said = String::from_utf8_lossy(&output.expect("sh runs").stdout).into_owned();
            let files: Vec<&str> = said.lines().filter(|word| !word.starts_with("--")).collect();
            assert!(!files.is_empty(), "{line}");
            assert!(
                files
                    .iter()
                    .all(|file| Path::new(file).starts_with(&out) && Path::new(file).is_file()),
                "{line}"
            );
        }
        take(tree.path(), &ran);
        for place in [above.path(), tree.path()] {
            assert!(!place.join("pwned").exists(), "{split}");
        }
    }
}

#[test]
fn two_versions_in_a_folder_are_taken_one_by_one() {
    let tree = foo_repository(&[("drivers/ant/ant.c".to_owned(), USER.to_owned())]);
    series(tree.path(), &["-s", "-o", "out"]).exits(0);
    let second = series(tree.path(), &["-s", "-o", "out", "-v", "2"]).exits(0);
    assert!(second.stderr.contains("out/v2-[0-9]*.patch"), "{}", second.stderr);
    take(tree.path(), &second);
    assert_eq!(git(tree.path(), &["rev-list", "--count", "main..HEAD"]), "1");
    git(tree.path(), &["checkout", "-q", "main"]);
    let first = series(tree.path(), &["-s", "-o", "out"]).exits(0);
    assert!(first.stderr.contains("out/[0-9]*.patch"), "{}", first.stderr);
    take(tree.path(), &first);
    assert_eq!(git(tree.path(), &["rev-list", "--count", "main..HEAD"]), "1");
}

/// A repository with two branches that cannot be merged.
fn diverged() -> tempfile::TempDir {
    let tree = foo_repository(&[("other".to_owned(), "1\n".to_owned())]);
    git(tree.path(), &["checkout", "-q", "-b", "side"]);
    write(tree.path(), "other", "2\n");
    git(tree.path(), &["commit", "-q", "-a", "-m", "other: two"]);
    git(tree.path(), &["checkout", "-q", "main"]);
    write(tree.path(), "other", "3\n");
    git(tree.path(), &["commit", "-q", "-a", "-m", "other: three"]);
    tree
}

#[test]
fn what_the_user_is_in_the_middle_of_is_left_as_it_is() {
    let states: [(&str, &[&str]); 4] = [
        ("rebase-merge", &["rebase", "side"]),
        ("MERGE_HEAD", &["merge", "side"]),
        ("CHERRY_PICK_HEAD", &["cherry-pick", "side"]),
        ("rebase-apply", &["am", "-q", "two.mbox"]),
    ];
    for (mark, command) in states {
        let tree = diverged();
        let mail = git(tree.path(), &["format-patch", "--stdout", "-1", "side"]);
        write(tree.path(), "two.mbox", mail + "\n");
        let status = Command::new("git")
            .args(command)
            .current_dir(tree.path())
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .envs([
                ("GIT_COMMITTER_NAME", "T"),
                ("GIT_COMMITTER_EMAIL", "t@example.org"),
            ])
            .output();
        assert!(!status.expect("git runs").status.success(), "{command:?}");
        assert!(tree.path().join(".git").join(mark).exists(), "{command:?}");
        let before = (
            git(tree.path(), &["rev-parse", "HEAD"]),
            fs::read(tree.path().join(".git/index")).expect("the index"),
            git(tree.path(), &["status", "--porcelain"]),
        );
        let ran = series(tree.path(), &["-s", "-o", "../out", "--branch", "made"]);
        assert_eq!(ran.code, 0, "{command:?}: {}", ran.stderr);
        let after = (
            git(tree.path(), &["rev-parse", "HEAD"]),
            fs::read(tree.path().join(".git/index")).expect("the index"),
            git(tree.path(), &["status", "--porcelain"]),
        );
        assert!(before == after, "{command:?}");
        assert!(tree.path().join(".git").join(mark).exists(), "{command:?}");
        assert_eq!(git(tree.path(), &["rev-list", "--count", "HEAD..made"]), "1");
        fs::remove_dir_all(tree.path().parent().expect("a parent").join("out")).expect("the series");
    }
}

#[test]
fn locks_and_broken_repositories_are_told() {
    let tree = foo_repository(&[]);
    // Somebody's index.lock is theirs: a series needs no index, so it is neither taken nor removed.
    write(tree.path(), ".git/index.lock", "");
    series(tree.path(), &["-s", "-o", "out", "--branch", "made"]).exits(0);
    assert!(tree.path().join(".git/index.lock").exists());
    fs::remove_file(tree.path().join(".git/index.lock")).expect("the lock");
    // A branch that is being written.
    write(tree.path(), ".git/refs/heads/other.lock", "");
    series(tree.path(), &["-s", "--branch", "other"])
        .exits(2)
        .says(&["other", ".lock"]);
    assert!(tree.path().join(".git/refs/heads/other.lock").exists());
    // A shallow clone, and a detached HEAD.
    let clone = tempfile::tempdir().expect("a scratch folder");
    let url = format!("file://{}", tree.path().display());
    git(tree.path(), &["commit", "-q", "--allow-empty", "-m", "two"]);
    let shallow = clone.path().join("shallow");
    git(clone.path(), &["clone", "-q", "--depth=1", &url, "shallow"]);
    git(&shallow, &["checkout", "-q", "--detach"]);
    git(&shallow, &["config", "user.name", "Test"]);
    git(&shallow, &["config", "user.email", "test@example.org"]);
    series(&shallow, &["-s", "-o", "out"]).exits(0);
    series(&shallow, &["-s", "-o", "other", "--base", "HEAD~1"])
        .exits(2)
        .says(&["--base=HEAD~1 names no commit"]);
    // HEAD that leads nowhere, and objects that are gone.
    write(tree.path(), ".git/HEAD", "ref: refs/heads/gone\n");
    series(tree.path(), &["-s", "-o", "unborn"]).exits(0);
    write(tree.path(), ".git/HEAD", "nonsense\n");
    let ran = series(tree.path(), &["-s", "-o", "nonsense"]);
    assert_eq!(ran.code, 2, "{}", ran.stderr);
    assert!(ran.stderr.starts_with("error["), "{}", ran.stderr);
}

#[test]
fn a_list_of_recipients_that_is_nonsense_is_refused_and_kept() {
    let tree = foo_repository(&[]);
    series(tree.path(), &["-s", "-o", "out"]).exits(0);
    let file = tree.path().join("out/recipients.toml");
    let good = fs::read_to_string(&file).expect("recipients");
    let before: Vec<Vec<u8>> = mails(tree.path())
        .iter()
        .map(|mail| fs::read(mail).expect("a mail"))
        .collect();
    for (text, says) in [
        ("cc = [".to_owned(), "cannot be read"),
        ("cc = 3\n".to_owned(), "cannot be read"),
        ("\u{0}\u{1}".to_owned(), "cannot be read"),
        ("unknown = []\n".to_owned(), "unknown"),
        (
            "cc = [\"A <a@example.org>\\nBcc: victim@example.org\"]\n".to_owned(),
            "is no recipient",
        ),
        (
            "cc = [\"a@example.org\\r\\nBcc: victim@example.org\"]\n".to_owned(),
            "is no recipient",
        ),
        (
            "to = [\"a@example.org, b@example.org\"]\n".to_owned(),
            "is no recipient",
        ),
        ("to = [\"-oX@example.org\"]\n".to_owned(), "is no recipient"),
        ("to = [\"nobody\"]\n".to_owned(), "is no recipient"),
        (format!("to = {}\n", "[".repeat(100_000)), "cannot be read"),
        (good.replace("[[patch]]", "[[patch]]\nsubject = \"x\""), "subject"),
    ] {
        fs::write(&file, &text).expect("recipients");
        let ran = series(tree.path(), &["-s", "-o", "out"])
            .exits(2)
            .says(&["recipients.toml", says]);
        assert!(!ran.stderr.contains(['\u{1}', '\r']), "{:?}", ran.stderr);
        assert_eq!(fs::read_to_string(&file).expect("recipients"), text);
    }
    // A name may be anything, and stays a name.
    fs::write(
        &file,
        good.replace(
            "cc = []\nnever",
            "cc = [\"A\\nBcc: \\\"x <victim@example.org>\"]\nnever",
        ),
    )
    .expect("recipients");
    series(tree.path(), &["-s", "-o", "out"]).exits(0);
    have_sound_headers(tree.path());
    fs::write(&file, &good).expect("recipients");
    series(tree.path(), &["-s", "-o", "out"]).exits(0);
    let after: Vec<Vec<u8>> = mails(tree.path())
        .iter()
        .map(|mail| fs::read(mail).expect("a mail"))
        .collect();
    assert!(before == after);
    // A folder or a pipe in its place.
    fs::remove_file(&file).expect("recipients");
    fs::create_dir(&file).expect("a folder");
    series(tree.path(), &["-s", "-o", "out"])
        .exits(2)
        .says(&["recipients.toml is no file"]);
    fs::remove_dir(&file).expect("the folder");
    let made = Command::new("mkfifo").arg(&file).status();
    assert!(made.expect("mkfifo runs").success());
    series(tree.path(), &["-s", "-o", "out"])
        .exits(2)
        .says(&["recipients.toml is no file"]);
}

#[test]
fn a_template_of_any_text_is_an_error_with_a_place_or_a_message() {
    let tree = foo_repository(&[]);
    write(
        tree.path(),
        "mine/transform.toml",
        "name = \"mine\"\nsummary = \"x\"\npass = \"rename\"\n",
    );
    for (text, code, says) in [
        ("rename {form}()\n\nx\n", 2, "did you mean `{from}`?"),
        ("rename {from\n\nx\n", 2, "template-syntax"),
        ("rename {from}()\n\n{}\n", 2, "unknown field"),
        ("\u{1b}[31m {from}()\n\nx\n", 2, "holds a control character"),
        (
            "[PATCH 1/2] {from}()\n\n---\nx\n",
            2,
            "takes for the start of the patch",
        ),
        ("x\n\nFrom: Victim <v@example.org>\n", 2, "takes for a header"),
        (
            "x\n\nText.\n\nReviewed-by: V <v@example.org>\n",
            2,
            "claims what only a person can say",
        ),
        ("x\n\ndiff --git a/x b/x\n", 2, "takes for the start of the patch"),
        ("", 2, "is empty"),
        ("rename {from}() to {to}()\n\nx {{}} %s $(x)\n", 0, ""),
    ] {
        write(tree.path(), "mine/commit-message.txt", text);
        let words = [
            "series",
            "./mine",
            "--set",
            "from=foo_get",
            "--set",
            "to=foo_acquire",
            "-o",
            "out",
        ];
        let ran = finish(respin_in(tree.path()).args(words));
        assert_eq!(ran.code, code, "{text:?}: {}", ran.stderr);
        assert!(ran.stderr.contains(says), "{text:?}: {}", ran.stderr);
        assert_eq!(tree.path().join("out").exists(), code == 0, "{text:?}");
    }
    have_sound_headers(tree.path());
}

#[test]
fn a_long_name_gets_a_subject_that_verify_takes() {
    let (from, to) = (
        "some_very_long_function_name_of_old",
        "some_very_long_function_name_that_is_new",
    );
    let tree = foo_repository(&[]);
    for file in [
        "include/highmem-internal.h",
        "lib/foo.c",
        "drivers/ant/ant-with-a-name.c",
    ] {
        let text = match file {
            "include/highmem-internal.h" => format!("int {from}(struct foo *foo);\n"),
            "lib/foo.c" => {
                format!("int {from}(struct foo *foo)\n{{\n\treturn 0;\n}}\nEXPORT_SYMBOL({from});\n")
            }
            _ => USER.replace("foo_get", from),
        };
        write(tree.path(), file, text);
    }
    git(tree.path(), &["add", "."]);
    git(tree.path(), &["commit", "-q", "-m", "two"]);
    let rename = |more: &[&str]| {
        let sets = [format!("from={from}"), format!("to={to}")];
        let words = [
            "series", "rename", "--set", &sets[0], "--set", &sets[1], "-s", "-o", "out",
        ];
        finish(respin_in(tree.path()).args(words).args(more))
    };
    for split in ["none", "file"] {
        let ran = rename(&["--split", split, "--to", "somebody@example.org"]).exits(0);
        assert!(!ran.stderr.contains("long-subject"), "{}", ran.stderr);
        finish(respin_in(tree.path()).args(["verify", "out", "--no-checkpatch"])).exits(0);
        fs::remove_dir_all(tree.path().join("out")).expect("the series");
    }
}

#[test]
fn a_name_that_no_subject_has_room_for_is_told() {
    let from = "f".repeat(80);
    let tree = foo_repository(&[]);
    write(
        tree.path(),
        "lib/foo.c",
        format!("int {from}(void)\n{{\n\treturn 0;\n}}\n"),
    );
    git(tree.path(), &["commit", "-q", "-a", "-m", "two"]);
    let set = format!("from={from}");
    let words = [
        "series",
        "rename",
        "--set",
        &set,
        "--set",
        "to=foo_new",
        "-s",
        "-o",
        "out",
    ];
    finish(respin_in(tree.path()).args(words)).exits(0).says(&[
        "long-subject",
        "`respin verify` does not take",
        "commit-message.txt",
    ]);
}
