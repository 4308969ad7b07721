//! From calls in fault handlers to sites, changed files and atoms.

use std::collections::BTreeMap;
use std::sync::Arc;

use bstr::{BString, ByteSlice};
use rustc_hash::FxHashMap;

use super::eval::Stuck;
use super::rewrite::View;
use super::types::{Misfit, Texts, position_of, retype};
use super::{Parameters, clean, fold, handlers, helper, interface, sites, unused, vmf_error};
use crate::diagnostics::Diagnostic;
use crate::facts::file::FileFacts;
use crate::facts::roles::FunctionName;
use crate::facts::{RoleOf, Sources, roles};
use crate::flow::functions;
use crate::ledger::{Place, Reason, Safety, Site, Verdict};
use crate::passes::is_under;
use crate::passes::rename::named;
use crate::plan::{Atom, Phase, Plan};
use crate::syntax::{NodeId, SyntaxKind};

/// Makes the plan.
pub(super) fn make(parameters: &Parameters, sources: &mut Sources<'_>) -> Result<Plan, Vec<Diagnostic>> {
    let roles = find_roles(parameters, sources);
    let files: Vec<Arc<FileFacts>> = sources.files().cloned().collect();
    let run = |sources: &mut Sources<'_>, texts: Texts| {
        let mut pass = Pass {
            parameters,
            roles: &roles,
            plan: Plan::default(),
            base: texts.clone(),
            texts,
            parts: Vec::new(),
            used: Vec::new(),
        };
        for file in &files {
            if is_under(&file.path, &parameters.under) {
                pass.file(file, sources);
            }
        }
        if parameters.all_handlers {
            pass.handlers(sources);
        }
        pass.sweep(sources);
        pass
    };
    let pass = run(sources, Texts::default());
    let Some(first) = pass.introduction(sources)? else {
        return Ok(pass.finish(sources));
    };
    // What is added comes first, so the rest starts from there.
    let mut base = Texts::default();
    for change in &first.files {
        base.put(&change.path, change.after.to_vec());
    }
    let mut plan = run(sources, base).finish(sources);
    if !plan.atoms.is_empty() {
        plan.atoms.insert(0, first);
    }
    Ok(plan)
}

fn find_roles(parameters: &Parameters, sources: &mut Sources<'_>) -> FxHashMap<FunctionName, RoleOf> {
    let mut wanted: Vec<FunctionName> = Vec::new();
    for file in sources.files() {
        for (from, _) in &parameters.pairs {
            let inside = file.calls_named(from.as_bytes()).filter_map(|call| call.caller);
            wanted.extend(inside.map(|caller| (file.path.clone(), file.functions[caller].name.clone())));
        }
    }
    wanted.sort();
    wanted.dedup();
    let api: Vec<BString> = parameters
        .pairs
        .iter()
        .map(|(from, _)| from.as_str().into())
        .collect();
    roles(sources, &api, &wanted)
}

struct Pass<'p> {
    parameters: &'p Parameters,
    roles: &'p FxHashMap<FunctionName, RoleOf>,
    plan: Plan,
    /// The files that the first patch has changed.
    base: Texts,
    texts: Texts,
    /// What was done for each rewritten function.
    parts: Vec<Part>,
    /// Pairs whose twin is called now.
    used: Vec<(String, String)>,
}

/// One function that was rewritten.
struct Part {
    /// Files that changed for it.
    files: Vec<BString>,
    notes: Vec<String>,
}

/// A call that is to be looked at: its site, and the pair of functions.
struct Work {
    site: usize,
    pair: usize,
}

impl Pass<'_> {
    fn file(&mut self, file: &Arc<FileFacts>, sources: &mut Sources<'_>) {
        let mut sites: Vec<(Site, usize)> = Vec::new();
        for (pair, (from, _)) in self.parameters.pairs.iter().enumerate() {
            let found = named(&file.path, &file.tree, &file.text, &file.lines, from);
            sites.extend(
                found
                    .iter()
                    .map(|name| (sites::site(self.roles, file, name, from), pair)),
            );
        }
        sites.sort_by_key(|(site, _)| site.range.start);
        // Calls of one function are rewritten together.
        let mut works: BTreeMap<NodeId, Vec<Work>> = BTreeMap::new();
        for (site, pair) in sites {
            self.plan.incomplete |= site.verdict == Verdict::Unparsed;
            if site.reason.is_none() {
                let node = file.tree.node_at_offset(site.range.start);
                let function = file.function_around(node).map(|index| file.functions[index].node);
                if let Some(function) = function {
                    let site = self.plan.sites.len();
                    works.entry(function).or_default().push(Work { site, pair });
                }
            }
            self.plan.sites.push(site);
        }
        for (function, works) in works {
            let Some(position) = position_of(file, function) else {
                for work in works {
                    self.leave(
                        work.site,
                        "in-macro",
                        "the call hides in a macro".into(),
                        Vec::new(),
                    );
                }
                continue;
            };
            self.function(file, function, position, &works, sources);
        }
    }

    fn leave(&mut self, site: usize, code: &'static str, text: String, at: Vec<Place>) {
        let site = &mut self.plan.sites[site];
        site.verdict = Verdict::LeftAlone;
        site.reason = Some(Reason { code, text, at });
    }

    fn leave_stuck(&mut self, site: usize, file: &FileFacts, stuck: &Stuck) {
        let at = vec![file.place(file.tree.range(stuck.at))];
        self.leave(site, stuck.code, stuck.text.clone(), at);
    }

    fn leave_misfit(&mut self, site: usize, misfit: &Misfit) {
        let site = &mut self.plan.sites[site];
        (site.verdict, site.safety) = (Verdict::LeftAlone, None);
        site.reason = Some(misfit.reason());
    }

    /// Rewrites the calls of one function, and retypes what is connected with it; or nothing.
    fn function(
        &mut self,
        file: &Arc<FileFacts>,
        function: NodeId,
        position: usize,
        works: &[Work],
        sources: &mut Sources<'_>,
    ) {
        let mut texts = self.texts.clone();
        let helper = helper::convert(&mut texts, sources, &file.path, position, &self.parameters.pairs);
        if let Some(helper) = helper {
            let place = file.place(file.tree.range(function));
            // Each is offered in the ledger.
            let may: Vec<bool> = works
                .iter()
                .map(|work| self.may_change(work.site, &helper.changes, place.clone()))
                .collect();
            if may.iter().all(|&may| may) {
                let done = works
                    .iter()
                    .map(|work| (work.site, helper.changes.clone()))
                    .collect();
                self.retype_all(texts, done, helper.notes, works, sources);
            }
            return;
        }
        let mut texts = self.texts.clone();
        let (done, notes) = self.calls(&mut texts, file, function, position, works, sources);
        self.retype_all(texts, done, notes, works, sources);
    }

    /// Whether a call may be rewritten with these changes of behaviour; the ledger offers it in any case.
    fn may_change(&mut self, site: usize, changes: &[String], place: Place) -> bool {
        if changes.is_empty() {
            return true;
        }
        self.leave(site, "behaviour-changes", changes.join("; "), vec![place]);
        self.plan.sites[site].safety = Some(Safety::Unsafe);
        self.parameters.include_unsafe
    }

    /// Rewrites the calls of one function, one after the other; gives the sites that were rewritten with their changes of
    /// behaviour, and notes.
    fn calls(
        &mut self,
        texts: &mut Texts,
        file: &Arc<FileFacts>,
        function: NodeId,
        position: usize,
        works: &[Work],
        sources: &Sources<'_>,
    ) -> (Vec<(usize, Vec<String>)>, Vec<String>) {
        let path = &file.path;
        let was_dead = clean::has_dead_code(file, function);
        let mut done: Vec<(usize, Vec<String>)> = Vec::new();
        let mut notes = Vec::new();
        // Those that are still in the text, and how many of them stay.
        let mut open: Vec<&Work> = works.iter().collect();
        let mut left = 0;
        while let Some(&work) = open.get(left) {
            let (_, to) = &self.parameters.pairs[work.pair];
            let Some(current) = texts.file(sources, path) else {
                break;
            };
            let calls = functions(&current.tree)
                .nth(position)
                .map(|function| (function, self.calls_in(&current, function)));
            let call = calls
                .as_ref()
                .and_then(|(function, calls)| Some((*function, *calls.get(left)?)));
            let (Some((function, call)), Some((_, calls))) = (call, &calls) else {
                let text = "the rewrite of another call takes it away".to_owned();
                self.leave(work.site, "not-evaluable", text, Vec::new());
                open.remove(left);
                continue;
            };
            if was_dead {
                let at = vec![current.place(current.tree.range(function))];
                let text = "the function has code that can't be reached".to_owned();
                self.leave(work.site, "not-evaluable", text, at);
                left += 1;
                continue;
            }
            let view = View::new(&current, function);
            let made = match view.rewrite(call, to, &self.parameters.pairs) {
                Ok(made) => made,
                Err(stuck) => {
                    self.leave_stuck(work.site, &current, &stuck);
                    left += 1;
                    continue;
                }
            };
            let with_it: Vec<usize> = (0..open.len())
                .filter(|&index| {
                    index == left || calls.get(index).is_some_and(|call| made.along.contains(call))
                })
                .collect();
            let mut may = true;
            for &index in &with_it {
                let place = current.place(current.tree.range(calls[index]));
                may &= self.may_change(open[index].site, &made.changes, place);
            }
            let complete = with_it.len() == made.along.len() + 1;
            let carried_out = clean::carry_out(&current, position, &made).filter(|_| complete);
            if carried_out.is_none() {
                let text = "its edits would touch the same text twice".to_owned();
                self.leave(work.site, "not-evaluable", text, Vec::new());
            }
            let Some((text, comments)) = carried_out.filter(|_| may) else {
                left += 1;
                continue;
            };
            notes.extend(comments);
            texts.put(path, text);
            for index in with_it.into_iter().rev() {
                left -= usize::from(index < left);
                done.push((open.remove(index).site, made.changes.clone()));
            }
        }
        done.sort();
        (done, notes)
    }

    /// Retypes the function of the sites that were rewritten; where that does not work out, they are left alone.
    fn retype_all(
        &mut self,
        mut texts: Texts,
        done: Vec<(usize, Vec<String>)>,
        mut notes: Vec<String>,
        works: &[Work],
        sources: &mut Sources<'_>,
    ) {
        if done.is_empty() {
            return;
        }
        let path = self.plan.sites[done[0].0].path.clone();
        let name = BString::from(self.plan.sites[done[0].0].function.as_str());
        let twins = self.twins();
        if let Err(misfit) = retype(&mut texts, sources, (path, name), &twins) {
            for (site, _) in done {
                self.leave_misfit(site, &misfit);
            }
            return;
        }
        for (site, changes) in &done {
            let site = &mut self.plan.sites[*site];
            site.verdict = Verdict::Rewritten;
            site.safety = Some(if changes.is_empty() {
                Safety::Safe
            } else {
                Safety::Unsafe
            });
        }
        for work in works
            .iter()
            .filter(|work| done.iter().any(|(site, _)| *site == work.site))
        {
            let pair = self.parameters.pairs[work.pair].clone();
            let function = &self.plan.sites[work.site].function;
            // What changes in behaviour stands in the reason of the site.
            notes.insert(0, format!("{function}(): {}() becomes {}()", pair.0, pair.1));
            if !self.used.contains(&pair) {
                self.used.push(pair);
            }
        }
        self.take(texts, notes);
    }

    /// Gives the type to the functions in fault operations that don't have it yet.
    fn handlers(&mut self, sources: &mut Sources<'_>) {
        let twins = self.twins();
        for (path, name) in handlers::without_type(sources) {
            let Some(file) = sources.file(path.as_bstr()).cloned() else {
                continue;
            };
            let Some(mut site) = sites::handler(&file, &name) else {
                continue;
            };
            if !is_under(&path, &self.parameters.under) {
                continue;
            }
            let mut texts = self.texts.clone();
            match retype(&mut texts, sources, (path, name), &twins) {
                Ok(()) => {
                    site.verdict = Verdict::Rewritten;
                    site.safety = Some(Safety::Safe);
                    self.take(texts, Vec::new());
                }
                Err(misfit) => site.reason = Some(misfit.reason()),
            }
            self.plan.sites.push(site);
        }
    }

    fn twins(&self) -> Vec<BString> {
        let pairs = self.parameters.pairs.iter();
        pairs.map(|(_, to)| to.as_str().into()).collect()
    }

    /// Goes on from `texts`; what is new in them belongs together.
    fn take(&mut self, texts: Texts, notes: Vec<String>) {
        let files = texts.changes_since(&self.texts);
        self.parts.push(Part { files, notes });
        self.texts = texts;
    }

    /// The calls of any of the functions in a function, as text order goes.
    fn calls_in(&self, file: &FileFacts, function: NodeId) -> Vec<NodeId> {
        let tree = &file.tree;
        let is_one = |id: &NodeId| {
            tree.kind(*id) == SyntaxKind::CallExpr
                && tree.children(*id).next().is_some_and(|callee| {
                    let name = tree.text(callee, &file.text).trim_ascii();
                    self.parameters
                        .pairs
                        .iter()
                        .any(|(from, _)| from.as_bytes() == name)
                })
        };
        tree.descendants(function).filter(is_one).collect()
    }

    /// Takes functions away that chose a code and that nobody calls any more.
    fn sweep(&mut self, sources: &Sources<'_>) {
        let changed: Vec<Arc<FileFacts>> = self.texts.changed.values().cloned().collect();
        for file in changed {
            let Some(before) = self.base.file(sources, &file.path) else {
                continue;
            };
            let mut texts = self.texts.clone();
            let mut notes = Vec::new();
            let mut edits = Vec::new();
            for function in fold::uncalled(&before, &file) {
                edits.push(unused::lines_of(&file, unused::with_comment(&file, function)));
                let name = file
                    .functions
                    .iter()
                    .find(|known| known.node == function)
                    .map(|known| &known.name);
                notes.extend(name.map(|name| format!("remove {name}(), which nobody calls any more")));
            }
            if !edits.is_empty() {
                texts.edit(&file, edits);
                self.take(texts, notes);
            }
        }
    }

    fn finish(mut self, sources: &Sources<'_>) -> Plan {
        let mut order: Vec<usize> = (0..self.plan.sites.len()).collect();
        order.sort_by(|&a, &b| self.plan.sites[a].cmp(&self.plan.sites[b]));
        self.plan.sites = order
            .iter()
            .map(|&index| self.plan.sites[index].clone())
            .collect();
        // Parts that share a file make one atom.
        let mut groups: Vec<(Vec<BString>, Vec<String>)> = Vec::new();
        for part in std::mem::take(&mut self.parts) {
            let (mut files, mut notes) = (part.files, part.notes);
            let mut rest = Vec::new();
            for (known, text) in groups {
                if known.iter().any(|path| files.contains(path)) {
                    files.extend(known);
                    notes.splice(0..0, text);
                } else {
                    rest.push((known, text));
                }
            }
            files.sort();
            files.dedup();
            rest.push((files, notes));
            groups = rest;
        }
        groups.sort();
        for (files, mut notes) in groups {
            let changes = self.texts.against(&self.base, sources, &files);
            if changes.is_empty() {
                continue;
            }
            notes.extend(self.texts.retyped_since(&self.base, sources, &files));
            let sites = (0..self.plan.sites.len())
                .filter(|&index| {
                    let site = &self.plan.sites[index];
                    site.verdict == Verdict::Rewritten
                        && changes.iter().any(|change| change.path == site.path)
                })
                .collect();
            self.plan.atoms.push(Atom {
                phase: Phase::Convert,
                files: changes,
                sites,
                notes,
            });
        }
        if self.parameters.remove_unused {
            self.retire(sources);
        }
        self.plan
    }

    /// Takes what nobody uses any more out of the tree, and says who uses the rest.
    fn retire(&mut self, sources: &Sources<'_>) {
        let mut texts = self.texts.clone();
        let mut notes = Vec::new();
        for (from, to) in &self.parameters.pairs {
            match unused::users(&texts, sources, from, to) {
                unused::Use::Missing => {}
                unused::Use::None => notes.extend(unused::remove(&mut texts, sources, from, to)),
                unused::Use::By(files) => self.plan.remarks.push(stays(from, &files)),
            }
        }
        let files = texts.changes_since(&self.texts);
        if !files.is_empty() {
            self.plan.atoms.push(Atom {
                phase: Phase::Retire,
                files: texts.against(&self.texts, sources, &files),
                sites: Vec::new(),
                notes,
            });
        }
    }

    /// What the tree lacks.
    fn introduction(&self, sources: &mut Sources<'_>) -> Result<Option<Atom>, Vec<Diagnostic>> {
        if self.parts.is_empty() || self.parameters.have_interface {
            return Ok(None);
        }
        let mut used = self.used.clone();
        used.sort_by_key(|(from, _)| {
            let known = &self.parameters.pairs;
            known.iter().position(|(name, _)| name == from)
        });
        let calls = |file: &FileFacts| file.calls_named(vmf_error::NAME.as_bytes()).count();
        let needs_error = self.texts.changed.values().any(|file| {
            let before = self.base.file(sources, &file.path);
            calls(file) > before.map_or(0, |before| calls(&before))
        });
        let (files, notes) = interface::add(sources, &used, &self.parameters.pairs, needs_error)
            .map_err(|found| vec![found])?;
        Ok((!files.is_empty()).then_some(Atom {
            phase: Phase::Introduce,
            files,
            sites: Vec::new(),
            notes,
        }))
    }
}

/// Who still uses a function, as a sentence.
fn stays(name: &str, users: &[BString]) -> String {
    const NAMED: usize = 6;
    let named: Vec<String> = users.iter().take(NAMED).map(|path| path.to_string()).collect();
    let more = match users.len().saturating_sub(NAMED) {
        0 => String::new(),
        1 => " and one more file".to_owned(),
        more => format!(" and {more} more files"),
    };
    format!(
        "{name}() stays, as it is still used in {}{more}.",
        named.join(", ")
    )
}
