//! What the integration tests share: the small tree, a compiler, and git without the user's configuration.

#![allow(
    dead_code,
    reason = "every test binary compiles this module and uses its own part of it"
)]

use std::collections::HashMap;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The date of everything that a test commits.
pub const DATE: &str = "1700000000 +0000";

/// The project's own folder.
pub fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The small source tree; never write to it.
pub fn small_tree() -> PathBuf {
    project().join("testdata/trees/small")
}

/// Every file below `folder`, relative to it and sorted; `.git` is left out.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    fn walk(folder: &Path, base: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).expect("a readable folder") {
            let path = entry.expect("a readable entry").path();
            if path.is_dir() && !path.is_symlink() {
                if path.file_name().is_some_and(|name| name != ".git") {
                    walk(&path, base, found);
                }
            } else {
                found.push(path.strip_prefix(base).expect("below base").to_path_buf());
            }
        }
    }
    let mut found = Vec::new();
    walk(folder, folder, &mut found);
    found.sort();
    found
}

/// Copies a tree, permissions included.
pub fn copy_tree(from: &Path, to: &Path) {
    for file in files(from) {
        let target = to.join(&file);
        fs::create_dir_all(target.parent().expect("a parent")).expect("a new folder");
        fs::copy(from.join(&file), target).expect("a copy");
    }
}

/// A command that sees neither the user's nor the system's git configuration, and a fixed clock.
pub fn hermetic(program: impl AsRef<std::ffi::OsStr>, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command
        .current_dir(folder)
        .env("HOME", "/nonexistent")
        .env("XDG_CONFIG_HOME", "/nonexistent")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_AUTHOR_NAME", "Test Author")
        .env("GIT_AUTHOR_EMAIL", "author@example.org")
        .env("GIT_AUTHOR_DATE", DATE)
        .env("GIT_COMMITTER_NAME", "Test Committer")
        .env("GIT_COMMITTER_EMAIL", "committer@example.org")
        .env("GIT_COMMITTER_DATE", DATE)
        .env("LC_ALL", "C")
        .env("TZ", "UTC")
        .env("NO_COLOR", "1")
        .env_remove("GIT_DIR")
        .env_remove("GIT_WORK_TREE")
        .env_remove("GIT_INDEX_FILE")
        .env_remove("SOURCE_DATE_EPOCH");
    command
}

/// Runs a command that has to succeed.
pub fn run(command: &mut Command) -> Output {
    let output = command
        .output()
        .unwrap_or_else(|err| panic!("{command:?}: {err}"));
    assert!(
        output.status.success(),
        "{command:?}: {}\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    output
}

/// `git` in a folder; has to succeed. Returns what it printed, without the last line break.
pub fn git(folder: &Path, arguments: &[&str]) -> String {
    let output = run(hermetic("git", folder).args(arguments));
    String::from_utf8_lossy(&output.stdout)
        .trim_end_matches('\n')
        .to_owned()
}

/// Makes `folder` a git repository with one commit of all it holds.
pub fn git_init(folder: &Path) {
    git(folder, &["init", "-q", "-b", "main"]);
    git(folder, &["config", "core.autocrlf", "false"]);
    git(folder, &["config", "commit.gpgsign", "false"]);
    git(folder, &["add", "-A", "-f", "."]);
    git(folder, &["commit", "-q", "-m", "The tree as it is"]);
}

/// A configuration of the small tree.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// What a person calls it.
    pub name: &'static str,
    /// The options that are on.
    pub options: &'static [&'static str],
}

/// The configurations in which the small tree compiles.
pub const CONFIGS: [Config; 3] = [
    Config {
        name: "everything",
        options: &["MMU", "TILE_PREFAULT", "BRANCHES_LOCKED"],
    },
    Config {
        name: "stubs",
        options: &["MMU"],
    },
    Config {
        name: "no MMU",
        options: &[],
    },
];

impl Config {
    /// Whether a file belongs to the configuration; the others are not compiled.
    fn has(self, file: &Path) -> bool {
        let on = |option| self.options.contains(&option);
        match file.to_str() {
            Some("mm/memory.c") => on("MMU"),
            Some("mm/nommu.c") => !on("MMU"),
            Some("drivers/gpu/drm/tile/tile_prefault.c") => on("TILE_PREFAULT"),
            Some(path) => !path.starts_with("tools/"),
            None => false,
        }
    }
}

/// Compiles a copy of the small tree to objects, links what belongs to the kernel into one, and returns the names that
/// stay undefined. Warnings are errors, as a transform that leaves an unused variable is broken.
pub fn compile(tree: &Path, config: Config) -> Result<Vec<String>, String> {
    Build::new().compile(tree, config)
}

/// Compiles a tree again and again, and each file only if it or a header has changed.
pub struct Build {
    folder: tempfile::TempDir,
    objects: HashMap<u64, PathBuf>,
}

impl Build {
    /// Nothing is compiled yet.
    pub fn new() -> Self {
        Self {
            folder: tempfile::tempdir().expect("a scratch folder"),
            objects: HashMap::new(),
        }
    }

    /// See [`compile`].
    pub fn compile(&mut self, tree: &Path, config: Config) -> Result<Vec<String>, String> {
        let (headers, sources) = headers_and_sources(tree);
        let mut linked = Vec::new();
        let mut complaints = String::new();
        for file in sources {
            let of_kernel = config.has(&file);
            if !of_kernel && !file.starts_with("tools") {
                continue;
            }
            let mut hasher = DefaultHasher::new();
            let text = fs::read(tree.join(&file)).expect("a readable file");
            (&headers, &file, text, config.options).hash(&mut hasher);
            let key = hasher.finish();
            if !self.objects.contains_key(&key) {
                let object = self.folder.path().join(format!("{key:x}.o"));
                let options = of_kernel.then_some(config.options);
                let output = run_compiler(tree, &file, options, &object);
                if !output.status.success() {
                    complaints += &String::from_utf8_lossy(&output.stderr);
                    continue;
                }
                self.objects.insert(key, object);
            }
            if of_kernel {
                linked.push(self.objects[&key].clone());
            }
        }
        if !complaints.is_empty() {
            return Err(format!("configuration \"{}\":\n{complaints}", config.name));
        }
        let whole = self.folder.path().join("whole.o");
        let mut linker = compiler(tree);
        linker.args(["-r", "-nostdlib", "-o"]).arg(&whole);
        run(linker.args(&linked));
        let names = run(Command::new("nm").arg("-u").arg(&whole));
        Ok(String::from_utf8_lossy(&names.stdout)
            .lines()
            .filter_map(|line| line.split_whitespace().last().map(str::to_owned))
            .collect())
    }
}

fn headers_and_sources(tree: &Path) -> (Vec<Vec<u8>>, Vec<PathBuf>) {
    let is = |file: &Path, kinds: &[&str]| {
        let kind = file.extension().and_then(|kind| kind.to_str());
        kind.is_some_and(|kind| kinds.contains(&kind))
    };
    let all = files(tree);
    let headers = all.iter().filter(|file| is(file, &["h"]));
    let headers = headers.map(|file| fs::read(tree.join(file)).expect("a readable header"));
    let headers = headers.collect();
    let sources = all.into_iter().filter(|file| is(file, &["c", "S"]));
    (headers, sources.collect())
}

/// Compiles one file; a program under tools/ has no options of the kernel.
fn run_compiler(tree: &Path, file: &Path, options: Option<&[&str]>, object: &Path) -> Output {
    let mut gcc = compiler(tree);
    gcc.args(["-std=gnu11", "-Wall", "-Werror", "-c"]);
    if let Some(options) = options {
        gcc.args(["-nostdinc", "-ffreestanding", "-fno-builtin", "-fno-pie"]);
        gcc.args(["-D__KERNEL__", "-Iarch/stub/include", "-Iinclude"]);
        gcc.args(options.iter().map(|option| format!("-DCONFIG_{option}=1")));
    }
    gcc.arg("-o").arg(object).arg(file);
    gcc.output().unwrap_or_else(|err| panic!("{gcc:?}: {err}"))
}

fn compiler(folder: &Path) -> Command {
    hermetic(std::env::var_os("CC").unwrap_or_else(|| "gcc".into()), folder)
}
