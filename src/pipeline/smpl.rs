//! Runs a semantic patch over a tree, file by file, and makes a plan of what it changes.

use std::sync::Arc;

use bstr::{BStr, BString, ByteSlice};

use crate::diagnostics::{Diagnostic, Severity};
use crate::edit::unified::{self, LineKind};
use crate::ledger::{Reason, Role, Site, SiteKind, Verdict};
use crate::matching::{Engine, Outcome};
use crate::plan::{Atom, FileChange, Phase, Plan};
use crate::scan::{self, Candidate, RequiredWords, Scan};
use crate::smpl;
use crate::syntax::{self, Names, NodeId};
use crate::text::{LineIndex, TextRange};
use crate::transform::{Problem, Problems, SmplParameters};
use crate::worktree::Worktree;

use super::parse::{function_name, is_function};
use super::scripts::Scripts;
use super::{Request, Run, Texts, Watch, checks, interface, is_c};

/// The stack of a thread that runs rules: the search goes as deep as code is nested.
pub(super) const STACK: usize = 256 << 20;

/// What became of one file.
struct Done {
    path: BString,
    before: Arc<[u8]>,
    outcome: Outcome,
    printed: String,
    faults: Vec<String>,
}

impl Done {
    /// Whether there is something to report; of most files there is nothing, and their texts are not kept.
    fn says_something(&self) -> bool {
        let outcome = &self.outcome;
        let is_quiet = outcome.text.is_none() && outcome.starred.is_empty() && outcome.remarks.is_empty();
        !is_quiet || !self.printed.is_empty() || !self.faults.is_empty()
    }
}

pub(super) fn run(
    worktree: Worktree,
    request: &Request,
    parameters: &SmplParameters,
    watch: Watch<'_>,
) -> Result<Run, Problems> {
    let engine = engine(parameters)?;
    let scripts = Scripts::read(&engine).map_err(|found| located(parameters, found))?;
    interface::check(&worktree, parameters)?;

    watch("matching");
    let scan = matched(&worktree, request, parameters, &engine, &scripts)?;
    let mut run = Run {
        request: request.clone(),
        worktree,
        plan: Plan::default(),
        searched: scan.files,
        checked: checks::Checked::default(),
        is_refuted: false,
        texts: Texts::new(),
    };
    run.plan.diagnostics = scan.diagnostics;
    let mut atoms: Vec<Atom> = Vec::new();
    watch("checking");
    for done in scan.candidates.into_iter().flatten() {
        atoms.extend(take(done, &mut run));
    }
    if parameters.together && atoms.len() > 1 {
        let whole = Atom {
            phase: Phase::Convert,
            files: atoms
                .iter_mut()
                .flat_map(|atom| std::mem::take(&mut atom.files))
                .collect(),
            sites: atoms.iter().flat_map(|atom| atom.sites.iter().copied()).collect(),
            notes: atoms
                .iter_mut()
                .flat_map(|atom| std::mem::take(&mut atom.notes))
                .collect(),
        };
        atoms = vec![whole];
    }
    run.plan.atoms = atoms;
    let is_error = |diagnostic: &Diagnostic| diagnostic.severity == Severity::Error;
    run.plan.incomplete |= run.plan.diagnostics.iter().any(is_error);
    Ok(run)
}

/// What is said about the rules themselves, as problems.
pub(super) fn located(parameters: &SmplParameters, found: Vec<Diagnostic>) -> Problems {
    let located = |mut diagnostic: Diagnostic| {
        diagnostic.path = Some(parameters.path.as_str().into());
        Problem {
            diagnostic: Box::new(diagnostic),
            text: Some(parameters.rules.clone()),
        }
    };
    Problems(found.into_iter().map(located).collect())
}

/// The rules, ready to run.
pub(super) fn engine(parameters: &SmplParameters) -> Result<Engine, Problems> {
    let patch = smpl::parse(&parameters.rules).map_err(|found| located(parameters, found))?;
    let has_patch = patch.virtuals.iter().any(|name| name == "patch");
    let mut defined = parameters.defined.clone();
    if defined.is_empty() && has_patch {
        defined.push("patch".to_owned());
    }
    let unknown = defined.iter().find(|name| !patch.virtuals.contains(name));
    if let Some(unknown) = unknown {
        let message = format!("the rules have no virtual rule `{unknown}`");
        return Err(Problem::new("unknown-virtual", message)
            .help(format!("they have: {}", patch.virtuals.join(", ")))
            .into());
    }
    Ok(Engine::new(patch, defined, [], &[]))
}

/// Runs the rules on all files that they may speak of.
fn matched(
    worktree: &Worktree,
    request: &Request,
    parameters: &SmplParameters,
    engine: &Engine,
    scripts: &Scripts,
) -> Result<Scan<Option<Done>>, Problem> {
    let wanted = |path: &BStr| is_c(path) && (parameters.headers || !path.ends_with(b".h"));
    let words = RequiredWords::none();
    let failed = |error: crate::worktree::WorktreeError| Problem::from(error.diagnostic());
    let one = |candidate: Candidate, runner: &mut super::scripts::Runner<'_>| {
        let path = candidate.path.to_str_lossy();
        let outcome = engine.run(&path, candidate.text.clone(), runner);
        let done = Done {
            before: candidate.text,
            outcome,
            printed: std::mem::take(&mut runner.printed),
            faults: std::mem::take(&mut runner.faults),
            path: candidate.path,
        };
        done.says_something().then_some(done)
    };
    if !scripts.has_state() {
        return scan::visit(worktree, &request.place.paths, &words, wanted, |candidate| {
            if !engine.may_match(&candidate.text) {
                return None;
            }
            let mut runner = scripts.start();
            runner.printed.clear();
            one(candidate, &mut runner)
        })
        .map_err(failed);
    }
    // What scripts keep makes the order of the files matter.
    let found = scan::visit(worktree, &request.place.paths, &words, wanted, |candidate| {
        engine.may_match(&candidate.text).then_some(candidate)
    })
    .map_err(failed)?;
    let mut runner = scripts.start();
    Ok(Scan {
        candidates: found
            .candidates
            .into_iter()
            .map(|candidate| one(candidate?, &mut runner))
            .collect(),
        diagnostics: found.diagnostics,
        skipped: found.skipped,
        files: found.files,
        bytes: found.bytes,
    })
}

/// Adds what became of a file to the plan; gives its atom if it changes.
fn take(done: Done, run: &mut Run) -> Option<Atom> {
    let warn =
        |code, message: String| Diagnostic::new(Severity::Warning, code, message).in_file(done.path.clone());
    for remark in &done.outcome.remarks {
        run.plan.diagnostics.push(warn("not-matched", remark.clone()));
        run.plan.incomplete = true;
    }
    for fault in &done.faults {
        let mut diagnostic = warn("script", fault.clone());
        diagnostic.severity = Severity::Error;
        run.plan.diagnostics.push(diagnostic);
    }
    for line in done.printed.lines() {
        let mut diagnostic = warn("printed", line.to_owned());
        diagnostic.severity = Severity::Note;
        run.plan.diagnostics.push(diagnostic);
    }
    let mut places = places(&done);
    if places.is_empty() {
        return None;
    }
    run.texts.insert(done.path.clone(), done.before.clone());
    let rules = done.outcome.matched.join(", ");
    let change = done.outcome.text.clone().map(|after| FileChange {
        path: done.path.clone(),
        before: done.before.clone(),
        after: after.into(),
    });
    let mut broken = None;
    if let Some(change) = &change {
        let (checked, found) = checks::check_change(change);
        if found.is_empty() {
            run.checked.read_twice += checked.read_twice;
            run.checked.read_once += checked.read_once;
        } else {
            broken = found.first().map(|diagnostic| diagnostic.message.clone());
            run.plan.diagnostics.extend(found);
            run.plan.incomplete = true;
        }
    }
    let first = run.plan.sites.len();
    places.sort_by_key(|place| place.start);
    let functions = Functions::new(&done.before);
    let lines = LineIndex::new(&done.before);
    for range in places {
        let at = lines.line_column(range.start);
        let left_alone = |code, text: &str| {
            let reason = Reason {
                code,
                text: text.to_owned(),
                at: Vec::new(),
            };
            (Verdict::LeftAlone, Some(reason))
        };
        let (verdict, reason) = match (&change, &broken) {
            (Some(_), Some(message)) => left_alone("broken-result", message),
            (Some(_), None) => (Verdict::Rewritten, None),
            (None, _) => left_alone("only-marked", "the rule marks lines with `*` and changes nothing"),
        };
        run.plan.sites.push(Site {
            path: done.path.clone(),
            line: at.line,
            column: at.column,
            function: functions.around(range.start),
            api: rules.clone(),
            kind: SiteKind::Match,
            role: Role::Unknown,
            verdict,
            safety: None,
            reason,
            range,
        });
    }
    let change = change.filter(|_| broken.is_none())?;
    let sites: Vec<usize> = (first..run.plan.sites.len()).collect();
    let mut names: Vec<String> = run.plan.sites[first..]
        .iter()
        .map(|site| site.function.clone())
        .collect();
    names.dedup();
    names.retain(|name| !name.is_empty());
    let mut note = change.path.to_string();
    if !names.is_empty() {
        note += &format!(": {}()", names.join("(), "));
    }
    Some(Atom {
        phase: Phase::Convert,
        files: vec![change],
        sites,
        notes: vec![note],
    })
}

/// Where a file changes or was marked: the first byte that counts on each run of lines.
fn places(done: &Done) -> Vec<TextRange> {
    let text = &done.before;
    let lines = LineIndex::new(text);
    let place = |line: u32| {
        let range = lines.line_range(line).unwrap_or_default();
        let blank = range
            .slice(text)
            .iter()
            .take_while(|byte| byte.is_ascii_whitespace())
            .count() as u32;
        TextRange::new((range.start + blank).min(range.end), range.end)
    };
    let Some(after) = &done.outcome.text else {
        return done.outcome.starred.iter().map(|&line| place(line)).collect();
    };
    let options = unified::Options { context: 0 };
    let mut found = Vec::new();
    for hunk in unified::hunks(text, after, options) {
        // A hunk with added lines only stands behind the line that it names.
        let is_added = hunk.lines.iter().all(|line| line.kind == LineKind::Added);
        let line = hunk.old.start as u32 + u32::from(!is_added || hunk.old.start == 0);
        found.push(place(line.max(1)));
    }
    found
}

/// The functions of a text, for the names around places.
struct Functions(Vec<(TextRange, String)>);

impl Functions {
    fn new(text: &[u8]) -> Self {
        let tree = syntax::parse(text, &Names::new());
        let named = |node: NodeId| (tree.range(node), function_name(&tree, node, text).to_string());
        Self(
            tree.descendants(NodeId::ROOT)
                .filter(|&node| is_function(tree.kind(node)))
                .map(named)
                .collect(),
        )
    }

    fn around(&self, at: u32) -> String {
        let around = self.0.iter().find(|(range, _)| range.contains(at));
        around.map_or_else(String::new, |(_, name)| name.clone())
    }
}
