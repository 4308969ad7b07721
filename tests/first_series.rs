//! docs/your-first-series.md: every command is run, and what the page shows is looked for in what they print.

mod common;

use std::path::Path;

use common::{copy_tree, git_init, hermetic, project, small_tree};

/// The fenced blocks of a page: their language and their lines.
fn blocks(page: &str) -> Vec<(String, String)> {
    let mut blocks = Vec::new();
    let mut inside: Option<(String, String)> = None;
    for line in page.lines() {
        match (&mut inside, line.strip_prefix("```")) {
            (None, Some(language)) => inside = Some((language.to_owned(), String::new())),
            (Some(_), Some(_)) => blocks.extend(inside.take()),
            (Some((_, text)), None) => *text += &format!("{line}\n"),
            (None, None) => {}
        }
    }
    blocks
}

#[test]
fn the_commands_of_the_readme_run_one_after_the_other() {
    let readme = std::fs::read_to_string(project().join("README.md")).unwrap();
    // What stands for names and files of the reader's own is left out.
    let is_ready = |line: &&str| !line.contains("OLD") && !line.contains("rule.cocci");
    let commands: Vec<&str> = readme
        .lines()
        .filter(|line| line.starts_with("    respin "))
        .filter(is_ready)
        .collect();
    assert!(commands.len() >= 8, "{commands:?}");
    let scratch = tempfile::tempdir().unwrap();
    let tree = scratch.path().join("tree");
    copy_tree(&small_tree(), &tree);
    git_init(&tree);
    let binary = Path::new(env!("CARGO_BIN_EXE_respin")).parent().unwrap();
    let path = format!("{}:{}", binary.display(), std::env::var("PATH").unwrap());
    let output = hermetic("bash", &tree)
        .args(["-c", &format!("exec 2>&1\nset -eu\n{}", commands.join("\n"))])
        .env("PATH", path)
        // Who signs a patch off is its author here.
        .env("GIT_COMMITTER_NAME", "Test Author")
        .env("GIT_COMMITTER_EMAIL", "author@example.org")
        .output()
        .unwrap();
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{printed}");
}

#[test]
fn every_command_of_the_walk_through_runs() {
    let page = std::fs::read_to_string(project().join("docs/your-first-series.md")).unwrap();
    let blocks = blocks(&page);
    let mut script = String::from("set -eu\n");
    let mut expected = Vec::new();
    for (language, text) in &blocks {
        match language.as_str() {
            "sh" => {
                expected.push("");
                script += &format!("echo '=====' >&2\n{text}");
            }
            "text" => *expected.last_mut().unwrap() = text,
            other => panic!("a block of `{other}`"),
        }
    }
    assert!(expected.len() >= 7, "{} blocks", expected.len());
    let scratch = tempfile::tempdir().unwrap();
    let binary = Path::new(env!("CARGO_BIN_EXE_respin")).parent().unwrap();
    let path = format!("{}:{}", binary.display(), std::env::var("PATH").unwrap());
    let mut bash = hermetic("bash", project());
    // The page names the author itself.
    for name in ["AUTHOR_NAME", "AUTHOR_EMAIL", "COMMITTER_NAME", "COMMITTER_EMAIL"] {
        bash.env_remove(format!("GIT_{name}"));
    }
    let output = bash
        .args(["-c", &format!("exec 2>&1\n{script}")])
        .env("PATH", path)
        .env("TMPDIR", scratch.path())
        .output()
        .unwrap();
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{printed}");
    let parts: Vec<&str> = printed.split("=====\n").skip(1).collect();
    assert_eq!(parts.len(), expected.len(), "{printed}");
    for (part, lines) in parts.iter().zip(expected) {
        for line in lines.lines() {
            assert!(part.contains(line), "{line:?} is not in:\n{part}");
        }
    }
}
