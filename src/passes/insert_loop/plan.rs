//! From judged calls to sites, changed files and atoms.

use std::collections::BTreeMap;
use std::sync::Arc;

use bstr::BString;
use rustc_hash::FxHashMap;

use super::Parameters;
use super::context::Context;
use super::interface;
use super::judge::{Fold, Judgement, Search, judge};
use super::miss::Miss;
use super::questions::{Answers, Question};
use super::rewrite::{Argument, Replacement, Rewrite, rewrite};
use super::whole_vma::WholeVma;
use crate::diagnostics::{Diagnostic, Severity};
use crate::edit::{Edit, EditSet, dead_locals};
use crate::facts::file::FileFacts;
use crate::facts::roles::FunctionName;
use crate::facts::{RoleOf, Sources, roles};
use crate::flow::functions;
use crate::ledger::{Place, Reason, Role, Safety, Site, SiteKind, Verdict};
use crate::passes::is_under;
use crate::passes::rename::{Named, named, other_program};
use crate::plan::{Atom, FileChange, Phase, Plan};
use crate::syntax::{Names, NodeId, SyntaxKind};

/// How often the tree may be asked what an assumption rests on.
const MAX_ROUNDS: usize = 4;

/// Makes the plan.
pub fn make(parameters: &Parameters, sources: &mut Sources<'_>) -> Result<Plan, Vec<Diagnostic>> {
    let answers = ask(parameters, sources);
    let roles = find_roles(parameters, sources);
    let mut plan = Plan::default();
    let lacks = !parameters.have_interface && !interface::has(sources, &parameters.to);
    let equivalent = parameters
        .equivalents
        .iter()
        .find(|name| lacks && !parameters.add_interface && interface::has(sources, name));
    let files: Vec<Arc<FileFacts>> = sources.files().cloned().collect();
    for file in files
        .iter()
        .filter(|file| is_under(&file.path, &parameters.under))
    {
        let pass = FilePass {
            parameters,
            sources,
            file,
            answers: &answers,
            roles: &roles,
            equivalent,
            lacks,
        };
        pass.run(&mut plan);
    }
    plan.sites.sort();
    link_sites(&mut plan);
    if lacks && !plan.atoms.is_empty() {
        introduce(parameters, sources, &mut plan)?;
    }
    Ok(plan)
}

/// Judges all calls until no new question about signs comes up.
fn ask(parameters: &Parameters, sources: &mut Sources<'_>) -> Answers {
    let mut answers = Answers::default();
    for _ in 0..MAX_ROUNDS {
        let mut questions: Vec<Question> = Vec::new();
        let files: Vec<Arc<FileFacts>> = sources.files().cloned().collect();
        for file in &files {
            for (call, function) in calls(file, &parameters.from) {
                let context = Context::new(file, sources, function);
                let search = Search {
                    insert: parameters.from.as_bytes(),
                    answers: &answers,
                };
                if let Judgement::Fold(fold) = judge(&context, &search, call) {
                    questions.extend(fold.assumptions.into_iter().flat_map(|known| known.questions));
                }
            }
        }
        let mut news = false;
        for question in &questions {
            news |= !answers.ask(sources, question);
        }
        if !news {
            break;
        }
    }
    answers
}

/// The calls of a function in a file, each with the function around it.
fn calls<'f>(file: &'f FileFacts, name: &'f str) -> impl Iterator<Item = (NodeId, NodeId)> + 'f {
    file.calls_named(name.as_bytes())
        .filter(|call| !call.through_member && file.tree.kind(call.node) == SyntaxKind::CallExpr)
        .filter_map(|call| {
            let function = &file.functions[call.caller?];
            (!function.is_macro).then_some((call.node, function.node))
        })
}

fn find_roles(parameters: &Parameters, sources: &mut Sources<'_>) -> FxHashMap<FunctionName, RoleOf> {
    let mut wanted: Vec<FunctionName> = Vec::new();
    for file in sources.files() {
        for call in file.calls_named(parameters.from.as_bytes()) {
            if let Some(caller) = call.caller {
                wanted.push((file.path.clone(), file.functions[caller].name.clone()));
            }
        }
    }
    wanted.sort();
    wanted.dedup();
    roles(sources, &[parameters.from.as_str().into()], &wanted)
}

struct FilePass<'a> {
    parameters: &'a Parameters,
    sources: &'a Sources<'a>,
    file: &'a FileFacts,
    answers: &'a Answers,
    roles: &'a FxHashMap<FunctionName, RoleOf>,
    equivalent: Option<&'a String>,
    /// Whether the tree lacks the function.
    lacks: bool,
}

/// A loop that is to be rewritten.
struct Work {
    /// Index into the sites of the file.
    site: usize,
    function: NodeId,
    rewrite: Rewrite,
}

impl FilePass<'_> {
    fn run(&self, plan: &mut Plan) {
        let file = self.file;
        let found = named(
            &file.path,
            &file.tree,
            &file.text,
            &file.lines,
            &self.parameters.from,
        );
        if found.is_empty() {
            return;
        }
        let calls: FxHashMap<u32, (NodeId, NodeId)> = calls(file, &self.parameters.from)
            .filter_map(|(call, function)| {
                let callee = file.tree.children(call).next()?;
                Some((file.tree.range(callee).start, (call, function)))
            })
            .collect();
        let mut sites = Vec::new();
        let mut work = Vec::new();
        for name in found {
            let call = calls.get(&name.range.start).copied();
            let (site, rewritten) = self.site(&name, call);
            plan.incomplete |= site.verdict == Verdict::Unparsed;
            if let (Some(rewrite), Some((_, function))) = (rewritten, call) {
                work.push(Work {
                    site: sites.len(),
                    function,
                    rewrite,
                });
            }
            sites.push(site);
        }
        self.change(&mut sites, work, plan);
        plan.sites.extend(sites);
    }

    /// One occurrence with its verdict, and the rewrite that it gets.
    fn site(&self, name: &Named, call: Option<(NodeId, NodeId)>) -> (Site, Option<Rewrite>) {
        let file = self.file;
        let at = file.lines.line_column(name.range.start);
        let role = self.role(&name.function);
        let mut site = Site {
            path: file.path.clone(),
            line: at.line,
            column: at.column,
            function: name.function.clone(),
            api: self.parameters.from.clone(),
            kind: name.kind,
            role: role.map_or(Role::Unknown, |role| role.role),
            verdict: Verdict::LeftAlone,
            safety: None,
            reason: None,
            range: name.range,
        };
        if name.unparsed {
            site.verdict = Verdict::Unparsed;
            let text = "the text around it could not be parsed, so what the name means is not known";
            site.reason = Some(self.reason("unparsed", text.into(), vec![file.place(name.range)]));
            return (site, None);
        }
        if let Some(other) = &name.other {
            site.reason = Some(other.clone());
            return (site, None);
        }
        if let Some(folder) = other_program(&file.path) {
            let folder = String::from_utf8_lossy(folder);
            let text = format!(
                "{folder} holds programs of its own; see whether this one means the kernel's function"
            );
            site.reason = Some(self.reason("other-program", text, Vec::new()));
            return (site, None);
        }
        let Some((call, function)) = call else {
            let (code, text) = not_a_call(name.kind);
            site.reason = Some(self.reason(code, text.into(), Vec::new()));
            return (site, None);
        };
        if let Some((code, text)) = refused_role(site.role) {
            let proof = role.map(RoleOf::proof).unwrap_or_default();
            site.reason = Some(self.reason(code, text.into(), proof));
            return (site, None);
        }
        let context = Context::new(file, self.sources, function);
        let search = Search {
            insert: self.parameters.from.as_bytes(),
            answers: self.answers,
        };
        let mut fold = match judge(&context, &search, call) {
            Judgement::Fold(fold) => fold,
            Judgement::Left(misses) => {
                site.reason = Some(self.missed(&misses));
                return (site, None);
            }
            Judgement::Single => {
                let text = "it inserts a single page, not one in a loop";
                site.reason = Some(self.reason("single-page", text.into(), Vec::new()));
                return (site, None);
            }
        };
        if let Some(equivalent) = self.equivalent {
            let text = format!(
                "the tree has {equivalent}(), so {}() is not added to it",
                self.parameters.to
            );
            site.reason = Some(self.reason("equivalent-exists", text, Vec::new()));
            return (site, None);
        }
        let (replacement, check) = match self.replacement(&fold) {
            Ok(found) => found,
            Err(miss) => {
                site.reason = Some(self.missed(&[miss]));
                return (site, None);
            }
        };
        let rewritten = match rewrite(&context, &mut fold, &replacement) {
            Ok(rewritten) => rewritten,
            Err(miss) => {
                site.reason = Some(self.missed(&[miss]));
                return (site, None);
            }
        };
        if fold.assumptions.is_empty() {
            site.safety = Some(Safety::Safe);
            site.verdict = Verdict::Rewritten;
            site.reason = check.map(|check| {
                let text = format!(
                    "the check of {}() can't fire, as the same is asked before",
                    replacement.function
                );
                self.reason("checked-before", text, vec![file.place(file.tree.range(check))])
            });
            return (site, Some(rewritten));
        }
        site.safety = Some(Safety::Unsafe);
        let texts: Vec<&str> = fold.assumptions.iter().map(|known| &known.text[..]).collect();
        let mut places: Vec<Place> = Vec::new();
        for assumption in &fold.assumptions {
            places.extend(
                assumption
                    .at
                    .iter()
                    .map(|&node| file.place(file.tree.range(node))),
            );
            places.extend(
                assumption
                    .questions
                    .iter()
                    .flat_map(|question| self.answers.places(question)),
            );
        }
        places.dedup();
        site.reason = Some(self.reason(fold.assumptions[0].code, texts.join("; "), places));
        if !self.parameters.include_unsafe {
            return (site, None);
        }
        site.verdict = Verdict::Rewritten;
        (site, Some(rewritten))
    }

    /// What is called in place of the loop, and for a function that checks the size of the array the check that stands
    /// in front of the loop already.
    fn replacement(&self, fold: &Fold) -> Result<(Replacement, Option<NodeId>), Miss> {
        let parameters = self.parameters;
        let wants_whole = |argument: &Argument| matches!(argument, Argument::Array | Argument::Total);
        let mut replacement = Replacement {
            function: parameters.to.clone(),
            arguments: parameters.arguments.clone(),
            whole: None,
        };
        let mut check = None;
        if parameters.arguments.iter().any(wants_whole) {
            let whole = WholeVma::of(fold, parameters)?;
            replacement.function = whole.function;
            replacement.whole = Some((whole.array, whole.total));
            check = Some(whole.check);
        }
        let is_added = replacement.function == parameters.to && parameters.interface.is_some();
        let is_there = parameters.have_interface
            || !self.lacks && replacement.function == parameters.to
            || interface::has(self.sources, &replacement.function);
        if !is_there && !is_added {
            let text = format!("the tree has no {}()", replacement.function);
            return Err(Miss::new("no-interface", text, []));
        }
        Ok((replacement, check))
    }

    fn role(&self, function: &str) -> Option<&RoleOf> {
        self.roles.get(&(self.file.path.clone(), BString::from(function)))
    }

    fn reason(&self, code: &'static str, text: String, at: Vec<Place>) -> Reason {
        Reason { code, text, at }
    }

    /// The first miss, with what else is in the way.
    fn missed(&self, misses: &[Miss]) -> Reason {
        let Some((first, others)) = misses.split_first() else {
            return self.reason("unclear", "it is not clear what the loop does".into(), Vec::new());
        };
        let mut text = first.text.clone();
        for other in others {
            text = format!("{text}; also, {}", other.text);
        }
        let nodes = misses.iter().flat_map(|miss| &miss.at);
        let mut at: Vec<Place> = nodes
            .map(|&node| self.file.place(self.file.tree.range(node)))
            .collect();
        at.dedup();
        self.reason(first.code, text, at)
    }

    /// Applies all rewrites of the file, and removes the variables that they leave behind.
    fn change(&self, sites: &mut [Site], work: Vec<Work>, plan: &mut Plan) {
        let file = self.file;
        let mut edits: Vec<Edit> = Vec::new();
        let mut touched: BTreeMap<usize, Vec<String>> = BTreeMap::new();
        let mut notes = Vec::new();
        for work in work {
            let mut all = edits.clone();
            for edit in work.rewrite.edits {
                if !all.contains(&edit) {
                    all.push(edit);
                }
            }
            let position = functions(&file.tree).position(|function| function == work.function);
            let (Some(position), Ok(_)) = (position, EditSet::new(all.clone())) else {
                let site = &mut sites[work.site];
                site.verdict = Verdict::LeftAlone;
                site.safety = None;
                let text = "its rewrite would touch the same lines as that of another call";
                site.reason = Some(self.reason("unclear", text.into(), Vec::new()));
                continue;
            };
            edits = all;
            touched.entry(position).or_default().extend(work.rewrite.touched);
            notes.push(format!(
                "fold the insert loop of {}() into one call",
                sites[work.site].function
            ));
            for comment in work.rewrite.dropped {
                let text = String::from_utf8_lossy(comment.slice(&file.text)).into_owned();
                notes.push(dropped(&text));
            }
        }
        let Ok(set) = EditSet::new(edits) else { return };
        if set.is_empty() {
            return;
        }
        let mut text = set.apply(&file.text);
        for (position, names) in touched {
            let removed = dead_locals::remove(&text, &Names::new(), position, &names);
            text = removed.text;
            notes.extend(removed.comments.iter().map(|comment| dropped(comment)));
        }
        plan.atoms.push(Atom {
            phase: Phase::Convert,
            files: vec![FileChange {
                path: file.path.clone(),
                before: file.text.clone(),
                after: Arc::from(text),
            }],
            sites: Vec::new(),
            notes,
        });
    }
}

fn dropped(comment: &str) -> String {
    let words: Vec<&str> = comment.split_whitespace().collect();
    format!("drop a comment with its code: {}", words.join(" "))
}

fn not_a_call(kind: SiteKind) -> (&'static str, &'static str) {
    match kind {
        SiteKind::Definition => ("implementation", "it is the definition of the function"),
        SiteKind::Declaration => ("implementation", "it is a declaration of the function"),
        SiteKind::Export => ("implementation", "it is the export of the function"),
        SiteKind::MacroBody => ("in-macro", "the call hides in a macro"),
        _ => ("no-call", "the function is named, but not called"),
    }
}

/// Roles in which no call is rewritten.
fn refused_role(role: Role) -> Option<(&'static str, &'static str)> {
    match role {
        Role::Core => Some(("implementation", "it is part of the implementation")),
        Role::FaultHandler | Role::Both => Some((
            "fault-handler",
            "a page fault leads here, and a fault handler inserts the page that is asked for",
        )),
        _ => None,
    }
}

/// Tells each atom which sites it rewrites.
fn link_sites(plan: &mut Plan) {
    for atom in &mut plan.atoms {
        atom.sites = (0..plan.sites.len())
            .filter(|&index| {
                let site = &plan.sites[index];
                site.verdict == Verdict::Rewritten && atom.files.iter().any(|change| change.path == site.path)
            })
            .collect();
    }
}

/// Puts the addition of the function first.
fn introduce(parameters: &Parameters, sources: &Sources<'_>, plan: &mut Plan) -> Result<(), Vec<Diagnostic>> {
    let Some(interface) = &parameters.interface else {
        return Err(vec![
            Diagnostic::new(
                Severity::Error,
                "no-interface",
                format!(
                    "the tree has no {}(), and the transform does not say how to add it",
                    parameters.to
                ),
            )
            .help("run the transform on a tree that has the function"),
        ]);
    };
    let files = interface::add(sources, interface, &parameters.from).map_err(|found| vec![found])?;
    // A file that is also converted starts from what the first phase leaves.
    for change in &files {
        for atom in &mut plan.atoms {
            for later in atom.files.iter_mut().filter(|later| later.path == change.path) {
                later.before = change.after.clone();
            }
        }
    }
    plan.atoms.insert(
        0,
        Atom {
            phase: Phase::Introduce,
            files,
            sites: Vec::new(),
            notes: vec![format!("add {}()", parameters.to)],
        },
    );
    Ok(())
}
