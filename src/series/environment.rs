//! What a run takes from its surroundings: environment variables, git's configuration and the clock.
//!
//! All of it goes through [`Environment`], so that a test can say what it is.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use git2::{Config, ConfigLevel, Repository};

use super::error::{Error, ErrorKind, Result};

/// The variables that matter to git, and the clock.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    variables: BTreeMap<String, OsString>,
    now: i64,
    offset_minutes: i32,
}

impl Environment {
    /// The surroundings of this process.
    pub fn of_process() -> Self {
        let wanted = |name: &str| {
            name.starts_with("GIT_")
                || matches!(name, "EMAIL" | "HOME" | "XDG_CONFIG_HOME" | "SOURCE_DATE_EPOCH")
        };
        let variables = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value)))
            .filter(|(name, _)| wanted(name))
            .collect();
        // libgit2 knows the zone of the machine; the standard library does not.
        let clock = git2::Signature::now("clock", "clock").map(|signature| signature.when());
        let (now, offset_minutes) = clock.map_or((0, 0), |time| (time.seconds(), time.offset_minutes()));
        Self {
            variables,
            now,
            offset_minutes,
        }
    }

    /// Surroundings with these variables only, at a fixed time in UTC.
    pub fn fixed<'a>(variables: impl IntoIterator<Item = (&'a str, &'a str)>, now: i64) -> Self {
        Self {
            variables: variables
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value.into()))
                .collect(),
            now,
            offset_minutes: 0,
        }
    }

    /// Seconds since 1970.
    pub(super) fn now(&self) -> i64 {
        self.now
    }

    /// Minutes east of Greenwich.
    pub(super) fn offset_minutes(&self) -> i32 {
        self.offset_minutes
    }

    fn os(&self, name: &str) -> Option<&OsStr> {
        self.variables.get(name).map(OsString::as_os_str)
    }

    /// The value of a variable; one that is not UTF-8 is an error that names it.
    pub(super) fn text(&self, name: &str) -> Result<Option<&str>> {
        let Some(value) = self.os(name) else {
            return Ok(None);
        };
        match value.to_str() {
            Some(text) => Ok(Some(text)),
            None => Err(Error::new(
                ErrorKind::Identity,
                format!("the environment variable {name} is not UTF-8"),
            )),
        }
    }

    fn path(&self, name: &str) -> Option<PathBuf> {
        self.os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
    }

    fn is_true(&self, name: &str) -> bool {
        self.os(name)
            .is_some_and(|value| !matches!(value.to_str(), Some("" | "0" | "false" | "no" | "off")))
    }
}

/// git's configuration, read once.
pub(super) struct Settings {
    config: Config,
    overrides: Vec<(String, String)>,
}

impl Settings {
    /// Reads what git would read for `repo`, or for no repository at all.
    pub(super) fn read(environment: &Environment, repo: Option<&Repository>) -> Result<Self> {
        let failed = |source| Error::git("cannot read git's configuration", source);
        let mut config = open(environment, repo).map_err(failed)?;
        Ok(Self {
            config: config.snapshot().map_err(failed)?,
            overrides: overrides(environment)?,
        })
    }

    /// The value of `key`, which is lower case, for instance `user.name`.
    pub(super) fn get(&self, key: &str) -> Result<Option<String>> {
        let overridden = self.overrides.iter().rev().find(|(name, _)| name == key);
        if let Some((_, value)) = overridden {
            return Ok(Some(value.clone()));
        }
        match self.config.get_bytes(key) {
            Ok(bytes) => String::from_utf8(bytes.to_vec()).map(Some).map_err(|_| {
                Error::new(
                    ErrorKind::Identity,
                    format!("git's configuration gives {key} a value that is not UTF-8"),
                )
                .help(format!("set it again: git config --global {key} VALUE"))
            }),
            Err(error) if error.code() == git2::ErrorCode::NotFound => Ok(None),
            Err(error) => Err(Error::git(
                format!("cannot read {key} from git's configuration"),
                error,
            )),
        }
    }
}

/// libgit2 reads the files by itself, but does not know the variables that move or switch off
/// some of them; only then the files are listed here, since only libgit2's own list evaluates
/// `includeIf`.
fn open(environment: &Environment, repo: Option<&Repository>) -> Result<Config, git2::Error> {
    let moved = ["GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM"]
        .iter()
        .any(|name| environment.os(name).is_some());
    if !moved {
        return match repo {
            Some(repo) => repo.config(),
            None => Config::open_default(),
        };
    }
    let mut files = Vec::new();
    if !environment.is_true("GIT_CONFIG_NOSYSTEM") {
        let system = environment
            .path("GIT_CONFIG_SYSTEM")
            .or_else(|| Config::find_system().ok());
        files.extend(system.map(|path| (path, ConfigLevel::System)));
    }
    if environment.os("GIT_CONFIG_GLOBAL").is_some() {
        let global = environment.path("GIT_CONFIG_GLOBAL");
        files.extend(global.map(|path| (path, ConfigLevel::Global)));
    } else {
        let home = environment.path("HOME");
        let xdg = environment
            .path("XDG_CONFIG_HOME")
            .or_else(|| home.as_ref().map(|home| home.join(".config")));
        files.extend(xdg.map(|dir| (dir.join("git/config"), ConfigLevel::XDG)));
        files.extend(home.map(|home| (home.join(".gitconfig"), ConfigLevel::Global)));
    }
    if let Some(repo) = repo {
        files.push((repo.commondir().join("config"), ConfigLevel::Local));
        files.push((repo.path().join("config.worktree"), ConfigLevel::App));
    }
    let mut config = Config::new()?;
    for (path, level) in files.iter().filter(|(path, _)| path.is_file()) {
        config.add_file(path, *level, false)?;
    }
    Ok(config)
}

/// The pairs of `GIT_CONFIG_COUNT`, which git puts above every file.
fn overrides(environment: &Environment) -> Result<Vec<(String, String)>> {
    let Some(count) = environment.text("GIT_CONFIG_COUNT")? else {
        return Ok(Vec::new());
    };
    let bad = || {
        Error::new(
            ErrorKind::Identity,
            format!(
                "GIT_CONFIG_COUNT={count} does not match the GIT_CONFIG_KEY_* and GIT_CONFIG_VALUE_* that are set"
            ),
        )
    };
    // git's own limit keeps a large number from being a long loop.
    let count: usize = if count.is_empty() {
        0
    } else {
        count.parse().map_err(|_| bad())?
    };
    (0..count)
        .map(|index| {
            let key = environment.text(&format!("GIT_CONFIG_KEY_{index}"))?;
            let value = environment.text(&format!("GIT_CONFIG_VALUE_{index}"))?;
            let (key, value) = key.zip(value).ok_or_else(bad)?;
            Ok((key.to_ascii_lowercase(), value.to_owned()))
        })
        .collect()
}
