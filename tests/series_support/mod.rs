//! A git that knows nothing of the machine it runs on, and a source of repeatable chance.
#![allow(dead_code, reason = "each test binary uses a part of it")]

pub mod fixture;
pub mod random;

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use respin::series::{Disclosure, Environment, Options};

/// The moment of every commit.
pub const NOW: i64 = 1_700_000_000;

/// Runs git in one folder with a home of its own, a fixed clock and no configuration.
pub struct Git {
    pub dir: PathBuf,
    pub author: (String, String),
}

impl Git {
    pub fn new(dir: &Path) -> Self {
        Self {
            dir: dir.to_owned(),
            author: ("A U Thor".into(), "author@example.org".into()),
        }
    }

    /// A new repository in `dir`.
    pub fn init(dir: &Path) -> Self {
        std::fs::create_dir_all(dir).unwrap();
        let git = Self::new(dir);
        git.run(&["init", "-q", "-b", "main"]);
        git
    }

    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new("git");
        command
            .args(args)
            .current_dir(&self.dir)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", &self.dir)
            .env("LC_ALL", "C")
            .env("TZ", "UTC")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_AUTHOR_NAME", &self.author.0)
            .env("GIT_AUTHOR_EMAIL", &self.author.1)
            .env("GIT_AUTHOR_DATE", format!("{NOW} +0100"))
            .env("GIT_COMMITTER_NAME", "C O Mitter")
            .env("GIT_COMMITTER_EMAIL", "committer@example.org")
            .env("GIT_COMMITTER_DATE", format!("{NOW} +0000"))
            .stdin(Stdio::null());
        command
    }

    /// The output of a command that must succeed.
    pub fn run(&self, args: &[&str]) -> Vec<u8> {
        let Output {
            status,
            stdout,
            stderr,
        } = self.command(args).output().unwrap();
        assert!(
            status.success(),
            "git {args:?}: {}{}",
            String::from_utf8_lossy(&stdout),
            String::from_utf8_lossy(&stderr)
        );
        stdout
    }

    pub fn text(&self, args: &[&str]) -> String {
        String::from_utf8(self.run(args)).unwrap().trim_end().to_owned()
    }

    /// Commits everything as it lies in the work tree; the name of the commit.
    pub fn commit(&self, message: &str) -> String {
        let file = self.dir.join(".git/message");
        std::fs::write(&file, message).unwrap();
        self.run(&["add", "-A"]);
        self.run(&["commit", "-q", "--allow-empty", "-F", file.to_str().unwrap()]);
        self.text(&["rev-parse", "HEAD"])
    }

    pub fn write(&self, path: &str, contents: impl AsRef<[u8]>) {
        let path = self.dir.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, contents).unwrap();
    }
}

/// The same surroundings as those of [`Git`].
const VARIABLES: &[(&str, &str)] = &[
    ("GIT_CONFIG_NOSYSTEM", "1"),
    ("GIT_CONFIG_GLOBAL", "/dev/null"),
    ("GIT_AUTHOR_NAME", "A U Thor"),
    ("GIT_AUTHOR_EMAIL", "author@example.org"),
    ("GIT_AUTHOR_DATE", "1700000000 +0100"),
    ("GIT_COMMITTER_NAME", "C O Mitter"),
    ("GIT_COMMITTER_EMAIL", "committer@example.org"),
    ("GIT_COMMITTER_DATE", "1700000000 +0000"),
];

pub fn environment() -> Environment {
    Environment::fixed(VARIABLES.iter().copied(), NOW)
}

/// The same with another variable, or another value for one.
pub fn environment_with(name: &str, value: &str) -> Environment {
    let others = VARIABLES.iter().copied().filter(|(other, _)| *other != name);
    Environment::fixed(others.chain([(name, value)]), NOW)
}

/// Nothing but these.
pub fn environment_of(variables: &[(&str, &str)]) -> Environment {
    let quiet = [("GIT_CONFIG_NOSYSTEM", "1"), ("GIT_CONFIG_GLOBAL", "/dev/null")];
    Environment::fixed(quiet.into_iter().chain(variables.iter().copied()), NOW)
}

pub fn options() -> Options {
    let disclosure = Disclosure {
        tool: "respin".into(),
        version: "0.0.0".into(),
        input: "a test".into(),
        tested: String::new(),
    };
    Options::new(disclosure, environment())
}

/// What a mail says apart from the last line, which names the program.
pub fn without_version(mail: &[u8]) -> &[u8] {
    let at = mail.windows(5).rposition(|window| window == b"\n-- \n");
    &mail[..at.map_or(mail.len(), |at| at + 5)]
}

/// Repeatable chance: xorshift.
pub struct Chance(u64);

impl Chance {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % limit.max(1)
    }

    pub fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }
}
