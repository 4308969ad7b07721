//! Finds transforms by name or by folder, and loads them.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use include_dir::{Dir, include_dir};

use super::case::Case;
use super::folder::{Folder, RULES_FILE, io_problem};
use super::manifest::{Manifest, Split};
use super::message::Messages;
use super::nearest::nearest;
use super::parameter::{
    FaultHandlerParameters, InsertLoopParameters, InterfaceTexts, PassKind, RenameParameters, SmplParameters,
    Values,
};
use super::problem::{Problem, Problems};

static EMBEDDED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/transforms");

const MANIFEST_FILE: &str = "transform.toml";

/// A transform that was loaded and found to be right.
#[derive(Clone, Debug)]
pub struct Transform {
    /// What transform.toml says.
    pub manifest: Manifest,
    /// How its patches are described.
    pub messages: Messages,
    /// Where it came from.
    pub folder: Folder,
}

/// A pass with all that it has to be told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Pass {
    /// Renames a function.
    Rename(RenameParameters),
    /// Folds loops into calls.
    InsertLoop(InsertLoopParameters),
    /// Runs a semantic patch.
    Smpl(SmplParameters),
    /// Writes inserts with their twins.
    FaultHandler(FaultHandlerParameters),
}

impl Transform {
    /// Loads the transform in a folder.
    pub fn load(folder: Folder) -> Result<Self, Problems> {
        let Some(text) = folder.read(MANIFEST_FILE)? else {
            let place = folder.shown(MANIFEST_FILE);
            return Err(Problem::new("missing-file", format!("there is no {place}"))
                .help("a transform is a folder with a transform.toml; see docs/transforms.md")
                .into());
        };
        let manifest = Manifest::parse(&folder.shown(MANIFEST_FILE), &text)?;
        let name = folder.name();
        if manifest.name != name {
            let place = folder.shown(MANIFEST_FILE);
            let message = format!(
                "{place} says `name = \"{}\"`, but its folder is `{name}`",
                manifest.name
            );
            return Err(Problem::new("wrong-name", message)
                .help("give both the same name, so that the transform is found by it")
                .into());
        }
        Ok(Self {
            messages: Messages::load(&folder, manifest.pass)?,
            manifest,
            folder,
        })
    }

    /// The transform that a file of rules is by itself.
    fn of_rules(path: &Path) -> Result<Self, Problems> {
        let folder = Folder::Rules(path.to_owned());
        let Some(rules) = folder.read(RULES_FILE)? else {
            let message = format!("there is no file {}", path.display());
            return Err(Problem::new("missing-file", message)
                .help("a name that ends in .cocci is that of a semantic patch")
                .into());
        };
        Ok(Self {
            manifest: Manifest {
                name: super::rules::name(&folder.name()),
                summary: super::rules::summary(&folder.name(), &rules),
                pass: PassKind::Smpl,
                split: Split::None,
                parameters: Values::new(),
            },
            messages: Messages::of_rules(&folder, &rules)?,
            folder,
        })
    }

    /// The parameters' values: defaults, then the manifest, then `sets` in their order.
    pub fn values(&self, sets: &[(String, String)]) -> Result<Values, Problems> {
        let known = self.manifest.pass.parameters();
        let mut values: Values = known
            .iter()
            .filter_map(|parameter| Some((parameter.name, parameter.default_value()?)))
            .collect();
        values.extend(self.manifest.parameters.clone());
        let mut problems = Vec::new();
        for (key, text) in sets {
            let Some(parameter) = known.iter().find(|parameter| parameter.name == key) else {
                problems.push(self.unknown_parameter(key));
                continue;
            };
            match parameter.kind.parse(text) {
                Ok(value) => {
                    values.insert(parameter.name, value);
                }
                Err(fault) => problems.push(
                    Problem::new("wrong-value", format!("--set {key}: {fault}"))
                        .help(format!("`{key}` takes {}", parameter.kind.expects())),
                ),
            }
        }
        if problems.is_empty() {
            Ok(values)
        } else {
            Err(Problems(problems))
        }
    }

    /// The pass with its parameters; it is a problem when one that has no default is not set.
    pub fn pass(&self, values: &Values) -> Result<Pass, Problem> {
        match self.manifest.pass {
            PassKind::Rename => RenameParameters::of(values).map(Pass::Rename),
            PassKind::FaultHandler => FaultHandlerParameters::of(values).map(Pass::FaultHandler),
            PassKind::InsertLoop => InsertLoopParameters::of(values, self.interface()?).map(Pass::InsertLoop),
            PassKind::Smpl => {
                let place = self.folder.shown(RULES_FILE);
                let Some(rules) = self.folder.read(RULES_FILE)? else {
                    return Err(Problem::new("missing-file", format!("there is no {place}"))
                        .help("the pass `smpl` runs the rules in the folder's rule.cocci"));
                };
                Ok(Pass::Smpl(SmplParameters::of(values, place, rules)))
            }
        }
    }

    /// The texts under interface/, when there are some.
    fn interface(&self) -> Result<Option<InterfaceTexts>, Problem> {
        let read = |file: &str| -> Result<Option<String>, Problem> {
            let text = self.folder.read(&format!("interface/{file}"))?;
            Ok(text.map(|text| String::from_utf8_lossy(&text).into_owned()))
        };
        match (read("definition.c")?, read("stub.c")?, read("prototype.h")?) {
            (Some(definition), Some(stub), Some(prototype)) => Ok(Some(InterfaceTexts {
                definition,
                stub,
                prototype,
            })),
            (None, None, None) => Ok(None),
            _ => {
                let place = self.folder.shown("interface");
                Err(
                    Problem::new("missing-file", format!("{place} does not hold all of its files"))
                        .help("definition.c, stub.c and prototype.h belong together; see docs/transforms.md"),
                )
            }
        }
    }

    /// README.md, when there is one.
    pub fn readme(&self) -> Result<Option<String>, Problem> {
        let readme = self.folder.read("README.md")?;
        Ok(readme.map(|text| String::from_utf8_lossy(&text).into_owned()))
    }

    /// The tests: the folders under tests/ and the marked blocks of README.md.
    pub fn cases(&self) -> Result<Vec<Case>, Problems> {
        Case::load_all(&self.folder)
    }

    fn unknown_parameter(&self, key: &str) -> Problem {
        let names: Vec<&str> = self
            .manifest
            .pass
            .parameters()
            .iter()
            .map(|parameter| parameter.name)
            .collect();
        let message = format!("{} has no parameter `{}`", self.manifest.name, key.escape_debug());
        let help = match nearest(key, names.iter().copied()) {
            Some(known) => format!("did you mean `{known}`?"),
            None => format!("its parameters are {}", names.join(", ")),
        };
        Problem::new("unknown-parameter", message).help(help)
    }
}

/// The transforms that can be named.
#[derive(Clone, Debug)]
pub struct Registry {
    folders: BTreeMap<String, Folder>,
}

impl Registry {
    /// The embedded transforms and those in `directories`; where several have a name, the first directory wins and
    /// an embedded one loses.
    pub fn new(directories: &[PathBuf]) -> Result<Self, Problems> {
        let mut folders = BTreeMap::new();
        for directory in directories {
            for (name, folder) in folders_in(directory)? {
                folders.entry(name).or_insert(folder);
            }
        }
        for dir in EMBEDDED.dirs() {
            let folder = Folder::Embedded(dir);
            folders.entry(folder.name()).or_insert(folder);
        }
        Ok(Self { folders })
    }

    /// All names, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.folders.keys().map(String::as_str)
    }

    /// Loads what a user named: a transform, or a folder with a transform.toml.
    pub fn resolve(&self, name: &OsStr) -> Result<Transform, Problems> {
        let text = name.to_string_lossy();
        if let Some(folder) = self.folders.get(text.as_ref()) {
            return Transform::load(folder.clone());
        }
        let path = Path::new(name);
        if path.extension().is_some_and(|extension| extension == "cocci") {
            return Transform::of_rules(path);
        }
        if path.is_dir() {
            return Transform::load(Folder::Disk(path.to_owned()));
        }
        let message = format!("there is no transform `{}`", text.escape_debug());
        let help = match nearest(&text, self.names()) {
            Some(known) => format!("did you mean `{known}`? `respin list` shows them all"),
            None => "`respin list` shows them all; a folder with a transform.toml works too".into(),
        };
        Err(Problem::new("unknown-transform", message).help(help).into())
    }
}

/// The subfolders that have a transform.toml.
fn folders_in(directory: &Path) -> Result<Vec<(String, Folder)>, Problem> {
    let failed = |error| {
        io_problem("can't list the transforms in", directory, &error)
            .help("--transforms takes a folder that holds folders of transforms")
    };
    let mut folders = Vec::new();
    for entry in std::fs::read_dir(directory).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if !path.join(MANIFEST_FILE).exists() {
            continue;
        }
        let folder = Folder::Disk(path);
        folders.push((folder.name(), folder));
    }
    folders.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(folders)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn embedded() -> Registry {
        Registry::new(&[]).unwrap()
    }

    #[test]
    fn every_embedded_transform_is_right() {
        let registry = embedded();
        assert!(registry.names().count() > 0);
        for name in registry.names() {
            let transform = registry.resolve(OsStr::new(name)).unwrap();
            assert!(transform.messages.commit(None).is_ok(), "{name}");
            assert!(transform.messages.cover().is_ok(), "{name}");
            assert!(transform.readme().unwrap().is_some(), "{name}");
            assert!(!transform.cases().unwrap().is_empty(), "{name} has no tests");
        }
    }

    #[test]
    fn set_overrides_and_is_checked() {
        let transform = embedded().resolve(OsStr::new("rename")).unwrap();
        let set = |key: &str, value: &str| transform.values(&[(key.to_owned(), value.to_owned())]);
        assert!(set("from", "a").is_ok());
        let code = |result: Result<Values, Problems>| result.unwrap_err().0[0].diagnostic.code;
        assert_eq!(code(set("form", "a")), "unknown-parameter");
        assert_eq!(code(set("from", "a-b")), "wrong-value");
        assert_eq!(code(set("wrap", "yes")), "wrong-value");
        let missing = transform.pass(&transform.values(&[]).unwrap()).unwrap_err();
        assert_eq!(missing.diagnostic.code, "missing-parameter");
    }

    #[test]
    fn a_folder_on_disk_serves_as_a_transform() {
        let scratch = tempfile::tempdir().unwrap();
        let folder = scratch.path().join("mine");
        std::fs::create_dir(&folder).unwrap();
        let manifest = |name| format!("name = \"{name}\"\nsummary = \"s\"\npass = \"rename\"\n");
        std::fs::write(folder.join(MANIFEST_FILE), manifest("mine")).unwrap();
        let found = |registry: Registry, name: &OsStr| registry.resolve(name).unwrap().manifest;
        assert_eq!(found(embedded(), folder.as_os_str()).name, "mine");
        let registry = Registry::new(&[scratch.path().to_owned()]).unwrap();
        assert_eq!(found(registry, OsStr::new("mine")).name, "mine");

        std::fs::write(folder.join(MANIFEST_FILE), manifest("other")).unwrap();
        let Problems(problems) = embedded().resolve(folder.as_os_str()).unwrap_err();
        assert_eq!(problems[0].diagnostic.code, "wrong-name");
    }
}
