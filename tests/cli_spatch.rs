//! `respin spatch` and `respin-spatch`: spatch's command line, its modes and its output.

mod cli_common;

use std::path::Path;
use std::process::Command;

use cli_common::{finish, respin, write};

const RULES: &str = r#"/// Calls of old()
// Options: --no-includes
virtual patch
virtual context
virtual org
virtual report

@initialize:python@
@@
skipped = frozenset(['keep'])
def relevant(places):
    return not (skipped & {place.current_element for place in places})

@depends on patch@
expression e;
position p : script:python() { relevant(p) };
@@
- old@p(e)
+ new(e)

@r depends on context || org || report@
expression e;
position p : script:python() { relevant(p) };
@@
* old@p(e)

@script:python depends on org@
p << r.p;
e << r.e;
@@
coccilib.org.print_safe_todo(p[0], "WARNING: old(%s)" % (e))

@script:python depends on report@
p << r.p;
e << r.e;
@@
msg = "WARNING: old(%s)" % (e)
coccilib.report.print_report(p[0], msg)
"#;

const CODE: &str = "int f(int *a)\n{\n\treturn old(a[1]);\n}\n\nint keep(int a)\n{\n\treturn old(a);\n}\n";

/// A tree with two equal files and one that has nothing to match.
fn tree() -> tempfile::TempDir {
    let tree = tempfile::tempdir().expect("a scratch folder");
    write(tree.path(), "rules.cocci", RULES);
    write(tree.path(), "drivers/a.c", CODE);
    write(tree.path(), "drivers/net/b.c", CODE);
    write(tree.path(), "drivers/c.c", "int c;\n");
    tree
}

fn spatch(tree: &Path, more: &[&str]) -> String {
    let words = [
        "spatch",
        "--very-quiet",
        "--cocci-file",
        "rules.cocci",
        "--dir",
        "drivers",
    ];
    let words: Vec<&str> = words.iter().chain(more).copied().collect();
    respin(tree, &words).exits(0).stdout
}

#[test]
fn each_mode_prints_what_spatch_prints() {
    let tree = tree();
    let run = |more: &[&str]| spatch(tree.path(), more);
    let report = "drivers/a.c:3:8-11: WARNING: old(a [ 1 ])\ndrivers/net/b.c:3:8-11: WARNING: old(a [ 1 ])\n";
    assert_eq!(run(&["-D", "report", "--no-show-diff"]), report);
    let org = run(&["-D", "org", "--no-show-diff"]);
    let line = "* TODO [[view:drivers/a.c::face=ovl-face1::linb=3::colb=8::cole=11][WARNING: old(a @( 1 ))]]";
    assert_eq!(org.lines().next(), Some(line));
    let hunk = "@@ -1,6 +1,6 @@\n int f(int *a)\n {\n-\treturn old(a[1]);\n+\treturn new(a[1]);\n }\n \n int keep(int a)\n";
    let patch = run(&["-D", "patch", "--patch", "."]);
    assert!(
        patch.starts_with(&format!(
            "diff -u -p a/drivers/a.c b/drivers/a.c\n--- a/drivers/a.c\n+++ b/drivers/a.c\n{hunk}"
        )),
        "{patch}"
    );
    let context = run(&["-D", "context", "--patch", "."]);
    let head =
        "diff -u -p drivers/a.c /tmp/nothing/drivers/a.c\n--- drivers/a.c\n+++ /tmp/nothing/drivers/a.c\n";
    assert!(context.starts_with(head), "{context}");
    assert!(context.contains("\n-\treturn old(a[1]);\n }\n"), "{context}");
    assert_eq!(run(&[]), "");
}

#[test]
fn the_result_is_the_same_for_every_number_of_threads_and_parts() {
    let tree = tree();
    let mode = ["-D", "report", "--no-show-diff"];
    let run = |more: &[&str]| spatch(tree.path(), &[&mode[..], more].concat());
    let one = run(&["-j", "1"]);
    assert_eq!(run(&["--jobs", "2", "--chunksize", "1"]), one);
    let parts: String = ["0", "1"]
        .iter()
        .map(|part| run(&["--max", "2", "--index", part]))
        .collect();
    assert_eq!(parts.lines().count(), one.lines().count());
}

#[test]
fn what_scripts_keep_is_kept_from_file_to_file() {
    let tree = tree();
    let rules = "@initialize:python@\n@@\ncount = 0\n@r@\nposition p;\n@@\nold@p(...)\n\
        @script:python s@\np << r.p;\nx;\n@@\ncount = count + 1\ncoccinelle.x = 'new%d' % count\n\
        if p[0].current_element == 'keep':\n  cocci.include_match(False)\n\
        @@\nidentifier s.x;\nposition r.p;\n@@\n- old@p\n+ x\n  (...)\n\
        @finalize:python@\n@@\nprint('%d calls' % count)\n";
    write(tree.path(), "rules.cocci", rules);
    let out = spatch(tree.path(), &["-j", "2"]);
    assert!(out.ends_with("4 calls\n"), "{out}");
    assert!(out.contains("+\treturn new1(a[1]);"), "{out}");
    assert!(out.contains("+\treturn new3(a[1]);"), "{out}");
    assert!(!out.contains("new2"), "{out}");
}

#[test]
fn mistakes_in_scripts_are_said_with_their_line() {
    let tree = tree();
    let run = |body: &str| {
        let rules = format!("@r@\nposition p;\n@@\nold@p(...)\n@script:python@\np << r.p;\n@@\n{body}\n");
        write(tree.path(), "rules.cocci", rules);
        respin(
            tree.path(),
            &["spatch", "--sp-file", "rules.cocci", "drivers/a.c"],
        )
        .exits(2)
    };
    run("x = 1\nimport os").says(&["line 9 of the rules", "`os` is not supported"]);
    run("x = 1 +").says(&["error[script]", "line 8"]);
    run("print(p[0].lin)").says(&["drivers/a.c", "no attribute 'lin'"]);
    run("while True: pass").says(&["steps"]);
    write(
        tree.path(),
        "rules.cocci",
        "@r@\n@@\nold(...)\n@script:ocaml@\n@@\n()\n",
    );
    respin(
        tree.path(),
        &["spatch", "--sp-file", "rules.cocci", "drivers/a.c"],
    )
    .exits(2)
    .says(&["scripts in ocaml are not supported"]);
}

#[test]
fn the_second_program_and_the_questions_of_coccicheck() {
    let tree = tree();
    let second = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_respin-spatch"));
        finish(
            command
                .current_dir(tree.path())
                .env("HOME", tree.path())
                .args(arguments),
        )
    };
    let version = second(&["--version"]).exits(0).stdout;
    assert_eq!(version.split_whitespace().nth(2), Some("1.1.1"));
    assert!(second(&["--help"]).exits(0).stdout.contains("--jobs"));
    second(&["--parse-cocci", "rules.cocci"]).exits(0);
    write(tree.path(), "bad.cocci", "@@\nexpresion e;\n@@\nf(e)\n");
    second(&["--parse-cocci", "bad.cocci"])
        .exits(2)
        .says(&["bad.cocci:2:1", "expression"]);
    write(
        tree.path(),
        ".cocciconfig",
        "[spatch]\n\toptions = --no-such-option\n",
    );
    second(&["--parse-cocci", "rules.cocci"])
        .exits(2)
        .says(&["--no-such-option"]);
}

#[test]
fn a_file_of_rules_is_a_transform() {
    let tree = tree();
    std::fs::remove_file(tree.path().join("rules.cocci")).expect("the rules go");
    let rules =
        "/// Call new() instead of old(). It is {better}.\n@r@\nexpression e;\n@@\n- old(e)\n+ new(e)\n";
    let outside = tempfile::tempdir().expect("a scratch folder");
    write(outside.path(), "use_new.cocci", rules);
    let path = outside.path().join("use_new.cocci");
    let path = path.to_str().expect("UTF-8");
    let run = |words: &[&str]| respin(tree.path(), words);
    let diff = run(&["diff", path, "drivers/net"]).exits(0).stdout;
    assert!(diff.contains("-\treturn old(a);\n+\treturn new(a);"), "{diff}");
    assert!(!diff.contains("drivers/a.c"), "{diff}");
    let json = run(&["diff", "--json", path]).exits(0).stdout;
    for part in [
        "\"transform\":\"use_new\"",
        "\"kind\":\"match\"",
        "\"function\":\"keep\"",
        "\"api\":\"r\"",
    ] {
        assert!(json.contains(part), "{part} in {json}");
    }
    assert_eq!(run(&["check", path]).exits(1).stdout.lines().count(), 4);
    assert!(
        run(&["show", path])
            .exits(0)
            .stdout
            .starts_with("use_new: Call new() instead of old().")
    );
    run(&["diff", path, "--set", "virtual=x"])
        .exits(2)
        .says(&["no virtual rule `x`"]);
    run(&["diff", path, "--set", "needs=new"])
        .exits(2)
        .says(&["missing-function", "new()"]);
    write(
        tree.path(),
        "new.h",
        "struct s;\nint new(struct s *s, int flags);\n",
    );
    run(&["diff", path, "--set", "unary=new"]).exits(2).says(&[
        "other-interface",
        "new() takes 2 arguments",
        "new.h:2",
    ]);
    write(tree.path(), "new.h", "struct s;\nint new(struct s *s);\n");
    run(&["diff", path, "--set", "unary=new"]).exits(0);
    run(&["apply", "--allow-no-vcs", path]).exits(0);
    run(&["check", path]).exits(0).says(&["nothing matches"]);
    write(
        outside.path(),
        "use_new.cocci",
        "@r@\nexpresion e;\n@@\n- old(e)\n",
    );
    run(&["diff", path])
        .exits(2)
        .says(&["use_new.cocci:2:1", "expression"]);
    run(&["diff", "no-such.cocci"]).exits(2).says(&["no-such.cocci"]);
}

#[test]
fn a_series_of_a_file_of_rules_describes_itself() {
    let tree = tree();
    let rules =
        "/// Call new() instead of old(). It is {better}.\n@r@\nexpression e;\n@@\n- old(e)\n+ new(e)\n";
    write(tree.path(), "rules.cocci", rules);
    let out = tempfile::tempdir().expect("a scratch folder");
    let folder = out.path().join("out");
    let words = ["series", "rules.cocci", "-o", folder.to_str().expect("UTF-8")];
    let mut command = cli_common::respin_in(tree.path());
    command
        .args(words)
        .env("GIT_AUTHOR_NAME", "A")
        .env("GIT_AUTHOR_EMAIL", "a@example.org");
    command
        .env("GIT_COMMITTER_NAME", "A")
        .env("GIT_COMMITTER_EMAIL", "a@example.org");
    let files = finish(&mut command).exits(0).stdout;
    let patch = std::fs::read_to_string(files.lines().next().expect("a patch")).expect("a patch");
    assert!(patch.contains("call new() instead of old()\n"), "{patch}");
    assert!(
        patch.contains("Call new() instead of old(). It is {better}."),
        "{patch}"
    );
    assert!(patch.contains("\n  - old(e)\n  + new(e)\n"), "{patch}");
}

#[test]
fn types_come_from_headers_when_asked() {
    let tree = tree();
    let drivers = tree.path().join("drivers/net");
    write(
        &drivers,
        "card.h",
        "#include <net/list.h>\ntypedef struct { struct ring *ring; } card_t;\nstruct ring *first(void);\n",
    );
    write(
        &tree.path().join("include/net"),
        "list.h",
        "struct ring { struct { struct buffer *data; int size; } part; };\n",
    );
    write(
        &drivers,
        "typed.c",
        "#include \"card.h\"\nvoid a(card_t *card, struct other *o)\n{\n\tput(card->ring);\n\tput(first());\n\
         \tput(card->ring->part.data);\n\tput(card->ring->part.size);\n\tput(o->ring);\n}\n",
    );
    write(
        tree.path(),
        "typed.cocci",
        "@@\nstruct ring *r;\n@@\n- put(r)\n+ put_ring(r)\n\n@@\nstruct buffer *b;\n@@\n- put(b)\n+ put_buffer(b)\n",
    );
    let lines = |options: &[&str]| {
        let mut words = vec![
            "--very-quiet",
            "--sp-file",
            "typed.cocci",
            "drivers/net/typed.c",
            "-I",
            "include",
        ];
        words.extend(options);
        words.insert(0, "spatch");
        let out = respin(tree.path(), &words).exits(0).stdout;
        out.lines()
            .filter_map(|line| line.strip_prefix("+\t"))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert!(lines(&[]).is_empty());
    assert_eq!(
        lines(&["--local-includes"]),
        ["put_ring(card->ring);", "put_ring(first());"]
    );
    assert_eq!(
        lines(&["--recursive-includes"]),
        [
            "put_ring(card->ring);",
            "put_ring(first());",
            "put_buffer(card->ring->part.data);"
        ]
    );
    assert!(lines(&["--recursive-includes", "--no-includes"]).is_empty());
}
