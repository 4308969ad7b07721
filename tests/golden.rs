//! The golden series: what respin makes of the small tree, byte for byte. `UPDATE_GOLDEN=1 cargo test --test golden` writes
//! them anew; read them as a maintainer would before they are committed.

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::{Build, CONFIGS, copy_tree, files, git, git_init, hermetic, project, run, small_tree};

/// One folder under patches/ and the command line that makes it.
struct Golden {
    folder: &'static str,
    arguments: &'static [&'static str],
    /// The interface that nobody may need any more when the series is applied.
    gone: Option<&'static str>,
    /// What the link lacks between the patches: an inline wrapper is no symbol for assembler (LIMITATIONS.md).
    lacking_meanwhile: &'static [&'static str],
}

const SERIES: &[Golden] = &[
    Golden {
        folder: "vm_insert_kmem_page",
        arguments: &["vm_insert_kmem_page", "--signoff"],
        gone: Some("vm_insert_page"),
        lacking_meanwhile: &[],
    },
    Golden {
        folder: "vm_insert_kmem_page-by-maintainer",
        arguments: &["vm_insert_kmem_page", "--split", "maintainer", "--signoff"],
        gone: Some("vm_insert_page"),
        lacking_meanwhile: &["vm_insert_page"],
    },
    Golden {
        folder: "vm_insert_range",
        arguments: &["vm_insert_range", "--signoff"],
        gone: None,
        lacking_meanwhile: &[],
    },
    Golden {
        folder: "vmf_insert_page",
        arguments: &["vmf_insert_page", "--unsafe", "--signoff"],
        gone: None,
        lacking_meanwhile: &[],
    },
];

#[test]
fn series_are_the_recorded_ones() {
    for golden in SERIES {
        let scratch = Scratch::new();
        let recorded = golden.recorded();
        let made = scratch.series(golden.arguments);
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            if recorded.exists() {
                fs::remove_dir_all(&recorded).unwrap();
            }
            copy_tree(&made, &recorded);
        }
        assert_same_files(&made, &recorded);
    }
}

#[test]
fn a_test_makes_every_folder_and_the_readme_names_it() {
    let readme = fs::read_to_string(project().join("patches/README.md")).unwrap();
    for golden in SERIES {
        let row = format!(
            "| [{0}]({0}/) | `respin series {1} -o DIR` |",
            golden.folder,
            golden.arguments.join(" ")
        );
        assert!(readme.contains(&row), "patches/README.md lacks {row}");
    }
    for entry in fs::read_dir(project().join("patches")).unwrap() {
        let entry = entry.unwrap();
        let known = |golden: &Golden| entry.file_name() == golden.folder;
        assert!(
            SERIES.iter().any(known) || !entry.path().is_dir(),
            "nothing makes {:?}",
            entry.path()
        );
    }
}

#[test]
fn git_takes_every_patch_and_the_tree_builds_after_each() {
    for golden in SERIES {
        let scratch = Scratch::new();
        let patches = patches(&golden.recorded());
        assert!(!patches.is_empty(), "{} is empty", golden.folder);
        let mut build = Build::new();
        let outside = build.compile(&scratch.tree, CONFIGS[0]).unwrap();
        for patch in &patches {
            // One file has CR LF, which git am strips unless told otherwise.
            git(
                &scratch.tree,
                &["am", "--quiet", "--keep-cr", patch.to_str().unwrap()],
            );
            let mut undefined = build
                .compile(&scratch.tree, CONFIGS[0])
                .unwrap_or_else(|err| panic!("after {}: {err}", patch.display()));
            undefined.retain(|name| !golden.lacking_meanwhile.contains(&name.as_str()));
            assert_eq!(undefined, outside, "after {}", patch.display());
        }
        for config in CONFIGS {
            let undefined = build
                .compile(&scratch.tree, config)
                .unwrap_or_else(|err| panic!("{err}"));
            assert!(
                !undefined.iter().any(|name| Some(name.as_str()) == golden.gone),
                "{}",
                config.name
            );
        }
        assert_eq!(git(&scratch.tree, &["status", "--porcelain"]), "");
    }
}

impl Golden {
    fn recorded(&self) -> PathBuf {
        project().join("patches").join(self.folder)
    }
}

struct Scratch {
    folder: tempfile::TempDir,
    tree: PathBuf,
}

impl Scratch {
    /// The small tree as a repository, always with the same commit.
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let tree = folder.path().join("tree");
        copy_tree(&small_tree(), &tree);
        git_init(&tree);
        Self { folder, tree }
    }

    fn series(&self, arguments: &[&str]) -> PathBuf {
        let made = self.folder.path().join("series");
        let mut command = hermetic(env!("CARGO_BIN_EXE_respin"), &self.tree);
        command.arg("series").args(arguments).arg("-o").arg(&made);
        run(&mut command);
        made
    }
}

/// The patches of a series in order, without cover letters.
fn patches(folder: &Path) -> Vec<PathBuf> {
    let name = |file: &Path| file.file_name().unwrap().to_string_lossy().into_owned();
    files(folder)
        .into_iter()
        .filter(|file| name(file).ends_with(".patch") && !name(file).contains("0000-cover-letter"))
        .map(|file| folder.join(file))
        .collect()
}

fn assert_same_files(made: &Path, recorded: &Path) {
    let (ours, theirs) = (files(made), files(recorded));
    assert_eq!(ours, theirs, "the files of {}", recorded.display());
    for file in ours {
        let (new, old) = (made.join(&file), recorded.join(&file));
        if fs::read(&new).unwrap() != fs::read(&old).unwrap() {
            let difference = hermetic("git", made)
                .args(["diff", "--no-index", "--text", "--"])
                .args([&old, &new])
                .output()
                .unwrap();
            panic!(
                "{} has changed; if that is right: UPDATE_GOLDEN=1 cargo test --test golden\n{}",
                old.display(),
                String::from_utf8_lossy(&difference.stdout)
            );
        }
    }
}
