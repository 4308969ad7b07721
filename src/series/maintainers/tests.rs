//! The whole of it on a small MAINTAINERS, and on hostile ones.

use super::*;
use bstr::BString;

const SMALL: &str = "\
List of maintainers
===================

Title of nothing

QUUX DRIVERS FOR THE MACHINES OF THE OLD FACTORY BY THE RIVER
M:\tAnn Other <ann@example.org>
R:\tBo B. Last <bo@example.org>
L:\tquux@lists.example.org (moderated for non-subscribers)
L:\tquux-private@lists.example.org (subscribers-only)
S:\tSupported
F:\tdrivers/quux/
X:\tdrivers/quux/attic/
K:\t\\bquux_(map|unmap)\\b

QUUX LEDS
M:\tCy Young <cy@example.org>, Ann Other <ann@example.org>
S:\tMaintained
F:\tdrivers/quux/led*.[ch]
N:\tquuxled

ODD THINGS
S:\tOrphan
F:\tmisc

THE REST
M:\tLinus Torvalds <torvalds@linux-foundation.org>
L:\teverybody@example.org
S:\tBuried alive in reporters
F:\t*
F:\t*/
";

const OLD: Dialect = Dialect {
    keywords_in_files: true,
    keyword_in_role: false,
    tidy_names: false,
};

fn small() -> Maintainers {
    let (maintainers, diagnostics) = Maintainers::parse(SMALL.as_bytes(), OLD, &|path| path == "misc");
    assert_eq!(diagnostics, []);
    maintainers
}

fn printed(contacts: &[Contact]) -> Vec<String> {
    contacts
        .iter()
        .map(|contact| format!("{} ({})", contact.mailbox, contact.role))
        .collect()
}

fn of_file(maintainers: &Maintainers, path: &str, text: &str) -> Vec<String> {
    printed(&maintainers.lookup(Query::Files(&[path.into()]), &|_| Some(text.into())))
}

const EVERYBODY: &str = "everybody@example.org (open list)";

#[test]
fn the_most_specific_section_goes_first() {
    assert_eq!(
        of_file(&small(), "drivers/quux/led.c", ""),
        [
            "Cy Young <cy@example.org> (maintainer:QUUX LEDS)",
            "Ann Other <ann@example.org> (maintainer:QUUX LEDS)",
            "\"Bo B. Last\" <bo@example.org> (reviewer:QUUX DRIVERS FOR THE MACHINES OF THE OLD FACTOR...)",
            "quux@lists.example.org (moderated list:QUUX DRIVERS FOR THE MACHINES OF THE OLD FACTOR...)",
            EVERYBODY,
        ]
    );
    let matched = small().sections_of("drivers/quux/led.c".into());
    let depths: Vec<_> = matched
        .iter()
        .map(|matched| (matched.section, matched.depth))
        .collect();
    assert_eq!(depths, [(1, 3), (0, 2), (3, -1)]);
}

#[test]
fn those_apply_patches_who_keep_the_most_specific_section() {
    let applying = |paths: &[&str]| -> Vec<String> {
        let paths: Vec<BString> = paths.iter().map(|path| BString::from(*path)).collect();
        let found = small().lookup(Query::Files(&paths), &|_| None);
        let applying = found.iter().filter(|contact| contact.applies);
        applying.map(|contact| contact.mailbox.to_string()).collect()
    };
    let (ann, cy) = ("Ann Other <ann@example.org>", "Cy Young <cy@example.org>");
    assert_eq!(applying(&["drivers/quux/a.c"]), [ann]);
    assert_eq!(applying(&["drivers/quux/led.c"]), [cy, ann]);
    // Known from another file already, but in charge of this one.
    assert_eq!(applying(&["quuxled", "drivers/quux/a.c"]), [cy, ann]);
    assert_eq!(applying(&["misc/a.c", "Makefile"]), [""; 0]);
}

#[test]
fn exclusions_folders_and_names_count() {
    assert_eq!(of_file(&small(), "drivers/quux/attic/a.c", ""), [EVERYBODY]);
    assert_eq!(small().sections_of("misc/a.c".into())[0].section, 2);
    let by_name = of_file(&small(), "arch/quuxled.dts", "");
    assert!(by_name[0].starts_with("Cy Young"), "{by_name:?}");
}

#[test]
fn keywords_are_looked_for_where_the_script_does() {
    let text = "x = quux_map(y);\n";
    assert!(of_file(&small(), "mm/a.c", text)[0].starts_with("Ann Other"));
    let today = Dialect::of_script(None);
    let (maintainers, _) = Maintainers::parse(SMALL.as_bytes(), today, &|_| false);
    assert_eq!(of_file(&maintainers, "mm/a.c", text), [EVERYBODY]);

    let patch = |line: &str| {
        let text =
            format!("Subject: x\n\n---\ndiff --git a/mm/a.c b/mm/a.c\n--- a/mm/a.c\n+++ b/mm/a.c\n{line}\n");
        printed(&maintainers.lookup(Query::Patch(text.as_bytes()), &|_| None))
    };
    assert_eq!(patch(" quux_map(y);"), [EVERYBODY]);
    assert_eq!(patch("@@ -1,2 +1,2 @@ quux_map(y)"), [EVERYBODY]);
    let changed = patch("+\tquux_map(y);");
    assert!(
        changed[0].ends_with(r":Keyword:\bquux_(map|unmap)\b)"),
        "{changed:?}"
    );
}

#[test]
fn dialects_follow_the_script() {
    let today = b"keywords-in-file, stray punctuation";
    assert_eq!(Dialect::of_script(Some(today)), Dialect::of_script(None));
    assert_eq!(Dialect::of_script(Some(b"something older")), OLD);
}

#[test]
fn people_in_bindings_are_told() {
    let text = "maintainers:\n  - Ann Other <ann@example.org>\n  - Di New <di@example.org>\n";
    let found = of_file(&small(), "drivers/quux/a.yaml", text);
    assert!(found[0].ends_with("...,in file)"), "{found:?}");
    assert!(
        found.contains(&"Di New <di@example.org> (in file)".to_owned()),
        "{found:?}"
    );
}

#[test]
fn mailmap_renames_people() {
    let maintainers = small().with_mailmap(b"Ann New <ann@new.example.org> <ann@example.org>\n");
    let found = of_file(&maintainers, "drivers/quux/a.c", "");
    assert!(
        found[0].starts_with("Ann New <ann@new.example.org> ("),
        "{found:?}"
    );
}

#[test]
fn broken_lines_cost_themselves_only() {
    let text = "\
BROKEN
M:\tnobody at all
M:\tEve <eve@example.org>
F:\t
F:\tdrivers/[
N:\t(a)\\1
N:\t
K:\t((x{900}){900}){900}
L:\t
F:\tdrivers/a/
";
    let (maintainers, diagnostics) = Maintainers::parse(text.as_bytes(), OLD, &|_| false);
    let lines: Vec<_> = diagnostics.iter().map(|d| d.message.as_str()).collect();
    assert_eq!(lines.len(), 7, "{lines:#?}");
    for (diagnostic, line) in diagnostics.iter().zip([2, 4, 5, 6, 7, 8, 9]) {
        assert!(
            diagnostic.message.starts_with(&format!("line {line} of")),
            "{diagnostic:?}"
        );
        assert!(diagnostic.help.is_some() && !diagnostic.labels.is_empty());
    }
    assert_eq!(
        of_file(&maintainers, "drivers/a/b.c", "xxx"),
        ["Eve <eve@example.org> (unknown:BROKEN)"]
    );
}

#[test]
fn a_file_of_another_kind_says_so() {
    for text in ["", "\n\n# comment\n", "just words\n", "\0\u{1}\u{ff}"] {
        let (maintainers, diagnostics) = Maintainers::parse(text.as_bytes(), OLD, &|_| true);
        assert_eq!(diagnostics[0].code, "maintainers-empty", "{text:?}");
        assert_eq!(of_file(&maintainers, "a.c", text), [""; 0]);
    }
}

#[test]
fn hostile_files_are_read_in_time() {
    let long = "x".repeat(1 << 20);
    let cases = [
        format!("T\nM:\t{long}\nF:\t{long}\nN:\t{long}\nK:\t{long}\n{long}\n"),
        "K:\t(a*)*(a*)*b\n".repeat(20_000),
        format!("{}F:\t*\n", "F:\tx{500}\n".repeat(20_000)),
        "M:\t<<<<>>>>@@@@\n".repeat(20_000),
        "F:\t*/*/*/*/*/*/*/*/*/*/*/x\n".repeat(1000),
    ];
    let path = format!("{}y", "a/".repeat(1000));
    for text in cases {
        let (maintainers, diagnostics) = Maintainers::parse(text.as_bytes(), OLD, &|_| false);
        assert!(diagnostics.len() <= 51);
        let patch = format!("--- a/{path}\n+++ b/{path}\n+{}\n", "a".repeat(100_000));
        maintainers.lookup(Query::Patch(patch.as_bytes()), &|_| Some(b"aaa".repeat(1000)));
        maintainers.lookup(Query::Files(&[path.as_str().into()]), &|_| {
            Some(b"aaa".repeat(1000))
        });
    }
}

#[test]
fn names_keep_to_their_line() {
    let text = b"T\nM:\tEvil\rBcc: x <e@example.org>\nM:\t\xff\xfe <f@example.org>\nF:\ta/\n";
    let (maintainers, _) = Maintainers::parse(text, OLD, &|_| false);
    let found = maintainers.lookup(Query::Files(&["a/b".into()]), &|_| None);
    // Bytes stay as they are here; what goes into a header is made by `recipients`.
    assert_eq!(found.len(), 2);
    assert!(!found.iter().any(|contact| contact.mailbox.contains(&b'\n')));
}

#[test]
fn paths_of_a_patch_are_read_as_the_script_reads_them() {
    let files = |text: &str| -> Vec<BString> { small().read_patch_files(text.as_bytes()) };
    assert_eq!(
        files("diff --git a/x/a.c b/x/b.c\nrename from x/a.c\n--- /dev/null\n+++ b/y.c\t2020\n"),
        ["dev/null", "x/a.c", "x/b.c", "y.c"]
    );
    assert_eq!(files(" mode change 100644 => 100755 s/x.sh\n"), ["s/x.sh"]);
    assert_eq!(
        files("--- \n+++\n diff --git a/x b/x\n---\nrename to a b\n"),
        [""; 0]
    );
}
