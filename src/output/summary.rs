//! The account of a run for a person: how many sites, what became of them, and why.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::ledger::{Safety, Site, Summary, Verdict};

use super::shell::Verbosity;
use super::style::{Paint, visible};

/// How many places of one reason are named when the user did not ask for all of them.
const SHOWN_PLACES: usize = 8;

/// The lines for standard error.
///
/// Reasons of sites that are left alone are counted; reasons that come with a rewrite are hints, and each place is named.
pub fn render(name: &str, sites: &[Site], verbosity: Verbosity, paint: Paint) -> String {
    let summary = Summary::of(sites);
    let mut text = String::new();
    let strong = paint.strong();
    let _ = writeln!(
        text,
        "{strong}{name}{strong:#}: {} in {}: {} rewritten, {} left alone, {} unparsed",
        counted(summary.sites, "site"),
        counted(files(sites), "file"),
        summary.rewritten,
        summary.left_alone,
        summary.unparsed,
    );
    if summary.retyped > 0 {
        let _ = writeln!(
            text,
            "  {} only take another type",
            counted(summary.retyped, "function")
        );
    }
    let all = verbosity == Verbosity::Verbose;
    let limit = if all { usize::MAX } else { SHOWN_PLACES };
    group(&mut text, sites, Verdict::Unparsed, limit, paint);
    group(
        &mut text,
        sites,
        Verdict::LeftAlone,
        if all { limit } else { 0 },
        paint,
    );
    group(&mut text, sites, Verdict::Rewritten, limit, paint);
    let offered = sites
        .iter()
        .filter(|site| site.verdict == Verdict::LeftAlone && site.safety == Some(Safety::Unsafe))
        .count();
    if offered > 0 {
        let _ = writeln!(
            text,
            "  {} would be rewritten with --unsafe, which changes behaviour",
            counted(offered, "site"),
        );
    }
    text
}

/// The sites with this verdict that have a reason, grouped by it.
fn group(text: &mut String, sites: &[Site], verdict: Verdict, limit: usize, paint: Paint) {
    let mut groups = BTreeMap::<(&str, &str), Vec<&Site>>::new();
    for site in sites.iter().filter(|site| site.verdict == verdict) {
        if let Some(reason) = &site.reason {
            let key = (reason.code, reason.text.as_str());
            groups.entry(key).or_default().push(site);
        }
    }
    let (label, style) = match verdict {
        Verdict::Rewritten => ("note", paint.notice()),
        Verdict::LeftAlone => ("left alone", paint.notice()),
        Verdict::Unparsed => ("unparsed", paint.bad()),
    };
    for ((code, reason), sites) in groups {
        let _ = writeln!(
            text,
            "  {style}{label}{style:#}: {} [{code}] {}",
            sites.len(),
            visible(reason.as_bytes()),
        );
        for site in sites.iter().take(limit) {
            let _ = writeln!(text, "    {}", place(site));
        }
        if limit > 0 && sites.len() > limit {
            let _ = writeln!(text, "    and {} more (--verbose names all)", sites.len() - limit);
        }
    }
}

/// A site on one line: place, name, and the function around it.
pub fn place(site: &Site) -> String {
    let path = visible(&site.path);
    let mut line = format!("{path}:{}:{}: {}", site.line, site.column, site.api);
    if !site.function.is_empty() {
        let _ = write!(line, " in {}()", visible(site.function.as_bytes()));
    }
    line
}

/// `1 site`, `2 sites`.
pub fn counted(count: usize, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {what}{plural}")
}

fn files(sites: &[Site]) -> usize {
    // Sites are sorted by path.
    sites.chunk_by(|a, b| a.path == b.path).count()
}

#[cfg(test)]
mod tests {
    use crate::ledger::{Reason, Role, SiteKind};
    use crate::text::TextRange;

    use super::*;

    fn site(path: &str, line: u32, verdict: Verdict, reason: Option<(&'static str, &str)>) -> Site {
        Site {
            path: path.into(),
            line,
            column: 9,
            function: "x_mmap".into(),
            api: "vm_insert_page".into(),
            kind: SiteKind::Call,
            role: Role::Unknown,
            verdict,
            safety: None,
            reason: reason.map(|(code, text)| Reason {
                code,
                text: text.into(),
                at: Vec::new(),
            }),
            range: TextRange::default(),
        }
    }

    #[test]
    fn reasons_are_grouped_and_hints_are_named() {
        let local = Some(("local", "a local variable has this name"));
        let sites = [
            site("a.c", 1, Verdict::Rewritten, None),
            site(
                "a.c",
                2,
                Verdict::Rewritten,
                Some(("fault-handler", "use the other")),
            ),
            site("b.c", 3, Verdict::LeftAlone, local),
            site("b.c", 4, Verdict::LeftAlone, local),
        ];
        let plain = Paint { colored: false };
        assert_eq!(
            render("x", &sites, Verbosity::Normal, plain),
            "x: 4 sites in 2 files: 2 rewritten, 2 left alone, 0 unparsed\n  \
             left alone: 2 [local] a local variable has this name\n  \
             note: 1 [fault-handler] use the other\n    \
             a.c:2:9: vm_insert_page in x_mmap()\n"
        );
        let verbose = render("x", &sites, Verbosity::Verbose, plain);
        assert!(verbose.contains("    b.c:4:9: vm_insert_page in x_mmap()\n"));
    }
}
