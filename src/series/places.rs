//! What a patch changed, place by place, as the words of a message.

use super::facts::{called, counted, sentence};
use crate::ledger::{Site, SiteKind};

/// More functions than these are counted instead of named.
const NAMED: usize = 4;

/// For instance `the prototype, 2 exports, the call in foo_mmap() and a comment`; empty when there are no places.
pub(super) fn told(sites: &[&Site]) -> String {
    let mut kinds: Vec<SiteKind> = sites.iter().map(|site| site.kind).collect();
    kinds.sort_unstable_by_key(|kind| order(*kind));
    kinds.dedup();
    let parts = kinds.into_iter().map(|kind| {
        let of_kind: Vec<&Site> = sites.iter().copied().filter(|site| site.kind == kind).collect();
        part(kind, &of_kind)
    });
    sentence(parts)
}

/// What defines a function comes first, and what only speaks of it last.
fn order(kind: SiteKind) -> (bool, SiteKind) {
    let is_prose = matches!(
        kind,
        SiteKind::Comment | SiteKind::String | SiteKind::Documentation
    );
    let is_use = matches!(kind, SiteKind::Call | SiteKind::Reference | SiteKind::MacroBody);
    (is_prose || is_use, kind)
}

fn part(kind: SiteKind, sites: &[&Site]) -> String {
    let noun = match kind {
        SiteKind::Call => "call",
        SiteKind::Definition => "definition",
        SiteKind::Declaration => "prototype",
        SiteKind::Export => "export",
        SiteKind::Reference => "reference",
        SiteKind::MacroBody => "use in a macro",
        SiteKind::Comment => "comment",
        SiteKind::String => "string",
        SiteKind::Documentation => "place in the documentation",
        SiteKind::Handler => "handler",
        SiteKind::Type => "type",
        SiteKind::Match => "place",
    };
    let count = match (kind, sites.len()) {
        (SiteKind::MacroBody, count) if count > 1 => format!("{count} uses in macros"),
        (SiteKind::Documentation, count) if count > 1 => format!("{count} places in the documentation"),
        (SiteKind::Comment | SiteKind::String, 1) => format!("a {noun}"),
        (_, 1) => format!("the {noun}"),
        (_, count) => counted(count, noun),
    };
    let is_inside = matches!(kind, SiteKind::Call | SiteKind::Reference | SiteKind::Match);
    match inside(sites) {
        functions if is_inside && !functions.is_empty() => format!("{count} in {functions}"),
        _ => count,
    }
}

/// The functions around the sites; empty when one is outside of any.
fn inside(sites: &[&Site]) -> String {
    let mut functions: Vec<&str> = Vec::new();
    for site in sites {
        match site.function.as_str() {
            "" => return String::new(),
            function if functions.contains(&function) => {}
            function => functions.push(function),
        }
    }
    if functions.len() > NAMED {
        return counted(functions.len(), "function");
    }
    sentence(functions.into_iter().map(called))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::{Role, Verdict};

    fn site(kind: SiteKind, function: &str) -> Site {
        Site {
            path: "a.c".into(),
            range: crate::text::TextRange::new(0, 1),
            line: 1,
            column: 1,
            function: function.to_owned(),
            api: "f".to_owned(),
            kind,
            role: Role::Unknown,
            verdict: Verdict::Rewritten,
            safety: None,
            reason: None,
        }
    }

    #[test]
    fn places_read_as_a_list() {
        use SiteKind::*;
        let sites = [
            site(Comment, ""),
            site(Call, "a_mmap"),
            site(Export, ""),
            site(Call, "b_mmap"),
            site(Call, "a_mmap"),
            site(Export, ""),
            site(MacroBody, ""),
        ];
        let all: Vec<&Site> = sites.iter().collect();
        assert_eq!(
            told(&all),
            "2 exports, 3 calls in a_mmap() and b_mmap(), the use in a macro and a comment"
        );
        assert_eq!(told(&all[1..2]), "the call in a_mmap()");
        assert_eq!(told(&[]), "");
        let many: Vec<Site> = (0..6)
            .map(|index| site(Reference, &format!("f{index}")))
            .collect();
        let many: Vec<&Site> = many.iter().collect();
        assert_eq!(told(&many), "6 references in 6 functions");
    }
}
