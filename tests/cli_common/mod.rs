//! Runs the binary as a user would, without the user's environment.

#![allow(
    dead_code,
    reason = "every test binary compiles this module and uses its own part of it"
)]

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// What a run left behind.
pub struct Ran {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    /// Checks the exit code, and shows everything when it is another one.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(
            self.code, code,
            "stdout:\n{}\nstderr:\n{}",
            self.stdout, self.stderr
        );
        self
    }

    /// Checks that standard error holds all of these.
    #[track_caller]
    pub fn says(self, words: &[&str]) -> Self {
        for word in words {
            assert!(self.stderr.contains(word), "{word:?} is not in:\n{}", self.stderr);
        }
        self
    }
}

/// The binary in `folder`, with nothing from the environment but PATH.
pub fn respin_in(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_respin"));
    command
        .current_dir(folder)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", folder)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("LC_ALL", "C")
        .stdin(Stdio::null());
    command
}

/// Runs a prepared command.
pub fn finish(command: &mut Command) -> Ran {
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().expect("respin runs");
    Ran {
        code: status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&stdout).into_owned(),
        stderr: String::from_utf8_lossy(&stderr).into_owned(),
    }
}

/// Runs respin in a folder.
pub fn respin(folder: &Path, arguments: &[impl AsRef<OsStr>]) -> Ran {
    finish(respin_in(folder).args(arguments))
}

/// Runs respin in a folder as somebody whom permissions stop: the superuser gives folder and process to nobody.
pub fn respin_with_permissions(folder: &Path, arguments: &[impl AsRef<OsStr>]) -> Ran {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    use std::os::unix::process::CommandExt;
    const NOBODY: u32 = 65_534;
    let mut command = respin_in(folder);
    command.args(arguments);
    // Whose a new folder is tells who runs the test.
    let place = tempfile::tempdir().expect("a scratch folder");
    if std::fs::metadata(place.path()).expect("a folder").uid() != 0 {
        return finish(&mut command);
    }
    // The build folder need not be open to others.
    let binary = place.path().join("respin");
    std::fs::copy(command.get_program(), &binary).expect("a copy of respin");
    std::fs::set_permissions(place.path(), std::fs::Permissions::from_mode(0o755)).expect("a mode");
    give(folder, NOBODY);
    let environment: Vec<_> = command
        .get_envs()
        .filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())))
        .collect();
    let mut command = Command::new(binary);
    command
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .envs(environment)
        .stdin(Stdio::null())
        .gid(NOBODY)
        .uid(NOBODY);
    let ran = finish(&mut command);
    give(folder, 0);
    ran
}

/// Gives a folder and all in it to a user.
fn give(folder: &Path, user: u32) {
    std::os::unix::fs::lchown(folder, Some(user), Some(user)).expect("a new owner");
    if folder.is_dir() && !folder.is_symlink() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            give(&entry.expect("an entry").path(), user);
        }
    }
}

/// A repository with a function foo_get(), its prototype, and more files; one commit.
pub fn foo_repository(files: &[(String, String)]) -> tempfile::TempDir {
    let tree = tempfile::tempdir().expect("a scratch folder");
    write(tree.path(), "include/foo.h", "int foo_get(struct foo *foo);\n");
    write(
        tree.path(),
        "lib/foo.c",
        "int foo_get(struct foo *foo)\n{\n\treturn foo->count++;\n}\nEXPORT_SYMBOL(foo_get);\n",
    );
    for (path, text) in files {
        write(tree.path(), path, text);
    }
    git(tree.path(), &["init", "-q", "-b", "main"]);
    git(tree.path(), &["config", "user.name", "Test Author"]);
    git(tree.path(), &["config", "user.email", "author@example.org"]);
    git(tree.path(), &["add", "."]);
    git(tree.path(), &["commit", "-q", "-m", "one"]);
    tree
}

/// Runs `respin series` with the rename of foo_get().
pub fn foo_series(tree: &Path, more: &[&str]) -> Ran {
    let words = [
        "series",
        "rename",
        "--set",
        "from=foo_get",
        "--set",
        "to=foo_acquire",
    ];
    let mut command = respin_in(tree);
    command
        .args(words)
        .args(more)
        .env("SOURCE_DATE_EPOCH", "1700000000");
    finish(&mut command)
}

/// Writes a file, and the folders above it.
pub fn write(folder: &Path, file: &str, text: impl AsRef<[u8]>) {
    let path = folder.join(file);
    std::fs::create_dir_all(path.parent().expect("a parent")).expect("a new folder");
    std::fs::write(path, text).expect("a new file");
}

/// git without the user's configuration; has to succeed.
pub fn git(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git")
        .args(arguments)
        .current_dir(folder)
        .env("HOME", folder)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .envs([
            ("GIT_AUTHOR_NAME", "Test Author"),
            ("GIT_AUTHOR_EMAIL", "author@example.org"),
            ("GIT_AUTHOR_DATE", "1700000000 +0000"),
            ("GIT_COMMITTER_NAME", "Test Committer"),
            ("GIT_COMMITTER_EMAIL", "committer@example.org"),
            ("GIT_COMMITTER_DATE", "1700000000 +0000"),
        ])
        .env_remove("GIT_DIR")
        .env_remove("GIT_WORK_TREE")
        .env_remove("GIT_INDEX_FILE")
        .output()
        .expect("git runs");
    assert!(
        output.status.success(),
        "git {arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
}
