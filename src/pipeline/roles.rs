//! Says of each renamed call what the function around it is for, as far as its own file tells.
//!
//! A rename needs no role, so no search of the tree is made for one: ops tables nearly always stand in the file of their
//! handlers.

use std::collections::BTreeSet;

use bstr::BString;

use crate::facts::{self, RoleOf, Sources};
use crate::ledger::{Reason, Role, SiteKind, Verdict};
use crate::passes::{Language, SourceFile};
use crate::plan::Plan;
use crate::syntax::Names;

/// Fills in the roles of the calls in `plan`, and names the callers that another interface would serve better.
pub(super) fn fill_in(plan: &mut Plan, files: &[SourceFile], from: &str) {
    let nothing = |_: &[BString]| Vec::new();
    let mut sources = Sources::new(Names::new(), &nothing);
    let mut calls: Vec<(BString, BString)> = plan
        .sites
        .iter()
        .filter(|site| site.kind == SiteKind::Call && !site.function.is_empty())
        .map(|site| (site.path.clone(), site.function.as_str().into()))
        .collect();
    calls.dedup();
    let paths: BTreeSet<&BString> = calls.iter().map(|(path, _)| path).collect();
    let is_c = |file: &&SourceFile| matches!(file.language, Language::C | Language::Header);
    let texts = files
        .iter()
        .filter(is_c)
        .filter(|file| paths.contains(&file.path))
        .map(|file| (file.path.clone(), file.text.clone()));
    sources.add(texts.collect());
    let roles = facts::roles(&mut sources, &[from.into()], &calls);
    for site in plan.sites.iter_mut().filter(|site| site.kind == SiteKind::Call) {
        let Some(role) = roles.get(&(site.path.clone(), site.function.as_str().into())) else {
            continue;
        };
        site.role = role.role;
        if site.verdict == Verdict::Rewritten && site.reason.is_none() {
            site.reason = better_served(role, from);
        }
    }
}

/// `vm_…()` gives an errno, its twin `vmf_…()` the code that a fault handler has to return.
fn better_served(role: &RoleOf, from: &str) -> Option<Reason> {
    let twin = from.strip_prefix("vm_").map(|rest| format!("vmf_{rest}"))?;
    matches!(role.role, Role::FaultHandler | Role::Both).then(|| Reason {
        code: "fault-handler",
        text: format!("this function handles page faults: {twin}() would serve it better, and comes first"),
        at: role.proof(),
    })
}
