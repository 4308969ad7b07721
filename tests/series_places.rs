//! Where a series comes from and where it goes: states of a repository, branches, folders, people.

mod series_support;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use respin::plan::Plan;
use respin::series::{Base, Error, ErrorKind, Footing, Options, Series, build, commit_branch, write};
use respin::transform::Split;
use respin::worktree::Worktree;
use series_support::fixture::{
    FILES, Habits, Words, change, listed, made, made_on_branch, split, staged_plan, taken, tree,
};
use series_support::{Git, environment_of, options};

/// Everything in a folder, `.git` included: names, contents, times of the last change.
fn snapshot(dir: &Path) -> Vec<(String, Vec<u8>, std::time::SystemTime)> {
    let mut found = Vec::new();
    let mut waiting = vec![dir.to_owned()];
    while let Some(dir) = waiting.pop() {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                waiting.push(path);
            } else {
                let time = path.metadata().unwrap().modified().unwrap();
                found.push((format!("{path:?}"), fs::read(&path).unwrap(), time));
            }
        }
    }
    found.sort();
    found
}

/// The patches apply to a copy of the tree as it stands.
fn applies(tree: &Path, scratch: &Path, series: &Series) {
    let files = write(series, &scratch.join("out"), None, false).unwrap();
    let copy = scratch.join("copy");
    let status = std::process::Command::new("cp")
        .arg("-a")
        .args([tree, &copy])
        .status();
    assert!(status.unwrap().success());
    let _ = fs::remove_dir_all(copy.join(".git"));
    let git = Git::init(&copy);
    git.commit("as it stands");
    let mut args = vec!["am", "-q"];
    let options = series.am_options();
    // The copy is a repository by itself, also of a tree that was a folder of one.
    let own = options
        .iter()
        .filter(|option| !option.starts_with("--directory="));
    args.extend(own.map(String::as_str));
    let covers = series
        .postings
        .iter()
        .map(|posting| posting.mails.len() - posting.patches.len())
        .sum();
    args.extend(files.iter().skip(covers).map(|path| path.to_str().unwrap()));
    git.run(&args);
    assert_eq!(
        fs::read_to_string(copy.join("include/foo.h")).unwrap(),
        "int bar(void);\n"
    );
}

#[test]
fn making_a_series_writes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let git = tree(&dir.path().join("tree"));
    git.write(".git/hooks/pre-commit", "#!/bin/sh\nexit 1\n");
    let before = snapshot(&git.dir);
    made(&git.dir, None, &staged_plan(), &split(Split::File)).unwrap();
    assert!(snapshot(&git.dir) == before, "something was written");
    // Nor does it when everything that it makes is there already.
    let series = made(&git.dir, None, &staged_plan(), &split(Split::File)).unwrap();
    made_on_branch(&git.dir, &series, "there").unwrap();
    git.run(&["repack", "-adq"]);
    let before = snapshot(&git.dir);
    made(&git.dir, None, &staged_plan(), &split(Split::File)).unwrap();
    assert!(snapshot(&git.dir) == before, "something was written");
}

#[test]
fn a_branch_leaves_work_tree_index_and_hooks_alone() {
    let dir = tempfile::tempdir().unwrap();
    let git = tree(&dir.path().join("tree"));
    for hook in [
        "pre-commit",
        "commit-msg",
        "post-commit",
        "reference-transaction",
        "prepare-commit-msg",
    ] {
        let path = git.dir.join(".git/hooks").join(hook);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(
            &path,
            format!("#!/bin/sh\ntouch {}/ran\nexit 1\n", dir.path().display()),
        )
        .unwrap();
        fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).unwrap();
    }
    git.run(&["config", "commit.gpgsign", "true"]);
    git.write("untracked", "x");
    let index = fs::read(git.dir.join(".git/index")).unwrap();
    let series = made(&git.dir, None, &staged_plan(), &split(Split::File)).unwrap();
    made_on_branch(&git.dir, &series, "topic/foo").unwrap();
    assert_eq!(
        git.text(&["rev-parse", "topic/foo"]),
        series.patches.last().unwrap().commit
    );
    assert_eq!(git.text(&["rev-list", "--count", "main..topic/foo"]), "8");
    assert_eq!(git.text(&["symbolic-ref", "HEAD"]), "refs/heads/main");
    assert_eq!(fs::read(git.dir.join(".git/index")).unwrap(), index);
    assert_eq!(git.text(&["status", "--porcelain"]), "?? untracked");
    assert!(!dir.path().join("ran").exists());
    git.run(&["fsck", "--strict"]);
    // A second time the name is taken, whatever it points at.
    let error = made_on_branch(&git.dir, &series, "topic/foo").unwrap_err();
    assert_eq!(error.kind, ErrorKind::Usage);
    assert!(error.message.contains("exists already"), "{error}");
    for name in ["-f", "a..b", "a b", "HEAD", "", "x.lock", "../x", "a\nb"] {
        let error = made_on_branch(&git.dir, &series, name).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Usage, "{name:?}");
    }
    let error = made_on_branch(&git.dir, &series, "main/x").unwrap_err();
    assert_eq!(error.kind, ErrorKind::Repository, "{error}");
    git.write(".git/refs/heads/locked.lock", "");
    let error = made_on_branch(&git.dir, &series, "locked").unwrap_err();
    assert_eq!(error.kind, ErrorKind::Repository, "{error}");
    assert!(error.help.unwrap().contains(".lock"));
}

#[test]
fn states_of_a_repository_do_not_matter() {
    let plan = staged_plan();
    let dir = tempfile::tempdir().unwrap();
    let git = tree(&dir.path().join("tree"));
    git.write("other", "1\n");
    let second = git.commit("other: one");
    let check = |what: &str, git: &Git, rev: Option<&str>| {
        let series = made(&git.dir, rev, &plan, &options()).unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_eq!(series.base.as_deref(), Some(second.as_str()), "{what}");
        made_on_branch_of(&git.dir, rev, &series, &what.replace(' ', "-")).unwrap();
    };
    check("plain", &git, None);
    git.run(&["checkout", "-q", "--detach"]);
    check("detached head", &git, None);
    git.write(".git/index.lock", "");
    check("index lock", &git, None);
    fs::remove_file(git.dir.join(".git/index.lock")).unwrap();
    git.run(&["repack", "-adq"]);
    check("packed", &git, None);

    let bare = dir.path().join("bare.git");
    git.run(&[
        "clone",
        "-q",
        "--bare",
        git.dir.to_str().unwrap(),
        bare.to_str().unwrap(),
    ]);
    check("bare", &Git::new(&bare), Some("HEAD"));
    let shallow = dir.path().join("shallow");
    let url = format!("file://{}", git.dir.display());
    git.run(&["clone", "-q", "--depth=1", &url, shallow.to_str().unwrap()]);
    check("shallow", &Git::new(&shallow), None);
    let linked = dir.path().join("linked");
    git.run(&["worktree", "add", "-q", "--detach", linked.to_str().unwrap()]);
    check("linked worktree", &Git::new(&linked), None);

    // In the middle of a rebase that stopped at a conflict.
    git.run(&["checkout", "-q", "-b", "side", "HEAD~1"]);
    git.write("other", "2\n");
    git.commit("other: two");
    let output = git.command(&["rebase", &second]).output().unwrap();
    assert!(!output.status.success());
    let series = made(&git.dir, None, &plan, &options()).unwrap();
    assert_eq!(series.base.as_deref(), Some(second.as_str()));
    assert_eq!(series.diagnostics.len(), 1, "{:?}", series.diagnostics);
    assert!(series.diagnostics[0].message.contains("not committed: other"));
}

fn made_on_branch_of(dir: &Path, rev: Option<&str>, series: &Series, name: &str) -> Result<(), Error> {
    let worktree = Worktree::open(dir, rev).unwrap();
    commit_branch(series, &Base::of(&worktree)?, name)
}

#[test]
fn folders_without_a_commit_are_bases_too() {
    let plan = staged_plan();
    let scratch = tempfile::tempdir().unwrap();

    // A plain folder.
    let plain = scratch.path().join("plain");
    for (path, text) in FILES {
        Git::new(&plain).write(path, text);
    }
    fs::set_permissions(plain.join("drivers/a/one.c"), PermissionsExt::from_mode(0o755)).unwrap();
    let series = made(&plain, None, &plan, &split(Split::File)).unwrap();
    assert_eq!((series.footing, &series.base), (Footing::Tree, &None));
    assert!(series.diagnostics.is_empty());
    assert!(!String::from_utf8_lossy(&series.postings[0].mails[0].text).contains("base-commit"));
    let text = series.postings[0]
        .mails
        .iter()
        .map(|mail| String::from_utf8_lossy(&mail.text))
        .collect::<String>();
    assert!(text.contains(" 100755\n"), "the mode of the folder");
    assert!(text.contains("@@ int two(void)\n") || text.contains("@@ -1,4 +1,4 @@\n"));
    applies(&plain, &scratch.path().join("1"), &series);
    let error = made_on_branch(&plain, &series, "b").unwrap_err();
    assert!(error.message.contains("no git repository"), "{error}");

    // A repository without commits, a dirty one, and a folder below the top of one.
    let unborn = Git::init(&scratch.path().join("unborn"));
    for (path, text) in FILES {
        unborn.write(path, text);
    }
    let series = made(&unborn.dir, None, &plan, &options()).unwrap();
    assert_eq!(series.footing, Footing::Tree);
    applies(&unborn.dir, &scratch.path().join("2"), &series);

    let dirty = tree(&scratch.path().join("dirty"));
    dirty.write("sound/c.c", "int c(void)\n{\n\treturn 7;\n}\n");
    dirty.commit("sound: something else");
    dirty.write(
        "sound/c.c",
        FILES.iter().find(|(path, _)| *path == "sound/c.c").unwrap().1,
    );
    let series = made(&dirty.dir, None, &plan, &options()).unwrap();
    assert_eq!(series.footing, Footing::Tree);
    assert_eq!(series.diagnostics[0].code, "uncommitted-changes");
    applies(&dirty.dir, &scratch.path().join("3"), &series);
    let error = made_on_branch(&dirty.dir, &series, "b").unwrap_err();
    assert!(error.message.contains("no commit has"), "{error}");

    let outer = Git::init(&scratch.path().join("outer"));
    for (path, text) in FILES {
        outer.write(&format!("linux/{path}"), text);
    }
    outer.commit("a kernel in a folder");
    let inner = outer.dir.join("linux");
    for rev in [None, Some("HEAD")] {
        let series = made(&inner, rev, &plan, &options()).unwrap();
        assert_eq!(series.footing, Footing::Tree);
        applies(&inner, &scratch.path().join(format!("4{rev:?}")), &series);
    }
}

#[test]
fn contents_that_changed_meanwhile_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let git = tree(dir.path());
    git.write("drivers/b/b.c", "something else\n");
    git.commit("b: something else");
    git.write("drivers/b/b.c", "and again\n");
    let error = made(&git.dir, None, &staged_plan(), &options()).unwrap_err();
    assert_eq!(
        (error.kind, error.message.as_str()),
        (ErrorKind::Stale, "drivers/b/b.c changed while it was read")
    );
    let error = made(&git.dir, Some("HEAD"), &staged_plan(), &options()).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Stale);
    for path in [
        "../outside",
        "/etc/passwd",
        "a/../b",
        ".git/config",
        "a//b",
        "x/.GIT/hooks/y",
        "",
    ] {
        let mut plan = Plan::default();
        plan.atoms.push(staged_plan().atoms[0].clone());
        plan.atoms[0].files = vec![change(path, "a", "b")];
        let error = made(&git.dir, None, &plan, &options()).unwrap_err();
        assert!(error.message.contains("git can have no file"), "{path}: {error}");
    }
    // A link is no file, even if its target is what the plan says.
    std::os::unix::fs::symlink("target", git.dir.join("link")).unwrap();
    git.commit("a link");
    let mut plan = Plan::default();
    plan.atoms.push(staged_plan().atoms[0].clone());
    plan.atoms[0].files = vec![change("link", "target", "elsewhere")];
    assert!(made(&git.dir, None, &plan, &options()).is_err());
    assert!(made(&git.dir, Some("HEAD"), &plan, &options()).is_err());
}

/// A series with the surroundings given, on a tree whose repository has these settings.
fn with_people(settings: &[(&str, &str)], variables: &[(&str, &str)]) -> Result<Series, Error> {
    let dir = tempfile::tempdir().unwrap();
    let git = tree(dir.path());
    for (key, value) in settings {
        git.run(&["config", key, value]);
    }
    let options = Options {
        environment: environment_of(variables),
        signoff: true,
        ..options()
    };
    made(&git.dir, None, &staged_plan(), &options)
}

fn head(series: &Series, field: &str) -> String {
    let text = String::from_utf8(series.postings[0].mails[1].text.clone()).unwrap();
    let start = format!("{field}: ");
    let line = text.lines().find_map(|line| line.strip_prefix(&start));
    line.unwrap_or_default().to_owned()
}

#[test]
fn people_are_found_as_git_finds_them() {
    let error = with_people(&[], &[]).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Identity);
    assert_eq!(
        error.help.as_deref(),
        Some("git config --global user.name \"Your Name\"")
    );
    let error = with_people(&[("user.name", "N")], &[]).unwrap_err();
    assert_eq!(
        error.help.as_deref(),
        Some("git config --global user.email \"you@example.org\"")
    );

    let user = [("user.name", "U Ser"), ("user.email", "u@example.org")];
    let series = with_people(&user, &[]).unwrap();
    assert_eq!(head(&series, "From"), "U Ser <u@example.org>");
    assert_eq!(head(&series, "Date"), "Tue, 14 Nov 2023 22:13:20 +0000");
    assert_eq!(
        series.patches[0].trailers,
        ["Signed-off-by: U Ser <u@example.org>"]
    );

    let more = [
        &user[..],
        &[("author.name", "Au Thor"), ("committer.email", "c@example.org")],
    ]
    .concat();
    let variables = [
        ("GIT_AUTHOR_EMAIL", "env@example.org"),
        ("SOURCE_DATE_EPOCH", "0"),
    ];
    let series = with_people(&more, &variables).unwrap();
    assert_eq!(head(&series, "From"), "Au Thor <env@example.org>");
    assert_eq!(head(&series, "Date"), "Thu, 1 Jan 1970 00:00:00 +0000");
    assert_eq!(
        series.patches[0].trailers,
        ["Signed-off-by: U Ser <c@example.org>"]
    );

    let variables = [
        ("GIT_AUTHOR_DATE", "2005-04-07T22:13:13 +0200"),
        ("SOURCE_DATE_EPOCH", "0"),
    ];
    let series = with_people(&user, &variables).unwrap();
    assert_eq!(head(&series, "Date"), "Thu, 7 Apr 2005 22:13:13 +0200");
    let error = with_people(&user, &[("GIT_COMMITTER_DATE", "tomorrow")]).unwrap_err();
    assert!(
        error.message.contains("GIT_COMMITTER_DATE=\"tomorrow\""),
        "{error}"
    );

    let pairs = [
        ("GIT_CONFIG_COUNT", "2"),
        ("GIT_CONFIG_KEY_0", "User.Name"),
        ("GIT_CONFIG_VALUE_0", "From Env"),
        ("GIT_CONFIG_KEY_1", "user.email"),
        ("GIT_CONFIG_VALUE_1", "pair@example.org"),
    ];
    let series = with_people(&[], &pairs).unwrap();
    assert_eq!(head(&series, "From"), "From Env <pair@example.org>");
    let error = with_people(&user, &[("GIT_CONFIG_COUNT", "99999999999")]).unwrap_err();
    assert!(error.message.contains("GIT_CONFIG_COUNT"), "{error}");
}

#[test]
fn a_global_configuration_is_read() {
    let dir = tempfile::tempdir().unwrap();
    let git = tree(&dir.path().join("tree"));
    let home = dir.path().join("home");
    fs::create_dir_all(&home).unwrap();
    fs::write(home.join("included"), "[user]\n\tname = In Cluded\n").unwrap();
    fs::write(
        home.join(".gitconfig"),
        "[include]\n\tpath = included\n[user]\n\temail = h@example.org\n",
    )
    .unwrap();
    let environment = respin::series::Environment::fixed(
        [("GIT_CONFIG_NOSYSTEM", "1"), ("HOME", home.to_str().unwrap())],
        0,
    );
    let options = Options {
        environment,
        ..options()
    };
    let series = made(&git.dir, None, &staged_plan(), &options).unwrap();
    assert_eq!(head(&series, "From"), "In Cluded <h@example.org>");
    fs::write(home.join(".gitconfig"), "[user\n").unwrap();
    let error = made(&git.dir, None, &staged_plan(), &options).unwrap_err();
    assert!(error.message.contains("configuration"), "{error}");
}

#[test]
fn a_folder_is_replaced_as_a_whole_and_only_what_is_ours() {
    let dir = tempfile::tempdir().unwrap();
    let git = tree(&dir.path().join("tree"));
    let out = dir.path().join("deep/er/out");
    let plan = staged_plan();
    let many = made(&git.dir, None, &plan, &split(Split::File)).unwrap();
    let few = made(&git.dir, None, &plan, &options()).unwrap();
    write(&many, &out, None, false).unwrap();
    assert_eq!(listed(&out).len(), 9);
    assert_eq!(listed(out.parent().unwrap()), ["out"]);
    fs::write(out.join("recipients.toml"), "mine").unwrap();
    fs::write(out.join("notes.patch"), "mine").unwrap();
    let files = write(&few, &out, None, false).unwrap();
    assert_eq!(files.len(), 4);
    let patches = [
        "0000-cover-letter.patch",
        "0001-treewide-add-bar.patch",
        "0002-treewide-use-bar-instead-of-foo.patch",
        "0003-treewide-remove-foo.patch",
    ];
    assert_eq!(
        listed(&out),
        [&patches[..], &["notes.patch", "recipients.toml"]].concat()
    );
    // The same again changes nothing, and another version lies beside it.
    write(&few, &out, None, false).unwrap();
    let second = made(
        &git.dir,
        None,
        &plan,
        &Options {
            reroll_count: Some("2".into()),
            ..options()
        },
    )
    .unwrap();
    write(&second, &out, None, false).unwrap();
    assert_eq!(listed(&out).len(), 10);
    write(&many, &out, None, false).unwrap();
    assert_eq!(listed(&out).len(), 9 + 2 + 4);

    // What was edited stays, unless it is forced.
    let edited = out.join("0000-cover-letter.patch");
    fs::write(&edited, "my own words").unwrap();
    let before = snapshot(&out);
    let error = write(&few, &out, None, false).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Output);
    assert!(
        error.message.contains("were edited") && error.message.contains("0000-cover-letter.patch"),
        "{error}"
    );
    assert!(snapshot(&out) == before);
    write(&few, &out, None, true).unwrap();
    assert_eq!(fs::read(&edited).unwrap(), few.postings[0].mails[0].text);

    // Somebody else's patches are not mixed with ours.
    let other = dir.path().join("other");
    fs::create_dir(&other).unwrap();
    fs::write(other.join("0007-their-own.patch"), "theirs").unwrap();
    let error = write(&few, &other, None, false).unwrap_err();
    assert!(
        error.message.contains("another series: 0007-their-own.patch"),
        "{error}"
    );
    assert_eq!(listed(&other), ["0007-their-own.patch"]);
    write(&second, &other, None, false).unwrap();
    write(&few, &other, None, true).unwrap();
    assert_eq!(fs::read(other.join("0007-their-own.patch")).unwrap(), b"theirs");
}

#[test]
fn nothing_is_written_outside_of_the_folder() {
    let dir = tempfile::tempdir().unwrap();
    let git = tree(&dir.path().join("tree"));
    let plan = staged_plan();
    let series = made(&git.dir, None, &plan, &options()).unwrap();
    let victim = dir.path().join("victim");
    fs::write(&victim, "untouched").unwrap();
    // A link in the place of a patch, and a list that names files elsewhere.
    let out = dir.path().join("out");
    write(&series, &out, None, false).unwrap();
    let first = out.join(&series.postings[0].mails[0].name);
    fs::remove_file(&first).unwrap();
    std::os::unix::fs::symlink(&victim, &first).unwrap();
    let id = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391";
    let lines = format!(
        "x\n{id} ../victim\n{id} ../0001-x.patch\n{id} {}\n",
        victim.display()
    );
    fs::write(out.join(".respin-series"), lines).unwrap();
    fs::write(dir.path().join("0001-x.patch"), "").unwrap();
    write(&series, &out, None, true).unwrap();
    assert_eq!(fs::read(&victim).unwrap(), b"untouched");
    assert!(dir.path().join("0001-x.patch").exists());
    assert!(!first.is_symlink());
    // A link in the place of a folder.
    let many = made(
        &git.dir,
        None,
        &plan,
        &Options {
            most: 2,
            ..split(Split::File)
        },
    )
    .unwrap();
    let elsewhere = dir.path().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    let out = dir.path().join("folders");
    fs::create_dir(&out).unwrap();
    std::os::unix::fs::symlink(&elsewhere, out.join("01-interface")).unwrap();
    let error = write(&many, &out, None, false).unwrap_err();
    assert!(error.message.contains("is no folder"), "{error}");
    assert_eq!(listed(&elsewhere), Vec::<String>::new());
    let error = write(&series, &victim, None, false).unwrap_err();
    assert!(error.message.contains("is no folder"), "{error}");
}

#[test]
fn folders_of_a_large_series_come_and_go() {
    let dir = tempfile::tempdir().unwrap();
    let git = tree(&dir.path().join("tree"));
    let plan = staged_plan();
    let out = dir.path().join("out");
    let many = made(
        &git.dir,
        None,
        &plan,
        &Options {
            most: 2,
            ..split(Split::File)
        },
    )
    .unwrap();
    let files = write(&many, &out, None, false).unwrap();
    assert!(listed(&out).len() > 4);
    taken(&git, dir.path(), &many, &files);
    fs::write(out.join("03-a/mine.txt"), "mine").unwrap();
    let few = made(&git.dir, None, &plan, &options()).unwrap();
    write(&few, &out, None, false).unwrap();
    let names = listed(&out);
    assert_eq!(
        names
            .iter()
            .filter(|name| !name.ends_with(".patch"))
            .collect::<Vec<_>>(),
        ["03-a"]
    );
    assert_eq!(listed(&out.join("03-a")), ["mine.txt"]);
}

#[test]
fn a_read_only_place_is_an_error_and_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let git = tree(&dir.path().join("tree"));
    let series = made(&git.dir, None, &staged_plan(), &options()).unwrap();
    let file = dir.path().join("file");
    fs::write(&file, "").unwrap();
    let error = write(&series, &file.join("out"), None, false).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Output);
    assert_eq!(listed(dir.path()), ["file", "tree"]);
}

#[test]
fn messages_may_come_from_a_plan_of_one_phase() {
    let dir = tempfile::tempdir().unwrap();
    let git = tree(dir.path());
    let mut plan = staged_plan();
    plan.atoms.truncate(2);
    plan.atoms.remove(0);
    let worktree = Worktree::open(&git.dir, None).unwrap();
    let series = build(&Base::of(&worktree).unwrap(), &plan, &options(), &Words, &Habits).unwrap();
    assert_eq!(series.patches.len(), 1);
    assert_eq!(series.postings[0].mails.len(), 1, "no cover letter");
    let text = String::from_utf8_lossy(&series.postings[0].mails[0].text).into_owned();
    assert!(
        text.contains("Subject: [PATCH] treewide: use bar() instead of foo()\n"),
        "{text}"
    );
    assert!(text.contains("\nbase-commit: "), "{text}");
    assert!(
        text.contains("@@ -1,5 +1,5 @@ int one(void)\n") || text.contains("@@ -1,5 +1,5 @@\n"),
        "{text}"
    );
}
