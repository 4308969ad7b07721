//! MAINTAINERS of a real kernel: the same people, lists and roles as its own scripts/get_maintainer.pl finds.
//!
//! Run by scripts/compare-maintainers, which names the tree; perl and a git tree are needed.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use bstr::{BStr, BString, ByteSlice};
use respin::series::maintainers::{Contact, Dialect, Maintainers, Query};

/// How the script orders sections that are equally specific: as a hash happens to be.
const TIES: &str = "sort {$hash{$b} <=> $hash{$a}} keys %hash";
/// The same with the order of the file among equals, so that its output can be compared byte for byte.
const NO_TIES: &str = "sort {$hash{$b} <=> $hash{$a} || $a <=> $b} keys %hash";

struct Kernel {
    tree: PathBuf,
    scratch: tempfile::TempDir,
    maintainers: Maintainers,
    keywords_in_files: bool,
}

impl Kernel {
    fn open(tree: &Path) -> Self {
        let scratch = tempfile::tempdir().expect("a scratch folder");
        let script =
            fs::read_to_string(tree.join("scripts/get_maintainer.pl")).expect("the script of the tree");
        let ordered = script.replace(TIES, NO_TIES);
        assert_ne!(ordered, script, "the script sorts in another way now");
        fs::write(scratch.path().join("ordered.pl"), ordered).expect("a copy of the script");
        let dialect = Dialect::of_script(Some(script.as_bytes()));
        let text = fs::read(tree.join("MAINTAINERS")).expect("MAINTAINERS");
        let (maintainers, diagnostics) =
            Maintainers::parse(&text, dialect, &|path| tree.join(path.to_path_lossy()).is_dir());
        // Old kernels have a few entries that the script warns of, too.
        for diagnostic in diagnostics {
            println!("{}", diagnostic.message);
        }
        let mailmap = fs::read(tree.join(".mailmap")).expect(".mailmap");
        Self {
            tree: tree.to_owned(),
            scratch,
            maintainers: maintainers.with_mailmap(&mailmap),
            keywords_in_files: dialect.keywords_in_files,
        }
    }

    fn perl(&self, script: &Path, seed: &str, arguments: &[&str]) -> Vec<BString> {
        let output = Command::new("perl")
            .arg(script)
            .args(["--nogit", "--nogit-fallback"])
            .args(arguments)
            .current_dir(&self.tree)
            .env("HOME", self.scratch.path())
            .env("LC_ALL", "C")
            .env("PERL_HASH_SEED", seed)
            .output()
            .expect("perl");
        assert!(output.status.success(), "{}", output.stderr.as_bstr());
        output.stdout.lines().map(BString::from).collect()
    }

    fn ordered(&self, arguments: &[&str]) -> Vec<BString> {
        self.perl(&self.scratch.path().join("ordered.pl"), "0", arguments)
    }

    fn lookup(&self, query: Query<'_>) -> Vec<Contact> {
        self.maintainers
            .lookup(query, &|path| fs::read(self.tree.join(path.to_path_lossy())).ok())
    }

    /// What differs for a file, in words.
    fn compare_file(&self, file: &BStr) -> Option<String> {
        let name = file.to_str().expect("a plain name");
        let ours = self.lookup(Query::Files(&[file.to_owned()]));
        let theirs = self.ordered(&["-f", name]);
        if with_roles(&ours) != theirs {
            return Some(format!(
                "{name} with roles:\n{:#?}\n{theirs:#?}",
                with_roles(&ours)
            ));
        }
        let ours: BTreeSet<BString> = ours.into_iter().map(|contact| contact.mailbox).collect();
        // The script's own choice among equals may take another address of the same person.
        let agrees = (0..8).any(|seed: u8| {
            let theirs = self.perl(
                Path::new("scripts/get_maintainer.pl"),
                &seed.to_string(),
                &["--norolestats", "--noroles", "-f", name],
            );
            theirs.into_iter().collect::<BTreeSet<_>>() == ours
        });
        (!agrees).then(|| format!("{name} without roles: {ours:#?}"))
    }

    /// The same for a patch that adds the first lines of a file.
    fn compare_patch(&self, number: usize, file: &BStr) -> Option<String> {
        let text = fs::read(self.tree.join(file.to_path_lossy())).ok()?;
        let mut patch = BString::from("Subject: [PATCH] regulator_get_optional, and pidfd\n\nA body.\n---\n");
        for line in [
            &b"diff --git a/"[..],
            file,
            b" b/",
            file,
            b"\n--- a/",
            file,
            b"\n+++ b/",
            file,
            b"\n@@ -1,2 +1,9 @@ bpf\n",
        ] {
            patch.extend_from_slice(line);
        }
        for line in text.lines_with_terminator().skip(20).take(200) {
            patch.push(b"+- "[line.len() % 3]);
            patch.extend_from_slice(line);
        }
        let path = self.scratch.path().join(format!("{number}.patch"));
        fs::write(&path, &patch).expect("a scratch patch");
        let ours = with_roles(&self.lookup(Query::Patch(&patch)));
        let theirs = self.ordered(&[path.to_str().expect("a plain name")]);
        (ours != theirs).then(|| format!("patch of {file}:\n{ours:#?}\n{theirs:#?}"))
    }
}

fn with_roles(contacts: &[Contact]) -> Vec<BString> {
    contacts
        .iter()
        .map(|contact| bstr::concat([&contact.mailbox[..], b" (", &contact.role, b")"]).into())
        .collect()
}

/// Every n-th file of the tree, in an order that mixes the folders, and always the same ones.
fn sample(tree: &Path, count: usize) -> Vec<BString> {
    let output = Command::new("git")
        .args(["ls-files", "-z"])
        .current_dir(tree)
        .output()
        .expect("git");
    let mut files: Vec<BString> = output
        .stdout
        .split(|byte| *byte == 0)
        .filter(|file| !file.is_empty() && tree.join(file.to_path_lossy()).is_file())
        .map(BString::from)
        .collect();
    assert!(files.len() > count, "a tree with more files");
    let hash = |file: &BString| {
        file.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3)
        })
    };
    files.sort_by_key(hash);
    files.truncate(count);
    files
}

#[test]
#[ignore = "needs a kernel tree: scripts/compare-maintainers TREE"]
fn the_script_of_the_tree_agrees() {
    let tree = PathBuf::from(std::env::var_os("RESPIN_TREE").expect("RESPIN_TREE names a kernel"));
    let count = std::env::var("RESPIN_FILES").map_or(600, |count| count.parse().expect("a number"));
    let kernel = Kernel::open(&tree);
    let files = sample(&tree, count);
    let next = AtomicUsize::new(0);
    let check = || {
        let mut differences = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some(file) = files.get(number) else {
                return differences;
            };
            differences.extend(kernel.compare_file(file.as_bstr()));
            if number.is_multiple_of(4) {
                differences.extend(kernel.compare_patch(number, file.as_bstr()));
            }
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let differences: Vec<String> = std::thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(check)).collect();
        running
            .into_iter()
            .flat_map(|thread| thread.join().expect("a check that ends"))
            .collect()
    });
    println!(
        "get_maintainer.pl: {} files and {} patches compared, {} differ (keywords in files: {})",
        files.len(),
        files.len().div_ceil(4),
        differences.len(),
        kernel.keywords_in_files
    );
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}
