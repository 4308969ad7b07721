//! Renames a function wherever its name means it, and nowhere else.
//!
//! A name in C means different things in different name spaces and scopes (C11 6.2.1, 6.2.3): labels, tags, members, and
//! ordinary identifiers, which a local may shadow. Only what means the function is renamed; the rest is left alone with
//! the line that shows what it is.

mod argument;
mod meaning;
mod prose;
mod staged;
#[cfg(test)]
mod tests;

use bstr::BString;

use crate::diagnostics::{Diagnostic, Severity};
use crate::edit::{EditSet, EditSetBuilder, layout};
use crate::facts::names::learn;
use crate::ledger::{Place, Reason, Role, Safety, Site, SiteKind, Verdict};
use crate::plan::{Atom, FileChange, Phase, Plan};
use crate::syntax::{self, SyntaxKind, Tree};
use crate::text::{LineIndex, TextRange};

use super::{Language, SourceFile, is_under, place, words};
use meaning::Meaning;

/// What to rename, and where.
#[derive(Clone, Debug)]
pub struct Parameters {
    /// The function's name.
    pub from: String,
    /// Its new name.
    pub to: String,
    /// Also in comments.
    pub comments: bool,
    /// Also in string literals.
    pub strings: bool,
    /// Also in text under Documentation/.
    pub documentation: bool,
    /// Align continuation lines to the open parenthesis again.
    pub realign: bool,
    /// Wrap lines that the new name takes past 80 columns.
    pub wrap: bool,
    /// Keep the old name as a wrapper while users are converted one by one, instead of one atomic change.
    pub staged: bool,
    /// The files and folders to rename in; all, if there are none.
    pub under: Vec<BString>,
}

/// Folders of programs that are built by themselves: a function there is not the kernel's function of the same name.
const OTHER_PROGRAMS: &[&[u8]] = &[b"tools/", b"scripts/", b"usr/"];

/// In how many files a collision is shown.
const COLLISIONS_SHOWN: usize = 10;

/// Renames in `files`, which are all files of the tree that hold the old or the new name.
///
/// Fails if the new name is in use, or if a staged rename can't be made.
pub fn run(parameters: &Parameters, files: &[SourceFile]) -> Result<Plan, Vec<Diagnostic>> {
    use rayon::prelude::*;
    let mut read: Vec<FileSites> = files
        .par_iter()
        .map(|file| FileSites::find(parameters, file))
        .collect();
    let mut programs = Programs::of(&read);
    // Where only static functions are left and somebody has the new name, the rename was made already.
    programs.external |= !collisions(parameters, files, &programs).is_empty();
    for file in &mut read {
        file.judge(parameters, &programs);
    }
    if read.iter().any(|file| file.renamed().next().is_some()) {
        let collisions = collisions(parameters, files, &programs);
        if !collisions.is_empty() {
            return Err(collisions);
        }
        let others = other_globals(parameters, &read);
        if !others.is_empty() {
            return Err(others);
        }
    }
    let undefined = without_definition(parameters, &read);
    let (read, outside): (Vec<FileSites>, Vec<FileSites>) = read
        .into_iter()
        .partition(|sites| is_under(&sites.file.path, &parameters.under));
    let changes: Vec<_> = read
        .par_iter()
        .filter_map(|file| file.change(parameters))
        .collect();
    let mut plan = Plan::default();
    plan.diagnostics.extend(undefined);
    plan.diagnostics.extend(left_outside(parameters, &outside));
    let mut site_files = Vec::new();
    for file in &read {
        for site in file.sites(parameters) {
            plan.incomplete |= site.verdict == Verdict::Unparsed;
            site_files.push(file.file.path.clone());
            plan.sites.push(site);
        }
    }
    plan.atoms = if parameters.staged {
        staged::atoms(parameters, &read, changes)?
    } else {
        let atom = Atom {
            phase: Phase::Convert,
            files: changes,
            sites: Vec::new(),
            notes: Vec::new(),
        };
        (!atom.files.is_empty()).then_some(atom).into_iter().collect()
    };
    for atom in &mut plan.atoms {
        if atom.phase == Phase::Retire {
            continue;
        }
        let touched = |path: &BString| atom.files.iter().any(|change| change.path == *path);
        atom.sites = (0..plan.sites.len())
            .filter(|&index| plan.sites[index].verdict == Verdict::Rewritten && touched(&site_files[index]))
            .collect();
    }
    Ok(plan)
}

/// Says when calls are renamed, but nothing that defines the function: a macro may make it of a part of its name, as
/// `TRACE_EVENT` and `SYSCALL_DEFINE` do, and that part stays.
fn without_definition(parameters: &Parameters, read: &[FileSites]) -> Option<Diagnostic> {
    let sites = || {
        read.iter()
            .flat_map(|file| file.renamed().map(move |site| (file, site)))
    };
    let may_define = |(file, site): (&FileSites, &Occurrence)| {
        file.file.language == Language::Assembler || site.kind == SiteKind::Definition
    };
    if sites().any(may_define) {
        return None;
    }
    let (file, call) = sites().find(|(_, site)| site.kind == SiteKind::Call)?;
    let message = format!(
        "`{}` is renamed where it is used, but nothing here defines it",
        parameters.from
    );
    let help =
        "a macro may make it out of a part of its name, or it is defined outside of this tree: that stays";
    Some(
        Diagnostic::new(Severity::Warning, "no-definition", message)
            .in_file(file.file.path.clone())
            .at(call.range, "used here")
            .help(help),
    )
}

/// Says how much there is to rename outside of the paths that the user named.
fn left_outside(parameters: &Parameters, outside: &[FileSites]) -> Option<Diagnostic> {
    let with_sites = outside.iter().filter(|sites| sites.renamed().next().is_some());
    let files = with_sites.clone().count();
    let first = with_sites.clone().next()?;
    let sites: usize = with_sites.map(|sites| sites.renamed().count()).sum();
    let message = format!(
        "`{}` stays in {sites} places of {files} files outside of these paths",
        parameters.from
    );
    let range = first.renamed().next()?.range;
    let help = "the tree builds only if both names exist; without paths, the whole tree is renamed";
    Some(
        Diagnostic::new(Severity::Warning, "outside-of-paths", message)
            .in_file(first.file.path.clone())
            .at(range, "the first of them")
            .help(help),
    )
}

/// One place in code where a name stands, for passes that look for calls.
pub(super) struct Named {
    pub range: TextRange,
    pub kind: SiteKind,
    /// The function around it.
    pub function: String,
    /// Why it is none of the function's, if it is not.
    pub other: Option<Reason>,
    /// Whether what it means could not be told.
    pub unparsed: bool,
}

/// All places in the code of a file where a name stands.
pub(super) fn named(path: &BString, tree: &Tree, text: &[u8], lines: &LineIndex, name: &str) -> Vec<Named> {
    let is_code =
        |range: TextRange| tree.tokens().kind(tree.tokens().at_offset(range.start)) == SyntaxKind::Ident;
    let mut found = mentioned(path, tree, text, lines, name);
    found.retain(|place| is_code(place.range));
    found
}

/// All places in a C file where a name stands, comments and strings too.
pub(super) fn mentioned(
    path: &BString,
    tree: &Tree,
    text: &[u8],
    lines: &LineIndex,
    name: &str,
) -> Vec<Named> {
    let scopes = meaning::Scopes::of(tree, text, name.as_bytes());
    words(text, name.as_bytes())
        .map(|start| TextRange::new(start, start + name.len() as u32))
        .map(|range| {
            let found = meaning::occurrence(tree, text, &scopes, range);
            Named::of(found, |at| place(path, text, lines, at))
        })
        .collect()
}

/// All places in a text that is no C where a name stands.
pub(super) fn mentioned_in_prose(file: &SourceFile, name: &str) -> Vec<Named> {
    let lines = LineIndex::new(&file.text);
    words(&file.text, name.as_bytes())
        .map(|start| TextRange::new(start, start + name.len() as u32))
        .map(|range| {
            let found = prose::occurrence(file, range);
            Named::of(found, |at| place(&file.path, &file.text, &lines, at))
        })
        .collect()
}

impl Named {
    fn of(found: Occurrence, place: impl Fn(TextRange) -> Place) -> Self {
        let other = match &found.meaning {
            Meaning::Other { code, text, at } => Some(Reason {
                code,
                text: text.clone(),
                at: at.iter().map(|&at| place(at)).collect(),
            }),
            _ => None,
        };
        Self {
            range: found.range,
            kind: found.kind,
            function: found.function,
            other,
            unparsed: found.meaning == Meaning::Unparsed,
        }
    }
}

/// One place where the name stands.
struct Occurrence {
    range: TextRange,
    kind: SiteKind,
    function: String,
    meaning: Meaning,
    /// Why it is left alone; nothing if it is renamed.
    reason: Option<Reason>,
}

/// A file with its occurrences.
struct FileSites<'f> {
    file: &'f SourceFile,
    lines: LineIndex,
    tree: Option<Tree>,
    occurrences: Vec<Occurrence>,
    /// A declaration of the name as something else that other files see too.
    global: Option<(TextRange, &'static str)>,
}

impl<'f> FileSites<'f> {
    fn find(parameters: &Parameters, file: &'f SourceFile) -> Self {
        let from = parameters.from.as_bytes();
        let lines = LineIndex::new(&file.text);
        let is_c = matches!(file.language, Language::C | Language::Header);
        let mut sites = Self {
            file,
            lines,
            tree: None,
            occurrences: Vec::new(),
            global: None,
        };
        let mut found = words(&file.text, from).peekable();
        if found.peek().is_none() {
            return sites;
        }
        let ranges = found.map(|start| TextRange::new(start, start + from.len() as u32));
        if is_c {
            let tree = syntax::parse(&file.text, &learn(&file.text));
            let scopes = meaning::Scopes::of(&tree, &file.text, from);
            sites.occurrences = ranges
                .map(|range| meaning::occurrence(&tree, &file.text, &scopes, range))
                .collect();
            sites.global = scopes.global;
            sites.tree = Some(tree);
        } else {
            sites.occurrences = ranges.map(|range| prose::occurrence(file, range)).collect();
        }
        sites
    }

    /// Decides for each occurrence whether it is renamed.
    fn judge(&mut self, parameters: &Parameters, programs: &Programs) {
        let own = programs.own_function(self);
        let other_meaning = self
            .occurrences
            .iter()
            .find(|site| site.meaning.is_code() && site.meaning != Meaning::Function)
            .map(|site| site.range);
        let has_function = self
            .occurrences
            .iter()
            .any(|site| site.meaning == Meaning::Function);
        for index in 0..self.occurrences.len() {
            let site = &self.occurrences[index];
            let (code, text, at): (&'static str, String, Vec<Place>) = match &site.meaning {
                _ if own.is_some() => match &own {
                    Some(Own::Program(folder)) => (
                        "other-program",
                        format!(
                            "{folder} holds programs of its own; see whether this one means the kernel's function"
                        ),
                        Vec::new(),
                    ),
                    Some(Own::Static(range)) => (
                        "file-local",
                        "this file defines a static function of the same name".into(),
                        vec![self.place(*range)],
                    ),
                    None => continue,
                },
                Meaning::Function | Meaning::Unparsed => continue,
                Meaning::Comment if !parameters.comments => ("switched-off", off("comments"), Vec::new()),
                Meaning::Message if !parameters.strings => ("switched-off", off("strings"), Vec::new()),
                Meaning::Documentation if !parameters.documentation => {
                    ("switched-off", off("documentation"), Vec::new())
                }
                Meaning::Comment | Meaning::Message => match other_meaning {
                    // Where no code means the function, the words are about that other thing.
                    Some(range) if !has_function => (
                        "other-meaning",
                        "the name means something else in this file".into(),
                        vec![self.place(range)],
                    ),
                    _ => continue,
                },
                Meaning::Documentation => continue,
                Meaning::Other { code, text, at } => (
                    code,
                    text.clone(),
                    at.map(|range| self.place(range)).into_iter().collect(),
                ),
            };
            self.occurrences[index].reason = Some(Reason { code, text, at });
        }
    }

    fn place(&self, range: TextRange) -> Place {
        place(&self.file.path, &self.file.text, &self.lines, range)
    }

    fn renamed(&self) -> impl Iterator<Item = &Occurrence> {
        self.occurrences
            .iter()
            .filter(|site| site.reason.is_none() && site.meaning != Meaning::Unparsed)
    }

    /// The edits of this file.
    fn edits(&self, parameters: &Parameters) -> EditSet {
        let mut edits = EditSetBuilder::new();
        for site in self.renamed() {
            edits.replace(site.range, parameters.to.as_bytes());
        }
        // Occurrences are words of their own, so they can't overlap.
        let edits = edits.finish().unwrap_or_default();
        if self.file.language == Language::Documentation {
            return layout::lengthen_headings(&self.file.text, &edits);
        }
        if self.tree.is_none() {
            return edits;
        }
        let options = layout::Options {
            realign: parameters.realign,
            wrap: parameters.wrap,
            ..layout::Options::default()
        };
        layout::adjust(&self.file.text, &edits, options)
    }

    fn change(&self, parameters: &Parameters) -> Option<FileChange> {
        let edits = self.edits(parameters);
        if edits.is_empty() {
            return None;
        }
        let after = edits.apply(&self.file.text).into();
        Some(FileChange {
            path: self.file.path.clone(),
            before: self.file.text.clone(),
            after,
        })
    }

    fn sites<'s>(&'s self, parameters: &'s Parameters) -> impl Iterator<Item = Site> + 's {
        self.occurrences.iter().map(|site| {
            let at = self.lines.line_column(site.range.start);
            let (verdict, safety) = match (&site.reason, &site.meaning) {
                (Some(_), _) => (Verdict::LeftAlone, None),
                (None, Meaning::Unparsed) => (Verdict::Unparsed, None),
                (None, _) => (Verdict::Rewritten, Some(Safety::Safe)),
            };
            let reason = site.reason.clone().or_else(|| {
                (verdict == Verdict::Unparsed).then(|| Reason {
                    code: "unparsed",
                    text: "the text around it could not be parsed, so what the name means is not known"
                        .into(),
                    at: vec![self.place(site.range)],
                })
            });
            Site {
                path: self.file.path.clone(),
                line: at.line,
                column: at.column,
                function: site.function.clone(),
                api: parameters.from.clone(),
                kind: site.kind,
                role: Role::Unknown,
                verdict,
                safety,
                reason,
                range: site.range,
            }
        })
    }

    /// Whether the file defines the function with internal linkage, and where.
    fn static_definition(&self) -> Option<TextRange> {
        let tree = self.tree.as_ref()?;
        let site = self
            .occurrences
            .iter()
            .find(|site| site.kind == SiteKind::Definition && site.meaning == Meaning::Function)?;
        let node = tree.node_at_offset(site.range.start);
        let function = tree.enclosing(node, |kind| kind == SyntaxKind::Function)?;
        let specifiers = tree.child(function, SyntaxKind::Specifiers)?;
        tree.own_tokens(specifiers)
            .any(|token| tree.tokens().range(token).slice(&self.file.text) == b"static")
            .then_some(site.range)
    }

    fn declares(&self) -> bool {
        self.occurrences.iter().any(|site| {
            site.meaning == Meaning::Function
                && matches!(site.kind, SiteKind::Definition | SiteKind::Declaration)
        })
    }
}

fn off(what: &str) -> String {
    format!("renaming in {what} is switched off")
}

/// Why all of a file speaks of another function of the same name.
enum Own {
    Program(String),
    Static(TextRange),
}

/// Which programs the function belongs to.
struct Programs {
    /// The kernel itself defines or declares it.
    kernel: bool,
    /// Somebody defines it with external linkage, or a header declares it.
    external: bool,
}

impl Programs {
    fn of(files: &[FileSites]) -> Self {
        let shared = |file: &&FileSites| {
            file.declares() && (file.file.language == Language::Header || file.static_definition().is_none())
        };
        let kernel = |file: &&FileSites| other_program(&file.file.path).is_none();
        Self {
            kernel: files.iter().filter(kernel).any(|file| file.declares()),
            external: files.iter().filter(kernel).any(|file| shared(&file)),
        }
    }

    fn own_function(&self, file: &FileSites) -> Option<Own> {
        if self.kernel
            && let Some(folder) = other_program(&file.file.path)
        {
            return Some(Own::Program(String::from_utf8_lossy(folder).into_owned()));
        }
        if self.external && file.file.language == Language::C {
            return file.static_definition().map(Own::Static);
        }
        None
    }
}

/// The folder of a program of its own that a file belongs to.
pub(super) fn other_program(path: &BString) -> Option<&'static [u8]> {
    OTHER_PROGRAMS
        .iter()
        .copied()
        .find(|folder| path.starts_with(folder))
}

/// Declarations of the name as something else than a function that files see whose uses would be renamed: a variable, or a
/// function declared by a `typedef` of its type, which nothing here tells from a variable.
fn other_globals(parameters: &Parameters, files: &[FileSites]) -> Vec<Diagnostic> {
    let renames_code = |file: &FileSites| {
        let mut sites = file.renamed();
        file.tree.is_some() && sites.any(|site| site.meaning == Meaning::Function)
    };
    let mut found = Vec::new();
    for file in files
        .iter()
        .filter(|file| other_program(&file.file.path).is_none())
    {
        let Some((range, what)) = file.global else {
            continue;
        };
        let is_seen = file.file.language == Language::Header || what == "a variable";
        let elsewhere = files
            .iter()
            .any(|other| other.file.path != file.file.path && renames_code(other));
        if !is_seen || !elsewhere || found.len() == COLLISIONS_SHOWN {
            continue;
        }
        let message = format!("`{}` is not only a function: here it is {what}", parameters.from);
        let help = "which of the two is meant elsewhere is not known; if this declares the function through a type of its \
                    own, write a prototype first";
        let diagnostic = Diagnostic::new(Severity::Error, "not-only-a-function", message);
        found.push(
            diagnostic
                .in_file(file.file.path.clone())
                .at(range, "")
                .help(help),
        );
    }
    found
}

/// The places where the new name is in use already, one for each file, as far as a person wants to read.
fn collisions(parameters: &Parameters, files: &[SourceFile], programs: &Programs) -> Vec<Diagnostic> {
    let to = parameters.to.as_bytes();
    let mut found = Vec::new();
    let mut more = 0;
    for file in files {
        let is_c = matches!(file.language, Language::C | Language::Header);
        if !is_c || (programs.kernel && other_program(&file.path).is_some()) {
            continue;
        }
        let mut starts = words(&file.text, to).peekable();
        if starts.peek().is_none() {
            continue;
        }
        let tokens = syntax::lex(&file.text);
        let Some(range) = starts
            .map(|start| tokens.at_offset(start))
            .find(|&token| tokens.kind(token) == SyntaxKind::Ident)
            .map(|token| tokens.range(token))
        else {
            continue;
        };
        if found.len() == COLLISIONS_SHOWN {
            more += 1;
            continue;
        }
        let message = format!("the new name `{}` is in use already", parameters.to);
        let diagnostic = Diagnostic::new(Severity::Error, "name-in-use", message);
        found.push(diagnostic.in_file(file.path.clone()).at(range, ""));
    }
    if let Some(last) = found.last_mut() {
        let next = "choose a name that the tree does not use, or remove the other use first";
        last.help = Some(match more {
            0 => next.into(),
            _ => format!("{more} more files use it; {next}"),
        });
    }
    found
}
