//! Who uses a function, what for, and which interface would serve each user better.
//!
//! Nothing is changed. The answer for a loop is that of the pass that would fold it, the answer for a fault handler
//! follows from its role; what is left stays as it is, and the reason says why.

use std::sync::Arc;

use bstr::BString;
use rustc_hash::FxHashMap;

use super::rename::{Named, mentioned, mentioned_in_prose, other_program};
use super::{SourceFile, insert_loop};
use crate::diagnostics::Diagnostic;
use crate::facts::file::FileFacts;
use crate::facts::roles::FunctionName;
use crate::facts::sources::Find;
use crate::facts::{RoleOf, Sources, roles};
use crate::ledger::{Answer, Reason, Role, Safety, Site, SiteKind, Verdict};
use crate::text::LineIndex;

/// What is asked, and what the answers may be.
#[derive(Clone, Debug)]
pub struct Question {
    /// The function.
    pub api: String,
    /// The function that gives the code of a page fault in place of an errno.
    pub twin: Option<String>,
    /// How loops over the function are folded.
    pub loops: Vec<insert_loop::Parameters>,
    /// Where to look, relative to the tree; everywhere if there is none.
    pub under: Vec<BString>,
}

impl Question {
    /// The words one of which a file must hold to be looked at first.
    pub fn names(&self) -> Vec<BString> {
        let mut names = vec![BString::from(self.api.as_str())];
        names.extend(self.twin.iter().map(|twin| twin.as_str().into()));
        names.extend(self.loops.iter().flat_map(|parameters| parameters.names()));
        names.sort();
        names.dedup();
        names
    }
}

/// Asks the question of `files`, which are all files of the tree that hold one of its words; `find` gives those that hold
/// other words.
pub fn run(
    question: &Question,
    files: &[SourceFile],
    find: Find<'_>,
) -> Result<Vec<Answer>, Vec<Diagnostic>> {
    let mut sources = super::sources(files, question.names(), find);
    let roles = find_roles(question, &mut sources);
    let loops = find_loops(question, &mut sources)?;
    let survey = Survey {
        question,
        sources: &sources,
        roles,
        loops,
    };
    let mut answers = Vec::new();
    for file in files {
        if !super::is_under(&file.path, &question.under) {
            continue;
        }
        let (facts, found) = match sources.file(file.path.as_ref()) {
            Some(facts) => (
                Some(facts),
                mentioned(&file.path, &facts.tree, &file.text, &facts.lines, &question.api),
            ),
            None => (None, mentioned_in_prose(file, &question.api)),
        };
        answers.extend(found.iter().map(|named| survey.answer(file, facts, named)));
    }
    answers.sort_by(|a, b| a.site.cmp(&b.site));
    Ok(answers)
}

fn find_roles(question: &Question, sources: &mut Sources<'_>) -> FxHashMap<FunctionName, RoleOf> {
    let api = question.api.as_bytes();
    let mut wanted: Vec<FunctionName> = Vec::new();
    for file in sources.files() {
        let calls = file.calls_named(api).filter(|call| !call.through_member);
        let inside = calls.filter_map(|call| call.caller).chain(
            file.references_named(api)
                .filter_map(|reference| reference.inside),
        );
        wanted.extend(inside.map(|function| (file.path.clone(), file.functions[function].name.clone())));
    }
    wanted.sort();
    wanted.dedup();
    roles(sources, &[question.api.as_str().into()], &wanted)
}

/// What became of a call that a pass looked at.
struct Folded {
    /// The interface that would take the loop's place, if the loop qualifies.
    to: Option<String>,
    reason: Option<Reason>,
    safety: Option<Safety>,
}

type Loops = FxHashMap<(BString, u32), Folded>;

/// Lets the passes judge all calls; of several answers for a call, the first that folds it counts.
fn find_loops(question: &Question, sources: &mut Sources<'_>) -> Result<Loops, Vec<Diagnostic>> {
    let mut loops = Loops::default();
    for parameters in &question.loops {
        // Whether the tree has the interface is asked afterwards: a loop qualifies by what it does.
        let asked = insert_loop::Parameters {
            have_interface: true,
            include_unsafe: false,
            under: question.under.clone(),
            ..parameters.clone()
        };
        let plan = insert_loop::run_in(&asked, sources)?;
        let has = |name: &&String| insert_loop::has_interface(sources, name);
        let known = std::iter::once(&parameters.to).chain(&parameters.equivalents);
        let to = known.clone().find(has).unwrap_or(&parameters.to);
        for site in plan.sites {
            let qualifies = site.verdict == Verdict::Rewritten || site.safety.is_some();
            let folded = Folded {
                to: qualifies.then(|| to.clone()),
                reason: site.reason,
                safety: site.safety,
            };
            let key = (site.path, site.range.start);
            if loops
                .get(&key)
                .is_none_or(|known| known.to.is_none() && qualifies)
            {
                loops.insert(key, folded);
            }
        }
    }
    Ok(loops)
}

struct Survey<'a, 's> {
    question: &'a Question,
    sources: &'a Sources<'s>,
    roles: FxHashMap<FunctionName, RoleOf>,
    loops: Loops,
}

impl Survey<'_, '_> {
    fn answer(&self, file: &SourceFile, facts: Option<&Arc<FileFacts>>, named: &Named) -> Answer {
        let at = match facts {
            Some(facts) => facts.lines.line_column(named.range.start),
            None => LineIndex::new(&file.text).line_column(named.range.start),
        };
        // By the name that the call graph gives it: a system call is known by its first argument.
        let function = facts.and_then(|facts| {
            let around = facts.function_around(facts.tree.node_at_offset(named.range.start))?;
            Some(facts.functions[around].name.clone())
        });
        let role = function.and_then(|function| self.roles.get(&(file.path.clone(), function)));
        let mut site = Site {
            path: file.path.clone(),
            line: at.line,
            column: at.column,
            function: named.function.clone(),
            api: self.question.api.clone(),
            kind: named.kind,
            role: role.map_or(Role::Unknown, |role| role.role),
            verdict: Verdict::LeftAlone,
            safety: None,
            reason: None,
            range: named.range,
        };
        if matches!(
            named.kind,
            SiteKind::Definition | SiteKind::Declaration | SiteKind::Export
        ) {
            site.role = Role::Core;
        }
        if named.unparsed {
            site.verdict = Verdict::Unparsed;
        }
        let (recommend, safety, reason) = self.judge(file, &site, role, named);
        site.safety = safety;
        site.reason = Some(reason);
        Answer { site, recommend }
    }

    fn judge(
        &self,
        file: &SourceFile,
        site: &Site,
        role: Option<&RoleOf>,
        named: &Named,
    ) -> (Option<String>, Option<Safety>, Reason) {
        let api = &self.question.api;
        let reason = |code, text: String| Reason {
            code,
            text,
            at: Vec::new(),
        };
        let nothing = |code, text: &str| (None, None, reason(code, text.to_owned()));
        if named.unparsed {
            let text = "the text around it could not be parsed, so what the name means is not known";
            return nothing("unparsed", text);
        }
        if let Some(other) = &named.other {
            return (None, None, other.clone());
        }
        if other_program(&file.path).is_some() && file.language.is_c() {
            return nothing("other-program", "it belongs to a program outside of the kernel");
        }
        match named.kind {
            SiteKind::Comment | SiteKind::String | SiteKind::Documentation => {
                return nothing("mention", "words about the function");
            }
            SiteKind::Definition | SiteKind::Declaration | SiteKind::Export => {
                return nothing("implementation", "the function itself");
            }
            _ => {}
        }
        let Some(role) = role else {
            let text = "the function is named, but not called";
            return (Some(api.clone()), None, reason("no-call", text.to_owned()));
        };
        if role.role == Role::Core {
            return nothing("implementation", "part of the implementation");
        }
        let with_proof = |code, text: String| Reason {
            code,
            text,
            at: role.proof(),
        };
        match (role.role, &self.question.twin) {
            (Role::FaultHandler, Some(twin)) => {
                let mut text = "it handles page faults, so its result is a fault code".to_owned();
                if !insert_loop::has_interface(self.sources, twin) {
                    text.push_str("; the tree lacks the function so far");
                }
                return (Some(twin.clone()), None, with_proof("fault-handler", text));
            }
            (Role::FaultHandler, None) => {
                let text = "it handles page faults".to_owned();
                return (Some(api.clone()), None, with_proof("fault-handler", text));
            }
            (Role::Both, _) => {
                let text = "page faults lead to it, but other ways too: they need the errno".to_owned();
                return (
                    Some(api.clone()),
                    None,
                    with_proof("also-outside-of-faults", text),
                );
            }
            _ => {}
        }
        let key = (site.path.clone(), site.range.start);
        let Some(folded) = self.loops.get(&key) else {
            let text = match role.role {
                Role::MmapHandler => "it populates a mapping as it is made, so its result is an errno",
                Role::Other => "it populates a mapping at run time, so its result is an errno",
                _ => "nothing speaks for another interface",
            };
            return (
                Some(api.clone()),
                None,
                with_proof("errno-wanted", text.to_owned()),
            );
        };
        match (&folded.to, &folded.reason) {
            (Some(to), assumption) => {
                let mut made = with_proof("array", "it maps an array of pages one by one".to_owned());
                if let Some(assumption) = assumption {
                    made.text = format!("{}; {}", made.text, assumption.text);
                    made.at.extend(assumption.at.iter().cloned());
                }
                (Some(to.clone()), folded.safety, made)
            }
            (None, Some(why)) => {
                let mut why = why.clone();
                why.at.splice(0..0, role.proof());
                (Some(api.clone()), None, why)
            }
            (None, None) => {
                let text = "nothing speaks for another interface".to_owned();
                (Some(api.clone()), None, with_proof("errno-wanted", text))
            }
        }
    }
}
