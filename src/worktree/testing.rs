//! Scratch trees for tests, with a git that knows nothing of the machine it runs on.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use bstr::BString;

use super::{Listing, Worktree};

/// A folder that goes away with the value.
pub(crate) struct Scratch {
    folder: tempfile::TempDir,
}

impl Scratch {
    /// An empty folder; the tree is `tree` in it, so that tests can put traps beside it.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("tree")).unwrap();
        Self { folder }
    }

    /// The same as a git repository.
    pub fn repository() -> Self {
        let scratch = Self::new();
        scratch.git(&["init", "-q", "-b", "main"]);
        scratch.git(&["config", "user.name", "A"]);
        scratch.git(&["config", "user.email", "a@example.org"]);
        // The user's own rules must not reach the tests; libgit2 has no other switch for that.
        let none = scratch.outside("no-excludes");
        scratch.git(&["config", "core.excludesFile", none.to_str().unwrap()]);
        scratch
    }

    /// A path beside the tree.
    pub fn outside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The tree.
    pub fn path(&self) -> PathBuf {
        self.outside("tree")
    }

    /// A path in the tree, which may be no UTF-8.
    pub fn at(&self, path: impl AsRef<[u8]>) -> PathBuf {
        self.path().join(OsStr::from_bytes(path.as_ref()))
    }

    /// Writes a file, and the folders it needs.
    pub fn write(&self, path: impl AsRef<[u8]>, text: impl AsRef<[u8]>) {
        let path = self.at(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Makes a link.
    pub fn link(&self, to: impl AsRef<Path>, path: &str) {
        std::os::unix::fs::symlink(to, self.at(path)).unwrap();
    }

    /// Runs git in the tree and gives back what it prints.
    pub fn git(&self, arguments: &[&str]) -> Vec<u8> {
        self.git_in(&self.path(), arguments)
    }

    /// Runs git in any folder.
    pub fn git_in(&self, folder: &Path, arguments: &[&str]) -> Vec<u8> {
        let output = Command::new("git")
            .args(arguments)
            .current_dir(folder)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.folder.path())
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_AUTHOR_DATE", "2024-01-01T00:00:00Z")
            .env("GIT_COMMITTER_DATE", "2024-01-01T00:00:00Z")
            .output()
            .unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "git {arguments:?}: {errors}");
        output.stdout
    }

    /// Commits the tree as it stands, ignored files too.
    pub fn commit(&self) {
        self.git(&["add", "-Af", "."]);
        self.git(&["commit", "-qm", "x"]);
    }

    /// Opens the tree.
    pub fn open(&self) -> Worktree {
        Worktree::open(&self.path(), None).unwrap()
    }

    /// Opens a revision.
    pub fn open_at(&self, revision: &str) -> Worktree {
        Worktree::open(&self.path(), Some(revision)).unwrap()
    }
}

/// root may read and write everything, so that a test about rights has to be run by somebody else: runs it
/// in a process of its own. `false` when the test can go on itself.
pub(crate) fn ran_as_nobody(test: &str) -> bool {
    use std::os::unix::process::CommandExt;
    const NOBODY: u32 = 65534;
    let root = std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0);
    if !root {
        return false;
    }
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", test])
        .uid(NOBODY)
        .gid(NOBODY)
        .env("HOME", "/nonexistent");
    // Where the project's folder is closed to others there is no way to run it.
    if let Ok(output) = command.output() {
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && text.contains("1 passed"), "{text}");
    }
    true
}

/// The paths of a listing.
pub(crate) fn paths(listing: &Listing) -> Vec<BString> {
    listing.files().into_iter().map(|entry| entry.path).collect()
}
