//! Rules and files that nobody means well with: each ends in an error or a result, within a bound on time and memory.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// What one run may take. A debug build on a busy machine needs some of it; without bounds these inputs take hours.
const TIME: Duration = Duration::from_secs(60);

/// Address space, in KiB.
const MEMORY: u32 = 2_000_000;

struct Case {
    folder: tempfile::TempDir,
}

/// How a run ended.
struct Ended {
    code: i32,
    messages: String,
    text: Vec<u8>,
}

impl Case {
    fn new(rules: &[u8], code: &[u8]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("rule.cocci"), rules).expect("rules");
        std::fs::write(folder.path().join("file.c"), code).expect("code");
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn run(&self) -> Ended {
        let started = Instant::now();
        let limited = format!("ulimit -v {MEMORY}; exec \"$0\" \"$@\"");
        let mut child = Command::new("sh")
            .args([
                "-c",
                &limited,
                env!("CARGO_BIN_EXE_respin"),
                "spatch",
                "--in-place",
            ])
            .arg("--sp-file")
            .args([self.path("rule.cocci"), self.path("file.c")])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(self.path("messages")).expect("a file"))
            .spawn()
            .expect("a shell");
        let status = loop {
            if let Some(status) = child.try_wait().expect("a status") {
                break status;
            }
            if started.elapsed() > TIME {
                child.kill().expect("it can be ended");
                panic!("no end within {TIME:?}");
            }
            std::thread::sleep(Duration::from_millis(5));
        };
        let read = |path: &Path| std::fs::read(path).expect("a file");
        Ended {
            code: status.code().expect("an exit code, not a signal"),
            messages: String::from_utf8_lossy(&read(&self.path("messages"))).into_owned(),
            text: read(&self.path("file.c")),
        }
    }
}

/// A rule file that is refused with the code of an error.
fn refused(rules: &str, code: &str) {
    let ended = Case::new(rules.as_bytes(), b"void f(void)\n{\n\tg(1);\n}\n").run();
    assert_eq!(ended.code, 2, "{}", ended.messages);
    let head = ended.messages.lines().next().unwrap_or_default();
    assert!(head.starts_with(&format!("error[{code}]")), "{head}");
}

/// A rule that runs to its end on a text.
fn runs(rules: &str, code: &str) -> Ended {
    let ended = Case::new(rules.as_bytes(), code.as_bytes()).run();
    assert!(matches!(ended.code, 0 | 3), "{}: {}", ended.code, ended.messages);
    ended
}

/// A function of some 5,000 lines.
fn long_function(line: impl Fn(usize) -> String) -> String {
    let lines: String = (0..2500).map(line).collect();
    format!("void f(int x)\n{{\n{lines}\tc(p);\n}}\n")
}

#[test]
fn nesting_without_end_is_refused() {
    let count = 10_000;
    refused(
        &format!(
            "@@ expression x; @@\n{}g(x);\n{}",
            "(\n- f(x);\n|\n".repeat(count),
            ")\n".repeat(count)
        ),
        "too-deep",
    );
    refused(
        &format!(
            "@@ expression x; @@\n{}g(x){}\n",
            "\\( f(x) \\| ".repeat(count),
            " \\)".repeat(count)
        ),
        "too-deep",
    );
    refused(
        &format!(
            "@@ expression x; @@\n- f({}x{})\n",
            "(".repeat(count),
            ")".repeat(count)
        ),
        "too-deep",
    );
    refused(
        &format!(
            "@@ expression x; @@\n{}f(x);{}\n",
            "<... ".repeat(count),
            " ...>".repeat(count)
        ),
        "too-deep",
    );
}

#[test]
fn keywords_are_no_names_of_metavariables_that_break_anything() {
    let ended = Case::new(
        b"@@ expression if; identifier while; @@\n- if(while);\n",
        b"void f(void)\n{\n\tif (x)\n\t\tg();\n}\n",
    )
    .run();
    assert_eq!(ended.code, 2, "{}", ended.messages);
    assert!(ended.messages.contains("error["), "{}", ended.messages);
}

#[test]
fn brackets_without_partners_are_refused() {
    refused("@@ expression x; @@\n- f(x\n+ g(x)\n", "unbalanced");
    refused("@@ @@\n- {\n  foo();\n", "unbalanced");
    refused("@@ expression x; @@\n(\n f(x)\n|\n", "unbalanced");
    refused("@@ expression x; @@\n if (x) {\n- foo(); }}\n", "unbalanced");
}

#[test]
fn regular_expressions_are_bounded() {
    refused(
        "@@ identifier x =~ \"a{1000}{1000}{1000}\"; @@\n- x(1);\n",
        "bad-regex",
    );
    let name = "a".repeat(30_000);
    let ended = runs(
        "@@ identifier x =~ \"^(a*)*(b*)*(a|b)*$\"; @@\n- x(1);\n+ y(1);\n",
        &format!("void f(void)\n{{\n\t{name}c(1);\n\t{name}(1);\n}}\n"),
    );
    assert_eq!(
        ended.text,
        format!("void f(void)\n{{\n\t{name}c(1);\n\ty(1);\n}}\n").into_bytes()
    );
}

#[test]
fn rules_of_a_megabyte() {
    let mut many = String::new();
    for index in 0..25_000 {
        let _ = write!(
            many,
            "@r{index}@ expression x; @@\n- f{index}(x)\n+ g{index}(x)\n"
        );
    }
    let ended = runs(&many, "void f(void)\n{\n\tf777(1);\n}\n");
    assert_eq!(ended.text, b"void f(void)\n{\n\tg777(1);\n}\n");
    runs(
        &format!("@@ expression x; @@\n- {}(x);\n", "f".repeat(1_000_000)),
        "void f(void)\n{\n\tg(1);\n}\n",
    );
    let statements: String = (0..60_000).map(|index| format!("- f{index}(x);\n")).collect();
    refused(&format!("@@ expression x; @@\n{statements}"), "too-long");
}

#[test]
fn dots_against_a_long_function() {
    let same = long_function(|_| "\ta(p);\n\tb(p);\n".to_owned());
    let other = long_function(|index| format!("\ta(v{});\n\tif (x)\n\t\tb(v{});\n", index % 50, index % 49));
    for rule in [
        "@@ expression x,y; identifier f; @@\nf(...) {\n...\n a(x);\n... when != e(x)\n- b(y);\n+ d(x, y);\n...\n}\n",
        "@@ expression x,y,z; @@\n a(x);\n...\n b(y);\n...\n a(z);\n...\n- b(x);\n",
        "@@ expression x,y; @@\n a(x);\n<... when != e(x)\n- b(y);\n...>\n c(x);\n",
        "@@ expression x; statement S1,S2; @@\n S1\n ...\n S2\n ... when any\n- b(x);\n",
    ] {
        runs(rule, &same);
        runs(rule, &other);
    }
}

#[test]
fn statements_in_statements_without_end() {
    let count = 3000;
    let deep = format!(
        "void f(int x)\n{{\n{}a(p); b(p);{}}}\n",
        "if (x) {\n".repeat(count),
        "}\n".repeat(count)
    );
    runs(
        "@@ expression x; statement S1,S2; @@\n S1\n ...\n S2\n ... when any\n- b(x);\n",
        &deep,
    );
    runs("@@ expression x; @@\n- a(x);\n+ if (x) { d(x); }\n", &deep);
}

#[test]
fn arguments_in_every_order() {
    let many = format!("void f(void)\n{{\n\tf({});\n}}\n", vec!["a"; 3000].join(","));
    runs(
        "@@ expression list es; expression x; @@\n f(...,x,...,x,...,es,...,\n- g\n+ h\n, ...)\n",
        &many,
    );
}
