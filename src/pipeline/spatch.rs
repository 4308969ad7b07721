//! Semantic patches over files: what `respin spatch` does, without its words.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;

use crate::diagnostics::Diagnostic;
use crate::matching::{Engine, Headers, Isos, Outcome};
use crate::smpl::{self, Body, SemanticPatch, iso};

use super::includes::{Depth, Includes};
use super::scripts::{Runner, Scripts};
use super::smpl::STACK;

/// What to run on which files.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// The file of rules, and its text.
    pub rules: PathBuf,
    /// Virtual rules that are switched on.
    pub defined: Vec<String>,
    /// Virtual identifiers.
    pub identifiers: Vec<(String, String)>,
    /// Files of isomorphisms, instead of those that come with respin.
    pub iso_files: Vec<PathBuf>,
    /// Isomorphisms that are switched off.
    pub disabled_isos: Vec<String>,
    /// Files and folders.
    pub targets: Vec<PathBuf>,
    /// Beginnings of paths that are left out.
    pub ignored: Vec<String>,
    /// Header files in folders are looked at, too.
    pub headers: bool,
    /// Which headers are read for the types in them.
    pub includes: Depth,
    /// Where headers are looked for.
    pub include_folders: Vec<PathBuf>,
    /// How many threads; one for each core when it is not set.
    pub jobs: Option<usize>,
    /// Of so many parts of the files (the second number), only this one is done.
    pub part: Option<(usize, usize)>,
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
    /// What scripts printed.
    pub printed: String,
    /// What went wrong in scripts, as sentences.
    pub faults: Vec<String>,
}

/// Why nothing could be done.
#[derive(Debug)]
pub enum Refusal {
    /// The file of rules can't be read.
    Rules(PathBuf, std::io::Error),
    /// A file of rules or of isomorphisms can't be parsed: its path, its text, and the messages.
    Parse(PathBuf, Arc<[u8]>, Vec<Diagnostic>),
    /// The threads can't be started.
    Threads(String),
}

/// Takes the results of a run, in the order of the files for every number of threads.
pub trait Sink: Send {
    /// What scripts printed before the first file or behind the last one.
    fn printed(&mut self, text: &str);
    /// A file is done.
    fn done(&mut self, done: Done);
    /// A file could not be read, or a script went wrong.
    fn fault(&mut self, sentence: String);
}

/// Reads the rules, and does nothing else.
pub fn parse(rules: &Path) -> Result<(), Refusal> {
    let text = std::fs::read(rules).map_err(|error| Refusal::Rules(rules.to_owned(), error))?;
    match smpl::parse(&text) {
        Ok(_) => Ok(()),
        Err(messages) => Err(Refusal::Parse(rules.to_owned(), text.into(), messages)),
    }
}

/// Reads the rules, and runs them on all files.
pub fn run(request: &Request, sink: &mut dyn Sink) -> Result<(), Refusal> {
    let text: Arc<[u8]> = std::fs::read(&request.rules)
        .map_err(|error| Refusal::Rules(request.rules.clone(), error))?
        .into();
    let refuse = |messages| Refusal::Parse(request.rules.clone(), text.clone(), messages);
    let patch = smpl::parse(&text).map_err(refuse)?;
    let isos = isos(request, &patch)?;
    let engine = Engine::with_isos(
        patch,
        request.defined.iter().cloned(),
        request.identifiers.iter().cloned(),
        &request.disabled_isos,
        &isos,
    );
    let includes = Includes::new(request.includes, &request.include_folders);
    let engine = engine.with_headers(includes.map(|includes| Box::new(includes) as Box<dyn Headers>));
    let scripts = Scripts::read(&engine).map_err(refuse)?;
    let threads = rayon::ThreadPoolBuilder::new()
        .num_threads(request.jobs.unwrap_or(0))
        .stack_size(STACK)
        .build()
        .map_err(|error| Refusal::Threads(error.to_string()))?;
    let mut files = files(request);
    if let Some((part, parts)) = request.part.filter(|&(_, parts)| parts > 1) {
        let mut number = 0;
        files.retain(|_| {
            number += 1;
            (number - 1) % parts == part % parts
        });
    }
    threads.install(|| {
        let mut runner = scripts.start();
        sink.printed(&std::mem::take(&mut runner.printed));
        if scripts.has_state() {
            for path in &files {
                give(path, one(&engine, path, &mut runner), sink);
            }
        } else {
            // In portions, so that results come early and in order without all of them being held.
            for portion in files.chunks(256) {
                let done: Vec<_> = portion
                    .par_iter()
                    .map(|path| {
                        let mut runner = scripts.start();
                        runner.printed.clear();
                        one(&engine, path, &mut runner)
                    })
                    .collect();
                for (path, result) in portion.iter().zip(done) {
                    give(path, result, sink);
                }
            }
        }
        runner.finish();
        sink.printed(&std::mem::take(&mut runner.printed));
        for fault in std::mem::take(&mut runner.faults) {
            sink.fault(fault);
        }
    });
    Ok(())
}

/// The isomorphisms that the user and the rules name.
fn isos(request: &Request, patch: &SemanticPatch) -> Result<Isos, Refusal> {
    let standard = || iso::parse(iso::STANDARD.as_bytes()).unwrap_or_default();
    let read = |path: &Path| {
        let text = std::fs::read(path).map_err(|error| Refusal::Rules(path.to_owned(), error))?;
        iso::parse(&text).map_err(|message| Refusal::Parse(path.to_owned(), text.into(), vec![*message]))
    };
    let mut isos = Isos::default();
    for path in &request.iso_files {
        isos.general.extend(read(path)?);
    }
    if request.iso_files.is_empty() {
        isos.general = standard();
    }
    let folder = request.rules.parent().unwrap_or(Path::new(""));
    let by_rules = patch.rules.iter().filter_map(|rule| match &rule.body {
        Body::Match(body) => Some(&body.using),
        Body::Script(_) => None,
    });
    for name in patch.isos.iter().chain(by_rules.flatten()) {
        let path = [folder.join(name), PathBuf::from(name)]
            .into_iter()
            .find(|path| path.is_file());
        let list = match path {
            Some(path) => read(&path)?,
            None if name == "standard.iso" => standard(),
            None => read(Path::new(name))?,
        };
        isos.named.insert(name.clone(), list);
    }
    Ok(isos)
}

/// Runs the rules on one file; `None` if it has nothing that they speak of.
fn one(engine: &Engine, path: &Path, runner: &mut Runner<'_>) -> std::io::Result<Option<Done>> {
    let before: Arc<[u8]> = std::fs::read(path)?.into();
    if !engine.may_match(&before) {
        return Ok(None);
    }
    let outcome = engine.run(&path.to_string_lossy(), before.clone(), runner);
    Ok(Some(Done {
        path: path.to_owned(),
        before,
        outcome,
        printed: std::mem::take(&mut runner.printed),
        faults: std::mem::take(&mut runner.faults),
    }))
}

fn give(path: &Path, result: std::io::Result<Option<Done>>, sink: &mut dyn Sink) {
    match result {
        Ok(Some(mut done)) => {
            let faults = std::mem::take(&mut done.faults);
            sink.done(done);
            for fault in faults {
                sink.fault(format!("{}: {fault}", path.display()));
            }
        }
        Ok(None) => {}
        Err(error) => sink.fault(format!("{}: {error}", path.display())),
    }
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
