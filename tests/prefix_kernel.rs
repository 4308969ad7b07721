//! Prefixes mined from a history of a few hundred commits on top of a real kernel:
//! `RESPIN_KERNEL=DIR cargo test --test prefix_kernel -- --ignored --nocapture`.
//!
//! DIR is a git tree; it is only read. The commits go to a repository of their own, which borrows its objects.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use bstr::BString;
use git2::{Oid, Repository};
use respin::series::prefix::{Confidence, History, Limits, of_file, walk};

/// Every so manieth file of the table gets a history.
const STEP: usize = 5;
const COMMITS: usize = 8;

fn git(folder: &Path, arguments: &[&str], input: &[u8]) -> String {
    let mut command = Command::new("git");
    command
        .arg("-C")
        .arg(folder)
        .args(arguments)
        .env("GIT_CONFIG_NOSYSTEM", "1");
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().expect("git runs");
    child
        .stdin
        .take()
        .expect("a pipe")
        .write_all(input)
        .expect("git reads");
    let output = child.wait_with_output().expect("git ends");
    assert!(output.status.success(), "git {arguments:?}");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// Files of the table that the kernel has, each with a prefix of our own: no table and no folder could tell it.
fn files(kernel: &Path) -> Vec<(String, String)> {
    let table = format!("{}/testdata/scores/prefixes.tsv", env!("CARGO_MANIFEST_DIR"));
    let table = std::fs::read_to_string(table).expect("the table");
    let paths = table
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split('\t').next())
        .filter(|path| kernel.join(path).is_file());
    let styles = [
        "Q{}: part:",
        "q{}/Part:",
        "q{} - part:",
        "Q/q{}: (part)",
        "q: q{}:",
    ];
    paths
        .step_by(STEP)
        .enumerate()
        .map(|(at, path)| {
            (
                path.to_owned(),
                styles[at % styles.len()].replace("{}", &at.to_string()),
            )
        })
        .collect()
}

/// The commits, as `git fast-import` reads them; now and then one over the whole tree in between.
fn stream(base: &str, files: &[(String, String)]) -> String {
    let mut stream = String::new();
    let mut clock = 1_900_000_000;
    let mut commit = |subject: &str, paths: &[&str]| {
        clock += 60;
        let from = if stream.is_empty() {
            format!("from {base}\n")
        } else {
            String::new()
        };
        let message = format!("{subject}\n\nText.\n");
        write!(
            stream,
            "commit refs/heads/made\ncommitter Ann <ann@example.org> {clock} +0000\ndata {}\n{message}\n{from}",
            message.len()
        )
        .expect("a string");
        for path in paths {
            let text = format!("{subject}\n{clock}\n");
            writeln!(stream, "M 100644 inline {path}\ndata {}\n{text}", text.len()).expect("a string");
        }
    };
    let all: Vec<&str> = files.iter().map(|(path, _)| path.as_str()).collect();
    for round in 0..COMMITS {
        for (path, prefix) in files {
            commit(&format!("{prefix} change number {round}"), &[path]);
        }
        if round % 3 == 0 {
            commit("treewide: spell it in another way", &all);
        }
    }
    stream
}

#[test]
#[ignore = "needs a kernel"]
fn mined_prefixes_are_those_of_the_history() {
    let Some(kernel) = std::env::var_os("RESPIN_KERNEL") else {
        return;
    };
    let kernel = Path::new(&kernel);
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let folder = scratch.path();
    let source = kernel.to_str().expect("a plain name");
    git(
        folder,
        &["clone", "-q", "--bare", "--shared", source, "made.git"],
        b"",
    );
    let made = folder.join("made.git");
    let base = git(&made, &["rev-parse", "HEAD"], b"");
    let files = files(kernel);
    git(
        &made,
        &["fast-import", "--quiet"],
        stream(&base, &files).as_bytes(),
    );
    let head = git(&made, &["rev-parse", "refs/heads/made"], b"");
    let commits = git(&made, &["rev-list", "--count", &format!("{base}..{head}")], b"");

    let repository = Repository::open(&made).expect("a repository");
    let head = Oid::from_str(&head).expect("an id");
    let paths: Vec<BString> = files
        .iter()
        .map(|(path, _)| BString::from(path.as_str()))
        .collect();
    let history = walk(&repository, head, &paths, Limits::default()).expect("a history");
    let (mut agree, mut guessed) = (0, 0);
    let mut wrong = Vec::new();
    for ((path, prefix), file) in files.iter().zip(&paths) {
        let found = of_file(file.as_ref(), &history);
        let is_right = found.text == *prefix && found.confidence == Confidence::Sure;
        agree += usize::from(is_right);
        guessed += usize::from(of_file(file.as_ref(), &History::default()).text == *prefix);
        if !is_right {
            wrong.push(format!("{path}: {prefix} and {found:?}"));
        }
    }
    println!(
        "{commits} commits, {} files: {agree} prefixes as in the history, {guessed} without it",
        files.len()
    );
    assert!(files.len() >= 30 && guessed == 0);
    assert!(wrong.is_empty(), "{wrong:#?}");
}
