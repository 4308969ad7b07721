//! Two readers of C see the same: our tree and lang-c, function by function.

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use common::{files, small_tree};
use rayon::prelude::*;
use respin::facts::names::learn;
use respin::syntax::{self, Names, NodeId, SyntaxKind, Tree};
use respin::text::LineIndex;
use respin::verify::oracle::{Comparison, Difference, Shape, Side, compare};

#[test]
fn the_small_tree_reads_the_same() {
    let report = Report::of(&small_tree());
    assert!(report.functions > 50, "{}", report.functions);
    let exceptions: Vec<(&str, &str)> = report
        .exceptions
        .iter()
        .map(|exception| (&exception.path[..], &exception.cause[..]))
        .collect();
    // Code under `#if 0` that has never been compiled.
    assert_eq!(
        exceptions,
        [("drivers/staging/legacy/branches.c", "its brackets don't match")]
    );
}

/// Run by scripts/compare-readers, which names the tree and the file for the scores.
#[test]
#[ignore = "needs a kernel tree: scripts/compare-readers TREE"]
fn a_kernel_reads_the_same() {
    let tree = PathBuf::from(std::env::var_os("RESPIN_TREE").expect("RESPIN_TREE names a kernel tree"));
    let report = Report::of(&tree);
    let scores = report.scores();
    match std::env::var_os("RESPIN_SCORES") {
        Some(path) => fs::write(path, &scores).expect("a writable file for the scores"),
        None => print!("{scores}"),
    }
    assert!(
        report.read as f64 >= 0.9996 * report.functions as f64,
        "too few functions are read twice"
    );
    assert!(
        report.same as f64 >= 0.9999 * report.read as f64,
        "too few functions have the same shape"
    );
}

/// A function that the two readers don't agree on, or that only one could be asked about.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Exception {
    path: String,
    line: u32,
    cause: String,
}

#[derive(Default)]
struct Report {
    functions: usize,
    read: usize,
    same: usize,
    items: usize,
    exceptions: Vec<Exception>,
}

impl Report {
    fn of(root: &Path) -> Self {
        let is_c = |path: &PathBuf| {
            path.extension()
                .is_some_and(|extension| extension == "c" || extension == "h")
        };
        let paths: Vec<PathBuf> = files(root).into_iter().filter(is_c).collect();
        let headers = Headers::read(root, &paths);
        let reports: Vec<Report> = paths
            .par_iter()
            .map(|path| Self::of_file(root, path, &headers))
            .collect();
        let mut sum = Self::default();
        for report in reports {
            sum.functions += report.functions;
            sum.read += report.read;
            sum.same += report.same;
            sum.items += report.items;
            sum.exceptions.extend(report.exceptions);
        }
        sum.exceptions.sort();
        sum
    }

    fn of_file(root: &Path, path: &Path, headers: &Headers) -> Self {
        let mut report = Self::default();
        let Ok(text) = fs::read(root.join(path)) else {
            return report;
        };
        let names = headers.names_for(path, &text);
        let tree = syntax::parse(&text, &names);
        let lines = LineIndex::new(&text);
        for function in functions(&tree) {
            report.functions += 1;
            let comparison = compare(&text, &tree, function, &|name| names.is_type(name));
            if matches!(comparison, Comparison::Same { .. } | Comparison::Different(_)) {
                report.read += 1;
            }
            let (at, cause) = match comparison {
                Comparison::Same { items } => {
                    report.same += 1;
                    report.items += items;
                    continue;
                }
                Comparison::Different(found) => {
                    (found[0].range.start, cause(&tree, function, &found).to_owned())
                }
                Comparison::Unread { at, .. } => (at, "lang-c can't read it".to_owned()),
                Comparison::NoOpinion(why) => (tree.range(function).start, why.to_string()),
            };
            report.exceptions.push(Exception {
                path: path.display().to_string(),
                line: lines.line_column(at).line,
                cause,
            });
        }
        report
    }

    fn scores(&self) -> String {
        let share = |part: usize, whole: usize| 100.0 * part as f64 / whole.max(1) as f64;
        let mut text = String::from(
            "# Functions as our tree and lang-c see them; made by scripts/compare-readers on the kernel that the\n\
             # file is named after, in Debian's source.\n\
             # The figures depend on the tree only.\n",
        );
        let different = self.read - self.same;
        let _ = writeln!(text, "functions\t{}", self.functions);
        let _ = writeln!(
            text,
            "read by lang-c\t{}\t{:.4} %",
            self.read,
            share(self.read, self.functions)
        );
        let _ = writeln!(
            text,
            "of these with the same shape\t{}\t{:.4} %",
            self.same,
            share(self.same, self.read)
        );
        let _ = writeln!(text, "of these different\t{different}");
        let _ = writeln!(text, "constructs compared\t{}", self.items);
        for Exception { path, line, cause } in &self.exceptions {
            let _ = writeln!(text, "{path}:{line}\t{cause}");
        }
        text
    }
}

/// The functions of a file that are no part of another one or of a macro.
fn functions(tree: &Tree) -> Vec<NodeId> {
    let is_function =
        |node: &NodeId| matches!(tree.kind(*node), SyntaxKind::Function | SyntaxKind::MacroFunction);
    let mut found: Vec<NodeId> = Vec::new();
    for node in tree.descendants(NodeId::ROOT).filter(is_function) {
        let nested = found.last().is_some_and(|&outer| tree.contains(outer, node));
        let in_macro = tree
            .ancestors(node)
            .any(|outer| tree.kind(outer) == SyntaxKind::DefineDirective);
        if !nested && !in_macro {
            found.push(node);
        }
    }
    found
}

/// Why the readers differ, as far as the differences tell.
fn cause(tree: &Tree, function: NodeId, found: &[Difference]) -> &'static str {
    let only = |side: Side, shape: Shape| {
        found
            .iter()
            .all(|found| found.side == side && found.shape == shape)
    };
    if tree.has_opaque(function) {
        "ours leaves a part of it opaque"
    } else if only(Side::Ours, Shape::MacroLoop) {
        "ours takes a macro for a loop, as its name looks like one"
    } else if only(Side::Theirs, Shape::MacroLoop) {
        "the mask takes a macro for a loop, as what follows is indented"
    } else if found.iter().any(|found| found.shape == Shape::Cast) {
        "only one of the readers knows the type of a cast"
    } else {
        "another difference"
    }
}

/// What headers say about names.
struct Headers {
    /// That of everything below include/.
    shared: Names,
    /// That of each other header, by path, and what it includes.
    own: BTreeMap<PathBuf, (Names, Vec<String>)>,
    /// The paths of headers by their last part.
    places: BTreeMap<String, Vec<PathBuf>>,
}

impl Headers {
    fn read(root: &Path, paths: &[PathBuf]) -> Self {
        let headers: Vec<&PathBuf> = paths
            .iter()
            .filter(|path| path.extension().is_some_and(|end| end == "h"))
            .collect();
        let learnt: Vec<(PathBuf, (Names, Vec<String>))> = headers
            .par_iter()
            .map(|path| {
                let text = fs::read(root.join(path)).unwrap_or_default();
                ((*path).clone(), (learn(&text), included(&text)))
            })
            .collect();
        let mut this = Self {
            shared: Names::new(),
            own: BTreeMap::new(),
            places: BTreeMap::new(),
        };
        for (path, names) in learnt {
            if path.starts_with("include") {
                this.shared.extend(names.0);
                continue;
            }
            let name = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            this.places.entry(name).or_default().push(path.clone());
            this.own.insert(path, names);
        }
        this
    }

    /// What is known in a file: from include/, from itself, and from the headers of its own folders that it includes,
    /// directly or not.
    fn names_for(&self, path: &Path, text: &[u8]) -> Names {
        let mut names = self.shared.clone();
        names.extend(learn(text));
        let folder: PathBuf = path.components().take(2).collect();
        let mut seen = BTreeSet::new();
        let mut open = included(text);
        while let Some(name) = open.pop() {
            for place in self.places.get(&name).into_iter().flatten() {
                if !place.starts_with(&folder) || !seen.insert(place) {
                    continue;
                }
                if let Some((own, included)) = self.own.get(place) {
                    names.extend(own.clone());
                    open.extend(included.iter().cloned());
                }
            }
        }
        names
    }
}

/// The last parts of the paths behind `#include`.
fn included(text: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(text);
    let path = |line: &str| {
        let rest = line
            .trim_start()
            .strip_prefix('#')?
            .trim_start()
            .strip_prefix("include")?
            .trim();
        let path = rest.trim_start_matches(['"', '<']).split(['"', '>']).next()?;
        Some(path.rsplit('/').next()?.to_owned())
    };
    text.lines().filter_map(path).collect()
}
