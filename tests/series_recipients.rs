//! `respin series`: who gets what, the file that a person edits, and the plan that is looked at first.

mod cli_common;

use std::path::Path;

use cli_common::{foo_repository, foo_series as series, git};

const MAINTAINERS: &str = "\
FOO
M:\tFoo Core <foo@example.org>
L:\tfoo-list@example.org
S:\tMaintained
F:\tinclude/foo.h
F:\tlib/foo.c

ANT
M:\tAnt Person <ant@example.org>
R:\tAnt Reader <reader@example.org>
L:\tants@example.org (moderated for non-subscribers)
S:\tMaintained
F:\tdrivers/ant/

BEE
M:\t\"Bee, Busy\" <bee@example.org>
S:\tMaintained
F:\tdrivers/bee/

THE REST
L:\tall@example.org
S:\tBuried alive in reporters
F:\t*
F:\t*/
";

/// A repository with a function, its prototype, users in some drivers, and people.
fn repository(maintainers: &str, drivers: &[String]) -> tempfile::TempDir {
    let text = "int user(struct foo *foo)\n{\n\treturn foo_get(foo);\n}\n";
    let mut files: Vec<(String, String)> = drivers
        .iter()
        .map(|path| (path.clone(), text.to_owned()))
        .collect();
    files.push(("MAINTAINERS".to_owned(), maintainers.to_owned()));
    foo_repository(&files)
}

fn three() -> tempfile::TempDir {
    let drivers = ["ant", "bee", "cow"].map(|name| format!("drivers/{name}/{name}.c"));
    repository(MAINTAINERS, &drivers)
}

/// The value of a header of the mail whose name holds `words`.
fn header(tree: &Path, words: &str, name: &str) -> String {
    let entries = std::fs::read_dir(tree.join("out")).expect("a folder");
    let mut files = entries.map(|entry| entry.expect("an entry").path());
    let file = files
        .find(|file| file.to_string_lossy().contains(words))
        .unwrap_or_else(|| panic!("no mail with {words}"));
    let text = std::fs::read_to_string(file).expect("a mail");
    let (head, _) = text.split_once("\n\n").expect("a head");
    let head = head.replace("\n ", " ");
    let prefix = format!("{name}: ");
    let value = head.lines().find_map(|line| line.strip_prefix(&prefix));
    let words: Vec<&str> = value.unwrap_or_default().split_whitespace().collect();
    words.join(" ")
}

#[test]
fn who_applies_is_in_to_and_users_see_what_they_are_to_use() {
    let tree = three();
    let ran = series(tree.path(), &["-o", "out", "--split", "driver"])
        .exits(0)
        .says(&[
            "who gets it is in out/recipients.toml",
            "    git send-email --confirm=always",
            "out/*.patch",
        ]);
    assert!(!ran.stdout.contains("recipients"), "{}", ran.stdout);
    let of = |words: &str, name: &str| header(tree.path(), words, name);
    assert_eq!(of("-introduce-", "To"), "Foo Core <foo@example.org>");
    let users = of("-introduce-", "Cc");
    for user in ["ant@example.org", "bee@example.org", "ants@example.org"] {
        assert!(users.contains(user), "{user}: {users}");
    }
    assert_eq!(of("0002-", "To"), "Ant Person <ant@example.org>");
    assert_eq!(
        of("0002-", "Cc"),
        "Ant Reader <reader@example.org>, ants@example.org, all@example.org"
    );
    assert_eq!(of("0003-", "To"), "\"Bee, Busy\" <bee@example.org>");
    // Nobody looks after the cow, so the list does.
    assert_eq!(of("0004-", "To"), "all@example.org");
    let everybody = of("0000-", "To") + &of("0000-", "Cc");
    for address in ["foo@", "ant@", "bee@", "reader@", "ants@", "all@", "foo-list@"] {
        assert_eq!(
            everybody.matches(&format!("{address}example")).count(),
            1,
            "{everybody}"
        );
    }
}

#[test]
fn the_next_run_keeps_what_a_person_changed() {
    let tree = three();
    let flags = [
        "-o",
        "out",
        "--split",
        "driver",
        "--cc",
        "Boss <boss@example.org>",
    ];
    series(tree.path(), &flags).exits(0);
    let file = tree.path().join("out/recipients.toml");
    let first = std::fs::read_to_string(&file).expect("recipients");
    assert!(
        first.contains("\"Ant Person <ant@example.org>\", # maintainer:ANT\n"),
        "{first}"
    );
    series(tree.path(), &flags).exits(0);
    assert_eq!(std::fs::read_to_string(&file).expect("recipients"), first);

    let line = "    \"Ant Reader <reader@example.org>\", # reviewer:ANT\n";
    let edited = first
        .replace(line, "    \"New Reader <new@example.org>\",\n")
        .replace("never = []", "never = [\"all@example.org\"]");
    assert!(
        edited.contains("new@") && edited.contains("never = [\"all"),
        "{edited}"
    );
    std::fs::write(&file, edited).expect("recipients");
    for _ in 0..2 {
        series(tree.path(), &flags).exits(0);
        assert_eq!(
            header(tree.path(), "0002-", "Cc"),
            "Boss <boss@example.org>, ants@example.org, New Reader <new@example.org>"
        );
    }
    // The cow has nobody now, which is said.
    series(tree.path(), &flags).exits(0).says(&["nobody is in To of"]);
    // Who was only on the command line goes with the flag.
    series(tree.path(), &flags[..4]).exits(0);
    assert!(!header(tree.path(), "0002-", "Cc").contains("boss"));
}

#[test]
fn a_new_version_keeps_what_a_person_changed() {
    let tree = three();
    series(tree.path(), &["-o", "v1", "--split", "driver"]).exits(0);
    let file = tree.path().join("v1/recipients.toml");
    let first = std::fs::read_to_string(&file).expect("recipients");
    let reader = "    \"Ant Reader <reader@example.org>\", # reviewer:ANT\n";
    let ants = "    \"ants@example.org\", # list:ANT\n";
    let head = first.find("[[patch]]").expect("a patch");
    let about = first.find("\nabout = \"ant").expect("the ant's patch");
    let own = first[about..]
        .replacen(reader, "    \"New Reader <new@example.org>\",\n", 1)
        .replacen(ants, "", 1)
        .replacen("\nto = [\n", &format!("\nto = [\n{ants}"), 1);
    let edited = first[..head]
        .replace("cc = []", "cc = [\"Boss <boss@example.org>\"]")
        .replace("never = []", "never = [\"all@example.org\"]")
        + &first[head..about]
        + &own;
    std::fs::write(&file, &edited).expect("recipients");
    let said = "what was changed by hand in recipients.toml of v1 is taken over";
    let check = || {
        assert_eq!(
            header(tree.path(), "v2-0002-", "To"),
            "Ant Person <ant@example.org>, ants@example.org"
        );
        assert_eq!(
            header(tree.path(), "v2-0002-", "Cc"),
            "Boss <boss@example.org>, New Reader <new@example.org>"
        );
    };
    let out = tree.path().join("out");
    for flag in ["--range-diff", "--interdiff"] {
        let flags = ["-o", "out", "--split", "driver", "-v", "2", flag, "v1"];
        let planned = series(tree.path(), &[&flags[..], &["--plan"]].concat())
            .exits(0)
            .says(&[said]);
        assert!(!planned.stdout.contains("all@example.org"), "{}", planned.stdout);
        series(tree.path(), &flags).exits(0).says(&[said]);
        check();
        // From then on, the new folder's own list counts.
        let again = series(tree.path(), &flags).exits(0);
        assert!(!again.stderr.contains("taken over"), "{}", again.stderr);
        check();
        let own = std::fs::read_to_string(out.join("recipients.toml")).expect("recipients");
        let own = own.replace("never = [\n    \"all@example.org\",\n]", "never = []");
        std::fs::write(out.join("recipients.toml"), own).expect("recipients");
        series(tree.path(), &flags).exits(0);
        assert!(header(tree.path(), "v2-0002-", "Cc").contains("all@example.org"));
        std::fs::remove_dir_all(&out).expect("it goes");
    }
    assert_eq!(std::fs::read_to_string(&file).expect("recipients"), edited);
    // One that cannot be read is not passed over.
    std::fs::write(&file, "others = []\n").expect("recipients");
    series(tree.path(), &["-o", "out", "-v", "2", "--range-diff", "v1"])
        .exits(2)
        .says(&["unknown field"]);
    assert!(!out.exists());
}

#[test]
fn a_list_that_cannot_be_read_is_not_replaced() {
    let tree = three();
    series(tree.path(), &["-o", "out"]).exits(0);
    let file = tree.path().join("out/recipients.toml");
    for (wrong, says) in [
        (&b"to = [\"x\"\n"[..], "recipients.toml cannot be read"),
        (b"to = [\"evil@x\\nBcc: y@z\"]\n", "is no recipient"),
        (b"others = []\n", "unknown field"),
        (b"\xff", "cannot read"),
    ] {
        std::fs::write(&file, wrong).expect("recipients");
        series(tree.path(), &["-o", "out"]).exits(2).says(&[says]);
        assert_eq!(std::fs::read(&file).expect("recipients"), wrong);
    }
    std::fs::remove_file(&file).expect("recipients");
    std::os::unix::fs::symlink("../MAINTAINERS.toml", &file).expect("a link");
    series(tree.path(), &["-o", "out"]).exits(0);
    assert!(!tree.path().join("MAINTAINERS.toml").exists());
    series(tree.path(), &["-o", "out", "--to", "x@y\nBcc: z@y"])
        .exits(2)
        .says(&["--to", "is no recipient"]);
}

#[test]
fn the_plan_shows_everything_and_writes_nothing() {
    let tree = three();
    let ran = series(tree.path(), &["--plan", "--split", "driver"])
        .exits(0)
        .says(&["5 patches; nothing was written", "is a guess"]);
    let lines: Vec<&str> = ran.stdout.lines().map(str::trim).collect();
    assert!(
        lines[0].starts_with("1/5")
            && lines[0].ends_with("introduce foo_acquire() as the new name of foo_get()")
    );
    assert_eq!(
        lines[1],
        "introduce: 3 places in 2 files: include/foo.h, lib/foo.c"
    );
    assert_eq!(lines[2], "To: Foo Core <foo@example.org>");
    assert!(
        ran.stdout
            .contains("convert: 1 place in 1 file: drivers/bee/bee.c"),
        "{}",
        ran.stdout
    );
    assert_eq!(git(tree.path(), &["status", "--short"]), "");

    let ran = series(tree.path(), &["--plan", "--split", "driver", "--json"]).exits(0);
    let run: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON");
    let patch = &run["series"]["patches"][1];
    assert_eq!(patch["phase"], "convert");
    assert_eq!((&patch["number"], &patch["of"]), (&2.into(), &5.into()));
    assert_eq!(patch["to"].to_string(), r#"["Ant Person <ant@example.org>"]"#);
    assert_eq!(run["series"]["remarks"][0]["code"], "doubtful-prefix");
    assert_eq!(run["series"]["mails"].as_array().map(Vec::len), Some(0));

    // It knows the edits of the folder that it is a plan for.
    series(tree.path(), &["-o", "out", "--split", "driver"]).exits(0);
    let file = tree.path().join("out/recipients.toml");
    let text = std::fs::read_to_string(&file).expect("recipients");
    let text = text.replace("never = []", "never = [\"ant@example.org\"]");
    std::fs::write(&file, &text).expect("recipients");
    let ran = series(tree.path(), &["--plan", "-o", "out", "--split", "driver"]).exits(0);
    assert!(!ran.stdout.contains("ant@example.org"), "{}", ran.stdout);
    assert_eq!(std::fs::read_to_string(&file).expect("recipients"), text);
}

#[test]
fn more_than_fifteen_patches_go_by_subsystem() {
    let drivers = ["net", "gpio", "media"].map(|folder| {
        (0..6)
            .map(move |number| format!("drivers/{folder}/d{number}.c"))
            .collect::<Vec<_>>()
    });
    let tree = repository(MAINTAINERS, &drivers.concat());
    let plan = series(tree.path(), &["--plan", "--split", "file"]).exits(0);
    let folders: Vec<&str> = plan.stdout.lines().filter(|line| line.ends_with('/')).collect();
    assert_eq!(
        folders,
        ["01-interface/", "02-gpio/", "03-media/", "04-net/", "05-removal/"]
    );
    series(tree.path(), &["-o", "out", "--split", "file"])
        .exits(0)
        .says(&[
            "    git am",
            "out/*/*.patch",
            "out/01-interface/*.patch",
            "out/05-removal/*.patch",
        ]);
    assert!(tree.path().join("out/recipients.toml").exists());
    let letter = |folder: &str| {
        let file = tree
            .path()
            .join("out")
            .join(folder)
            .join("0000-cover-letter.patch");
        let text = std::fs::read_to_string(file).expect("a letter");
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    // The first letter speaks for all, also with one patch behind it.
    let first = letter("01-interface");
    assert!(
        first.contains("[PATCH 0/1] treewide: ")
            && first.contains(": 21 places in 20 files.")
            && first.contains("This is the first of 5 series"),
        "{first}"
    );
    // Each posting has a letter of its own, to those who get one of its patches.
    let second = letter("02-gpio");
    for words in [
        "[PATCH 0/6]",
        " To: all@example.org ",
        "It needs the first of them, and none of the others.",
    ] {
        assert!(second.contains(words), "{words:?} is not in {second}");
    }
}

#[test]
fn nothing_in_maintainers_becomes_a_header_a_word_for_a_shell_or_a_path() {
    let hostile = "\
EVIL
M:\tEve\r\nBcc: victim@example.org <eve@example.org>
M:\t-oQ/tmp/x <-oQ/tmp/x@example.org>
M:\t$(touch pwned) `touch pwned` <sub@example.org>
M:\tno address
M:\tMax <max@example.org> (unfinished
L:\tlist@example.org\n\x20Bcc: victim@example.org
M:\tZoë \u{202e}gnorw <zoe@example.org>
S:\t
F:\t../../etc/passwd
F:\t/
F:\tdrivers/ant/
N:\t(((
K:\t[a-
X:

F:\tdrivers/bee/
M:\tBo \"The Quote\\\" <bo@example.org>
\x00\x01\x02
THE REST
L:\tall@example.org
F:\t*
F:\t*/
";
    let drivers = ["ant", "bee", "cow"].map(|name| format!("drivers/{name}/{name}.c"));
    let tree = repository(hostile, &drivers);
    let ran = series(tree.path(), &["-o", "out", "--split", "driver"]).exits(0);
    for line in ran.stderr.lines() {
        assert!(!line.contains(['\r', '\u{202e}', '\0']), "{line:?}");
    }
    for entry in std::fs::read_dir(tree.path().join("out")).expect("a folder") {
        let text = std::fs::read(entry.expect("an entry").path()).expect("a mail");
        let text = String::from_utf8_lossy(&text).into_owned();
        let head = text.split_once("\n\n").map_or("", |(head, _)| head);
        if head.starts_with("From ") {
            assert!(
                !head.contains("\nBcc:") && !head.contains('\r') && head.is_ascii(),
                "{head}"
            );
            assert!(
                !head.contains("<-") && !head.contains("victim@example.org,"),
                "{head}"
            );
        }
    }
    let all: Vec<_> = std::fs::read_dir(tree.path()).expect("a folder").collect();
    assert!(
        !all.iter()
            .any(|entry| entry.as_ref().is_ok_and(|entry| entry.file_name() == "pwned"))
    );
    let am = ran
        .stderr
        .lines()
        .find(|line| line.contains("git am"))
        .expect("a line");
    assert!(am.trim().ends_with("out/*.patch"), "{am}");
}
