//! Semantic patches over files: what `respin spatch` does, without its words.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;

use crate::diagnostics::Diagnostic;
use crate::matching::{Engine, NoScripts, Outcome};
use crate::smpl;

/// What to run on which files.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// The file of rules, and its text.
    pub rules: PathBuf,
    /// Virtual rules that are switched on.
    pub defined: Vec<String>,
    /// Virtual identifiers.
    pub identifiers: Vec<(String, String)>,
    /// Isomorphisms that are switched off.
    pub disabled_isos: Vec<String>,
    /// Files and folders.
    pub targets: Vec<PathBuf>,
    /// Beginnings of paths that are left out.
    pub ignored: Vec<String>,
    /// Header files in folders are looked at, too.
    pub headers: bool,
    /// How many threads; one for each core when it is not set.
    pub jobs: Option<usize>,
}

/// What became of one file.
#[derive(Debug)]
pub struct Done {
    /// Its path as it was given or found.
    pub path: PathBuf,
    /// Its text before.
    pub before: Arc<[u8]>,
    /// What the rules did.
    pub outcome: Outcome,
}

/// Why nothing could be done.
#[derive(Debug)]
pub enum Refusal {
    /// The file of rules can't be read.
    Rules(PathBuf, std::io::Error),
    /// It can't be parsed: its text, and the messages.
    Parse(Arc<[u8]>, Vec<Diagnostic>),
    /// The threads can't be started.
    Threads(String),
}

/// The stack of a thread that runs rules: the search goes as deep as code is nested.
const STACK: usize = 256 << 20;

/// Runs the rules on all files. `each` is called as a file is done, in the order of the files for every number of threads.
pub fn run(
    request: &Request,
    each: &mut (dyn FnMut(Done) + Send),
    fault: &mut (dyn FnMut(PathBuf, std::io::Error) + Send),
) -> Result<(), Refusal> {
    let text: Arc<[u8]> = std::fs::read(&request.rules)
        .map_err(|error| Refusal::Rules(request.rules.clone(), error))?
        .into();
    let patch = smpl::parse(&text).map_err(|messages| Refusal::Parse(text.clone(), messages))?;
    let engine = Engine::new(
        patch,
        request.defined.iter().cloned(),
        request.identifiers.iter().cloned(),
        &request.disabled_isos,
    );
    let threads = rayon::ThreadPoolBuilder::new()
        .num_threads(request.jobs.unwrap_or(0))
        .stack_size(STACK)
        .build()
        .map_err(|error| Refusal::Threads(error.to_string()))?;
    let files = files(request);
    threads.install(|| {
        // In portions, so that results come early and in order without all of them being held.
        for portion in files.chunks(256) {
            let done: Vec<_> = portion
                .par_iter()
                .map(|path| {
                    let before: Arc<[u8]> = match std::fs::read(path) {
                        Ok(text) => text.into(),
                        Err(error) => return (path.clone(), Err(error)),
                    };
                    if !engine.may_match(&before) {
                        return (path.clone(), Ok(None));
                    }
                    let name = path.to_string_lossy();
                    let outcome = engine.run(&name, before.clone(), &mut NoScripts);
                    (path.clone(), Ok(Some((before, outcome))))
                })
                .collect();
            for (path, result) in done {
                match result {
                    Ok(Some((before, outcome))) => each(Done {
                        path,
                        before,
                        outcome,
                    }),
                    Ok(None) => {}
                    Err(error) => fault(path, error),
                }
            }
        }
    });
    Ok(())
}

/// The files to look at: those that are named, and those in the folders, sorted.
fn files(request: &Request) -> Vec<PathBuf> {
    let mut found = BTreeSet::new();
    let wanted = |path: &Path| match path.extension().and_then(|extension| extension.to_str()) {
        Some("c") => true,
        Some("h") => request.headers,
        _ => false,
    };
    for target in &request.targets {
        if !target.is_dir() {
            found.insert(target.clone());
            continue;
        }
        let walk = ignore::WalkBuilder::new(target)
            .standard_filters(false)
            .filter_entry(|entry| entry.file_name() != ".git")
            .build();
        for entry in walk.flatten() {
            if entry.file_type().is_some_and(|kind| kind.is_file()) && wanted(entry.path()) {
                found.insert(entry.into_path());
            }
        }
    }
    found
        .into_iter()
        .filter(|path| {
            let text = path.to_string_lossy();
            !request
                .ignored
                .iter()
                .any(|prefix| text.starts_with(prefix.as_str()))
        })
        .collect()
}
