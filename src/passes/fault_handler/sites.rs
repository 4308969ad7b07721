//! What each occurrence of an insert is, and why it is none that a pass looks at further.

use bstr::BString;
use rustc_hash::FxHashMap;

use super::types::CODE_TYPE;
use crate::facts::RoleOf;
use crate::facts::file::FileFacts;
use crate::facts::roles::FunctionName;
use crate::ledger::{Place, Reason, Role, Site, SiteKind, Verdict};
use crate::passes::rename::{Named, other_program};

/// One occurrence; what has no reason is a call to be looked at.
pub(super) fn site(
    roles: &FxHashMap<FunctionName, RoleOf>,
    file: &FileFacts,
    name: &Named,
    from: &str,
) -> Site {
    let at = file.lines.line_column(name.range.start);
    let role = roles.get(&(file.path.clone(), name.function.as_str().into()));
    let mut site = Site {
        path: file.path.clone(),
        line: at.line,
        column: at.column,
        function: name.function.clone(),
        api: from.to_owned(),
        kind: name.kind,
        role: role.map_or(Role::Unknown, |role| role.role),
        verdict: Verdict::LeftAlone,
        safety: None,
        reason: None,
        range: name.range,
    };
    let mut refuse = |code, text: &str, at: Vec<Place>| {
        site.reason = Some(Reason {
            code,
            text: text.to_owned(),
            at,
        });
    };
    let proof = || role.map(RoleOf::proof).unwrap_or_default();
    if name.unparsed {
        let text = "the text around it could not be parsed, so what the name means is not known";
        refuse("unparsed", text, vec![file.place(name.range)]);
        site.verdict = Verdict::Unparsed;
    } else if let Some(other) = &name.other {
        site.reason = Some(other.clone());
    } else if other_program(&file.path).is_some() {
        refuse(
            "other-program",
            "it belongs to a program outside of the kernel",
            Vec::new(),
        );
    } else {
        match name.kind {
            SiteKind::Call => match role.map_or(Role::Unknown, |role| role.role) {
                Role::Core => refuse("implementation", "it is part of the implementation", Vec::new()),
                Role::FaultHandler => {}
                Role::Both => refuse(
                    "also-outside-of-faults",
                    "page faults lead to it, but other ways too: they need the errno",
                    proof(),
                ),
                Role::MmapHandler | Role::Other | Role::Unknown => {
                    refuse("no-fault-handler", "no page fault leads to it", proof());
                }
            },
            SiteKind::Definition | SiteKind::Declaration | SiteKind::Export => {
                refuse("implementation", "it is the function itself", Vec::new());
            }
            SiteKind::MacroBody => refuse("in-macro", "the call hides in a macro", Vec::new()),
            _ => refuse("no-call", "the function is named, but not called", Vec::new()),
        }
    }
    site
}

/// A function in a fault operation that takes the type of fault codes for its own sake.
pub(super) fn handler(file: &FileFacts, name: &BString) -> Option<Site> {
    let mut known = file.functions_named(name).map(|(_, function)| function);
    let function = known.find(|function| !function.is_macro)?;
    let at = file.lines.line_column(function.range.start);
    Some(Site {
        path: file.path.clone(),
        line: at.line,
        column: at.column,
        function: String::from_utf8_lossy(&function.name).into_owned(),
        api: CODE_TYPE.to_owned(),
        kind: SiteKind::Handler,
        role: Role::FaultHandler,
        verdict: Verdict::LeftAlone,
        safety: None,
        reason: None,
        range: function.range,
    })
}
